//! What a scenario does, as the bytes that a client sees; scenarios over the API and from a folder.

use std::fs;
use std::thread;
use std::time::Duration;

use reqwest::header::CONTENT_TYPE;
use serde_json::{Value, json};
use system_tests::{Mock, Place, Reply, Who, eventually, raw};

const CARD: &str = "employee-valid";

fn put(mock: &Mock, name: &str, text: &str) -> Reply {
    let url = mock.admin_url(&format!("/api/v1/worlds/default/scenarios/{name}"));
    let client = reqwest::blocking::Client::builder().no_proxy().build().unwrap();
    Reply::of(client.put(url).header(CONTENT_TYPE, "application/yaml").body(text.to_owned()).send().unwrap())
}

fn delete(mock: &Mock, name: &str) -> Reply {
    let url = mock.admin_url(&format!("/api/v1/worlds/default/scenarios/{name}"));
    Reply::of(reqwest::blocking::Client::builder().no_proxy().build().unwrap().delete(url).send().unwrap())
}

/// Loads a scenario with one script for the card.
fn then(mock: &Mock, then: &str) {
    let reply = put(
        mock,
        "story",
        &format!("scripts:\n  - {{name: one, when: {{card: {CARD}}}, then: {{{then}}}}}\n"),
    );
    assert!(matches!(reply.status, 200 | 201), "{}", reply.text());
}

/// What arrives for the card, and what the journal says was simulated.
fn ask(mock: &Mock, request: &[u8]) -> (raw::Arrived, Value) {
    let arrived = raw::Caller::of(mock).post("/oqs/OQSsiquc01", request);
    (arrived, mock.journal()[0]["simulated"].clone())
}

#[test]
fn a_connection_is_cut_at_the_point_that_is_asked_for() {
    let mock = Mock::plan().without_terminal().start();
    let request = mock.request_for(CARD);
    let whole = ask(&mock, &request).0.body().len();

    then(&mock, "reset: {at: before-headers}");
    let (arrived, simulated) = ask(&mock, &request);
    assert_eq!((arrived.bytes(), arrived.reset, simulated), (vec![], true, json!(["reset"])));
    assert_eq!(mock.journal()[0]["status"], 0, "no status reached the client");

    then(&mock, "reset: {at: after-headers}");
    let (arrived, _) = ask(&mock, &request);
    assert!(arrived.head().unwrap().starts_with("http/1.1 200"), "{arrived:?}");
    assert_eq!((arrived.promised(), arrived.body(), arrived.reset), (Some(whole), vec![], true));

    then(&mock, "reset: {at: mid-body}");
    let (arrived, _) = ask(&mock, &request);
    assert_eq!((arrived.promised(), arrived.body().len(), arrived.reset), (Some(whole), whole / 2, true));

    then(&mock, "no-answer: {for: 100ms}");
    let (arrived, simulated) = ask(&mock, &request);
    assert_eq!((arrived.bytes(), simulated), (vec![], json!(["no-answer"])));

    assert_eq!(delete(&mock, "story").status, 204);
    let (arrived, simulated) = ask(&mock, &request);
    assert_eq!((arrived.promised(), arrived.body().len(), simulated), (Some(whole), whole, json!([])));
}

#[test]
fn an_answer_comes_slowly_in_part_twice_late_or_with_another_status() {
    let mock = Mock::plan().without_terminal().start();
    let request = mock.request_for(CARD);
    let whole = ask(&mock, &request).0.body();

    then(&mock, "drip: {bytes-per-second: 20000}");
    let (arrived, simulated) = ask(&mock, &request);
    assert_eq!(
        (arrived.promised(), arrived.body().len(), simulated),
        (Some(whole.len()), whole.len(), json!(["drip"]))
    );
    assert!(arrived.pieces.len() >= 3, "{} pieces", arrived.pieces.len());

    then(&mock, "truncate: {percent: 25}");
    let (arrived, _) = ask(&mock, &request);
    let quarter = whole.len() / 4;
    assert_eq!(
        (arrived.promised(), arrived.body().len()),
        (Some(quarter), quarter),
        "as if it were the whole"
    );

    then(&mock, "duplicate: answer");
    assert_eq!(ask(&mock, &request).0.body().len(), 2 * whole.len());

    then(&mock, "delay: {exponential: {mean: 5ms}}");
    let (arrived, simulated) = ask(&mock, &request);
    assert_eq!((arrived.body().len(), simulated), (whole.len(), json!(["delay"])));

    for status in [204, 404, 500, 503] {
        then(&mock, &format!("http-status: {status}"));
        let (arrived, simulated) = ask(&mock, &request);
        let head = arrived.head().unwrap();
        assert!(head.starts_with(&format!("http/1.1 {status}")), "{head}");
        assert!(!head.contains("onshi-mock-failure"), "that header tells our own failures apart: {head}");
        assert_eq!(simulated, json!(["http-status"]));
    }
}

/// The very case for which delays are played: the journal doesn't wait for their end.
#[test]
fn who_gives_up_before_a_delay_is_over_stands_in_the_journal_at_once() {
    let mock = Mock::plan().without_terminal().start();
    let request = mock.request_for(CARD);
    then(&mock, "delay: 10m");
    let url = mock.service_url("/oqs/OQSsiquc01");
    let asked = mock.client(Who::Clinic).post(url).body(request).timeout(Duration::from_millis(500)).send();
    assert!(asked.unwrap_err().is_timeout());
    let wait = json!({ "match": { "message": "OQSsiquc01", "card": CARD }, "timeout_seconds": 30 });
    let awaited = mock.tell("exchanges/wait", &wait);
    assert_eq!((&awaited["met"], &awaited["count"]), (&json!(true), &json!(1)), "{awaited}");
    assert_eq!(awaited["exchanges"][0]["simulated"], json!(["delay"]));
}

#[test]
fn characters_elements_and_codes_are_wrong_on_the_wire() {
    let mock = Mock::plan().without_terminal().start();
    let request = mock.request_for(CARD);
    for (what, expected) in [
        ("set: {Name: 髙﨑　太郎}", "<Name>髙﨑　太郎</Name>"),
        ("set: {ErrorCode: \"\"}", "<ErrorCode></ErrorCode>"),
        ("answer: {segment: \"9\", code: ABC, message: 見本}", "<ErrorMessage>見本</ErrorMessage>"),
        ("answer: {status: \"2\", code: ABC}", "<ProcessingResultCode>ABC</ProcessingResultCode>"),
        ("answer: {validity: \"3\"}", "<QualificationValidity>3</QualificationValidity>"),
        (
            "duplicate: {element: SegmentOfResult}",
            "<SegmentOfResult>1</SegmentOfResult>\n        <SegmentOfResult>1",
        ),
    ] {
        then(&mock, what);
        let body = String::from_utf8(ask(&mock, &request).0.body()).unwrap();
        assert!(body.contains(expected), "{what}: {body}");
    }
    then(&mock, "remove: [Name], reorder: elements");
    let body = String::from_utf8(ask(&mock, &request).0.body()).unwrap();
    assert!(!body.contains("<Name>") && body.find("MessageBody") < body.find("MessageHeader"), "{body}");
    then(&mock, "encoding: {declared: utf-8, written: shift_jis}");
    let body = ask(&mock, &request).0.body();
    assert!(
        body.starts_with(b"<?xml version=\"1.0\" encoding=\"UTF-8\"") && String::from_utf8(body).is_err()
    );
    then(&mock, "encoding: {mixed: true}");
    assert!(String::from_utf8(ask(&mock, &request).0.body()).is_err());
}

#[test]
fn a_habit_travels_with_the_answer() {
    let mock = Mock::plan().without_terminal().start();
    let request = mock.request_for(CARD);
    let reply = put(
        &mock,
        "story",
        "terminal:\n  - {name: one, habit: {half-written: {percent: 40, completed-after: 2s}}}\n",
    );
    assert_eq!(reply.status, 201, "{}", reply.text());
    let (arrived, simulated) = ask(&mock, &request);
    let head = arrived.head().unwrap();
    let habit = head.lines().find_map(|line| line.strip_prefix("onshi-mock-habit: ")).unwrap();
    assert_eq!(habit, r#"{"half-written":{"percent":40,"completed-after":"2s"}}"#);
    assert_eq!(simulated, json!(["terminal"]));
}

#[test]
fn answers_overtake_each_other() {
    let mock = Mock::plan().without_terminal().start();
    let request = mock.request_for(CARD);
    let reply = put(
        &mock,
        "story",
        "scripts:\n  - {name: one, when: {times: {first: 1}}, then: {reorder: {answers: {behind: 1, at-most: 1m}}}}\n",
    );
    assert_eq!(reply.status, 201, "{}", reply.text());
    let caller = raw::Caller::of(&mock);
    thread::scope(|scope| {
        let first = scope.spawn(|| caller.post("/oqs/OQSsiquc01", &request));
        let arrived = || mock.world("scenarios/states")["rules"][0]["seen"] == 1;
        eventually("the first request to arrive", || arrived().then_some(()));
        assert!(caller.post("/oqs/OQSsiquc01", &request).head().is_some());
        assert!(first.join().unwrap().head().is_some());
    });
    let journal = mock.journal();
    assert_eq!(journal[0]["simulated"], json!(["reorder"]), "what came first left last");
    assert_eq!(journal[1]["simulated"], json!([]));
}

#[test]
fn a_scenario_is_put_shown_replaced_and_deleted_and_a_wrong_one_is_explained() {
    let mock = Mock::plan().without_terminal().start();
    let good = "faults:\n  - {name: one, kinds: [{http-status: 503}], rate: 1.0, at-most: 1}\n";
    assert_eq!((put(&mock, "evening", good).status, put(&mock, "evening", good).status), (201, 200));
    let listed = mock.world("scenarios");
    assert_eq!(listed["scenarios"][0]["name"], "evening");
    assert_eq!(listed["scenarios"][0]["faults"], json!(["one"]));
    assert_eq!(mock.admin("/api/v1/worlds/default/scenarios/evening").text(), good);

    let wrong =
        put(&mock, "evening", "scripts:\n  - {name: one, when: {card: employee-vald}, then: {delay: 1s}}\n");
    assert_eq!((wrong.status, wrong.content_type()), (422, "application/problem+json"));
    let finding = &wrong.json()["findings"][0];
    assert_eq!(
        (&finding["line"], &finding["column"], &finding["label"]),
        (&json!(2), &json!(30), &json!("S119"))
    );
    assert!(finding["text"].as_str().unwrap().contains("employee-valid"), "{finding}");
    assert_eq!(
        mock.admin("/api/v1/worlds/default/scenarios/evening").text(),
        good,
        "the last good one stays"
    );

    assert_eq!(mock.ask("OQSsiquc01", &mock.request_for(CARD)).status, 503);
    assert_eq!(mock.ask("OQSsiquc01", &mock.request_for(CARD)).status, 200, "the budget is spent");
    let states = mock.world("scenarios/states");
    assert_eq!(states["rules"][0], json!({"rule": "evening/one", "seen": 2, "applied": 1, "in_a_row": 0}));
    assert_eq!((delete(&mock, "evening").status, delete(&mock, "evening").status), (204, 404));
    assert_eq!(put(&mock, "No Name", good).status, 422);
    assert_eq!(mock.admin("/api/v1/worlds/default/scenarios/none").status, 404);
}

#[test]
fn a_folder_of_scenarios_is_loaded_at_start_and_on_change_and_the_last_good_one_stays() {
    let place = Place::new();
    let folder = place.at("scenarios");
    fs::create_dir(&folder).unwrap();
    let script = |status: u16| format!("scripts:\n  - {{name: one, then: {{http-status: {status}}}}}\n");
    fs::write(folder.join("evening.yaml"), script(501)).unwrap();
    let flag = folder.display().to_string();
    let mut mock = Mock::plan().without_terminal().flag("--scenarios", &flag).start_in(place);
    let request = mock.request_for(CARD);
    let status = |mock: &Mock| mock.ask("OQSsiquc01", &request).status;
    assert_eq!(status(&mock), 501);

    fs::write(folder.join("evening.yaml"), script(502)).unwrap();
    eventually("the change", || (status(&mock) == 502).then_some(()));
    fs::write(folder.join("broken.yaml"), "scripts: nothing\n").unwrap();
    let trouble =
        eventually("the trouble", || mock.world("scenarios")["trouble"].as_str().map(str::to_owned));
    assert!(trouble.contains("broken.yaml:1:10"), "{trouble}");
    fs::write(folder.join("evening.yaml"), script(503)).unwrap();
    assert_eq!(status(&mock), 502, "all or nothing");
    fs::remove_file(folder.join("broken.yaml")).unwrap();
    eventually("the next good ones", || (status(&mock) == 503).then_some(()));
    fs::remove_file(folder.join("evening.yaml")).unwrap();
    eventually("nothing", || (status(&mock) == 200).then_some(()));

    fs::write(folder.join("broken.yaml"), "scripts: nothing\n").unwrap();
    let _ = mock.end(system_tests::Signal::Terminate);
    let ended = Mock::plan().without_terminal().flag("--scenarios", &flag).spawn(&mock.place).wait();
    assert_eq!(ended.status, Some(7), "{}", ended.stderr);
    assert!(ended.stderr.contains("broken.yaml:1:10"), "{}", ended.stderr);
}

#[test]
fn counts_and_states_survive_a_restart_of_the_process() {
    let mut mock = Mock::plan().without_terminal().start();
    let request = mock.request_for(CARD);
    let reply = put(
        &mock,
        "story",
        "scripts:
  - {name: down, when: {state: {link: start}, times: {first: 2}}, then: {http-status: 503}}
  - {name: up, when: {state: {link: start}}, then: {http-status: 502, goto: {link: up}}}
",
    );
    assert_eq!(reply.status, 201, "{}", reply.text());
    let mut seen = Vec::new();
    for _ in 0..4 {
        seen.push(mock.ask("OQSsiquc01", &request).status);
        let _ = mock.end(system_tests::Signal::Kill);
        mock.start_again();
    }
    assert_eq!(seen, [503, 503, 502, 200]);
    assert_eq!(mock.world("scenarios/states")["machines"], json!({"link": "up"}));
}
