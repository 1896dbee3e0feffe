//! JSON: the same messages, the same values, for every message.

use messages::id::{Half, MessageId};
use onshi_mock::exchange::Answer;

use crate::bulk::fetching;
use crate::node::{Node, leaves_of_json, message, text};
use crate::roles::{consented, request};
use crate::told::{Insured, Told, Wanted, registration};

/// Sends the same request to two worlds alike, as XML and as JSON, and compares the answers.
fn alike(id: MessageId, [xml, json]: [&Told; 2], request: impl Fn(&Told) -> Node) -> Node {
    let as_xml = xml.clinic().send(id, &request(xml));
    let as_json = json.clinic().json().send(id, &request(json));
    assert_eq!(as_xml.content_type, "application/xml", "{id:?}");
    same(id, &as_xml, &as_json);
    Node::of_xml(&as_xml.body)
}

fn same(id: MessageId, xml: &Answer, json: &Answer) {
    assert_eq!(json.content_type, "application/json; charset=UTF-8", "{id:?}");
    let view = |answer: &Answer| messages::view(id, Half::Result, &answer.body).expect("a message");
    assert_eq!(view(xml), view(json), "{id:?}: as the journal shows them");
    // And without our own decoder.
    let root: serde_json::Value = serde_json::from_slice(&json.body).unwrap();
    let object = root.as_object().unwrap();
    assert_eq!(object.len(), 1, "{id:?}: the one key is XmlMsg");
    let mut from_json = leaves_of_json("XmlMsg", &object["XmlMsg"]);
    let mut from_xml = Node::of_xml(&xml.body).leaves();
    from_json.sort();
    from_xml.sort();
    assert_eq!(from_xml, from_json, "{id:?}");
    assert!(from_json.contains(&("XmlMsg/MessageHeader/CharacterCodeIdentifier".to_owned(), "0".to_owned())));
    let labels = |answer: &Answer| answer.findings.iter().map(|finding| finding.label).collect::<Vec<_>>();
    assert_eq!(labels(xml), labels(json), "{id:?}: the same is odd");
}

fn worlds(rows: &str) -> [Told; 2] {
    [consented(rows), consented(rows)]
}

#[test]
fn every_message_is_answered_with_the_same_values_in_xml_and_in_json() {
    let mut told = worlds("");
    let mut seen = Vec::new();
    for &id in MessageId::ALL.iter().filter(|id| id.fetches().is_none() && **id != MessageId::OqsSiHvd01) {
        let answer = alike(id, [&told[0], &told[1]], |told| request(told.clinic(), told, id));
        let says = |path: &str| answer.says(path).map(str::to_owned);
        assert!(
            says("MessageHeader/SegmentOfResult").or(says("MessageHeader/ResultCode")).as_deref()
                == Some("1")
        );
        seen.push(id);
        // 02 of the job that was just started: not ready, then ready.
        let Some(&second) = MessageId::ALL.iter().find(|other| other.fetches() == Some(id)) else { continue };
        let reception = says("MessageBody/ReceptionNumber").unwrap();
        for segment in ["2", "1"] {
            let answer = alike(second, [&told[0], &told[1]], |told| fetching(told.clinic(), &reception));
            assert_eq!(answer.says("MessageHeader/SegmentOfResult"), Some(segment), "{second:?}");
            assert_eq!(answer.get("MessageBody").unwrap().children.is_empty(), segment == "2", "{second:?}");
            told.iter_mut().for_each(|told| told.pass_seconds(3));
        }
        seen.push(second);
    }
    let id = MessageId::OqsSiHvd01;
    alike(id, [&told[0], &told[1]], |told| request(told.clinic(), told, id));
    seen.push(id);
    assert_eq!(seen.len(), MessageId::ALL.len());
}

#[test]
fn every_card_is_answered_with_the_same_values_in_xml_and_in_json() {
    let told = [Told::new(), Told::new()];
    let people = told[0].world.people();
    for card in people.cards() {
        alike(MessageId::OqsSiQuc01, [&told[0], &told[1]], |told| {
            let search = told.insured(&card.key).search("1");
            let search = crate::node::group("QualificationConfirmSearchInfo", search);
            message(told.clinic().dated("x"), [search])
        });
    }
}

#[test]
fn requests_with_mistakes_are_answered_with_the_same_values_in_xml_and_in_json() {
    let told = worlds("");
    let both = [&told[0], &told[1]];
    for &id in MessageId::ALL {
        // Nothing but an institution, a header of nothing, and somebody else's institution.
        alike(id, both, |_| message([text("MedicalInstitutionCode", crate::told::CLINIC)], []));
        alike(id, both, |_| message([], []));
        alike(id, both, |told| request(told.pharmacy(), told, id));
    }
    alike(MessageId::OqsSiImm01, both, |told| {
        let odd = Insured { insurer: "06139991".into(), ..told.insured("employee-valid") };
        message(told.clinic().header("x"), [registration(&odd, &"9".repeat(51))])
    });
    alike(MessageId::YzkSiQuc01, both, |told| {
        let wanted = Wanted { from: "202108".into(), ..Wanted::all(told, "4") };
        told.clinic().drugs_request(&told.insured("employee-valid"), &wanted)
    });
}

#[test]
fn all_parts_of_drugs_have_the_same_values_in_xml_and_in_json() {
    let told = [Told::new(), Told::new()];
    for card in ["health-association-valid", "limit-a03", "late-elderly-10"] {
        told.iter().for_each(|told| drop(told.clinic().comes(card, &crate::told::YES_TO_ALL)));
        let answer = alike(MessageId::YzkSiQuc01, [&told[0], &told[1]], |told| {
            let wanted = Wanted { prescriptions: Some("1"), ..Wanted::all(told, "4") };
            told.clinic().drugs_request(&told.insured(card), &wanted)
        });
        assert!(!answer.anywhere("MeTrInf").is_empty(), "{card}");
    }
}

#[test]
fn empty_elements_and_flat_results_are_the_same_in_xml_and_in_json() {
    for rows in [
        "answers:\n  empty: {value: write, mark: D, source: test}\n",
        "answers:\n  order: {value: scrambled, mark: S, source: test}\n",
        "bulk:\n  nesting: {value: flat, mark: D, source: test}\n",
    ] {
        let mut told = worlds(rows);
        for id in [MessageId::OqsSiQuc01, MessageId::OqsSiHvq01, MessageId::YzkSiQuc01, MessageId::TkkSiQuc01]
        {
            alike(id, [&told[0], &told[1]], |told| request(told.clinic(), told, id));
        }
        let id = MessageId::OqsMuQuc01;
        let answer = alike(id, [&told[0], &told[1]], |told| request(told.clinic(), told, id));
        told.iter_mut().for_each(|told| told.pass_seconds(3));
        let reception = answer.says("MessageBody/ReceptionNumber").unwrap().to_owned();
        alike(MessageId::OqsMuQuc02, [&told[0], &told[1]], |told| fetching(told.clinic(), &reception));
    }
}

#[test]
fn json_is_utf_8_even_where_files_are_shift_jis() {
    let rows = "answers:\n  encoding: {value: shift-jis, mark: C, source: test}\n";
    let (utf8, told) = (Told::new(), Told::with(rows));
    let card = "character-outside-shift-jis";
    let ask = |told: &Told| {
        let search = crate::node::group("QualificationConfirmSearchInfo", told.insured(card).search("0"));
        let request = message(told.clinic().dated("x"), [search]);
        told.clinic().json().send(MessageId::OqsSiQuc01, &request).body
    };
    assert_eq!(ask(&told), ask(&utf8));
    assert!(std::str::from_utf8(&ask(&told)).unwrap().contains('𠮷'));
}

#[test]
fn a_bulk_result_in_json_is_no_archive() {
    let mut told = Told::with("bulk:\n  form: {value: zip, mark: C, source: test}\n");
    let id = MessageId::OqsMuQuc01;
    let answer = told.clinic().ask(id, &request(told.clinic(), &told, id));
    let reception = answer.says("MessageBody/ReceptionNumber").unwrap().to_owned();
    told.pass_seconds(3);
    let answer = told.clinic().json().send(MessageId::OqsMuQuc02, &fetching(told.clinic(), &reception));
    assert_eq!(answer.content_type, "application/json; charset=UTF-8");
}

#[test]
fn a_document_that_was_asked_for_in_json_is_the_same_pdf() {
    let told = consented("");
    let request = told.clinic().drugs_request(&told.insured("employee-valid"), &Wanted::all(&told, "3"));
    let xml = told.clinic().send(MessageId::YzkSiQuc01, &request);
    let json = told.clinic().json().send(MessageId::YzkSiQuc01, &request);
    assert_eq!((&*xml.content_type, &*json.content_type), ("application/pdf", "application/pdf"));
    assert_eq!(xml.body, json.body);
}

#[test]
fn a_job_that_was_started_in_json_is_fetched_as_xml_and_the_other_way_round() {
    let mut told = consented("");
    let id = MessageId::OqsMuQuc01;
    let asked = request(told.clinic(), &told, id);
    let started = told.clinic().json().send(id, &asked);
    let started: serde_json::Value = serde_json::from_slice(&started.body).unwrap();
    let by_json = started["XmlMsg"]["MessageBody"]["ReceptionNumber"].as_str().unwrap().to_owned();
    let by_xml = told.clinic().ask(id, &asked).says("MessageBody/ReceptionNumber").unwrap().to_owned();
    told.pass_seconds(3);
    let answer = told.clinic().ask(MessageId::OqsMuQuc02, &fetching(told.clinic(), &by_json));
    assert_eq!(answer.says("MessageHeader/NumberOfProcessingResult"), Some("1"));
    let other = told.clinic().json().send(MessageId::OqsMuQuc02, &fetching(told.clinic(), &by_xml));
    let other: serde_json::Value = serde_json::from_slice(&other.body).unwrap();
    assert_eq!(other["XmlMsg"]["MessageHeader"]["NumberOfProcessingResult"], "1");
}
