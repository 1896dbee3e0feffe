//! Sessions and connections that outlive the right to use them.

use std::sync::Arc;

use onshi_mock::accept::Ending;
use onshi_mock::reason::Reason;
use onshi_mock::registered::RevocationReason;
use onshi_mock::world::Event;
use openssl::ssl::SslVersion;
use serde_json::json;

use super::client::{Client, Got};
use super::house::Standing;

const LINE: &str = "CAF0000000001";
const CLAIMS: &str = "GET /claims/v1/connection";
const MESSAGE: &str = "POST /oqs/OQSsiquc01";

/// An admitted caller whose message is none.
fn is_admitted(got: &Got) -> bool {
    matches!(got, Got::Answer(400, _))
}

fn revoke(house: &Standing) {
    let fingerprint = house.terminal.facts().fingerprint;
    let (reason, at) = (RevocationReason::Loss, house.world.clock.now());
    house.world.record(Event::CertificateRevoked { fingerprint, reason, at }).unwrap();
}

fn advance(house: &Standing, hours: i64) {
    house.world.record(Event::ClockShifted(hours * 3600)).unwrap();
}

const FOUR_YEARS: i64 = 24 * 366 * 4;

#[test]
fn a_certificate_that_ends_while_ticket_and_connection_are_in_use_is_refused_at_the_next_request() {
    type End = (&'static str, fn(&Standing));
    let endings: [End; 2] = [("C106", revoke), ("C105", |house| advance(house, FOUR_YEARS))];
    for (label, end) in endings {
        for style in ["explained", "field"] {
            for version in [SslVersion::TLS1_2, SslVersion::TLS1_3] {
                let house = Standing::with(&["--style", style], "");
                advance(&house, 48);
                let client = Client::new(&house.authority, version, Some(&house.terminal));
                let mut open = client.connect(house.service).unwrap();
                assert!(is_admitted(&open.ask(MESSAGE, "")), "{version:?}");
                assert!(client.has_ticket());
                let mut resumed = client.connect(house.service).unwrap();
                assert!(resumed.is_resumed() && is_admitted(&resumed.ask(MESSAGE, "")), "{version:?}");
                end(&house);
                for connection in [&mut open, &mut resumed] {
                    let before = house.last().0;
                    let got = connection.ask(MESSAGE, "");
                    if style == "field" {
                        assert_eq!(got, Got::Reset, "{label} {version:?}");
                    } else {
                        assert_eq!(got.label(), Some(label), "{version:?}");
                    }
                    assert_eq!(house.after(before).refused, Some(label));
                }
                let before = house.last().0;
                let got = client.ask(house.service, MESSAGE, "");
                let exchange = house.after(before);
                assert_eq!(exchange.refused, Some(label), "a ticket is no way around it");
                match style {
                    "field" => {
                        assert_eq!(got, Got::Reset, "{label} {version:?}");
                        let how = exchange.reasons.last();
                        assert!(matches!(how, Some(Reason::Ended(Ending::Cut))), "{how:?}");
                    }
                    _ => assert_eq!(got.label(), Some(label)),
                }
                // Back to where both were still good.
                advance(&house, 24);
                assert!(is_admitted(&client.ask(house.service, MESSAGE, "")), "the clock is set back");
            }
        }
    }
}

#[test]
fn a_line_that_is_suspended_while_a_connection_is_open_is_refused_at_the_next_request() {
    let house = Standing::with(&["--style", "field"], "");
    let client = Client::new(&house.authority, SslVersion::TLS1_3, Some(&house.terminal));
    let mut open = client.connect(house.service).unwrap();
    assert!(is_admitted(&open.ask(MESSAGE, "")));
    let path = format!("/api/v1/worlds/default/lines/{LINE}");
    assert_eq!(house.admin("PUT", &path, &json!({ "state": "suspended" })).0, 200);
    assert_eq!(open.ask(MESSAGE, ""), Got::Reset);
    assert_eq!(house.last().1.refused, Some("G106"));
    assert_eq!(client.ask(house.service, MESSAGE, ""), Got::Reset);
    assert!(matches!(house.last().1.reasons.last(), Some(Reason::Ended(Ending::Reset))));
    assert_eq!(house.admin("PUT", &path, &json!({ "state": "active" })).0, 200);
    assert!(is_admitted(&client.ask(house.service, MESSAGE, "")));
}

#[test]
fn a_start_date_is_reached_by_the_worlds_clock() {
    let house = Standing::with(&[], "");
    let client = Client::new(&house.authority, SslVersion::TLS1_3, Some(&house.terminal));
    let path = format!("/api/v1/worlds/default/lines/{LINE}");
    assert_eq!(house.admin("DELETE", &path, &json!(null)).0, 204);
    assert_eq!(client.ask(house.service, MESSAGE, "").label(), Some("G102"));
    let now = house.world.clock.now();
    let in_hours = |hours: i64| (now + jiff::SignedDuration::from_hours(hours)).to_string();
    assert_eq!(house.admin("PUT", &path, &json!({ "state": "applied" })).0, 201);
    assert_eq!(client.ask(house.service, MESSAGE, "").label(), Some("G104"));
    for (state, hours) in [("confirmed", 24), ("active", 48)] {
        assert_eq!(house.admin("PUT", &path, &json!({ "state": state, "from": in_hours(hours) })).0, 200);
    }
    for (hours, label) in [(25, Some("G105")), (49, None), (1, Some("G104"))] {
        advance(&house, hours);
        let got = client.ask(house.service, MESSAGE, "");
        assert_eq!((got.label(), is_admitted(&got)), (label, label.is_none()), "after {hours} hours");
    }
}

#[test]
fn claims_and_qualification_have_an_application_each() {
    let house = Standing::with(&[], "");
    let client = Client::new(&house.authority, SslVersion::TLS1_3, Some(&house.terminal));
    let path = format!("/api/v1/worlds/default/lines/{LINE}");
    assert_eq!(client.ask(house.service, CLAIMS, "").label(), Some("G108"));
    assert_eq!(house.admin("PUT", &path, &json!({ "purposes": "both" })).0, 200);
    assert_eq!(client.ask(house.service, CLAIMS, "").label(), Some("C112"), "the certificate has its own");
    let facts = Arc::new(house.terminal.facts().clone());
    let mut certificate =
        onshi_mock::registered::TerminalCertificate::new("1319999916".parse().unwrap(), facts);
    certificate.purposes = onshi_mock::registered::Purposes::Both;
    house.worlds.certificate_issued(&house.world, certificate).unwrap();
    let Got::Answer(200, body) = client.ask(house.service, CLAIMS, "") else { panic!("not admitted") };
    assert!(body.contains("\"institution\":\"1319999916\"") && body.contains(LINE), "{body}");
    assert!(is_admitted(&client.ask(house.service, MESSAGE, "")));
    assert_eq!(house.admin("PUT", &path, &json!({ "purposes": "claims" })).0, 200);
    assert_eq!(client.ask(house.service, MESSAGE, "").label(), Some("G108"));
    assert!(matches!(client.ask(house.service, CLAIMS, ""), Got::Answer(200, _)));
}
