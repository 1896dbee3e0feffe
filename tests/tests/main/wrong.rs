//! Certificates that are wrong on purpose, presented by other people's clients: each is refused as the manifest says.

use std::fs;
use std::net::TcpStream;
use std::path::Path;

use serde_json::{Value, json};
use system_tests::presenting::{self, Case};
use system_tests::{Mock, binaries};

/// Numbers of the alerts (RFC 8446, 6), as `openssl s_client` tells them.
const ALERTS: [(&str, u8); 8] = [
    ("handshake_failure", 40),
    ("bad_certificate", 42),
    ("unsupported_certificate", 43),
    ("certificate_revoked", 44),
    ("certificate_expired", 45),
    ("certificate_unknown", 46),
    ("unknown_ca", 48),
    ("decrypt_error", 51),
];

/// A pack of the default world, and its manifest.
fn pack(mock: &Mock, folder: &Path) -> Value {
    let output = binaries::onshi_mock()
        .args(["certificate", "pack", folder.to_str().unwrap(), "--json", "--admin", &mock.admin_url("")])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let manifest = serde_json::from_slice(&output.stdout).unwrap();
    let kept: Value = serde_json::from_slice(&fs::read(folder.join("manifest.json")).unwrap()).unwrap();
    assert_eq!(kept, manifest);
    manifest
}

fn strings(list: &Value) -> Vec<String> {
    list.as_array().unwrap().iter().map(|one| one.as_str().unwrap().to_owned()).collect()
}

fn case(mock: &Mock, identity: &Value) -> Case {
    let clients = &identity["clients"];
    let password = identity["password"].as_str().unwrap().to_owned();
    Case {
        name: identity["defect"].as_str().unwrap().to_owned(),
        port: mock.service,
        openssl: strings(&clients["openssl"]),
        curl: strings(&clients["curl"]),
        openssl_conf: clients["openssl_conf"].as_str().map(str::to_owned),
        python: strings(&clients["python"]),
        java: identity["pkcs12"].as_str().map(|file| (file.to_owned(), password)),
    }
}

/// Whether what a client says is what the manifest says.
fn agrees(expected: &Value, said: &str) -> bool {
    let lower = said.to_lowercase();
    if let Some(label) = expected["label"].as_str() {
        return said.contains(&format!("<Label>{label}</Label>"));
    }
    if let Some(alert) = expected["alert"].as_str() {
        let number = ALERTS.iter().find(|(name, _)| *name == alert).unwrap().1;
        let names = [alert.to_owned(), alert.replace('_', " "), format!("ssl alert number {number}")];
        return lower.contains("alert") && names.iter().any(|name| lower.contains(name));
    }
    match expected.as_str().unwrap() {
        // Admitted at the gate; what was asked for is wrong on purpose.
        "admitted" => said.contains("<Label>X903</Label>"),
        "not-sent" => !said.contains("<Label>") && !lower.contains("alert"),
        "reset" => {
            let words = ["reset", "errno", "eof", "closed"];
            said.trim().is_empty()
                || !said.contains("<Label>") && words.iter().any(|word| lower.contains(word))
        }
        other => panic!("{other}"),
    }
}

/// What Java's key manager makes of it: it sends no certificate whose issuer the service doesn't name.
fn for_java(identity: &Value, style: &str) -> Value {
    match (identity["clients"]["java_sends"].as_bool().unwrap(), style) {
        (true, _) => identity[style].clone(),
        (false, "explained") => json!({ "label": "C101" }),
        // As before TLS 1.3.
        (false, _) => json!({ "alert": "handshake_failure" }),
    }
}

/// Presents the whole pack with four clients over the registered line.
fn present(mock: &Mock, style: &str) {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let manifest = pack(mock, folder);
    let identities = manifest["identities"].as_array().unwrap();
    assert!(identities.len() >= 20);
    let cases: Vec<_> = identities.iter().map(|identity| case(mock, identity)).collect();
    let python = presenting::python(folder, &cases);
    // In TLS 1.3 Java's client has done its part of the handshake when the alert comes, and may miss it.
    let version = if style == "field" { "TLSv1.2" } else { "TLSv1.3" };
    let java = presenting::java(folder, version, &cases);
    let mut wrong = Vec::new();
    for (((identity, case), python), java) in identities.iter().zip(&cases).zip(&python).zip(&java) {
        let name = &case.name;
        assert_eq!((&python.0, &java.0), (name, name));
        for (client, said, expected) in [
            ("openssl", presenting::openssl(folder, case), identity[style].clone()),
            ("curl", presenting::curl(folder, case), identity[style].clone()),
            ("python", python.1.clone(), identity[style].clone()),
            ("java", java.1.clone(), for_java(identity, style)),
        ] {
            // A reset that comes with the end of the handshake can pass Java's client by: it waits for an answer in vain.
            let in_vain = client == "java" && expected == "reset" && said.contains("HttpTimeoutException");
            if !agrees(&expected, &said) && !in_vain {
                wrong.push(format!("{name}, {client}: expected {expected}\n{said}\n"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn four_clients_with_thirty_wrong_certificates_are_told_the_reason_of_each() {
    let mock = Mock::plan().without_terminal().start();
    present(&mock, "explained");
    let refused: Vec<_> = mock.journal().iter().map(|entry| entry["refused"].clone()).collect();
    for label in ["C102", "C103", "C104", "C105", "C106", "C107", "C108", "C109", "C112", "C113", "G103"] {
        assert!(refused.contains(&Value::from(label)), "{label} is in the journal");
    }
}

#[test]
fn four_clients_with_thirty_wrong_certificates_meet_the_alert_of_each_where_the_line_refuses_as_the_field() {
    present(&Mock::plan().without_terminal().flag("--style", "field").start(), "field");
}

#[test]
fn a_certificate_without_its_issuer_is_refused_only_where_the_dialect_wants_the_chain() {
    let place = system_tests::Place::new();
    let rows = "certificates:\n  needs-chain: {value: true, mark: D, source: a test}\n";
    fs::write(place.at("dialect.yaml"), rows).unwrap();
    let file = place.at("dialect.yaml").to_str().unwrap().to_owned();
    let mock = Mock::plan().without_terminal().flag("--dialect", &file).start_in(place);
    let folder = tempfile::tempdir().unwrap();
    let manifest = pack(&mock, folder.path());
    let identities = manifest["identities"].as_array().unwrap();
    let lonely = identities.iter().find(|identity| identity["defect"] == "missing-intermediate").unwrap();
    assert_eq!(lonely["explained"]["label"], "C114");
    assert!(agrees(&lonely["explained"], &presenting::curl(folder.path(), &case(&mock, lonely))));
}

#[test]
fn a_pack_that_no_world_knows_is_refused_as_unregistered_where_only_a_world_could_tell() {
    let mock = Mock::plan().without_terminal().start();
    let folder = tempfile::tempdir().unwrap();
    let output = binaries::onshi_mock()
        .args(["certificate", "pack", folder.path().to_str().unwrap(), "--json", "--data"])
        .arg(mock.place.at("onshi-data"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let manifest: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(manifest["registered"], false);
    for (defect, label) in [("expired-yesterday", "C103"), ("revoked-loss", "C103"), ("server-only", "C108")]
    {
        let identities = manifest["identities"].as_array().unwrap();
        let identity = identities.iter().find(|identity| identity["defect"] == defect).unwrap();
        assert_eq!(identity["explained"]["label"], label);
        let said = presenting::curl(folder.path(), &case(&mock, identity));
        assert!(agrees(&identity["explained"], &said), "{defect}: {said}");
    }
}

#[test]
fn four_clients_refuse_every_wrong_server_and_only_a_careless_one_is_counted() {
    let mock = Mock::plan().without_terminal().start();
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let manifest = pack(&mock, folder);
    let open = |body: &Value| {
        let reply = mock.post("/api/v1/worlds/default/servers", body);
        assert_eq!(reply.status, 201, "{}", reply.text());
        reply.json()
    };
    let servers: Vec<_> =
        manifest["servers"].as_array().unwrap().iter().map(|server| open(&server["open"])).collect();
    assert!(servers.len() >= 5);
    let options = |list: &[&str]| list.iter().map(|&text| text.to_owned()).collect::<Vec<_>>();
    let cases: Vec<_> = servers
        .iter()
        .map(|server| Case {
            name: server["defect"].as_str().unwrap().to_owned(),
            port: server["port"].as_u64().unwrap().try_into().unwrap(),
            openssl: options(&["-CAfile", "ca.pem"]),
            curl: options(&["--cacert", "ca.pem"]),
            ..Case::default()
        })
        .collect();
    let (python, java) = (presenting::python(folder, &cases), presenting::java(folder, "TLSv1.3", &cases));
    for ((case, python), java) in cases.iter().zip(&python).zip(&java) {
        let said = [
            presenting::openssl(folder, case),
            presenting::curl(folder, case),
            python.1.clone(),
            java.1.clone(),
        ];
        for said in said {
            assert!(!said.contains("has accepted"), "{}: {said}", case.name);
            assert!(!said.trim().is_empty(), "{}", case.name);
        }
    }
    let accepted = || -> Vec<u64> {
        let list = mock.world("servers");
        list["servers"]
            .as_array()
            .unwrap()
            .iter()
            .map(|server| server["accepted"].as_u64().unwrap())
            .collect()
    };
    assert_eq!(accepted(), vec![0; cases.len()]);
    let careless = Case { curl: options(&["--insecure"]), ..cases[0].clone() };
    assert!(presenting::curl(folder, &careless).contains("this client has accepted"));
    assert_eq!(accepted().iter().sum::<u64>(), 1);
    let one = &servers[0]["port"];
    let path = format!("/api/v1/worlds/default/servers/{one}");
    assert_eq!(mock.delete(&path).status, 204);
    assert_eq!(mock.delete(&path).status, 404);
    assert_eq!(accepted().len(), cases.len() - 1);
}

#[test]
fn a_wrong_server_ends_with_its_world() {
    let mock = Mock::plan().without_terminal().start();
    let world = mock.create(&json!({}));
    let reply = mock.post(&world.path("/servers"), &json!({ "defect": "expired" }));
    assert_eq!(reply.status, 201, "{}", reply.text());
    let port: u16 = reply.json()["port"].as_u64().unwrap().try_into().unwrap();
    assert!(TcpStream::connect(("127.0.0.1", port)).is_ok());
    assert_eq!(mock.delete(&world.path("")).status, 204);
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err(), "its port is closed");
}
