//! A ledger in a file, which one process at a time has open.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;

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

/// A ledger file that stands ready to take the place of another.
#[derive(Debug)]
pub(super) struct NewFile {
    path: PathBuf,
    file: File,
    bytes: u64,
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
        // What a crash has left of a new file that never took its place.
        let _ = std::fs::remove_file(new_path(path));
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

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Lets a new file take its place, with what was appended after its first `from` bytes. Whoever is killed meanwhile
    /// leaves the one or the other, and both tell the same.
    pub(super) fn take_over(&mut self, mut new: NewFile, from: u64) -> Result<(), LedgerError> {
        if self.removed {
            return new.discard();
        }
        let mut copy = || {
            let mut rest = File::open(&self.path)?;
            rest.seek(SeekFrom::Start(from))?;
            io::copy(&mut rest, &mut new.file)?;
            new.file.sync_all()?;
            std::fs::rename(&new.path, &self.path)
        };
        if let Err(source) = copy() {
            let _ = std::fs::remove_file(&new.path);
            return Err(LedgerError::Io { path: new.path, source });
        }
        sync_folder_of(&self.path);
        (self.file, self.compacted) = (Arc::new(new.file), new.bytes);
        Ok(())
    }

    fn failed(&self, source: io::Error) -> LedgerError {
        LedgerError::Io { path: self.path.clone(), source }
    }

    /// Everything that stands in the file.
    pub(super) fn read<E: DeserializeOwned>(&self) -> Result<Vec<Entry<E>>, LedgerError> {
        read(&self.path, u64::MAX)
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

impl NewFile {
    /// Writes entries into a file beside the ledger at `path`, locked as that one is.
    pub(super) fn write<E: Serialize>(path: &Path, entries: &[Arc<Entry<E>>]) -> Result<Self, LedgerError> {
        let path = new_path(path);
        let write = || {
            let _ = std::fs::remove_file(&path);
            let mut file = open(&path)?;
            // Where the first lock was not to be had, neither is this one.
            let _ = file.try_lock();
            let text = lines::write(entries.iter().map(AsRef::as_ref))?;
            file.write_all(&text)?;
            file.sync_all()?;
            Ok((file, text.len() as u64))
        };
        match write() {
            Ok((file, bytes)) => Ok(Self { path, file, bytes }),
            Err(source) => Err(LedgerError::Io { path, source }),
        }
    }

    fn discard(self) -> Result<(), LedgerError> {
        std::fs::remove_file(&self.path).map_err(|source| LedgerError::Io { path: self.path, source })
    }
}

/// The entries in the first so many bytes of a ledger, by a handle of its own: the place of the ledger's is the end.
pub(super) fn read<E: DeserializeOwned>(path: &Path, bytes: u64) -> Result<Vec<Entry<E>>, LedgerError> {
    let mut text = Vec::new();
    File::open(path)
        .and_then(|file| file.take(bytes).read_to_end(&mut text))
        .map_err(|source| LedgerError::Io { path: path.to_owned(), source })?;
    let (entries, _) = lines::read(&text).map_err(|error| LedgerError::of(path, error))?;
    Ok(entries)
}

/// Where the successor of a ledger file is written; not the name of a ledger.
fn new_path(path: &Path) -> PathBuf {
    path.with_extension("jsonl.new")
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
    fn of(path: &Path, error: LineError) -> Self {
        let path = path.to_owned();
        match error {
            LineError::Heading => Self::Heading { path },
            LineError::Damaged { line, what } => Self::Damaged { path, line, what },
        }
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
