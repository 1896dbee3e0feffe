//! The field's code of a rejected request, as the log names it.

use messages::dialect::Role;
use messages::id::MessageId;
use onshi_mock::script::Source;

use crate::told::{Desk, Told, Wanted};

fn code(desk: Desk<'_>, told: &Told, card: &str, change: impl Fn(String) -> String) -> Option<String> {
    let request = change(desk.question(&told.insured(card)).to_xml());
    let answer = desk.bytes(MessageId::OqsSiQuc01, request.as_bytes()).unwrap();
    answer.code.map(|code| code.to_string())
}

#[test]
fn an_answer_says_the_code_with_which_the_whole_message_or_an_item_is_rejected() {
    let told = Told::new();
    let clinic = told.clinic();
    assert_eq!(code(clinic, &told, "employee-valid", |request| request), None);
    assert_eq!(code(clinic, &told, "expired", |request| request), None, "no error: it is answered");
    let other = |request: String| request.replace("1319999916", "1349999910");
    assert_eq!(code(clinic, &told, "employee-valid", other).as_deref(), Some("OQSX9005E"));
    let insurer = told.insured("employee-valid").insurer;
    let without = |request: String| request.replace(&format!("<InsurerNumber>{insurer}</InsurerNumber>"), "");
    let answered = code(clinic, &told, "employee-valid", without).unwrap();
    assert!(answered.starts_with("OQSX"), "{answered}");
}

#[test]
fn a_viewing_message_says_its_code_too() {
    let told = Told::new();
    let desk = told.clinic().role(Role::MedicalViewer);
    let request = desk.drugs_request(&told.insured("employee-valid"), &Wanted::all(&told, "2"));
    let answer = desk.send(MessageId::YzkSiQuc01, &request);
    let written = crate::node::Node::of_xml(&answer.body);
    let code = answer.code.map(|code| code.to_string());
    assert!(code.is_some(), "there is no consent");
    assert_eq!(code.as_deref(), written.says("MessageHeader/MessageId"));
}

#[test]
fn what_a_script_answers_in_its_place_is_the_code() {
    let told = Told::new();
    let script = "scripts:\n  - {name: one, then: {answer: {segment: \"9\", code: OQSX1234E}}}\n";
    told.world.put_scenario("story", script, Source::Api).unwrap_or_else(|error| panic!("{error}"));
    let answered = code(told.clinic(), &told, "employee-valid", |request| request);
    assert_eq!(answered.as_deref(), Some("OQSX1234E"));
}
