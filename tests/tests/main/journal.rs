//! The journal over the admin port: asked, waited for, verified, followed, exported, emptied.

use std::io::{BufRead, BufReader};
use std::thread;

use reqwest::blocking::{Client, Response};
use serde_json::{Value, json};
use system_tests::{Mock, PATIENCE, Reply, Who};

const EXCHANGES: &str = "/api/v1/worlds/default/exchanges";

fn client() -> Client {
    Client::builder().no_proxy().timeout(PATIENCE).build().unwrap()
}

fn post(mock: &Mock, path: &str, body: &Value) -> Reply {
    post_to(&mock.admin_url(&format!("{EXCHANGES}/{path}")), body)
}

fn post_to(url: &str, body: &Value) -> Reply {
    let call = client().post(url);
    Reply::of(call.header("Content-Type", "application/json").body(body.to_string()).send().unwrap())
}

fn ask(mock: &Mock, card: &str) {
    assert_eq!(mock.ask("OQSsiquc01", &mock.request_for(card)).status, 200);
}

/// Answers one card, one of whose elements is wrong, and refuses a caller on the unregistered line.
fn busy() -> Mock {
    let mock = Mock::plan().without_terminal().start();
    ask(&mock, "employee-valid");
    ask(&mock, "expired");
    let refused = mock.client(Who::Clinic).post(mock.unregistered_url("/oqs/OQSsiquc01"));
    assert_eq!(Reply::of(refused.body(mock.request_for("expired")).send().unwrap()).status, 403);
    mock
}

fn numbers(list: &Value) -> Vec<u64> {
    let exchanges = list["exchanges"].as_array().unwrap();
    exchanges.iter().map(|exchange| exchange["number"].as_u64().unwrap()).collect()
}

#[test]
fn exchanges_are_found_by_institution_message_card_outcome_and_time() {
    let mock = busy();
    let first = mock.world("exchanges/1")["at"].as_str().unwrap().to_owned();
    for (query, expected) in [
        ("", vec![3, 2, 1]),
        ("institution=1319999916", vec![3, 2, 1]),
        ("institution=1349999910", vec![]),
        ("message=OQSsiquc01&outcome=answered", vec![2, 1]),
        ("message=OQSsiimm01", vec![]),
        ("card=expired", vec![2]),
        ("outcome=refused", vec![3]),
        ("refused=G102", vec![3]),
        ("after=1", vec![3, 2]),
        ("after=1&limit=1", vec![3]),
        (&format!("since={first}"), vec![3, 2, 1]),
        (&format!("until={first}"), vec![]),
        ("since=2100-01-01T00:00:00Z", vec![]),
    ] {
        let list = mock.world(&format!("exchanges?{query}"));
        assert_eq!(numbers(&list), expected, "{query}");
        assert_eq!((&list["written"], &list["forgotten"]), (&json!(3), &json!(0)));
    }
    for wrong in ["since=yesterday", "outcome=well", "unknown=1", "limit=-1"] {
        assert_eq!(mock.admin(&format!("{EXCHANGES}?{wrong}")).status, 400, "{wrong}");
    }
}

#[test]
fn an_exchange_tells_how_its_tls_connection_was_made() {
    let mock = busy();
    let exchange = mock.world("exchanges/1");
    assert_eq!(exchange["tls"]["version"], "TLSv1.3");
    assert!(exchange["tls"]["cipher"].as_str().unwrap().starts_with("TLS_"), "{}", exchange["tls"]);
    assert_eq!(exchange["tls"]["resumed"], false);
    assert_eq!(exchange["outcome"], "answered");
    assert!(exchange["client"].as_str().unwrap().starts_with("127.0.0.1:"));
    let bytes = openssl_decode(exchange["request"]["base64"].as_str().unwrap());
    assert_eq!(bytes, mock.request_for("employee-valid"));
}

/// Decodes base64 without our code.
fn openssl_decode(text: &str) -> Vec<u8> {
    let script = "import base64,sys; sys.stdout.buffer.write(base64.b64decode(sys.argv[1], validate=True))";
    std::process::Command::new("python3").args(["-c", script, text]).output().unwrap().stdout
}

#[test]
fn waiting_ends_when_enough_exchanges_match_and_not_before() {
    let mock = Mock::plan().without_terminal().start();
    let url = mock.admin_url(&format!("{EXCHANGES}/wait"));
    let awaited = thread::scope(|scope| {
        let body = json!({ "match": { "card": "expired" }, "count": 2, "timeout_seconds": 90 });
        let waiting = scope.spawn(move || post_to(&url, &body).json());
        for card in ["expired", "employee-valid", "expired"] {
            ask(&mock, card);
        }
        waiting.join().unwrap()
    });
    assert_eq!((&awaited["met"], &awaited["count"]), (&json!(true), &json!(2)));
    assert_eq!(numbers(&awaited), [1, 3]);
}

#[test]
fn waiting_in_vain_says_what_came_nearest() {
    let mock = busy();
    let insurer = "QualificationConfirmSearchInfo/InsurerNumber";
    let body =
        json!({ "match": { "card": "expired", "request": { insurer: "00000000" } }, "timeout_seconds": 0 });
    let awaited = post(&mock, "wait", &body).json();
    assert_eq!((&awaited["met"], &awaited["count"]), (&json!(false), &json!(0)));
    let nearest = &awaited["nearest"][0];
    assert_eq!(nearest["number"], 2, "{awaited:#}");
    assert_eq!(nearest["misses"].as_array().unwrap().len(), 1);
    assert_eq!(nearest["misses"][0]["condition"], format!("request/{insurer}"));
    assert_eq!(nearest["misses"][0]["expected"], "00000000");
    for wrong in [json!({ "timeout_seconds": 301 }), json!({ "timeout_seconds": -1 }), json!({ "count": 0 })]
    {
        assert_eq!(post(&mock, "wait", &wrong).status, 422, "{wrong}");
    }
}

#[test]
fn verifications_pass_fail_and_are_kept() {
    let mock = busy();
    let card = |key: &str| json!({ "card": key });
    for (request, verdict, count) in [
        (json!({ "at_least": { "count": 2, "match": { "outcome": "answered" } } }), "passed", 2),
        (json!({ "exactly": { "count": 1, "match": card("expired") } }), "passed", 1),
        (json!({ "exactly": { "count": 2, "match": card("expired") } }), "failed", 1),
        (json!({ "never": { "match": { "refused": "C105" } } }), "passed", 0),
        (json!({ "never": { "match": { "refused": "G102" } } }), "failed", 1),
        (json!({ "in_order": [card("employee-valid"), card("expired")] }), "passed", 2),
        (json!({ "name": "backwards", "in_order": [card("expired"), card("employee-valid")] }), "failed", 1),
    ] {
        let reply = post(&mock, "verify", &request);
        assert_eq!(reply.status, 200, "{request}: {}", reply.text());
        let verification = reply.json();
        assert_eq!(
            (&verification["verdict"], &verification["count"]),
            (&json!(verdict), &json!(count)),
            "{request}"
        );
        assert!(verification["at"].as_str().unwrap().ends_with("+09:00"), "{verification}");
    }
    for wrong in [json!({}), json!({ "never": {}, "in_order": [{}] }), json!({ "in_order": [] })] {
        assert_eq!(post(&mock, "verify", &wrong).status, 422, "{wrong}");
    }
    assert_eq!(post(&mock, "verify", &json!({ "never": { "match": { "colour": "red" } } })).status, 400);
}

/// The next event of a stream: its lines until the empty one.
fn event(lines: &mut impl Iterator<Item = std::io::Result<String>>) -> Vec<String> {
    lines.map(|line| line.unwrap()).take_while(|line| !line.is_empty()).collect()
}

#[test]
fn a_stream_sends_each_exchange_as_it_is_written_and_goes_on_after_the_last_one_seen() {
    let mock = Mock::plan().without_terminal().start();
    let follow = |last: Option<&str>| -> Response {
        let call = client().get(mock.admin_url(&format!("{EXCHANGES}/stream?card=expired")));
        last.into_iter().fold(call, |call, last| call.header("Last-Event-ID", last)).send().unwrap()
    };
    ask(&mock, "expired");
    let response = follow(None);
    assert_eq!(response.headers()["Content-Type"], "text/event-stream");
    let mut lines = BufReader::new(response).lines();
    assert_eq!(event(&mut lines), [": following"]);
    ask(&mock, "employee-valid");
    ask(&mock, "expired");
    let sent = event(&mut lines);
    assert_eq!(sent[..2], ["id: 3", "event: exchange"], "the first was before, the second is another card");
    let data: Value = serde_json::from_str(sent[2].strip_prefix("data: ").unwrap()).unwrap();
    assert_eq!((&data["number"], &data["card"]), (&json!(3), &json!("expired")));
    let mut again = BufReader::new(follow(Some("0"))).lines();
    assert_eq!(event(&mut again), [": following"]);
    assert_eq!(event(&mut again)[0], "id: 1");
    assert_eq!(event(&mut again)[0], "id: 3");
}

#[test]
fn the_export_has_every_exchange_as_a_line_and_deleting_empties_the_journal() {
    let mock = busy();
    let reply = mock.admin(&format!("{EXCHANGES}/export"));
    assert_eq!((reply.status, reply.content_type()), (200, "application/jsonl"));
    let lines: Vec<Value> = reply.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 3);
    assert_eq!(lines[1], mock.world("exchanges/2"));
    let deleted = client().delete(mock.admin_url(EXCHANGES)).send().unwrap();
    assert_eq!(deleted.status(), 204);
    let list = mock.world("exchanges");
    assert_eq!((numbers(&list), &list["written"], &list["forgotten"]), (vec![], &json!(3), &json!(0)));
    assert_eq!(mock.admin(&format!("{EXCHANGES}/1")).status, 410);
    ask(&mock, "expired");
    assert_eq!(numbers(&mock.world("exchanges")), [4], "numbers go on");
}

#[test]
fn who_waits_in_a_world_that_begins_anew_is_told_so_at_once() {
    let mock = Mock::plan().without_terminal().start();
    let wait = json!({ "match": { "message": "OQSsiquc01" }, "timeout_seconds": 300 });
    thread::scope(|scope| {
        let waiting = scope.spawn(|| mock.post("/api/v1/worlds/default/exchanges/wait", &wait));
        // Again and again: whoever asked after a reset waits in the new world.
        while !waiting.is_finished() {
            assert_eq!(mock.post("/api/v1/worlds/default/reset", &json!({})).status, 200);
            thread::sleep(std::time::Duration::from_millis(50));
        }
        let told = waiting.join().unwrap();
        assert_eq!(told.status, 409, "{}", told.text());
        assert!(told.text().contains("began anew"), "{}", told.text());
    });
}
