//! The notices and renewals of a world, as its ledger tells them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use certs::Fingerprint;

use super::{Issuance, Notice};

/// What is kept of the paperwork. Empty, it allocates nothing: most worlds never see a notice.
#[derive(Debug, Default)]
pub struct Papers {
    issuances: RwLock<BTreeMap<String, Arc<Issuance>>>,
    successors: RwLock<BTreeMap<Fingerprint, Fingerprint>>,
    claimed: Mutex<BTreeSet<String>>,
}

impl Papers {
    pub(crate) fn noticed(&self, notice: &Notice) {
        let issuance = Issuance { notice: notice.clone(), tries: 0, used: None };
        let mut issuances = self.issuances.write().unwrap_or_else(PoisonError::into_inner);
        issuances.insert(notice.reference.clone(), Arc::new(issuance));
    }

    pub(crate) fn tried(&self, reference: &str) {
        self.change(reference, |issuance| issuance.tries = issuance.tries.saturating_add(1));
    }

    pub(crate) fn used(&self, reference: &str, certificate: Fingerprint) {
        self.change(reference, |issuance| issuance.used = Some(certificate));
    }

    pub(crate) fn renewed(&self, old: Fingerprint, new: Fingerprint) {
        self.successors.write().unwrap_or_else(PoisonError::into_inner).insert(old, new);
    }

    fn change(&self, reference: &str, change: impl FnOnce(&mut Issuance)) {
        let mut issuances = self.issuances.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(issuance) = issuances.get_mut(reference) {
            change(Arc::make_mut(issuance));
        }
    }

    /// The notice with a reference ID, and what became of it.
    #[must_use]
    pub fn issuance(&self, reference: &str) -> Option<Arc<Issuance>> {
        self.issuances.read().unwrap_or_else(PoisonError::into_inner).get(reference).cloned()
    }

    /// Every notice, the earliest application first.
    #[must_use]
    pub fn issuances(&self) -> Vec<Arc<Issuance>> {
        let issuances = self.issuances.read().unwrap_or_else(PoisonError::into_inner);
        let mut all: Vec<_> = issuances.values().cloned().collect();
        drop(issuances);
        all.sort_by_key(|issuance| issuance.notice.applied);
        all
    }

    /// The certificate that took the place of another when that was renewed.
    #[must_use]
    pub fn successor(&self, of: &Fingerprint) -> Option<Fingerprint> {
        self.successors.read().unwrap_or_else(PoisonError::into_inner).get(of).copied()
    }

    /// Takes a terminal for oneself while a certificate is made for it: it has only one. `None` if somebody else has
    /// taken it.
    #[must_use]
    pub fn claim(&self, terminal: &str) -> Option<Claim<'_>> {
        let mut claimed = self.claimed.lock().unwrap_or_else(PoisonError::into_inner);
        let is_free = claimed.insert(terminal.to_owned());
        is_free.then(|| Claim { papers: self, terminal: terminal.to_owned() })
    }
}

/// A terminal that nobody else gets a certificate for. Dropping it lets the terminal go.
#[derive(Debug)]
pub struct Claim<'a> {
    papers: &'a Papers,
    terminal: String,
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        self.papers.claimed.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.terminal);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_is_claimed_by_one_at_a_time() {
        let papers = Papers::default();
        let claim = papers.claim("1319999916-01").unwrap();
        assert!(papers.claim("1319999916-01").is_none());
        assert!(papers.claim("1319999916-02").is_some());
        drop(claim);
        assert!(papers.claim("1319999916-01").is_some());
    }
}
