//! Who is registered in a world: institutions, their lines and the certificates of their terminals.

use std::sync::{Arc, PoisonError, RwLock};

use certs::Fingerprint;
use dashmap::DashMap;
use ipnet::IpNet;
use messages::value::InstitutionCode;

use crate::gate::RevocationList;
use crate::line::Line;
use crate::registered::{Institution, Registration, Revocation, TerminalCertificate};

/// The read models of a world that the gate asks.
#[derive(Debug)]
pub struct Registry {
    institutions: DashMap<InstitutionCode, Arc<Institution>>,
    lines: DashMap<Line, Arc<Registration>>,
    certificates: DashMap<Fingerprint, Arc<TerminalCertificate>>,
    /// Names of the terminals that ever got a certificate, revoked or not.
    terminals: DashMap<Box<str>, ()>,
    revocations: DashMap<Fingerprint, Revocation>,
    revocation_list: RwLock<RevocationList>,
    /// At which prefix a line last passed line authentication.
    authenticated: DashMap<Line, IpNet>,
}

impl Default for Registry {
    fn default() -> Self {
        Self {
            institutions: super::map(),
            lines: super::map(),
            certificates: super::map(),
            terminals: super::map(),
            revocations: super::map(),
            revocation_list: RwLock::default(),
            authenticated: super::map(),
        }
    }
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
        self.authenticated.remove(line);
    }

    pub(super) fn authenticate(&self, line: &Line, prefix: IpNet) {
        self.authenticated.insert(line.clone(), prefix);
    }

    pub(super) fn set_revocation_list(&self, state: RevocationList) {
        *self.revocation_list.write().unwrap_or_else(PoisonError::into_inner) = state;
    }

    pub(super) fn revoke(&self, revocation: Revocation) {
        self.revocations.insert(revocation.fingerprint, revocation);
    }

    pub(super) fn issue(&self, certificate: &TerminalCertificate) {
        if let Some(name) = &certificate.facts.common_name {
            self.terminals.insert(name.as_str().into(), ());
        }
        self.certificates.insert(certificate.facts.fingerprint, Arc::new(certificate.clone()));
    }

    /// Every certificate, the earliest first.
    #[must_use]
    pub fn certificates(&self) -> Vec<Arc<TerminalCertificate>> {
        let mut all: Vec<_> = self.certificates.iter().map(|entry| Arc::clone(&entry)).collect();
        all.sort_unstable_by_key(|certificate| (certificate.facts.not_before, certificate.facts.fingerprint));
        all
    }

    /// Whether a certificate was ever issued to a terminal, named as in it. One whose certificate has ended or was revoked
    /// gets its files once it has another.
    #[must_use]
    pub fn has_terminal(&self, name: &str) -> bool {
        self.terminals.contains_key(name)
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

    /// State of the revocation list, as the gate finds it.
    #[must_use]
    pub fn revocation_list(&self) -> RevocationList {
        *self.revocation_list.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The address prefix at which a line last passed line authentication.
    #[must_use]
    pub fn authenticated(&self, line: &Line) -> Option<IpNet> {
        self.authenticated.get(line).map(|found| *found)
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
