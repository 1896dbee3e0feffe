//! A place for a world, which stays the same while the world in it is reset or goes back.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use jiff::Timestamp;

use super::{Event, Foundation, Furniture, World};
use crate::clock::system_now;
use crate::ledger::{Entry, LedgerError};

/// Most snapshots of one world.
pub const MOST_SNAPSHOTS: usize = 100;

/// A world as it is now, and what it can become again.
#[derive(Debug)]
pub struct Slot {
    current: RwLock<Arc<World>>,
    foundation: Arc<Foundation>,
    furniture: Furniture,
    snapshots: Mutex<BTreeMap<String, Snapshot>>,
}

/// A named state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Snapshot {
    /// When it was taken, by the world's clock.
    pub at: Timestamp,
    /// How many entries the ledger had.
    pub entries: u64,
}

/// Why a world can't go back, or a snapshot can't be taken.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SnapshotError {
    /// There is no such snapshot.
    #[error("there is no snapshot {name:?}")]
    Unknown {
        /// Its name.
        name: String,
    },
    /// There are too many.
    #[error("there are {MOST_SNAPSHOTS} snapshots already; reset forgets them")]
    TooMany,
    /// The ledger.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

impl Slot {
    /// A place for a world that is what its foundation says.
    pub(super) fn of(world: Arc<World>, foundation: Arc<Foundation>, furniture: Furniture) -> Self {
        Self { current: RwLock::new(world), foundation, furniture, snapshots: Mutex::default() }
    }

    /// Knows the snapshots that a ledger names.
    pub(super) fn know_snapshots(&self, all: &[Arc<Entry<Event>>]) {
        let mut snapshots = self.lock();
        for (index, entry) in (1..).zip(all) {
            if let Event::Founded(_) = &entry.event {
                snapshots.clear();
            }
            if let Event::SnapshotTaken { name } = &entry.event {
                snapshots.insert(name.clone(), Snapshot { at: entry.at, entries: index });
            }
        }
    }

    /// The world as it is now.
    #[must_use]
    pub fn world(&self) -> Arc<World> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// What it begins with.
    #[must_use]
    pub fn foundation(&self) -> &Foundation {
        &self.foundation
    }

    /// Its snapshots by name.
    #[must_use]
    pub fn snapshots(&self) -> BTreeMap<String, Snapshot> {
        self.lock().clone()
    }

    /// Gives the state a name; an older snapshot of that name is replaced.
    ///
    /// # Errors
    /// [`SnapshotError`] if there are too many, or the ledger can't be written.
    pub fn take_snapshot(&self, name: &str) -> Result<Snapshot, SnapshotError> {
        let mut snapshots = self.lock();
        if snapshots.len() >= MOST_SNAPSHOTS && !snapshots.contains_key(name) {
            return Err(SnapshotError::TooMany);
        }
        let world = self.world();
        let at = world.clock.now();
        let entries = world.append(Event::SnapshotTaken { name: name.to_owned() })?;
        let snapshot = Snapshot { at, entries };
        snapshots.insert(name.to_owned(), snapshot);
        Ok(snapshot)
    }

    /// Goes back to a snapshot: everything since then is untrue, the clock's course included. Requests under way finish
    /// in the world as it was.
    ///
    /// # Errors
    /// [`SnapshotError`] if there is none of this name, or the ledger can't be used.
    pub(super) fn go_back(&self, name: &str) -> Result<Turned, SnapshotError> {
        let snapshots = self.lock();
        let snapshot = snapshots.get(name).ok_or_else(|| SnapshotError::Unknown { name: name.to_owned() })?;
        let kept = snapshots.values().map(|snapshot| snapshot.entries).max().unwrap_or_default();
        Ok(self.turn(Event::WentBack { to: snapshot.entries }, kept)?)
    }

    /// Begins anew, as it was just after its creation. Snapshots are forgotten.
    ///
    /// # Errors
    /// [`LedgerError`] if the ledger can't be used.
    pub(super) fn reset(&self) -> Result<Turned, LedgerError> {
        let mut snapshots = self.lock();
        let turned = self.turn(Event::Founded(Arc::new(self.foundation.begun(system_now()))), 0)?;
        snapshots.clear();
        Ok(turned)
    }

    /// Writes its ledger anew, if it has grown much: what counts for nobody any more goes. Nobody takes a snapshot or goes
    /// back meanwhile; everything else goes on.
    ///
    /// # Errors
    /// [`LedgerError`] if the new file can't be written; then the old one stays.
    pub(super) fn tidy(&self) -> Result<(), LedgerError> {
        if !self.world().has_outgrown() {
            return Ok(());
        }
        let mut snapshots = self.lock();
        let world = self.world();
        let places: Vec<_> = snapshots.values().map(|snapshot| (snapshot.entries, snapshot.at)).collect();
        let places = world.compact(&places)?;
        for (snapshot, entries) in snapshots.values_mut().zip(places) {
            snapshot.entries = entries;
        }
        Ok(())
    }

    fn turn(&self, event: Event, kept: u64) -> Result<Turned, LedgerError> {
        let before = self.world();
        let entry = Entry { at: before.clock.now(), event };
        before.ledger.turn_back(entry, kept, |history, life| {
            let after = Arc::new(before.again(life, &self.furniture, history));
            *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&after);
            Turned { before: Arc::clone(&before), after }
        })
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Snapshot>> {
        self.snapshots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A world before and after it was turned.
#[derive(Debug)]
pub(super) struct Turned {
    pub(super) before: Arc<World>,
    pub(super) after: Arc<World>,
}
