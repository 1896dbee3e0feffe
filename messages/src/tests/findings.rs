//! Each label of a finding has a document that leads to it.

use super::documents;
use crate::charset::Encoding;
use crate::finding::{Finding, Label};
use crate::oqs::{bulk, quc};
use crate::{decode, decode_json, encode};

/// The request of elements.md 1.1, with one piece of it replaced.
fn request_with(piece: &str, replacement: &str) -> Vec<Finding> {
    let (_, bytes) = documents().into_iter().find(|(name, _)| name == "OQSsiquc01req").unwrap();
    let text = String::from_utf8(bytes).unwrap();
    assert!(text.contains(piece), "{piece}");
    decode::<quc::Request>(text.replacen(piece, replacement, 1).as_bytes()).unwrap().findings
}

#[test]
fn each_label_of_a_request_is_found_with_its_place_and_what_was_sent() {
    use Label::*;
    for (piece, replacement, label, place, element, sent) in [
        ("<Birthdate>19800101</Birthdate>", "", MissingElement, None, "Birthdate", ""),
        ("<Birthdate>19800101<", "<Birthdate><", EmptyElement, Some("14:13"), "Birthdate", ""),
        ("<Birthdate>", "<Colour>red</Colour><Birthdate>", UnknownElement, Some("14:13"), "Colour", "red"),
        (
            "<Birthdate>",
            "<Birthdate>1</Birthdate><Birthdate>",
            RepeatedElement,
            Some("14:37"),
            "Birthdate",
            "19800101",
        ),
        ("<Birthdate>", "見<Birthdate>", StrayText, Some("9:9"), "", "見"),
        ("19800101", "<Day/>", NotText, Some("14:13"), "Birthdate", ""),
        (">01<", ">1<", Length, Some("13:13"), "InsuredBranchNumber", "1"),
        (">01<", ">０１<", Characters, Some("13:13"), "InsuredBranchNumber", "０１"),
        ("06139992", "06139991", CheckDigit, Some("10:13"), "InsurerNumber", "06139991"),
        ("ConsFlg>1<", "ConsFlg>2<", Code, Some("15:13"), "LimitApplicationCertificateRelatedConsFlg", "2"),
        ("19800101", "19800230", Date, Some("14:13"), "Birthdate", "19800230"),
        ("06139992", "00139998", ZeroPadded, Some("10:13"), "InsurerNumber", "00139998"),
        ("06139992", "139998", NotPadded, Some("10:13"), "InsurerNumber", "139998"),
    ] {
        let findings = request_with(piece, replacement);
        // A number of one character too few breaks one rule, a replaced element may leave its own mark.
        let found = findings.iter().find(|finding| finding.label == label);
        let found = found.unwrap_or_else(|| panic!("{label}: {findings:?}"));
        assert_eq!(found.place.map(|place| place.to_string()).as_deref(), place, "{label}");
        assert_eq!(
            found.element.rsplit('/').next().unwrap_or_default(),
            if element.is_empty() { "QualificationConfirmSearchInfo" } else { element }
        );
        assert_eq!(found.sent, sent, "{label}");
    }
}

#[test]
fn a_byte_order_mark_and_a_missing_declaration_are_found() {
    assert_eq!(request_with("<?xml", "\u{FEFF}<?xml")[0].label, Label::ByteOrderMark);
    let findings = request_with("<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?>\n", "");
    assert_eq!(findings[0].label, Label::NoDeclaration);
}

#[test]
fn a_character_without_a_place_in_shift_jis_is_reported_by_the_encoder() {
    let mut message = quc::Outcome::default();
    let name = "𠮷野　花子".parse::<crate::value::PersonName>().unwrap();
    message.body.results.push(quc::Qualification { name: name.into(), ..Default::default() });
    let encoded = encode(&message, Encoding::ShiftJis);
    assert_eq!(
        (encoded.findings[0].label, encoded.findings[0].sent.as_str()),
        (Label::ReplacedCharacter, "𠮷")
    );
}

#[test]
fn the_other_spelling_of_the_limit_certificate_is_read_and_noted() {
    let (_, bytes) = documents().into_iter().find(|(name, _)| name == "OQSmuquc01req").unwrap();
    let known = decode::<bulk::Request>(&bytes).unwrap().message.body.searches[0].known_limit.clone();
    assert!(known.is_some());
    let text = String::from_utf8(bytes).unwrap();
    let text = text
        .replace("LimitApplicationCertificateRelatedInfo>", "LimitApplicationCertificateRelatedinfo>")
        .replace(
            "LimitApplicationCertificateClassificationFlag>",
            "LimitApplicationCertificateRelatedConsFlg>",
        );
    let decoded = decode::<bulk::Request>(text.as_bytes()).unwrap();
    assert_eq!(decoded.message.body.searches[0].known_limit, known);
    let labels: Vec<_> = decoded.findings.iter().map(|finding| finding.label).collect();
    assert_eq!(labels, [Label::OtherSpelling; 2]);
}

#[test]
fn a_bulk_request_may_leave_out_the_consent_that_a_single_one_needs() {
    let flag = "<LimitApplicationCertificateRelatedConsFlg>1</LimitApplicationCertificateRelatedConsFlg>";
    assert_eq!(request_with(flag, "")[0].label, Label::MissingElement);
    let (_, bytes) = documents().into_iter().find(|(name, _)| name == "OQSmuquc01req").unwrap();
    let text = String::from_utf8(bytes).unwrap().replace(flag, "");
    assert_eq!(decode::<bulk::Request>(text.as_bytes()).unwrap().findings, []);
}

#[test]
fn values_of_json_that_are_no_strings_are_read_and_found() {
    let bytes = br#"{"XmlMsg": {"MessageHeader": {"QualificationConfirmationDate": 20251004,
        "MedicalInstitutionCode": "1319999916", "ArbitraryFileIdentifier": null},
        "MessageBody": {"QualificationConfirmSearchInfo": {"InsurerNumber": "06139992",
        "InsuredIdentificationNumber": "1", "InsuredIdentificationNumber": "2", "Birthdate": "19800101",
        "LimitApplicationCertificateRelatedConsFlg": "0"}}}}"#;
    let decoded = decode_json::<quc::Request>(bytes).unwrap();
    assert!(decoded.message.header.date.good().is_some());
    let found: Vec<_> =
        decoded.findings.iter().map(|f| (f.label, f.place.unwrap().line, f.sent.as_str())).collect();
    let expected =
        [(Label::NotAString, 1, "20251004"), (Label::NotAString, 2, ""), (Label::RepeatedElement, 4, "2")];
    assert_eq!(found, expected);
}

#[test]
fn a_document_with_very_many_findings_keeps_a_thousand_and_counts_the_rest() {
    let unit = "<QualificationConfirmSearchInfo/>".repeat(1_000);
    let text = format!("<XmlMsg><MessageHeader/><MessageBody>{unit}</MessageBody></XmlMsg>");
    let findings = decode::<bulk::Request>(text.as_bytes()).unwrap().findings;
    // One for the missing declaration, 2 of the header, and 3 of each person.
    let last = findings.last().unwrap();
    assert_eq!((findings.len(), last.label, last.sent.as_str()), (1_002, Label::MoreFindings, "2002"));
}

#[test]
fn every_label_has_a_test_here() {
    let here = include_str!("findings.rs");
    for label in Label::ALL {
        let name = format!("{label:?}");
        assert!(here.matches(name.as_str()).count() > 0, "{name}");
    }
}
