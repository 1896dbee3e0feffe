//! Every change to a world, as one enum.

use std::sync::Arc;

use certs::Fingerprint;
use ipnet::IpNet;
use jiff::Timestamp;
use jiff::civil::Date;
use messages::value::{InstitutionCode, ReferenceNumber, TreatmentFlag};
use serde::{Deserialize, Serialize};

use crate::portal::{Application, CertificateWanted, PortalAccount};

use super::{Account, Consent, Delivery, Foundation, Job, KeptAnswer, Mode, PersonId};
use crate::clock::Course;
use crate::gate::RevocationList;
use crate::ledger::Turn;
use crate::line::Line;
use crate::papers::{Notice, Renewal};
use crate::registered::{Institution, Registration, RevocationReason, TerminalCertificate};
use crate::script::{self, Loaded};

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
    /// A line is registered for an institution, or its registration has changed; it replaces the one before.
    LineRegistered(Registration),
    /// A line's registration is gone, as if it had never been.
    LineForgotten(Line),
    /// A line passed line authentication (回線認証) at an address prefix.
    LineAuthenticated {
        /// The line.
        line: Line,
        /// The prefix of its address then.
        prefix: IpNet,
    },
    /// The revocation list is found in this state from now on.
    RevocationListSet(RevocationList),
    /// A certificate was issued to a terminal.
    CertificateIssued(TerminalCertificate),
    /// A certificate was revoked; it replaces an earlier revocation of the same.
    CertificateRevoked {
        /// The certificate.
        fingerprint: Fingerprint,
        /// Why.
        reason: RevocationReason,
        /// Since when.
        at: Timestamp,
    },
    /// An institution was given reference ID and code for the certificate of a terminal.
    IssuanceNoticed(Notice),
    /// Somebody tried a notice with a wrong code.
    IssuanceTried {
        /// Its reference ID.
        reference: String,
    },
    /// A notice was used: its certificate was issued.
    IssuanceUsed {
        /// Its reference ID.
        reference: String,
        /// The certificate.
        certificate: TerminalCertificate,
    },
    /// A certificate was renewed.
    CertificateRenewed(Renewal),
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
    /// Somebody registered at the portal.
    PortalAccountRegistered(PortalAccount),
    /// An institution applied for use, or changed its application.
    UsageApplied(Application),
    /// A certificate was applied for at the portal.
    CertificateApplied(CertificateWanted),
    /// An application for use ends.
    UsageCancelled {
        /// Its number.
        application: u32,
        /// When.
        at: Timestamp,
    },
    /// An answer is kept for whoever asks again under its key.
    AnswerKept(KeptAnswer),
    /// A mode was switched.
    ModeSet(Mode, bool),
    /// The clock was shifted against the system's, in seconds. Older ledgers hold it; cards follow the new day.
    ClockShifted(i64),
    /// A scenario was loaded over all others.
    ScenarioLoaded(Loaded),
    /// A scenario was removed, by its name.
    ScenarioRemoved(Arc<str>),
    /// A request took its turn with the scripts that count or have states.
    ScriptsAsked(script::Turn),
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
        if let Self::WentBack { to } = self {
            Some(*to)
        } else {
            matches!(self, Self::Founded(_)).then_some(0)
        }
    }

    fn turn_to(&mut self, place: u64) {
        if let Self::WentBack { to } = self {
            *to = place;
        }
    }
}

impl Event {
    /// Whether it is forgotten again by itself, however it is kept: a bounded number counts, for a bounded time.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::AnswerKept(_))
    }
}
