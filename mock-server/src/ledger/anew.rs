//! A ledger file written anew, entry by entry: it may be larger than what one wants to have in memory.

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::file::{LedgerError, open};
use super::history::Remains;
use super::lines::{self, HEADING, LineError};
use super::{Entry, Turn};

/// Ending of the name of a file that is to take the place of another; not that of a ledger.
const NEW: &str = "jsonl.new";

/// What is written of a ledger file at some time: nothing of it changes any more.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) path: PathBuf,
    pub(super) bytes: u64,
}

impl Part {
    /// Shows each entry.
    pub(super) fn each_entry<E: DeserializeOwned>(
        &self,
        mut show: impl FnMut(&Entry<E>),
    ) -> Result<(), LedgerError> {
        self.each_line(|_, line| {
            show(&lines::entry(line).map_err(io::Error::other)?);
            Ok(())
        })
    }

    /// Writes what remains into a file beside it, locked as this one is.
    pub(super) fn write_anew<E: Serialize + DeserializeOwned + Turn>(
        &self,
        remains: &Remains,
    ) -> Result<NewFile, LedgerError> {
        let path = self.path.with_extension(NEW);
        let written = self.copy::<E>(&path, remains);
        if written.is_err() {
            // Half a file would take the place that the old one still needs.
            let _ = std::fs::remove_file(&path);
        }
        written
    }

    fn copy<E: Serialize + DeserializeOwned + Turn>(
        &self,
        path: &Path,
        remains: &Remains,
    ) -> Result<NewFile, LedgerError> {
        let failed = |source| LedgerError::Io { path: path.to_owned(), source };
        let file = open(path).map_err(failed)?;
        // Where the first lock was not to be had, neither is this one.
        let _ = file.try_lock();
        file.set_len(0).map_err(failed)?;
        let mut new = BufWriter::new(file);
        new.write_all(format!("{HEADING}\n").as_bytes()).map_err(failed)?;
        self.each_line(|at, line| {
            if !remains.has(at) {
                return Ok(());
            }
            let Some(to) = remains.turn(at) else {
                return new.write_all(line).and_then(|()| new.write_all(b"\n"));
            };
            let mut entry = lines::entry::<E>(line).map_err(io::Error::other)?;
            entry.event.turn_to(to);
            new.write_all(&lines::line(&entry)?)
        })?;
        let mut file = new.into_inner().map_err(|error| failed(error.into_error()))?;
        file.sync_all().map_err(failed)?;
        let bytes = file.stream_position().map_err(failed)?;
        Ok(NewFile { path: path.to_owned(), file, bytes })
    }

    fn each_line(&self, mut show: impl FnMut(usize, &[u8]) -> io::Result<()>) -> Result<(), LedgerError> {
        let failed = |source| LedgerError::Io { path: self.path.clone(), source };
        let mut file = BufReader::new(File::open(&self.path).map_err(failed)?.take(self.bytes));
        let mut line = Vec::new();
        for number in 0.. {
            line.clear();
            if file.read_until(b'\n', &mut line).map_err(failed)? == 0 {
                break;
            }
            let line = line.strip_suffix(b"\n").unwrap_or(&line);
            match usize::checked_sub(number, 1) {
                Some(at) => show(at, line).map_err(failed)?,
                None if line == HEADING.as_bytes() => {}
                None => return Err(LedgerError::of(&self.path, LineError::Heading)),
            }
        }
        Ok(())
    }
}

/// A ledger file that stands ready to take the place of another.
#[derive(Debug)]
pub(super) struct NewFile {
    path: PathBuf,
    file: File,
    /// How many bytes it has.
    pub(super) bytes: u64,
}

impl NewFile {
    /// Takes the place of the file at a path, with what stands there after the first `from` bytes.
    pub(super) fn replace(mut self, path: &Path, from: u64) -> Result<File, LedgerError> {
        let mut copy = || {
            let mut rest = File::open(path)?;
            rest.seek(SeekFrom::Start(from))?;
            io::copy(&mut rest, &mut self.file)?;
            self.file.sync_all()?;
            std::fs::rename(&self.path, path)
        };
        match copy() {
            Ok(()) => Ok(self.file),
            Err(source) => {
                let _ = std::fs::remove_file(&self.path);
                Err(LedgerError::Io { path: self.path, source })
            }
        }
    }

    /// Is not needed after all.
    pub(super) fn discard(self) -> Result<(), LedgerError> {
        std::fs::remove_file(&self.path).map_err(|source| LedgerError::Io { path: self.path, source })
    }
}

/// Takes away what crashes have left of new files in a folder of ledgers.
pub(super) fn sweep(folder: &Path) -> io::Result<()> {
    for file in std::fs::read_dir(folder)? {
        let path = file?.path();
        if path.to_str().is_some_and(|path| path.ends_with(&format!(".{NEW}"))) {
            std::fs::remove_file(path)?;
        }
    }
    Ok(())
}
