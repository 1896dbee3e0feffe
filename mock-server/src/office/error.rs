//! Why the office doesn't do what it is asked.

use certs::{Fingerprint, IssueError, RequestError, StoreError};
use jiff::Timestamp;
use messages::value::InstitutionCode;

use crate::clock::rfc3339;
use crate::ledger::LedgerError;

/// A reason, with the way out.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OfficeError {
    /// The institution takes no part in this world.
    #[error("institution {0} takes no part in this world")]
    NoInstitution(InstitutionCode),
    /// The number of a terminal is wrong.
    #[error("a terminal has a number from 1 to 999")]
    NoTerminal,
    /// No certificate has this fingerprint.
    #[error("no certificate of this world has this fingerprint; GET …/certificates lists them")]
    NoCertificate,
    /// No notice has this reference ID.
    #[error("no issuance notice of this world has this reference ID; GET …/issuances lists them")]
    NoNotice,
    /// Too many notices.
    #[error("a world has at most {0} issuance notices")]
    TooManyNotices(usize),
    /// The terminal has a certificate: there is one per terminal.
    #[error(
        "the terminal has a living certificate ({0}): renew it, apply for another terminal, or say `lost`"
    )]
    AlreadyHolds(Fingerprint),
    /// The terminal has a notice that wasn't used yet.
    #[error("the terminal has an issuance notice that is still open: {0}")]
    OpenNotice(String),
    /// A certificate is being made for this terminal.
    #[error("a certificate is just being made for this terminal; try again")]
    Busy,
    /// The notice was used.
    #[error("the issuance notice has been used; it is good for one download")]
    NoticeUsed,
    /// The notice is locked.
    #[error("the issuance notice is locked after too many wrong authentication codes; apply again")]
    NoticeLocked,
    /// The notice wasn't used in time.
    #[error("the issuance notice has lapsed: it could be used until {}; apply again", rfc3339(*.0))]
    NoticeLapsed(Timestamp),
    /// The code is wrong.
    #[error("the authentication code is wrong; {left} tries are left")]
    WrongCode {
        /// How many more tries there are.
        left: u8,
    },
    /// It can't be renewed yet.
    #[error("the certificate may be renewed from {} on", rfc3339(*.0))]
    TooEarly(Timestamp),
    /// It can't be renewed any more.
    #[error("the certificate ended at {}: it can't be renewed, apply for a new one", rfc3339(*.0))]
    Expired(Timestamp),
    /// It was revoked.
    #[error("the certificate has been revoked")]
    Revoked,
    /// It was renewed before.
    #[error("the certificate has been renewed; its successor is {0}")]
    AlreadyRenewed(Fingerprint),
    /// The signing request is wrong.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// The certificate can't be made.
    #[error(transparent)]
    Issue(#[from] IssueError),
    /// The data folder can't be written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The ledger can't be written.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The system has no random numbers.
    #[error("the system has no random numbers")]
    NoRandomNumbers,
    /// onshi-mock is being stopped.
    #[error("onshi-mock is being stopped")]
    Stopped,
}
