//! Specific health check-ups (特定健診情報, TKKsiquc01).

use std::collections::{BTreeMap, BTreeSet};

use messages::id::MessageId;

use crate::node::Node;
use crate::told::{Told, YES_TO_ALL};

const CHECKUP: &str = "MessageBody/SpecificHealthCheckupInfo";
const ITEM: &str = "HealthCheckupResultAndQuestionInfos/HealthCheckupResultAndQuestionInfo";

/// The cards whose holders were examined.
fn examined(told: &Told) -> Vec<String> {
    let people = told.world.people();
    people
        .cards()
        .filter(|card| card.person.history.checkups.is_some())
        .map(|card| card.key.clone())
        .collect()
}

fn answers(told: &Told) -> BTreeMap<String, Node> {
    let ask = |card: String| {
        told.clinic().comes(&card, &YES_TO_ALL);
        let answer = told.clinic().checkups(&told.insured(&card));
        assert_eq!(answer.says("MessageHeader/ResultCode"), Some("1"), "{card}");
        (card, answer)
    };
    examined(told).into_iter().map(ask).collect()
}

#[test]
fn checkups_of_five_years_are_shown_and_none_is_older() {
    let told = Told::new();
    let (today, oldest) = (told.day(0, 0), told.day(0, -60));
    let mut most = 0;
    for (card, answer) in answers(&told) {
        let days = answer.texts(&format!("{CHECKUP}/EffectiveTime"));
        assert!(days.iter().all(|day| oldest.as_str() <= *day && *day <= today.as_str()), "{card}: {days:?}");
        let once: BTreeSet<_> = days.iter().collect();
        assert_eq!(once.len(), days.len(), "{card}: one for each day");
        most = most.max(days.len());
    }
    assert_eq!(most, 5);
}

#[test]
fn how_many_years_are_shown_is_a_row_of_the_dialect() {
    let told = Told::with("viewing:\n  checkups-years: {value: 2, mark: D, source: test}\n");
    let oldest = told.day(0, -24);
    for (card, answer) in answers(&told) {
        let days = answer.texts(&format!("{CHECKUP}/EffectiveTime"));
        assert!(days.iter().all(|day| oldest.as_str() <= *day), "{card}: {days:?}");
    }
}

#[test]
fn all_cards_together_show_at_least_60_items_each_of_its_type() {
    let told = Told::new();
    let (mut codes, mut types) = (BTreeSet::new(), BTreeSet::new());
    for (card, answer) in answers(&told) {
        for checkup in answer.all(CHECKUP) {
            let items = checkup.all(ITEM);
            let own: BTreeSet<_> = items.iter().map(|item| item.says("ItemCode").unwrap()).collect();
            assert_eq!(own.len(), items.len(), "{card}: no item twice");
            for item in items {
                let says = |name: &str| item.says(name).map(str::to_owned);
                let (code, kind, value) =
                    (says("ItemCode").unwrap(), says("DataType").unwrap(), says("DataValue").unwrap());
                let where_ = format!("{card}: {item:?}");
                assert!(code.len() == 17 && !says("ItemName").unwrap().is_empty(), "{where_}");
                match kind.as_str() {
                    "PQ" => {
                        assert!(value.parse::<f64>().is_ok() && says("DataValueName").is_none(), "{where_}")
                    }
                    "CD" | "CO" => {
                        assert!(value.bytes().all(|b| b.is_ascii_digit()), "{where_}");
                        assert!(says("DataValueName").is_some_and(|name| !name.is_empty()), "{where_}");
                        assert!(says("Unit").is_none(), "{where_}");
                    }
                    "ST" => assert!(says("DataValueName").is_none() && says("Unit").is_none(), "{where_}"),
                    other => panic!("{other}: {where_}"),
                }
                codes.insert(code);
                types.insert(kind);
            }
        }
    }
    assert!(codes.len() >= 60, "{} items", codes.len());
    assert_eq!(types, BTreeSet::from(["PQ", "CD", "CO", "ST"].map(str::to_owned)));
}

#[test]
fn the_header_names_the_person_under_the_names_of_this_family() {
    let told = Told::new();
    told.clinic().comes("municipal-valid", &YES_TO_ALL);
    let answer = told.clinic().checkups(&told.insured("municipal-valid"));
    let person = answer.get("MessageHeader/QualificationsInfo").unwrap();
    assert_eq!(
        person.names(),
        [
            "InsurerNumber",
            "InsuranceCardSymbol",
            "InsuredPersonIdentificationNumber",
            "BranchNumber",
            "KanaName",
            "Name",
            "Birthday",
            "Age",
            "AdministrativeGenderCode"
        ]
    );
    assert_eq!(person.says("Name"), Some("見本　夏子"));
    assert_eq!(answer.says("MessageHeader/RequestInfo/ReqFileCategory"), Some("2"));
}

#[test]
fn who_was_never_examined_is_told_so_as_xml_even_if_a_pdf_was_asked_for() {
    let told = Told::new();
    told.clinic().comes("dependant-valid", &YES_TO_ALL);
    told.clinic().comes("self-defence-valid", &YES_TO_ALL);
    for file in ["1", "2"] {
        let request = told.clinic().checkups_request(&told.insured("self-defence-valid"), file);
        let answer = told.clinic().ask(MessageId::TkkSiQuc01, &request);
        assert_eq!(answer.says("MessageHeader/ResultCode"), Some("2"));
        assert_eq!(answer.says("MessageHeader/MessageId"), Some("TKKX0002E"));
    }
    let other = told.clinic().checkups_request(&told.insured("dependant-valid"), "3");
    let answer = told.clinic().ask(MessageId::TkkSiQuc01, &other);
    assert_eq!(answer.says("MessageHeader/MessageId"), Some("TKKX0005E"), "there is no third kind of file");
    let elsewhere = told.clinic().checkups_request(&told.insured("dependant-valid"), "2");
    let answer = told.pharmacy().ask(MessageId::TkkSiQuc01, &elsewhere);
    assert_eq!(answer.says("MessageHeader/ResultCode"), Some("9"));
    assert_eq!(answer.says("MessageHeader/MessageId"), Some("TKKX9005E"));
}
