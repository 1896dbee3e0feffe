//! The ledger: the append-only list of every change to a world.
//!
//! What is true in a world is a fold over its ledger, and there is no other way to change it.

use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use serde::Serialize;

use crate::world::{Institution, Registration, TerminalCertificate};

/// One change to a world.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Event {
    /// An institution takes part.
    InstitutionRegistered(Institution),
    /// A line is registered for an institution.
    LineRegistered(Registration),
    /// A certificate was issued to a terminal.
    CertificateIssued(TerminalCertificate),
}

/// A change and the world's time of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Entry {
    /// When, by the world's clock.
    pub at: Timestamp,
    /// What.
    pub event: Event,
}

/// The changes of one world, in order.
#[derive(Debug, Default)]
pub struct Ledger {
    entries: Mutex<Vec<Entry>>,
}

impl Ledger {
    pub(crate) fn append(&self, at: Timestamp, event: Event) {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner).push(Entry { at, event });
    }
}
