//! The shell lines of the documentation do what the documentation says.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use system_tests::{Mock, binaries, eventually, foreign, holds};

/// The code blocks in `sh` of one section of a document.
fn blocks(document: &str, section: &str) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(document);
    let text = std::fs::read_to_string(path).unwrap();
    let heading = format!("## {section}\n");
    let (_, rest) = text.split_once(&heading).unwrap_or_else(|| panic!("no {heading:?} in {document}"));
    let section = rest.split_once("\n## ").map_or(rest, |(section, _)| section);
    let blocks =
        section.split("```sh\n").skip(1).map(|block| block.split_once("\n```").unwrap().0.to_owned());
    blocks.collect()
}

/// Where the documents say that the binary and its ports are, and that an answer is there after a second.
const SAID: [&str; 4] = ["target/release/onshi-mock", "localhost:8443", "localhost:8080", "sleep 1; cat "];

/// Looks for an answer more patiently than a reader of the document has to.
const PATIENT_CAT: &str = "patient_cat() {
    tries=900
    until test -s \"$1\" || test $tries = 0; do sleep 0.1; tries=$((tries - 1)); done
    cat \"$1\"
}
";

/// Runs a block beside a running one, as it stands but for place, ports and patience.
fn run(mock: &Mock, block: &str) -> String {
    let [binary, service, admin, wait] = SAID;
    let lines = block
        .replace(binary, "\"$MOCK\"")
        .replace(service, &format!("localhost:{}", mock.service))
        .replace(admin, &format!("localhost:{}", mock.admin))
        .replace(wait, "patient_cat ");
    let mut shell = Command::new("sh");
    shell.args(["-euc", &(PATIENT_CAT.to_owned() + &lines)]).current_dir(mock.place.path());
    shell.envs([("NO_PROXY", "localhost"), ("no_proxy", "localhost")]);
    shell.env("MOCK", binaries::mock_path()).env("ONSHI_ADMIN_PORT", mock.admin.to_string());
    let Output { status, stdout, stderr } = shell.output().unwrap();
    assert!(status.success(), "{block}\n{}", String::from_utf8_lossy(&stderr));
    String::from_utf8(stdout).unwrap()
}

/// The document at the end of an output.
fn document(output: &str) -> &str {
    let start = output.find("<?xml").unwrap_or_else(|| panic!("no document: {output}"));
    output.split_at(start).1
}

#[test]
fn the_lines_under_use_it_answer_by_file_and_by_curl_and_say_why() {
    let blocks = blocks("README.md", "Use it");
    let [start, by_file, by_curl, why] = blocks.as_slice() else { panic!("four blocks: {blocks:#?}") };
    assert_eq!(start, "cargo run --release", "nothing but the default");
    for said in SAID {
        assert!(blocks.iter().any(|block| block.contains(said)), "{said}");
    }
    let mock = Mock::start();

    let output = run(&mock, by_file);
    let answer = foreign::read_one(document(&output).as_bytes());
    assert_eq!(answer.text("MessageHeader/ArbitraryFileIdentifier"), Some("employee-valid"));
    assert_eq!(answer.text("MessageBody/QualificationValidity"), Some("1"));
    assert!(mock.exchange().res().join("OQSsiquc01res_0001.xml").is_file());

    let output = run(&mock, by_curl);
    let answer = foreign::read_one(document(&output).as_bytes());
    assert_eq!(answer.text("MessageHeader/ArbitraryFileIdentifier"), Some("limit-a03"));
    assert_eq!(answer.text("MessageHeader/SegmentOfResult"), Some("1"));

    let exchanges: Value = serde_json::from_str(&run(&mock, why)).unwrap();
    let cards: Vec<_> =
        exchanges["exchanges"].as_array().unwrap().iter().map(|exchange| &exchange["card"]).collect();
    assert_eq!(cards, ["limit-a03", "employee-valid"]);
    assert!(!exchanges["exchanges"][0]["reasons"].as_array().unwrap().is_empty(), "{exchanges}");
}

#[test]
fn the_line_about_the_card_reader_writes_a_face_file() {
    let blocks = blocks("docs/service.md", "The card reader");
    let [visit] = blocks.as_slice() else { panic!("one block: {blocks:#?}") };
    let mock = Mock::start();
    let played: Value = serde_json::from_str(&run(&mock, visit)).unwrap();
    assert_eq!(played["outcome"], "identified", "{played}");
    let face = mock.exchange().path().join("face").join(played["face"].as_str().unwrap());
    eventually("the face file", || holds(face.is_file()));
    let document = foreign::read_one(&std::fs::read(face).unwrap());
    assert_eq!(document.text("MessageHeader/ReferenceClassification"), Some("1"));
}
