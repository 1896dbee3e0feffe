//! The gate: line × certificate × institution × purpose × time. Pure functions, and their truth table as the test.

mod refused;

use jiff::Timestamp;
use messages::dialect::Dialect;
use serde::{Deserialize, Serialize};

pub use refused::Refused;

use crate::line::FoundLine;
use crate::registered::{LineState, Purpose, Registration, Revocation, TerminalCertificate};

/// Everything by which somebody at the gate is judged.
#[derive(Debug, Clone, Copy)]
pub struct Knock<'a> {
    /// The line that carries the connection.
    pub line: Option<&'a FoundLine>,
    /// Its registration in the world of the certificate.
    pub registration: Option<&'a Registration>,
    /// Whether the line has passed line authentication where it is now.
    pub proof: Proof,
    /// What is presented as a certificate.
    pub presented: Presented<'a>,
    /// The revocation of that certificate, whether its time has come or not.
    pub revocation: Option<Revocation>,
    /// State of the revocation list that the gate looks into.
    pub list: RevocationList,
    /// What the caller wants.
    pub purpose: Purpose,
}

/// What a connection presents as its certificate.
#[derive(Debug, Clone, Copy)]
pub enum Presented<'a> {
    /// No certificate.
    Nothing,
    /// One that is not acceptable whatever the world says, and why.
    Unacceptable(Refused),
    /// One of our authority that no world knows.
    Unknown,
    /// One that was issued to a terminal of this world.
    Terminal(&'a TerminalCertificate),
}

/// How a line stands with line authentication (access.md 1.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// It was never passed.
    Missing,
    /// It was passed, but the prefix of the address has changed since.
    Moved,
    /// It was passed at this prefix.
    Passed,
}

/// State of a world's revocation list, as its gate finds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RevocationList {
    /// It is there and up to date.
    #[default]
    Fresh,
    /// Its next update is overdue.
    Stale,
    /// It cannot be fetched.
    Unreachable,
}

/// The rules of a world's gate that the sources leave open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// Whether everybody is refused while the revocation list is stale or unreachable.
    pub needs_fresh_list: bool,
    /// Whether a line must have passed line authentication.
    pub needs_line_authentication: bool,
}

impl Rules {
    /// The rules of a dialect.
    #[must_use]
    pub fn of(dialect: &Dialect) -> Self {
        Self {
            needs_fresh_list: dialect.gate.needs_fresh_list.value,
            needs_line_authentication: dialect.gate.needs_line_authentication.value,
        }
    }
}

/// Proof that line and certificate were admitted, and for whom.
#[derive(Debug, Clone, Copy)]
pub struct Admitted<'a> {
    /// The line.
    pub line: &'a FoundLine,
    /// Its registration.
    pub registration: &'a Registration,
    /// The certificate.
    pub certificate: &'a TerminalCertificate,
}

/// Decides whether somebody may ask, at a time of the world's clock.
///
/// The line is looked at first, because in the field it is refused below TLS (access.md 1.2); then the certificate, as
/// in the handshake; then what only both together tell.
///
/// # Errors
/// [`Refused`] with the first reason that applies.
pub fn admit<'a>(knock: &Knock<'a>, rules: Rules, now: Timestamp) -> Result<Admitted<'a>, Refused> {
    let admitted = admit_connection(knock, rules, now)?;
    let Admitted { registration, certificate, .. } = admitted;
    if !registration.purposes.cover(knock.purpose) {
        return Err(Refused::LineNotForPurpose);
    }
    if !certificate.purposes.cover(knock.purpose) {
        return Err(Refused::CertificateNotForPurpose);
    }
    if rules.needs_line_authentication {
        match knock.proof {
            Proof::Missing => return Err(Refused::LineNotAuthenticated),
            Proof::Moved => return Err(Refused::LineMoved),
            Proof::Passed => {}
        }
    }
    Ok(admitted)
}

/// What can be decided once the handshake is done, whatever the connection is used for.
///
/// # Errors
/// [`Refused`] with the first reason that applies.
pub fn admit_connection<'a>(
    knock: &Knock<'a>,
    rules: Rules,
    now: Timestamp,
) -> Result<Admitted<'a>, Refused> {
    let (line, registration) = admit_line(knock.line, knock.registration, now)?;
    let certificate = admit_certificate(knock.presented, knock.revocation, knock.list, rules, now)?;
    if registration.institution != certificate.institution {
        return Err(Refused::LineOfAnotherInstitution);
    }
    Ok(Admitted { line, registration, certificate })
}

/// What can be decided below TLS: whether there is a line, and its registration is in use.
///
/// # Errors
/// [`Refused`] with the first reason that applies.
pub fn admit_line<'a>(
    line: Option<&'a FoundLine>,
    registration: Option<&'a Registration>,
    now: Timestamp,
) -> Result<(&'a FoundLine, &'a Registration), Refused> {
    let line = line.ok_or(Refused::NoLine)?;
    let registration = registration.ok_or(Refused::LineNotRegistered)?;
    match registration.state_at(now) {
        None => Err(Refused::LineNotRegistered),
        Some(LineState::Applied) => Err(Refused::LineApplied),
        Some(LineState::Confirmed) => Err(Refused::LineConfirmed),
        Some(LineState::Active) => Ok((line, registration)),
        Some(LineState::Suspended) => Err(Refused::LineSuspended),
        Some(LineState::Cancelled) => Err(Refused::LineCancelled),
    }
}

/// What can be decided in the handshake: whether the certificate is one of ours, not revoked, and its time is now.
///
/// # Errors
/// [`Refused`] with the first reason that applies.
pub fn admit_certificate<'a>(
    presented: Presented<'a>,
    revocation: Option<Revocation>,
    list: RevocationList,
    rules: Rules,
    now: Timestamp,
) -> Result<&'a TerminalCertificate, Refused> {
    let certificate = match presented {
        Presented::Nothing => return Err(Refused::NoCertificate),
        Presented::Unacceptable(refused) => return Err(refused),
        Presented::Unknown => return Err(Refused::UnknownCertificate),
        Presented::Terminal(certificate) => certificate,
    };
    if rules.needs_fresh_list {
        match list {
            RevocationList::Fresh => {}
            RevocationList::Stale => return Err(Refused::ListStale),
            RevocationList::Unreachable => return Err(Refused::ListUnreachable),
        }
    }
    if revocation.is_some_and(|revocation| revocation.at <= now) {
        return Err(Refused::CertificateRevoked);
    }
    if now < certificate.facts.not_before {
        return Err(Refused::CertificateNotYetValid);
    }
    if now > certificate.facts.not_after {
        return Err(Refused::CertificateExpired);
    }
    Ok(certificate)
}

#[cfg(test)]
mod tests;
