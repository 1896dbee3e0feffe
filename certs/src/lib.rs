//! The TEST certificate authority: who may say "I am this terminal", and who says "I am the service".
//!
//! The real authority (共通認証局) gives each terminal one client certificate (電子証明書); the service admits no
//! connection without it (端末認証, access.md 3). This crate plays that authority, for tests only: every CA name
//! contains `TEST`, and each installation makes keys of its own, so no certificate of one is worth anything to another.
//!
//! ```
//! use certs::{Authority, KeyKind, Months, TerminalSubject, Trust};
//!
//! let authority = Authority::create()?;
//! let subject = TerminalSubject {
//!     institution_code: "1319999916".to_owned(),
//!     terminal_number: 1,
//!     institution_name: "試験医院".to_owned(),
//! };
//! let now = "2026-04-01T09:00:00+09:00".parse()?;
//! let terminal = authority.issue_terminal(&subject, now, Months::default(), KeyKind::P256)?;
//!
//! assert_eq!(terminal.facts().common_name.as_deref(), Some("1319999916-01"));
//! assert_eq!(authority.trust(&terminal.certificate_der(), &[]), Trust::Trusted);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! - [`Authority`] holds the root and the issuing CA and judges whether a certificate is theirs;
//! - [`issue`] makes certificates of terminals and of the server;
//! - [`revoke`] signs the list of certificates that are no longer valid;
//! - [`request`] reads what a terminal sends that keeps its key to itself (CSR);
//! - [`defects`] makes certificates that are wrong on purpose;
//! - [`Identity`] is a certificate with its key, as PEM or as PKCS#12;
//! - [`CertificateFacts`] is what a certificate says, as plain values;
//! - [`Store`] keeps all of it in the data folder.
//!
//! It knows nobody else in the workspace: no institution, no world, no line. It never asks what time it is; `now` is a
//! parameter, and whether a certificate is valid *at* a time is the gate's question. rcgen, openssl and `time` stay
//! behind the private module `x509` and appear in no public signature.

pub mod authority;
pub mod defects;
mod files;
pub mod identity;
pub mod issue;
pub mod pkcs12;
pub mod read;
pub mod request;
pub mod revoke;
pub mod store;
mod turn;
mod x509;

pub use authority::{Authority, AuthorityError, Part, Trust};
pub use identity::{Identity, IdentityError, PrivateKey};
pub use issue::{IssueError, KeyKind, Months, MonthsError, SERVER_NAMES, TerminalSubject, Terms};
pub use pkcs12::Pkcs12Error;
pub use read::{CertificateFacts, Fingerprint, FingerprintError, ReadError};
pub use request::{Certified, RequestError, SigningRequest};
pub use revoke::{Revocation, RevocationList, RevocationReason};
pub use store::{Identities, Store, StoreError, StoredIdentity};

/// What lies behind an error of a library that callers need not know.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

#[cfg(test)]
mod testing {
    //! What most tests of this crate begin with.

    use jiff::Timestamp;

    use crate::{Authority, Identity, KeyKind, Months, TerminalSubject};

    pub(crate) fn authority() -> Authority {
        Authority::create().unwrap()
    }

    pub(crate) fn now() -> Timestamp {
        "2026-04-01T09:00:00+09:00".parse().unwrap()
    }

    pub(crate) fn clinic() -> TerminalSubject {
        TerminalSubject {
            institution_code: "1319999916".to_owned(),
            terminal_number: 1,
            institution_name: "医療法人社団 試験医院".to_owned(),
        }
    }

    /// A terminal of [`clinic`] with a P-256 key, since RSA keys take their time.
    pub(crate) fn terminal(authority: &Authority) -> Identity {
        authority.issue_terminal(&clinic(), now(), Months::default(), KeyKind::P256).unwrap()
    }
}
