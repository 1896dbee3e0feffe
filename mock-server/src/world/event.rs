//! Every change to a world, as one enum.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use messages::value::{InstitutionCode, ReferenceNumber, TreatmentFlag};
use serde::{Deserialize, Serialize};

use super::{Account, Consent, Delivery, Foundation, Job, Mode, PersonId};
use crate::clock::Course;
use crate::ledger::Turn;
use crate::registered::{Institution, Registration, TerminalCertificate};

/// One change to a world. The names are those of the ledger file and never change their meaning.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Event {
    /// The world begins, or begins anew: nothing from before is true any longer.
    Founded(Arc<Foundation>),
    /// The state has a name from now on, so that one can go back to it.
    SnapshotTaken {
        /// The name.
        name: String,
    },
    /// The world went back to an earlier state.
    WentBack {
        /// How many of the first entries of the ledger count.
        to: u64,
    },
    /// An institution takes part.
    InstitutionRegistered(Institution),
    /// A line is registered for an institution.
    LineRegistered(Registration),
    /// A certificate was issued to a terminal.
    CertificateIssued(TerminalCertificate),
    /// An account was opened.
    AccountOpened(Account),
    /// An institution knows a person by a number.
    ReferenceRegistered {
        /// The person.
        person: PersonId,
        /// The institution.
        institution: InstitutionCode,
        /// The number; replaces an older one.
        number: ReferenceNumber,
    },
    /// A person answered the reader's questions.
    ConsentsAnswered {
        /// The person.
        person: PersonId,
        /// The institution that asked.
        institution: InstitutionCode,
        /// One answer per object.
        consents: Vec<Consent>,
    },
    /// The consents of one kind of care were cancelled.
    ConsentsCancelled {
        /// The person.
        person: PersonId,
        /// The institution.
        institution: InstitutionCode,
        /// The kind of care.
        treatment: TreatmentFlag,
        /// When.
        at: Timestamp,
    },
    /// A bulk job was accepted.
    JobAccepted(Job),
    /// A file waits for a terminal.
    DeliveryQueued(Delivery),
    /// A terminal has placed its files up to a number.
    DeliveriesTaken {
        /// The terminal.
        terminal: Arc<str>,
        /// The number.
        up_to: u64,
    },
    /// A mode was switched.
    ModeSet(Mode, bool),
    /// The clock was shifted against the system's, in seconds. Older ledgers hold it; cards follow the new day.
    ClockShifted(i64),
    /// The clock was set.
    ClockSet {
        /// How it runs from now on.
        course: Course,
        /// The day on which relative dates of the cards are read from now on. Absent: each day anew.
        cards_on: Option<Date>,
    },
}

impl Turn for Event {
    fn back_to(&self) -> Option<u64> {
        match self {
            Self::Founded(_) => Some(0),
            Self::WentBack { to } => Some(*to),
            Self::SnapshotTaken { .. }
            | Self::InstitutionRegistered(_)
            | Self::LineRegistered(_)
            | Self::CertificateIssued(_)
            | Self::AccountOpened(_)
            | Self::ReferenceRegistered { .. }
            | Self::ConsentsAnswered { .. }
            | Self::ConsentsCancelled { .. }
            | Self::JobAccepted(_)
            | Self::DeliveryQueued(_)
            | Self::DeliveriesTaken { .. }
            | Self::ModeSet(..)
            | Self::ClockShifted(_)
            | Self::ClockSet { .. } => None,
        }
    }
}
