//! TLS alerts: what a client gets to see of a refusal in style `field`.

use std::fmt;

use serde::Serialize;

use crate::gate::Refused;

/// An alert by its number (RFC 8446, 6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub struct Alert(pub u8);

impl Alert {
    /// No acceptable parameters, or no certificate before TLS 1.3.
    pub const HANDSHAKE_FAILURE: Self = Self(40);
    /// No certificate, in TLS 1.3.
    pub const CERTIFICATE_REQUIRED: Self = Self(116);
    /// No common version.
    pub const PROTOCOL_VERSION: Self = Self(70);

    /// The alert that ends a handshake with a refusal.
    #[must_use]
    pub fn of(refused: Refused, version_1_3: bool) -> Self {
        match refused {
            Refused::NoCertificate if version_1_3 => Self::CERTIFICATE_REQUIRED,
            Refused::NoCertificate => Self::HANDSHAKE_FAILURE,
            Refused::ForeignCertificate | Refused::MissingIssuer | Refused::ListUnreachable => Self(48),
            Refused::UnknownCertificate | Refused::WeakCertificate | Refused::CertificateNotYetValid => {
                Self(42)
            }
            Refused::CertificateExpired | Refused::ListStale => Self(45),
            Refused::CertificateRevoked => Self(44),
            Refused::ForgedCertificate => Self(51),
            Refused::NotForClients => Self(43),
            Refused::MalformedCertificate => Self(46),
            Refused::NoLine
            | Refused::LineNotRegistered
            | Refused::LineOfAnotherInstitution
            | Refused::LineApplied
            | Refused::LineConfirmed
            | Refused::LineSuspended
            | Refused::LineCancelled
            | Refused::LineNotForPurpose
            | Refused::LineNotAuthenticated
            | Refused::LineMoved
            | Refused::UntrustedFront
            | Refused::BadProxyHeader
            | Refused::CertificateNotForPurpose
            | Refused::NotTls
            | Refused::HandshakeAborted
            | Refused::HandshakeTimeOut
            | Refused::HandshakeFailed => Self::HANDSHAKE_FAILURE,
        }
    }

    /// The `X509_V_ERR_` constant by which OpenSSL chooses the alert of a refusal.
    pub(super) fn verify_result(refused: Refused) -> i32 {
        match Self::of(refused, true).0 {
            // CERT_REJECTED
            42 => 28,
            // INVALID_PURPOSE
            43 => 26,
            // CERT_REVOKED
            44 => 23,
            // CERT_HAS_EXPIRED
            45 => 10,
            // UNHANDLED_CRITICAL_EXTENSION
            46 => 34,
            // UNABLE_TO_GET_ISSUER_CERT_LOCALLY
            48 => 20,
            // CERT_SIGNATURE_FAILURE
            51 => 7,
            // APPLICATION_VERIFICATION
            _ => 50,
        }
    }

    /// Its name in the standard.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self.0 {
            0 => "close_notify",
            10 => "unexpected_message",
            20 => "bad_record_mac",
            22 => "record_overflow",
            40 => "handshake_failure",
            42 => "bad_certificate",
            43 => "unsupported_certificate",
            44 => "certificate_revoked",
            45 => "certificate_expired",
            46 => "certificate_unknown",
            47 => "illegal_parameter",
            48 => "unknown_ca",
            49 => "access_denied",
            50 => "decode_error",
            51 => "decrypt_error",
            70 => "protocol_version",
            71 => "insufficient_security",
            80 => "internal_error",
            86 => "inappropriate_fallback",
            90 => "user_canceled",
            109 => "missing_extension",
            110 => "unsupported_extension",
            112 => "unrecognized_name",
            116 => "certificate_required",
            120 => "no_application_protocol",
            _ => "unknown alert",
        }
    }
}

impl fmt::Display for Alert {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.name(), self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = include_str!("../../../docs/lines.md");

    /// What shows only after the handshake, or ends in none of our alerts.
    const LATER: [(Refused, &str); 9] = [
        (Refused::LineOfAnotherInstitution, "reset"),
        (Refused::LineNotForPurpose, "reset"),
        (Refused::LineNotAuthenticated, "reset"),
        (Refused::LineMoved, "reset"),
        (Refused::CertificateNotForPurpose, "reset"),
        (Refused::NotTls, "reset before TLS"),
        (Refused::HandshakeAborted, "the client's own alert"),
        (Refused::HandshakeTimeOut, "closed"),
        (Refused::HandshakeFailed, "handshake_failure (40) or protocol_version (70)"),
    ];

    /// How a refusal ends in style `field`, as the page says it.
    fn ending(refused: Refused) -> String {
        let later = LATER.iter().find(|(one, _)| *one == refused).map(|(_, ending)| (*ending).to_owned());
        let below = refused.label().starts_with('G').then(|| "reset before TLS".to_owned());
        later.or(below).unwrap_or_else(|| Alert::of(refused, true).to_string())
    }

    #[test]
    fn the_page_lists_every_refusal_with_its_reason_and_its_ending() {
        let rows: Vec<_> =
            PAGE.lines().filter(|line| line.starts_with("| G1") || line.starts_with("| C1")).collect();
        for refused in Refused::ALL {
            let row = format!("| {} | {} | {} |", refused.label(), refused.reason().en, ending(*refused));
            assert!(rows.contains(&row.as_str()), "docs/lines.md misses\n{row}");
        }
        assert_eq!(rows.len(), Refused::ALL.len());
    }
}
