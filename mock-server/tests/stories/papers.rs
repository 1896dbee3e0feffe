//! Answers as PDF, read by somebody else's tools (poppler-utils).

use std::path::Path;
use std::process::Command;

use bytes::Bytes;
use messages::id::MessageId;

use crate::node::Node;
use crate::told::{Told, Wanted, YES_TO_ALL};

fn run(program: &str, arguments: &[&str], file: &Path) -> String {
    let output = Command::new(program).args(arguments).arg(file).arg("-").output();
    let output = output.unwrap_or_else(|error| panic!("{program} (poppler-utils): {error}"));
    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The text of a document without white space.
fn read(paper: &[u8]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("answer.pdf");
    std::fs::write(&file, paper).unwrap();
    squeezed(&run("pdftotext", &["-raw", "-enc", "UTF-8"], &file))
}

fn squeezed(text: &str) -> String {
    text.split_whitespace().collect()
}

/// Finds texts one after the other, each behind the one before.
fn in_order(text: &str, wanted: impl IntoIterator<Item = String>, what: &str) {
    let mut at = 0;
    for wanted in wanted {
        let wanted = squeezed(&wanted);
        let found = text.get(at..).and_then(|rest| rest.find(&wanted));
        let near: String = text.get(at..).unwrap_or_default().chars().take(200).collect();
        at += found.unwrap_or_else(|| panic!("{what}: {wanted:?} is not in: {near}…")) + wanted.len();
    }
}

/// `20261122` as documents write it.
fn day(day: &str) -> String {
    let (year, rest) = day.split_at(4);
    let (month, day) = rest.split_at(2);
    format!("{year}/{month}/{day}")
}

fn says(node: &Node, path: &str) -> String {
    node.says(path).unwrap_or_default().to_owned()
}

/// What the XML tells of drugs and treatments, as the document should tell it in the same order.
fn told_of_drugs(answer: &Node) -> Vec<String> {
    let mut lines = Vec::new();
    for (months, prefix, dates, on, drugs) in [
        ("MessageBody/MeTrMonthInf", "", "DiDateInfs/DiDateInf", "DiDate", "DrugInfs/DrugInf"),
        (
            "MessageBody/CzDiInf/CzDiMonthInf",
            "Cz",
            "CzDiDateInfs/CzDiDateInf",
            "CzDiDate",
            "CzDrugInfs/CzDrugInf",
        ),
        (
            "MessageBody/ShPrInf/ShPrMonthInf",
            "Sh",
            "ShPrDateInfs/ShPrDateInf",
            "ShPrDate",
            "ShDrugInfs/ShDrugInf",
        ),
    ] {
        for month in answer.all(months) {
            lines.push(says(month, &format!("{prefix}MeTrDiHNm")));
            for date in month.all(dates) {
                for drug in date.all(drugs) {
                    lines.push(day(date.says(on).unwrap()));
                    lines.push(says(drug, &format!("{prefix}DrugN")));
                    lines.push(says(drug, &format!("{prefix}Qua1")) + &says(drug, &format!("{prefix}Unit")));
                    lines.push(says(drug, &format!("{prefix}Times")));
                }
            }
            for date in month.all(dates) {
                for treatment in date.all("MeTrInfs/MeTrInf") {
                    lines.push(day(date.says(on).unwrap()));
                    lines.push(says(treatment, "SinInfN"));
                    lines.push(says(treatment, "Qua1") + &says(treatment, "Unit"));
                    lines.push(says(treatment, "Times"));
                }
            }
        }
    }
    lines
}

fn drugs_paper(told: &Told, card: &str, wanted: &Wanted) -> Bytes {
    let request = told.clinic().drugs_request(&told.insured(card), wanted);
    let answer = told.clinic().send(MessageId::YzkSiQuc01, &request);
    assert_eq!(answer.content_type, "application/pdf", "{card}");
    answer.body
}

fn checkups_paper(told: &Told, card: &str) -> Bytes {
    let request = told.clinic().checkups_request(&told.insured(card), "1");
    let answer = told.clinic().send(MessageId::TkkSiQuc01, &request);
    assert_eq!(answer.content_type, "application/pdf", "{card}");
    answer.body
}

/// The keys of the cards for which something is so; everybody has consented.
fn consented(is: impl Fn(&scenarios::Card) -> bool) -> (Told, Vec<String>) {
    let told = Told::new();
    let people = told.world.people();
    let cards: Vec<_> = people.cards().filter(|card| is(card)).map(|card| card.key.clone()).collect();
    cards.iter().for_each(|card| drop(told.clinic().comes(card, &YES_TO_ALL)));
    (told, cards)
}

#[test]
fn the_document_of_drugs_tells_what_the_xml_tells_in_the_same_order() {
    let (told, cards) = consented(|card| !card.person.history.profiles.is_empty());
    let mut compared = 0;
    for card in cards {
        // With the parts of the e-prescription system, drugs alone and with treatments.
        for (paper, xml) in [("1", "2"), ("3", "4")] {
            let wanted = |file| Wanted { prescriptions: Some("1"), ..Wanted::all(&told, file) };
            let answer = told.clinic().drugs(&told.insured(&card), &wanted(xml));
            if answer.says("MessageHeader/ResultCode") != Some("1") {
                continue;
            }
            let text = read(&drugs_paper(&told, &card, &wanted(paper)));
            let person = answer.get("MessageHeader/QuaInf").unwrap();
            let heading = ["Name", "KanaName"].map(|name| says(person, name));
            in_order(&text, heading.into_iter().chain(told_of_drugs(&answer)), &format!("{card} {paper}"));
            compared += 1;
        }
    }
    assert!(compared > 40, "{compared} documents");
}

#[test]
fn a_document_of_drugs_alone_names_no_treatment() {
    let (told, _) = consented(|card| card.key == "limit-a03");
    let all = told.clinic().drugs(&told.insured("limit-a03"), &Wanted::all(&told, "4"));
    let text = read(&drugs_paper(&told, "limit-a03", &Wanted::all(&told, "1")));
    for name in all.anywhere("SinInfN") {
        assert!(!text.contains(&squeezed(&name.text)), "{}", name.text);
    }
}

#[test]
fn a_document_of_36_months_has_pages_that_repeat_person_and_test_notice() {
    let (told, _) = consented(|card| card.key == "late-elderly-10");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("answer.pdf");
    std::fs::write(&file, drugs_paper(&told, "late-elderly-10", &Wanted::all(&told, "3"))).unwrap();
    let text = run("pdftotext", &["-raw", "-enc", "UTF-8"], &file);
    let pages: Vec<_> = text.split('\u{c}').filter(|page| !page.trim().is_empty()).collect();
    assert!(pages.len() > 3, "{} pages", pages.len());
    for page in pages {
        let page = squeezed(page);
        assert!(page.contains("模擬歩") && page.contains("TESTDATA"), "{page}");
    }
}

#[test]
fn the_document_of_checkups_tells_what_the_xml_tells_in_the_same_order() {
    let (told, cards) = consented(|card| card.person.history.checkups.is_some());
    assert!(cards.len() > 10);
    for card in cards {
        let answer = told.clinic().checkups(&told.insured(&card));
        let mut lines = Vec::new();
        for checkup in answer.all("MessageBody/SpecificHealthCheckupInfo") {
            lines.push(day(checkup.says("EffectiveTime").unwrap()));
            for item in checkup.all("HealthCheckupResultAndQuestionInfos/HealthCheckupResultAndQuestionInfo")
            {
                lines.extend(["ItemName", "DataValue", "DataValueName", "Unit"].map(|name| says(item, name)));
            }
        }
        in_order(&read(&checkups_paper(&told, &card)), lines, &card);
    }
}

#[test]
fn the_same_data_give_the_same_bytes() {
    let (told, _) = consented(|card| card.key == "employee-valid");
    let drugs = |told: &Told| drugs_paper(told, "employee-valid", &Wanted::all(told, "3"));
    let (again, _) = consented(|card| card.key == "employee-valid");
    assert_eq!(drugs(&told), drugs(&told));
    assert_eq!(drugs(&told), drugs(&again), "in another world, too");
    assert_eq!(checkups_paper(&told, "employee-valid"), checkups_paper(&again, "employee-valid"));
}

#[test]
fn every_font_is_embedded_and_its_text_can_be_searched() {
    let (told, _) = consented(|card| card.key == "employee-valid");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("answer.pdf");
    for paper in [
        drugs_paper(&told, "employee-valid", &Wanted::all(&told, "1")),
        drugs_paper(&told, "employee-valid", &Wanted::all(&told, "3")),
        checkups_paper(&told, "employee-valid"),
    ] {
        std::fs::write(&file, paper).unwrap();
        let output = Command::new("pdffonts").arg(&file).output().unwrap();
        let table = String::from_utf8(output.stdout).unwrap();
        let fonts: Vec<_> = table.lines().skip(2).collect();
        assert!(!fonts.is_empty(), "{table}");
        for font in fonts {
            // name, type, encoding, embedded, subset, unicode, object number and generation
            let columns: Vec<_> = font.split_whitespace().rev().collect();
            assert_eq!((columns[4], columns[2]), ("yes", "yes"), "embedded, with its Unicode: {font}");
        }
    }
}
