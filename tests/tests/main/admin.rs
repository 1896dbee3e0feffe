//! The admin port: health, the authority, the journal; and who may call it.

use reqwest::header::{AUTHORIZATION, HOST, ORIGIN};
use serde_json::Value;
use system_tests::{Mock, Place, REGISTERED_LINE, Reply, Who};

const PROBLEM: &str = "application/problem+json";

#[test]
fn livez_and_readyz_answer_when_the_ready_line_is_out() {
    let mock = Mock::plan().without_terminal().start();
    for (path, body) in [("/livez", "ok\n"), ("/readyz", "ready\n")] {
        let reply = mock.admin(path);
        assert_eq!((reply.status, reply.text()), (200, body));
    }
}

#[test]
fn ca_pem_is_the_root_that_verifies_the_service() {
    let mock = Mock::plan().without_terminal().start();
    let reply = mock.admin("/ca.pem");
    assert_eq!((reply.status, reply.content_type()), (200, "application/x-pem-file"));
    assert_eq!(reply.text(), mock.place.store().authority().unwrap().root_pem());
    // This client trusts nothing else, and calls the service by each of its names that lead here.
    let client = mock.client(Who::Clinic);
    for host in ["localhost", "127.0.0.1"] {
        let url = format!("https://{host}:{}/oqs/OQSsiquc01", mock.service);
        let reply = Reply::of(client.post(url).body(mock.request_for("employee-valid")).send().unwrap());
        assert_eq!(reply.status, 200, "{host}");
    }
    let other = Mock::plan().without_terminal().start();
    let refused = client.post(other.service_url("/oqs/OQSsiquc01")).body("<XmlMsg/>").send().unwrap_err();
    assert!(refused.is_connect(), "another authority is not trusted: {refused:?}");
}

#[test]
fn the_catalogue_is_the_one_of_the_command_line() {
    let mock = Mock::plan().without_terminal().start();
    let (listed, printed) = system_tests::on_one_day(|_| {
        let printed = system_tests::binaries::onshi_mock().args(["cards", "--json"]).output().unwrap();
        (mock.world("cards"), printed.stdout)
    });
    let printed: Value = serde_json::from_slice(&printed).unwrap();
    assert_eq!(listed["cards"], printed);
    assert!(printed.as_array().unwrap().len() >= 50);
}

#[test]
fn an_exchange_says_by_which_line_certificate_institution_and_card_it_was_decided() {
    let mock = Mock::start();
    mock.exchange().drop_request("OQSsiquc01req_1.xml", &mock.request_for("expired"));
    let _ = mock.exchange().wait_answer("OQSsiquc01req_1.xml");
    let journal = mock.journal();
    assert_eq!(journal.len(), 1);
    let entry = &journal[0];
    assert_eq!(entry["number"], 1);
    assert_eq!(entry["message"], "OQSsiquc01");
    assert_eq!(entry["line"]["line"]["customer_id"], REGISTERED_LINE);
    assert_eq!(entry["line"]["by"]["port"], mock.service);
    assert_eq!(entry["certificate"], "CN=1319999916-01,O=見本診療所,C=JP");
    assert_eq!(entry["institution"], "1319999916");
    assert_eq!(entry["card"], "expired");
    assert_eq!((&entry["status"], &entry["refused"]), (&Value::from(200), &Value::Null));
    assert_eq!(entry["findings"], Value::Array(vec![]));
    let reasons = entry["reasons"].as_array().unwrap();
    for (ja, en) in [
        ("回線: ポート", "line: port"),
        ("回線認証: ", "line authentication: "),
        ("端末認証: ", "terminal authentication: "),
        ("テストカード expired", "test card expired"),
        ("資格期間 ", "qualification "),
    ] {
        let says = |reason: &&Value| {
            reason["ja"].as_str().unwrap().contains(ja) && reason["en"].as_str().unwrap().contains(en)
        };
        assert!(reasons.iter().any(|reason| says(&reason)), "{ja} / {en}: {reasons:#?}");
    }
    let at = entry["at"].as_str().unwrap();
    assert!(at.parse::<jiff::Timestamp>().is_ok() && at.ends_with("+09:00"), "{at}");
}

#[test]
fn an_exchange_by_its_number_has_request_and_answer_as_text_and_as_data() {
    let mock = Mock::plan().without_terminal().flag("--encoding", "shift-jis").start();
    let request = mock.request_for("employee-valid");
    let reply = mock.ask("OQSsiquc01", &request);
    let detail = mock.world("exchanges/1");
    assert_eq!(detail["card"], "employee-valid");
    assert_eq!(detail["request"]["text"], std::str::from_utf8(&request).unwrap());
    let search = &detail["request"]["message"]["MessageBody"]["QualificationConfirmSearchInfo"];
    assert_eq!(search["InsuredCardSymbol"], "１２３");
    assert_eq!(detail["answer"]["bytes"], reply.body.len());
    let text = detail["answer"]["text"].as_str().unwrap();
    assert!(text.contains("<Name>見本　太郎</Name>"), "Shift_JIS is shown as text: {text}");
    let header = &detail["answer"]["message"]["MessageHeader"];
    assert_eq!((&header["SegmentOfResult"], &header["CharacterCodeIdentifier"]), (&"1".into(), &"1".into()));
    let result = &detail["answer"]["message"]["MessageBody"]["ResultList"];
    assert!(result.to_string().contains("見本　太郎"), "{result:#}");
}

#[test]
fn the_list_of_exchanges_is_newest_first_and_can_be_shortened() {
    let mock = Mock::plan().without_terminal().start();
    for card in ["employee-valid", "expired", "limit-a03"] {
        assert_eq!(mock.ask("OQSsiquc01", &mock.request_for(card)).status, 200);
    }
    let cards = |path| {
        let list = mock.world(path);
        assert_eq!(list["written"], 3);
        let cards = list["exchanges"].as_array().unwrap().iter().map(|entry| entry["card"].clone());
        cards.map(|card| card.as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(cards("exchanges"), ["limit-a03", "expired", "employee-valid"]);
    assert_eq!(cards("exchanges?limit=1"), ["limit-a03"]);
}

#[test]
fn what_is_not_there_is_a_problem_with_status_404() {
    let mock = Mock::plan().without_terminal().start();
    for path in [
        "/nothing",
        "/api/v1/worlds/other/cards",
        "/api/v1/worlds/other/exchanges",
        "/api/v1/worlds/default/exchanges/1",
        "/api/v1/worlds/default/nothing",
    ] {
        let reply = mock.admin(path);
        assert_eq!((reply.status, reply.content_type()), (404, PROBLEM), "{path}: {}", reply.text());
        let json = reply.json();
        assert_eq!(json["status"], 404);
        assert!(!json["detail"].as_str().unwrap().is_empty(), "{path}");
    }
}

#[test]
fn a_foreign_host_name_or_origin_is_refused() {
    let mock = Mock::plan().without_terminal().flag("--admin-host", "mock.example").start();
    let path = "/api/v1/worlds/default/exchanges";
    let ask = |header, value: &str| Reply::of(mock.admin_call(path).header(header, value).send().unwrap());
    for host in ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example:8080"] {
        let reply = ask(HOST, host);
        assert_eq!((reply.status, reply.content_type()), (421, PROBLEM), "{host}");
    }
    for origin in ["http://evil.example", "https://evil.example:8080", "null"] {
        let reply = ask(ORIGIN, origin);
        assert_eq!((reply.status, reply.content_type()), (403, PROBLEM), "{origin}");
    }
    for host in ["localhost", "localhost:1", "[::1]:8080", "mock.example"] {
        assert_eq!(ask(HOST, host).status, 200, "{host}");
    }
    let own = mock.admin_url("");
    assert_eq!(ask(ORIGIN, &own).status, 200, "{own}");
}

#[test]
fn an_address_that_others_reach_wants_the_token() {
    let token = "sixteen-letters-or-more";
    let plan = Mock::plan().without_terminal().flag("--admin-address", "0.0.0.0");
    let place = Place::new();
    // The harness itself reads /ca.pem, so it would need the token; this one is asked by hand.
    let process = plan.clone().flag("--admin-token", token).spawn(&place);
    let line = process.line();
    let admin = line.split_once(" admin=").unwrap().1.split_once(' ').unwrap().0;
    let client = reqwest::blocking::Client::builder().no_proxy().build().unwrap();
    let ask = |path: &str, authorization: Option<&str>| {
        let call = client.get(format!("{admin}{path}"));
        let call = authorization.into_iter().fold(call, |call, value| call.header(AUTHORIZATION, value));
        Reply::of(call.send().unwrap())
    };
    let path = "/api/v1/worlds/default/cards";
    for wrong in [None, Some("Bearer"), Some("Bearer sixteen-letters-or-less"), Some(token)] {
        let reply = ask(path, wrong);
        assert_eq!((reply.status, reply.content_type()), (401, PROBLEM), "{wrong:?}");
        assert!(!reply.text().contains(token));
    }
    assert_eq!(ask(path, Some(&format!("Bearer {token}"))).status, 200);
    assert_eq!(ask("/readyz", None).status, 200, "health needs no token");
    assert!(!process.stderr().contains(token), "the token is not logged");
}

#[test]
fn an_address_that_others_reach_without_a_token_is_status_2_and_one_line() {
    for token in [None, Some("short")] {
        let plan = Mock::plan().without_terminal().flag("--admin-address", "0.0.0.0");
        let plan = token.into_iter().fold(plan, |plan, token| plan.flag("--admin-token", token));
        let ended = plan.spawn(&Place::new()).wait();
        assert_eq!((ended.status, ended.stdout), (Some(2), vec![]));
        let complaint: Vec<_> = ended.stderr.lines().collect();
        assert_eq!(complaint.len(), 1, "{complaint:?}");
        let wrong = if token.is_some() { "5 characters" } else { "0.0.0.0" };
        assert!(complaint[0].contains("ONSHI_ADMIN_TOKEN") && complaint[0].contains(wrong), "{complaint:?}");
    }
}

#[test]
fn the_token_can_be_waived() {
    let mock = Mock::plan()
        .without_terminal()
        .flag("--admin-address", "0.0.0.0")
        .flag("--admin-token", "none")
        .start();
    assert_eq!(mock.journal().len(), 0);
}

#[test]
fn nothing_of_the_admin_port_is_reachable_over_a_line() {
    let mock = Mock::plan().without_terminal().start();
    let client = mock.client(Who::Clinic);
    for path in
        ["/livez", "/readyz", "/ca.pem", "/api/v1/worlds/default/cards", "/api/v1/worlds/default/exchanges"]
    {
        for url in [mock.service_url(path), mock.unregistered_url(path)] {
            let reply = Reply::of(client.get(&url).send().unwrap());
            assert!([403, 404].contains(&reply.status), "{url}: {}", reply.text());
            assert!(reply.text().contains("<Refusal>"), "{url}: {}", reply.text());
        }
    }
}

#[test]
fn an_exchange_has_the_order_that_its_number_says_however_many_come_at_once() {
    let mock = Mock::plan().without_terminal().start();
    let client = mock.client(Who::Clinic);
    let (url, body) = (mock.service_url("/oqs/OQSsiquc01"), mock.request_for("employee-valid"));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..10 {
                    let call = client.post(&url).body(body.clone());
                    assert_eq!(Reply::of(call.send().unwrap()).status, 200);
                }
            });
        }
    });
    let numbers: Vec<_> = mock.journal().iter().map(|entry| entry["number"].as_u64().unwrap()).collect();
    assert_eq!(numbers, (1..=40).rev().collect::<Vec<_>>());
}
