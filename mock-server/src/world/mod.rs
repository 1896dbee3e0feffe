//! Worlds: isolated universes of institutions, people, clock and journal.
//!
//! A world is a value; nothing here is global. What is true in it changes only through the [`crate::ledger`].

mod registry;

use std::sync::{Arc, PoisonError, RwLock};

use certs::Fingerprint;
use dashmap::DashMap;
use messages::dialect::Dialect;
use messages::value::InstitutionCode;
use scenarios::People;

pub use registry::{Institution, Registration, Registry, TerminalCertificate};

use crate::clock::Clock;
use crate::journal::Journal;
use crate::ledger::{Event, Ledger};

/// Name of the first world.
pub const DEFAULT: &str = "default";

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
    /// What happened.
    pub journal: Journal,
    dialect: Arc<Dialect>,
    people: RwLock<Arc<People>>,
    ledger: Ledger,
}

impl World {
    /// An empty world.
    #[must_use]
    pub fn new(name: impl Into<String>, home: InstitutionCode, dialect: Arc<Dialect>) -> Self {
        Self {
            name: name.into(),
            home,
            clock: Clock::default(),
            registry: Registry::default(),
            journal: Journal::default(),
            dialect,
            people: RwLock::default(),
            ledger: Ledger::default(),
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
}

/// All worlds of the process, and which certificate leads to which.
#[derive(Debug, Default)]
pub struct Worlds {
    by_name: DashMap<String, Arc<World>>,
    by_certificate: DashMap<Fingerprint, Arc<World>>,
}

impl Worlds {
    /// Adds a world.
    pub fn add(&self, world: Arc<World>) {
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

    /// Records an event in a world's ledger and folds it into what is true there.
    pub fn record(&self, world: &Arc<World>, event: Event) {
        if let Event::CertificateIssued(certificate) = &event {
            self.by_certificate.insert(certificate.facts.fingerprint, Arc::clone(world));
        }
        world.registry.apply(&event);
        world.ledger.append(world.clock.now(), event);
    }
}
