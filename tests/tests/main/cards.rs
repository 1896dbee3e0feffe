//! The catalogue of test cards: each asked over HTTPS gives what it promises.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::civil::Date;
use messages::dialect::{Coded, Dialect};
use serde_json::Value;
use system_tests::foreign::{self, Document};
use system_tests::{Mock, Reply, Who, binaries, on_one_day};

/// Longer than a test waits.
const VERY_SLOW: &str = "very-slow-answer";

fn catalogue() -> Vec<Value> {
    let output = binaries::onshi_mock().args(["cards", "--json"]).output().unwrap();
    assert!(output.status.success());
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn the_catalogue_lists_at_least_50_cards_each_by_its_own_key_and_title() {
    let cards = catalogue();
    assert!(cards.len() >= 50, "{}", cards.len());
    let text = |card: &Value, key: &str| card[key].as_str().unwrap().to_owned();
    let by_key: BTreeMap<_, _> = cards.iter().map(|card| (text(card, "card"), card)).collect();
    assert_eq!(by_key.len(), cards.len());
    assert!(
        cards.iter().all(|card| !text(card, "title_ja").is_empty() && !text(card, "title_en").is_empty())
    );

    let table = binaries::onshi_mock().arg("cards").output().unwrap();
    let table = String::from_utf8(table.stdout).unwrap();
    for key in by_key.keys() {
        assert!(table.contains(key.as_str()), "{key}");
    }
}

#[test]
fn every_card_gets_the_answer_that_the_catalogue_expects() {
    let mock = Mock::plan().without_terminal().start();
    let wrong = on_one_day(|today| {
        let (cards, answers) = ask_all(&mock);
        let wrong: Vec<_> = cards
            .iter()
            .zip(&answers)
            .filter_map(|(card, answer)| {
                Some(format!("{}: {}", card["card"], mismatch(card, answer, today)?))
            })
            .collect();
        wrong
    });
    assert!(wrong.is_empty(), "{wrong:#?}");
}

fn ask_all(mock: &Mock) -> (Vec<Value>, Vec<Document>) {
    let client = mock.client(Who::Clinic);
    let (mut cards, mut bodies) = (Vec::new(), Vec::new());
    for card in catalogue().into_iter().filter(|card| card["card"] != VERY_SLOW) {
        let request = mock.request_for(card["card"].as_str().unwrap());
        let call = client.post(mock.service_url("/oqs/OQSsiquc01")).body(request);
        let reply = Reply::of(call.send().unwrap());
        assert_eq!(reply.status, 200, "{}: {}", card["card"], reply.text());
        cards.push(card);
        bodies.push(reply.body);
    }
    let bodies: Vec<_> = bodies.iter().map(Vec::as_slice).collect();
    (cards, foreign::read(&bodies))
}

/// What is not as the catalogue says.
fn mismatch(card: &Value, answer: &Document, today: Date) -> Option<String> {
    let header = |name: &str| answer.text(&format!("MessageHeader/{name}"));
    let body = |name: &str| answer.text(&format!("MessageBody/{name}"));
    let shown = (
        header("SegmentOfResult"),
        body("ProcessingResultStatus"),
        body("QualificationValidity"),
        header("ErrorCode").or(body("ProcessingResultCode")),
    );
    let (kind, expected) = card["expect"].as_object().unwrap().iter().next().unwrap();
    let expected = expected.as_str().unwrap();
    let promised = match kind.as_str() {
        "validity" => (Some("1"), Some("1"), Some(expected), shown.3),
        "error" => (Some("1"), Some("2"), None, Some(code(expected))),
        "segment" => (Some(expected), None, None, shown.3.or(Some("a code"))),
        _ => return Some(format!("unknown expectation {kind}")),
    };
    let echo = header("ArbitraryFileIdentifier") == card["card"].as_str();
    let made_today = header("ProcessExecutionTime")
        .is_some_and(|time| time.starts_with(&today.strftime("%Y%m%d").to_string()));
    (shown != promised || !echo || !made_today)
        .then(|| format!("{shown:?} instead of {promised:?}, echo {echo}, made today {made_today}"))
}

/// The code of a row of the dialect, by the name that cards use.
fn code(row: &str) -> &'static str {
    use std::sync::OnceLock;
    static CODES: OnceLock<BTreeMap<&str, Coded>> = OnceLock::new();
    let codes = CODES.get_or_init(|| {
        let codes = Dialect::built_in().codes;
        BTreeMap::from([
            ("insurer-number", codes.insurer_number.value),
            ("birth-date", codes.birth_date.value),
            ("number-missing", codes.number_missing.value),
            ("symbol-for-late-elderly", codes.symbol_for_late_elderly.value),
            ("confirmation-date", codes.confirmation_date.value),
            ("other-item", codes.other_item.value),
        ])
    });
    codes.get(row).unwrap_or_else(|| panic!("no code for {row}")).code.as_str()
}

#[test]
fn a_client_with_less_patience_than_the_very_slow_card_times_out_and_the_next_is_answered() {
    let mock = Mock::plan().without_terminal().start();
    let client = mock.client(Who::Clinic);
    let ask = |card: &str| client.post(mock.service_url("/oqs/OQSsiquc01")).body(mock.request_for(card));
    let slow = ask(VERY_SLOW).timeout(Duration::from_secs(1)).send().unwrap_err();
    assert!(slow.is_timeout(), "{slow:?}");
    assert_eq!(Reply::of(ask("employee-valid").send().unwrap()).status, 200);
}

#[test]
fn characters_outside_shift_jis_become_a_black_circle_and_a_finding() {
    for (encoding, name) in [("utf-8", "𠮷"), ("shift-jis", "●")] {
        let mock = Mock::plan().without_terminal().flag("--encoding", encoding).start();
        let reply = mock.ask("OQSsiquc01", &mock.request_for("character-outside-shift-jis"));
        let document = foreign::read_one(&reply.body);
        let path = "MessageBody/ResultList/ResultOfQualificationConfirmation/Name";
        let shown = document.text(path).unwrap();
        assert!(shown.contains(name) && !shown.contains('?') && !shown.contains('&'), "{shown}");
        let findings = mock.journal()[0]["findings"].as_array().unwrap().clone();
        let replaced = findings.iter().filter(|finding| finding["label"] == "X401").count();
        assert_eq!(replaced > 0, encoding == "shift-jis", "{findings:#?}");
    }
}

#[test]
fn every_card_is_readable_by_another_decoder_in_shift_jis_too() {
    let mock = Mock::plan().without_terminal().flag("--encoding", "shift-jis").start();
    let (_, answers) = ask_all(&mock);
    for answer in answers {
        assert_eq!(answer.declared, "Shift_JIS");
        assert_eq!(answer.text("MessageHeader/CharacterCodeIdentifier"), Some("1"));
    }
}
