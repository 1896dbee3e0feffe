//! The report of a world, over the admin port and from the command line.

use std::fs;

use reqwest::blocking::Client;
use serde_json::{Value, json};
use system_tests::{Mock, PATIENCE, Place, binaries};

/// A world that was asked for one card, and of whose exchanges one thing was verified.
fn verified(exactly: u64) -> Mock {
    let mock = Mock::plan().without_terminal().start();
    assert_eq!(mock.ask("OQSsiquc01", &mock.request_for("expired")).status, 200);
    let verification =
        json!({ "name": "asked", "exactly": { "count": exactly, "match": { "card": "expired" } } });
    mock.tell("exchanges/verify", &verification);
    mock
}

fn report(arguments: &[&str]) -> std::process::Output {
    binaries::onshi_mock().arg("report").args(arguments).output().unwrap()
}

#[test]
fn a_report_fails_a_build_by_its_status_and_leaves_junit_behind() {
    for (exactly, status, failures) in [(1, 0, "failures=\"0\""), (2, 3, "failures=\"1\"")] {
        let mock = verified(exactly);
        let path = mock.place.at("report.xml");
        let ended = report(&["--admin", &mock.admin_url(""), "--junit", path.to_str().unwrap()]);
        let said = String::from_utf8(ended.stdout).unwrap();
        assert_eq!(ended.status.code(), Some(status), "{said}{}", String::from_utf8_lossy(&ended.stderr));
        let written = fs::read_to_string(path).unwrap();
        assert!(written.contains("<testcase name=\"asked\"") && written.contains(failures), "{written}");
        assert!(said.starts_with("world default: 1 exchanges, "), "{said}");
    }
}

#[test]
fn a_request_with_an_error_fails_the_report_unless_it_is_told_not_to() {
    let mock = Mock::plan().without_terminal().start();
    let request = String::from_utf8(mock.request_for("expired")).unwrap();
    let odd = request.replace("</InsurerNumber>", "9</InsurerNumber>");
    assert_eq!(mock.ask("OQSsiquc01", odd.as_bytes()).status, 200);
    let ended = |fail_on| report(&["--admin", &mock.admin_url("/"), "--fail-on", fail_on]).status.code();
    assert_eq!((ended("error"), ended("never")), (Some(3), Some(0)));
    let shown = mock.world("report?format=json");
    assert_eq!(shown["passed"], false);
    assert_eq!(shown["findings"][0]["fails"], true);
    assert_eq!(mock.world("report?format=json&fail_on=never")["passed"], true);
}

#[test]
fn a_report_is_a_page_data_or_junit() {
    let mock = verified(1);
    for (format, kind) in [
        ("", "text/html; charset=utf-8"),
        ("format=html", "text/html; charset=utf-8"),
        ("format=json", "application/json"),
        ("format=junit", "application/xml"),
    ] {
        let reply = mock.admin(&format!("/api/v1/worlds/default/report?{format}"));
        assert_eq!((reply.status, reply.content_type()), (200, kind), "{format}");
    }
    let shown = mock.world("report?format=json");
    assert_eq!((&shown["exchanges"], &shown["passed"]), (&json!(1), &json!(true)));
    assert_eq!(shown["messages"][0]["message"], "OQSsiquc01");
    assert_eq!(mock.admin("/api/v1/worlds/default/report?format=pdf").status, 400);
    let client = Client::builder().no_proxy().timeout(PATIENCE).build().unwrap();
    client.delete(mock.admin_url("/api/v1/worlds/default/exchanges")).send().unwrap();
    let shown = mock.world("report?format=json");
    assert_eq!((&shown["exchanges"], &shown["verifications"]), (&json!(0), &Value::Array(vec![])));
}

#[test]
fn without_a_running_one_or_a_world_of_the_name_there_is_no_report() {
    let mock = Mock::plan().without_terminal().start();
    assert_eq!(report(&["--admin", &mock.admin_url(""), "--world", "other"]).status.code(), Some(2));
    // A port that was ours a moment ago, so that nobody listens there.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let ended = report(&[
        "--admin",
        &format!("http://{free}"),
        "--html",
        Place::new().at("page.html").to_str().unwrap(),
    ]);
    assert_eq!(ended.status.code(), Some(4), "{}", String::from_utf8_lossy(&ended.stderr));
}
