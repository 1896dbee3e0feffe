//! Who is registered in a world: institutions, their lines and the certificates of their terminals.

use std::sync::Arc;

use certs::{CertificateFacts, Fingerprint};
use dashmap::DashMap;
use messages::value::{InstitutionCode, OrganizationName};
use serde::{Deserialize, Serialize};

use crate::ledger::Event;
use crate::line::CustomerId;

/// A medical institution or pharmacy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Institution {
    /// Its ten-digit code.
    pub code: InstitutionCode,
    /// Its name.
    pub name: OrganizationName,
}

/// A line's registration: the institution that applied for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registration {
    /// The line's customer ID.
    pub customer_id: CustomerId,
    /// The institution.
    pub institution: InstitutionCode,
}

/// A certificate that was issued to a terminal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TerminalCertificate {
    /// The institution.
    pub institution: InstitutionCode,
    /// What the certificate says.
    pub facts: Arc<CertificateFacts>,
}

/// The read models of a world that the gate asks.
#[derive(Debug, Default)]
pub struct Registry {
    institutions: DashMap<InstitutionCode, Arc<Institution>>,
    lines: DashMap<CustomerId, Arc<Registration>>,
    certificates: DashMap<Fingerprint, Arc<TerminalCertificate>>,
}

impl Registry {
    /// Folds an event in.
    pub(super) fn apply(&self, event: &Event) {
        match event {
            Event::InstitutionRegistered(institution) => {
                self.institutions.insert(institution.code.clone(), Arc::new(institution.clone()));
            }
            Event::LineRegistered(registration) => {
                self.lines.insert(registration.customer_id.clone(), Arc::new(registration.clone()));
            }
            Event::CertificateIssued(certificate) => {
                self.certificates.insert(certificate.facts.fingerprint, Arc::new(certificate.clone()));
            }
            Event::AccountOpened(_)
            | Event::ReferenceRegistered { .. }
            | Event::ConsentsAnswered { .. }
            | Event::ConsentsCancelled { .. }
            | Event::JobAccepted(_)
            | Event::DeliveryQueued(_)
            | Event::DeliveriesTaken { .. }
            | Event::ModeSet(..)
            | Event::ClockShifted(_) => {}
        }
    }

    /// Fingerprints of every certificate.
    #[must_use]
    pub fn fingerprints(&self) -> Vec<Fingerprint> {
        self.certificates.iter().map(|entry| *entry.key()).collect()
    }

    /// The institution with a code.
    #[must_use]
    pub fn institution(&self, code: &InstitutionCode) -> Option<Arc<Institution>> {
        self.institutions.get(code).map(|found| Arc::clone(&found))
    }

    /// The registration of a line.
    #[must_use]
    pub fn line(&self, customer_id: &CustomerId) -> Option<Arc<Registration>> {
        self.lines.get(customer_id).map(|found| Arc::clone(&found))
    }

    /// The certificate with a fingerprint.
    #[must_use]
    pub fn certificate(&self, fingerprint: &Fingerprint) -> Option<Arc<TerminalCertificate>> {
        self.certificates.get(fingerprint).map(|found| Arc::clone(&found))
    }
}
