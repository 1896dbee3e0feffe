//! Face files: what the reader's terminal writes when a patient comes with the card.

use std::sync::Arc;

use certs::CertificateFacts;
use jiff::SignedDuration;
use messages::value::{PrescriptionIssue, TreatmentFlag};
use onshi_mock::reader::{VisitError, play};
use onshi_mock::registered::{RevocationReason, TerminalCertificate};
use onshi_mock::services::reader::{Failure, Identification, Visit};
use onshi_mock::world::{Event, Object};

use crate::node::Node;
use crate::told::{CLINIC, Told, YES_TO_ALL, certificate, visit};

const RESULT: &str = "MessageBody/ResultList/ResultOfQualificationConfirmation";

fn body<'a>(face: &'a Node, name: &str) -> Option<&'a str> {
    face.says(&format!("MessageBody/{name}"))
}

#[test]
fn a_face_file_is_an_answer_to_a_card_without_search_data() {
    let told = Told::new();
    let face = told.clinic().comes("employee-valid", &YES_TO_ALL);
    assert_eq!(
        face.get("MessageHeader").unwrap().names(),
        [
            "ProcessExecutionTime",
            "QualificationConfirmationDate",
            "MedicalInstitutionCode",
            "ArbitraryFileIdentifier",
            "ReferenceClassification",
            "SegmentOfResult",
            "CharacterCodeIdentifier"
        ]
    );
    let header = |name: &str| face.says(&format!("MessageHeader/{name}"));
    assert_eq!(header("ProcessExecutionTime"), Some("20261122093012"));
    assert_eq!(header("QualificationConfirmationDate"), Some("20261122"));
    assert_eq!(header("MedicalInstitutionCode"), Some(CLINIC));
    assert_eq!(header("ArbitraryFileIdentifier"), Some("QmFzZTY0dG9rZW4="));
    assert_eq!((header("ReferenceClassification"), header("SegmentOfResult")), (Some("1"), Some("1")));
    assert_eq!(
        face.get("MessageBody").unwrap().names(),
        ["ProcessingResultStatus", "QualificationValidity", "ResultList"],
        "no QualificationConfirmSearchInfo, no code"
    );
    let result = face.get(RESULT).unwrap();
    assert_eq!(result.says("Name"), Some("見本　太郎"));
    assert_eq!(result.says("QualificationConfirmationKey").map(str::len), Some(64));
}

#[test]
fn a_face_file_has_a_confirmation_key_only_if_the_dialect_says_so() {
    let told = Told::with("answers:\n  confirmation-key: {value: false, mark: D, source: test}\n");
    let face = told.clinic().comes("employee-valid", &YES_TO_ALL);
    assert!(face.anywhere("QualificationConfirmationKey").is_empty());
}

#[test]
fn every_consent_stands_with_its_time_and_its_end_a_day_later() {
    let told = Told::new();
    let (at, until) = (told.moment(SignedDuration::ZERO), told.moment(SignedDuration::from_hours(24)));
    let face = told.clinic().comes("employee-valid", &YES_TO_ALL);
    let result = face.get(RESULT).unwrap();
    for object in [
        "SpecificHealthCheckupsInfo",
        "PharmacistsInfo",
        "DiagnosisInfo",
        "OperationInfo",
        "DiagnosisName",
        "InfectiousInfo",
        "AllergyInfo",
        "ContraindicationInfo",
        "TestInfo",
        "PrescriptionInfo",
    ] {
        let says = |end: &str| result.says(&format!("{object}{end}"));
        assert_eq!(says("ConsFlg"), Some("1"), "{object}");
        assert_eq!(says("ConsTime"), Some(at.as_str()), "{object}");
        assert_eq!(says("AvailableTime"), Some(until.as_str()), "{object}");
        assert_eq!(says("ConsExpiredReason"), None, "{object}: home visits and online care only");
    }
    for object in ["LimitApplicationCertificateRelated", "SpecificDiseasesCertificateRelated"] {
        assert_eq!(result.says(&format!("{object}ConsFlg")), Some("1"), "{object}");
        assert_eq!(result.says(&format!("{object}ConsTime")), Some(at.as_str()), "{object}");
        assert_eq!(result.says(&format!("{object}AvailableTime")), None, "{object}");
    }
}

#[test]
fn without_consent_every_flag_is_0_and_the_qualification_is_told_all_the_same() {
    let told = Told::new();
    let no = YES_TO_ALL.map(|(object, _)| (object, false));
    for answers in [&no[..], &[]] {
        let face = told.clinic().comes("limit-a03", answers);
        assert_eq!(body(&face, "QualificationValidity"), Some("1"));
        let result = face.get(RESULT).unwrap();
        assert_eq!(result.says("Name"), Some("例題　実"));
        let flags: Vec<_> = result.children.iter().filter(|child| child.name.ends_with("ConsFlg")).collect();
        assert_eq!(flags.len(), 12);
        assert!(flags.iter().all(|flag| flag.text == "0"), "{flags:?}");
        assert!(!result.children.iter().any(|child| child.name.ends_with("Time")), "{:?}", result.names());
    }
}

#[test]
fn consents_are_independent_of_each_other() {
    let told = Told::new();
    let names = [
        (Object::Checkups, "SpecificHealthCheckupsInfo"),
        (Object::Drugs, "PharmacistsInfo"),
        (Object::Diagnosis, "DiagnosisInfo"),
        (Object::Operations, "OperationInfo"),
        (Object::Limit, "LimitApplicationCertificateRelated"),
        (Object::Diseases, "SpecificDiseasesCertificateRelated"),
    ];
    for (object, _) in names {
        let answers = names.map(|(other, _)| (other, other == object));
        let face = told.clinic().comes("employee-valid", &answers);
        for (other, name) in names {
            let flag = face.says(&format!("{RESULT}/{name}ConsFlg"));
            assert_eq!(flag, Some(if other == object { "1" } else { "0" }), "{object:?}: {name}");
        }
    }
}

#[test]
fn the_reference_number_of_the_institution_is_in_the_face_file() {
    let told = Told::new();
    told.clinic().register(&told.insured("employee-valid"), "000123");
    let number = |face: Node| face.says(&format!("{RESULT}/ReferenceNumber")).map(str::to_owned);
    assert_eq!(number(told.clinic().comes("employee-valid", &[])).as_deref(), Some("000123"));
    assert_eq!(number(told.pharmacy().comes("employee-valid", &[])), None);
    assert_eq!(number(told.clinic().comes("dependant-valid", &[])), None);
}

#[test]
fn the_limit_certificate_is_shown_with_consent_while_it_holds() {
    let told = Told::new();
    let class = |card: &str, given: bool| {
        let face = told.clinic().comes(card, &[(Object::Limit, given)]);
        let path = "LimitApplicationCertificateRelatedInfo/LimitApplicationCertificateClassificationFlag";
        face.says(&format!("{RESULT}/{path}")).map(str::to_owned)
    };
    assert_eq!(class("limit-a03", true).as_deref(), Some("A03"));
    assert_eq!(class("limit-a03", false), None);
    assert_eq!(class("limit-expired", true), None);
    assert_eq!(class("limit-not-yet", true), None);
    assert_eq!(class("employee-valid", true), None);
}

#[test]
fn certificates_of_specific_diseases_are_shown_with_consent_while_they_hold() {
    let told = Told::new();
    let diseases = |card: &str, given: bool| {
        let face = told.clinic().comes(card, &[(Object::Diseases, given)]);
        let path =
            "SpecificDiseasesCertificateList/SpecificDiseasesCertificateInfo/SpecificDiseasesDiseaseCategory";
        face.texts(&format!("{RESULT}/{path}")).into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    let none: [&str; 0] = [];
    assert_eq!(diseases("disease-1", true), ["1"]);
    assert_eq!(diseases("disease-several", true), ["2", "3"]);
    assert_eq!(diseases("disease-late-elderly", true), ["1"]);
    assert_eq!(diseases("disease-1", false), none);
    assert_eq!(diseases("disease-expired", true), none);
    let typed = told.clinic().confirm(&told.insured("disease-1"));
    assert!(typed.anywhere("SpecificDiseasesCertificateInfo").is_empty(), "a typed query cannot ask for it");
}

#[test]
fn insurance_and_medical_aid_are_two_results_with_the_insurance_first() {
    let told = Told::new();
    for card in ["insurance-and-aid", "insurance-and-aid-by-aid", "insurance-and-aid-without-ticket"] {
        let face = told.clinic().comes(card, &YES_TO_ALL);
        assert_eq!(body(&face, "QualificationValidity"), Some("1"), "{card}");
        let cards = face.texts(&format!("{RESULT}/InsuredCardClassification"));
        assert_eq!(cards, ["01", "A1"], "{card}");
        let tickets = face.anywhere("MedicalTicketInfo").len();
        assert_eq!(tickets, usize::from(card != "insurance-and-aid-without-ticket"), "{card}");
    }
}

#[test]
fn medical_aid_without_a_ticket_is_valid_but_not_registered() {
    let told = Told::new();
    for (card, validity) in [
        ("aid-with-ticket", "1"),
        ("aid-without-ticket", "6"),
        ("aid-ticket-of-last-month", "6"),
        ("aid-ended", "2"),
    ] {
        let face = told.clinic().comes(card, &[]);
        assert_eq!(body(&face, "QualificationValidity"), Some(validity), "{card}");
        assert_eq!(face.texts(&format!("{RESULT}/InsuredCardClassification")), ["A1"], "{card}");
    }
}

#[test]
fn a_card_that_expires_within_three_months_has_attached_information_with_status_1() {
    let told = Told::new();
    for card in ["card-expires-soon", "card-expires-today"] {
        let face = told.clinic().comes(card, &YES_TO_ALL);
        assert_eq!(body(&face, "ProcessingResultStatus"), Some("1"), "{card}");
        assert_eq!(body(&face, "ProcessingResultCode"), Some("OQSX0101W"), "{card}");
        assert!(body(&face, "ProcessingResultMessage").is_some_and(|text| !text.is_empty()), "{card}");
        assert_eq!(body(&face, "QualificationValidity"), Some("1"), "{card}");
    }
    assert_eq!(body(&told.clinic().comes("employee-valid", &[]), "ProcessingResultCode"), None);
}

#[test]
fn when_the_reader_stops_there_is_no_face_file_and_no_consent() {
    let told = Told::new();
    for failure in [
        Failure::CardNotRecognised,
        Failure::NotAMyNumberCard,
        Failure::PinLocked,
        Failure::CardExpired,
        Failure::FaceNotRecognised,
        Failure::NotRegistered,
    ] {
        let stopped = Visit {
            failure: Some(failure),
            ..visit("employee-valid", &YES_TO_ALL, TreatmentFlag::Outpatient)
        };
        assert_eq!(told.clinic().play(stopped), Err(failure));
        let text = failure.text();
        assert!(!text.ja.is_empty() && !text.en.is_empty());
    }
    let expired = visit("card-expired", &YES_TO_ALL, TreatmentFlag::Outpatient);
    assert_eq!(told.clinic().play(expired), Err(Failure::CardExpired));
    let checkups = told.clinic().checkups(&told.insured("employee-valid"));
    assert_eq!(checkups.says("MessageHeader/MessageId"), Some("TKKX0001E"));
}

#[test]
fn however_a_patient_is_identified_the_file_is_the_same() {
    let told = Told::new();
    let face = |identification| {
        let visit =
            Visit { identification, ..visit("employee-valid", &YES_TO_ALL, TreatmentFlag::Outpatient) };
        told.clinic().play(visit).unwrap()
    };
    assert_eq!(face(Identification::Face), face(Identification::Pin));
    assert_eq!(face(Identification::Face), face(Identification::Sight));
}

#[test]
fn the_form_of_prescription_that_was_chosen_is_told() {
    let told = Told::new();
    for (chosen, expected) in [(Some("1"), Some("1")), (Some("2"), Some("2")), (None, None)] {
        let prescription: Option<PrescriptionIssue> = chosen.map(|code| code.parse().unwrap());
        let visit = Visit { prescription, ..visit("employee-valid", &[], TreatmentFlag::Outpatient) };
        let face = told.clinic().play(visit).unwrap().unwrap();
        assert_eq!(body(&face, "PrescriptionIssueSelect"), expected);
    }
}

#[test]
fn home_visits_and_online_care_write_no_face_file() {
    let told = Told::new();
    for treatment in [TreatmentFlag::HomeVisit, TreatmentFlag::Online] {
        assert_eq!(told.clinic().visit("employee-valid", &YES_TO_ALL, treatment), None);
    }
}

#[test]
fn a_card_shows_the_qualification_that_holds_else_the_one_that_was_lost_last() {
    let told = Told::new();
    for (card, validity, insurer) in [
        ("lost-newer", "1", "  139998"),
        ("lost-newer-late-elderly", "1", "39139993"),
        ("lost-other", "2", "06139992"),
        ("lost-today", "2", "06139992"),
        ("lost-tomorrow", "1", "06139992"),
        ("begins-today", "1", "01139997"),
        ("begins-tomorrow", "2", "01139997"),
        ("expired", "2", "  139998"),
        ("card-ends-today", "1", "  139998"),
    ] {
        let face = told.clinic().comes(card, &[]);
        assert_eq!(body(&face, "ProcessingResultStatus"), Some("1"), "{card}");
        assert_eq!(body(&face, "QualificationValidity"), Some(validity), "{card}");
        assert_eq!(face.texts(&format!("{RESULT}/InsurerNumber")), [insurer], "{card}");
        let lost = face.says(&format!("{RESULT}/DisqualificationDate"));
        assert_eq!(
            lost.is_some(),
            card.starts_with("lost-") && (validity == "2" || card == "lost-tomorrow"),
            "{card}"
        );
    }
}

#[test]
fn a_qualification_that_has_not_begun_does_not_hide_the_one_that_was_lost() {
    let told = Told::new();
    let face = told.clinic().comes("lost-newer-not-yet", &[]);
    assert_eq!(body(&face, "QualificationValidity"), Some("2"));
    assert_eq!(face.texts(&format!("{RESULT}/InsurerNumber")), ["06139992"], "as a typed query shows it");
}

#[test]
fn every_card_with_one_qualification_satisfies_the_strict_client_of_face_files() {
    let told = Told::new();
    let people = told.world.people();
    for card in people.cards().filter(|card| card.person.coverages.len() == 1 && card.key != "card-expired") {
        let key = &card.key;
        let face = told.clinic().comes(key, &YES_TO_ALL);
        // MynaReception, messages.md 7.
        assert_eq!(face.says("MessageHeader/SegmentOfResult"), Some("1"), "{key}");
        assert_eq!(body(&face, "ProcessingResultStatus"), Some("1"), "{key}");
        let result = face.get(RESULT).unwrap_or_else(|| panic!("{key} has one result"));
        assert!(result.says("NameKana").is_some_and(|kana| !kana.is_empty()), "{key}");
        assert_eq!(result.says("Birthdate").map(str::len), Some(8), "{key}");
        assert_eq!(face.says("MessageHeader/MedicalInstitutionCode").map(str::len), Some(10), "{key}");
    }
}

#[test]
fn a_visit_is_played_at_terminals_that_ever_got_a_certificate_and_at_no_others() {
    let told = Told::kept();
    let coming = visit("employee-valid", &YES_TO_ALL, TreatmentFlag::Outpatient);
    let own = format!("{CLINIC}-01");
    let fingerprint = certificate(CLINIC, 1).facts.fingerprint;
    let revoked = Event::CertificateRevoked { fingerprint, reason: RevocationReason::Loss, at: told.now };
    told.world.record(revoked).unwrap();
    let told = told.restarted();
    assert!(play(&told.world, &own, &coming).is_ok(), "it gets its files once it has another certificate");
    for terminal in [format!("{CLINIC}-99"), format!("{CLINIC}-1"), CLINIC.to_owned(), String::new()] {
        let refused = play(&told.world, &terminal, &coming);
        assert!(matches!(refused, Err(VisitError::NoTerminal { .. })), "{terminal}: {refused:?}");
    }
    told.world.record(Event::CertificateIssued(second_terminal())).unwrap();
    assert!(play(&told.world, &format!("{CLINIC}-02"), &coming).is_ok());
}

/// The certificate of the clinic's second terminal.
fn second_terminal() -> TerminalCertificate {
    let mut facts = CertificateFacts::clone(&certificate(CLINIC, 3).facts);
    facts.common_name = Some(format!("{CLINIC}-02"));
    TerminalCertificate::new(CLINIC.parse().unwrap(), Arc::new(facts))
}
