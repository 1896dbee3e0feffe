//! All worlds of a process, and which certificate leads to which.

use std::collections::HashSet;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use certs::Fingerprint;
use dashmap::DashMap;

use super::naming::{LONGEST_NAME, WorldError, check_name, file_of};
use super::slot::{Slot, Turned};
use super::{DEFAULT, Event, Foundation, Furniture, World};
use crate::ledger::{self, Entry, Ledger, LedgerError, Syncer};
use crate::registered::TerminalCertificate;

/// Most worlds of one process.
pub const MOST_WORLDS: usize = 20_000;

/// All worlds of the process, and which certificate leads to which.
#[derive(Debug)]
pub struct Worlds {
    by_name: DashMap<Arc<str>, Arc<Slot>>,
    by_certificate: DashMap<Fingerprint, Arc<Slot>>,
    /// Names whose worlds are just being made or deleted.
    claimed: Mutex<HashSet<Arc<str>>>,
    births: AtomicU64,
    syncer: Arc<Syncer>,
}

impl Worlds {
    /// No worlds yet.
    ///
    /// # Errors
    /// If the system gives no thread for the ledgers' files.
    pub fn new() -> io::Result<Self> {
        Ok(Self {
            by_name: DashMap::new(),
            by_certificate: DashMap::new(),
            claimed: Mutex::default(),
            births: AtomicU64::new(0),
            syncer: Arc::new(Syncer::start()?),
        })
    }

    /// Who brings the ledgers' files to the disk.
    #[must_use]
    pub fn syncer(&self) -> &Arc<Syncer> {
        &self.syncer
    }

    /// Adds a world, with the certificates that it already knows and the snapshots that `all` of its ledger names, and says
    /// what a reset makes of it.
    pub fn add(&self, world: Arc<World>, foundation: Foundation, all: &[Arc<Entry<Event>>]) {
        let furniture = world.furniture();
        let slot = Slot::of(world, Arc::new(foundation), furniture);
        slot.know_snapshots(all);
        let slot = Arc::new(slot);
        self.lead(&slot, &slot.world());
        self.by_name.insert(slot.world().name.as_str().into(), slot);
    }

    /// Makes a world from its foundation. With a folder its ledger is a file there.
    ///
    /// # Errors
    /// [`WorldError`] if the name is taken or malformed, something of the foundation is wrong, or there are too many.
    pub fn found(
        &self,
        name: &str,
        foundation: Foundation,
        furniture: Furniture,
        folder: Option<&Path>,
    ) -> Result<Arc<Slot>, WorldError> {
        let foundation = Arc::new(foundation);
        self.settle(name, folder, |ledger| {
            let world = Arc::new(self.unborn(name, &foundation, &furniture, ledger));
            world.record(Event::Founded(Arc::clone(&foundation)))?;
            Ok(Slot::of(world, foundation, furniture))
        })
    }

    /// Makes a world of the history of another: its foundation first, then all that happened.
    ///
    /// # Errors
    /// [`WorldError`] as [`Worlds::found`].
    pub fn import(
        &self,
        name: &str,
        history: &[Arc<Entry<Event>>],
        furniture: &Furniture,
        folder: Option<&Path>,
    ) -> Result<Arc<Slot>, WorldError> {
        let (foundation, furniture) = founded(history, furniture)?;
        self.settle(name, folder, |ledger| {
            let world = Arc::new(self.unborn(name, &foundation, &furniture, ledger));
            for entry in history {
                world.record_at(entry)?;
            }
            Ok(Slot::of(world, Arc::clone(&foundation), furniture))
        })
    }

    /// Takes up a world that was kept in a file.
    ///
    /// # Errors
    /// [`WorldError`] if the file is damaged, or says nothing of how the world began.
    pub fn reopen(&self, name: &str, path: &Path, furniture: &Furniture) -> Result<Arc<Slot>, WorldError> {
        let (ledger, all) = Ledger::open(path, &self.syncer)?;
        let history = ledger::history(&all);
        let (foundation, furniture) = founded(&history, furniture)?;
        let world = self.unborn(name, &foundation, &furniture, ledger);
        history.iter().for_each(|entry| world.apply(&entry.event));
        let slot = Slot::of(Arc::new(world), Arc::clone(&foundation), furniture);
        slot.know_snapshots(&all);
        let slot = Arc::new(slot);
        self.lead(&slot, &slot.world());
        self.by_name.insert(name.into(), Arc::clone(&slot));
        Ok(slot)
    }

    fn unborn(
        &self,
        name: &str,
        foundation: &Foundation,
        furniture: &Furniture,
        ledger: Ledger<Event>,
    ) -> World {
        let (home, dialect) = (foundation.institution.code.clone(), Arc::clone(&furniture.dialect));
        let birth = self.births.fetch_add(1, Ordering::Relaxed) + 1;
        let world = World::with(name.to_owned(), home, dialect, ledger, birth);
        world.furnish(&furniture.people);
        world
    }

    /// Takes a name, makes the world, and lets its certificates lead to it. No lock is held meanwhile.
    fn settle(
        &self,
        name: &str,
        folder: Option<&Path>,
        make: impl FnOnce(Ledger<Event>) -> Result<Slot, WorldError>,
    ) -> Result<Arc<Slot>, WorldError> {
        check_name(name)?;
        let exists = || WorldError::Exists { name: name.to_owned() };
        let claim = self.claim(name).ok_or_else(exists)?;
        if self.by_name.contains_key(name) {
            return Err(exists());
        }
        if self.by_name.len() + claim.others >= MOST_WORLDS {
            return Err(WorldError::TooMany);
        }
        let path = folder.map(|folder| file_of(folder, name));
        let ledger = match &path {
            None => Ledger::default(),
            Some(path) if path.exists() => return Err(exists()),
            Some(path) => Ledger::open(path, &self.syncer)?.0,
        };
        let made = make(ledger);
        if let (Err(_), Some(path)) = (&made, &path) {
            // Half a world is none; what remains of it, the next start takes away.
            let _ = std::fs::remove_file(path);
        }
        let slot = Arc::new(made?);
        self.by_name.insert(name.into(), Arc::clone(&slot));
        self.lead(&slot, &slot.world());
        Ok(slot)
    }

    /// Claims a name for whoever makes or deletes its world; `None` if somebody else does just now.
    fn claim(&self, name: &str) -> Option<Claim<'_>> {
        let mut claimed = self.claimed();
        let others = claimed.len();
        let name: Arc<str> = name.into();
        claimed.insert(Arc::clone(&name)).then_some(Claim { worlds: self, name, others })
    }

    fn claimed(&self) -> MutexGuard<'_, HashSet<Arc<str>>> {
        self.claimed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The world with a name.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<Arc<World>> {
        self.by_name.get(name).map(|slot| slot.world())
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.by_name.len()
    }

    /// The place of the world with a name.
    ///
    /// # Errors
    /// [`WorldError::Unknown`] with the nearest name.
    pub fn slot(&self, name: &str) -> Result<Arc<Slot>, WorldError> {
        self.by_name.get(name).map(|slot| Arc::clone(&slot)).ok_or_else(|| self.unknown(name))
    }

    /// That there is no such world, and which name is near.
    #[must_use]
    pub fn unknown(&self, name: &str) -> WorldError {
        let distance = |known: &str| strsim::damerau_levenshtein(known, name);
        let names = self.by_name.iter().take(1_000).map(|entry| Arc::clone(entry.key()));
        let nearest = names.min_by_key(|known| distance(known));
        let nearest = nearest.filter(|near| distance(near) <= 1 + name.chars().count() / 3);
        WorldError::Unknown { name: name.chars().take(LONGEST_NAME).collect(), nearest }
    }

    /// Every world, by name.
    #[must_use]
    pub fn all(&self) -> Vec<Arc<Slot>> {
        let mut all: Vec<_> = self.by_name.iter().map(|entry| Arc::clone(entry.value())).collect();
        all.sort_by(|a, b| a.world().name.cmp(&b.world().name));
        all
    }

    /// Whether something holds for any world; looks at one after the other.
    #[must_use]
    pub fn any(&self, holds: impl Fn(&World) -> bool) -> bool {
        self.by_name.iter().any(|slot| holds(&slot.world()))
    }

    /// The world that a certificate was issued in.
    #[must_use]
    pub fn of_certificate(&self, fingerprint: &Fingerprint) -> Option<Arc<World>> {
        self.by_certificate.get(fingerprint).map(|slot| slot.world())
    }

    /// Records that a certificate was issued in a world; from now on it leads there.
    ///
    /// # Errors
    /// [`LedgerError`] if it cannot be written.
    pub fn certificate_issued(
        &self,
        world: &World,
        certificate: TerminalCertificate,
    ) -> Result<(), LedgerError> {
        let fingerprint = certificate.facts.fingerprint;
        self.record_issue(world, fingerprint, Event::CertificateIssued(certificate))
    }

    /// Records an event by which a certificate was issued in a world, by whatever way; from now on it leads there.
    ///
    /// # Errors
    /// [`LedgerError`] if it cannot be written.
    pub fn record_issue(
        &self,
        world: &World,
        fingerprint: Fingerprint,
        event: Event,
    ) -> Result<(), LedgerError> {
        world.record(event)?;
        if let Some(slot) = self.by_name.get(world.name.as_str()) {
            self.by_certificate.insert(fingerprint, Arc::clone(&slot));
        }
        Ok(())
    }

    /// Makes a world again what it was just after its creation; its first certificate stays good.
    ///
    /// # Errors
    /// [`WorldError`] if there is none of this name, or its ledger can't be used.
    pub fn reset(&self, name: &str) -> Result<Arc<Slot>, WorldError> {
        let slot = self.slot(name)?;
        let turned = slot.reset()?;
        self.lead_anew(&slot, &turned);
        Ok(slot)
    }

    /// Takes a world back to a snapshot.
    ///
    /// # Errors
    /// [`WorldError`] if there is none of this name, or its ledger can't be used.
    pub fn go_back(&self, name: &str, snapshot: &str) -> Result<Arc<Slot>, WorldError> {
        let slot = self.slot(name)?;
        let turned = slot.go_back(snapshot)?;
        self.lead_anew(&slot, &turned);
        Ok(slot)
    }

    /// Writes anew what has grown much of the ledgers' files. It takes its time, so call it where waiting is allowed.
    pub fn tidy(&self) {
        for slot in self.all() {
            if let Err(error) = slot.tidy() {
                let (world, error) = (&slot.world().name, &error as &dyn std::error::Error);
                tracing::warn!(world, error, "the ledger could not be written anew; the old file goes on");
            }
        }
    }

    /// Ends a world: its certificates lead nowhere, its file is gone.
    ///
    /// # Errors
    /// [`WorldError`] if there is none of this name, it is the default one, or its file can't be removed.
    pub fn delete(&self, name: &str) -> Result<(), WorldError> {
        if name == DEFAULT {
            return Err(WorldError::Default);
        }
        let claim = self.claim(name).ok_or_else(|| self.unknown(name))?;
        let slot = self.slot(name)?;
        slot.world().ledger.remove()?;
        self.by_name.remove(name);
        drop(claim);
        for fingerprint in slot.world().registry.fingerprints() {
            self.by_certificate.remove_if(&fingerprint, |_, leads_to| Arc::ptr_eq(leads_to, &slot));
        }
        Ok(())
    }

    /// Lets certificates lead to their world. One that already leads to another world stays there.
    fn lead(&self, slot: &Arc<Slot>, world: &World) {
        for fingerprint in world.registry.fingerprints() {
            self.by_certificate.entry(fingerprint).or_insert_with(|| Arc::clone(slot));
        }
    }

    fn lead_anew(&self, slot: &Arc<Slot>, turned: &Turned) {
        let known: HashSet<_> = turned.after.registry.fingerprints().into_iter().collect();
        for gone in turned.before.registry.fingerprints().iter().filter(|one| !known.contains(one)) {
            self.by_certificate.remove_if(gone, |_, leads_to| Arc::ptr_eq(leads_to, slot));
        }
        self.lead(slot, &turned.after);
    }
}

/// A name that nobody else may take or free; dropped, it is.
#[derive(Debug)]
struct Claim<'a> {
    worlds: &'a Worlds,
    name: Arc<str>,
    /// How many other names were claimed before.
    others: usize,
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        self.worlds.claimed().remove(&self.name);
    }
}

/// The foundation of a history, with its furniture.
fn founded(
    history: &[Arc<Entry<Event>>],
    furniture: &Furniture,
) -> Result<(Arc<Foundation>, Furniture), WorldError> {
    let Some(Event::Founded(foundation)) = history.first().map(|entry| &entry.event) else {
        return Err(WorldError::NoFoundation);
    };
    Ok((Arc::clone(foundation), furniture.of(foundation)?))
}
