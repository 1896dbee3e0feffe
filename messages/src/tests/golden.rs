//! The exact bytes of every message, and the examples of the public sources.

use std::fs;

use super::{documents, halves, message_of, test_data};
use crate::charset::Encoding;
use crate::finding::{Finding, Label};
use crate::id::Visit;
use crate::message::Group;
use crate::{decode, decode_json, encode, encode_json};

/// Decodes a document and writes it in each form.
struct Rewritten<'a>(&'a [u8]);

impl Visit for Rewritten<'_> {
    type Output = [(&'static str, Vec<u8>); 3];

    fn visit<M: Group>(self) -> Self::Output {
        let message = decode::<M>(self.0).unwrap().message;
        let json = encode_json(&message, Encoding::Utf8);
        assert_eq!(decode_json::<M>(&json).unwrap().message, message);
        [
            ("utf-8.xml", encode(&message, Encoding::Utf8).bytes),
            ("shift_jis.xml", encode(&message, Encoding::ShiftJis).bytes),
            ("json", json),
        ]
    }
}

/// Compares bytes with a committed file, or writes it when `UPDATE_GOLDEN` is set.
fn assert_golden(name: &str, bytes: &[u8]) {
    let path = test_data("golden").join(name);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, bytes).unwrap();
    }
    let expected = fs::read(&path).unwrap_or_default();
    assert!(expected == bytes, "{name} differs from the golden file; UPDATE_GOLDEN=1 rewrites it");
}

#[test]
fn every_message_has_its_golden_bytes_in_both_encodings_and_in_json() {
    let documents = documents();
    for (id, half) in halves() {
        let stem = format!("{}{}", id.as_str(), half.as_str());
        let (_, source) = documents.iter().find(|(name, _)| *name == stem).expect(&stem);
        for (form, bytes) in id.visit(half, Rewritten(source)) {
            assert_golden(&format!("{stem}.{form}"), &bytes);
        }
    }
}

struct Findings<'a>(&'a [u8]);

impl Visit for Findings<'_> {
    type Output = Vec<Finding>;

    fn visit<M: Group>(self) -> Self::Output {
        decode::<M>(self.0).unwrap().findings
    }
}

#[test]
fn the_examples_of_the_public_sources_decode_without_findings_but_those_they_show() {
    for (name, bytes) in documents() {
        let (id, half) = message_of(&name);
        let findings: Vec<_> =
            id.visit(half, Findings(&bytes)).into_iter().map(|f| (f.label, f.sent)).collect();
        let shown = match name.as_str() {
            "OQSsiquc01res-status-2" => vec![(Label::CheckDigit, "06139999".to_owned())],
            "OQSmuquc02res" => vec![(Label::Date, "19400230".to_owned())],
            _ => Vec::new(),
        };
        assert_eq!(findings, shown, "{name}");
    }
}

#[test]
fn an_example_that_keeps_the_order_of_the_specification_is_written_as_it_stands() {
    // The prescription part of YZKsiquc01res names the drug before its usage, the table behind it.
    for (name, bytes) in documents() {
        let (id, half) = message_of(&name);
        let indented_by_four = bytes.windows(20).any(|w| w == b"\n    <MessageHeader>");
        if indented_by_four && name != "YZKsiquc01res" {
            let [(_, utf8), ..] = id.visit(half, Rewritten(&bytes));
            assert_eq!(String::from_utf8(utf8).unwrap(), String::from_utf8(bytes).unwrap(), "{name}");
        }
    }
}

#[test]
fn scrambled_answers_have_the_order_of_the_real_ones() {
    let (_, bytes) = documents().into_iter().find(|(name, _)| name == "OQSsiimm01res").unwrap();
    let message = decode::<crate::oqs::imm::Outcome>(&bytes).unwrap().message;
    let style = crate::style::Style { order: crate::style::Order::Scrambled, ..Default::default() };
    let text = String::from_utf8(encode(&message, style).bytes).unwrap();
    let order: Vec<_> =
        text.lines().filter_map(|line| line.trim().strip_prefix('<')?.split('>').next()).collect();
    // elements.md 2: the order of a real answer of 2026.
    let in_order = |names: &[&str]| {
        let places: Vec<_> = names.iter().map(|name| order.iter().position(|n| n == name).unwrap()).collect();
        assert!(places.is_sorted(), "{order:?}");
    };
    in_order(&[
        "MessageHeader",
        "ProcessExecutionTime",
        "CharacterCodeIdentifier",
        "SegmentOfResult",
        "ArbitraryFileIdentifier",
        "MedicalInstitutionCode",
        "MessageBody",
    ]);
    in_order(&[
        "InsurerNumber",
        "InsuredIdentificationNumber",
        "ReferenceNumber",
        "InsuredCardSymbol",
        "InsuredBranchNumber",
    ]);
}

#[test]
fn the_query_of_the_web_api_decodes_without_findings() {
    // messages.md 6.
    let bytes = r#"{"XmlMsg": {
      "MessageHeader": {"QualificationConfirmationDate": "20251004", "MedicalInstitutionCode": "1319999916"},
      "MessageBody": {"QualificationConfirmSearchInfo": {
        "InsurerNumber": "06139992", "InsuredCardSymbol": "１２３", "InsuredIdentificationNumber": "４５６",
        "Birthdate": "19800101", "LimitApplicationCertificateRelatedConsFlg": "0"}}}}"#;
    let decoded = decode_json::<crate::oqs::quc::Request>(bytes.as_bytes()).unwrap();
    assert_eq!(decoded.findings, []);
    assert!(decoded.message.body.search.unwrap().born.good().is_some());
}

#[test]
fn lists_of_the_web_api_are_arrays_of_objects_that_name_their_element() {
    let (_, bytes) = documents().into_iter().find(|(name, _)| name == "OQSsiquc01res").unwrap();
    let message = decode::<crate::oqs::quc::Outcome>(&bytes).unwrap().message;
    let json: serde_json::Value = serde_json::from_slice(&encode_json(&message, Encoding::Utf8)).unwrap();
    let list = &json["XmlMsg"]["MessageBody"]["ResultList"];
    assert_eq!(list[0]["ResultOfQualificationConfirmation"]["InsurerNumber"], "  139998");
}

#[test]
fn bulk_results_are_read_with_and_without_the_list_element() {
    let (_, bytes) = documents().into_iter().find(|(name, _)| name == "OQSmuquc02res").unwrap();
    let message = decode::<crate::oqs::bulk::Outcome>(&bytes).unwrap().message;
    let flat = crate::style::Style { nesting: crate::style::Nesting::Flat, ..Default::default() };
    let text = String::from_utf8(encode(&message, flat).bytes).unwrap();
    assert!(!text.contains("ResultList") && text.contains("<ResultOfQualificationConfirmation>"));
    assert_eq!(decode::<crate::oqs::bulk::Outcome>(text.as_bytes()).unwrap().message, message);
}
