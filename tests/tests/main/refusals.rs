//! Refused over real sockets: each with its own label, status, reason and line.

use certs::{Authority, Identity, KeyKind, Months, TerminalSubject};
use reqwest::Method;
use reqwest::blocking::Client;
use reqwest::header::{ACCEPT, ALLOW};
use serde_json::Value;
use system_tests::foreign;
use system_tests::{Mock, Place, REGISTERED_LINE, Reply, UNREGISTERED_LINE, Who};

const MIB: usize = 1024 * 1024;
const CARD: &str = "employee-valid";

/// What a refusal shows, over HTTP and in the journal.
struct Expected {
    status: u16,
    label: &'static str,
    step: &'static str,
    /// A piece of the English reason.
    reason: &'static str,
    line: &'static str,
}

const fn expected(status: u16, label: &'static str, step: &'static str, reason: &'static str) -> Expected {
    Expected { status, label, step, reason, line: REGISTERED_LINE }
}

fn post(client: &Client, url: String, body: &[u8]) -> Reply {
    Reply::of(client.post(url).body(body.to_vec()).send().unwrap())
}

/// Judges a refusal that was asked for as XML, and its entry in the journal.
fn judge(mock: &Mock, reply: &Reply, expected: &Expected) {
    let Expected { status, label, step, reason, line } = expected;
    assert_eq!((reply.status, reply.content_type()), (*status, "application/xml; charset=UTF-8"));
    for piece in [format!("<Label>{label}</Label>"), format!("<Step>{step}</Step>"), (*reason).to_owned()] {
        assert!(reply.text().contains(&piece), "{piece}\n{}", reply.text());
    }
    let journal = mock.journal();
    let entry = journal.first().unwrap();
    assert_eq!(entry["status"], *status);
    assert_eq!(entry["refused"], *label);
    assert_eq!(entry["line"]["line"]["customer_id"], *line);
    let reasons = entry["reasons"].as_array().unwrap();
    assert!(reasons.first().unwrap()["en"].as_str().unwrap().contains(line), "{reasons:#?}");
    let last = reasons.last().unwrap();
    assert!(last["en"].as_str().unwrap().contains(reason), "{reasons:#?}");
    assert!(last["ja"].as_str().unwrap().contains("拒否"), "{reasons:#?}");
}

/// An authority of the data folder issues, as it did at a time.
fn issued_at(authority: &Authority, at: &str) -> Identity {
    let subject = TerminalSubject {
        institution_code: "1319999916".to_owned(),
        terminal_number: 7,
        institution_name: "見本診療所".to_owned(),
    };
    authority.issue_terminal(&subject, at.parse().unwrap(), Months::default(), KeyKind::P256).unwrap()
}

const LONG_AGO: &str = "2019-04-01T09:00:00+09:00";
const LATER: &str = "2090-04-01T09:00:00+09:00";

#[test]
fn without_certificate_it_is_c101() {
    let mock = Mock::plan().without_terminal().start();
    let reply = post(&mock.client(Who::Nobody), mock.service_url("/oqs/OQSsiquc01"), b"<XmlMsg/>");
    judge(&mock, &reply, &expected(403, "C101", "certificate", "no client certificate"));
    assert_eq!(mock.journal()[0]["certificate"], Value::Null);
}

#[test]
fn with_a_certificate_of_another_ca_it_is_c102() {
    let mock = Mock::plan().without_terminal().start();
    let foreign = issued_at(&Authority::create().unwrap(), LONG_AGO);
    let reply = post(
        &mock.client(Who::Holder(&foreign)),
        mock.service_url("/oqs/OQSsiquc01"),
        &mock.request_for(CARD),
    );
    judge(&mock, &reply, &expected(403, "C102", "certificate", "this test authority"));
    let certificate = mock.journal()[0]["certificate"].clone();
    assert_eq!(certificate, "CN=1319999916-07,O=見本診療所,C=JP", "the journal shows what was presented");
}

#[test]
fn with_an_expired_certificate_that_no_world_knows_it_is_c103() {
    let mock = Mock::plan().without_terminal().start();
    let expired = issued_at(&mock.place.store().authority().unwrap(), LONG_AGO);
    let reply = post(
        &mock.client(Who::Holder(&expired)),
        mock.service_url("/oqs/OQSsiquc01"),
        &mock.request_for(CARD),
    );
    judge(&mock, &reply, &expected(403, "C103", "certificate", "not registered"));
}

#[test]
fn with_an_expired_certificate_that_the_world_knows_it_is_c105() {
    for (issued, label, reason) in [(LONG_AGO, "C105", "has expired"), (LATER, "C104", "not valid yet")] {
        let place = Place::new();
        let store = place.store();
        let identity = issued_at(&store.authority().unwrap(), issued);
        store.save_identity("1319999916-07", &identity, "onshi-mock").unwrap();
        let mock = Mock::plan().without_terminal().start_in(place);
        let client = mock.client(Who::Holder(&identity));
        let reply = post(&client, mock.service_url("/oqs/OQSsiquc01"), &mock.request_for(CARD));
        judge(&mock, &reply, &expected(403, label, "certificate", reason));
        let good = mock.ask("OQSsiquc01", &mock.request_for(CARD));
        assert_eq!(good.status, 200, "the terminal's own certificate is another one");
    }
}

#[test]
fn over_the_unregistered_line_it_is_g102_whatever_the_certificate() {
    let mock = Mock::plan().without_terminal().start();
    for who in [Who::Clinic, Who::Pharmacy, Who::Nobody] {
        let reply =
            post(&mock.client(who), mock.unregistered_url("/oqs/OQSsiquc01"), &mock.request_for(CARD));
        let refused = expected(403, "G102", "line", "not registered");
        judge(&mock, &reply, &Expected { line: UNREGISTERED_LINE, ..refused });
    }
}

#[test]
fn over_the_line_of_another_institution_it_is_g103() {
    let mock = Mock::plan().without_terminal().start();
    let url = mock.service_url("/oqs/OQSsiquc01");
    let reply = post(&mock.client(Who::Pharmacy), url, &mock.request_for(CARD));
    judge(&mock, &reply, &expected(403, "G103", "line", "another institution"));
}

#[test]
fn a_body_of_1_mib_is_answered_and_one_byte_more_is_x904() {
    let mock = Mock::plan().without_terminal().start();
    let client = mock.client(Who::Clinic);
    let mut body = mock.request_for(CARD);
    body.resize(MIB, b' ');
    assert_eq!(post(&client, mock.service_url("/oqs/OQSsiquc01"), &body).status, 200);
    for size in [MIB + 1, 5 * MIB] {
        body.resize(size, b' ');
        let reply = post(&client, mock.service_url("/oqs/OQSsiquc01"), &body);
        judge(&mock, &reply, &expected(413, "X904", "request", "more than 1048576 bytes"));
    }
}

#[test]
fn every_method_but_post_is_x903_and_the_answer_names_post() {
    let mock = Mock::plan().without_terminal().start();
    let client = mock.client(Who::Clinic);
    for method in ["GET", "PUT", "DELETE"] {
        let verb = Method::from_bytes(method.as_bytes()).unwrap();
        let request = client.request(verb, mock.service_url("/oqs/OQSsiquc01"));
        let reply = Reply::of(request.send().unwrap());
        judge(&mock, &reply, &expected(405, "X903", "request", method));
        assert_eq!(reply.headers.get(ALLOW).unwrap(), "POST");
    }
}

#[test]
fn an_unknown_message_is_x901_and_an_unknown_path_is_x902() {
    let mock = Mock::plan().without_terminal().start();
    let client = mock.client(Who::Clinic);
    let post = |path: &str| post(&client, mock.service_url(path), b"<XmlMsg/>");
    for message in ["OQSsiquc99", "EPSsiDMP01", "oqs"] {
        let reply = post(&format!("/oqs/{message}"));
        judge(&mock, &reply, &expected(404, "X901", "request", "is not supported"));
        assert!(reply.text().contains(message));
    }
    for path in ["/", "/oqs", "/oqs/OQSsiquc01/more", "/livez", "/api/v1/worlds/default/exchanges"] {
        judge(&mock, &post(path), &expected(404, "X902", "request", "nothing at this path"));
    }
}

#[test]
fn what_is_no_document_of_the_interface_has_a_label_for_each_reason() {
    let mock = Mock::plan().without_terminal().start();
    let client = mock.client(Who::Clinic);
    let declared = |encoding: &str, rest: &[u8]| {
        [format!("<?xml version=\"1.0\" encoding=\"{encoding}\" standalone=\"no\"?>").as_bytes(), rest]
            .concat()
    };
    let utf_16: Vec<u8> = "\u{FEFF}<?xml version=\"1.0\" encoding=\"UTF-16\"?><XmlMsg/>"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let whole = String::from_utf8(mock.request_for(CARD)).unwrap();
    let cut = &whole.as_bytes()[..whole.len() / 2];
    let with_dtd =
        whole.replacen("<XmlMsg>", "<!DOCTYPE XmlMsg SYSTEM \"http://127.0.0.1:1/x.dtd\"><XmlMsg>", 1);
    let with_entity = whole.replacen("１２３", "&symbol;", 1);
    let bomb = whole.replacen(
        "<XmlMsg>",
        "<!DOCTYPE XmlMsg [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;\">]><XmlMsg>",
        1,
    );
    let cases: [(&str, Vec<u8>, &str); 14] = [
        ("nothing", vec![], "X913"),
        ("no XML", b"InsurerNumber,06139992\r\n".to_vec(), "X913"),
        ("JSON", b"{\"XmlMsg\": {}}".to_vec(), "X913"),
        ("half a document", cut.to_vec(), "X913"),
        ("two roots", b"<XmlMsg/><XmlMsg/>".to_vec(), "X913"),
        ("DTD", with_dtd.into(), "X914"),
        ("DTD with entities", bomb.into(), "X914"),
        ("entity", with_entity.into(), "X915"),
        ("too deep", "<a>".repeat(10_000).into(), "X916"),
        ("another root", declared("UTF-8", b"<XmlMessage></XmlMessage>"), "X917"),
        ("Shift_JIS that says UTF-8", declared("UTF-8", b"<XmlMsg>\x82\x50</XmlMsg>"), "X912"),
        ("half a character", declared("Shift_JIS", b"<XmlMsg>\x82</XmlMsg>"), "X912"),
        ("EUC-JP", declared("EUC-JP", b"<XmlMsg/>"), "X911"),
        ("UTF-16", utf_16, "X911"),
    ];
    for (what, body, label) in cases {
        let reply = post(&client, mock.service_url("/oqs/OQSsiquc01"), &body);
        assert!(reply.text().contains(label), "{what}: {}", reply.text());
        judge(&mock, &reply, &expected(400, label, "request", ""));
        let number = &mock.journal()[0]["number"];
        let detail = mock.world(&format!("exchanges/{number}"));
        assert_eq!(detail["request"]["bytes"], body.len(), "{what}");
    }
}

#[test]
fn another_institution_code_than_the_certificates_gets_a_result_with_segment_9() {
    for (encoding, code) in [("utf-8", "0"), ("shift-jis", "1")] {
        let mock = Mock::plan().flag("--encoding", encoding).start();
        let text = String::from_utf8(mock.request_for(CARD)).unwrap();
        let body = text.replace("1319999916", "1349999910");
        mock.exchange().drop_request("OQSsiquc01req_1.xml", body.as_bytes());
        let file = mock.exchange().wait_answer("OQSsiquc01req_1.xml");
        assert_eq!(file.name, "OQSsiquc01res_1.xml");
        let reply = mock.ask("OQSsiquc01", body.as_bytes());
        assert_eq!(reply.status, 200);
        for document in foreign::read(&[&file.bytes, &reply.body]) {
            assert_eq!(document.text("MessageHeader/SegmentOfResult"), Some("9"));
            assert_eq!(document.text("MessageHeader/ErrorCode"), Some("OQSX9005E"));
            let message = document.text("MessageHeader/ErrorMessage");
            assert_eq!(message, Some("医療機関コードに誤りがあります。"));
            assert_eq!(document.text("MessageHeader/ArbitraryFileIdentifier"), Some(CARD));
            assert_eq!(document.text("MessageHeader/CharacterCodeIdentifier"), Some(code));
            assert_eq!(document.text("MessageBody/QualificationValidity"), None);
        }
        for entry in mock.journal() {
            assert_eq!((&entry["status"], &entry["refused"]), (&Value::from(200), &Value::Null));
            let reasons = entry["reasons"].as_array().unwrap();
            let says = |text| reasons.iter().any(|reason| reason["en"].as_str().unwrap().contains(text));
            assert!(says("is not the one of the terminal's certificate"), "{reasons:#?}");
        }
    }
}

#[test]
fn a_refusal_is_json_for_who_asks_for_it_and_xml_for_everyone_else() {
    let mock = Mock::plan().without_terminal().start();
    let client = mock.client(Who::Nobody);
    let ask = |accept: Option<&str>| {
        let request = client.post(mock.service_url("/oqs/OQSsiquc01")).body("<XmlMsg/>");
        let request = accept.into_iter().fold(request, |request, accept| request.header(ACCEPT, accept));
        Reply::of(request.send().unwrap())
    };
    for accept in ["application/json", "application/problem+json", "text/html, application/json;q=0.9"] {
        let reply = ask(Some(accept));
        assert_eq!((reply.status, reply.content_type()), (403, "application/problem+json"), "{accept}");
        let json = reply.json();
        assert_eq!((&json["status"], &json["label"]), (&Value::from(403), &Value::from("C101")));
        assert_eq!(json["step"], "certificate");
        for (key, text) in [("reason", "提示されていません"), ("mend", "onshi-data")] {
            assert!(json[key]["ja"].as_str().unwrap().contains(text), "{json:#}");
            assert!(!json[key]["en"].as_str().unwrap().is_empty(), "{json:#}");
        }
    }
    for accept in [None, Some("application/xml"), Some("*/*")] {
        let reply = ask(accept);
        assert_eq!((reply.status, reply.content_type()), (403, "application/xml; charset=UTF-8"));
        assert!(reply.text().starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?>"));
        assert!(reply.text().contains("xml:lang=\"ja\""));
    }
}
