//! How a ledger is written: JSON Lines, the first line naming the format, each further line with a checksum.

use std::io;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::Entry;

/// First line of a ledger.
pub(super) const HEADING: &str = r#"{"format":"onshi-mock ledger","version":1}"#;

/// What is wrong with the text of a ledger.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LineError {
    /// It is no ledger, or of another version.
    #[error("no ledger of this version: its first line is not {HEADING}")]
    Heading,
    /// A line is damaged.
    #[error("line {line}: {what}")]
    Damaged {
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        what: String,
    },
}

#[derive(Serialize, Deserialize)]
struct Line<'a> {
    sum: String,
    #[serde(borrow)]
    entry: &'a RawValue,
}

/// An entry as a line, with its line feed.
pub(super) fn line<E: Serialize>(entry: &Entry<E>) -> io::Result<Vec<u8>> {
    let entry = serde_json::value::to_raw_value(entry)?;
    let mut line = serde_json::to_vec(&Line { sum: checksum(entry.get()), entry: &entry })?;
    line.push(b'\n');
    Ok(line)
}

/// A whole ledger as text, as [`read`] takes it.
///
/// # Errors
/// If an entry cannot be written as JSON, which no entry of ours does.
pub fn write<'a, E: Serialize + 'a>(entries: impl IntoIterator<Item = &'a Entry<E>>) -> io::Result<Vec<u8>> {
    let mut text = format!("{HEADING}\n").into_bytes();
    for entry in entries {
        text.extend(line(entry)?);
    }
    Ok(text)
}

/// The entries of a text, and how many of its bytes are whole lines: a last line without line feed was torn by a crash
/// and never acknowledged.
///
/// # Errors
/// [`LineError`] with the first line that is wrong.
pub fn read<E: DeserializeOwned>(text: &[u8]) -> Result<(Vec<Entry<E>>, usize), LineError> {
    let whole = text.iter().rposition(|&b| b == b'\n').map_or(0, |at| at + 1);
    let lines = text.get(..whole).unwrap_or_default();
    let mut entries = Vec::new();
    for (index, line) in lines.split_inclusive(|&b| b == b'\n').enumerate() {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        if index == 0 {
            if line != HEADING.as_bytes() {
                return Err(LineError::Heading);
            }
            continue;
        }
        entries.push(entry(line).map_err(|what| LineError::Damaged { line: index + 1, what })?);
    }
    Ok((entries, whole))
}

/// The entry of a line, without its line feed.
pub(super) fn entry<E: DeserializeOwned>(line: &[u8]) -> Result<Entry<E>, String> {
    let line: Line<'_> = serde_json::from_slice(line).map_err(|error| format!("no entry ({error})"))?;
    if line.sum != checksum(line.entry.get()) {
        return Err("the checksum does not fit".to_owned());
    }
    serde_json::from_str(line.entry.get())
        .map_err(|error| format!("an entry that this version does not know ({error})"))
}

fn checksum(text: &str) -> String {
    format!("{:08x}", crc32fast::hash(text.as_bytes()))
}
