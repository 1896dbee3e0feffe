//! What the folders show when the service refuses, and what the terminal leaves alone.

use std::fs;
use std::process::Command;

use system_tests::{CLINIC, Mock, Place, Process, Signal, UNREGISTERED_LINE, binaries, foreign, names};

/// The first line of an `.err` file is label and reason, the last one names the request.
fn judge_err(text: &str, label: &str, request: &str) {
    let lines: Vec<_> = text.split_terminator("\r\n").collect();
    assert_eq!(lines.len(), 5, "{text}");
    assert!(lines[0].starts_with(&format!("{label} ")), "{text}");
    assert!(!lines[0].is_ascii() && lines[1].is_ascii(), "Japanese, then English: {text}");
    assert_eq!(lines[4], request);
}

#[test]
fn the_content_of_err_files_is_a_row_of_the_dialect() {
    for (content, expected) in [("label", "X901\r\n"), ("empty", "")] {
        let place = Place::new();
        let dialect = place.at("dialect.yaml");
        let row = format!("files:\n  err-content: {{value: {content}, mark: D, source: test}}\n");
        fs::write(&dialect, row).unwrap();
        let mock = Mock::plan().flag("--dialect", dialect.to_str().unwrap()).start_in(place);
        let name = "OQSsiquc99req_unknown.xml";
        mock.exchange().drop_request(name, b"<XmlMsg/>");
        assert_eq!(mock.exchange().wait_answer(name).text(), expected);
    }
}

#[test]
fn a_request_that_is_none_becomes_err_with_the_reason() {
    let mock = Mock::start();
    let exchange = mock.exchange();
    let whole = String::from_utf8(mock.request_for("employee-valid")).unwrap();
    let dtd = whole.replacen("<XmlMsg>", "<!DOCTYPE XmlMsg><XmlMsg>", 1);
    let big = whole.clone() + &" ".repeat(1024 * 1024);
    let cases = [
        ("OQSsiquc99req_unknown.xml", whole.as_str(), "X901"),
        ("EPSsiDMP01req_unknown.xml", "<XmlMsg/>", "X901"),
        ("OQSsiquc01req_cut.xml", whole.split_once("<MessageBody>").unwrap().0, "X913"),
        ("OQSsiquc01req_empty.xml", "", "X913"),
        ("OQSsiquc01req_dtd.xml", &dtd, "X914"),
        ("OQSsiquc01req_entity.xml", "<XmlMsg>&who;</XmlMsg>", "X915"),
        ("OQSsiquc01req_root.xml", "<Other></Other>", "X917"),
        ("OQSsiquc01req_big.xml", &big, "X904"),
    ];
    for (name, content, _) in cases {
        exchange.drop_request(name, content.as_bytes());
    }
    for (name, _, label) in cases {
        let answer = exchange.wait_answer(name);
        assert_eq!(answer.name, name.replacen("req_", "res_", 1).replace(".xml", ".err"));
        judge_err(answer.text(), label, name);
    }
    exchange.wait_until_done();
    let labels = mock.journal();
    assert_eq!(labels.len(), cases.len(), "each was asked once: {labels:#?}");
}

#[test]
fn a_name_that_is_no_request_is_left_untouched() {
    let mock = Mock::start();
    let exchange = mock.exchange();
    let whole = mock.request_for("employee-valid");
    let others = [
        ".OQSsiquc01req_1.xml.tmp",
        "OQSsiquc01req_.xml",
        "OQSsiquc01req_2.xml.part",
        "OQSsiquc01res_3.xml",
        "OQSxxquc01req_4.xml",
        "readme.txt",
        "資格確認.xml",
    ];
    for name in others {
        fs::write(exchange.req().join(name), &whole).unwrap();
    }
    fs::create_dir(exchange.req().join("OQSsiquc01req_folder.xml")).unwrap();
    // What came later has been answered, so the others have been looked at.
    for name in ["OQSsiquc01req_later.xml", "OQSsiquc01req_last.xml"] {
        exchange.drop_request(name, &whole);
        assert_eq!(exchange.wait_answer(name).name, name.replace("req_", "res_"));
    }
    let mut left: Vec<_> = others.map(str::to_owned).to_vec();
    left.push("OQSsiquc01req_folder.xml".to_owned());
    left.sort();
    assert_eq!(names(&exchange.req()), left);
    assert!(others.iter().all(|name| fs::read(exchange.req().join(name)).unwrap() == whole));
    assert_eq!(names(&exchange.res()), ["OQSsiquc01res_last.xml", "OQSsiquc01res_later.xml"]);
}

/// A terminal of its own process, in a place of its own, ready.
fn terminal(mock: &Mock, place: &Place, port: u16) -> Process {
    let ca = place.at("ca.pem");
    fs::write(&ca, mock.admin("/ca.pem").body).unwrap();
    let mut command: Command = binaries::onshi_terminal();
    command
        .arg("run")
        .args(["--service", &format!("https://localhost:{port}")])
        .arg("--certificate")
        .arg(mock.place.identity_file(CLINIC, "certificate.pem"))
        .arg("--key")
        .arg(mock.place.identity_file(CLINIC, "key.pem"))
        .arg("--ca")
        .arg(ca)
        .arg("--exchange")
        .arg(place.at("OQS"));
    let process = Process::start(command, &place.at("onshi-terminal.log"));
    let ready = format!(
        "onshi-terminal ready service=https://localhost:{port} exchange={}",
        place.at("OQS").display()
    );
    assert_eq!(process.line(), ready);
    process
}

#[test]
fn a_terminal_of_its_own_answers_over_the_registered_line() {
    let mock = Mock::plan().without_terminal().start();
    let place = Place::new();
    let process = terminal(&mock, &place, mock.service);
    place.exchange().drop_request("OQSsiquc01req_1.xml", &mock.request_for("employee-valid"));
    let answer = place.exchange().wait_answer("OQSsiquc01req_1.xml");
    assert_eq!(answer.name, "OQSsiquc01res_1.xml");
    let document = foreign::read_one(&answer.bytes);
    assert_eq!(document.text("MessageBody/QualificationValidity"), Some("1"));
    place.exchange().wait_until_done();
    process.signal(Signal::Terminate);
    let ended = process.wait();
    assert_eq!((ended.status, ended.stdout), (Some(0), vec![]));
}

#[test]
fn a_terminal_on_the_unregistered_line_shows_err_with_the_reason() {
    let mock = Mock::plan().without_terminal().start();
    let place = Place::new();
    let _process = terminal(&mock, &place, mock.unregistered);
    place.exchange().drop_request("OQSsiquc01req_1.xml", &mock.request_for("employee-valid"));
    let answer = place.exchange().wait_answer("OQSsiquc01req_1.xml");
    assert_eq!(answer.name, "OQSsiquc01res_1.err");
    judge_err(answer.text(), "G102", "OQSsiquc01req_1.xml");
    let journal = mock.journal();
    assert_eq!(journal.len(), 1, "a refusal is not asked again");
    assert_eq!(journal[0]["refused"], "G102");
    assert_eq!(journal[0]["line"]["line"]["customer_id"], UNREGISTERED_LINE);
}
