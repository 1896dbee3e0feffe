//! Reference numbers (照会番号登録): by which number an institution knows a person.

use messages::id::MessageId;

use crate::node::{Node, message};
use crate::told::{Told, registration};

const STATUS: &str = "MessageBody/ProcessingResultStatus";
const CODE: &str = "MessageBody/ProcessingResultCode";

#[test]
fn a_registration_is_echoed_in_the_order_of_the_specification_with_status_1_and_no_code() {
    let told = Told::new();
    let insured = told.insured("municipal-valid");
    let answer = told.clinic().register(&insured, "24434");
    assert_eq!(
        answer.get("MessageHeader").unwrap().names(),
        [
            "ProcessExecutionTime",
            "MedicalInstitutionCode",
            "ArbitraryFileIdentifier",
            "SegmentOfResult",
            "CharacterCodeIdentifier"
        ]
    );
    assert_eq!(answer.says("MessageHeader/ProcessExecutionTime"), Some("20261122093012"));
    assert_eq!(answer.says("MessageHeader/ArbitraryFileIdentifier"), Some("r-1"));
    assert_eq!(answer.says("MessageHeader/SegmentOfResult"), Some("1"));
    let body = answer.get("MessageBody").unwrap();
    assert_eq!(body.names(), ["ReferenceNumberRegistrationInfo", "ProcessingResultStatus"]);
    assert_eq!(
        body.children[0],
        registration(&insured, "24434"),
        "the echo, padding and widths as they were sent"
    );
    assert_eq!(insured.insurer, "  139998");
    assert_eq!(answer.says(STATUS), Some("1"));
}

#[test]
fn each_element_name_stands_once_in_a_single_result() {
    let told = Told::new();
    let found = told.clinic().register(&told.insured("employee-valid"), "1");
    let refused = told.clinic().register(&told.stranger(), "1");
    for answer in [found, refused] {
        assert_eq!(answer.repeated(), Vec::<String>::new());
    }
}

#[test]
fn a_registered_number_comes_back_in_every_later_answer_about_the_person() {
    let told = Told::new();
    let insured = told.insured("employee-valid");
    assert_eq!(told.clinic().reference(&insured), None);
    told.clinic().register(&insured, "000123");
    assert_eq!(told.clinic().reference(&insured).as_deref(), Some("000123"));
    assert_eq!(told.clinic().reference(&told.insured("dependant-valid")), None, "others have none");
    let face = told.clinic().comes("employee-valid", &crate::told::YES_TO_ALL);
    assert_eq!(face.anywhere("ReferenceNumber")[0].text, "000123");
    let drugs = told.clinic().drugs(&insured, &crate::told::Wanted::all(&told, "2"));
    assert_eq!(drugs.says("MessageHeader/QuaInf/RefNum"), Some("000123"));
    let checkups = told.clinic().checkups(&insured);
    assert_eq!(checkups.says("MessageHeader/QualificationsInfo/ReferenceNumber"), Some("000123"));
}

#[test]
fn a_number_survives_a_change_of_insurer() {
    let told = Told::new();
    let (old, new) = (told.insurance("lost-newer", 0), told.insurance("lost-newer", 1));
    assert_ne!(old.insurer, new.insurer);
    told.clinic().register(&old, "000777");
    assert_eq!(told.clinic().reference(&new).as_deref(), Some("000777"));
    told.clinic().register(&new, "000778");
    assert_eq!(told.clinic().reference(&old).as_deref(), Some("000778"), "and the other way round");
}

#[test]
fn a_second_registration_replaces_the_first() {
    let told = Told::new();
    let insured = told.insured("late-elderly-10");
    told.clinic().register(&insured, "1");
    told.clinic().register(&insured, "2");
    assert_eq!(told.clinic().reference(&insured).as_deref(), Some("2"));
}

#[test]
fn each_institution_has_its_own_number_for_a_person() {
    let told = Told::new();
    let insured = told.insured("employee-valid");
    told.clinic().register(&insured, "C-1");
    assert_eq!(told.pharmacy().reference(&insured), None);
    told.pharmacy().register(&insured, "P-1");
    assert_eq!(told.clinic().reference(&insured).as_deref(), Some("C-1"));
    assert_eq!(told.pharmacy().reference(&insured).as_deref(), Some("P-1"));
}

#[test]
fn a_number_survives_a_restart() {
    let told = Told::kept();
    let insured = told.insured("employee-valid");
    told.clinic().register(&insured, "000123");
    let told = told.restarted();
    assert_eq!(told.clinic().reference(&insured).as_deref(), Some("000123"));
}

#[test]
fn a_number_of_50_characters_is_kept_and_one_of_51_is_refused() {
    let told = Told::new();
    let insured = told.insured("employee-valid");
    let longest = "9".repeat(50);
    assert_eq!(told.clinic().register(&insured, &longest).says(STATUS), Some("1"));
    let refused = told.clinic().register(&insured, &"8".repeat(51));
    assert_eq!(refused.says("MessageHeader/SegmentOfResult"), Some("1"));
    assert_eq!((refused.says(STATUS), refused.says(CODE)), (Some("2"), Some("OQSX0007E")));
    assert_eq!(
        refused.says("MessageBody/ReferenceNumberRegistrationInfo/ReferenceNumber"),
        Some("8".repeat(51).as_str()),
        "the echo is what was sent"
    );
    assert_eq!(told.clinic().reference(&insured), Some(longest), "nothing has changed");
}

#[test]
fn nobody_and_several_persons_get_no_number() {
    let told = Told::new();
    let twins = crate::told::Insured { branch: None, ..told.insured("several-twins") };
    for insured in [told.stranger(), twins] {
        let refused = told.clinic().register(&insured, "1");
        assert_eq!((refused.says(STATUS), refused.says(CODE)), (Some("2"), Some("OQSX0010E")));
        assert!(refused.says("MessageBody/ProcessingResultMessage").is_some_and(|text| !text.is_empty()));
    }
    assert_eq!(told.clinic().reference(&told.insured("several-twins")), None);
    assert_eq!(told.clinic().reference(&told.insured("several-twins-sibling")), None);
}

#[test]
fn items_that_break_their_rules_have_their_own_codes() {
    let told = Told::new();
    let insured = told.insured("employee-valid");
    let elderly = told.insured("late-elderly-10");
    let cases = [
        (crate::told::Insured { insurer: "06139991".into(), ..insured.clone() }, "OQSX0001E"),
        (crate::told::Insured { number: String::new(), ..insured }, "OQSX0003E"),
        (crate::told::Insured { symbol: Some("１".into()), ..elderly }, "OQSX0004E"),
    ];
    for (insured, code) in cases {
        let refused = told.clinic().register(&insured, "1");
        assert_eq!((refused.says(STATUS), refused.says(CODE)), (Some("2"), Some(code)), "{insured:?}");
    }
}

#[test]
fn another_institution_code_fails_the_message_and_registers_nothing() {
    let told = Told::new();
    let insured = told.insured("employee-valid");
    let request = message(told.pharmacy().header("r-1"), [registration(&insured, "1")]);
    let answer: Node = told.clinic().ask(MessageId::OqsSiImm01, &request);
    assert_eq!(answer.says("MessageHeader/SegmentOfResult"), Some("9"));
    assert_eq!(answer.says("MessageHeader/ErrorCode"), Some("OQSX9005E"));
    assert_eq!(answer.get("MessageBody").unwrap().children, []);
    assert_eq!(told.clinic().reference(&insured), None);
    assert_eq!(told.pharmacy().reference(&insured), None);
}
