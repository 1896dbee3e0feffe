//! The truth table of the gate over real sockets: a covering set of its combinations, in both styles.
//!
//! What is expected is the statement of `test-data/gate.tsv`, as for the pure function.

use std::net::SocketAddr;
use std::sync::Arc;

use certs::{Authority, Identity, KeyKind, Months, TerminalSubject};
use jiff::{SignedDuration, Timestamp};
use onshi_mock::accept::Ending;
use onshi_mock::gate::RevocationList;
use onshi_mock::line::Line;
use onshi_mock::reason::Reason;
use onshi_mock::registered::{
    LineState, Purposes, Registration, RevocationReason, Standing as State, TerminalCertificate,
};
use onshi_mock::tls::Alert;
use onshi_mock::world::Event;
use openssl::ssl::SslVersion;

use super::client::{Client, Got};
use super::forged;
use super::house::Standing;
use crate::told::{CLINIC, PHARMACY};

const STATEMENT: &str = include_str!("../../../test-data/gate.tsv");

/// Combinations besides those of one fact alone.
const SAMPLED: u64 = 120;

const LINES: [&str; 3] = ["CAF0000000007", "ipv4:QTnet:7", "ipsec:MIND:7"];
const STATES: [&str; 6] = ["none", "applied", "confirmed", "active", "suspended", "cancelled"];
const CERTIFICATES: [&str; 9] = [
    "nothing",
    "foreign",
    "forged",
    "not-for-clients",
    "unknown",
    "revoked",
    "not-yet-valid",
    "expired",
    "valid",
];
const PURPOSES: [Purposes; 3] = Purposes::ALL;
const LISTS: [(&str, RevocationList); 3] = [
    ("fresh", RevocationList::Fresh),
    ("stale", RevocationList::Stale),
    ("unreachable", RevocationList::Unreachable),
];
const PROOFS: [&str; 3] = ["passed", "missing", "moved"];

/// One combination: an index into each axis.
#[derive(Debug, Clone, Copy)]
struct Combination {
    /// 3 is no line at all.
    line: usize,
    state: usize,
    same_institution: bool,
    line_purposes: usize,
    certificate: usize,
    certificate_purposes: usize,
    claims: bool,
    list: usize,
    proof: usize,
    tls_1_3: bool,
}

const ADMITTED: Combination = Combination {
    line: 0,
    state: 3,
    same_institution: true,
    line_purposes: 2,
    certificate: 8,
    certificate_purposes: 2,
    claims: false,
    list: 0,
    proof: 0,
    tls_1_3: true,
};

impl Combination {
    /// Every deviation of one fact from the admitted one, and a sample of everything.
    fn covering() -> Vec<Self> {
        let one = ADMITTED;
        let mut all = vec![one, Self { tls_1_3: false, ..one }, Self { claims: true, ..one }];
        all.extend((0..4).map(|line| Self { line, ..one }));
        all.extend((0..STATES.len()).map(|state| Self { state, ..one }));
        all.push(Self { same_institution: false, ..one });
        for purposes in 0..2 {
            for claims in [false, true] {
                all.push(Self { line_purposes: purposes, claims, ..one });
                all.push(Self { certificate_purposes: purposes, claims, ..one });
            }
        }
        for tls_1_3 in [false, true] {
            all.extend((0..CERTIFICATES.len()).map(|certificate| Self { certificate, tls_1_3, ..one }));
            all.extend((0..LISTS.len()).map(|list| Self { list, tls_1_3, ..one }));
        }
        all.extend((0..PROOFS.len()).map(|proof| Self { proof, ..one }));
        let mut dice = Dice(20_261_122);
        all.extend((0..SAMPLED).map(|_| Self::thrown(&mut dice)));
        all
    }

    /// Mostly acceptable facts, so that later ones get their say.
    fn thrown(dice: &mut Dice) -> Self {
        let mut pick = |acceptable, choices| if dice.below(3) > 0 { acceptable } else { dice.below(choices) };
        Self {
            line: pick(1, 4),
            state: pick(3, STATES.len()),
            same_institution: pick(1, 2) == 1,
            line_purposes: pick(2, 3),
            certificate: pick(8, CERTIFICATES.len()),
            certificate_purposes: pick(2, 3),
            claims: pick(0, 2) == 1,
            list: pick(0, LISTS.len()),
            proof: pick(0, PROOFS.len()),
            tls_1_3: pick(1, 2) == 1,
        }
    }

    fn expected(self) -> &'static str {
        let other = |purposes: usize| purposes == usize::from(!self.claims);
        let mut facts = vec![
            ("registration", STATES[self.state]),
            ("certificate", CERTIFICATES[self.certificate]),
            ("list", LISTS[self.list].0),
            ("proof", PROOFS[self.proof]),
        ];
        facts.extend((self.line == 3).then_some(("line", "none")));
        facts.extend((!self.same_institution).then_some(("institution", "other")));
        facts.extend(other(self.line_purposes).then_some(("line-purposes", "other")));
        facts.extend(other(self.certificate_purposes).then_some(("certificate-purposes", "other")));
        let rows = STATEMENT.lines().filter(|row| !row.starts_with('#'));
        let rows = rows.map(|row| row.split('\t').collect::<Vec<_>>());
        let applying = rows.filter(|row| facts.contains(&(row[0], row[1])));
        applying.min_by_key(|row| row[2].parse::<u8>().unwrap()).map_or("", |row| row[3])
    }
}

/// Numbers that are the same at each run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, choices: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % choices
    }
}

/// The alert that each refusal of a certificate ends in (RFC 8446, 6.2), stated on its own.
fn alert(label: &str, tls_1_3: bool) -> Option<u8> {
    match label {
        "C101" if tls_1_3 => Some(116),
        "C101" => Some(40),
        "C102" | "C111" => Some(48),
        "C103" | "C104" => Some(42),
        "C105" | "C110" => Some(45),
        "C106" => Some(44),
        "C107" => Some(51),
        "C108" => Some(43),
        _ => None,
    }
}

/// Identities by certificate and purposes.
struct Purse {
    of_terminals: Vec<Identity>,
    foreign: Identity,
    forged: Identity,
    unknown: Identity,
}

fn issued(authority: &Authority, number: u16, from: Timestamp) -> Identity {
    let subject = TerminalSubject {
        institution_code: CLINIC.to_owned(),
        terminal_number: number,
        institution_name: "見本診療所".to_owned(),
    };
    authority.issue_terminal(&subject, from, Months::default(), KeyKind::P256).unwrap()
}

impl Purse {
    fn filled(house: &Standing) -> Self {
        let now = house.world.clock.now();
        let years = |count: i64| SignedDuration::from_hours(24 * 365 * count);
        let starts = [now, now + years(2), now - years(6), now];
        let mut of_terminals = Vec::new();
        for (kind, from) in starts.into_iter().enumerate() {
            for purposes in PURPOSES {
                let number = 10 + u16::try_from(of_terminals.len()).unwrap();
                let identity = issued(&house.authority, number, from);
                let facts = Arc::new(identity.facts().clone());
                let fingerprint = facts.fingerprint;
                let certificate = TerminalCertificate {
                    purposes,
                    ..TerminalCertificate::new(CLINIC.parse().unwrap(), facts)
                };
                house.worlds.certificate_issued(&house.world, certificate).unwrap();
                if kind == 0 {
                    let reason = RevocationReason::Loss;
                    house.world.record(Event::CertificateRevoked { fingerprint, reason, at: now }).unwrap();
                }
                of_terminals.push(identity);
            }
        }
        let foreign = issued(&Authority::create().unwrap(), 9, now);
        let unknown = issued(&house.authority, 9, now);
        Self { of_terminals, foreign, forged: forged::identity(&house.authority), unknown }
    }

    fn of(&self, combination: Combination, house: &Standing) -> Option<Identity> {
        Some(match CERTIFICATES[combination.certificate] {
            "nothing" => return None,
            "foreign" => self.foreign.clone(),
            "forged" => self.forged.clone(),
            "not-for-clients" => house.server.clone(),
            "unknown" => self.unknown.clone(),
            _ => self.of_terminals[(combination.certificate - 5) * 3 + combination.certificate_purposes]
                .clone(),
        })
    }
}

/// Makes a combination true in the world.
fn arrange(house: &Standing, combination: Combination) {
    let Combination { state, same_institution, line_purposes, list, proof, .. } = combination;
    let record = |event| house.world.record(event).unwrap();
    record(Event::RevocationListSet(LISTS[list].1));
    let line: Line = LINES[combination.line.min(2)].parse().unwrap();
    record(Event::LineForgotten(line.clone()));
    let prefix = match PROOFS[proof] {
        "passed" => Some("127.0.0.0/24"),
        "moved" => Some("127.0.9.0/24"),
        _ => None,
    };
    if let Some(prefix) = prefix {
        record(Event::LineAuthenticated { line: line.clone(), prefix: prefix.parse().unwrap() });
    }
    let Some(state) = state.checked_sub(1) else { return };
    let institution = if same_institution { CLINIC } else { PHARMACY };
    record(Event::LineRegistered(Registration {
        purposes: PURPOSES[line_purposes],
        standings: vec![State { state: LineState::ALL[state], from: Timestamp::MIN }],
        ..Registration::active(line, institution.parse().unwrap())
    }));
}

#[test]
fn a_covering_set_of_the_table_is_judged_over_sockets_in_both_styles() {
    let house = Standing::with(
        &[],
        "gate:\n  needs-line-authentication: {value: true, mark: D, source: this test}\n",
    );
    let purse = Purse::filled(&house);
    let ports = |style: &str| -> Vec<SocketAddr> {
        let open: Vec<_> =
            LINES.iter().chain([&"CAF0000000099"]).map(|line| house.open(style, line)).collect();
        let path = format!("/api/v1/lines/ports/{}", open[3].port());
        assert_eq!(house.admin("DELETE", &path, &serde_json::Value::Null).0, 204, "now it is nobody's line");
        open
    };
    let (explained, field) = (ports("explained"), ports("field"));
    let mut labels = std::collections::BTreeSet::new();
    for combination in Combination::covering() {
        arrange(&house, combination);
        let version = if combination.tls_1_3 { SslVersion::TLS1_3 } else { SslVersion::TLS1_2 };
        let identity = purse.of(combination, &house);
        let expected = combination.expected();
        labels.insert(expected);
        let ask = |to: SocketAddr| {
            let client = Client::new(&house.authority, version, identity.as_ref());
            let head = if combination.claims { "GET /claims/v1/connection" } else { "POST /oqs/OQSsiquc01" };
            client.ask(to, head, "")
        };
        let admitted = if combination.claims { 200 } else { 400 };

        let got = ask(explained[combination.line]);
        match expected {
            "" => assert!(
                matches!(got, Got::Answer(status, _) if status == admitted),
                "{combination:?} {got:?}"
            ),
            label => assert_eq!(got.label(), Some(label), "{combination:?} {got:?}"),
        }
        assert_eq!(refused(&house), Some(expected).filter(|label| label.starts_with(['G', 'C'])));

        let before = house.last().0;
        let got = ask(field[combination.line]);
        let exchange = house.after(before);
        let ending = match alert(expected, combination.tls_1_3) {
            _ if expected.is_empty() => {
                assert!(
                    matches!(got, Got::Answer(status, _) if status == admitted),
                    "{combination:?} {got:?}"
                );
                continue;
            }
            Some(number) => {
                assert_eq!(got, Got::Alert(number), "{combination:?} {expected}");
                Ending::Alerted(Alert(number))
            }
            None => {
                assert_eq!(got, Got::Reset, "{combination:?} {expected}");
                if combination.line == 3 || combination.state != 3 { Ending::Reset } else { Ending::Cut }
            }
        };
        assert_eq!(exchange.refused, Some(expected), "{combination:?}");
        let last = exchange.reasons.last();
        assert!(matches!(last, Some(Reason::Ended(how)) if *how == ending), "{combination:?} {last:?}");
        let known = exchange.certificate.as_ref().map(|facts| facts.fingerprint);
        let shown = identity.filter(|_| ending != Ending::Reset).map(|identity| identity.facts().fingerprint);
        assert_eq!(known, shown, "{combination:?}: the journal tells which certificate");
    }
    let stated = STATEMENT.lines().filter_map(|row| row.split('\t').nth(3)).filter(|label| *label != "label");
    let unmet: Vec<_> = stated.filter(|label| !labels.contains(label)).collect();
    assert_eq!(unmet, ["C109"], "only a certificate that cannot be read is left to other tests");
}

/// The label of the latest exchange, if the gate refused it.
fn refused(house: &Standing) -> Option<&'static str> {
    house.last().1.refused.filter(|label| label.starts_with(['G', 'C']))
}
