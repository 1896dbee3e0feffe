//! The issuance notice (電子証明書発行通知書): a reference ID and an authentication code, good for one download.

use std::fmt;

use certs::Fingerprint;
use jiff::Timestamp;
use messages::dialect::Certificates;
use messages::value::InstitutionCode;
use serde::{Deserialize, Serialize};

use super::days;
use crate::registered::Purposes;

/// A notice, as the portal sends it by registered mail.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// Reference ID (リファレンスID).
    pub reference: String,
    /// Authentication code (認証コード).
    pub code: String,
    /// The institution that applied.
    pub institution: InstitutionCode,
    /// The terminal that the certificate is for.
    pub terminal: u16,
    /// What the certificate will be valid for.
    pub purposes: Purposes,
    /// When the institution applied.
    pub applied: Timestamp,
    /// Last moment of a download.
    pub until: Timestamp,
}

impl fmt::Debug for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Notice").field("reference", &self.reference).finish_non_exhaustive()
    }
}

impl Notice {
    /// A notice with fresh random numbers. `None` if the system has none.
    ///
    /// # Source
    /// access.md 3: used within 180 days of the application \[S]. The forms of the two texts are not public: ten
    /// digits, and sixteen characters that can't be mistaken for one another \[D].
    #[must_use]
    pub fn new(
        institution: InstitutionCode,
        terminal: u16,
        purposes: Purposes,
        rules: &Certificates,
        now: Timestamp,
    ) -> Option<Self> {
        let until = now.saturating_add(days(rules.notice_days.value)).unwrap_or(now);
        Some(Self {
            reference: drawn(b"0123456789", 10)?,
            code: drawn(b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789", 16)?,
            institution,
            terminal,
            purposes,
            applied: now,
            until,
        })
    }
}

/// So many characters of an alphabet.
fn drawn(alphabet: &[u8], length: usize) -> Option<String> {
    let mut bytes = vec![0; length];
    openssl::rand::rand_bytes(&mut bytes).ok()?;
    let chosen = bytes.iter().filter_map(|byte| alphabet.get(usize::from(*byte) % alphabet.len()));
    Some(chosen.map(|byte| char::from(*byte)).collect())
}

/// Whether a notice may still be used, at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum NoticeState {
    /// Its certificate may be downloaded.
    Open,
    /// Its certificate was downloaded.
    Used,
    /// Too many wrong codes were tried.
    Locked,
    /// Nobody used it in time.
    Lapsed,
}

/// A notice and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issuance {
    /// The notice.
    pub notice: Notice,
    /// Wrong codes that were tried.
    pub tries: u8,
    /// The certificate that was downloaded with it.
    pub used: Option<Fingerprint>,
}

impl Issuance {
    /// Whether it may be used at a time. What has been used stays used, whatever the clock says.
    #[must_use]
    pub fn state_at(&self, rules: &Certificates, now: Timestamp) -> NoticeState {
        if self.used.is_some() {
            NoticeState::Used
        } else if self.tries >= rules.notice_tries.value {
            NoticeState::Locked
        } else if now > self.notice.until {
            NoticeState::Lapsed
        } else {
            NoticeState::Open
        }
    }

    /// Whether a code is the notice's; the time it takes doesn't tell how much of it is right.
    #[must_use]
    pub fn opens_with(&self, code: &str) -> bool {
        let (own, given) = (self.notice.code.as_bytes(), code.as_bytes());
        own.len() == given.len() && openssl::memcmp::eq(own, given)
    }
}

#[cfg(test)]
mod tests {
    use messages::dialect::Dialect;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn notice() -> Notice {
        let (code, rules) = ("1319999916".parse().unwrap(), Dialect::built_in().certificates);
        Notice::new(code, 1, Purposes::default(), &rules, at(0)).unwrap()
    }

    #[test]
    fn a_notice_lapses_after_180_days_and_locks_after_five_wrong_codes() {
        let rules = Dialect::built_in().certificates;
        let end = 180 * 86_400;
        for (tries, used, now, expected) in [
            (0, false, end, NoticeState::Open),
            (0, false, end + 1, NoticeState::Lapsed),
            (4, false, 0, NoticeState::Open),
            (5, false, 0, NoticeState::Locked),
            (4, true, end + 1, NoticeState::Used),
        ] {
            let used = used.then(|| Fingerprint::from([1; 32]));
            let issuance = Issuance { notice: notice(), tries, used };
            assert_eq!(issuance.state_at(&rules, at(now)), expected, "{tries} tries at {now}");
        }
    }

    #[test]
    fn a_notice_opens_with_its_own_code_only_and_does_not_tell_it() {
        let issuance = Issuance { notice: notice(), tries: 0, used: None };
        let code = issuance.notice.code.clone();
        assert!(issuance.opens_with(&code));
        for other in ["", &code.to_lowercase(), &format!("{code}A"), &notice().code] {
            assert!(!issuance.opens_with(other));
        }
        assert!(!format!("{issuance:?}").contains(&code));
        assert_eq!((issuance.notice.reference.len(), code.len()), (10, 16));
    }
}
