//! The ledger: the append-only list of every change to a world.
//!
//! What is true in a world is a fold over its ledger, and there is no other way to change it. A ledger lives in memory
//! or in one file; what an event means, it does not know.

mod file;

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

pub use file::LedgerError;

use file::LedgerFile;

/// A change and the world's time of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry<E> {
    /// When, by the world's clock.
    pub at: Timestamp,
    /// What.
    pub event: E,
}

/// The changes of one world, in order.
#[derive(Debug)]
pub struct Ledger<E>(Mutex<Place<E>>);

#[derive(Debug)]
enum Place<E> {
    Memory(Vec<Entry<E>>),
    File(LedgerFile),
}

impl<E> Default for Ledger<E> {
    fn default() -> Self {
        Self(Mutex::new(Place::Memory(Vec::new())))
    }
}

impl<E: Serialize + DeserializeOwned> Ledger<E> {
    /// Opens the ledger in a file and returns what it holds; a missing file is an empty ledger.
    ///
    /// # Errors
    /// [`LedgerError`] if the file cannot be used, or a line in its middle is damaged. A torn last line, as a crash
    /// leaves it, was never acknowledged: it is cut off.
    pub fn open(path: &Path) -> Result<(Self, Vec<Entry<E>>), LedgerError> {
        let (file, entries) = LedgerFile::open(path)?;
        Ok((Self(Mutex::new(Place::File(file))), entries))
    }

    /// Whether it ends with the process.
    #[must_use]
    pub fn is_in_memory(&self) -> bool {
        matches!(*self.0.lock().unwrap_or_else(PoisonError::into_inner), Place::Memory(_))
    }

    /// Appends an entry, then does what follows from it before the next one is appended.
    ///
    /// # Errors
    /// [`LedgerError`] if it could not be written; then nothing follows.
    pub fn append(&self, entry: Entry<E>, follow: impl FnOnce(&E)) -> Result<(), LedgerError> {
        let mut place = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &mut *place {
            Place::Memory(entries) => {
                follow(&entry.event);
                entries.push(entry);
            }
            Place::File(file) => {
                file.append(&entry)?;
                follow(&entry.event);
            }
        }
        Ok(())
    }
}
