//! Once only: what a terminal is told when it asks again under the key of its work entry.

use messages::charset::Encoding;
use messages::id::MessageId;
use onshi_mock::exchange::{Answer, RequestRefused};
use onshi_mock::reason::Reason;

use crate::node::{group, message};
use crate::roles::request;
use crate::told::{Desk, Insured, Told};

const KEY: &str = "0123456789abcdef00000001";

fn confirm(desk: Desk<'_>, insured: &Insured) -> Answer {
    let search = group("QualificationConfirmSearchInfo", insured.search("0"));
    desk.send(MessageId::OqsSiQuc01, &message(desk.dated("q-1"), [search]))
}

fn is_repeated(answer: &Answer) -> bool {
    matches!(answer.reasons.as_slice(), [Reason::AnsweredBefore(_)])
}

#[test]
fn who_asks_again_under_a_key_gets_the_same_bytes_whatever_happened_since_and_across_a_restart() {
    let mut told = Told::kept();
    let insured = told.insured("employee-valid");
    let body =
        message(told.clinic().dated("q-1"), [group("QualificationConfirmSearchInfo", insured.search("0"))]);
    let ask = |told: &Told| told.clinic().key(KEY).send(MessageId::OqsSiQuc01, &body);
    let first = ask(&told);
    assert!(!is_repeated(&first));
    told.clinic().register(&insured, "000123");
    told.pass_seconds(60);
    let again = ask(&told);
    assert!(is_repeated(&again));
    assert_eq!((&again.body, &again.content_type), (&first.body, &first.content_type));
    let mut told = told.restarted();
    assert_eq!(ask(&told).body, first.body, "the ledger has it");
    told.pass_hours(24);
    let anew = ask(&told);
    assert!(!is_repeated(&anew) && anew.body != first.body, "after a day of the world's clock");
    assert_eq!(ask(&told).body, anew.body);
}

#[test]
fn without_a_key_under_another_one_and_for_another_institution_each_asking_is_new() {
    let mut told = Told::new();
    let insured = told.insured("employee-valid");
    let first = confirm(told.clinic().key(KEY), &insured);
    told.pass_seconds(60);
    for desk in [told.clinic(), told.clinic().key("other"), told.pharmacy().key(KEY)] {
        let answer = confirm(desk, &insured);
        assert!(!is_repeated(&answer) && answer.body != first.body);
    }
}

#[test]
fn another_request_under_the_same_key_is_refused_with_its_label() {
    let told = Told::new();
    let desk = told.clinic().key(KEY);
    confirm(desk, &told.insured("employee-valid"));
    let search = group("QualificationConfirmSearchInfo", told.insured("expired").search("0"));
    let other = message(desk.dated("q-1"), [search]).to_xml();
    let refused = desk.bytes(MessageId::OqsSiQuc01, other.as_bytes()).unwrap_err();
    assert_eq!(refused, RequestRefused::OtherRequest);
    let refusal = refused.refusal();
    assert_eq!((refusal.status, &*refusal.label), (422, "X907"));
}

#[test]
fn every_message_changes_the_world_once_however_often_it_is_asked() {
    for id in MessageId::ALL {
        let told = Told::kept();
        let body = request(told.clinic(), &told, *id).to_xml();
        let ask = || told.clinic().key(KEY).bytes(*id, body.as_bytes()).unwrap();
        let first = ask();
        let written = std::fs::read(told.ledger()).unwrap();
        assert_eq!(ask().body, first.body, "{id:?}");
        assert_eq!(std::fs::read(told.ledger()).unwrap(), written, "{id:?}");
    }
}

#[test]
fn a_caller_may_choose_the_encoding_of_its_answers() {
    let told = Told::new();
    let desk = told.clinic();
    let search = group("QualificationConfirmSearchInfo", told.insured("employee-valid").search("0"));
    let body = message(desk.dated("q-1"), [search]).to_xml();
    for (encoding, declared, code) in [
        (None, "UTF-8", "0"),
        (Some(Encoding::Utf8), "UTF-8", "0"),
        (Some(Encoding::ShiftJis), "Shift_JIS", "1"),
    ] {
        let answer = desk.encoding(encoding).bytes(MessageId::OqsSiQuc01, body.as_bytes()).unwrap();
        let text = messages::charset::decode(&answer.body).unwrap();
        assert!(text.text.contains(&format!("encoding=\"{declared}\"")), "{}", text.text);
        let identifier = format!("<CharacterCodeIdentifier>{code}</CharacterCodeIdentifier>");
        assert!(text.text.contains(&identifier), "{}", text.text);
    }
}
