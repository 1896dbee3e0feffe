//! The gate: line × certificate × institution × time. One pure function and its truth table.

mod refused;

use jiff::Timestamp;

pub use refused::Refused;

use crate::line::FoundLine;
use crate::registered::{Registration, TerminalCertificate};

/// What a connection presents as its certificate.
#[derive(Debug, Clone, Copy)]
pub enum Presented<'a> {
    /// No certificate.
    Nothing,
    /// One that isn't signed by our test authority, or isn't for clients.
    Foreign,
    /// One of our authority that no world knows.
    Unknown,
    /// One that was issued to a terminal of this world.
    Terminal(&'a TerminalCertificate),
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

/// Decides whether a connection may ask.
///
/// `registration` is the one of the found line in the world of the certificate; `now` is that world's time. The line
/// is looked at first, because in the field it is refused below TLS (access.md, 1.2).
///
/// # Errors
/// [`Refused`] with the first reason that applies.
pub fn admit<'a>(
    line: Option<&'a FoundLine>,
    registration: Option<&'a Registration>,
    presented: Presented<'a>,
    now: Timestamp,
) -> Result<Admitted<'a>, Refused> {
    let line = line.ok_or(Refused::NoLine)?;
    let registration = registration.ok_or(Refused::LineNotRegistered)?;
    let certificate = match presented {
        Presented::Nothing => return Err(Refused::NoCertificate),
        Presented::Foreign => return Err(Refused::ForeignCertificate),
        Presented::Unknown => return Err(Refused::UnknownCertificate),
        Presented::Terminal(certificate) => certificate,
    };
    if now < certificate.facts.not_before {
        return Err(Refused::CertificateNotYetValid);
    }
    if now > certificate.facts.not_after {
        return Err(Refused::CertificateExpired);
    }
    if registration.institution != certificate.institution {
        return Err(Refused::LineOfAnotherInstitution);
    }
    Ok(Admitted { line, registration, certificate })
}

#[cfg(test)]
mod tests;
