//! The truth table of the gate.

use std::sync::Arc;

use certs::{CertificateFacts, Fingerprint};
use jiff::Timestamp;

use super::*;
use crate::line::{CustomerId, FoundBy};

const CLINIC: &str = "1319999916";
const PHARMACY: &str = "1349999910";

fn found() -> FoundLine {
    let customer_id: CustomerId = "CAF0000000001".parse().unwrap();
    FoundLine { line: customer_id.into(), by: FoundBy::Port(8443) }
}

fn registration(institution: &str) -> Registration {
    Registration::active(found().line, institution.parse().unwrap())
}

fn certificate() -> TerminalCertificate {
    let facts = CertificateFacts {
        fingerprint: Fingerprint::from([7; 32]),
        subject: "CN=1319999916-01".to_owned(),
        common_name: None,
        organization: None,
        issuer: String::new(),
        serial: String::new(),
        not_before: at(100),
        not_after: at(200),
    };
    TerminalCertificate::new(CLINIC.parse().unwrap(), Arc::new(facts))
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

/// Line, whose registration, what is presented, when -> label of the refusal, or "" for admitted.
#[test]
fn the_truth_table_is_complete() {
    let certificate = certificate();
    let line = found();
    let certificates = |label: &'static str, moment| match label {
        "none" => (Presented::Nothing, moment),
        "foreign" => (Presented::Foreign, moment),
        "unknown" => (Presented::Unknown, moment),
        _ => (Presented::Terminal(&certificate), moment),
    };
    let columns = [
        ("none", 150),
        ("foreign", 150),
        ("unknown", 150),
        ("own", 99),
        ("own", 100),
        ("own", 200),
        ("own", 201),
    ];
    let rows = [
        (false, None, ["G101"; 7]),
        (false, Some(CLINIC), ["G101"; 7]),
        (true, None, ["G102"; 7]),
        (true, Some(CLINIC), ["C101", "C102", "C103", "C104", "", "", "C105"]),
        (true, Some(PHARMACY), ["C101", "C102", "C103", "C104", "G103", "G103", "C105"]),
    ];
    for (has_line, owner, expected) in rows {
        let registration = owner.map(registration);
        for ((name, second), expected) in columns.into_iter().zip(expected) {
            let (presented, second) = certificates(name, second);
            let verdict = admit(has_line.then_some(&line), registration.as_ref(), presented, at(second));
            let label = verdict.err().map_or("", Refused::label);
            assert_eq!(
                label, expected,
                "line {has_line}, registered for {owner:?}, {name} certificate at {second}"
            );
        }
    }
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
