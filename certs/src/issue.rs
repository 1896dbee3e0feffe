//! Certificates of terminals and of the server.
//!
//! Renewal is issuing again: the remaining days are not added (access.md 3, \[S\]).

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

#[cfg(test)]
mod tests {
    use openssl::x509::X509;

    use super::*;
    use crate::testing::{authority, clinic, now, terminal};

    fn text(identity: &Identity) -> String {
        let certificate = X509::from_pem(identity.certificate_pem().as_bytes()).unwrap();
        String::from_utf8(certificate.to_text().unwrap()).unwrap()
    }

    fn instant(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_client_certificate_names_institution_and_terminal() {
        let facts = terminal(&authority()).facts().clone();
        assert_eq!(facts.subject, "CN=1319999916-01,O=医療法人社団 試験医院,C=JP");
        assert_eq!(facts.common_name.as_deref(), Some("1319999916-01"));
        assert_eq!(facts.organization.as_deref(), Some("医療法人社団 試験医院"));
    }

    #[test]
    fn a_japanese_name_is_a_utf8_string_and_the_country_is_printable() {
        let der = terminal(&authority()).certificate_der();
        let name = clinic().institution_name;
        let tagged =
            |tag: u8, text: &str| [&[tag, u8::try_from(text.len()).unwrap()], text.as_bytes()].concat();
        for value in [tagged(0x0c, &name), tagged(0x13, "JP")] {
            assert!(der.windows(value.len()).any(|window| window == value));
        }
    }

    #[test]
    fn a_client_certificate_is_for_clients_and_no_ca() {
        let authority = authority();
        for (kind, usage) in [
            (KeyKind::P256, "X509v3 Key Usage: critical\n                Digital Signature\n"),
            (
                KeyKind::Rsa2048,
                "X509v3 Key Usage: critical\n                Digital Signature, Key Encipherment\n",
            ),
        ] {
            let identity = authority.issue_terminal(&clinic(), now(), Months::default(), kind).unwrap();
            let text = text(&identity);
            assert!(text.contains(usage), "{text}");
            assert!(text.contains("TLS Web Client Authentication\n"), "{text}");
            assert!(!text.contains("TLS Web Server Authentication"), "{text}");
            assert!(text.contains("CA:FALSE"), "{text}");
            assert!(
                text.contains("Subject Key Identifier") && text.contains("Authority Key Identifier"),
                "{text}"
            );
        }
    }

    #[test]
    fn an_rsa_key_has_2048_bits_and_is_the_default() {
        let identity =
            authority().issue_terminal(&clinic(), now(), Months::default(), KeyKind::default()).unwrap();
        let key = x509::private_key(identity.key().pem()).unwrap();
        assert_eq!(key.rsa().unwrap().size() * 8, 2048);
    }

    #[test]
    fn validity_counts_calendar_months_from_now() {
        let cases = [
            // month ends: the last day of a shorter month
            ("2026-11-30T10:00:00+09:00", 3, "2027-02-28T10:00:00+09:00"),
            ("2027-11-30T10:00:00+09:00", 3, "2028-02-29T10:00:00+09:00"),
            ("2026-01-31T00:00:00+09:00", 1, "2026-02-28T00:00:00+09:00"),
            ("2024-02-29T12:00:00+09:00", 12, "2025-02-28T12:00:00+09:00"),
            // 1 December in Japan though still 30 November in UTC
            ("2026-11-30T23:00:00Z", 3, "2027-02-28T23:00:00Z"),
            ("2026-11-30T14:00:00Z", 3, "2027-02-28T14:00:00Z"),
            ("2026-12-30T15:30:00Z", 2, "2027-02-27T15:30:00Z"),
            ("2026-04-01T09:00:00+09:00", 39, "2029-07-01T09:00:00+09:00"),
            ("2026-04-01T09:00:00+09:00", 120, "2036-04-01T09:00:00+09:00"),
            // 2050, where ASN.1 changes the form of times
            ("2049-12-31T23:59:59Z", 1, "2050-01-31T23:59:59Z"),
        ];
        let authority = authority();
        for (now, months, expected) in cases {
            let months = Months::try_from(months).unwrap();
            let identity = authority.issue_terminal(&clinic(), instant(now), months, KeyKind::P256).unwrap();
            assert_eq!(identity.facts().not_before, instant(now));
            assert_eq!(identity.facts().not_after, instant(expected), "{now}");
        }
    }

    #[test]
    fn validity_is_39_months_in_whole_seconds_unless_told_otherwise() {
        let now = instant("2026-04-01T00:00:00.987654321Z");
        let facts = authority()
            .issue_terminal(&clinic(), now, Months::default(), KeyKind::P256)
            .unwrap()
            .facts()
            .clone();
        assert_eq!(facts.not_before, instant("2026-04-01T00:00:00Z"));
        assert_eq!(facts.not_after, instant("2029-07-01T00:00:00Z"));
    }

    #[test]
    fn months_run_from_1_to_120() {
        for count in [1, 39, 120] {
            assert_eq!(Months::try_from(count).map(|months| u16::from(months.count())), Ok(count));
        }
        for count in [0, 121, 256, 295, u16::MAX] {
            assert!(Months::try_from(count).is_err(), "{count}");
        }
        assert_eq!(MonthsError { count: 0 }.to_string(), "0 months of validity: expected 1 to 120");
    }

    #[test]
    fn no_certificate_outlives_the_ca() {
        let authority = authority();
        for now in [
            "2014-12-31T23:59:59Z",
            "2097-01-01T00:00:00Z",
            "9999-01-01T00:00:00Z",
            "-002000-01-01T00:00:00Z",
        ] {
            let result = authority.issue_terminal(&clinic(), instant(now), Months::default(), KeyKind::P256);
            assert!(matches!(result, Err(IssueError::Validity { .. })), "{now}");
        }
        for now in [Timestamp::MAX, Timestamp::MIN] {
            let result = authority.issue_terminal(&clinic(), now, Months::default(), KeyKind::P256);
            assert!(matches!(result, Err(IssueError::Validity { .. })), "{now}");
            assert!(
                matches!(authority.issue_server(&SERVER_NAMES, now), Err(IssueError::Validity { .. })),
                "{now}"
            );
        }
    }

    #[test]
    fn names_have_at_most_64_characters_not_bytes() {
        let authority = authority();
        let named = |name: &str| TerminalSubject { institution_name: name.to_owned(), ..clinic() };
        let coded = |code: &str| TerminalSubject { institution_code: code.to_owned(), ..clinic() };
        for subject in [named(&"院".repeat(64)), coded(&"1".repeat(61)), named("𠮷野クリニック")] {
            let identity =
                authority.issue_terminal(&subject, now(), Months::default(), KeyKind::P256).unwrap();
            assert_eq!(identity.facts().organization.as_deref(), Some(subject.institution_name.as_str()));
        }
        let wrong = [
            named(&"院".repeat(65)),
            named(""),
            named("　"),
            named("a\0b"),
            named("a\nb"),
            coded(""),
            coded("../../etc"),
            coded("１２３"),
            coded(&"1".repeat(62)),
        ];
        for subject in wrong {
            let result = authority.issue_terminal(&subject, now(), Months::default(), KeyKind::P256);
            assert!(matches!(result, Err(IssueError::Name { .. })), "{subject:?}");
        }
    }

    #[test]
    fn a_terminal_number_has_at_least_two_digits() {
        for (terminal_number, expected) in
            [(0, "1319999916-00"), (1, "1319999916-01"), (100, "1319999916-100")]
        {
            assert_eq!(TerminalSubject { terminal_number, ..clinic() }.common_name(), expected);
        }
    }

    #[test]
    fn a_server_certificate_covers_names_and_addresses() {
        let identity = authority().issue_server(&SERVER_NAMES, now()).unwrap();
        let text = text(&identity);
        assert!(
            text.contains(
                "DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1, \
                 DNS:host.docker.internal, DNS:host.testcontainers.internal\n"
            ),
            "{text}"
        );
        assert!(text.contains("TLS Web Server Authentication\n"), "{text}");
        assert!(!text.contains("TLS Web Client Authentication"), "{text}");
        assert!(text.contains("CA:FALSE"), "{text}");
        assert_eq!(identity.facts().common_name.as_deref(), Some("localhost"));
    }

    #[test]
    fn a_server_certificate_starts_an_hour_ago_and_lasts_397_days() {
        let identity = authority().issue_server(&["localhost"], now()).unwrap();
        let facts = identity.facts();
        assert_eq!(facts.not_before, now() - SignedDuration::from_hours(1));
        // Both ends count.
        let life = facts.not_after.duration_since(facts.not_before) + SignedDuration::from_secs(1);
        assert_eq!(life, SignedDuration::from_hours(397 * 24));
    }

    #[test]
    fn server_names_are_read_by_their_form() {
        let dns = |name: &str| ServerName::Dns(name.to_owned());
        let names = ["Mock_1.Test", "mock_1.test", "*.example.test", "10.0.0.1", "FE80::1", "3.onshi"];
        let expected = vec![
            dns("mock_1.test"),
            dns("*.example.test"),
            ServerName::Ip("10.0.0.1".parse().unwrap()),
            ServerName::Ip("fe80::1".parse().unwrap()),
            dns("3.onshi"),
        ];
        assert_eq!(server_names(&names).unwrap(), expected);
        let long = "a".repeat(64);
        for wrong in [
            "",
            " ",
            "a b",
            "localhost:8443",
            "[::1]",
            "1.2.3",
            "1.2.3.256",
            "a..b",
            "-a",
            "試験.jp",
            "*",
            "a.*",
            &long,
            ".",
        ] {
            assert!(matches!(server_names(&[wrong]), Err(IssueError::ServerName { .. })), "{wrong}");
        }
    }

    #[test]
    fn a_server_needs_a_first_name_that_fits() {
        let authority = authority();
        let none: [&str; 0] = [];
        assert!(matches!(authority.issue_server(&none, now()), Err(IssueError::ServerName { .. })));
        let long = format!("{}.{}", "a".repeat(40), "b".repeat(40));
        assert!(matches!(authority.issue_server(&[&long], now()), Err(IssueError::ServerName { .. })));
        assert!(authority.issue_server(&["localhost", &long], now()).is_ok());
    }

    #[test]
    fn each_certificate_has_its_own_serial_number_and_key() {
        let authority = authority();
        let (one, other) = (terminal(&authority), terminal(&authority));
        assert_ne!(one.facts().serial, other.facts().serial);
        assert_ne!(one.key().pem(), other.key().pem());
    }
}
