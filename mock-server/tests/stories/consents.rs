//! Consents given at the reader: who may see drugs and check-ups, and until when.

use jiff::SignedDuration;
use messages::id::MessageId;
use messages::value::TreatmentFlag;
use onshi_mock::reason::Reason;
use onshi_mock::world::{Event, Mode, Object};

use crate::node::{Node, group, message, text};
use crate::told::{Desk, Insured, Told, Wanted, YES_TO_ALL};

/// Has drugs, treatments and check-ups.
const CARD: &str = "employee-valid";

/// What an asker sees of drugs and check-ups: `true`, or the code of the refusal.
fn seen(desk: Desk<'_>, told: &Told, insured: &Insured) -> [Result<(), String>; 2] {
    [desk.drugs(insured, &Wanted::all(told, "4")), desk.checkups(insured)].map(|answer| outcome(&answer))
}

fn outcome(answer: &Node) -> Result<(), String> {
    let says = |name: &str| answer.says(&format!("MessageHeader/{name}")).map(str::to_owned);
    let body = answer.get("MessageBody").unwrap();
    if says("ResultCode").as_deref() == Some("1") {
        assert!(says("MessageId").is_none() && !body.children.is_empty());
        return Ok(());
    }
    assert_eq!(says("ResultCode").as_deref(), Some("2"));
    assert_eq!(body.children, [], "a refusal shows nothing");
    assert!(answer.get("MessageHeader/QuaInf").is_none(), "nor whose it would be");
    assert!(answer.get("MessageHeader/QualificationsInfo").is_none());
    assert!(says("MessageContents").is_some_and(|text| !text.is_empty()));
    Err(says("MessageId").unwrap())
}

fn refused() -> [Result<(), String>; 2] {
    [Err("YZKX0001E".to_owned()), Err("TKKX0001E".to_owned())]
}

const ALLOWED: [Result<(), String>; 2] = [Ok(()), Ok(())];

#[test]
fn drugs_and_checkups_are_seen_for_24_hours_after_a_consent_and_not_before() {
    let mut told = Told::new();
    let insured = told.insured(CARD);
    assert_eq!(seen(told.clinic(), &told, &insured), refused());
    told.clinic().comes(CARD, &YES_TO_ALL);
    assert_eq!(seen(told.clinic(), &told, &insured), ALLOWED);
    told.pass(SignedDuration::from_secs(24 * 3600 - 1));
    assert_eq!(seen(told.clinic(), &told, &insured), ALLOWED);
    told.pass_seconds(1);
    assert_eq!(seen(told.clinic(), &told, &insured), refused());
    told.clinic().comes(CARD, &YES_TO_ALL);
    assert_eq!(seen(told.clinic(), &told, &insured), ALLOWED, "a new visit begins anew");
}

#[test]
fn how_long_a_consent_lasts_is_a_row_of_the_dialect() {
    let mut told = Told::with("consents:\n  life-hours: {value: 2, mark: D, source: test}\n");
    let insured = told.insured(CARD);
    told.clinic().comes(CARD, &YES_TO_ALL);
    told.pass_seconds(2 * 3600 - 1);
    assert_eq!(seen(told.clinic(), &told, &insured), ALLOWED);
    told.pass_seconds(1);
    assert_eq!(seen(told.clinic(), &told, &insured), refused());
}

#[test]
fn a_consent_counts_for_the_institution_that_asked() {
    let told = Told::new();
    let insured = told.insured(CARD);
    told.clinic().comes(CARD, &YES_TO_ALL);
    assert_eq!(seen(told.pharmacy(), &told, &insured), refused());
    told.pharmacy().comes(CARD, &[(Object::Drugs, false), (Object::Checkups, false)]);
    assert_eq!(seen(told.clinic(), &told, &insured), ALLOWED, "and so does a no");
}

#[test]
fn a_consent_counts_for_its_object() {
    for (object, expected) in [
        (Object::Drugs, [Ok(()), Err("TKKX0001E".to_owned())]),
        (Object::Checkups, [Err("YZKX0001E".to_owned()), Ok(())]),
        (Object::Diagnosis, refused()),
        (Object::Operations, refused()),
        (Object::Limit, refused()),
    ] {
        let told = Told::new();
        told.clinic().comes(CARD, &[(object, true)]);
        assert_eq!(seen(told.clinic(), &told, &told.insured(CARD)), expected, "{object:?}");
    }
}

#[test]
fn a_consent_counts_for_one_person() {
    let told = Told::new();
    told.clinic().comes(CARD, &YES_TO_ALL);
    assert_eq!(seen(told.clinic(), &told, &told.insured("municipal-valid")), refused());
}

#[test]
fn a_consent_follows_the_person_to_another_insurer() {
    let told = Told::new();
    told.clinic().comes("lost-newer", &YES_TO_ALL);
    for index in [0, 1] {
        assert_eq!(seen(told.clinic(), &told, &told.insurance("lost-newer", index)), ALLOWED, "{index}");
    }
}

#[test]
fn a_typed_query_neither_gives_nor_ends_a_consent() {
    let told = Told::new();
    let insured = told.insured(CARD);
    let typed = || {
        for consent in ["1", "0"] {
            let search = group("QualificationConfirmSearchInfo", insured.search(consent));
            told.clinic().ask(MessageId::OqsSiQuc01, &message(told.clinic().dated("q"), [search]));
        }
    };
    typed();
    assert_eq!(seen(told.clinic(), &told, &insured), refused());
    told.clinic().comes(CARD, &YES_TO_ALL);
    typed();
    assert_eq!(seen(told.clinic(), &told, &insured), ALLOWED);
}

#[test]
fn a_later_visit_replaces_what_it_asked_about_and_nothing_else() {
    let told = Told::new();
    let insured = told.insured(CARD);
    told.clinic().comes(CARD, &YES_TO_ALL);
    told.clinic().comes(CARD, &[]);
    assert_eq!(seen(told.clinic(), &told, &insured), ALLOWED, "nothing was asked");
    told.clinic().comes(CARD, &[(Object::Drugs, false)]);
    assert_eq!(seen(told.clinic(), &told, &insured), [Err("YZKX0001E".to_owned()), Ok(())]);
    told.clinic().comes(CARD, &[(Object::Drugs, true), (Object::Checkups, false)]);
    assert_eq!(seen(told.clinic(), &told, &insured), [Ok(()), Err("TKKX0001E".to_owned())]);
}

#[test]
fn a_visit_in_which_something_goes_wrong_changes_no_consent() {
    let told = Told::new();
    let insured = told.insured(CARD);
    let failing = |answers: &[(Object, bool)]| onshi_mock::services::reader::Visit {
        failure: Some(onshi_mock::services::reader::Failure::PinLocked),
        ..crate::told::visit(CARD, answers, TreatmentFlag::Outpatient)
    };
    assert!(told.clinic().play(failing(&YES_TO_ALL)).is_err());
    assert_eq!(seen(told.clinic(), &told, &insured), refused());
    told.clinic().comes(CARD, &YES_TO_ALL);
    assert!(told.clinic().play(failing(&[(Object::Drugs, false)])).is_err());
    assert_eq!(seen(told.clinic(), &told, &insured), ALLOWED);
}

#[test]
fn consents_survive_a_restart_with_their_end() {
    let told = Told::kept();
    let insured = told.insured(CARD);
    told.clinic().comes(CARD, &YES_TO_ALL);
    let mut told = told.restarted();
    assert_eq!(seen(told.clinic(), &told, &insured), ALLOWED);
    told.pass_hours(24);
    let told = told.restarted();
    assert_eq!(seen(told.clinic(), &told, &insured), refused());
}

#[test]
fn disaster_mode_does_without_the_consent_while_it_is_on() {
    let told = Told::new();
    let insured = told.insured(CARD);
    told.world.record(Event::ModeSet(Mode::Disaster, true)).unwrap();
    for desk in [told.clinic(), told.pharmacy()] {
        assert_eq!(seen(desk, &told, &insured), ALLOWED);
    }
    let answer = told
        .clinic()
        .send(MessageId::YzkSiQuc01, &told.clinic().drugs_request(&insured, &Wanted::all(&told, "4")));
    assert!(answer.reasons.iter().any(|reason| matches!(reason, Reason::Disaster)), "the journal says why");
    assert!(!Node::of_xml(&answer.body).anywhere("MeTrInf").is_empty(), "treatments as well");
    told.world.record(Event::ModeSet(Mode::Disaster, false)).unwrap();
    assert_eq!(seen(told.clinic(), &told, &insured), refused());
}

#[test]
fn system_failure_mode_gives_no_consent() {
    let told = Told::new();
    told.world.record(Event::ModeSet(Mode::SystemFailure, true)).unwrap();
    assert_eq!(seen(told.clinic(), &told, &told.insured(CARD)), refused());
}

#[test]
fn a_consent_to_home_visits_shows_drugs_until_it_is_cancelled() {
    let mut told = Told::new();
    let insured = told.insured(CARD);
    told.clinic().visit(CARD, &YES_TO_ALL, TreatmentFlag::HomeVisit);
    told.pass_hours(24 * 30);
    assert_eq!(seen(told.clinic(), &told, &insured), ALLOWED);
    let more = [text("Birthdate", &insured.born), text("MedicalTreatmentFlag", "2")];
    let info = group("ConsentCancelInfo", insured.numbers().into_iter().chain(more));
    told.clinic().ask(MessageId::OqsSiHvd01, &message(told.clinic().header("c"), [info]));
    assert_eq!(seen(told.clinic(), &told, &insured), refused());
}

#[test]
fn who_cannot_be_told_apart_has_consented_to_nothing() {
    let told = Told::new();
    for card in ["several-branches", "several-branches-spouse"] {
        told.clinic().comes(card, &YES_TO_ALL);
    }
    let couple = Insured { branch: None, ..told.insured("several-branches") };
    assert_eq!(seen(told.clinic(), &told, &couple), refused());
    told.world.record(Event::ModeSet(Mode::Disaster, true)).unwrap();
    assert_eq!(seen(told.clinic(), &told, &couple), refused(), "nor in a disaster");
}

#[test]
fn nobody_is_told_as_nobody() {
    let told = Told::new();
    let expected = [Err("YZKX0004E".to_owned()), Err("TKKX0004E".to_owned())];
    assert_eq!(seen(told.clinic(), &told, &told.stranger()), expected);
}
