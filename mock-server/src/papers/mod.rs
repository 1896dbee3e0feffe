//! The paperwork of a terminal's certificate: application, issuance notice, download, renewal, expiry, revocation
//! (access.md 2 and 3, terminal.md 6).
//!
//! Here is what is true at a time: pure functions over plain values. Who issues stands in [`crate::office`].

mod kept;
mod notice;

use certs::{CertificateFacts, Fingerprint};
use jiff::{SignedDuration, Timestamp};
use messages::dialect::Certificates;
use serde::Serialize;

pub use kept::{Claim, Papers};
pub use notice::{Issuance, Notice, NoticeState};

use crate::registered::Revocation;

/// Where the revocation list of a world is, for whoever reaches the admin port as `host`.
#[must_use]
pub fn crl_url(host: &str, world: &str) -> String {
    format!("http://{host}/crl/{world}.der")
}

/// Where a certificate stands in its life, at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CertificateState {
    /// Its time has not come.
    NotYetValid,
    /// In use.
    Valid,
    /// In use, and near enough to its end that it may be renewed.
    Renewable,
    /// Its time is over; it can't be renewed, a new one has to be applied for.
    Expired,
    /// Revoked, whatever its time.
    Revoked,
}

impl CertificateState {
    /// Whether a terminal may connect with it, as far as its life goes.
    #[must_use]
    pub fn is_living(self) -> bool {
        match self {
            Self::Valid | Self::Renewable => true,
            Self::NotYetValid | Self::Expired | Self::Revoked => false,
        }
    }
}

/// Where a certificate stands at a time of its world's clock. Both ends of its validity belong to it.
///
/// # Source
/// access.md 3: renewal from 90 days before the end \[S]; the number of days is a row of the dialect.
#[must_use]
pub fn state_at(
    facts: &CertificateFacts,
    revocation: Option<&Revocation>,
    rules: &Certificates,
    now: Timestamp,
) -> CertificateState {
    if revocation.is_some_and(|revocation| revocation.at <= now) {
        CertificateState::Revoked
    } else if now < facts.not_before {
        CertificateState::NotYetValid
    } else if now > facts.not_after {
        CertificateState::Expired
    } else if now >= renewable_from(facts, rules) {
        CertificateState::Renewable
    } else {
        CertificateState::Valid
    }
}

/// First moment at which a certificate may be renewed.
#[must_use]
pub fn renewable_from(facts: &CertificateFacts, rules: &Certificates) -> Timestamp {
    let window = days(rules.renewal_days.value);
    facts.not_after.saturating_sub(window).unwrap_or(facts.not_before).max(facts.not_before)
}

/// So many days of 24 hours.
#[must_use]
pub fn days(count: u16) -> SignedDuration {
    SignedDuration::from_hours(24 * i64::from(count))
}

/// A renewal as the ledger tells it: a new certificate, and what becomes of the old one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, serde::Deserialize)]
pub struct Renewal {
    /// The certificate that was renewed.
    pub old: Fingerprint,
    /// The one that takes its place.
    pub certificate: crate::registered::TerminalCertificate,
    /// When.
    pub at: Timestamp,
    /// Whether the old one ended with the renewal, rather than at its own end.
    pub old_ends: bool,
}

#[cfg(test)]
mod tests {
    use messages::dialect::Dialect;

    use super::*;
    use crate::registered::RevocationReason;

    const DAY: i64 = 86_400;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn facts(from: i64, until: i64) -> CertificateFacts {
        CertificateFacts {
            fingerprint: Fingerprint::from([7; 32]),
            subject: String::new(),
            common_name: None,
            organization: None,
            issuer: String::new(),
            serial: String::new(),
            not_before: at(from),
            not_after: at(until),
        }
    }

    #[test]
    fn a_certificate_is_valid_renewable_and_expired_in_this_order() {
        use CertificateState::{Expired, NotYetValid, Renewable, Revoked, Valid};
        let rules = Dialect::built_in().certificates;
        let facts = facts(DAY, 1000 * DAY);
        let lost =
            Revocation { fingerprint: facts.fingerprint, reason: RevocationReason::Loss, at: at(500 * DAY) };
        for (now, without, with) in [
            (DAY - 1, NotYetValid, NotYetValid),
            (DAY, Valid, Valid),
            (500 * DAY - 1, Valid, Valid),
            (500 * DAY, Valid, Revoked),
            (910 * DAY - 1, Valid, Revoked),
            (910 * DAY, Renewable, Revoked),
            (1000 * DAY, Renewable, Revoked),
            (1000 * DAY + 1, Expired, Revoked),
        ] {
            assert_eq!(state_at(&facts, None, &rules, at(now)), without, "{now}");
            assert_eq!(state_at(&facts, Some(&lost), &rules, at(now)), with, "{now}");
        }
    }

    #[test]
    fn a_certificate_that_is_shorter_than_the_window_is_renewable_from_its_start() {
        let rules = Dialect::built_in().certificates;
        assert_eq!(renewable_from(&facts(10, 20), &rules), at(10));
    }
}
