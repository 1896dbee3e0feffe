//! The portal (医療機関等向け総合ポータルサイト): where line and certificate are applied for (access.md 2).
//!
//! Forms and the steps of an application are pure; what was applied for is told by events, and this is their fold.
//! Nothing here issues a certificate: that is [`crate::papers`]' business.

mod accounts;
mod application;
pub mod desk;
mod form;
mod paper;

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use messages::dialect::Portal as Rules;
use serde::{Deserialize, Serialize};

pub use accounts::{SystemAccountForm, check_password};
pub use application::{Application, PortalAccount, Stage, Step, stages};
pub use form::{AccountForm, Applicant, CertificatesForm, LineForm, Mistake, Usage, UsageForm, Wanted};
pub use paper::{ACCOUNT_NOTICE, Issued, PaperError, account_notice, certificate_notice};

/// A certificate that was applied for (電子証明書発行申請).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertificateWanted {
    /// The application for use that it belongs to.
    pub application: u32,
    /// The terminal.
    pub terminal: String,
    /// Reference ID of its issuance.
    pub reference: String,
    /// When it was applied for.
    pub at: Timestamp,
}

/// An application and what became of it.
#[derive(Debug, Clone)]
pub struct Filed {
    /// The application, with the latest line and number of terminals.
    pub application: Application,
    /// Certificates, in the order in which they were applied for.
    pub certificates: Vec<CertificateWanted>,
    /// When use ended.
    pub cancelled: Option<Timestamp>,
}

impl Filed {
    /// Where it stands: every step in the order of time.
    #[must_use]
    pub fn stages(&self, rules: &Rules) -> Vec<Stage> {
        let applied: Vec<_> = self.certificates.iter().map(|certificate| certificate.at).collect();
        stages(&self.application, &applied, self.cancelled, rules)
    }

    /// Terminals that have a certificate, each once.
    #[must_use]
    pub fn terminals(&self) -> Vec<String> {
        let mut terminals: Vec<_> =
            self.certificates.iter().map(|certificate| certificate.terminal.clone()).collect();
        terminals.sort();
        terminals.dedup();
        terminals
    }
}

/// What the portal knows.
#[derive(Debug, Default)]
pub struct Portal(Mutex<Files>);

#[derive(Debug, Default)]
struct Files {
    accounts: BTreeMap<String, PortalAccount>,
    filed: BTreeMap<u32, Filed>,
}

impl Portal {
    fn files(&self) -> MutexGuard<'_, Files> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn register(&self, account: &PortalAccount) {
        self.files().accounts.insert(account.id.clone(), account.clone());
    }

    /// A first application, or one that replaces its line or number of terminals.
    pub(crate) fn apply(&self, application: &Application) {
        let mut files = self.files();
        match files.filed.get_mut(&application.number) {
            Some(filed) => filed.application = application.clone(),
            None => {
                let filed =
                    Filed { application: application.clone(), certificates: Vec::new(), cancelled: None };
                files.filed.insert(application.number, filed);
            }
        }
    }

    pub(crate) fn want(&self, certificate: &CertificateWanted) {
        if let Some(filed) = self.files().filed.get_mut(&certificate.application) {
            filed.certificates.push(certificate.clone());
        }
    }

    pub(crate) fn cancel(&self, number: u32, from: Timestamp) {
        if let Some(filed) = self.files().filed.get_mut(&number) {
            filed.cancelled = Some(from);
        }
    }

    /// The account with an id.
    #[must_use]
    pub fn account(&self, id: &str) -> Option<PortalAccount> {
        self.files().accounts.get(id).cloned()
    }

    /// Every account, by id.
    #[must_use]
    pub fn accounts(&self) -> Vec<PortalAccount> {
        self.files().accounts.values().cloned().collect()
    }

    /// The application with a number.
    #[must_use]
    pub fn filed(&self, number: u32) -> Option<Filed> {
        self.files().filed.get(&number).cloned()
    }

    /// Applications of an account, by number.
    #[must_use]
    pub fn of_account(&self, id: &str) -> Vec<Filed> {
        self.files().filed.values().filter(|filed| filed.application.account == id).cloned().collect()
    }

    /// The number of the next account and of the next application.
    #[must_use]
    pub fn next_numbers(&self) -> (u32, u32) {
        let files = self.files();
        let last = files.filed.last_key_value().map_or(0, |(number, _)| *number);
        (u32::try_from(files.accounts.len()).unwrap_or(u32::MAX).saturating_add(1), last.saturating_add(1))
    }
}
