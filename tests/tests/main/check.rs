//! `onshi-mock check` and `onshi-mock schema`: what they print, and the status with which they end.

use std::fs;
use std::path::Path;
use std::process::Output;

use serde_json::Value;
use system_tests::{Place, binaries};

fn run(place: &Place, arguments: &[&str]) -> Output {
    binaries::onshi_mock().current_dir(place.path()).args(arguments).output().unwrap()
}

fn stdout(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).unwrap()
}

fn json(place: &Place, files: &[&str]) -> (Option<i32>, Value) {
    let output = run(place, &[&["check", "--format", "json"], files].concat());
    (output.status.code(), serde_json::from_slice(&output.stdout).unwrap())
}

/// A request of the test card, as a product writes it.
fn request(place: &Place) -> String {
    stdout(&run(place, &["cards", "employee-valid", "--request"])).to_owned()
}

const GOOD: &str = "scripts:\n  - name: slow\n    when: {card: employee-valid}\n    then: {delay: 3s}\n";

#[test]
fn a_good_scenario_and_a_good_request_are_status_0() {
    let place = Place::new();
    fs::write(place.at("good.yaml"), GOOD).unwrap();
    fs::write(place.at("OQSsiquc01req_1.xml"), request(&place)).unwrap();
    let output = run(&place, &["check", "good.yaml", "OQSsiquc01req_1.xml"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let lines: Vec<_> = stdout(&output).lines().collect();
    assert_eq!(
        lines,
        [
            "good.yaml: シナリオ / scenario: 問題なし / no findings",
            "OQSsiquc01req_1.xml: OQSsiquc01: 問題なし / no findings",
        ]
    );
}

#[test]
fn every_mistake_of_a_scenario_is_drawn_with_its_place_and_the_nearest_word_and_the_status_is_7() {
    let place = Place::new();
    let wrong = format!(
        "{GOOD}  - name: other\n    when: {{card: employe-valid}}\n    than: {{delay: 3s}}\nfaults:\n  - {{name: a, kinds: [], rate: x}}\n"
    );
    fs::write(place.at("wrong.yaml"), wrong).unwrap();
    let output = run(&place, &["check", "wrong.yaml"]);
    assert_eq!(output.status.code(), Some(7));
    for piece in [
        "error[S003]: unknown key `than`; did you mean `then`?",
        "wrong.yaml:7:5",
        "7 |     than: {delay: 3s}",
        "このキーはありません",
        "error[S007]",
        "指摘 2 件 / 2 findings",
    ] {
        assert!(stdout(&output).contains(piece), "{piece}: {}", stdout(&output));
    }
    let lines = run(&place, &["check", "--format", "line", "wrong.yaml"]);
    assert!(stdout(&lines).starts_with("wrong.yaml:7:5: unknown key `than`"), "{}", stdout(&lines));
    let (status, found) = json(&place, &["wrong.yaml"]);
    assert_eq!((status, &found["problems"]), (Some(7), &Value::from(2)));
    let first = &found["files"][0]["problems"][0];
    assert_eq!((&first["label"], &first["line"], &first["column"]), (&"S003".into(), &7.into(), &5.into()));
    assert_eq!(first["text"]["ja"], "このキーはありません");
}

#[test]
fn a_card_that_no_pack_has_is_pointed_at_and_one_of_any_shipped_pack_is_known() {
    let place = Place::new();
    fs::write(place.at("a.yaml"), GOOD.replace("employee-valid", "trouble-slow")).unwrap();
    assert_eq!(run(&place, &["check", "a.yaml"]).status.code(), Some(0));
    fs::write(place.at("a.yaml"), GOOD.replace("employee-valid", "trouble-slov")).unwrap();
    let (status, found) = json(&place, &["a.yaml"]);
    assert_eq!((status, &found["files"][0]["problems"][0]["label"]), (Some(7), &"S119".into()));
}

#[test]
fn a_card_that_expects_another_answer_than_the_service_gives_is_told_with_the_reasons() {
    let place = Place::new();
    let example =
        Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("docs/examples/first-scenario.yaml");
    let scenario = fs::read_to_string(example).unwrap();
    fs::write(place.at("a.yaml"), &scenario).unwrap();
    assert_eq!(run(&place, &["check", "a.yaml"]).status.code(), Some(0));
    fs::write(place.at("a.yaml"), scenario.replace("{validity: \"1\"}", "{validity: \"2\"}")).unwrap();
    let output = run(&place, &["check", "a.yaml"]);
    assert_eq!(output.status.code(), Some(7));
    for piece in [
        "warning[S201]",
        "card `my-patient` expects validity 2; the service answers validity 1",
        "a.yaml:4:11",
    ] {
        assert!(stdout(&output).contains(piece), "{piece}: {}", stdout(&output));
    }
}

#[test]
fn the_findings_of_a_request_are_explained_by_element_place_and_page_and_the_status_is_3() {
    let place = Place::new();
    let odd =
        request(&place).replace("06139992", "06139991").replace("<Birthdate>19800101", "<Birthdate>19800231");
    fs::write(place.at("OQSsiquc01req_1.xml"), &odd).unwrap();
    let output = run(&place, &["check", "OQSsiquc01req_1.xml"]);
    assert_eq!(output.status.code(), Some(3));
    for piece in [
        "error[X103]",
        "InsurerNumber \"06139991\": the check digit does not fit, expected check digit 2",
        "保険者番号",
        "検証番号が正しくありません",
        "docs/reference/findings.md (X103)",
        "docs/reference/OQSsiquc01.md",
        "error[X105]",
        "19800231",
    ] {
        assert!(stdout(&output).contains(piece), "{piece}: {}", stdout(&output));
    }
    // Another name: the message is found by its elements; the place is that of the value in the file.
    fs::write(place.at("request.xml"), &odd).unwrap();
    let (status, found) = json(&place, &["request.xml"]);
    let file = &found["files"][0];
    assert_eq!(
        (status, &file["message"], &file["message_by_elements"]),
        (Some(3), &"OQSsiquc01".into(), &true.into())
    );
    let line = odd.lines().position(|line| line.contains("06139991")).unwrap() + 1;
    assert_eq!(file["problems"][0]["line"], line);
}

#[test]
fn a_request_that_is_none_is_told_as_the_service_refuses_it() {
    let place = Place::new();
    let cases: [(&str, Vec<u8>, &str); 4] = [
        ("a.xml", b"<?xml version=\"1.0\" encoding=\"UTF-8\"?><XmlMsg><A></XmlMsg>".to_vec(), "X913"),
        ("b.xml", b"<!DOCTYPE a [<!ENTITY b \"c\">]><XmlMsg/>".to_vec(), "X914"),
        ("c.xml", b"<Other/>".to_vec(), "X917"),
        ("d.xml", b"<?xml version=\"1.0\" encoding=\"EUC-JP\"?><XmlMsg/>".to_vec(), "X911"),
    ];
    for (name, bytes, label) in cases {
        fs::write(place.at(name), bytes).unwrap();
        let (status, found) = json(&place, &[name]);
        assert_eq!((status, &found["files"][0]["problems"][0]["label"]), (Some(3), &label.into()), "{name}");
    }
}

#[test]
fn notes_are_told_and_are_no_failure_and_a_scenario_weighs_more_than_a_request() {
    let place = Place::new();
    let padded = request(&place).replacen("<?xml", "\u{feff}<?xml", 1);
    fs::write(place.at("OQSsiquc01req_1.xml"), padded).unwrap();
    let (status, found) = json(&place, &["OQSsiquc01req_1.xml"]);
    assert_eq!((status, &found["files"][0]["problems"][0]["label"]), (Some(0), &"X301".into()));
    fs::write(place.at("OQSsiquc01req_2.xml"), "<XmlMsg/>").unwrap();
    fs::write(place.at("wrong.yaml"), "script: []\n").unwrap();
    assert_eq!(run(&place, &["check", "OQSsiquc01req_2.xml", "wrong.yaml"]).status.code(), Some(7));
    assert_eq!(run(&place, &["check", "OQSsiquc01req_2.xml", "missing.yaml"]).status.code(), Some(2));
    assert_eq!(run(&place, &["check", "--message", "OQSsiquc99", "wrong.yaml"]).status.code(), Some(2));
}

#[test]
fn a_name_under_which_no_terminal_takes_the_request_is_remarked_and_is_no_failure() {
    let place = Place::new();
    for (name, right) in [
        ("OQSsiquc01_0002.xml", "OQSsiquc01req_0002.xml"),
        ("OQSsiquc01req.xml", "OQSsiquc01req_1.xml"),
        ("OQSsiquc01req_.xml", "OQSsiquc01req_1.xml"),
        ("OQSsiquc01res_0006.xml", "OQSsiquc01req_0006.xml"),
    ] {
        fs::write(place.at(name), request(&place)).unwrap();
        let (status, found) = json(&place, &[name]);
        let problems = found["files"][0]["problems"].as_array().unwrap();
        assert_eq!((status, problems.len()), (Some(0), 1), "{name}: {found}");
        assert_eq!((&problems[0]["label"], &problems[0]["severity"]), (&"T203".into(), &"note".into()));
        assert!(problems[0]["text"]["en"].as_str().unwrap().contains(right), "{found}");
        let text = run(&place, &["check", name]).stdout;
        let text = String::from_utf8(text).unwrap();
        assert!(
            text.contains("note[T203]") && text.contains(right) && text.contains("取り込みません"),
            "{text}"
        );
    }
    // A name that promises nothing is nobody's mistake.
    fs::write(place.at("request.xml"), request(&place)).unwrap();
    assert_eq!(json(&place, &["request.xml"]).1["problems"], 0);
}

#[test]
fn the_schema_is_the_committed_one_on_stdout_and_in_a_file() {
    let place = Place::new();
    let committed =
        Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("scenarios/pack.schema.json");
    let committed = fs::read_to_string(committed).unwrap();
    assert_eq!(stdout(&run(&place, &["schema"])), committed);
    assert_eq!(run(&place, &["schema", "--out", "schema.json"]).status.code(), Some(0));
    assert_eq!(fs::read_to_string(place.at("schema.json")).unwrap(), committed);
    assert_eq!(run(&place, &["schema", "--out", "none/schema.json"]).status.code(), Some(2));
}

#[test]
fn the_cards_of_a_pack_are_listed_by_its_name_and_an_unknown_pack_names_the_known_ones() {
    let place = Place::new();
    let output = run(&place, &["cards", "--pack", "month-change", "--json"]);
    let cards: Value = serde_json::from_slice(&output.stdout).unwrap();
    let cards = cards.as_array().unwrap();
    assert!(
        cards.len() >= 20 && cards.iter().all(|card| card["card"].as_str().unwrap().starts_with("month-"))
    );
    let output = run(&place, &["cards", "--pack", "trouble"]);
    let complaint = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(complaint.contains("troubles") && complaint.contains("first-day"), "{complaint}");
    let output = run(&place, &["cards", "trouble-slow"]);
    assert!(String::from_utf8(output.stderr).unwrap().contains("--pack troubles"));
}

#[test]
fn a_pack_that_is_served_answers_with_its_cards_beside_the_standard_ones() {
    let mock = system_tests::Mock::plan().without_terminal().flag("--pack", "first-day").start();
    for (pack, card, validity) in
        [("first-day", "lesson-3-changed", "3"), ("standard", "employee-valid", "1")]
    {
        let request = run(&mock.place, &["cards", card, "--pack", pack, "--request"]).stdout;
        let reply = mock.ask("OQSsiquc01", &request);
        let document = system_tests::foreign::read_one(&reply.body);
        assert_eq!(document.text("MessageBody/QualificationValidity"), Some(validity), "{card}");
    }
}
