//! The life of a certificate over the API: notice, download, use, renewal, revocation; read by other people's tools.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use system_tests::presenting::{self, Case};
use system_tests::{Mock, Place, Reply, binaries};

fn post(mock: &Mock, path: &str, body: &Value) -> Reply {
    mock.post(&format!("/api/v1/worlds/default/{path}"), body)
}

/// The answer to a call that must succeed.
fn made(mock: &Mock, path: &str, body: &Value) -> Value {
    let reply = post(mock, path, body);
    assert_eq!(reply.status, 201, "{path}: {}", reply.text());
    reply.json()
}

/// The detail of a call that must be refused.
fn refused(mock: &Mock, path: &str, body: &Value, status: u16) -> String {
    let reply = post(mock, path, body);
    assert_eq!(
        (reply.status, reply.content_type()),
        (status, "application/problem+json"),
        "{}",
        reply.text()
    );
    reply.json()["detail"].as_str().unwrap().to_owned()
}

fn text<'a>(value: &'a Value, member: &str) -> &'a str {
    value[member].as_str().unwrap_or_else(|| panic!("{member}: {value}"))
}

fn start() -> Mock {
    Mock::plan().without_terminal().start()
}

fn start_with(rows: &str) -> Mock {
    let place = Place::new();
    let file = place.at("dialect.yaml");
    fs::write(&file, rows).unwrap();
    Mock::plan().without_terminal().flag("--dialect", file.to_str().unwrap()).start_in(place)
}

/// Runs a tool in a folder; its output if it succeeds.
fn tool(folder: &Path, program: &str, arguments: &[&str]) -> Result<String, String> {
    let output = Command::new(program).current_dir(folder).args(arguments).output().unwrap();
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    if output.status.success() { Ok(said) } else { Err(said) }
}

/// What the service answers a holder of these files: the label of a refusal; X903 for who is let in and asks wrongly.
fn label(mock: &Mock, folder: &Path, certificate: &str, key: &str) -> String {
    fs::write(folder.join("ca.pem"), mock.admin("/ca.pem").body).unwrap();
    let curl = ["--cacert", "ca.pem", "--cert", certificate, "--key", key].map(str::to_owned).to_vec();
    let said = presenting::curl(folder, &Case { port: mock.service, curl, ..Case::default() });
    let (_, rest) = said.split_once("<Label>").unwrap_or_else(|| panic!("{said}"));
    rest.split_once('<').unwrap().0.to_owned()
}

const LET_IN: &str = "X903";

/// Writes what was handed out as `NAME.pem` and `NAME.key`.
fn keep(folder: &Path, name: &str, handed: &Value) {
    fs::write(folder.join(format!("{name}.pem")), text(handed, "certificate_pem")).unwrap();
    fs::write(folder.join(format!("{name}.key")), text(handed, "key_pem")).unwrap();
}

#[test]
fn a_notice_gives_one_certificate_with_which_four_clients_get_in() {
    let mock = start();
    let notice = made(&mock, "issuances", &json!({ "terminal": 2 }));
    let download = format!("issuances/{}/download", text(&notice, "reference"));
    let handed = made(&mock, &download, &json!({ "code": notice["code"], "key": "rsa2048" }));
    assert_eq!(text(&handed, "terminal"), "1319999916-02");

    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    keep(folder, "own", &handed);
    fs::write(folder.join("ca.pem"), mock.admin("/ca.pem").body).unwrap();
    fs::write(folder.join("own.b64"), text(&handed, "pkcs12")).unwrap();
    tool(folder, "openssl", &["base64", "-d", "-A", "-in", "own.b64", "-out", "own.p12"]).unwrap();
    let strings = |list: &[&str]| list.iter().map(|&text| text.to_owned()).collect::<Vec<_>>();
    let case = Case {
        name: "own".to_owned(),
        port: mock.service,
        openssl: strings(&["-CAfile", "ca.pem", "-cert", "own.pem", "-key", "own.key"]),
        curl: strings(&["--cacert", "ca.pem", "--cert-type", "P12", "--cert", "own.p12:onshi-mock"]),
        openssl_conf: None,
        python: strings(&["own.pem", "own.key"]),
        java: Some(("own.p12".to_owned(), text(&handed, "password").to_owned())),
    };
    let python = presenting::python(folder, std::slice::from_ref(&case)).remove(0).1;
    let java = presenting::java(folder, "TLSv1.3", std::slice::from_ref(&case)).remove(0).1;
    for said in [presenting::openssl(folder, &case), presenting::curl(folder, &case), python, java] {
        assert!(said.contains("<Label>X903</Label>"), "{said}");
    }
    let again = refused(&mock, &download, &json!({ "code": notice["code"] }), 409);
    assert!(again.contains("one download"), "{again}");
    let list = mock.world("issuances");
    assert_eq!(list["issuances"][0]["state"], "used");
    assert_eq!(list["issuances"][0]["certificate"], handed["fingerprint"]);
}

#[test]
fn a_notice_locks_after_five_wrong_codes_and_lapses_after_180_days() {
    let mock = start();
    let notice = made(&mock, "issuances", &json!({ "terminal": 2 }));
    let download = format!("issuances/{}/download", text(&notice, "reference"));
    for left in (0..5).rev() {
        let detail = refused(&mock, &download, &json!({ "code": "WRONG" }), 403);
        assert!(detail.contains(&format!("{left} tries")), "{detail}");
    }
    refused(&mock, &download, &json!({ "code": notice["code"] }), 423);
    let next = made(&mock, "issuances", &json!({ "terminal": 2 }));
    assert!(refused(&mock, "issuances", &json!({ "terminal": 2 }), 409).contains(text(&next, "reference")));
    mock.advance("4320h");
    let late = format!("issuances/{}/download", text(&next, "reference"));
    mock.advance("1h");
    refused(&mock, &late, &json!({ "code": next["code"] }), 410);
    refused(&mock, "issuances/0000000000/download", &json!({ "code": "X" }), 404);
    mock.tell("clock", &json!({ "reset": true }));
    made(&mock, &late, &json!({ "code": next["code"] }));
}

#[test]
fn a_request_of_openssl_is_certified_under_our_subject_and_used_with_its_own_key() {
    let mock = start();
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let arguments = [
        "req",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-keyout",
        "own.key",
        "-out",
        "own.csr",
        "-subj",
        "/CN=admin",
    ];
    tool(folder, "openssl", &arguments).unwrap();
    let csr = fs::read_to_string(folder.join("own.csr")).unwrap();
    let notice = made(&mock, "issuances", &json!({}));
    let download = format!("issuances/{}/download", text(&notice, "reference"));
    let wrong = refused(&mock, &download, &json!({ "code": notice["code"], "csr": "hello" }), 422);
    assert!(wrong.contains("BEGIN CERTIFICATE REQUEST"), "{wrong}");
    let handed = made(&mock, &download, &json!({ "code": notice["code"], "csr": csr }));
    assert!(handed.get("key_pem").is_none() && handed.get("pkcs12").is_none(), "{handed}");
    assert!(text(&handed, "subject").starts_with("CN=1319999916-02,"), "{handed}");
    fs::write(folder.join("own.pem"), text(&handed, "certificate_pem")).unwrap();
    assert_eq!(label(&mock, folder, "own.pem", "own.key"), LET_IN);
}

#[test]
fn pkcs12_is_read_by_openssl_and_keytool_in_both_forms() {
    let mock = start();
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for (legacy, algorithm) in [(false, "AES-256-CBC"), (true, "pbeWithSHA1And3-KeyTripleDES-CBC")] {
        let notice = made(&mock, "issuances", &json!({}));
        let download = format!("/api/v1/worlds/default/issuances/{}/download", text(&notice, "reference"));
        let body =
            json!({ "code": notice["code"], "form": "pkcs12", "legacy": legacy, "password": "changeit" });
        let reply = mock.post(&download, &body);
        assert_eq!((reply.status, reply.content_type()), (201, "application/x-pkcs12"));
        fs::write(folder.join("own.p12"), &reply.body).unwrap();
        let arguments = ["pkcs12", "-in", "own.p12", "-passin", "pass:changeit", "-info", "-nodes"];
        let said = tool(folder, "openssl", &arguments).unwrap();
        assert!(said.contains(algorithm) && said.contains("BEGIN PRIVATE KEY"), "{said}");
        let arguments = ["-list", "-storetype", "PKCS12", "-keystore", "own.p12", "-storepass", "changeit"];
        assert!(tool(folder, "keytool", &arguments).unwrap().contains("PrivateKeyEntry"));
    }
}

#[test]
fn a_certificate_is_renewed_in_its_last_90_days_and_the_old_one_lives_on_unless_the_dialect_ends_it() {
    for stays in [true, false] {
        let rows = format!(
            "certificates:\n  old-stays-after-renewal: {{value: {stays}, mark: D, source: a test}}\n"
        );
        let mock = start_with(&rows);
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let old = made(&mock, "certificates", &json!({}));
        keep(folder, "old", &old);
        let renew = format!("certificates/{}/renew", text(&old, "fingerprint"));
        assert!(refused(&mock, &renew, &json!({}), 409).contains("may be renewed from"));
        // 39 months are 1,185 to 1,188 days.
        mock.advance("26400h");
        let new = made(&mock, &renew, &json!({}));
        keep(folder, "new", &new);
        assert_eq!(new["terminal"], old["terminal"]);
        assert_eq!(label(&mock, folder, "new.pem", "new.key"), LET_IN);
        let of_old = label(&mock, folder, "old.pem", "old.key");
        assert_eq!(of_old, if stays { LET_IN } else { "C106" });
        refused(&mock, &renew, &json!({}), 409);
        mock.advance("2400h");
        let of_old = label(&mock, folder, "old.pem", "old.key");
        assert_eq!(of_old, if stays { "C105" } else { "C106" });
        assert_eq!(label(&mock, folder, "new.pem", "new.key"), LET_IN);
        let shown = mock.world(&format!("certificates/{}", text(&old, "fingerprint")));
        assert_eq!(shown["renewed_by"], new["fingerprint"]);
        assert_eq!(shown["state"], if stays { "expired" } else { "revoked" });
    }
}

#[test]
fn a_renewal_that_the_disk_does_not_take_leaves_the_old_certificate_in_use() {
    let mock = start();
    let list = mock.world("certificates");
    let all = list["certificates"].as_array().unwrap();
    let own = all.iter().find(|one| one["terminal"] == "1319999916-01").unwrap();
    let fingerprint = text(own, "fingerprint");
    let institutions = mock.place.at("onshi-data/institutions");
    mock.advance("26400h");
    // Where the folders of identities are there is a file, so that nothing can be written.
    let aside = mock.place.at("onshi-data/aside");
    let folder = institutions.join("1319999916-01");
    fs::create_dir(&aside).unwrap();
    let kept = fs::read(folder.join("certificate.pem")).unwrap();
    fs::remove_file(folder.join("key.pem")).unwrap();
    let detail = refused(&mock, &format!("certificates/{fingerprint}/renew"), &json!({}), 500);
    assert!(detail.contains("cannot read"), "{detail}");
    assert_eq!(fs::read(folder.join("certificate.pem")).unwrap(), kept);
    let shown = mock.world(&format!("certificates/{fingerprint}"));
    assert_eq!((&shown["state"], &shown["renewed_by"]), (&json!("renewable"), &Value::Null));
}

#[test]
fn a_renewed_certificate_of_the_data_folder_is_replaced_there() {
    let mock = start();
    let list = mock.world("certificates");
    let all = list["certificates"].as_array().unwrap();
    let own = all.iter().find(|one| one["terminal"] == "1319999916-01").unwrap();
    mock.advance("26400h");
    let new = made(&mock, &format!("certificates/{}/renew", text(own, "fingerprint")), &json!({}));
    let stored = mock.place.store().load_identity("1319999916-01").unwrap().unwrap();
    assert_eq!(stored.facts().fingerprint.to_string(), text(&new, "fingerprint"));
}

#[test]
fn a_revoked_certificate_is_on_the_list_that_openssl_checks_and_refused_at_once() {
    let mock = start();
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let handed = made(&mock, "certificates", &json!({}));
    keep(folder, "own", &handed);
    fs::write(folder.join("ca.pem"), mock.admin("/ca.pem").body).unwrap();
    let fetch = |name: &str| {
        let reply = mock.admin(&format!("/crl/default.{name}"));
        assert_eq!(reply.status, 200);
        fs::write(folder.join(format!("crl.{name}")), &reply.body).unwrap();
    };
    let verify = || {
        fetch("pem");
        let arguments = [
            "verify",
            "-CAfile",
            "ca.pem",
            "-untrusted",
            "own.pem",
            "-CRLfile",
            "crl.pem",
            "-crl_check",
            "own.pem",
        ];
        tool(folder, "openssl", &arguments)
    };
    assert!(verify().unwrap().contains("OK"));
    assert_eq!(label(&mock, folder, "own.pem", "own.key"), LET_IN);

    let revoke = format!("certificates/{}/revoke", text(&handed, "fingerprint"));
    let reply = post(&mock, &revoke, &json!({ "reason": "loss" }));
    assert_eq!((reply.status, &reply.json()["state"]), (200, &json!("revoked")));
    refused(&mock, &revoke, &json!({ "reason": "loss" }), 409);
    assert!(verify().unwrap_err().contains("certificate revoked"));
    assert_eq!(label(&mock, folder, "own.pem", "own.key"), "C106");
    fetch("der");
    let said =
        tool(folder, "openssl", &["crl", "-inform", "DER", "-in", "crl.der", "-noout", "-text"]).unwrap();
    for part in ["Key Compromise", "CRL Number", "onshi-mock TEST issuing CA"] {
        assert!(said.contains(part), "{part}: {said}");
    }
    // The place of the list stands in the certificate, and leads there.
    let said = tool(folder, "openssl", &["x509", "-in", "own.pem", "-noout", "-text"]).unwrap();
    assert!(said.contains(&mock.admin_url("/crl/default.der")), "{said}");
    assert_eq!(mock.admin("/crl/nowhere.pem").status, 404);
    assert_eq!(mock.admin("/crl/default.txt").status, 404);
}

#[test]
fn the_command_line_issues_a_certificate_and_revokes_it() {
    let mock = start();
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| {
        let admin = mock.admin_url("");
        let output = binaries::onshi_mock()
            .arg("certificate")
            .args(arguments)
            .args(["--admin", &admin])
            .current_dir(folder.path())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        (output.status.code().unwrap(), said)
    };
    let (status, said) = run(&["issue", "own", "--key", "p256", "--terminal", "7"]);
    assert_eq!(status, 0, "{said}");
    assert_eq!(label(&mock, folder.path(), "own/certificate.pem", "own/key.pem"), LET_IN);
    let (status, again) = run(&["issue", "own", "--key", "p256", "--terminal", "7"]);
    assert_eq!(status, 2, "{again}");
    let fingerprint = said.lines().next().unwrap().rsplit_once(' ').unwrap().1;
    let (status, said) = run(&["revoke", fingerprint, "--reason", "closing"]);
    assert_eq!(status, 0, "{said}");
    assert_eq!(label(&mock, folder.path(), "own/certificate.pem", "own/key.pem"), "C106");
    assert_eq!(run(&["revoke", fingerprint]).0, 2);
    let nobody = binaries::onshi_mock()
        .args(["certificate", "revoke", fingerprint, "--admin", "http://127.0.0.1:1"])
        .output()
        .unwrap();
    assert_eq!(nobody.status.code(), Some(4));
}

#[test]
fn wrong_orders_are_told_apart() {
    let mock = start();
    for (path, body, status) in [
        ("certificates", json!({ "institution": "12" }), 400),
        ("certificates", json!({ "institution": "1319999924" }), 422),
        ("certificates", json!({ "terminal": 0 }), 422),
        ("certificates", json!({ "terminal": 1 }), 409),
        ("certificates", json!({ "kind": "p256" }), 400),
        ("certificates", json!({ "password": "a\u{0}b" }), 422),
        ("issuances", json!({ "terminal": 1 }), 409),
    ] {
        let detail = refused(&mock, path, &body, status);
        assert!(!detail.is_empty());
    }
    let lost = made(&mock, "certificates", &json!({ "terminal": 1, "lost": true }));
    assert_eq!(text(&lost, "terminal"), "1319999916-01");
}
