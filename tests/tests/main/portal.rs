//! The portal: from an account to the first answer, over the public API alone.

use std::io::Write;
use std::process::{Command, Stdio};

use reqwest::blocking::Client;
use reqwest::header::CONTENT_TYPE;
use serde_json::{Value, json};
use system_tests::{Mock, Reply, UNREGISTERED_LINE, Who, today};

/// An institution that nobody knows before it applies.
const CODE: &str = "1319999924";

/// The portal of the default world.
struct Portal<'a>(&'a Mock);

impl Portal<'_> {
    fn send(&self, method: &str, path: &str, body: Option<&Value>) -> Reply {
        let client = Client::builder().no_proxy().build().unwrap();
        let url = self.0.admin_url(&format!("/api/v1/worlds/default/{path}"));
        let mut request = client.request(method.parse().unwrap(), url);
        if let Some(body) = body {
            request = request.header(CONTENT_TYPE, "application/json").body(body.to_string());
        }
        Reply::of(request.send().unwrap())
    }

    fn post(&self, path: &str, body: &Value, status: u16) -> Value {
        let reply = self.send("POST", &format!("portal/{path}"), Some(body));
        assert_eq!(reply.status, status, "{path}: {}", reply.text());
        reply.json()
    }

    fn put(&self, path: &str, body: &Value, status: u16) -> Value {
        let reply = self.send("PUT", &format!("portal/{path}"), Some(body));
        assert_eq!(reply.status, status, "{path}: {}", reply.text());
        reply.json()
    }

    fn get(&self, path: &str, status: u16) -> Reply {
        let reply = self.send("GET", &format!("portal/{path}"), None);
        assert_eq!(reply.status, status, "{path}: {}", String::from_utf8_lossy(&reply.body));
        reply
    }

    fn account(&self) -> String {
        let form =
            json!({ "institution": CODE, "institution_name": "申請診療所", "mail": "office@clinic.example" });
        self.post("accounts", &form, 201)["id"].as_str().unwrap().to_owned()
    }

    fn apply(&self, account: &str, usage: &Value, status: u16) -> Value {
        self.post(&format!("accounts/{account}/applications"), usage, status)
    }

    /// Downloads the certificate of a notice.
    fn download(&self, notice: &Value) -> certs::Identity {
        let path = format!("issuances/{}/download", notice["reference"].as_str().unwrap());
        let reply = self.send("POST", &path, Some(&json!({ "code": notice["code"], "key": "p256" })));
        assert_eq!(reply.status, 201, "{}", reply.text());
        let handed = reply.json();
        let pem = |name: &str| handed[name].as_str().unwrap().to_owned();
        certs::Identity::from_pem(&pem("certificate_pem"), &pem("key_pem")).unwrap()
    }
}

/// Applies for the line that ends at the mock's second port.
fn usage(days: i32, at_once: bool) -> Value {
    let start = today().checked_add(jiff::Span::new().days(days)).unwrap();
    json!({
        "line": { "kind": "ip-vpn", "customer_id": UNREGISTERED_LINE },
        "terminals": 2, "start": start.to_string(), "terms_accepted": true, "contact": "事務長",
        "at_once": at_once,
    })
}

fn ask(mock: &Mock, identity: &certs::Identity) -> Reply {
    let request = String::from_utf8(mock.request_for("employee-valid")).unwrap().replace("1319999916", CODE);
    let url = mock.unregistered_url("/oqs/OQSsiquc01");
    Reply::of(mock.client(Who::Holder(identity)).post(url).body(request).send().unwrap())
}

fn reached(application: &Value) -> Vec<&str> {
    let steps = application["steps"].as_array().unwrap();
    let reached = steps.iter().filter(|step| step["reached"] == true);
    reached.map(|step| step["step"].as_str().unwrap()).collect()
}

/// The text of a PDF, by another program.
fn pdf_text(bytes: &[u8]) -> String {
    let mut reader = Command::new("pdftotext")
        .args(["-layout", "-", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    reader.stdin.take().unwrap().write_all(bytes).unwrap();
    let output = reader.wait_with_output().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn an_institution_comes_from_its_account_to_its_first_answer() {
    let mock = Mock::plan().without_terminal().start();
    let portal = Portal(&mock);
    let account = portal.account();
    let application = portal.apply(&account, &usage(30, false), 201);
    let number = application["number"].as_u64().unwrap();
    assert_eq!(reached(&application), ["applied"]);
    let applied = portal.post(&format!("applications/{number}/certificates"), &json!({ "count": 1 }), 201);
    assert!(applied["certificates"][0].get("notice").is_none(), "it comes by mail: {applied}");
    portal.get(&format!("applications/{number}/notices/account"), 409);
    portal.get(&format!("applications/{number}/notices/certificates/{CODE}-01"), 409);

    mock.advance("72h");
    let now = portal.get(&format!("applications/{number}"), 200).json();
    assert_eq!(reached(&now), ["applied", "line-confirmed"]);
    mock.advance("168h");
    let now = portal.get(&format!("applications/{number}"), 200).json();
    assert_eq!(reached(&now), ["applied", "line-confirmed", "account-notice", "certificate-notice"]);

    let notice = &now["certificates"][0]["notice"];
    let paper = portal.get(&format!("applications/{number}/notices/certificates/{CODE}-01"), 200);
    let text = pdf_text(&paper.body);
    for told in ["reference", "code"] {
        assert!(text.contains(notice[told].as_str().unwrap()), "{told}: {text}");
    }
    let identity = portal.download(notice);
    assert_eq!(identity.facts().common_name.as_deref(), Some("1319999924-01"));

    let early = ask(&mock, &identity);
    assert_eq!(early.status, 403, "the first day of use is still to come: {}", early.text());
    mock.advance("480h");
    let answer = ask(&mock, &identity);
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert!(answer.text().contains("<QualificationValidity>"), "{}", answer.text());
    let now = portal.get(&format!("applications/{number}"), 200).json();
    assert_eq!(reached(&now).last(), Some(&"started"));
}

#[test]
fn the_master_opens_the_administrator_who_opens_the_others() {
    let mock = Mock::plan().without_terminal().start();
    let portal = Portal(&mock);
    let account = portal.account();
    let application = portal.apply(&account, &usage(0, true), 201);
    let number = application["number"].as_u64().unwrap();
    let master = &application["account_notice"][0];
    assert_eq!(master["role"], "master");

    let archive = portal.get(&format!("applications/{number}/notices/account"), 200);
    assert_eq!(archive.content_type(), "application/zip");
    let path = mock.place.at("notice.zip");
    std::fs::write(&path, &archive.body).unwrap();
    let unzip = "import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); n, = z.namelist(); assert n == 'オンライン資格確認等システムユーザ設定情報.pdf', n; sys.stdout.buffer.write(z.read(n))";
    let output = Command::new("python3").args(["-X", "utf8", "-c", unzip]).arg(&path).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = pdf_text(&output.stdout);
    for told in ["id", "password"] {
        assert!(text.contains(master[told].as_str().unwrap()), "{told}: {text}");
    }

    let wish = |by: &Value, by_password: &Value, role: &str| json!({ "by": by, "by_password": by_password, "role": role, "password": "Chosen-Word-0001!" });
    portal.post("system-accounts", &wish(&master["id"], &master["password"], "general"), 403);
    portal.post("system-accounts", &wish(&master["id"], &json!("wrong"), "administrator"), 403);
    let administrator =
        portal.post("system-accounts", &wish(&master["id"], &master["password"], "administrator"), 201);
    let chosen = json!("Chosen-Word-0001!");
    let mut weak = wish(&administrator["id"], &chosen, "web-api");
    weak["password"] = json!("short");
    assert_eq!(portal.post("system-accounts", &weak, 422)["mistakes"][0]["field"], "password");
    let web_api = portal.post("system-accounts", &wish(&administrator["id"], &chosen, "web-api"), 201);
    assert_eq!(web_api["id"], format!("{CODE}-web-api"));
}

#[test]
fn every_mistake_of_a_form_is_named_by_field_in_both_languages() {
    let mock = Mock::plan().without_terminal().start();
    let portal = Portal(&mock);
    let fields = |problem: &Value| -> Vec<String> {
        let mistakes = problem["mistakes"].as_array().unwrap();
        assert!(mistakes.iter().all(|mistake| mistake["ja"] != "" && mistake["en"] != ""), "{problem}");
        mistakes.iter().map(|mistake| mistake["field"].as_str().unwrap().to_owned()).collect()
    };
    let wrong = json!({ "institution": "1319999925", "mail": "nobody" });
    assert_eq!(fields(&portal.post("accounts", &wrong, 422)), ["institution", "institution_name", "mail"]);
    let account = portal.account();
    let wrong = json!({ "line": { "kind": "isdn" }, "terminals": 0, "start": "soon" });
    let problem = portal.apply(&account, &wrong, 422);
    assert_eq!(fields(&problem), ["line.kind", "terminals", "start", "terms_accepted", "contact"]);
    let mut taken = usage(0, true);
    taken["line"]["customer_id"] = json!("CAF0000000001");
    assert!(fields(&portal.apply(&account, &taken, 409)).is_empty(), "another institution's line");
}

#[test]
fn a_line_changes_terminals_are_added_a_lost_one_gets_its_certificate_anew_and_use_ends() {
    let mock = Mock::plan().without_terminal().start();
    let portal = Portal(&mock);
    let account = portal.account();
    let number = portal.apply(&account, &usage(0, true), 201)["number"].as_u64().unwrap();
    let of = |path: &str| format!("applications/{number}{path}");

    let all = portal.post(&of("/certificates"), &json!({ "count": 2 }), 201);
    let first = portal.download(&all["certificates"][0]["notice"]);
    portal.post(&of("/certificates"), &json!({ "count": 1 }), 422);
    portal.put(&of("/terminals"), &json!({ "terminals": 1 }), 409);
    portal.put(&of("/terminals"), &json!({ "terminals": 3 }), 200);
    let all = portal.post(&of("/certificates"), &json!({ "count": 1 }), 201);
    assert_eq!(all["certificates"][2]["terminal"], format!("{CODE}-03"));

    assert_eq!(ask(&mock, &first).status, 200);
    let all = portal.post(&of("/certificates"), &json!({ "lost": format!("{CODE}-01") }), 201);
    assert_eq!(ask(&mock, &first).status, 403, "what was lost is revoked");
    let again = portal.download(&all["certificates"][3]["notice"]);
    assert_eq!(ask(&mock, &again).status, 200);

    portal.put(&of("/line"), &json!({ "kind": "ip-vpn", "customer_id": UNREGISTERED_LINE }), 409);
    let changed = portal.put(
        &of("/line"),
        &json!({ "kind": "ipsec-ike", "provider": "見本VPN", "connection_id": "77" }),
        200,
    );
    assert_eq!(changed["line"], "ipsec:見本VPN:77");
    assert_eq!(ask(&mock, &again).status, 403, "the old line has ended");

    let ended = portal.post(&of("/cancellation"), &json!({}), 200);
    assert_eq!(reached(&ended).last(), Some(&"cancelled"));
    portal.post(&of("/cancellation"), &json!({}), 409);
}

#[test]
fn the_whole_path_in_one_call_leaves_a_client_all_that_it_needs() {
    let mock = Mock::plan().without_terminal().start();
    let portal = Portal(&mock);
    let done = portal.post("complete", &json!({ "institution": CODE }), 201);
    assert_eq!(done["line"]["port"], mock.unregistered);
    assert!(
        done["application"]["steps"].as_array().unwrap().iter().all(|step| step["reached"] == true),
        "{done}"
    );
    let pem = |name: &str| done["certificate"][name].as_str().unwrap().to_owned();
    let identity = certs::Identity::from_pem(&pem("certificate_pem"), &pem("key_pem")).unwrap();
    assert_eq!(ask(&mock, &identity).status, 200);
    assert_eq!(done["accounts"].as_array().unwrap().len(), 8, "one of each role");
    portal.post("complete", &json!({ "institution": CODE }), 409);
    portal.post("complete", &json!({ "institution": "1" }), 422);
}
