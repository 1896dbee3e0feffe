//! Worlds: isolated universes of institutions, people, clock and journal.
//!
//! A world is a value; nothing here is global. What is true in it changes only through the [`crate::ledger`]: each
//! part below folds the events that concern it.

mod accounts;
mod consents;
mod deliveries;
mod event;
mod jobs;
mod person;
mod references;
mod registry;

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use certs::Fingerprint;
use dashmap::DashMap;
use messages::dialect::Dialect;
use messages::value::InstitutionCode;
use scenarios::People;
use serde::{Deserialize, Serialize};

pub use accounts::{Account, Accounts};
pub use consents::{Consent, Consents, Object};
pub use deliveries::{Deliveries, Delivery};
pub use event::Event;
pub use jobs::{Job, Jobs};
pub use person::PersonId;
pub use references::References;
pub use registry::Registry;

use crate::clock::Clock;
use crate::journal::Journal;
use crate::ledger::{Entry, Ledger, LedgerError};
use crate::papers::{Papers, Renewal};
use crate::portal::Portal;
use crate::registered::{Revocation, RevocationReason, TerminalCertificate};

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
    /// What happened.
    pub journal: Journal,
    disaster: AtomicBool,
    system_failure: AtomicBool,
    dialect: Arc<Dialect>,
    people: RwLock<Arc<People>>,
    ledger: Ledger<Event>,
}

impl World {
    /// An empty world that lives in memory.
    #[must_use]
    pub fn new(name: impl Into<String>, home: InstitutionCode, dialect: Arc<Dialect>) -> Self {
        Self::with(name.into(), home, dialect, Ledger::default())
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
    ) -> Result<Self, LedgerError> {
        let (ledger, entries) = Ledger::open(ledger)?;
        let world = Self::with(name.into(), home, dialect, ledger);
        for Entry { event, .. } in &entries {
            world.apply(event);
        }
        Ok(world)
    }

    fn with(name: String, home: InstitutionCode, dialect: Arc<Dialect>, ledger: Ledger<Event>) -> Self {
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
            journal: Journal::default(),
            disaster: AtomicBool::default(),
            system_failure: AtomicBool::default(),
            dialect,
            people: RwLock::default(),
            ledger,
        }
    }

    /// The rules of this world.
    #[must_use]
    pub fn dialect(&self) -> &Dialect {
        &self.dialect
    }

    /// The people of this world as they are now; the lock is gone when this returns.
    #[must_use]
    pub fn people(&self) -> Arc<People> {
        Arc::clone(&self.people.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Replaces the people: packs were loaded.
    pub fn load(&self, people: People) {
        *self.people.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(people);
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
        self.ledger.append(Entry { at: self.clock.now(), event }, |event| self.apply(event))
    }

    fn apply(&self, event: &Event) {
        match event {
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
            Event::ModeSet(mode, on) => self.switch(*mode).store(*on, Ordering::Relaxed),
            Event::ClockShifted(seconds) => self.clock.shift(*seconds),
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

/// All worlds of the process, and which certificate leads to which.
#[derive(Debug, Default)]
pub struct Worlds {
    by_name: DashMap<String, Arc<World>>,
    by_certificate: DashMap<Fingerprint, Arc<World>>,
}

impl Worlds {
    /// Adds a world, with the certificates that it already knows.
    pub fn add(&self, world: Arc<World>) {
        for fingerprint in world.registry.fingerprints() {
            self.by_certificate.insert(fingerprint, Arc::clone(&world));
        }
        self.by_name.insert(world.name.clone(), world);
    }

    /// The world with a name.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<Arc<World>> {
        self.by_name.get(name).map(|found| Arc::clone(&found))
    }

    /// The world that a certificate was issued in.
    #[must_use]
    pub fn of_certificate(&self, fingerprint: &Fingerprint) -> Option<Arc<World>> {
        self.by_certificate.get(fingerprint).map(|found| Arc::clone(&found))
    }

    /// Records that a certificate was issued in a world; from now on it leads there.
    ///
    /// # Errors
    /// [`LedgerError`] if it cannot be written.
    pub fn certificate_issued(
        &self,
        world: &Arc<World>,
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
        world: &Arc<World>,
        certificate: Fingerprint,
        event: Event,
    ) -> Result<(), LedgerError> {
        world.record(event)?;
        self.by_certificate.insert(certificate, Arc::clone(world));
        Ok(())
    }
}
