//! Certificates of terminals and of the server.
//!
//! Renewal is issuing again: the remaining days are not added (access.md 3, \[S\]).

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::net::IpAddr;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp};
use rcgen::{
    CertificateParams, CrlDistributionPoint, ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose, SanType,
};
use serde::{Deserialize, Serialize};

use crate::Cause;
use crate::authority::{Authority, life};
use crate::identity::{Identity, PrivateKey};
use crate::request::{Certified, SigningRequest};
use crate::x509::{self, ServerName};

/// The names of a server certificate unless told otherwise: this machine, and what containers call it.
pub const SERVER_NAMES: [&str; 5] =
    ["localhost", "127.0.0.1", "::1", "host.docker.internal", "host.testcontainers.internal"];

/// Longest CN and O, in characters (X.520 `ub-common-name`, `ub-organization-name`).
const NAME_LENGTH: usize = 64;

/// Life of a server certificate. Apple's systems refuse server certificates of more than 398 days, both ends counted.
const SERVER_LIFE: SignedDuration = SignedDuration::from_secs(397 * 86_400 - 1);
/// How far the start lies back, so that a client whose clock is a little behind accepts it.
const SERVER_HEAD_START: SignedDuration = SignedDuration::from_hours(1);

impl Authority {
    /// Issues the certificate of one terminal.
    ///
    /// The subject is `CN=<institution code>-<terminal number>,O=<institution name>,C=JP`. It is valid from `now`,
    /// truncated to seconds, to the same day of the month `months` later by the Japanese calendar, or to that month's
    /// last day if it is shorter. Key usage is digitalSignature, with keyEncipherment for RSA; extended key usage is
    /// clientAuth.
    ///
    /// # Errors
    /// [`IssueError::Name`] if code or name can't stand in the subject, [`IssueError::Validity`] if the certificate
    /// would begin before or outlive the CA, [`IssueError::Library`] if no key can be made.
    ///
    /// # Source
    /// access.md 3: 3 years and 3 months \[S\]; form of the subject \[D\].
    pub fn issue_terminal(
        &self,
        subject: &TerminalSubject,
        now: Timestamp,
        months: Months,
        key: KeyKind,
    ) -> Result<Identity, IssueError> {
        self.issue_terminal_on(subject, Terms { now, months, crl: None }, key)
    }

    /// Issues the certificate of one terminal as [`Authority::issue_terminal`] does, on terms that may name the place of
    /// the revocation list.
    ///
    /// # Errors
    /// As [`Authority::issue_terminal`]; [`IssueError::Crl`] if that place is no URL in ASCII.
    pub fn issue_terminal_on(
        &self,
        subject: &TerminalSubject,
        terms: Terms<'_>,
        key: KeyKind,
    ) -> Result<Identity, IssueError> {
        let params = terminal_params(subject, terms, key == KeyKind::Rsa2048)?;
        let issue = || {
            let key = x509::new_key(key)?;
            let certificates = self.sign(&params, &key)?;
            Ok(Identity::new(certificates, PrivateKey::new(key.serialize_pem()))?)
        };
        issue().map_err(IssueError::Library)
    }

    /// Issues the certificate of one terminal for a key that the terminal keeps to itself.
    ///
    /// Only the key is taken from the request: subject, validity, usages and extensions are those of
    /// [`Authority::issue_terminal`], whatever the request says.
    ///
    /// # Errors
    /// As [`Authority::issue_terminal_on`].
    pub fn issue_requested(
        &self,
        subject: &TerminalSubject,
        terms: Terms<'_>,
        request: &SigningRequest,
    ) -> Result<Certified, IssueError> {
        let params = terminal_params(subject, terms, request.is_rsa())?;
        let issue = || Certified::new(self.sign(&params, request.key())?);
        issue().map_err(IssueError::Library)
    }

    /// Issues a certificate for the service itself, with a P-256 key.
    ///
    /// `names` are DNS names and IP addresses, told apart by their form; see [`SERVER_NAMES`]. The first becomes the
    /// CN. It is valid from one hour before `now` for 397 days; `now` is the real time, since TLS clients ask no world.
    ///
    /// # Errors
    /// [`IssueError::ServerName`] if a name is neither a DNS name nor an address, or there is none;
    /// [`IssueError::Validity`] if the CA does not cover the time; [`IssueError::Library`] if no key can be made.
    pub fn issue_server<N: AsRef<str>>(&self, names: &[N], now: Timestamp) -> Result<Identity, IssueError> {
        let names = server_names(names)?;
        let common_name = match names.first() {
            Some(ServerName::Dns(name)) => name.clone(),
            Some(ServerName::Ip(address)) => address.to_string(),
            None => {
                return Err(IssueError::ServerName { name: String::new(), rule: "at least one is needed" });
            }
        };
        if common_name.chars().count() > NAME_LENGTH {
            return Err(IssueError::ServerName {
                name: common_name,
                rule: "the first has at most 64 characters",
            });
        }
        let not_before =
            now.checked_sub(SERVER_HEAD_START).map_err(|_| IssueError::Validity { from: now })?;
        let (not_before, not_after) = validity(not_before, not_before.checked_add(SERVER_LIFE).ok())?;

        let issue = || {
            let mut params = x509::params(x509::subject("onshi-mock", &common_name)?, not_before, not_after)?;
            params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
            params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
            params.subject_alt_names = names
                .into_iter()
                .map(|name| match name {
                    ServerName::Dns(name) => Ok(SanType::DnsName(name.try_into()?)),
                    ServerName::Ip(address) => Ok(SanType::IpAddress(address)),
                })
                .collect::<Result<_, rcgen::Error>>()?;
            self.issue(params, &x509::new_key(KeyKind::P256)?)
        };
        issue().map_err(IssueError::Library)
    }

    fn issue(&self, mut params: CertificateParams, key: &KeyPair) -> Result<Identity, Cause> {
        // "Explicit" writes CA:FALSE and the subject key identifier.
        params.is_ca = IsCa::ExplicitNoCa;
        Ok(Identity::new(self.sign(&params, key)?, PrivateKey::new(key.serialize_pem()))?)
    }
}

/// On what terms a terminal's certificate is issued.
#[derive(Debug, Clone, Copy)]
pub struct Terms<'a> {
    /// First instant of validity, truncated to seconds.
    pub now: Timestamp,
    /// How long it is valid.
    pub months: Months,
    /// URL of the revocation list that will name it (CRL distribution point), if one is published.
    pub crl: Option<&'a str>,
}

/// What a terminal's certificate says, but for its key.
fn terminal_params(
    subject: &TerminalSubject,
    terms: Terms<'_>,
    is_rsa: bool,
) -> Result<CertificateParams, IssueError> {
    subject.check()?;
    let Terms { now, months, crl } = terms;
    let (not_before, not_after) = validity(now, until(now, months))?;
    if let Some(url) = crl.filter(|url| url.is_empty() || !url.bytes().all(|byte| byte.is_ascii_graphic())) {
        return Err(IssueError::Crl { url: url.to_owned() });
    }
    let params = || {
        let name = x509::subject(&subject.institution_name, &subject.common_name())?;
        let mut params = x509::params(name, not_before, not_after)?;
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        if is_rsa {
            params.key_usages.push(KeyUsagePurpose::KeyEncipherment);
        }
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        params.crl_distribution_points =
            crl.map(|url| CrlDistributionPoint { uris: vec![url.to_owned()] }).into_iter().collect();
        Ok(params)
    };
    params().map_err(IssueError::Library)
}

/// Whom a client certificate is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TerminalSubject {
    /// The medical institution code: ASCII letters and digits, ten digits in the field. It becomes part of folder names.
    pub institution_code: String,
    /// Number of the terminal within the institution; written with at least two digits.
    pub terminal_number: u16,
    /// The institution's name, 1..=64 characters, Japanese or not.
    pub institution_name: String,
}

impl TerminalSubject {
    /// The CN: `1319999916-01`.
    pub fn common_name(&self) -> String {
        format!("{}-{:02}", self.institution_code, self.terminal_number)
    }

    fn check(&self) -> Result<(), IssueError> {
        let refuse = |field, text: &str, rule| Err(IssueError::Name { field, text: text.to_owned(), rule });
        let code = &self.institution_code;
        if code.is_empty() || !code.chars().all(|char| char.is_ascii_alphanumeric()) {
            return refuse("institution code", code, "expected ASCII letters and digits");
        }
        if self.common_name().chars().count() > NAME_LENGTH {
            return refuse("institution code", code, "longer than 64 characters with the terminal number");
        }
        let name = &self.institution_name;
        if name.trim().is_empty() {
            return refuse("institution name", name, "expected a name");
        }
        if name.chars().count() > NAME_LENGTH {
            return refuse("institution name", name, "longer than 64 characters");
        }
        if name.chars().any(char::is_control) {
            return refuse("institution name", name, "contains a control character");
        }
        Ok(())
    }
}

/// How many calendar months a client certificate is valid: 1..=120, 39 unless told otherwise.
///
/// # Source
/// access.md 3: 3 years and 3 months \[S\].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Months(u8);

impl Months {
    /// The number of months.
    pub fn count(self) -> u8 {
        self.0
    }
}

impl Default for Months {
    fn default() -> Months {
        Months(39)
    }
}

impl TryFrom<u16> for Months {
    type Error = MonthsError;

    fn try_from(count: u16) -> Result<Months, MonthsError> {
        match u8::try_from(count) {
            Ok(count @ 1..=120) => Ok(Months(count)),
            _ => Err(MonthsError { count }),
        }
    }
}

/// A number of months that no certificate has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{count} months of validity: expected 1 to 120")]
pub struct MonthsError {
    count: u16,
}

/// The kind of a key; `rsa2048` and `p256` in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyKind {
    /// RSA with 2048 bits, which every client can use.
    #[default]
    Rsa2048,
    /// ECDSA on P-256: made in a moment, for tests that need many.
    P256,
}

/// Why a certificate isn't issued.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IssueError {
    /// Code or name of the institution can't stand in a subject.
    #[error("{field} {text:?}: {rule}")]
    Name {
        /// Which of the two.
        field: &'static str,
        /// What was given.
        text: String,
        /// What it breaks.
        rule: &'static str,
    },
    /// A name of the server is no name.
    #[error("server name {name:?}: {rule}")]
    ServerName {
        /// What was given.
        name: String,
        /// What it breaks.
        rule: &'static str,
    },
    /// The time lies outside that of the CA.
    #[error("a certificate from {from}: the test CA issues for times between 2015-01-01 and 2099-12-31")]
    Validity {
        /// First instant of the certificate that was asked for.
        from: Timestamp,
    },
    /// The place of the revocation list is no URL.
    #[error("revocation list at {url:?}: expected a URL in ASCII")]
    Crl {
        /// What was given.
        url: String,
    },
    /// A library failed for a reason of its own, as when the system gives no random bytes.
    #[error("cannot make the certificate")]
    Library(#[source] Cause),
}

/// Reads DNS names and addresses; keeps the order, drops what comes twice.
pub(crate) fn server_names<N: AsRef<str>>(names: &[N]) -> Result<Vec<ServerName>, IssueError> {
    let mut seen = BTreeSet::new();
    let mut read = Vec::new();
    for name in names {
        let name = name.as_ref();
        let name = match name.parse::<IpAddr>() {
            Ok(address) => ServerName::Ip(address),
            Err(_) if is_dns_name(name) => ServerName::Dns(name.to_ascii_lowercase()),
            Err(_) => {
                return Err(IssueError::ServerName {
                    name: name.to_owned(),
                    rule: "expected a DNS name or an IP address, without port",
                });
            }
        };
        if seen.insert(name.clone()) {
            read.push(name);
        }
    }
    Ok(read)
}

/// Letters, digits, `-` and, as in container names, `_`; `*` alone may be the first label.
fn is_dns_name(name: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let host = name.strip_prefix("*.").unwrap_or(name);
    // All digits and dots is an address with a mistake in it.
    let is_address_like = host.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    name.len() <= 253 && !is_address_like && host.split('.').all(is_label)
}

/// The end of a certificate by the calendar of the institutions, which is Japan's. `None` beyond all calendars.
fn until(now: Timestamp, months: Months) -> Option<Timestamp> {
    // No summer time since 1951, so the fixed offset needs no zone data.
    let japan = TimeZone::fixed(jiff::tz::offset(9));
    let end = now.to_zoned(japan).checked_add(Span::new().months(months.count())).ok()?;
    Some(end.timestamp())
}

/// Whole seconds, within the life of the CA.
fn validity(from: Timestamp, until: Option<Timestamp>) -> Result<(Timestamp, Timestamp), IssueError> {
    let error = || IssueError::Validity { from };
    let seconds = |instant: Timestamp| Timestamp::from_second(instant.as_second()).map_err(|_| error());
    let (from, until) = (seconds(from)?, seconds(until.ok_or_else(error)?)?);
    let (first, last) = life();
    if from < first || until > last { Err(error()) } else { Ok((from, until)) }
}
