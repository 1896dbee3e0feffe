//! A ledger in a file: JSON Lines, the first line naming the format, each further line with a checksum.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::JoinHandle;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::Entry;

/// First line of a ledger file.
const HEADING: &str = r#"{"format":"onshi-mock ledger","version":1}"#;

/// Why a ledger file cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LedgerError {
    /// It cannot be read or written.
    #[error("ledger {path}")]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        #[source]
        source: io::Error,
    },
    /// Another process has it open.
    #[error("ledger {path} is in use by another onshi-mock; choose another data folder with --data")]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// It is no ledger, or of another version.
    #[error("{path} is no ledger of this version: its first line is not {HEADING}")]
    Heading {
        /// The file.
        path: PathBuf,
    },
    /// A line is damaged.
    #[error(
        "ledger {path}, line {line}: {what}; restore the file from a copy, or move it away to begin anew"
    )]
    Damaged {
        /// The file.
        path: PathBuf,
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

/// An open ledger file.
#[derive(Debug)]
pub(super) struct LedgerFile {
    path: PathBuf,
    file: Arc<File>,
    sync: Sync,
}

/// The thread that syncs changes to the disk, many at a time. A killed process loses nothing even unsynced.
#[derive(Debug)]
struct Sync {
    changed: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl LedgerFile {
    pub(super) fn open<E: DeserializeOwned>(path: &Path) -> Result<(Self, Vec<Entry<E>>), LedgerError> {
        let failed = |source| LedgerError::Io { path: path.to_owned(), source };
        let mut file = open(path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(LedgerError::InUse { path: path.to_owned() }),
            // A share without locks: whoever uses two processes on it has been told in the documentation.
            Err(TryLockError::Error(error)) => tracing::warn!(%error, "the ledger cannot be locked"),
        }
        let mut text = Vec::new();
        file.read_to_end(&mut text).map_err(failed)?;
        let (entries, whole) = read(path, &text)?;
        if whole < text.len() {
            tracing::warn!(ledger = %path.display(), bytes = text.len() - whole, "the last line was torn by a crash and is cut off");
            file.set_len(whole as u64).map_err(failed)?;
        }
        file.seek(SeekFrom::End(0)).map_err(failed)?;
        if whole == 0 {
            file.write_all(format!("{HEADING}\n").as_bytes()).map_err(failed)?;
        }
        let file = Arc::new(file);
        let sync = Sync::of(Arc::clone(&file)).map_err(failed)?;
        Ok((Self { path: path.to_owned(), file, sync }, entries))
    }

    pub(super) fn append<E: Serialize>(&self, entry: &Entry<E>) -> Result<(), LedgerError> {
        let failed = |source| LedgerError::Io { path: self.path.clone(), source };
        let entry = serde_json::value::to_raw_value(entry).map_err(|error| failed(error.into()))?;
        let line = Line { sum: checksum(entry.get()), entry: &entry };
        let mut line = serde_json::to_vec(&line).map_err(|error| failed(error.into()))?;
        line.push(b'\n');
        let before = (&*self.file).stream_position().map_err(failed)?;
        if let Err(error) = (&*self.file).write_all(&line) {
            // Half a line in the middle would damage the file: take it back.
            self.file
                .set_len(before)
                .and_then(|()| (&*self.file).seek(SeekFrom::Start(before)).map(drop))
                .map_err(failed)?;
            return Err(failed(error));
        }
        self.sync.soon();
        Ok(())
    }
}

fn open(path: &Path) -> io::Result<File> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

impl Sync {
    fn of(file: Arc<File>) -> io::Result<Self> {
        let (changed, changes) = sync_channel(1);
        let thread = std::thread::Builder::new().name("ledger-sync".to_owned()).spawn(move || {
            while changes.recv().is_ok() {
                if let Err(error) = file.sync_data() {
                    tracing::warn!(%error, "the ledger could not be synced to the disk");
                }
            }
        })?;
        Ok(Self { changed: Some(changed), thread: Some(thread) })
    }

    fn soon(&self) {
        if let Some(changed) = &self.changed {
            // A full channel means that a sync is due anyway.
            let _ = changed.try_send(());
        }
    }
}

impl Drop for Sync {
    fn drop(&mut self) {
        self.changed = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// The entries, and how many bytes of the text are whole lines.
fn read<E: DeserializeOwned>(path: &Path, text: &[u8]) -> Result<(Vec<Entry<E>>, usize), LedgerError> {
    let whole = text.iter().rposition(|&b| b == b'\n').map_or(0, |at| at + 1);
    let lines = text.get(..whole).unwrap_or_default();
    let mut entries = Vec::new();
    for (index, line) in lines.split_inclusive(|&b| b == b'\n').enumerate() {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        if index == 0 {
            if line != HEADING.as_bytes() {
                return Err(LedgerError::Heading { path: path.to_owned() });
            }
            continue;
        }
        let damaged = |what| LedgerError::Damaged { path: path.to_owned(), line: index + 1, what };
        entries.push(entry(line).map_err(damaged)?);
    }
    Ok((entries, whole))
}

fn entry<E: DeserializeOwned>(line: &[u8]) -> Result<Entry<E>, String> {
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

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    enum Event {
        ClockShifted(i64),
    }

    fn entry(seconds: i64) -> Entry<Event> {
        Entry { at: Timestamp::UNIX_EPOCH, event: Event::ClockShifted(seconds) }
    }

    fn written(path: &Path, most: i64) {
        let (file, _) = LedgerFile::open::<Event>(path).unwrap();
        for seconds in 0..most {
            file.append(&entry(seconds)).unwrap();
        }
    }

    #[test]
    fn what_was_appended_is_there_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("worlds/default.jsonl");
        written(&path, 3);
        let (file, entries) = LedgerFile::open::<Event>(&path).unwrap();
        assert_eq!(entries, [entry(0), entry(1), entry(2)]);
        file.append(&entry(3)).unwrap();
        assert!(
            matches!(LedgerFile::open::<Event>(&path), Err(LedgerError::InUse { .. })),
            "one process at a time"
        );
        drop(file);
        assert_eq!(LedgerFile::open::<Event>(&path).unwrap().1.len(), 4);
    }

    #[test]
    fn a_torn_last_line_is_cut_off_wherever_it_is_torn() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.jsonl");
        written(&path, 2);
        let bytes = std::fs::read(&path).unwrap();
        let second = bytes
            .iter()
            .rposition(|&b| b == b'\n')
            .map(|end| bytes[..end].iter().rposition(|&b| b == b'\n').unwrap() + 1)
            .unwrap();
        for end in second..bytes.len() {
            std::fs::write(&path, &bytes[..end]).unwrap();
            let (file, entries) = LedgerFile::open::<Event>(&path).unwrap();
            assert_eq!(entries, [entry(0)], "{end}");
            file.append(&entry(9)).unwrap();
            drop(file);
            assert_eq!(LedgerFile::open::<Event>(&path).unwrap().1, [entry(0), entry(9)]);
        }
    }

    #[test]
    fn a_damaged_middle_is_an_error_that_names_the_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.jsonl");
        written(&path, 3);
        let text =
            std::fs::read_to_string(&path).unwrap().replace("\"clock-shifted\":1", "\"clock-shifted\":7");
        std::fs::write(&path, text).unwrap();
        let error = LedgerFile::open::<Event>(&path).unwrap_err().to_string();
        assert!(error.contains("line 3: the checksum does not fit"), "{error}");
    }

    #[test]
    fn another_file_is_no_ledger() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.jsonl");
        std::fs::write(&path, "something else\n").unwrap();
        assert!(matches!(LedgerFile::open::<Event>(&path), Err(LedgerError::Heading { .. })));
    }
}
