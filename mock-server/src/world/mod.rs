//! Worlds: isolated universes of institutions, people, clock and journal.
//!
//! A world is a value; nothing here is global. What is true in it changes only through the [`crate::ledger`]: each
//! part below folds the events that concern it.

mod accounts;
mod answers;
mod consents;
mod deliveries;
mod departures;
mod event;
mod fold;
mod foundation;
mod jobs;
mod naming;
mod person;
mod population;
mod record;
mod references;
mod registry;
mod scripted;
mod slot;
mod tokens;
mod worlds;

use std::hash::Hash;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, RwLock};

use dashmap::DashMap;
use jiff::Timestamp;
use messages::dialect::Dialect;
use messages::value::InstitutionCode;
use scenarios::People;
use serde::{Deserialize, Serialize};

pub use accounts::{Account, Accounts};
pub use answers::{Answers, KeptAnswer};
pub use consents::{Consent, Consents, Object};
pub use deliveries::{Deliveries, Delivery};
pub use departures::Departures;
pub use event::Event;
pub use foundation::{Foundation, Furniture, FurnitureError, Start};
pub use jobs::{Job, Jobs};
pub use naming::{WorldError, check_name, file_of};
pub use person::PersonId;
use population::Population;
pub use references::References;
pub use registry::Registry;
pub use scripted::PutError;
pub use slot::{MOST_SNAPSHOTS, Slot, Snapshot, SnapshotError};
pub use tokens::TokenEnds;
pub use worlds::{MOST_WORLDS, Worlds};

use crate::clock::{Clock, Course, in_japan, system_now};
use crate::journal::Journal;
use crate::ledger::{Entries, Entry, Ledger, LedgerError, Life, Syncer, history};
use crate::papers::Papers;
use crate::portal::Portal;
use crate::script::{Scenarios, Turns};

/// Name of the first world.
pub const DEFAULT: &str = "default";

/// A mode that is switched for a whole world (terminal.md 8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Disaster (災害時): drugs and check-ups without the card's consent.
    Disaster,
    /// System failure (システム障害時): the staff search by name and birth date.
    SystemFailure,
}

/// One world.
#[derive(Debug)]
pub struct World {
    /// Its name.
    pub name: String,
    /// Code of its first institution: who asks in examples and printed requests.
    pub home: InstitutionCode,
    /// Its time.
    pub clock: Clock,
    /// Who is registered.
    pub registry: Registry,
    /// Notices and renewals of certificates.
    pub papers: Papers,
    /// Accounts of the institutions.
    pub accounts: Accounts,
    /// What people consented to.
    pub consents: Consents,
    /// By which numbers institutions know people.
    pub references: References,
    /// Bulk jobs.
    pub jobs: Jobs,
    /// Files that wait for terminals.
    pub deliveries: Deliveries,
    /// Applications at the portal.
    pub portal: Portal,
    /// When tokens end.
    pub tokens: TokenEnds,
    /// Answers by the keys of their requests.
    pub answers: Answers,
    /// Scenarios that were loaded.
    pub scenarios: Scenarios,
    /// What scripts remember.
    pub turns: Turns,
    /// Which answers left.
    pub departures: Departures,
    /// What happened.
    pub journal: Journal,
    seed: AtomicU64,
    disaster: AtomicBool,
    system_failure: AtomicBool,
    dialect: Arc<Dialect>,
    /// The people of the packs, below those of the scenarios.
    base: RwLock<Arc<People>>,
    people: RwLock<Population>,
    ledger: Arc<Ledger<Event>>,
    life: Life,
    birth: u64,
}

impl World {
    /// An empty world that lives in memory.
    #[must_use]
    pub fn new(name: impl Into<String>, home: InstitutionCode, dialect: Arc<Dialect>) -> Self {
        Self::with(name.into(), home, dialect, Ledger::default(), 0)
    }

    /// A world whose ledger is in a file: what the file holds is true in it from the start. Also gives all that it holds.
    ///
    /// # Errors
    /// [`LedgerError`] if the file cannot be used.
    pub fn open(
        name: impl Into<String>,
        home: InstitutionCode,
        dialect: Arc<Dialect>,
        ledger: &Path,
        syncer: &Arc<Syncer>,
    ) -> Result<(Self, Entries<Event>), LedgerError> {
        let (ledger, all) = Ledger::open(ledger, syncer)?;
        let world = Self::with(name.into(), home, dialect, ledger, 0);
        history(&all).iter().for_each(|entry| world.apply(&entry.event));
        Ok((world, all))
    }

    fn with(
        name: String,
        home: InstitutionCode,
        dialect: Arc<Dialect>,
        ledger: Ledger<Event>,
        birth: u64,
    ) -> Self {
        Self::empty(name, home, dialect, Arc::new(ledger), Life::default(), birth)
    }

    fn empty(
        name: String,
        home: InstitutionCode,
        dialect: Arc<Dialect>,
        ledger: Arc<Ledger<Event>>,
        life: Life,
        birth: u64,
    ) -> Self {
        Self {
            name,
            home,
            clock: Clock::default(),
            registry: Registry::default(),
            papers: Papers::default(),
            accounts: Accounts::default(),
            consents: Consents::default(),
            references: References::default(),
            jobs: Jobs::default(),
            deliveries: Deliveries::default(),
            portal: Portal::default(),
            tokens: TokenEnds::default(),
            answers: Answers::default(),
            scenarios: Scenarios::default(),
            turns: Turns::default(),
            departures: Departures::default(),
            journal: Journal::default(),
            seed: AtomicU64::default(),
            disaster: AtomicBool::default(),
            system_failure: AtomicBool::default(),
            dialect,
            base: RwLock::default(),
            people: RwLock::default(),
            ledger,
            life,
            birth,
        }
    }

    /// The same world in its next life, in which only a part of its history counts.
    fn again(&self, life: Life, furniture: &Furniture, history: &[Arc<Entry<Event>>]) -> Self {
        let (ledger, dialect) = (Arc::clone(&self.ledger), Arc::clone(&furniture.dialect));
        let world = Self::empty(self.name.clone(), self.home.clone(), dialect, ledger, life, self.birth);
        world.furnish(&furniture.people);
        history.iter().for_each(|entry| world.apply(&entry.event));
        world
    }

    /// What tells it from every other world that this process has had, also one of the same name. It stays over a reset.
    #[must_use]
    pub fn birth(&self) -> u64 {
        self.birth
    }

    /// Where chance begins in it, as its foundation says.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.seed.load(Ordering::Relaxed)
    }

    /// The rules of this world.
    #[must_use]
    pub fn dialect(&self) -> &Dialect {
        &self.dialect
    }

    /// Sets the clock, seen from its course and the real time. What cards say is held where it is today, unless the
    /// clock was moved before; `cards_follow` lets them follow each day again.
    ///
    /// # Errors
    /// The refusal of `choose`, or [`LedgerError`] if the change can't be written.
    pub fn turn_clock<E: From<LedgerError>>(
        &self,
        cards_follow: bool,
        choose: impl FnOnce(Course, Timestamp) -> Result<Course, E>,
    ) -> Result<(), E> {
        // Of two that advance at the same time, the second begins where the first ended.
        let turning = self.clock.turning();
        let (before, real) = (self.clock.course(), system_now());
        let course = choose(before, real)?;
        let today = || in_japan(before.at(real)).date();
        let cards_on = (!cards_follow).then(|| self.cards_on().unwrap_or_else(today));
        let recorded = self.record(Event::ClockSet { course, cards_on });
        drop(turning);
        Ok(recorded?)
    }

    /// Whether a mode is on.
    #[must_use]
    pub fn is_on(&self, mode: Mode) -> bool {
        self.switch(mode).load(Ordering::Relaxed)
    }

    fn switch(&self, mode: Mode) -> &AtomicBool {
        match mode {
            Mode::Disaster => &self.disaster,
            Mode::SystemFailure => &self.system_failure,
        }
    }
}

/// A map of one world's. There may be thousands of worlds, so it has few shards, however many processors there are.
fn map<K: Eq + Hash, V>() -> DashMap<K, V> {
    DashMap::with_shard_amount(2)
}
