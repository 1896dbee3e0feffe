//! The admin API as a whole: its OpenAPI document, the page that shows it, what is not there, and the metrics.

use std::collections::BTreeSet;

use reqwest::Method;
use reqwest::blocking::Client;
use reqwest::header::AUTHORIZATION;
use serde_json::{Value, json};
use system_tests::{Mock, PATIENCE, Place, Reply, Who};

const PROBLEM: &str = "application/problem+json";

fn send(mock: &Mock, method: Method, path: &str, body: Option<(&str, &str)>) -> Reply {
    let client = Client::builder().no_proxy().timeout(PATIENCE).build().unwrap();
    let call = client.request(method, mock.admin_url(path));
    let call = body
        .into_iter()
        .fold(call, |call, (kind, body)| call.header("Content-Type", kind).body(body.to_owned()));
    Reply::of(call.send().unwrap())
}

#[test]
fn every_path_of_the_document_is_there_and_takes_the_methods_that_it_says() {
    let mock = Mock::plan().without_terminal().start();
    let document = mock.admin("/openapi.json").json();
    assert_eq!(document["openapi"], "3.1.0");
    for (path, item) in document["paths"].as_object().unwrap() {
        let real = path.replace("{number}", "1").replace("{mode}", "disaster").replace("{world}", "default");
        let real = real.replace(['{', '}'], "");
        let reply = send(&mock, Method::PATCH, &real, None);
        if path == "/livez" || path == "/readyz" {
            continue;
        }
        assert_eq!((reply.status, reply.content_type()), (405, PROBLEM), "{path}");
        let allowed: BTreeSet<_> =
            reply.headers["Allow"].to_str().unwrap().split(", ").map(str::to_owned).collect();
        let declared: BTreeSet<_> =
            item.as_object().unwrap().keys().map(|method| method.to_uppercase()).collect();
        assert_eq!(allowed, declared, "{path}");
    }
}

#[test]
fn a_path_that_is_not_there_names_the_nearest_one() {
    let mock = Mock::plan().without_terminal().start();
    for (path, nearest) in [
        ("/api/v1/worlds/default/exchange", json!("/api/v1/worlds/default/exchanges")),
        ("/api/v1/world/suite-7/cards", json!("/api/v1/worlds/suite-7/cards")),
        ("/metric", json!("/metrics")),
        ("/exchanges", json!("/api/v1/worlds/{world}/exchanges")),
        ("/what/ever", Value::Null),
    ] {
        let problem = mock.admin(path).json();
        assert_eq!((&problem["status"], &problem["nearest"]), (&json!(404), &nearest), "{path}: {problem}");
    }
}

#[test]
fn what_cannot_be_read_of_a_call_is_a_problem_that_says_what() {
    let mock = Mock::plan().without_terminal().start();
    let clock = "/api/v1/worlds/default/clock";
    let json = "application/json";
    let large = format!("\"{}\"", "x".repeat(2 * 1024 * 1024));
    for (method, path, body, status) in [
        (Method::GET, "/api/v1/worlds/default/exchanges/first", None, 400),
        (Method::GET, "/api/v1/worlds/default/exchanges?limit=many", None, 400),
        (Method::POST, clock, Some((json, "{")), 400),
        (Method::POST, clock, Some((json, "{\"backwards\": true}")), 400),
        (Method::POST, clock, Some(("text/plain", "{}")), 415),
        (Method::POST, clock, Some((json, large.as_str())), 413),
        (Method::POST, "/api/v1/worlds/other/exchanges/wait", Some((json, "{}")), 404),
    ] {
        let reply = send(&mock, method, path, body);
        assert_eq!((reply.status, reply.content_type()), (status, PROBLEM), "{path}: {}", reply.text());
        let problem = reply.json();
        assert_eq!(problem["status"], status);
        assert!(problem["detail"].as_str().is_some_and(|detail| detail.len() > 10), "{problem}");
        assert_eq!(problem["label"], Value::Null, "this is the caller's mistake");
        assert!(reply.headers.get("onshi-mock-failure").is_none());
    }
}

#[test]
fn the_page_needs_nothing_from_elsewhere_and_no_token() {
    let token = "sixteen-letters-or-more";
    let place = Place::new();
    let process = Mock::plan().without_terminal().flag("--admin-token", token).spawn(&place);
    let line = process.line();
    let admin = line.split_once(" admin=").unwrap().1.split_once(' ').unwrap().0;
    let client = Client::builder().no_proxy().build().unwrap();
    let get = |path: &str, header: Option<&str>| {
        let call = client.get(format!("{admin}{path}"));
        Reply::of(
            header.into_iter().fold(call, |call, value| call.header(AUTHORIZATION, value)).send().unwrap(),
        )
    };
    for (path, kind) in
        [("/api", "text/html"), ("/api/viewer.js", "text/javascript"), ("/api/viewer.css", "text/css")]
    {
        let reply = get(path, None);
        assert_eq!(reply.status, 200, "{path}");
        assert!(reply.content_type().starts_with(kind), "{path}");
        let policy = reply.headers["Content-Security-Policy"].to_str().unwrap();
        assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
        assert!(!reply.text().contains("://"), "{path} names nothing elsewhere");
        assert!(!reply.text().contains("innerHTML"), "{path} writes texts as texts");
    }
    assert_eq!(get("/openapi.json", None).status, 401);
    assert_eq!(get("/openapi.json", Some(&format!("Bearer {token}"))).status, 200);
    assert_eq!(get("/metrics", None).status, 401);
}

#[test]
fn the_metrics_count_what_came() {
    let mock = Mock::plan().without_terminal().start();
    assert_eq!(mock.ask("OQSsiquc01", &mock.request_for("expired")).status, 200);
    let refused = mock.client(Who::Clinic).post(mock.unregistered_url("/oqs/OQSsiquc01"));
    assert_eq!(Reply::of(refused.body("").send().unwrap()).status, 403);
    let reply = mock.admin("/metrics");
    assert!(reply.content_type().starts_with("application/openmetrics-text"), "{}", reply.content_type());
    for expected in [
        "onshi_mock_exchanges_total{message=\"OQSsiquc01\",outcome=\"answered\"} 1",
        "onshi_mock_exchanges_total{message=\"OQSsiquc01\",outcome=\"refused\"} 1",
        "onshi_mock_refused_total{label=\"G102\"} 1",
        "onshi_mock_exchange_duration_seconds_count 2",
        "onshi_mock_connections_total 2",
        "onshi_mock_worlds 1",
    ] {
        assert!(reply.text().lines().any(|line| line == expected), "{expected}\n{}", reply.text());
    }
}
