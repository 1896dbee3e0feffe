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
    let tagged = |tag: u8, text: &str| [&[tag, u8::try_from(text.len()).unwrap()], text.as_bytes()].concat();
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
    let facts =
        authority().issue_terminal(&clinic(), now, Months::default(), KeyKind::P256).unwrap().facts().clone();
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
    for now in
        ["2014-12-31T23:59:59Z", "2097-01-01T00:00:00Z", "9999-01-01T00:00:00Z", "-002000-01-01T00:00:00Z"]
    {
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
        let identity = authority.issue_terminal(&subject, now(), Months::default(), KeyKind::P256).unwrap();
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
    for (terminal_number, expected) in [(0, "1319999916-00"), (1, "1319999916-01"), (100, "1319999916-100")] {
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
