//! Everybody who consented to home visits or online care (同意済資格情報一括取得, OQSmuhvq and OQSmuonq).

use std::collections::BTreeSet;

use messages::id::MessageId;
use messages::value::TreatmentFlag;
use onshi_mock::world::Object;

use crate::bulk::{accepted, fetch, start};
use crate::node::{Node, group, message, text};
use crate::told::{Desk, Insured, Told, YES_TO_ALL};

const UNIT: &str = "MessageBody/BulkConfirmUnit";
const RESULT: &str = "ResultList/ResultOfQualificationConfirmation";

fn search(dates: &[(&str, &str)], flag: &str) -> Vec<Node> {
    let dates = dates.iter().map(|(name, day)| text(name, *day));
    vec![group("QualificationConfirmSearchInfo", dates.chain([text("MedicalTreatmentFlag", flag)]))]
}

fn between(from: &str, to: &str, flag: &str) -> Vec<Node> {
    search(&[("ConsentDateFrom", from), ("ConsentDateTo", to)], flag)
}

/// The answer to a search, fetched when it is ready.
fn consented(told: &mut Told, home: bool, search: Vec<Node>) -> Node {
    let (first, second) = if home {
        (MessageId::OqsMuHvq01, MessageId::OqsMuHvq02)
    } else {
        (MessageId::OqsMuOnq01, MessageId::OqsMuOnq02)
    };
    let reception = accepted(told.clinic(), first, "consented", search);
    told.pass_seconds(3);
    let answer = fetch(told.clinic(), second, &reception);
    assert_eq!(answer.says("MessageHeader/SegmentOfResult"), Some("1"), "{}", answer.to_xml());
    answer
}

fn names(answer: &Node) -> BTreeSet<&str> {
    answer.texts(&format!("{UNIT}/{RESULT}/Name")).into_iter().collect()
}

fn cancel(desk: Desk<'_>, insured: &Insured, flag: &str) -> Node {
    let more = [text("Birthdate", &insured.born), text("MedicalTreatmentFlag", flag)];
    let info = group("ConsentCancelInfo", insured.numbers().into_iter().chain(more));
    desk.ask(MessageId::OqsSiHvd01, &message(desk.header("cancel"), [info]))
}

#[test]
fn who_consented_to_home_visits_is_told_with_echo_consents_and_reference_number() {
    let mut told = Told::new();
    told.clinic().register(&told.insured("late-elderly-10"), "000321");
    let answers = [(Object::Drugs, true), (Object::Diagnosis, false)];
    assert_eq!(
        told.clinic().visit("late-elderly-10", &answers, TreatmentFlag::HomeVisit),
        None,
        "no face file"
    );
    told.clinic().comes("employee-valid", &YES_TO_ALL);
    told.clinic().visit("municipal-valid", &YES_TO_ALL, TreatmentFlag::Online);
    told.pharmacy().visit("dependant-valid", &YES_TO_ALL, TreatmentFlag::HomeVisit);
    let today = told.day(0, 0);
    let asked = between(&today, &today, "2");
    let consent_at = told.moment(jiff::SignedDuration::ZERO);
    let answer = consented(&mut told, true, asked.clone());
    assert_eq!(names(&answer), BTreeSet::from(["模擬　歩"]), "this kind of care, this institution");
    let body = answer.get("MessageBody").unwrap();
    assert_eq!(body.get("QualificationConfirmSearchInfo"), asked.first(), "the search conditions");
    assert_eq!(body.says("ProcessingResultStatus"), Some("1"));
    assert_eq!(answer.says("MessageHeader/NumberOfProcessingResult"), Some("1"));
    let unit = answer.get(UNIT).unwrap();
    assert_eq!(unit.says("QualificationValidity"), Some("1"));
    assert_eq!(unit.says("QualificationConsFlg"), Some("1"));
    assert_eq!(unit.says("QualificationConsTime"), Some(consent_at.as_str()));
    assert_eq!(unit.says("ReferenceNumber"), Some("000321"));
    let result = unit.get(RESULT).unwrap();
    assert_eq!(result.says("PharmacistsInfoConsFlg"), Some("1"));
    assert_eq!(result.says("PharmacistsInfoConsTime"), Some(consent_at.as_str()));
    assert!(result.get("PharmacistsInfoAvailableTime").is_none(), "it lasts until it is cancelled");
    assert_eq!(result.says("DiagnosisInfoConsFlg"), Some("0"));
}

#[test]
fn who_consented_to_online_care_is_told_by_the_other_message() {
    let mut told = Told::new();
    told.clinic().visit("employee-valid", &YES_TO_ALL, TreatmentFlag::HomeVisit);
    told.clinic().visit("municipal-valid", &YES_TO_ALL, TreatmentFlag::Online);
    let today = told.day(0, 0);
    assert_eq!(
        names(&consented(&mut told, false, between(&today, &today, "3"))),
        BTreeSet::from(["見本　夏子"])
    );
    assert_eq!(
        names(&consented(&mut told, true, between(&today, &today, "2"))),
        BTreeSet::from(["見本　太郎"])
    );
}

#[test]
fn dates_narrow_the_result() {
    for (home, treatment, flag) in
        [(true, TreatmentFlag::HomeVisit, "2"), (false, TreatmentFlag::Online, "3")]
    {
        let mut told = Told::new();
        let days = [told.day(0, 0), told.day(1, 0), told.day(2, 0), told.day(3, 0)];
        for card in ["employee-valid", "municipal-valid", "late-elderly-10"] {
            told.clinic().visit(card, &YES_TO_ALL, treatment);
            told.pass_hours(24);
        }
        let mut count = |from: &str, to: &str| {
            let asked = between(from, to, flag);
            consented(&mut told, home, asked).all(UNIT).len()
        };
        assert_eq!(count(&days[0], &days[3]), 3);
        assert_eq!(count(&days[0], &days[0]), 1, "both ends are included");
        assert_eq!(count(&days[1], &days[2]), 2);
        assert_eq!(count(&days[3], &days[3]), 0);
    }
}

#[test]
fn online_care_can_be_searched_by_the_day_of_examination() {
    let mut told = Told::new();
    told.clinic().visit("employee-valid", &YES_TO_ALL, TreatmentFlag::Online);
    told.pass_hours(24);
    told.clinic().visit("municipal-valid", &YES_TO_ALL, TreatmentFlag::Online);
    let today = told.day(0, 0);
    let by_examination = search(&[("ExaminationDateFrom", &today), ("ExaminationDateTo", &today)], "3");
    assert_eq!(names(&consented(&mut told, false, by_examination)), BTreeSet::from(["見本　夏子"]));
}

#[test]
fn who_changed_insurer_is_told_with_the_insurance_that_holds() {
    let mut told = Told::new();
    told.clinic().visit("lost-newer", &YES_TO_ALL, TreatmentFlag::HomeVisit);
    let today = told.day(0, 0);
    let answer = consented(&mut told, true, between(&today, &today, "2"));
    let unit = answer.get(UNIT).unwrap();
    assert_eq!(unit.says("QualificationValidity"), Some("1"), "as the reader would show it");
    assert_eq!(unit.says(&format!("{RESULT}/InsurerNumber")), Some("  139998"));
}

#[test]
fn who_has_insurance_and_aid_is_told_with_both() {
    let mut told = Told::new();
    told.clinic().visit("insurance-and-aid", &YES_TO_ALL, TreatmentFlag::HomeVisit);
    let today = told.day(0, 0);
    let answer = consented(&mut told, true, between(&today, &today, "2"));
    let cards = answer.texts(&format!("{UNIT}/{RESULT}/InsuredCardClassification"));
    assert_eq!(cards, ["01", "A1"], "elements.md 6.1 has tickets in these results");
}

#[test]
fn a_cancelled_consent_is_told_with_its_reason() {
    let mut told = Told::new();
    told.clinic().visit("employee-valid", &YES_TO_ALL, TreatmentFlag::HomeVisit);
    cancel(told.clinic(), &told.insured("employee-valid"), "2");
    let today = told.day(0, 0);
    let answer = consented(&mut told, true, between(&today, &today, "2"));
    let unit = answer.get(UNIT).unwrap();
    assert_eq!(unit.says("QualificationConsFlg"), Some("2"));
    assert_eq!(unit.says("QualificationConsExpiredReason"), Some("1"), "by the institution (OQSCD031)");
    assert_eq!(unit.says(&format!("{RESULT}/PharmacistsInfoConsFlg")), Some("2"));
    assert_eq!(unit.says(&format!("{RESULT}/PharmacistsInfoConsExpiredReason")), Some("1"));
}

#[test]
fn a_consent_that_lasts_for_days_only_is_told_as_ended_afterwards() {
    let mut told = Told::with("consents:\n  visit-life: {value: 30d, mark: D, source: test}\n");
    told.clinic().visit("employee-valid", &YES_TO_ALL, TreatmentFlag::HomeVisit);
    let (day, until) = (told.day(0, 0), told.moment(jiff::SignedDuration::from_hours(30 * 24)));
    let alive = consented(&mut told, true, between(&day, &day, "2"));
    assert_eq!(alive.says(&format!("{UNIT}/QualificationAvailableTime")), Some(until.as_str()));
    told.pass_hours(30 * 24);
    let ended = consented(&mut told, true, between(&day, &day, "2"));
    assert_eq!(ended.says(&format!("{UNIT}/QualificationConsFlg")), Some("2"));
    assert_eq!(ended.says(&format!("{UNIT}/QualificationConsExpiredReason")), Some("0"));
}

/// The code that a search is answered with, in 01 or in 02, in the header or in the body.
fn refused_with(told: &mut Told, first: MessageId, second: MessageId, asked: Vec<Node>) -> Option<String> {
    let code = |answer: &Node| {
        let codes = ["ErrorCode", "ProcessingResultCode"].map(|name| answer.anywhere(name));
        codes.iter().flatten().next().map(|node| node.text.clone())
    };
    let answer = start(told.clinic(), first, "x", asked);
    let told_at_once = code(&answer);
    if told_at_once.is_some() {
        return told_at_once;
    }
    told.pass_seconds(3);
    let reception = answer.says("MessageBody/ReceptionNumber").unwrap().to_owned();
    code(&fetch(told.clinic(), second, &reception))
}

#[test]
fn dates_that_are_none_missing_or_the_wrong_way_round_have_their_own_code() {
    let (today, yesterday) = (Told::new().day(0, 0), Told::new().day(-1, 0));
    for asked in [between(&today, &yesterday, "2"), between("20261131", &today, "2"), search(&[], "2")] {
        let mut told = Told::new();
        let code = refused_with(&mut told, MessageId::OqsMuHvq01, MessageId::OqsMuHvq02, asked.clone());
        assert_eq!(code.as_deref(), Some("OQSX0014E"), "the dialect's row `consent-dates`: {asked:?}");
    }
}

#[test]
fn a_kind_of_care_that_belongs_to_another_message_has_its_own_code() {
    let today = Told::new().day(0, 0);
    for (first, second, flag) in [
        (MessageId::OqsMuHvq01, MessageId::OqsMuHvq02, "3"),
        (MessageId::OqsMuHvq01, MessageId::OqsMuHvq02, "1"),
        (MessageId::OqsMuOnq01, MessageId::OqsMuOnq02, "2"),
        (MessageId::OqsMuHvq01, MessageId::OqsMuHvq02, ""),
    ] {
        let mut told = Told::new();
        told.clinic().visit("employee-valid", &YES_TO_ALL, TreatmentFlag::HomeVisit);
        let code = refused_with(&mut told, first, second, between(&today, &today, flag));
        assert_eq!(
            code.as_deref(),
            Some("OQSX0015E"),
            "the dialect's row `treatment-flag`: {first:?} {flag:?}"
        );
    }
}

/// A query without the card (OQSsihvq01, OQSsionq01).
fn again(desk: Desk<'_>, id: MessageId, insured: &Insured, flag: &str) -> Node {
    let more = [text("MedicalTreatmentFlag", flag)];
    let search = group("QualificationConfirmSearchInfo", insured.search("0").into_iter().chain(more));
    desk.ask(id, &message(desk.dated("again"), [search]))
}

const REFUSED: Option<&str> = Some("OQSX0016E");

#[test]
fn a_consent_to_home_visits_lasts_until_the_institution_cancels_it() {
    let mut told = Told::new();
    let insured = told.insured("employee-valid");
    let ask = |told: &Told| again(told.clinic(), MessageId::OqsSiHvq01, &insured, "2");
    let code = |answer: &Node| answer.says("MessageBody/ProcessingResultCode").map(str::to_owned);
    assert_eq!(code(&ask(&told)).as_deref(), REFUSED, "nobody asked yet");
    told.clinic().visit("employee-valid", &YES_TO_ALL, TreatmentFlag::HomeVisit);
    told.pass_hours(24 * 200);
    let answer = ask(&told);
    assert_eq!(code(&answer), None);
    assert_eq!(answer.says("MessageBody/QualificationValidity"), Some("1"));
    assert_eq!(answer.says("MessageBody/MedicalTreatmentFlag"), Some("2"));
    assert_eq!(
        answer.says("MessageBody/ResultList/ResultOfQualificationConfirmation/PharmacistsInfoConsFlg"),
        Some("1")
    );
    let others = again(told.pharmacy(), MessageId::OqsSiHvq01, &insured, "2");
    assert_eq!(code(&others).as_deref(), REFUSED, "another institution");
    let online = again(told.clinic(), MessageId::OqsSiOnq01, &insured, "3");
    assert_eq!(code(&online).as_deref(), REFUSED, "another kind of care");

    let cancelled = cancel(told.clinic(), &insured, "2");
    assert_eq!(cancelled.says("MessageHeader/SegmentOfResult"), Some("1"));
    assert_eq!(cancelled.says("MessageBody/ProcessingResultStatus"), Some("1"));
    let answer = ask(&told);
    assert_eq!(answer.says("MessageBody/ProcessingResultStatus"), Some("2"));
    assert_eq!(code(&answer).as_deref(), REFUSED);
    assert!(answer.get("MessageBody/QualificationValidity").is_none());
    assert!(answer.get("MessageBody/ResultList").is_none());
    let twice = cancel(told.clinic(), &insured, "2");
    assert_eq!(code(&twice).as_deref(), Some("OQSX0017E"), "there is nothing left to cancel");
}

#[test]
fn cancelling_one_kind_of_care_leaves_the_other() {
    let told = Told::new();
    let insured = told.insured("employee-valid");
    told.clinic().visit("employee-valid", &YES_TO_ALL, TreatmentFlag::HomeVisit);
    told.clinic().visit("employee-valid", &YES_TO_ALL, TreatmentFlag::Online);
    cancel(told.clinic(), &insured, "2");
    let status = |id, flag| {
        again(told.clinic(), id, &insured, flag)
            .says("MessageBody/ProcessingResultStatus")
            .unwrap()
            .to_owned()
    };
    assert_eq!(status(MessageId::OqsSiHvq01, "2"), "2");
    assert_eq!(status(MessageId::OqsSiOnq01, "3"), "1");
}

#[test]
fn what_was_cancelled_stays_cancelled_after_a_restart_and_a_new_visit_begins_anew() {
    let told = Told::kept();
    let insured = told.insured("employee-valid");
    let ask = |told: &Told| {
        let answer = again(told.clinic(), MessageId::OqsSiHvq01, &insured, "2");
        answer.says("MessageBody/ProcessingResultStatus").unwrap().to_owned()
    };
    told.clinic().visit("employee-valid", &YES_TO_ALL, TreatmentFlag::HomeVisit);
    let told = told.restarted();
    assert_eq!(ask(&told), "1");
    cancel(told.clinic(), &insured, "2");
    let told = told.restarted();
    assert_eq!(ask(&told), "2");
    told.clinic().visit("employee-valid", &YES_TO_ALL, TreatmentFlag::HomeVisit);
    assert_eq!(ask(&told), "1");
}

#[test]
fn what_cannot_be_cancelled_says_so() {
    let told = Told::new();
    told.clinic().visit("several-twins", &YES_TO_ALL, TreatmentFlag::HomeVisit);
    let twins = Insured { branch: None, ..told.insured("several-twins") };
    let wrong_date = Insured { born: "19400230".into(), ..told.insured("employee-valid") };
    for (insured, code) in [
        (told.stranger(), "OQSX0017E"),
        (told.insured("employee-valid"), "OQSX0017E"),
        (twins, "OQSX0017E"),
        (wrong_date, "OQSX0002E"),
    ] {
        let answer = cancel(told.clinic(), &insured, "2");
        assert_eq!(answer.says("MessageBody/ProcessingResultStatus"), Some("2"), "{insured:?}");
        assert_eq!(answer.says("MessageBody/ProcessingResultCode"), Some(code), "{insured:?}");
    }
    let twin = again(told.clinic(), MessageId::OqsSiHvq01, &told.insured("several-twins"), "2");
    assert_eq!(twin.says("MessageBody/ProcessingResultStatus"), Some("1"), "nothing was cancelled");
}

#[test]
fn a_query_for_another_kind_of_care_than_the_message_has_its_own_code() {
    let told = Told::new();
    told.clinic().visit("employee-valid", &YES_TO_ALL, TreatmentFlag::HomeVisit);
    told.clinic().visit("employee-valid", &YES_TO_ALL, TreatmentFlag::Online);
    let insured = told.insured("employee-valid");
    for (id, flag) in [(MessageId::OqsSiHvq01, "3"), (MessageId::OqsSiOnq01, "2")] {
        let answer = again(told.clinic(), id, &insured, flag);
        let code = answer.says("MessageBody/ProcessingResultCode");
        assert_eq!(code, Some("OQSX0015E"), "the dialect's row `treatment-flag`: {id:?} {flag}");
    }
}
