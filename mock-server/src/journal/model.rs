//! Verifications against a naive model: the whole truth is known here, and the journal may only say it, or "unknown"
//! where it has forgotten something.

use std::sync::Arc;

use jiff::Timestamp;
use messages::finding::{Finding, Label, Severity};
use messages::refusal::Bilingual;
use proptest::prelude::*;

use super::condition::Match;
use super::verify::{Counted, Expectation, Request, RequestError, Uncounted, Verdict};
use super::{Exchange, Journal, Numbered, Outcome, Snapshot};

const MESSAGES: [&str; 3] = ["OQSsiquc01", "OQSsiimm01", "unheard-of"];
const LABELS: [Option<&str>; 3] = [None, Some("G102"), Some("X999")];

fn exchange(message: usize, label: usize, second: i64) -> Exchange {
    Exchange {
        message: MESSAGES[message].into(),
        refused: LABELS[label],
        at: Timestamp::from_second(second).unwrap(),
        status: 200,
        ..Exchange::default()
    }
}

prop_compose! {
    fn exchanges()(parts in prop::collection::vec((0..3_usize, 0..3_usize, 0..5_i64), 0..12)) -> Vec<Exchange> {
        parts.into_iter().map(|(message, label, second)| exchange(message, label, second)).collect()
    }
}

prop_compose! {
    fn conditions()(
        message in prop::option::of(0..3_usize),
        refused in prop::option::of(1..3_usize),
        outcome in prop::option::of(0..2_usize),
        since in prop::option::of(0..5_i64),
        after in prop::option::of(0..12_u64),
    ) -> Match {
        Match {
            message: message.map(|index| MESSAGES[index].to_owned()),
            refused: refused.and_then(|index| LABELS[index]).map(str::to_owned),
            outcome: outcome.map(|index| Outcome::ALL[index]),
            since: since.map(|second| Timestamp::from_second(second).unwrap()),
            after,
            ..Match::default()
        }
    }
}

fn expectation() -> impl Strategy<Value = Expectation> {
    prop_oneof![
        (0..5_u64, conditions()).prop_map(|(count, matching)| Expectation::AtLeast(count, matching)),
        (0..5_u64, conditions()).prop_map(|(count, matching)| Expectation::Exactly(count, matching)),
        prop::collection::vec(conditions(), 1..4).prop_map(Expectation::InOrder),
    ]
}

/// The same conditions, written down once more, in other words.
fn is_meant(matching: &Match, (number, exchange): &Numbered) -> bool {
    let outcome = match exchange.refused {
        None => Outcome::Answered,
        Some("X999") => Outcome::Failed,
        Some(_) => Outcome::Refused,
    };
    let same = |wanted: &Option<String>, own: Option<&str>| wanted.is_none() || wanted.as_deref() == own;
    same(&matching.message, Some(&exchange.message))
        && same(&matching.refused, exchange.refused)
        && matching.outcome.unwrap_or(outcome) == outcome
        && matching.since.unwrap_or(exchange.at) <= exchange.at
        && matching.after.unwrap_or(0) < *number
}

/// Whether exchanges match the steps one after the other, by trying every choice.
fn some_order(steps: &[Match], exchanges: &[Numbered]) -> bool {
    let Some((first, rest)) = steps.split_first() else { return true };
    (0..exchanges.len())
        .any(|index| is_meant(first, &exchanges[index]) && some_order(rest, &exchanges[index + 1..]))
}

fn truth(expectation: &Expectation, exchanges: &[Numbered]) -> bool {
    let count = |matching| exchanges.iter().filter(|numbered| is_meant(matching, numbered)).count() as u64;
    match expectation {
        Expectation::AtLeast(least, matching) => count(matching) >= *least,
        Expectation::Exactly(exactly, matching) => count(matching) == *exactly,
        Expectation::InOrder(steps) => some_order(steps, exchanges),
    }
}

proptest! {
    #[test]
    fn a_verdict_is_the_truth_or_unknown_and_unknown_only_if_something_was_forgotten(
        written in exchanges(), forgotten in 0..12_usize, expectation in expectation(),
    ) {
        let all: Vec<Numbered> = (1..).zip(written.into_iter().map(Arc::new)).collect();
        let forgotten = forgotten.min(all.len());
        let snapshot = Snapshot {
            written: all.len() as u64,
            forgotten_up_to: forgotten as u64,
            first: 1,
            exchanges: all[forgotten..].to_vec(),
        };
        let verification = expectation.verify(None, &snapshot, Timestamp::UNIX_EPOCH);
        match verification.verdict {
            Verdict::Passed => prop_assert!(truth(&expectation, &all)),
            Verdict::Failed => prop_assert!(!truth(&expectation, &all)),
            Verdict::Unknown => prop_assert!(verification.forgotten > 0),
        }
    }

    #[test]
    fn an_exchange_matches_exactly_if_it_misses_nothing(written in exchanges(), matching in conditions()) {
        for numbered in (1..).zip(written.into_iter().map(Arc::new)) {
            let within = matching.looks_at(&numbered);
            prop_assert_eq!(matching.meets(&numbered), is_meant(&matching, &numbered));
            prop_assert_eq!(matching.meets(&numbered), within && matching.misses(&numbered.1).is_empty());
        }
    }
}

#[test]
fn the_nearest_misses_are_those_that_miss_least_and_say_what() {
    let journal = Journal::default();
    for (message, label) in [(0, 0), (1, 1), (0, 1)] {
        journal.write(exchange(message, label, 0));
    }
    let matching = Match {
        message: Some("oqssiquc01".to_owned()),
        refused: Some("G999".to_owned()),
        status: Some(200),
        ..Match::default()
    };
    let verification =
        Expectation::AtLeast(1, matching).verify(None, &journal.after(0), Timestamp::UNIX_EPOCH);
    assert_eq!(verification.verdict, Verdict::Failed);
    let nearest: Vec<_> = verification
        .nearest
        .iter()
        .map(|near| (near.number, near.misses.iter().map(|miss| miss.condition.as_str()).collect::<Vec<_>>()))
        .collect();
    assert_eq!(nearest, [(3, vec!["refused"]), (1, vec!["refused"]), (2, vec!["message", "refused"])]);
    let miss = &verification.nearest[0].misses[0];
    assert_eq!(
        (miss.expected.as_deref(), miss.found.as_slice()),
        (Some("G999"), ["G102".to_owned()].as_slice())
    );
}

#[test]
fn elements_are_compared_in_the_decoded_message_and_null_says_that_there_is_none() {
    let request = "<XmlMsg><MessageHeader><ArbitraryFileIdentifier>a-1</ArbitraryFileIdentifier></MessageHeader>\
        <MessageBody><QualificationConfirmSearchInfo><InsurerNumber>06139992</InsurerNumber></QualificationConfirmSearchInfo></MessageBody></XmlMsg>";
    let exchange = Exchange { message: "OQSsiquc01".into(), request: request.into(), ..Exchange::default() };
    for (path, value, met) in [
        ("InsurerNumber", Some("06139992"), true),
        ("InsurerNumber", Some("06139991"), false),
        ("QualificationConfirmSearchInfo/InsurerNumber", Some("06139992"), true),
        ("MessageHeader/InsurerNumber", None, true),
        ("MessageHeader/ArbitraryFileIdentifier", Some("a-1"), true),
        ("InsurerNumber", None, false),
    ] {
        let request = [(path.to_owned(), value.map(str::to_owned))].into();
        let matching = Match { request, ..Match::default() };
        assert_eq!(matching.misses(&exchange).is_empty(), met, "{path} {value:?}");
    }
}

#[test]
fn a_verification_has_exactly_one_expectation() {
    let counted = || Some(Counted { count: 1, matching: Match::default() });
    let never = || Some(Uncounted { matching: Match::default() });
    let none = Request::default();
    let two = Request { at_least: counted(), never: never(), ..Request::default() };
    for wrong in [none, two] {
        assert_eq!(Expectation::try_from(wrong), Err(RequestError::NotOne));
    }
    let no_steps = Request { in_order: Some(Vec::new()), ..Request::default() };
    assert_eq!(Expectation::try_from(no_steps), Err(RequestError::Steps));
    let never = Request { never: never(), ..Request::default() };
    assert_eq!(Expectation::try_from(never), Ok(Expectation::Exactly(0, Match::default())));
}

#[test]
fn counts_go_on_when_the_ring_has_forgotten_and_end_when_it_is_cleared() {
    let journal = Journal::default();
    let finding = Finding {
        label: Label::CheckDigit,
        severity: Severity::Error,
        place: None,
        element: "InsurerNumber".to_owned(),
        sent: "06139991".to_owned(),
        expected: Bilingual::NOTHING,
    };
    let large = bytes::Bytes::from(vec![0; 40 * 1024 * 1024]);
    for _ in 0..3 {
        let findings = vec![finding.clone()];
        journal.write(Exchange { request: large.clone(), findings, ..exchange(2, 1, 0) });
    }
    assert_eq!(journal.after(0).exchanges.len(), 1, "two have fallen out");
    let tally = journal.tally();
    assert_eq!(tally.messages.get(&("other", Outcome::Refused)), Some(&3));
    assert_eq!(tally.refused.get("G102"), Some(&3));
    assert_eq!(tally.findings.get(&Label::CheckDigit).map(|(count, _)| *count), Some(3));
    journal.clear();
    assert!(journal.tally().messages.is_empty());
    assert_eq!(journal.written(), 3, "numbers go on");
}
