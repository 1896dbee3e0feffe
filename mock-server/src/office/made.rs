//! What the office hands out.

use certs::{
    Authority, CertificateFacts, Certified, Identity, IssueError, KeyKind, Months, SigningRequest,
    TerminalSubject, Terms,
};
use jiff::Timestamp;
use messages::value::InstitutionCode;

use crate::registered::{Purposes, TerminalCertificate};

/// What certificate is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Kind of the key that is made, unless there is a request.
    pub key: KeyKind,
    /// A certificate signing request in PEM: the key is made by the terminal.
    pub csr: Option<String>,
    /// URL of the revocation list, which the certificate names.
    pub crl: Option<String>,
}

/// A certificate that was made: with its key, or for a key that somebody else holds.
#[derive(Debug, Clone)]
pub enum Made {
    /// With its key.
    Identity(Box<Identity>),
    /// Without.
    Certified(Box<Certified>),
}

impl Made {
    /// What the certificate says.
    #[must_use]
    pub fn facts(&self) -> &CertificateFacts {
        match self {
            Self::Identity(identity) => identity.facts(),
            Self::Certified(certified) => certified.facts(),
        }
    }

    /// The certificate and the issuing CA's, PEM, leaf first.
    #[must_use]
    pub fn full_chain_pem(&self) -> String {
        match self {
            Self::Identity(identity) => identity.full_chain_pem(),
            Self::Certified(certified) => certified.full_chain_pem(),
        }
    }

    /// The identity, if the key was made here.
    #[must_use]
    pub fn identity(&self) -> Option<&Identity> {
        match self {
            Self::Identity(identity) => Some(identity),
            Self::Certified(_) => None,
        }
    }

    pub(super) fn registered(&self, institution: InstitutionCode, purposes: Purposes) -> TerminalCertificate {
        TerminalCertificate { purposes, ..TerminalCertificate::new(institution, self.facts().clone().into()) }
    }
}

pub(super) fn make(
    authority: &Authority,
    subject: &TerminalSubject,
    wanted: &Wanted,
    request: Option<&SigningRequest>,
    months: Months,
    now: Timestamp,
) -> Result<Made, IssueError> {
    let terms = Terms { now, months, crl: wanted.crl.as_deref() };
    match request {
        Some(request) => {
            authority.issue_requested(subject, terms, request).map(|made| Made::Certified(made.into()))
        }
        None => {
            authority.issue_terminal_on(subject, terms, wanted.key).map(|made| Made::Identity(made.into()))
        }
    }
}
