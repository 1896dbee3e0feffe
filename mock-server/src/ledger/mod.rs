//! The ledger: the append-only list of every change to a world.
//!
//! What is true in a world is a fold over its ledger, and there is no other way to change it. A ledger lives in memory
//! or in one file; what an event means, it does not know, except that some go back to an earlier state.

mod anew;
mod file;
mod history;
mod lines;
mod sync;

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

pub use file::LedgerError;
pub use history::{Turn, history};
pub use lines::{LineError, read, write};
pub use sync::{NotSynced, Syncer};

use file::LedgerFile;
use history::Remains;

/// A change and the world's time of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry<E> {
    /// When, by the world's clock.
    pub at: Timestamp,
    /// What.
    pub event: E,
}

/// Entries in their order.
pub type Entries<E> = Vec<Arc<Entry<E>>>;

/// Who writes: the first life of a world, or one after it went back to an earlier state. What an ended life still does
/// stays its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Life(u64);

/// The changes of one world, in order.
#[derive(Debug)]
pub struct Ledger<E>(Mutex<Book<E>>);

#[derive(Debug)]
struct Book<E> {
    place: Place<E>,
    length: u64,
    life: Life,
}

#[derive(Debug)]
enum Place<E> {
    Memory(Vec<Arc<Entry<E>>>),
    File(LedgerFile),
}

/// Takes away what a crash may have left in a folder of ledgers besides them.
///
/// # Errors
/// As the file system says.
pub fn sweep(folder: &Path) -> std::io::Result<()> {
    anew::sweep(folder)
}

impl<E> Default for Ledger<E> {
    fn default() -> Self {
        Self(Mutex::new(Book { place: Place::Memory(Vec::new()), length: 0, life: Life::default() }))
    }
}

impl<E: Clone + Serialize + DeserializeOwned + Turn> Ledger<E> {
    /// Opens the ledger in a file and returns all that it holds; a missing file is an empty ledger.
    ///
    /// # Errors
    /// [`LedgerError`] if the file cannot be used, or a line in its middle is damaged. A torn last line, as a crash
    /// leaves it, was never acknowledged: it is cut off.
    pub fn open(path: &Path, syncer: &Arc<Syncer>) -> Result<(Self, Entries<E>), LedgerError> {
        let (file, entries) = LedgerFile::open(path, syncer)?;
        let entries: Vec<_> = entries.into_iter().map(Arc::new).collect();
        let length = entries.len() as u64;
        Ok((Self(Mutex::new(Book { place: Place::File(file), length, life: Life::default() })), entries))
    }

    /// Appends an entry, then does what follows from it before the next one is appended. Returns how many entries
    /// there are. In an ended life only what follows is done, and nobody else will ever see it.
    ///
    /// # Errors
    /// [`LedgerError`] if it could not be written; then nothing follows.
    pub fn append(&self, life: Life, entry: Entry<E>, follow: impl FnOnce(&E)) -> Result<u64, LedgerError> {
        let mut book = self.lock();
        if life != book.life {
            follow(&entry.event);
            return Ok(book.length);
        }
        match &mut book.place {
            Place::Memory(entries) => {
                follow(&entry.event);
                entries.push(Arc::new(entry));
            }
            Place::File(file) => {
                file.append(&entry)?;
                follow(&entry.event);
            }
        }
        book.length += 1;
        Ok(book.length)
    }

    /// Appends an entry that goes back, ends the life that wrote until now, and hands the history that counts from now
    /// on to `begin`, before anything else can be appended. `kept` is the farthest place that anybody may still want
    /// to go back to; a ledger in memory forgets what lies behind it and doesn't count.
    ///
    /// # Errors
    /// [`LedgerError`] if the file could not be written or read; then nothing has changed.
    pub fn turn_back<R>(
        &self,
        entry: Entry<E>,
        kept: u64,
        begin: impl FnOnce(&[Arc<Entry<E>>], Life) -> R,
    ) -> Result<R, LedgerError> {
        let mut book = self.lock();
        let to = entry.event.back_to().unwrap_or(book.length);
        let (all, length) = match &mut book.place {
            Place::Memory(entries) => {
                if kept <= to {
                    entries.truncate(usize::try_from(to).unwrap_or(usize::MAX));
                }
                entries.push(Arc::new(entry));
                (entries.clone(), entries.len() as u64)
            }
            Place::File(file) => {
                // Where nothing before counts, nothing needs to be read.
                let before = if to == 0 { Vec::new() } else { file.read()? };
                let mut entries: Vec<_> = before.into_iter().map(Arc::new).collect();
                file.append(&entry)?;
                entries.push(Arc::new(entry));
                (entries, book.length + 1)
            }
        };
        book.length = length;
        book.life = Life(book.life.0 + 1);
        Ok(begin(&history(&all), book.life))
    }

    /// Whether its file has grown so much that [`Ledger::compact`] is worth it.
    #[must_use]
    pub fn has_outgrown(&self) -> bool {
        match &self.lock().place {
            Place::Memory(_) => false,
            Place::File(file) => file.has_outgrown(),
        }
    }

    /// Writes its file anew, with what counts now or at one of the `places` that one may go back to, and is `wanted`.
    /// Returns where those places are from now on. Others append meanwhile; nobody may turn back, or want another place.
    ///
    /// # Errors
    /// [`LedgerError`] if the new file cannot be written; then the old one stays.
    pub fn compact(
        &self,
        places: &[u64],
        wanted: impl Fn(&Entry<E>) -> bool,
    ) -> Result<Vec<u64>, LedgerError> {
        let written = self.write_anew(places, wanted);
        if written.is_err()
            && let Place::File(file) = &mut self.lock().place
        {
            file.let_grow();
        }
        written
    }

    fn write_anew(
        &self,
        places: &[u64],
        wanted: impl Fn(&Entry<E>) -> bool,
    ) -> Result<Vec<u64>, LedgerError> {
        let part = {
            let book = self.lock();
            let Place::File(file) = &book.place else { return Ok(places.to_vec()) };
            let Some(part) = file.written()? else { return Ok(places.to_vec()) };
            part
        };
        let mut told = Vec::new();
        part.each_entry(|entry: &Entry<E>| told.push((entry.event.back_to(), wanted(entry))))?;
        let before = told.len() as u64;
        let remains = Remains::of(told, places);
        let new = part.write_anew::<E>(&remains)?;
        let mut book = self.lock();
        if let Place::File(file) = &mut book.place
            && file.take_over(new, &part)?
        {
            book.length = book.length.saturating_sub(before) + remains.rank(before);
        }
        Ok(places.iter().map(|place| remains.rank(*place)).collect())
    }

    /// The entries that count, in order.
    ///
    /// # Errors
    /// [`LedgerError`] if the file cannot be read.
    pub fn history(&self) -> Result<Entries<E>, LedgerError> {
        Ok(history(&self.all()?))
    }

    /// All entries in order, also those that no longer count.
    ///
    /// # Errors
    /// [`LedgerError`] if the file cannot be read.
    pub fn all(&self) -> Result<Entries<E>, LedgerError> {
        let book = self.lock();
        match &book.place {
            Place::Memory(entries) => Ok(entries.clone()),
            Place::File(file) => Ok(file.read()?.into_iter().map(Arc::new).collect()),
        }
    }

    /// Whether it is kept in a file.
    #[must_use]
    pub fn is_kept(&self) -> bool {
        let book = self.lock();
        matches!(book.place, Place::File(_))
    }

    /// Takes its file off the disk, if it has one.
    ///
    /// # Errors
    /// [`LedgerError`] if the file cannot be removed.
    pub fn remove(&self) -> Result<(), LedgerError> {
        match &mut self.lock().place {
            Place::Memory(_) => Ok(()),
            Place::File(file) => file.remove(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Book<E>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
