//! The search rule and the validities, told card by card.

use jiff::Timestamp;
use jiff::civil::Date;
use messages::dialect::Dialect;
use messages::oqs::quc::SearchInfo;
use messages::value::{Day, Value};
use scenarios::{Asked, Expectation, People};

use super::*;
use crate::clock::in_japan;
use crate::reason::LimitShown;
use crate::world::World;

const CLINIC: &str = "1319999916";
/// 2026-11-22 09:30:12 in Japan.
const NOW: &str = "2026-11-22T00:30:12Z";

fn now() -> Timestamp {
    NOW.parse().unwrap()
}

fn world_with(dialect: Dialect) -> World {
    let world = World::new("test", CLINIC.parse().unwrap(), Arc::new(dialect));
    let mut people = People::default();
    people.add(scenarios::standard());
    world.load(people);
    world
}

fn world() -> World {
    world_with(Dialect::built_in())
}

fn today() -> Date {
    in_japan(now()).date()
}

fn request(world: &World, key: &str) -> Request {
    let asked = Asked { institution: world.home.clone(), today: today(), file_identifier: None };
    world.people().card(key).unwrap_or_else(|| panic!("no card {key}")).request(&asked)
}

fn context<'a>(world: &'a World, people: &'a People) -> Context<'a> {
    let (role, message) = (messages::dialect::Role::LinkApplication, messages::id::MessageId::OqsSiQuc01);
    Context { world, people, asker: &world.home, role, message, now: now() }
}

fn answer(world: &World, request: &Request) -> Served<Outcome> {
    let people = world.people();
    confirm(context(world, &people), request)
}

/// The request of a card with some of its search data changed.
fn changed(world: &World, key: &str, change: impl FnOnce(&mut SearchInfo)) -> Request {
    let mut request = request(world, key);
    change(request.body.search.as_mut().unwrap());
    request
}

fn validity(confirmation: &Served<Outcome>) -> Option<Validity> {
    confirmation.answer.body.validity.good().copied()
}

fn given<V: Value>(text: &str) -> Given<V> {
    V::read(text).map_or_else(|_| Given::Odd(text.to_owned()), Given::Good)
}

#[test]
fn every_test_card_is_answered_as_its_catalogue_says() {
    let world = world();
    let dialect = Dialect::built_in();
    for card in world.people().cards() {
        let confirmation = answer(&world, &request(&world, &card.key));
        let body = &confirmation.answer.body;
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
                if card.then.status().is_none() {
                    assert_eq!(body.status, Given::Good(Status::Error), "{}", card.key);
                    assert_eq!(body.code, Given::Good(row.value.code.clone()), "{}", card.key);
                    assert!(body.validity.is_missing(), "{}", card.key);
                }
            }
            Expectation::Segment(segment) => assert_eq!(card.then.segment(), Some(*segment), "{}", card.key),
        }
    }
}

#[test]
fn widths_and_padding_do_not_matter_when_somebody_is_looked_for() {
    let world = world();
    for change in [
        |search: &mut SearchInfo| search.symbol = given("123"),
        |search: &mut SearchInfo| search.symbol = given("１２３"),
        |search: &mut SearchInfo| search.symbol = Given::Missing,
        |search: &mut SearchInfo| search.number = given("456"),
        |search: &mut SearchInfo| search.branch = Given::Missing,
    ] {
        let confirmation = answer(&world, &changed(&world, "employee-valid", change));
        assert_eq!(confirmation.card.map(|card| card.key.clone()).as_deref(), Some("employee-valid"));
    }
    for padded in ["  139998", "00139998", "139998"] {
        let request = changed(&world, "municipal-valid", |search| search.insurer = given(padded));
        let confirmation = answer(&world, &request);
        assert_eq!(validity(&confirmation), Some(Validity::Valid), "{padded:?}");
        let echo = confirmation.answer.body.search.unwrap();
        assert_eq!(echo.insurer.good().unwrap().text(), padded, "the echo is what was sent");
        let result = confirmation.answer.body.results[0].insurer.good().unwrap().text().into_owned();
        assert_eq!(result, "  139998", "the result is padded with spaces");
    }
}

#[test]
fn the_nearest_miss_names_the_element_that_differs() {
    let world = world();
    for (change, element) in [
        ((|search| search.born = given("19800102")) as fn(&mut SearchInfo), "Birthdate"),
        (|search| search.branch = given("77"), "InsuredBranchNumber"),
        (|search| search.symbol = given("別の記号"), "InsuredCardSymbol"),
    ] {
        let confirmation = answer(&world, &changed(&world, "employee-valid", change));
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
    let world = world();
    let mut request = request(&world, "not-yet-valid");
    assert_eq!(validity(&answer(&world, &request)), Some(Validity::Invalid));
    let starts = world.people().card("not-yet-valid").unwrap().person.coverages[0].from.on(today());
    request.header.date = Given::Good(Day(starts));
    let confirmation = answer(&world, &request);
    let in_reach = starts <= today().saturating_add(jiff::ToSpan::months(1));
    assert_eq!(validity(&confirmation), in_reach.then_some(Validity::Valid));
}

#[test]
fn days_too_far_away_and_days_that_are_none_are_errors_of_the_person() {
    let world = world();
    for (day, fine) in [
        ("20261122", true),
        ("20261222", true),
        ("20261223", false),
        ("20211122", true),
        ("20211121", false),
        ("20260230", false),
        ("", false),
    ] {
        let mut request = request(&world, "employee-valid");
        request.header.date = if day.is_empty() { Given::Missing } else { given(day) };
        let body = answer(&world, &request).answer.body;
        assert_eq!(body.status == Given::Good(Status::Normal), fine, "{day:?}");
        if !fine {
            assert_eq!(body.code.good().map(|code| code.as_str()), Some("OQSX0008E"), "{day:?}");
        }
    }
}

#[test]
fn another_institution_code_is_a_failure_of_the_message_with_an_empty_body() {
    let world = world();
    for code in [given("1319999924"), given("1319999917"), Given::Missing] {
        let mut request = request(&world, "employee-valid");
        request.header.institution = code;
        let outcome = answer(&world, &request).answer;
        assert_eq!(outcome.header.segment, Given::Good(Segment::Abnormal));
        assert_eq!(outcome.header.error_code.good().map(|code| code.as_str()), Some("OQSX9005E"));
        assert_eq!(outcome.body, OutcomeBody::default());
    }
}

#[test]
fn a_limit_certificate_needs_consent_and_must_cover_the_day() {
    let world = world();
    let shown = |confirmation: &Served<Outcome>| {
        let shown = |reason: &Reason| if let Reason::Limit(shown) = reason { Some(*shown) } else { None };
        confirmation.reasons.iter().find_map(shown)
    };
    let with = answer(&world, &request(&world, "limit-a03"));
    assert_eq!(shown(&with), Some(LimitShown::Yes));
    let result = &with.answer.body.results[0];
    assert_eq!(result.limit.as_ref().unwrap().class, given("A03"));
    assert_eq!(result.limit_consent.at, Given::Good(Moment(in_japan(now()))));

    for flag in ["0", "9"] {
        let without =
            answer(&world, &changed(&world, "limit-a03", |search| search.limit_consent = given(flag)));
        assert_eq!(shown(&without), Some(LimitShown::NoConsent));
        assert_eq!(without.answer.body.results[0].limit, None);
        assert_eq!(without.answer.body.results[0].limit_consent.flag, given("0"));
    }
    assert_eq!(shown(&answer(&world, &request(&world, "limit-expired"))), Some(LimitShown::OutsidePeriod));
    assert_eq!(shown(&answer(&world, &request(&world, "employee-valid"))), Some(LimitShown::None));
}

#[test]
fn a_ticket_is_shown_for_its_month_and_without_one_the_aid_is_valid_but_not_registered() {
    let world = world();
    let result = &answer(&world, &request(&world, "aid-with-ticket")).answer.body.results[0];
    assert_eq!(result.card, given("A1"));
    assert_eq!(result.tickets[0].designated, given("0"));
    assert_eq!(result.tickets[0].month, given("202611"));
    assert!(
        result.symbol.is_missing() && result.branch.is_missing() && result.limit_consent.flag.is_missing()
    );

    let without = answer(&world, &request(&world, "aid-without-ticket"));
    assert_eq!(validity(&without), Some(Validity::ValidWithoutTicket));
    assert!(without.answer.body.results[0].tickets.is_empty());
}

#[test]
fn rows_of_the_dialect_change_what_is_answered() {
    let mut dialect = Dialect::built_in();
    dialect.search.check_digits_first.value = false;
    dialect.search.show_lost_with_newer.value = false;
    dialect.answers.ordinary_card.value.0 = None;
    dialect.answers.viewing_consents_when_typed.value = messages::dialect::TypedConsents::Zero;
    let world = world_with(dialect);

    let odd = changed(&world, "employee-valid", |search| search.insurer = given("06139991"));
    assert_eq!(validity(&answer(&world, &odd)), Some(Validity::NotFound));

    let newer = answer(&world, &request(&world, "lost-newer"));
    assert_eq!(validity(&newer), Some(Validity::InvalidWithNewer));
    assert!(newer.answer.body.results.is_empty());

    let valid = answer(&world, &request(&world, "employee-valid"));
    assert!(valid.answer.body.results[0].card.is_missing());
    assert_eq!(valid.answer.body.results[0].drugs.flag, given("0"));
}

#[test]
fn a_reference_number_comes_back_in_every_answer_about_the_person() {
    let world = world();
    let card = Arc::clone(world.people().card("lost-newer").unwrap());
    let number = "000123".parse::<messages::value::ReferenceNumber>().unwrap();
    let event = crate::world::Event::ReferenceRegistered {
        person: crate::world::PersonId::of(&card),
        institution: world.home.clone(),
        number: number.clone(),
    };
    world.record(event).unwrap();
    let answer = answer(&world, &request(&world, "lost-newer"));
    assert_eq!(answer.answer.body.results[0].reference_number, Given::Good(number));
}
