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
mod foundation;
mod jobs;
mod person;
mod references;
mod registry;
mod scripted;
mod slot;
mod tokens;
mod worlds;

use std::hash::Hash;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use dashmap::DashMap;
use jiff::Timestamp;
use jiff::civil::Date;
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
pub use person::PersonId;
pub use references::References;
pub use registry::Registry;
pub use scripted::PutError;
pub use slot::{MOST_SNAPSHOTS, Slot, Snapshot, SnapshotError};
pub use tokens::TokenEnds;
pub use worlds::{MOST_WORLDS, WorldError, Worlds, check_name, file_of};

use crate::clock::{Clock, Course, in_japan, system_now};
use crate::journal::Journal;
use crate::ledger::{Entry, Ledger, LedgerError, Life, Syncer, history};
use crate::papers::{Papers, Renewal};
use crate::portal::Portal;
use crate::registered::{Revocation, RevocationReason};
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

/// The people of a world, and how their relative dates are read.
#[derive(Debug, Default)]
struct Population {
    /// As the packs write them.
    written: Arc<People>,
    /// The day on which relative dates are read, if not each day anew.
    on: Option<Date>,
    /// As they are seen.
    seen: Arc<People>,
}

impl Population {
    fn of(written: Arc<People>, on: Option<Date>) -> Self {
        let seen = on.map_or_else(|| Arc::clone(&written), |day| Arc::new(written.fixed_on(day)));
        Self { written, on, seen }
    }
}

impl World {
    /// An empty world that lives in memory.
    #[must_use]
    pub fn new(name: impl Into<String>, home: InstitutionCode, dialect: Arc<Dialect>) -> Self {
        Self::with(name.into(), home, dialect, Ledger::default(), 0)
    }

    /// A world whose ledger is in a file: what the file holds is true in it from the start.
    ///
    /// # Errors
    /// [`LedgerError`] if the file cannot be used.
    pub fn open(
        name: impl Into<String>,
        home: InstitutionCode,
        dialect: Arc<Dialect>,
        ledger: &Path,
        syncer: &Arc<Syncer>,
    ) -> Result<Self, LedgerError> {
        let (ledger, entries) = Ledger::open(ledger, syncer)?;
        let world = Self::with(name.into(), home, dialect, ledger, 0);
        history(&entries).iter().for_each(|entry| world.apply(&entry.event));
        Ok(world)
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

    /// The people of this world as they are now; the lock is gone when this returns.
    #[must_use]
    pub fn people(&self) -> Arc<People> {
        Arc::clone(&self.people.read().unwrap_or_else(PoisonError::into_inner).seen)
    }

    /// Replaces the people of the packs; those of the scenarios stay over them.
    pub fn load(&self, people: People) {
        self.furnish(&Arc::new(people));
    }

    /// The same with people that worlds share.
    pub fn furnish(&self, people: &Arc<People>) {
        *self.base.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(people);
        self.stage();
    }

    /// Puts the people of the scenarios over those of the packs.
    fn stage(&self) {
        let base = Arc::clone(&self.base.read().unwrap_or_else(PoisonError::into_inner));
        let written = self.scenarios.over(&base);
        let mut population = self.people.write().unwrap_or_else(PoisonError::into_inner);
        *population = Population::of(written, population.on);
    }

    fn furniture(&self) -> Furniture {
        let people = Arc::clone(&self.base.read().unwrap_or_else(PoisonError::into_inner));
        Furniture { dialect: Arc::clone(&self.dialect), people }
    }

    /// The day on which relative dates of the cards are read. Absent: each day anew, so that no card grows old; a clock
    /// that is moved holds them where they were, so that it can move past their ends.
    #[must_use]
    pub fn cards_on(&self) -> Option<Date> {
        self.people.read().unwrap_or_else(PoisonError::into_inner).on
    }

    fn hold_cards(&self, on: Option<Date>) {
        let mut population = self.people.write().unwrap_or_else(PoisonError::into_inner);
        if population.on != on {
            *population = Population::of(Arc::clone(&population.written), on);
        }
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

    /// Records an event that no other world needs to know: the ledger first, then what is true.
    ///
    /// # Errors
    /// [`LedgerError`] if it cannot be written; then nothing has changed.
    pub fn record(&self, event: Event) -> Result<(), LedgerError> {
        if event.is_passing() && !self.is_kept() {
            // What is forgotten anyway would make a ledger in memory grow without end.
            self.apply(&event);
            return Ok(());
        }
        self.append(event).map(drop)
    }

    /// The same; returns how many entries the ledger has.
    fn append(&self, event: Event) -> Result<u64, LedgerError> {
        self.ledger.append(self.life, Entry { at: self.clock.now(), event }, |event| self.apply(event))
    }

    /// Records what happened elsewhere at another time.
    fn record_at(&self, entry: &Entry<Event>) -> Result<(), LedgerError> {
        self.ledger.append(self.life, entry.clone(), |event| self.apply(event)).map(drop)
    }

    /// Whether its ledger is in a file.
    #[must_use]
    pub fn is_kept(&self) -> bool {
        self.ledger.is_kept()
    }

    /// Whether the file of its ledger has grown so much that [`World::compact`] is worth it.
    fn has_outgrown(&self) -> bool {
        self.ledger.has_outgrown()
    }

    /// Writes its ledger anew; `places` are what one may go back to. An answer that nobody is told any more goes.
    fn compact(&self, places: &[u64]) -> Result<Vec<u64>, LedgerError> {
        let (now, hours) = (self.clock.now(), self.dialect.requests.answer_kept_hours.value);
        let told = |answer: &KeptAnswer| {
            let told = self.answers.under(&answer.institution, &answer.key, now, hours);
            told.is_some_and(|told| told.at == answer.at)
        };
        self.ledger
            .compact(places, |entry| matches!(&entry.event, Event::AnswerKept(answer) if !told(answer)))
    }

    /// What happened in it, as far as it counts.
    ///
    /// # Errors
    /// [`LedgerError`] if the file of its ledger cannot be read.
    pub fn history(&self) -> Result<Vec<Arc<Entry<Event>>>, LedgerError> {
        self.ledger.history()
    }

    fn apply(&self, event: &Event) {
        match event {
            Event::Founded(foundation) => {
                self.clock.set(foundation.course);
                self.seed.store(foundation.seed, Ordering::Relaxed);
                foundation.with.iter().for_each(|event| self.apply(event));
            }
            Event::SnapshotTaken { .. } | Event::WentBack { .. } => {}
            Event::InstitutionRegistered(institution) => self.registry.take_part(institution),
            Event::LineRegistered(registration) => self.registry.register(registration),
            Event::LineForgotten(line) => self.registry.forget(line),
            Event::LineAuthenticated { line, prefix } => self.registry.authenticate(line, *prefix),
            Event::RevocationListSet(state) => self.registry.set_revocation_list(*state),
            Event::CertificateIssued(certificate) => self.registry.issue(certificate),
            Event::CertificateRevoked { fingerprint, reason, at } => {
                self.registry.revoke(Revocation { fingerprint: *fingerprint, reason: *reason, at: *at });
            }
            Event::IssuanceNoticed(notice) => self.papers.noticed(notice),
            Event::IssuanceTried { reference } => self.papers.tried(reference),
            Event::IssuanceUsed { reference, certificate } => {
                self.registry.issue(certificate);
                self.papers.used(reference, certificate.facts.fingerprint);
            }
            Event::CertificateRenewed(renewal) => self.renew(renewal),
            Event::AccountOpened(account) => self.accounts.open(account),
            Event::ReferenceRegistered { person, institution, number } => {
                self.references.set(person, institution, number);
            }
            Event::ConsentsAnswered { person, institution, consents } => {
                self.consents.answer(person, institution, consents);
            }
            Event::ConsentsCancelled { person, institution, treatment, at } => {
                self.consents.cancel(person, institution, *treatment, *at);
            }
            Event::JobAccepted(job) => self.jobs.accept(job),
            Event::DeliveryQueued(delivery) => self.deliveries.queue(delivery),
            Event::DeliveriesTaken { terminal, up_to } => self.deliveries.taken(terminal, *up_to),
            Event::PortalAccountRegistered(account) => self.portal.register(account),
            Event::UsageApplied(application) => self.portal.apply(application),
            Event::CertificateApplied(certificate) => self.portal.want(certificate),
            Event::UsageCancelled { application, at } => self.portal.cancel(*application, *at),
            Event::AnswerKept(answer) => self.answers.keep(answer),
            Event::ModeSet(mode, on) => self.switch(*mode).store(*on, Ordering::Relaxed),
            Event::ClockShifted(seconds) => {
                self.clock.set(Course::Running { offset: jiff::SignedDuration::from_secs(*seconds) });
                self.hold_cards(None);
            }
            Event::ClockSet { course, cards_on } => {
                self.clock.set(*course);
                self.hold_cards(*cards_on);
            }
            Event::ScenarioLoaded(loaded) => self.scenario_loaded(loaded),
            Event::ScenarioRemoved(name) => self.scenario_removed(name),
            Event::ScriptsAsked(turn) => self.turns.recorded(turn),
        }
    }
}

impl World {
    fn renew(&self, renewal: &Renewal) {
        let Renewal { old, certificate, at, old_ends } = renewal;
        self.registry.issue(certificate);
        if *old_ends {
            let reason = RevocationReason::Replacement;
            self.registry.revoke(Revocation { fingerprint: *old, reason, at: *at });
        }
        self.papers.renewed(*old, certificate.facts.fingerprint);
    }
}

/// A map of one world's. There may be thousands of worlds, so it has few shards, however many processors there are.
fn map<K: Eq + Hash, V>() -> DashMap<K, V> {
    DashMap::with_shard_amount(2)
}
