//! What is registered: institutions, their lines, the certificates of their terminals, the roles of their accounts.
//!
//! Plain values that the gate judges and worlds keep.

use std::sync::Arc;

use certs::{CertificateFacts, Fingerprint};
use jiff::Timestamp;
use messages::dialect::Role;
use messages::value::{InstitutionCode, OrganizationName};
use serde::{Deserialize, Serialize};

use crate::line::Line;

/// A medical institution or pharmacy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Institution {
    /// Its ten-digit code.
    pub code: InstitutionCode,
    /// Its name.
    pub name: OrganizationName,
}

/// What line and certificate are used for; two systems with an application each (access.md 1.4, \[S]).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// Online qualification confirmation (オンライン資格確認).
    Qualification,
    /// Online claims (オンライン請求).
    Claims,
}

impl Purpose {
    /// Every purpose.
    pub const ALL: [Self; 2] = [Self::Qualification, Self::Claims];
}

/// The purposes that a line is registered for, or that a certificate is valid for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Default, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Purposes {
    /// Qualification only, as after the usual application.
    #[default]
    Qualification,
    /// Claims only.
    Claims,
    /// Both.
    Both,
}

impl Purposes {
    /// Every choice.
    pub const ALL: [Self; 3] = [Self::Qualification, Self::Claims, Self::Both];

    /// Whether a purpose is among them.
    #[must_use]
    pub fn cover(self, purpose: Purpose) -> bool {
        match self {
            Self::Both => true,
            Self::Qualification => purpose == Purpose::Qualification,
            Self::Claims => purpose == Purpose::Claims,
        }
    }
}

/// How far a line's registration has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LineState {
    /// Applied for at the portal.
    Applied,
    /// The customer ID is confirmed with NTT; the start date is still to come.
    Confirmed,
    /// In use.
    Active,
    /// Stopped for a time.
    Suspended,
    /// Given up.
    Cancelled,
}

impl LineState {
    /// Every state, in the order of a line's life.
    pub const ALL: [Self; 5] =
        [Self::Applied, Self::Confirmed, Self::Active, Self::Suspended, Self::Cancelled];
}

/// A state and since when it holds, by the world's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// The state.
    pub state: LineState,
    /// Since when; for [`LineState::Active`] the start date.
    pub from: Timestamp,
}

/// A line's registration: the institution that applied for it, what for, and its states.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registration {
    /// The line.
    #[serde(flatten)]
    pub line: Line,
    /// The institution.
    pub institution: InstitutionCode,
    /// What it is registered for.
    #[serde(default)]
    pub purposes: Purposes,
    /// Its states, the earliest first; none means active whatever the time.
    #[serde(default)]
    pub standings: Vec<Standing>,
}

impl Registration {
    /// A registration for qualification that is active whatever the time.
    #[must_use]
    pub fn active(line: impl Into<Line>, institution: InstitutionCode) -> Self {
        Self { line: line.into(), institution, purposes: Purposes::default(), standings: Vec::new() }
    }

    /// Its state at a time of the world's clock; `None` before its first one.
    #[must_use]
    pub fn state_at(&self, now: Timestamp) -> Option<LineState> {
        if self.standings.is_empty() {
            return Some(LineState::Active);
        }
        self.standings.iter().rev().find(|standing| standing.from <= now).map(|standing| standing.state)
    }

    /// Lets a state hold from a time on; states that were to come later than that are dropped.
    pub fn turn(&mut self, state: LineState, from: Timestamp) {
        if self.standings.is_empty() {
            self.standings.push(Standing { state: LineState::Active, from: Timestamp::MIN });
        }
        self.standings.retain(|standing| standing.from < from);
        self.standings.push(Standing { state, from });
    }
}

/// A certificate that was issued to a terminal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TerminalCertificate {
    /// The institution.
    pub institution: InstitutionCode,
    /// What the certificate says.
    pub facts: Arc<CertificateFacts>,
    /// What it was applied for.
    #[serde(default)]
    pub purposes: Purposes,
}

impl TerminalCertificate {
    /// A certificate for qualification.
    #[must_use]
    pub fn new(institution: InstitutionCode, facts: Arc<CertificateFacts>) -> Self {
        Self { institution, facts, purposes: Purposes::default() }
    }
}

/// Why a certificate was revoked (失効申請, access.md 3, \[S]).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RevocationReason {
    /// Loss of the terminal or its key; in a CRL `keyCompromise`.
    Loss,
    /// The institution closes; `cessationOfOperation`.
    Closing,
    /// Another certificate takes its place; `superseded`.
    Replacement,
    /// None was given; `unspecified`.
    Unspecified,
}

/// A revocation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revocation {
    /// The certificate.
    pub fingerprint: Fingerprint,
    /// Why.
    pub reason: RevocationReason,
    /// Since when, by the world's clock.
    pub at: Timestamp,
}

/// A role's name in user ids.
#[must_use]
pub fn role_name(role: Role) -> &'static str {
    match role {
        Role::Master => "master",
        Role::MasterReset => "master-reset",
        Role::Administrator => "administrator",
        Role::General => "general",
        Role::MedicalViewer => "medical-viewer",
        Role::LinkApplication => "link-application",
        Role::Face => "face",
        Role::WebApi => "web-api",
    }
}
