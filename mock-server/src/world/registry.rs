//! Who is registered in a world: institutions, their lines and the certificates of their terminals.

use std::sync::Arc;

use certs::Fingerprint;
use dashmap::DashMap;
use messages::value::InstitutionCode;

use crate::line::CustomerId;
use crate::registered::{Institution, Registration, TerminalCertificate};

/// The read models of a world that the gate asks.
#[derive(Debug)]
pub struct Registry {
    institutions: DashMap<InstitutionCode, Arc<Institution>>,
    lines: DashMap<CustomerId, Arc<Registration>>,
    certificates: DashMap<Fingerprint, Arc<TerminalCertificate>>,
}

impl Default for Registry {
    fn default() -> Self {
        Self { institutions: super::map(), lines: super::map(), certificates: super::map() }
    }
}

impl Registry {
    pub(super) fn take_part(&self, institution: &Institution) {
        self.institutions.insert(institution.code.clone(), Arc::new(institution.clone()));
    }

    pub(super) fn register(&self, registration: &Registration) {
        self.lines.insert(registration.customer_id.clone(), Arc::new(registration.clone()));
    }

    pub(super) fn issue(&self, certificate: &TerminalCertificate) {
        self.certificates.insert(certificate.facts.fingerprint, Arc::new(certificate.clone()));
    }

    /// Fingerprints of every certificate.
    #[must_use]
    pub fn fingerprints(&self) -> Vec<Fingerprint> {
        self.certificates.iter().map(|entry| *entry.key()).collect()
    }

    /// Every certificate.
    #[must_use]
    pub fn certificates(&self) -> Vec<Arc<TerminalCertificate>> {
        self.certificates.iter().map(|entry| Arc::clone(entry.value())).collect()
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
