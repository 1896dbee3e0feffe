//! Drugs, treatment and operations (YZKsiquc01).

use std::collections::{BTreeMap, BTreeSet};

use messages::id::MessageId;
use onshi_mock::world::Object;

use crate::node::{Node, message, text};
use crate::told::{CLINIC, Insured, PHARMACY, Told, Wanted, YES_TO_ALL};

/// Sees two doctors and had an operation; nothing of it is in the e-prescription system.
const OPERATED: &str = "limit-a03";
/// Drugs of every month, prescribed and dispensed electronically.
const ELECTRONIC: &str = "health-association-valid";

const RECEIPT: &str = "MessageBody/MeTrMonthInf";
const DATE: &str = "DiDateInfs/DiDateInf";
const TREATMENT: &str = "MessageBody/MeTrMonthInf/DiDateInfs/DiDateInf/MeTrInfs/MeTrInf";

/// A world in which everybody of some cards has consented to everything, at both institutions.
fn consented(cards: &[&str]) -> Told {
    let told = Told::new();
    for card in cards {
        told.clinic().comes(card, &YES_TO_ALL);
        told.pharmacy().comes(card, &YES_TO_ALL);
    }
    told
}

fn code(answer: &Node) -> Option<&str> {
    answer.says("MessageHeader/MessageId")
}

#[test]
fn the_header_echoes_the_request_and_names_the_person() {
    let told = consented(&["municipal-valid"]);
    let insured = told.insured("municipal-valid");
    let wanted = Wanted { since: Some("20260101".into()), ..Wanted::all(&told, "4") };
    let answer = told.clinic().drugs(&insured, &wanted);
    let header = answer.get("MessageHeader").unwrap();
    assert_eq!(
        header.names(),
        ["ProcessExecutionTime", "RequestInfo", "QuaInf", "ResultCode", "CharacterCodeIdentifier"]
    );
    let texts = |group: &str| -> Vec<(String, String)> {
        header.get(group).unwrap().children.iter().map(|c| (c.name.clone(), c.text.clone())).collect()
    };
    let owned = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
        pairs.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
    };
    assert_eq!(
        texts("RequestInfo"),
        owned(&[
            ("ReqMedicalInstitutionCode", CLINIC),
            ("ReqInsurerNumber", "  139998"),
            ("ReqInsuranceCardSymbol", "見本"),
            ("ReqInsuredPersonIdentificationNumber", "１００９"),
            ("ReqBranchNumber", "01"),
            ("ReqArbitraryFileIdentifier", "v-1"),
            ("ReqStartDate", "202312"),
            ("ReqEndDate", "202611"),
            ("ReqLastDate", "20260101"),
            ("ReqFileCategory", "4"),
        ])
    );
    assert_eq!(
        texts("QuaInf"),
        owned(&[
            ("InsNum", "  139998"),
            ("InsCdSym", "見本"),
            ("InsCdNum", "１００９"),
            ("BrancNum", "01"),
            ("KanaName", "ﾐﾎﾝ ﾅﾂｺ"),
            ("Name", "見本　夏子"),
            ("Birth", "19680615"),
            ("Age", "58"),
            ("AdmGendCode", "2"),
        ])
    );
}

#[test]
fn the_kind_of_file_decides_between_xml_and_pdf_drugs_and_treatment() {
    let told = consented(&[OPERATED]);
    let insured = told.insured(OPERATED);
    for (file, content_type) in [
        ("1", "application/pdf"),
        ("2", "application/xml"),
        ("3", "application/pdf"),
        ("4", "application/xml"),
    ] {
        let request = told.clinic().drugs_request(&insured, &Wanted::all(&told, file));
        let answer = told.clinic().send(MessageId::YzkSiQuc01, &request);
        assert_eq!(answer.content_type, content_type, "{file}");
        assert_eq!(answer.body.starts_with(b"%PDF-"), content_type == "application/pdf", "{file}");
    }
    let answer = |file| told.clinic().drugs(&insured, &Wanted::all(&told, file));
    let (drugs, all) = (answer("2"), answer("4"));
    assert!(drugs.anywhere("MeTrInf").is_empty() && !all.anywhere("MeTrInf").is_empty());
    let names = |answer: &Node| -> Vec<String> {
        answer.anywhere("DrugN").iter().map(|node| node.text.clone()).collect()
    };
    assert!(!names(&drugs).is_empty());
    assert_eq!(names(&drugs), names(&all), "the same drugs");
}

#[test]
fn months_outside_the_window_or_the_wrong_way_round_have_their_own_code() {
    let told = consented(&[ELECTRONIC]);
    let insured = told.insured(ELECTRONIC);
    let ask = |from: &str, to: &str| {
        let wanted = Wanted { from: from.into(), to: to.into(), ..Wanted::all(&told, "2") };
        code(&told.clinic().drugs(&insured, &wanted)).map(str::to_owned)
    };
    for (from, to, fine) in [
        ("202312", "202611", true),  // 36 months
        ("202311", "202611", false), // 37
        ("202611", "202610", false),
        ("202610", "202610", true),
        ("202312", "999999", true),
        ("202311", "999999", false), // 37 up to this month
        ("202108", "202208", false), // before September 2021
        ("202613", "202611", false),
        ("", "202611", false),
        ("202601", "", false),
        ("999999", "999999", false),
    ] {
        let expected = (!fine).then_some("YZKX0003E");
        assert_eq!(ask(from, to).as_deref(), expected, "{from} to {to}");
    }
}

#[test]
fn the_first_month_of_all_is_september_2021() {
    let mut told = Told::new();
    told.pass_hours(-24 * 365 * 3);
    told.clinic().comes(ELECTRONIC, &YES_TO_ALL);
    let insured = told.insured(ELECTRONIC);
    let ask = |from: &str| {
        let wanted = Wanted { from: from.into(), to: "202310".into(), ..Wanted::all(&told, "2") };
        told.clinic().drugs(&insured, &wanted)
    };
    let answer = ask("202109");
    assert_eq!(code(&answer), None);
    assert_eq!(answer.texts(&format!("{RECEIPT}/MeTrMonth")).first(), Some(&"202109"));
    assert_eq!(code(&ask("202108")), Some("YZKX0003E"));
}

#[test]
fn nines_mean_up_to_this_month() {
    let told = consented(&[ELECTRONIC]);
    let insured = told.insured(ELECTRONIC);
    let ask = |to: &str| {
        let wanted = Wanted { to: to.into(), prescriptions: Some("1"), ..Wanted::all(&told, "4") };
        told.clinic().drugs(&insured, &wanted)
    };
    let (open, closed) = (ask("999999"), ask(&told.month(0)));
    assert_eq!(open.get("MessageBody"), closed.get("MessageBody"));
    assert_eq!(
        open.says("MessageHeader/RequestInfo/ReqEndDate"),
        Some("999999"),
        "the echo is what was sent"
    );
}

#[test]
fn only_the_months_asked_for_are_shown_in_order() {
    let told = consented(&[ELECTRONIC, OPERATED, "late-elderly-10"]);
    for card in [ELECTRONIC, OPERATED, "late-elderly-10"] {
        let wanted = Wanted { from: "202507".into(), to: "202603".into(), ..Wanted::all(&told, "4") };
        let answer = told.clinic().drugs(&told.insured(card), &wanted);
        let months = answer.texts(&format!("{RECEIPT}/MeTrMonth"));
        assert!(months.is_sorted() && !months.is_empty(), "{card}: {months:?}");
        assert!(months.iter().all(|month| ("202507"..="202603").contains(month)), "{card}");
        for month in answer.all(RECEIPT) {
            let days = month.texts(&format!("{DATE}/DiDate"));
            assert!(days.is_sorted(), "{card}: {days:?}");
            let of = month.says("MeTrMonth").unwrap();
            assert!(days.iter().all(|day| day.starts_with(of)), "{card}: {days:?} in {of}");
        }
    }
}

#[test]
fn receipts_of_a_month_are_seen_from_the_11th_of_the_next() {
    let mut told = Told::new();
    let last_month = |told: &Told| {
        told.clinic().comes("municipal-valid", &YES_TO_ALL);
        let answer = told.clinic().drugs(&told.insured("municipal-valid"), &Wanted::all(told, "2"));
        answer.texts(&format!("{RECEIPT}/MeTrMonth")).last().copied().unwrap().to_owned()
    };
    assert_eq!(last_month(&told), "202610");
    told.pass_hours(-24 * 12);
    assert_eq!((told.day(0, 0), last_month(&told)), ("20261110".to_owned(), "202609".to_owned()));
    told.pass_hours(24);
    assert_eq!((told.day(0, 0), last_month(&told)), ("20261111".to_owned(), "202610".to_owned()));
}

#[test]
fn the_last_date_leaves_only_what_was_added_since() {
    let told = consented(&["municipal-valid"]);
    let insured = told.insured("municipal-valid");
    let ask = |since: Option<&str>| {
        let wanted = Wanted { since: since.map(str::to_owned), ..Wanted::all(&told, "4") };
        told.clinic().drugs(&insured, &wanted)
    };
    let all = ask(None);
    assert_eq!(ask(Some("20200101")).get("MessageBody"), all.get("MessageBody"));
    // The receipts of October came in on the 11th of November.
    let months: BTreeSet<_> =
        ask(Some("20261111")).texts(&format!("{RECEIPT}/MeTrMonth")).into_iter().map(str::to_owned).collect();
    assert_eq!(months, BTreeSet::from(["202610".to_owned()]));
    assert_eq!(code(&ask(Some("20261112"))), Some("YZKX0002E"), "nothing new");
}

#[test]
fn the_parts_of_the_e_prescription_system_are_shown_when_they_are_asked_for() {
    let told = consented(&[ELECTRONIC, "municipal-valid"]);
    let ask = |card: &str, prescriptions| {
        let wanted = Wanted { prescriptions, ..Wanted::all(&told, "4") };
        told.clinic().drugs(&told.insured(card), &wanted)
    };
    let without = ask(ELECTRONIC, Some("0"));
    assert_eq!(ask(ELECTRONIC, None).get("MessageBody"), without.get("MessageBody"));
    let part = |answer: &Node, name: &str| !answer.all(&format!("MessageBody/{name}")).is_empty();
    assert!(part(&without, "MeTrMonthInf") && !part(&without, "CzDiInf") && !part(&without, "ShPrInf"));
    let with = ask(ELECTRONIC, Some("1"));
    assert!(part(&with, "CzDiInf") && part(&with, "ShPrInf"));
    let receipts = |answer: &Node| answer.all(RECEIPT).into_iter().cloned().collect::<Vec<_>>();
    assert_eq!(receipts(&with), receipts(&without), "receipts stay as they are");
    for name in ["GrpNum1", "GrpNum2", "MeTrInfs", "UsageC", "OnDose"] {
        for part in ["CzDiInf", "ShPrInf"] {
            let part = with.get(&format!("MessageBody/{part}")).unwrap();
            assert!(part.anywhere(name).is_empty(), "{name} belongs to receipts alone");
        }
    }
    let paper = ask("municipal-valid", Some("1"));
    assert!(!part(&paper, "CzDiInf") && !part(&paper, "ShPrInf"), "nothing of this person is electronic");
}

#[test]
fn what_was_dispensed_was_prescribed_with_the_same_drugs() {
    let told = consented(&[ELECTRONIC]);
    let wanted = Wanted { prescriptions: Some("1"), ..Wanted::all(&told, "2") };
    let answer = told.clinic().drugs(&told.insured(ELECTRONIC), &wanted);
    let lines = |path: &str, day: &str, drugs: &str, names: [&str; 3]| -> BTreeSet<Vec<String>> {
        let days = answer.all(path);
        let of_day = |date: &&Node| -> Vec<Vec<String>> {
            let on = date.says(day).unwrap().to_owned();
            let line = |drug: &&Node| {
                names.iter().map(|name| drug.says(name).unwrap().to_owned()).chain([on.clone()]).collect()
            };
            date.all(drugs).iter().map(line).collect()
        };
        days.iter().flat_map(of_day).collect()
    };
    let dispensed = lines(
        "MessageBody/CzDiInf/CzDiMonthInf/CzDiDateInfs/CzDiDateInf",
        "CzPrDate",
        "CzDrugInfs/CzDrugInf",
        ["CzDrugC", "CzQua1", "CzTimes"],
    );
    let prescribed = lines(
        "MessageBody/ShPrInf/ShPrMonthInf/ShPrDateInfs/ShPrDateInf",
        "ShPrDate",
        "ShDrugInfs/ShDrugInf",
        ["ShDrugC", "ShQua1", "ShTimes"],
    );
    assert!(!dispensed.is_empty());
    assert_eq!(dispensed, prescribed);
}

#[test]
fn treatments_need_a_consent_to_diagnosis_and_operations_one_of_their_own() {
    let kinds = |answers: &[(Object, bool)]| {
        let told = Told::new();
        told.clinic().comes(OPERATED, answers);
        let answer = told.clinic().drugs(&told.insured(OPERATED), &Wanted::all(&told, "4"));
        assert!(!answer.anywhere("DrugInf").is_empty(), "drugs are shown in any case");
        let is_operation = |class: &&str| ["50", "54"].contains(class);
        let (operations, others): (Vec<&str>, Vec<&str>) =
            answer.texts(&format!("{TREATMENT}/MeTrIdCl")).into_iter().partition(is_operation);
        (!others.is_empty(), !operations.is_empty())
    };
    let drugs = (Object::Drugs, true);
    assert_eq!(kinds(&[drugs]), (false, false));
    assert_eq!(kinds(&[drugs, (Object::Diagnosis, true)]), (true, false));
    assert_eq!(kinds(&[drugs, (Object::Operations, true)]), (false, true));
    assert_eq!(kinds(&[drugs, (Object::Diagnosis, true), (Object::Operations, true)]), (true, true));
    assert_eq!(kinds(&[drugs, (Object::Diagnosis, false), (Object::Operations, false)]), (false, false));
}

#[test]
fn operations_are_shown_with_treatments_if_the_dialect_says_so() {
    let told = Told::with("viewing:\n  operations-need-consent: {value: false, mark: D, source: test}\n");
    told.clinic().comes(OPERATED, &[(Object::Drugs, true), (Object::Diagnosis, true)]);
    let answer = told.clinic().drugs(&told.insured(OPERATED), &Wanted::all(&told, "4"));
    assert!(answer.texts(&format!("{TREATMENT}/MeTrIdCl")).contains(&"50"));
}

#[test]
fn places_are_numbered_within_each_month_and_share_their_numbers() {
    let cards = [ELECTRONIC, OPERATED, "late-elderly-10", "employee-valid"];
    let told = consented(&cards);
    let mut shared = false;
    for card in cards {
        let answer = told.clinic().drugs(&told.insured(card), &Wanted::all(&told, "4"));
        let mut months: BTreeMap<&str, Vec<(&str, &str)>> = BTreeMap::new();
        for month in answer.all(RECEIPT) {
            let numbered = months.entry(month.says("MeTrMonth").unwrap()).or_default();
            numbered.push((month.says("GrpNum1").unwrap(), month.says("MeTrDiHCd").unwrap()));
            assert_eq!(month.get("GrpNum2").is_some(), month.get("PrlsHCd").is_some());
            if let Some(number) = month.says("GrpNum2") {
                numbered.push((number, month.says("PrlsHCd").unwrap()));
            }
        }
        for (month, numbered) in months {
            let numbers: BTreeSet<usize> =
                numbered.iter().map(|(number, _)| number.parse().unwrap()).collect();
            let pairs: BTreeSet<_> = numbered.iter().collect();
            let places: BTreeSet<_> = numbered.iter().map(|(_, place)| place).collect();
            assert_eq!(pairs.len(), places.len(), "{card} {month}: one number for each place");
            assert_eq!(pairs.len(), numbers.len(), "{card} {month}: one place for each number");
            assert!(numbers.into_iter().eq(1..=places.len()), "{card} {month}: running from 1");
            shared |= numbered.len() > pairs.len();
        }
    }
    assert!(shared, "somewhere a place dispenses or treats and prescribes, too");
}

#[test]
fn a_place_is_the_askers_own_if_its_code_is() {
    let told = consented(&["employee-valid", "late-elderly-10"]);
    for (desk, own) in [(told.clinic(), CLINIC), (told.pharmacy(), PHARMACY)] {
        let mut seen = BTreeSet::new();
        for card in ["employee-valid", "late-elderly-10"] {
            let answer = desk.drugs(&told.insured(card), &Wanted::all(&told, "4"));
            for month in answer.all(RECEIPT) {
                for (code, flag) in [("MeTrDiHCd", "DiOrg"), ("PrlsHCd", "PrIsOrg")] {
                    let expected = month.says(code).map(|code| if code == own { "1" } else { "2" });
                    assert_eq!(month.says(flag), expected, "{own} {card}");
                    seen.extend(month.says(flag).map(|value| (flag, value.to_owned())));
                }
            }
        }
        assert!(seen.contains(&("DiOrg", "2".to_owned())), "{own}");
        assert!(seen.contains(&("DiOrg", "1".to_owned())), "{own}: its own visits come back");
        let prescribed = if own == CLINIC { "1" } else { "2" };
        assert!(seen.contains(&("PrIsOrg", prescribed.to_owned())), "{own}");
    }
}

#[test]
fn the_part_of_a_prescription_says_whether_the_asker_issued_it() {
    let told = consented(&[ELECTRONIC]);
    let wanted = Wanted { prescriptions: Some("1"), ..Wanted::all(&told, "2") };
    let answer = told.clinic().drugs(&told.insured(ELECTRONIC), &wanted);
    for month in answer.all("MessageBody/ShPrInf/ShPrMonthInf") {
        let own = month.says("ShMeTrDiHCd") == Some(CLINIC);
        assert_eq!(month.says("ShPrOrg"), Some(if own { "1" } else { "2" }));
        // The example of elements.md 7.4 has both.
        assert_eq!(month.says("ShPrIsOrg"), Some(if own { "1" } else { "2" }));
    }
}

#[test]
fn who_has_no_data_is_told_so_whatever_file_was_asked_for() {
    let told = consented(&["self-defence-valid", "dependant-valid"]);
    let no_data = |insured: &Insured, wanted: &Wanted| {
        let answer = told.clinic().drugs(insured, wanted);
        assert_eq!(answer.says("MessageHeader/ResultCode"), Some("2"), "{wanted:?}");
        assert_eq!(code(&answer), Some("YZKX0002E"), "{wanted:?}");
        assert_eq!(answer.get("MessageBody").unwrap().children, [], "{wanted:?}");
    };
    for file in ["1", "2", "3", "4"] {
        no_data(&told.insured("self-defence-valid"), &Wanted::all(&told, file));
    }
    // Hay fever has no season in autumn.
    let autumn = Wanted { from: "202609".into(), to: "202610".into(), ..Wanted::all(&told, "4") };
    no_data(&told.insured("dependant-valid"), &autumn);
}

#[test]
fn a_refusal_of_a_pdf_is_xml() {
    let told = Told::new();
    let insured = told.insured(ELECTRONIC);
    for file in ["1", "3"] {
        let answer = told.clinic().drugs(&insured, &Wanted::all(&told, file));
        assert_eq!(code(&answer), Some("YZKX0001E"));
        assert_eq!(answer.says("MessageHeader/RequestInfo/ReqFileCategory"), Some(file));
    }
    told.clinic().comes(ELECTRONIC, &YES_TO_ALL);
    let wrong = Wanted { from: "202001".into(), ..Wanted::all(&told, "1") };
    assert_eq!(code(&told.clinic().drugs(&insured, &wrong)), Some("YZKX0003E"));
}

#[test]
fn items_that_cannot_be_used_have_their_codes() {
    let told = consented(&[ELECTRONIC]);
    let insured = told.insured(ELECTRONIC);
    let ask = |insured: &Insured, file| {
        let answer = told.clinic().drugs(insured, &Wanted::all(&told, file));
        (answer.says("MessageHeader/ResultCode").unwrap().to_owned(), code(&answer).unwrap().to_owned())
    };
    let item = ("2".to_owned(), "YZKX0005E".to_owned());
    assert_eq!(ask(&insured, "5"), item);
    assert_eq!(ask(&insured, ""), item);
    assert_eq!(ask(&Insured { insurer: "01139996".into(), ..insured.clone() }, "2"), item);
    assert_eq!(ask(&Insured { number: String::new(), ..insured.clone() }, "2"), item);
    let elsewhere = told
        .pharmacy()
        .ask(MessageId::YzkSiQuc01, &told.clinic().drugs_request(&insured, &Wanted::all(&told, "2")));
    assert_eq!(elsewhere.says("MessageHeader/ResultCode"), Some("9"));
    assert_eq!(code(&elsewhere), Some("YZKX9005E"));
    let empty =
        told.clinic().ask(MessageId::YzkSiQuc01, &message([text("MedicalInstitutionCode", CLINIC)], []));
    assert_eq!(code(&empty), Some("YZKX0005E"));
}

#[test]
fn a_last_date_that_is_no_date_is_an_error_and_not_everything() {
    let told = consented(&[ELECTRONIC]);
    let wanted = Wanted { since: Some("20261131".into()), ..Wanted::all(&told, "2") };
    let answer = told.clinic().drugs(&told.insured(ELECTRONIC), &wanted);
    assert_eq!(code(&answer), Some("YZKX0005E"));
}

#[test]
fn an_answer_is_the_same_each_time() {
    let told = consented(&[OPERATED]);
    let request = told.clinic().drugs_request(&told.insured(OPERATED), &Wanted::all(&told, "4"));
    let ask = || told.clinic().send(MessageId::YzkSiQuc01, &request).body;
    assert_eq!(ask(), ask());
}
