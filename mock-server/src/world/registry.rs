//! Who is registered in a world: institutions, their lines and the certificates of their terminals.

use std::sync::Arc;

use certs::Fingerprint;
use dashmap::DashMap;
use messages::value::InstitutionCode;

use crate::line::Line;
use crate::registered::{Institution, Registration, Revocation, TerminalCertificate};

/// The read models of a world that the gate asks.
#[derive(Debug, Default)]
pub struct Registry {
    institutions: DashMap<InstitutionCode, Arc<Institution>>,
    lines: DashMap<Line, Arc<Registration>>,
    certificates: DashMap<Fingerprint, Arc<TerminalCertificate>>,
    revocations: DashMap<Fingerprint, Revocation>,
}

impl Registry {
    pub(super) fn take_part(&self, institution: &Institution) {
        self.institutions.insert(institution.code.clone(), Arc::new(institution.clone()));
    }

    pub(super) fn register(&self, registration: &Registration) {
        self.lines.insert(registration.line.clone(), Arc::new(registration.clone()));
    }

    pub(super) fn forget(&self, line: &Line) {
        self.lines.remove(line);
    }

    pub(super) fn revoke(&self, revocation: Revocation) {
        self.revocations.insert(revocation.fingerprint, revocation);
    }

    pub(super) fn issue(&self, certificate: &TerminalCertificate) {
        self.certificates.insert(certificate.facts.fingerprint, Arc::new(certificate.clone()));
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
    pub fn line(&self, line: &Line) -> Option<Arc<Registration>> {
        self.lines.get(line).map(|found| Arc::clone(&found))
    }

    /// Every registration, sorted by line.
    #[must_use]
    pub fn lines(&self) -> Vec<Arc<Registration>> {
        let mut lines: Vec<_> = self.lines.iter().map(|entry| Arc::clone(&entry)).collect();
        lines.sort_unstable_by(|a, b| a.line.cmp(&b.line));
        lines
    }

    /// The revocation of a certificate, whether its time has come or not.
    #[must_use]
    pub fn revocation(&self, fingerprint: &Fingerprint) -> Option<Revocation> {
        self.revocations.get(fingerprint).map(|found| *found)
    }

    /// Every revocation, in the order of their times.
    #[must_use]
    pub fn revocations(&self) -> Vec<Revocation> {
        let mut all: Vec<_> = self.revocations.iter().map(|entry| *entry).collect();
        all.sort_unstable_by_key(|revocation| (revocation.at, revocation.fingerprint));
        all
    }

    /// The certificate with a fingerprint.
    #[must_use]
    pub fn certificate(&self, fingerprint: &Fingerprint) -> Option<Arc<TerminalCertificate>> {
        self.certificates.get(fingerprint).map(|found| Arc::clone(&found))
    }
}
