//! The Web API over mutual TLS: login, query, and each of its refusals.

use reqwest::blocking::RequestBuilder;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE};
use serde_json::{Value, json};
use system_tests::{Mock, Reply, Who, today};

const LOGIN: &str = "/oqs-api-pro/MSA12020/ILI12020SV01/auth";
const SEARCH: &str = "/oqs-api-pro/MSA01030/ILI01030SV01/search";
const JSON: &str = "application/json;charset=UTF-8";
const PASSWORD: &str = "Onshi-Mock-0001!";

fn post(mock: &Mock, who: Who<'_>, path: &str, body: &Value) -> RequestBuilder {
    mock.client(who).post(mock.service_url(path)).body(body.to_string())
}

fn login(mock: &Mock, user: &str, password: &str) -> Reply {
    let body = json!({ "userId": user, "password": password });
    Reply::of(post(mock, Who::Clinic, LOGIN, &body).header(CONTENT_TYPE, JSON).send().unwrap())
}

/// The tokens of a login as the account for the Web API.
fn logged_in(mock: &Mock) -> Value {
    let reply = login(mock, "1319999916-web-api", PASSWORD);
    assert_eq!(reply.status, 200, "{}", reply.text());
    reply.json()["result"].clone()
}

fn question() -> Value {
    json!({ "XmlMsg": {
        "MessageHeader": {
            "QualificationConfirmationDate": today().strftime("%Y%m%d").to_string(),
            "MedicalInstitutionCode": "1319999916",
            "ArbitraryFileIdentifier": "web",
        },
        "MessageBody": { "QualificationConfirmSearchInfo": {
            "InsurerNumber": "06139992", "InsuredCardSymbol": "１２３", "InsuredIdentificationNumber": "４５６",
            "InsuredBranchNumber": "00", "Birthdate": "19800101",
            "LimitApplicationCertificateRelatedConsFlg": "0",
        } },
    } })
}

fn search(mock: &Mock, token: Option<&str>) -> Reply {
    let mut request = post(mock, Who::Clinic, SEARCH, &question()).header(CONTENT_TYPE, JSON);
    if let Some(token) = token {
        request = request.header(AUTHORIZATION, token);
    }
    Reply::of(request.send().unwrap())
}

/// A refusal of the Web API says its label first.
fn is_refused(reply: &Reply, status: u16, label: &str) {
    assert_eq!(reply.status, status, "{}", reply.text());
    assert!(reply.content_type().starts_with("application/json"), "{}", reply.content_type());
    let body = reply.json();
    assert_eq!((&body["status"], &body["result"]), (&json!("error"), &Value::Null));
    assert!(body["msg"].as_str().unwrap().starts_with(&format!("{label} ")), "{body}");
}

#[test]
fn a_login_gives_tokens_and_its_id_token_opens_the_query() {
    for (flag, code) in [("utf-8", "0"), ("shift-jis", "1")] {
        let mock = Mock::plan().flag("--encoding", flag).start();
        let tokens = logged_in(&mock);
        assert_eq!(tokens["linkSysCharCd"], code);
        for name in ["accessToken", "refreshToken", "idToken"] {
            assert!(tokens[name].as_str().is_some_and(|token| !token.is_empty()), "{name}");
        }
        let reply = search(&mock, tokens["idToken"].as_str());
        assert_eq!(reply.status, 200, "{}", reply.text());
        assert!(reply.content_type().starts_with("application/json"), "{}", reply.content_type());
        let answer = &reply.json()["XmlMsg"];
        assert_eq!(answer["MessageHeader"]["SegmentOfResult"], "1");
        assert_eq!(answer["MessageHeader"]["ArbitraryFileIdentifier"], "web");
        assert_eq!(answer["MessageBody"]["QualificationValidity"], "1");
        let result = &answer["MessageBody"]["ResultList"][0]["ResultOfQualificationConfirmation"];
        assert_eq!(result["Name"], "見本　太郎");
    }
}

#[test]
fn a_wrong_password_and_an_unknown_user_are_refused_alike() {
    let mock = Mock::start();
    let wrong = login(&mock, "1319999916-web-api", "Onshi-Mock-0002!");
    is_refused(&wrong, 401, "W103");
    let unknown = login(&mock, "nobody", PASSWORD);
    is_refused(&unknown, 401, "W103");
    assert_eq!(wrong.body, unknown.body, "nobody learns which user ids exist");
}

/// The column of the Web API in the dialect's row `accounts.roles`.
#[test]
fn only_accounts_whose_role_may_use_the_web_api_can_log_in() {
    let mock = Mock::start();
    let accounts = mock.world("accounts");
    let mut roles = Vec::new();
    for account in accounts["accounts"].as_array().unwrap() {
        let text = |key: &str| account[key].as_str().unwrap();
        let reply = login(&mock, text("id"), text("password"));
        match text("role") {
            "general" | "medical-viewer" | "web-api" => assert_eq!(reply.status, 200, "{}", reply.text()),
            _ => is_refused(&reply, 403, "W104"),
        }
        roles.push(text("role"));
    }
    let all = [
        "administrator",
        "face",
        "general",
        "link-application",
        "master",
        "master-reset",
        "medical-viewer",
        "web-api",
    ];
    assert_eq!(roles, all);
}

/// A vendor's own table shuts general accounts out.
#[test]
fn a_dialect_may_take_the_web_api_from_a_role() {
    const ROWS: &str = "accounts:
  roles:
    value:
      master: {login: [browser], fetch: []}
      master-reset: {login: [browser], fetch: []}
      administrator: {login: [browser], fetch: []}
      general: {login: [browser], fetch: [qualification]}
      medical-viewer: {login: [browser], fetch: [qualification, drugs, checkups]}
      link-application: {login: [terminal], fetch: [qualification]}
      face: {login: [reader], fetch: [qualification]}
      web-api: {login: [web-api], fetch: [qualification]}
    mark: D
    source: test
";
    let place = system_tests::Place::new();
    let dialect = place.at("dialect.yaml");
    std::fs::write(&dialect, ROWS).unwrap();
    let mock = Mock::plan().flag("--dialect", dialect.to_str().unwrap()).start_in(place);
    is_refused(&login(&mock, "1319999916-general", PASSWORD), 403, "W104");
    let tokens = logged_in(&mock);
    assert_eq!(search(&mock, tokens["idToken"].as_str()).status, 200);
}

#[test]
fn a_query_needs_an_id_token_of_this_service() {
    let mock = Mock::start();
    let tokens = logged_in(&mock);
    is_refused(&search(&mock, None), 401, "W105");
    let id = tokens["idToken"].as_str().unwrap();
    let bearer = format!("Bearer {id}");
    let access = tokens["accessToken"].as_str().unwrap();
    for token in ["garbage", "a.b", &bearer, access] {
        is_refused(&search(&mock, Some(token)), 401, "W106");
    }
}

#[test]
fn a_token_ends_by_the_clock_of_the_world() {
    let mock = Mock::start();
    let tokens = logged_in(&mock);
    mock.advance("48h");
    is_refused(&search(&mock, tokens["idToken"].as_str()), 401, "W107");
    let again = logged_in(&mock);
    assert_eq!(search(&mock, again["idToken"].as_str()).status, 200);
}

#[test]
fn another_content_type_is_refused() {
    let mock = Mock::start();
    let tokens = logged_in(&mock);
    let id = tokens["idToken"].as_str().unwrap();
    for content_type in ["text/plain", "application/xml"] {
        let credentials = json!({ "userId": "1319999916-web-api", "password": PASSWORD });
        let request = post(&mock, Who::Clinic, LOGIN, &credentials).header(CONTENT_TYPE, content_type);
        is_refused(&Reply::of(request.send().unwrap()), 415, "W101");
        let request = post(&mock, Who::Clinic, SEARCH, &question()).header(CONTENT_TYPE, content_type);
        is_refused(&Reply::of(request.header(AUTHORIZATION, id).send().unwrap()), 415, "W101");
    }
}

#[test]
fn a_login_that_is_none_is_refused() {
    let mock = Mock::start();
    let body = json!({ "user": "1319999916-web-api" });
    let request = post(&mock, Who::Clinic, LOGIN, &body).header(CONTENT_TYPE, JSON);
    is_refused(&Reply::of(request.send().unwrap()), 400, "W102");
}

#[test]
fn without_a_certificate_the_gate_refuses_login_and_query() {
    let mock = Mock::start();
    let tokens = logged_in(&mock);
    let credentials = json!({ "userId": "1319999916-web-api", "password": PASSWORD });
    for (path, body) in [(LOGIN, credentials), (SEARCH, question())] {
        let request = post(&mock, Who::Nobody, path, &body)
            .header(CONTENT_TYPE, JSON)
            .header(AUTHORIZATION, tokens["idToken"].as_str().unwrap());
        let reply = Reply::of(request.send().unwrap());
        assert_eq!(reply.status, 403);
        assert!(reply.text().contains("C101"), "{}", reply.text());
    }
}

#[test]
fn the_journal_tells_of_logins_and_of_every_refusal_but_never_a_password() {
    let mock = Mock::plan().without_terminal().start();
    let _ = logged_in(&mock);
    let credentials = json!({ "userId": "1319999916-web-api", "password": PASSWORD });
    let _ = login(&mock, "1319999916-web-api", "Onshi-Mock-0002!");
    let _ = search(&mock, None);
    let nobody = post(&mock, Who::Nobody, LOGIN, &credentials).header(CONTENT_TYPE, JSON);
    assert_eq!(nobody.send().unwrap().status(), 403);
    let told: Vec<_> = mock
        .journal()
        .iter()
        .rev()
        .map(|exchange| json!([exchange["message"], exchange["status"], exchange["refused"]]))
        .collect();
    let expected = [
        json!([LOGIN, 200, null]),
        json!([LOGIN, 401, "W103"]),
        json!([SEARCH, 401, "W105"]),
        json!([LOGIN, 403, "C101"]),
    ];
    assert_eq!(told, expected);
    let all = mock.admin("/api/v1/worlds/default/exchanges/export");
    assert!(!all.text().contains("Onshi-Mock-000"), "{}", all.text());
}
