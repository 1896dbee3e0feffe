//! The pages of a report, compared with golden files.

use std::fs;
use std::path::Path;

use messages::finding::Label;

use super::*;
use crate::journal::Exchange;
use crate::journal::condition::Match;
use crate::journal::verify::Expectation;

/// A journal with everything in it: each outcome, a finding of each severity, each verdict.
fn busy() -> Journal {
    let journal = Journal::default();
    let finding = |label: Label, element: &str, sent: &str| Finding {
        label,
        severity: label.severity(),
        place: None,
        element: element.to_owned(),
        sent: sent.to_owned(),
        expected: Bilingual::NOTHING,
    };
    let exchange = |message: &str| Exchange { message: message.into(), status: 200, ..Exchange::default() };
    let findings = vec![
        finding(Label::CheckDigit, "MessageBody/QualificationConfirmSearchInfo/InsurerNumber", "06139991"),
        finding(Label::UnknownElement, "MessageBody/Colour", "<red> & \"blue\""),
        finding(Label::NotPadded, "MessageBody/QualificationConfirmSearchInfo/InsurerNumber", "138057"),
    ];
    journal.write(Exchange { findings, ..exchange("OQSsiquc01") });
    journal.write(Exchange { refused: Some("G102"), status: 403, ..exchange("OQSsiquc01") });
    journal
        .write(Exchange { simulated: vec!["latency".into(), "truncate".into()], ..exchange("OQSmuquc01") });
    journal.write(Exchange { handshake: true, refused: Some("C105"), status: 0, ..exchange("") });
    let one = |message: &str| Match { message: Some(message.to_owned()), ..Match::default() };
    for (name, expectation) in [
        ("one question", Expectation::Exactly(2, one("OQSsiquc01"))),
        ("no <bulk>", Expectation::Exactly(0, one("OQSmuquc01"))),
        ("a registration", Expectation::AtLeast(1, one("OQSsiimm01"))),
    ] {
        journal.keep(expectation.verify(Some(name.to_owned()), &journal.after(0), Timestamp::UNIX_EPOCH));
    }
    journal
}

fn golden(name: &str, now: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("test-data/report").join(name);
    let now = now.replace(env!("CARGO_PKG_VERSION"), "VERSION");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, &now).unwrap();
    }
    let golden = fs::read_to_string(&path).unwrap_or_default();
    assert!(golden == now, "{name} is not current; UPDATE_GOLDEN=1 renews it:\n{now}");
}

#[test]
fn the_pages_of_a_busy_world_are_the_golden_ones() {
    let report = Report::of("suite-1", &busy(), Timestamp::UNIX_EPOCH, FailOn::Error);
    golden("busy.html", &html::write(&report));
    golden("busy.junit.xml", &junit::write(&report).unwrap());
    golden("busy.json", &format!("{}\n", serde_json::to_string_pretty(&report).unwrap()));
}

#[test]
fn the_page_of_an_idle_world_is_the_golden_one() {
    let report = Report::of("idle", &Journal::default(), Timestamp::UNIX_EPOCH, FailOn::Note);
    assert!(report.passed);
    golden("idle.html", &html::write(&report));
}

#[test]
fn what_was_sent_is_escaped() {
    let report = Report::of("<world>", &busy(), Timestamp::UNIX_EPOCH, FailOn::Error);
    let page = html::write(&report);
    for raw in ["<world>", "<red>", "no <bulk>", "\"blue\""] {
        assert!(!page.contains(raw), "{raw}");
    }
}

#[test]
fn a_report_fails_from_the_severity_on_that_is_asked_for() {
    let journal = Journal::default();
    let finding = |label: Label| Finding {
        label,
        severity: label.severity(),
        place: None,
        element: String::new(),
        sent: String::new(),
        expected: Bilingual::NOTHING,
    };
    let passed = |journal: &Journal, on| Report::of("w", journal, Timestamp::UNIX_EPOCH, on).passed;
    let all = [FailOn::Note, FailOn::Warning, FailOn::Error, FailOn::Never];
    for (label, expected) in [
        (Label::NotPadded, [false, true, true, true]),
        (Label::UnknownElement, [false, false, true, true]),
        (Label::CheckDigit, [false, false, false, true]),
    ] {
        journal.clear();
        journal.write(Exchange { findings: vec![finding(label)], ..Exchange::default() });
        assert_eq!(all.map(|on| passed(&journal, on)), expected, "{label}");
    }
}
