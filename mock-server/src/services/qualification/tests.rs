//! The search rule and the validities, told card by card.

use jiff::civil::{DateTime, datetime};
use messages::oqs::quc::SearchInfo;
use messages::value::{Day, Value};
use scenarios::{Asked, Expectation, People};

use super::*;
use crate::reason::LimitShown;

const CLINIC: &str = "1319999916";
const NOW: DateTime = datetime(2026, 11, 22, 9, 30, 12, 0);

fn people() -> People {
    let mut people = People::default();
    people.add(scenarios::standard());
    people
}

fn request(people: &People, key: &str) -> Request {
    let asked = Asked { institution: CLINIC.parse().unwrap(), today: NOW.date(), file_identifier: None };
    people.card(key).unwrap_or_else(|| panic!("no card {key}")).request(&asked)
}

fn answer_with(people: &People, request: &Request, dialect: &Dialect) -> Confirmation {
    let asker = CLINIC.parse().unwrap();
    Question { request, asker: &asker, people, dialect, now: NOW }.answer()
}

fn answer(people: &People, request: &Request) -> Confirmation {
    answer_with(people, request, &Dialect::built_in())
}

/// The request of a card with some of its search data changed.
fn changed(people: &People, key: &str, change: impl FnOnce(&mut SearchInfo)) -> Request {
    let mut request = request(people, key);
    change(request.body.search.as_mut().unwrap());
    request
}

fn validity(confirmation: &Confirmation) -> Option<Validity> {
    confirmation.outcome.body.validity.good().copied()
}

fn given<V: Value>(text: &str) -> Given<V> {
    V::read(text).map_or_else(|_| Given::Odd(text.to_owned()), Given::Good)
}

#[test]
fn every_test_card_is_answered_as_its_catalogue_says() {
    let people = people();
    let dialect = Dialect::built_in();
    for card in people.cards() {
        let confirmation = answer(&people, &request(&people, &card.key));
        let body = &confirmation.outcome.body;
        match &card.expect {
            Expectation::Validity(expected) => {
                assert_eq!(validity(&confirmation), Some(*expected), "{}", card.key)
            }
            Expectation::Error(code) => {
                let codes = &dialect.codes;
                let row = match code.as_str() {
                    "insurer-number" => &codes.insurer_number,
                    "birth-date" => &codes.birth_date,
                    "number-missing" => &codes.number_missing,
                    "symbol-for-late-elderly" => &codes.symbol_for_late_elderly,
                    "confirmation-date" => &codes.confirmation_date,
                    "other-item" => &codes.other_item,
                    other => panic!("{}: unknown code row {other}", card.key),
                };
                // A script may turn an answer into an error; that is another step.
                if card.then.status.is_none() {
                    assert_eq!(body.status, Given::Good(Status::Error), "{}", card.key);
                    assert_eq!(body.code, Given::Good(row.value.code.clone()), "{}", card.key);
                    assert!(body.validity.is_missing(), "{}", card.key);
                }
            }
            Expectation::Segment(segment) => assert_eq!(card.then.segment, Some(*segment), "{}", card.key),
        }
    }
}

#[test]
fn widths_and_padding_do_not_matter_when_somebody_is_looked_for() {
    let people = people();
    for change in [
        |search: &mut SearchInfo| search.symbol = given("123"),
        |search: &mut SearchInfo| search.symbol = given("１２３"),
        |search: &mut SearchInfo| search.symbol = Given::Missing,
        |search: &mut SearchInfo| search.number = given("456"),
        |search: &mut SearchInfo| search.branch = Given::Missing,
    ] {
        let confirmation = answer(&people, &changed(&people, "employee-valid", change));
        assert_eq!(confirmation.card.map(|card| card.key.clone()).as_deref(), Some("employee-valid"));
    }
    for padded in ["  139998", "00139998", "139998"] {
        let request = changed(&people, "municipal-valid", |search| search.insurer = given(padded));
        let confirmation = answer(&people, &request);
        assert_eq!(validity(&confirmation), Some(Validity::Valid), "{padded:?}");
        let echo = confirmation.outcome.body.search.unwrap();
        assert_eq!(echo.insurer.good().unwrap().text(), padded, "the echo is what was sent");
        let result = confirmation.outcome.body.results[0].insurer.good().unwrap().text().into_owned();
        assert_eq!(result, "  139998", "the result is padded with spaces");
    }
}

#[test]
fn the_nearest_miss_names_the_element_that_differs() {
    let people = people();
    for (change, element) in [
        ((|search| search.born = given("19800102")) as fn(&mut SearchInfo), "Birthdate"),
        (|search| search.branch = given("77"), "InsuredBranchNumber"),
        (|search| search.symbol = given("別の記号"), "InsuredCardSymbol"),
    ] {
        let confirmation = answer(&people, &changed(&people, "employee-valid", change));
        assert_eq!(validity(&confirmation), Some(Validity::NotFound));
        let near = confirmation.reasons.iter().find_map(|reason| {
            if let Reason::NearMiss { card, elements } = reason {
                Some((card.key.clone(), elements.clone()))
            } else {
                None
            }
        });
        assert_eq!(near, Some(("employee-valid".to_owned(), vec![element])));
    }
}

#[test]
fn a_day_of_confirmation_before_the_qualification_is_not_valid() {
    let people = people();
    let mut request = request(&people, "not-yet-valid");
    assert_eq!(validity(&answer(&people, &request)), Some(Validity::Invalid));
    let starts = people.card("not-yet-valid").unwrap().person.coverages[0].from.on(NOW.date());
    request.header.date = Given::Good(Day(starts));
    let confirmation = answer(&people, &request);
    let in_reach = starts <= NOW.date().saturating_add(jiff::ToSpan::months(1));
    assert_eq!(validity(&confirmation), in_reach.then_some(Validity::Valid));
}

#[test]
fn days_too_far_away_and_days_that_are_none_are_errors_of_the_person() {
    let people = people();
    for (day, fine) in [
        ("20261122", true),
        ("20261222", true),
        ("20261223", false),
        ("20211122", true),
        ("20211121", false),
        ("20260230", false),
        ("", false),
    ] {
        let mut request = request(&people, "employee-valid");
        request.header.date = if day.is_empty() { Given::Missing } else { given(day) };
        let body = answer(&people, &request).outcome.body;
        assert_eq!(body.status == Given::Good(Status::Normal), fine, "{day:?}");
        if !fine {
            assert_eq!(body.code.good().map(|code| code.as_str()), Some("OQSX0008E"), "{day:?}");
        }
    }
}

#[test]
fn another_institution_code_is_a_failure_of_the_message_with_an_empty_body() {
    let people = people();
    for code in [given("1319999924"), given("1319999917"), Given::Missing] {
        let mut request = request(&people, "employee-valid");
        request.header.institution = code;
        let outcome = answer(&people, &request).outcome;
        assert_eq!(outcome.header.segment, Given::Good(Segment::Abnormal));
        assert_eq!(outcome.header.error_code.good().map(|code| code.as_str()), Some("OQSX9005E"));
        assert_eq!(outcome.body, OutcomeBody::default());
    }
}

#[test]
fn a_limit_certificate_needs_consent_and_must_cover_the_day() {
    let people = people();
    let shown = |confirmation: &Confirmation| {
        let shown = |reason: &Reason| if let Reason::Limit(shown) = reason { Some(*shown) } else { None };
        confirmation.reasons.iter().find_map(shown)
    };
    let with = answer(&people, &request(&people, "limit-a03"));
    assert_eq!(shown(&with), Some(LimitShown::Yes));
    let result = &with.outcome.body.results[0];
    assert_eq!(result.limit.as_ref().unwrap().class, given("A03"));
    assert_eq!(result.limit_consent.at, Given::Good(Moment(NOW)));

    for flag in ["0", "9"] {
        let without =
            answer(&people, &changed(&people, "limit-a03", |search| search.limit_consent = given(flag)));
        assert_eq!(shown(&without), Some(LimitShown::NoConsent));
        assert_eq!(without.outcome.body.results[0].limit, None);
        assert_eq!(without.outcome.body.results[0].limit_consent.flag, given("0"));
    }
    assert_eq!(shown(&answer(&people, &request(&people, "limit-expired"))), Some(LimitShown::OutsidePeriod));
    assert_eq!(shown(&answer(&people, &request(&people, "employee-valid"))), Some(LimitShown::None));
}

#[test]
fn a_ticket_is_shown_for_its_month_and_without_one_the_aid_is_valid_but_not_registered() {
    let people = people();
    let result = &answer(&people, &request(&people, "aid-with-ticket")).outcome.body.results[0];
    assert_eq!(result.card, given("A1"));
    assert_eq!(result.tickets[0].designated, given("0"));
    assert_eq!(result.tickets[0].month, given("202611"));
    assert!(
        result.symbol.is_missing() && result.branch.is_missing() && result.limit_consent.flag.is_missing()
    );

    let without = answer(&people, &request(&people, "aid-without-ticket"));
    assert_eq!(validity(&without), Some(Validity::ValidWithoutTicket));
    assert!(without.outcome.body.results[0].tickets.is_empty());
}

#[test]
fn rows_of_the_dialect_change_what_is_answered() {
    let people = people();
    let mut dialect = Dialect::built_in();
    dialect.search.check_digits_first.value = false;
    let odd = changed(&people, "employee-valid", |search| search.insurer = given("06139991"));
    assert_eq!(validity(&answer_with(&people, &odd, &dialect)), Some(Validity::NotFound));

    dialect.search.show_lost_with_newer.value = false;
    let newer = answer_with(&people, &request(&people, "lost-newer"), &dialect);
    assert_eq!(validity(&newer), Some(Validity::InvalidWithNewer));
    assert!(newer.outcome.body.results.is_empty());

    dialect.answers.ordinary_card.value.0 = None;
    let valid = answer_with(&people, &request(&people, "employee-valid"), &dialect);
    assert!(valid.outcome.body.results[0].card.is_missing());

    dialect.answers.viewing_consents_when_typed.value = messages::dialect::TypedConsents::Zero;
    let valid = answer_with(&people, &request(&people, "employee-valid"), &dialect);
    assert_eq!(valid.outcome.body.results[0].drugs.flag, given("0"));
}
