//! A ledger in a file, which one process at a time has open.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::anew::{NewFile, Part};
use super::lines::{self, HEADING, LineError};
use super::{Entry, Syncer};

/// A file grows at least by this much before it is written anew.
const LEAST_GROWTH: u64 = 16 * 1024 * 1024;

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

/// An open ledger file.
#[derive(Debug)]
pub(super) struct LedgerFile {
    path: PathBuf,
    file: Arc<File>,
    syncer: Arc<Syncer>,
    /// How many bytes it had when it was last written anew.
    compacted: u64,
    removed: bool,
}

impl LedgerFile {
    pub(super) fn open<E: DeserializeOwned>(
        path: &Path,
        syncer: &Arc<Syncer>,
    ) -> Result<(Self, Vec<Entry<E>>), LedgerError> {
        let failed = |source| LedgerError::Io { path: path.to_owned(), source };
        let mut file = open(path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(LedgerError::InUse { path: path.to_owned() }),
            // A share without locks: whoever uses two processes on it has been told in the documentation.
            Err(TryLockError::Error(error)) => tracing::warn!(%error, "the ledger cannot be locked"),
        }
        if !is_at(&file, path) {
            // Whoever had it has put a new file in its place meanwhile.
            return Err(LedgerError::InUse { path: path.to_owned() });
        }
        let mut text = Vec::new();
        file.read_to_end(&mut text).map_err(failed)?;
        let (entries, whole) = lines::read(&text).map_err(|error| LedgerError::of(path, error))?;
        if whole < text.len() {
            tracing::warn!(ledger = %path.display(), bytes = text.len() - whole, "the last line was torn by a crash and is cut off");
            file.set_len(whole as u64).map_err(failed)?;
        }
        file.seek(SeekFrom::End(0)).map_err(failed)?;
        if whole == 0 {
            file.write_all(format!("{HEADING}\n").as_bytes())
                .and_then(|()| file.sync_all())
                .map_err(failed)?;
            sync_folder_of(path);
        }
        let (file, syncer) = (Arc::new(file), Arc::clone(syncer));
        Ok((Self { path: path.to_owned(), file, syncer, compacted: 0, removed: false }, entries))
    }

    /// How many bytes it has.
    pub(super) fn bytes(&self) -> Result<u64, LedgerError> {
        (&*self.file).stream_position().map_err(|source| self.failed(source))
    }

    /// Whether it has more than doubled since it was last written anew.
    pub(super) fn has_outgrown(&self) -> bool {
        self.bytes().is_ok_and(|bytes| bytes > LEAST_GROWTH + 2 * self.compacted)
    }

    /// What is written by now; nothing once it is removed.
    pub(super) fn written(&self) -> Result<Option<Part>, LedgerError> {
        let bytes = self.bytes()?;
        Ok((!self.removed).then(|| Part { path: self.path.clone(), bytes }))
    }

    /// Is left as it is until it has doubled again: it could not be written anew.
    pub(super) fn let_grow(&mut self) {
        self.compacted = self.bytes().unwrap_or(self.compacted);
    }

    /// Lets a new file of its first part take its place, with what was appended since; whether it did, which it does not
    /// for a file that is removed. Whoever is killed meanwhile leaves the one or the other, and both tell the same.
    pub(super) fn take_over(&mut self, new: NewFile, part: &Part) -> Result<bool, LedgerError> {
        if self.removed {
            return new.discard().map(|()| false);
        }
        let bytes = new.bytes;
        self.file = Arc::new(new.replace(&self.path, part.bytes)?);
        self.compacted = bytes;
        sync_folder_of(&self.path);
        Ok(true)
    }

    fn failed(&self, source: io::Error) -> LedgerError {
        LedgerError::Io { path: self.path.clone(), source }
    }

    /// Everything that stands in the file, by a handle of its own: the place of ours is the end.
    pub(super) fn read<E: DeserializeOwned>(&self) -> Result<Vec<Entry<E>>, LedgerError> {
        let text = std::fs::read(&self.path).map_err(|source| self.failed(source))?;
        let (entries, _) = lines::read(&text).map_err(|error| LedgerError::of(&self.path, error))?;
        Ok(entries)
    }

    pub(super) fn append<E: Serialize>(&self, entry: &Entry<E>) -> Result<(), LedgerError> {
        let failed = |source| self.failed(source);
        let line = lines::line(entry).map_err(failed)?;
        let before = (&*self.file).stream_position().map_err(failed)?;
        if let Err(error) = (&*self.file).write_all(&line) {
            // Half a line in the middle would damage the file: take it back.
            self.file
                .set_len(before)
                .and_then(|()| (&*self.file).seek(SeekFrom::Start(before)).map(drop))
                .map_err(failed)?;
            return Err(failed(error));
        }
        self.syncer.changed(&self.file);
        Ok(())
    }

    /// Takes the file off the disk; it can be written on until it is dropped, but nobody finds it.
    pub(super) fn remove(&mut self) -> Result<(), LedgerError> {
        std::fs::remove_file(&self.path).map_err(|source| self.failed(source))?;
        self.removed = true;
        Ok(())
    }
}

/// Lets a new file's name reach the disk, where the system has a way to do so.
fn sync_folder_of(path: &Path) {
    if let Some(Err(error)) =
        path.parent().map(|folder| File::open(folder).and_then(|folder| folder.sync_all()))
    {
        tracing::debug!(%error, "the folder of the ledger cannot be synced");
    }
}

impl LedgerError {
    pub(super) fn of(path: &Path, error: LineError) -> Self {
        let path = path.to_owned();
        match error {
            LineError::Heading => Self::Heading { path },
            LineError::Damaged { line, what } => Self::Damaged { path, line, what },
        }
    }
}

/// Whether an open file is still what a path leads to.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;

    let number = |metadata: std::fs::Metadata| (metadata.dev(), metadata.ino());
    file.metadata().map(number).ok() == std::fs::metadata(path).map(number).ok()
}

#[cfg(not(unix))]
fn is_at(_: &File, _: &Path) -> bool {
    true
}

pub(super) fn open(path: &Path) -> io::Result<File> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    enum Event {
        ClockShifted(i64),
    }

    fn entry(seconds: i64) -> Entry<Event> {
        Entry { at: Timestamp::UNIX_EPOCH, event: Event::ClockShifted(seconds) }
    }

    fn reopened(path: &Path) -> Result<(LedgerFile, Vec<Entry<Event>>), LedgerError> {
        LedgerFile::open(path, &Arc::new(Syncer::start().unwrap()))
    }

    fn written(path: &Path, most: i64) {
        let (file, _) = reopened(path).unwrap();
        for seconds in 0..most {
            file.append(&entry(seconds)).unwrap();
        }
    }

    #[test]
    fn what_was_appended_is_there_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("worlds/default.jsonl");
        written(&path, 3);
        let (file, entries) = reopened(&path).unwrap();
        assert_eq!(entries, [entry(0), entry(1), entry(2)]);
        file.append(&entry(3)).unwrap();
        assert!(matches!(reopened(&path), Err(LedgerError::InUse { .. })), "one process at a time");
        drop(file);
        assert_eq!(reopened(&path).unwrap().1.len(), 4);
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
            let (file, entries) = reopened(&path).unwrap();
            assert_eq!(entries, [entry(0)], "{end}");
            file.append(&entry(9)).unwrap();
            drop(file);
            assert_eq!(reopened(&path).unwrap().1, [entry(0), entry(9)]);
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
        let error = reopened(&path).unwrap_err().to_string();
        assert!(error.contains("line 3: the checksum does not fit"), "{error}");
    }

    #[test]
    fn another_file_is_no_ledger() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.jsonl");
        std::fs::write(&path, "something else\n").unwrap();
        assert!(matches!(reopened(&path), Err(LedgerError::Heading { .. })));
    }
}
