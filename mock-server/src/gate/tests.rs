//! The truth table of the gate: every combination, against a statement of what each single fact leads to.
//!
//! The statement is `test-data/gate.tsv`; the system tests judge real connections by the same file.

use std::sync::Arc;

use certs::{CertificateFacts, Fingerprint};
use jiff::Timestamp;

use super::*;
use crate::line::{FoundBy, Line, LineKind};
use crate::registered::{Purposes, RevocationReason, Standing};

const STATEMENT: &str = include_str!("../../test-data/gate.tsv");
const CLINIC: &str = "1319999916";
const PHARMACY: &str = "1349999910";
const FINGERPRINT: [u8; 32] = [7; 32];

/// The certificate is valid from 100 to 200, and revoked at 150 where it is revoked.
const NOWS: [i64; 12] = [-1, 0, 50, 99, 100, 120, 149, 150, 170, 190, 200, 201];

/// The states of a line from a second on, from its application to its end.
const LIFE: [(i64, LineState); 5] = [
    (0, LineState::Applied),
    (50, LineState::Confirmed),
    (120, LineState::Active),
    (170, LineState::Suspended),
    (190, LineState::Cancelled),
];

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn line(kind: LineKind) -> FoundLine {
    let text = match kind {
        LineKind::IpVpn => "CAF0000000001",
        LineKind::IpVpnIpv4 => "ipv4:QTnet:1",
        LineKind::IpsecIke => "ipsec:MIND:1",
    };
    FoundLine { line: text.parse().unwrap(), by: FoundBy::Port(8443) }
}

fn state_name(state: LineState) -> &'static str {
    match state {
        LineState::Applied => "applied",
        LineState::Confirmed => "confirmed",
        LineState::Active => "active",
        LineState::Suspended => "suspended",
        LineState::Cancelled => "cancelled",
    }
}

/// Each fact and the value that it has at a moment; facts that refuse nothing may be left out.
type Facts = Vec<(&'static str, &'static str)>;

fn expected(statement: &[(&str, &str, u8, &'static str)], facts: &[(&str, &str)]) -> &'static str {
    let applies = |row: &&(&str, &str, u8, &'static str)| facts.contains(&(row.0, row.1));
    statement.iter().filter(applies).min_by_key(|row| row.2).map_or("", |row| row.3)
}

fn statement() -> Vec<(&'static str, &'static str, u8, &'static str)> {
    let rows = STATEMENT.lines().filter(|line| !line.starts_with('#'));
    rows.map(|row| match row.split('\t').collect::<Vec<_>>()[..] {
        [fact, value, rank, label] => (fact, value, rank.parse().unwrap(), label),
        _ => panic!("{row:?} has not four columns"),
    })
    .collect()
}

/// A registration, and what it is at a moment.
type Course = (Option<Registration>, Box<dyn Fn(i64) -> &'static str>);

fn registrations(line: &Line) -> Vec<Course> {
    let mut all: Vec<Course> = vec![(None, Box::new(|_| "none"))];
    let registered =
        |standings| Registration { standings, ..Registration::active(line.clone(), CLINIC.parse().unwrap()) };
    all.push((Some(registered(Vec::new())), Box::new(|_| "active")));
    for state in LineState::ALL {
        let standings = vec![Standing { state, from: at(-10) }];
        all.push((Some(registered(standings)), Box::new(move |_| state_name(state))));
    }
    let life = LIFE.map(|(second, state)| Standing { state, from: at(second) });
    let named = |now| {
        LIFE.iter().rev().find(|(from, _)| *from <= now).map_or("none", |(_, state)| state_name(*state))
    };
    all.push((Some(registered(life.to_vec())), Box::new(named)));
    all
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Shown {
    Nothing,
    Bad(Refused, &'static str),
    Unknown,
    Own,
    OwnRevoked,
}

const SHOWN: [Shown; 8] = [
    Shown::Nothing,
    Shown::Bad(Refused::ForeignCertificate, "foreign"),
    Shown::Bad(Refused::ForgedCertificate, "forged"),
    Shown::Bad(Refused::NotForClients, "not-for-clients"),
    Shown::Bad(Refused::MalformedCertificate, "malformed"),
    Shown::Unknown,
    Shown::Own,
    Shown::OwnRevoked,
];

impl Shown {
    fn facts(self, now: i64) -> Facts {
        let period = match now {
            ..100 => "not-yet-valid",
            100..=200 => "valid",
            201.. => "expired",
        };
        let of = |value| ("certificate", value);
        match self {
            Self::Nothing => vec![of("nothing")],
            Self::Bad(_, name) => vec![of(name)],
            Self::Unknown => vec![of("unknown")],
            Self::Own => vec![of(period)],
            Self::OwnRevoked if now >= 150 => vec![of("revoked"), of(period)],
            Self::OwnRevoked => vec![of(period)],
        }
    }
}

fn certificate(purposes: Purposes) -> TerminalCertificate {
    let facts = CertificateFacts {
        fingerprint: Fingerprint::from(FINGERPRINT),
        subject: "CN=1319999916-01".to_owned(),
        common_name: None,
        organization: None,
        issuer: String::new(),
        serial: String::new(),
        not_before: at(100),
        not_after: at(200),
    };
    TerminalCertificate { purposes, ..TerminalCertificate::new(CLINIC.parse().unwrap(), Arc::new(facts)) }
}

#[test]
fn every_combination_is_judged_as_the_statement_says() {
    let mut judged = 0_u32;
    let mut seen = std::collections::BTreeSet::new();
    let statement = statement();
    for kind in [None, Some(LineKind::IpVpn), Some(LineKind::IpVpnIpv4), Some(LineKind::IpsecIke)] {
        let found = kind.map(line);
        let carried = found.clone().unwrap_or_else(|| line(LineKind::IpVpn)).line;
        for (registration, state) in registrations(&carried) {
            for (institution, same) in [(CLINIC, true), (PHARMACY, false)] {
                for (line_purposes, purpose) in PURPOSES {
                    let registration = registration.clone().map(|registration| Registration {
                        institution: institution.parse().unwrap(),
                        purposes: line_purposes,
                        ..registration
                    });
                    let situation = Situation { found: &found, registration: &registration, same, purpose };
                    for now in NOWS {
                        situation.judge(now, state(now), &statement, &mut |label| {
                            judged += 1;
                            seen.insert(label);
                        });
                    }
                }
            }
        }
    }
    let stated: std::collections::BTreeSet<_> = statement.iter().map(|row| row.3).chain([""]).collect();
    assert_eq!(seen, stated, "every row of the statement is met");
    assert_eq!(judged, 4 * 8 * 2 * 6 * 12 * 8 * 3 * 10, "and every combination");
}

const PURPOSES: [(Purposes, Purpose); 6] = [
    (Purposes::Qualification, Purpose::Qualification),
    (Purposes::Qualification, Purpose::Claims),
    (Purposes::Claims, Purpose::Qualification),
    (Purposes::Claims, Purpose::Claims),
    (Purposes::Both, Purpose::Qualification),
    (Purposes::Both, Purpose::Claims),
];

/// Whether purposes are for another system than the one that is wanted, stated on its own.
fn other(purposes: Purposes, purpose: Purpose) -> bool {
    matches!(
        (purposes, purpose),
        (Purposes::Qualification, Purpose::Claims) | (Purposes::Claims, Purpose::Qualification)
    )
}

struct Situation<'a> {
    found: &'a Option<FoundLine>,
    registration: &'a Option<Registration>,
    same: bool,
    purpose: Purpose,
}

impl Situation<'_> {
    /// Judges all certificates, lists and proofs in this situation.
    fn judge(
        &self,
        now: i64,
        state: &'static str,
        statement: &[(&str, &str, u8, &'static str)],
        told: &mut impl FnMut(&'static str),
    ) {
        let lists = [RevocationList::Fresh, RevocationList::Stale, RevocationList::Unreachable];
        let proofs = [Proof::Passed, Proof::Missing, Proof::Moved];
        // Rules off: list and proof have no say. Rules on: each of them in every state.
        let rules_off = (false, RevocationList::Stale, Proof::Missing);
        let rules_on = lists.into_iter().flat_map(|list| proofs.map(|proof| (true, list, proof)));
        let settings: Vec<_> = [rules_off].into_iter().chain(rules_on).collect();
        for (shown, purposes) in
            SHOWN.iter().flat_map(|shown| Purposes::ALL.map(|purposes| (*shown, purposes)))
        {
            let certificate = certificate(purposes);
            let presented = match shown {
                Shown::Nothing => Presented::Nothing,
                Shown::Bad(refused, _) => Presented::Unacceptable(refused),
                Shown::Unknown => Presented::Unknown,
                Shown::Own | Shown::OwnRevoked => Presented::Terminal(&certificate),
            };
            let revocation = (shown == Shown::OwnRevoked).then(|| Revocation {
                fingerprint: Fingerprint::from(FINGERPRINT),
                reason: RevocationReason::Loss,
                at: at(150),
            });
            let base = self.facts(state, shown, purposes, now);
            for &(needed, list, proof) in &settings {
                let rules = Rules { needs_fresh_list: needed, needs_line_authentication: needed };
                let (line, registration) = (self.found.as_ref(), self.registration.as_ref());
                let knock =
                    Knock { line, registration, proof, presented, revocation, list, purpose: self.purpose };
                let label = admit(&knock, rules, at(now)).err().map_or("", Refused::label);
                let mut facts = base.clone();
                if needed {
                    facts.extend(rule_facts(list, proof));
                }
                assert_eq!(label, expected(statement, &facts), "{facts:?} at {now}");
                told(label);
            }
        }
    }

    fn facts(&self, state: &'static str, shown: Shown, purposes: Purposes, now: i64) -> Facts {
        let mut facts = shown.facts(now);
        facts.push(("registration", state));
        facts.extend(self.found.is_none().then_some(("line", "none")));
        facts.extend((!self.same).then_some(("institution", "other")));
        let line_purposes = self.registration.as_ref().map(|registration| registration.purposes);
        facts.extend(
            line_purposes
                .is_some_and(|purposes| other(purposes, self.purpose))
                .then_some(("line-purposes", "other")),
        );
        facts.extend(other(purposes, self.purpose).then_some(("certificate-purposes", "other")));
        facts
    }
}

fn rule_facts(list: RevocationList, proof: Proof) -> Facts {
    let list = match list {
        RevocationList::Fresh => "fresh",
        RevocationList::Stale => "stale",
        RevocationList::Unreachable => "unreachable",
    };
    let proof = match proof {
        Proof::Passed => "passed",
        Proof::Missing => "missing",
        Proof::Moved => "moved",
    };
    vec![("list", list), ("proof", proof)]
}

#[test]
fn every_refusal_has_its_own_label_and_says_how_to_mend_it() {
    let mut labels: Vec<_> = Refused::ALL.iter().map(|refused| refused.label()).collect();
    labels.sort_unstable();
    labels.dedup();
    assert_eq!(labels.len(), Refused::ALL.len());
    for refused in Refused::ALL {
        let refusal = refused.refusal();
        assert_eq!(refusal.status, 403);
        assert!(!refusal.mend.ja.is_empty() && !refusal.mend.en.is_empty());
    }
}
