//! What a reader finds who follows one document.

use std::collections::BTreeSet;

use serde_json::Value;
use system_tests::{Mock, eventually, foreign, holds};

use super::blocks;
use super::reader::{Reader, Typed, json};

/// The XML document at the end of an output.
fn answer(output: &str) -> foreign::Document {
    let start = output.find("<?xml").unwrap_or_else(|| panic!("no document: {output}"));
    foreign::read_one(output.split_at(start).1.as_bytes())
}

pub(super) fn readme(lines: &[String]) {
    let [demo, start, by_file, by_curl, why] = lines else { panic!("five blocks: {lines:#?}") };
    let place = tempfile::tempdir().unwrap();
    let shown = Typed::start(place.path(), demo, &[]).end();
    for seen in ["employee-valid", "limit-a03", "C101", "G102", "everything as expected"] {
        assert!(shown.contains(seen), "{seen}: {shown}");
    }
    assert_eq!(start, "cargo run --release", "nothing but the default");
    let reader = Reader::new();

    let found = answer(&reader.types(by_file));
    assert_eq!(found.text("MessageHeader/ArbitraryFileIdentifier"), Some("employee-valid"));
    assert_eq!(found.text("MessageBody/QualificationValidity"), Some("1"));
    assert!(reader.mock.exchange().res().join("OQSsiquc01res_0001.xml").is_file());

    let found = answer(&reader.types(by_curl));
    assert_eq!(found.text("MessageHeader/ArbitraryFileIdentifier"), Some("limit-a03"));
    assert_eq!(found.text("MessageHeader/SegmentOfResult"), Some("1"));

    let exchanges = json(&reader.types(why));
    let exchanges = exchanges["exchanges"].as_array().unwrap();
    let cards: Vec<_> = exchanges.iter().map(|exchange| &exchange["card"]).collect();
    assert_eq!(cards, ["limit-a03", "employee-valid"]);
    assert!(!exchanges[0]["reasons"].as_array().unwrap().is_empty(), "{exchanges:?}");
}

pub(super) fn cards(lines: &[String]) {
    let [shown] = lines else { panic!("one block: {lines:#?}") };
    let place = tempfile::tempdir().unwrap();
    let shown = Typed::start(place.path(), shown, &[]).end();
    for seen in
        ["employee-valid", "lost-newer", "<QualificationConfirmSearchInfo>", "\"card\": \"lost-newer\""]
    {
        assert!(shown.contains(seen), "{seen}: {shown}");
    }
}

pub(super) fn certificates(lines: &[String]) {
    let [issue, list, pack] = lines else { panic!("three blocks: {lines:#?}") };
    let reader = Reader::new();
    let issued = json(&reader.types(issue));
    assert_eq!(issued["terminal"], "1319999916-03", "{issued}");
    assert!(!reader.reads("own/terminal.p12").is_empty());
    assert!(reader.types(list).contains("own/certificate.pem: OK"));
    reader.types(pack);
    let manifest: Value = serde_json::from_slice(&reader.reads("wrong/manifest.json")).unwrap();
    assert_eq!(manifest["identities"].as_array().unwrap().len(), 30, "the document says thirty");
}

pub(super) fn files(lines: &[String]) {
    let [alone] = lines else { panic!("one block: {lines:#?}") };
    let reader = Reader::beside(Mock::plan().without_terminal().start());
    let _terminal = reader.begins(alone);
    is_answered_in_the_folder(&reader);
}

fn is_answered_in_the_folder(reader: &Reader) {
    let exchange = reader.mock.exchange();
    eventually("the terminal's folders", || holds(exchange.req().is_dir() && exchange.res().is_dir()));
    exchange.drop_request("OQSsiquc01req_1.xml", &reader.mock.request_for("employee-valid"));
    let answer = exchange.wait_answer("OQSsiquc01req_1.xml");
    assert!(answer.text().contains("<QualificationValidity>1<"), "{}", answer.text());
}

pub(super) fn journal(lines: &[String]) {
    let [wait, report] = lines else { panic!("two blocks: {lines:#?}") };
    let reader = Reader::new();
    for _ in 0..2 {
        let asked = reader.mock.ask("OQSsiquc01", &reader.mock.request_for("expired"));
        assert_eq!(asked.status, 200, "{}", asked.text());
    }
    let waited = json(&reader.types(wait));
    assert_eq!((&waited["met"], &waited["count"]), (&Value::from(true), &Value::from(2)), "{waited}");
    reader.types(report);
    assert!(String::from_utf8(reader.reads("report.xml")).unwrap().contains("<testsuites"));
    assert!(String::from_utf8(reader.reads("report.html")).unwrap().contains("OQSsiquc01"));
}

pub(super) fn lines(lines: &[String]) {
    let [register, start, ask] = lines else { panic!("three blocks: {lines:#?}") };
    let registered = json(&Reader::new().types(register));
    assert_eq!(registered["line"], "CAF0000000002", "{registered}");

    let mut reader = Reader::started_by(start);
    reader.free_ports(&[9443, 9444, 9445]);
    let through = answer(&reader.types(ask));
    assert_eq!(through.text("MessageBody/QualificationValidity"), Some("1"));
    let journal = reader.mock.journal();
    assert_eq!(journal.len(), 1, "{journal:?}");
}

pub(super) fn packs(lines: &[String]) {
    let [ask, check] = lines else { panic!("two blocks: {lines:#?}") };
    let (start, ask) = ask.split_once('\n').unwrap();
    let reader = Reader::started_by(start);
    let shown = reader.types(ask);
    assert!(shown.contains("trouble-slow"), "{shown}");
    let answer = reader.mock.exchange().res().join("OQSsiquc01res_1.xml");
    eventually("the slow answer", || holds(answer.is_file()));

    let [own] = blocks("docs/packs.md", "yaml").try_into().unwrap();
    let own: String = own;
    reader.writes("my-scenario.yaml", &own);
    reader.types(check);
    let schema: Value = serde_json::from_slice(&reader.reads("pack.schema.json")).unwrap();
    assert!(schema["properties"]["patients"].is_object(), "{schema}");
}

pub(super) fn portal(lines: &[String]) {
    let [apply, at_once] = lines else { panic!("two blocks: {lines:#?}") };
    let reader = Reader::new();
    reader.types(apply);
    assert!(reader.reads("notice.pdf").starts_with(b"%PDF"));
    let application = reader.mock.world("portal/applications/1");
    assert_eq!(application["institution"], "1319999924", "{application}");

    let told = reader.types(at_once);
    let completed: Value = serde_json::Deserializer::from_str(&told).into_iter().last().unwrap().unwrap();
    assert_eq!(completed["application"]["institution"], "1319999932", "{completed}");
    assert!(completed["certificate"]["key_pem"].is_string(), "{completed}");
}

pub(super) fn scenarios(lines: &[String]) {
    let [load] = lines else { panic!("one block: {lines:#?}") };
    let [evening] = blocks("docs/scenarios.md", "yaml").try_into().unwrap();
    let evening: String = evening;
    let reader = Reader::new();
    reader.writes("evening.yaml", &evening);
    let shown = reader.types(load);
    assert!(shown.contains(&evening), "its text is shown: {shown}");
    let left = reader.mock.world("scenarios");
    assert_eq!(left["scenarios"], Value::from(Vec::<Value>::new()), "deleted in the end");
}

pub(super) fn service(lines: &[String]) {
    let [visit] = lines else { panic!("one block: {lines:#?}") };
    let reader = Reader::new();
    let played = json(&reader.types(visit));
    assert_eq!(played["outcome"], "identified", "{played}");
    let face = reader.mock.exchange().path().join("face").join(played["face"].as_str().unwrap());
    eventually("the face file", || holds(face.is_file()));
    let document = foreign::read_one(&std::fs::read(face).unwrap());
    assert_eq!(document.text("MessageHeader/ReferenceClassification"), Some("1"));
}

pub(super) fn terminal(lines: &[String]) {
    let [start, run, play] = lines else { panic!("three blocks: {lines:#?}") };
    let reader = Reader::started_by(start);
    let _terminal = reader.begins(run);
    is_answered_in_the_folder(&reader);
    // In the reader's own shell the settings are still there.
    let (settings, _) = run.rsplit_once('\n').unwrap();
    reader.types(&format!("{settings}\n{play}"));
    let faces = reader.mock.exchange().path().join("face");
    let brought = || std::fs::read_dir(&faces).is_ok_and(|mut files| files.next().is_some());
    eventually("the visit's face file", || holds(brought()));
}

pub(super) fn worlds(lines: &[String]) {
    let [create, command] = lines else { panic!("two blocks: {lines:#?}") };
    let reader = Reader::new();
    let created = json(&reader.types(create));
    assert_eq!(created["institution"]["code"], "1319999924", "{created}");
    assert_eq!(created["now"], "2027-03-31T23:59:00.000+09:00");
    reader.types(command);
    let described: Value = serde_json::from_slice(&reader.reads("my-suite.json")).unwrap();
    assert!(described["certificate"]["key_pem"].is_string(), "{described}");
    let worlds = reader.mock.admin("/api/v1/worlds").json();
    let names = worlds["worlds"].as_array().unwrap().iter().map(|world| world["name"].as_str().unwrap());
    let names: BTreeSet<_> = names.collect();
    assert!(names.contains("my-copy") && !names.contains("my-suite"), "imported, and deleted: {names:?}");
}
