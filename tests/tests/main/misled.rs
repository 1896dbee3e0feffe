//! What people get wrong on their first days, and what they are then told.

use std::fs;
use std::path::Path;
use std::process::Output;

use serde_json::{Value, json};
use system_tests::{Mock, Place, Process, Signal, Who, binaries, foreign, names};

fn run(place: &Place, arguments: &[&str]) -> Output {
    binaries::onshi_mock().current_dir(place.path()).args(arguments).output().unwrap()
}

fn complaint(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// Files of a folder with their bytes.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    names(folder).into_iter().map(|name| (name.clone(), fs::read(folder.join(name)).unwrap())).collect()
}

fn certificates(mock: &Mock) -> usize {
    mock.world("certificates")["certificates"].as_array().unwrap().len()
}

#[test]
fn a_certificate_is_issued_only_where_its_key_can_be_kept_and_overwrites_no_other() {
    let mock = Mock::plan().without_terminal().start();
    let admin = format!("http://127.0.0.1:{}", mock.admin);
    let issue = |folder: &str, more: &[&str]| {
        let arguments = ["certificate", "issue", folder, "--key", "p256", "--admin", &admin];
        run(&mock.place, &[&arguments, more].concat())
    };
    let first = issue("own", &[]);
    assert_eq!(first.status.code(), Some(0), "{}", complaint(&first));
    let kept = files(&mock.place.at("own"));
    let issued = certificates(&mock);

    let again = issue("own", &[]);
    assert_eq!(again.status.code(), Some(2), "{}", complaint(&again));
    assert!(complaint(&again).contains("--overwrite"), "{}", complaint(&again));
    fs::write(mock.place.at("file"), "").unwrap();
    for folder in ["file", "file/below"] {
        let nowhere = issue(folder, &[]);
        assert_eq!(nowhere.status.code(), Some(2), "{}", complaint(&nowhere));
        assert!(complaint(&nowhere).contains("os error"), "the system's reason: {}", complaint(&nowhere));
    }
    assert_eq!(certificates(&mock), issued, "nothing was issued");
    assert_eq!(files(&mock.place.at("own")), kept, "nothing was overwritten");

    let wanted = issue("own", &["--overwrite"]);
    assert_eq!(wanted.status.code(), Some(0), "{}", complaint(&wanted));
    assert_eq!(names(&mock.place.at("own")), ["certificate.pem", "key.pem", "terminal.p12"]);
    assert!(files(&mock.place.at("own")).iter().zip(&kept).all(|(new, old)| new != old));
}

#[test]
fn a_certificate_is_revoked_by_the_line_that_openssl_prints() {
    let mock = Mock::plan().without_terminal().start();
    let certificates = &mock.world("certificates")["certificates"];
    let fingerprint = certificates[0]["fingerprint"].as_str().unwrap();
    let pairs: Vec<_> =
        fingerprint.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap()).collect();
    let line = format!("sha256 Fingerprint={}", pairs.join(":").to_uppercase());
    let admin = format!("http://127.0.0.1:{}", mock.admin);
    let revoked = run(&mock.place, &["certificate", "revoke", &line, "--admin", &admin]);
    assert_eq!(revoked.status.code(), Some(0), "{}", complaint(&revoked));
    assert!(String::from_utf8_lossy(&revoked.stdout).contains(fingerprint));
}

#[test]
fn who_takes_another_port_for_the_admin_port_is_told_so() {
    let mock = Mock::plan().without_terminal().start();
    let (service, admin) = (mock.service.to_string(), mock.admin);
    let readyz = run(&mock.place, &["readyz", "--admin-port", &service]);
    assert_eq!(readyz.status.code(), Some(2));
    assert!(complaint(&readyz).contains("no admin port"), "{}", complaint(&readyz));
    for (url, status, pieces) in [
        (format!("http://localhost:{service}"), 2, ["400 Bad Request", "as no admin port does"]),
        (format!("https://localhost:{service}"), 4, ["no admin port answers", "plain HTTP"]),
        (format!("https://localhost:{admin}"), 4, ["no admin port answers", "plain HTTP"]),
        (format!("localhost:{admin}"), 2, ["expected http://HOST:PORT", "did you mean http://localhost:"]),
        ("http://localhost:1".to_owned(), 4, ["nothing answers", "is onshi-mock running?"]),
    ] {
        let output = run(&mock.place, &["world", "list", "--admin", &url]);
        assert_eq!(output.status.code(), Some(status), "{url}: {}", complaint(&output));
        for piece in pieces {
            assert!(complaint(&output).contains(piece), "{url}: {piece}: {}", complaint(&output));
        }
    }
}

#[test]
fn an_institution_of_ones_own_is_followed_by_requests_too_and_the_log_names_the_code_of_a_rejected_one() {
    let place = Place::new();
    let own = ("ONSHI_INSTITUTION", "1319999924");
    let mut command = binaries::onshi_mock();
    command.current_dir(place.path()).env(own.0, own.1);
    command.args(["--service-port", "0", "--admin-port", "0", "--client-key", "p256"]);
    let process = Process::start(command, &place.at("log"));
    assert!(process.line().contains("ready"));
    let request = |environment: Option<(&str, &str)>| {
        let mut cards = binaries::onshi_mock();
        cards.args(["cards", "employee-valid", "--request"]).envs(environment).output().unwrap().stdout
    };
    let answer = |name: &str, bytes: &[u8]| {
        place.exchange().drop_request(name, bytes);
        foreign::read_one(&place.exchange().wait_answer(name).bytes)
    };
    let good = answer("OQSsiquc01req_own.xml", &request(Some(own)));
    assert_eq!(good.text("MessageBody/QualificationValidity"), Some("1"));
    let rejected = answer("OQSsiquc01req_other.xml", &request(None));
    assert_eq!(rejected.text("MessageHeader/ErrorCode"), Some("OQSX9005E"));
    process.signal(Signal::Terminate);
    let log = process.wait().stderr;
    let codes: Vec<_> = log.lines().map(|line| line.contains("code=\"OQSX9005E\"")).collect();
    assert_eq!(codes.iter().filter(|told| **told).count(), 1, "{log}");
    assert!(!log.lines().any(|line| line.contains("employee-valid") && line.contains("code=")), "{log}");
}

#[test]
fn a_visit_at_a_terminal_without_a_certificate_is_refused() {
    let mock = Mock::plan().without_terminal().start();
    let visits = |terminal: &str| {
        let path = format!("/api/v1/worlds/default/readers/{terminal}/visits");
        mock.post(&path, &json!({ "card": "employee-valid" }))
    };
    let nowhere = visits("1319999916-99");
    assert_eq!(nowhere.status, 404, "{}", nowhere.text());
    assert!(nowhere.text().contains("has a certificate"), "{}", nowhere.text());
    let issued = mock.post("/api/v1/worlds/default/certificates", &json!({ "terminal": 99 }));
    assert_eq!(issued.status, 201, "{}", issued.text());
    assert_eq!(visits("1319999916-99").status, 200);
    assert_eq!(visits("1319999916-01").status, 200, "that of the data folder");
}

#[test]
fn an_unknown_message_stands_in_the_journal_with_its_bytes() {
    let mock = Mock::plan().without_terminal().start();
    let client = mock.client(Who::Clinic);
    let send = |body: Vec<u8>| {
        let answer = client.post(mock.service_url("/oqs/EPSsiDMP01")).body(body).send().unwrap();
        assert_eq!(answer.status(), 404);
        let number = mock.journal()[0]["number"].as_u64().unwrap();
        mock.world(&format!("exchanges/{number}"))["request"].clone()
    };
    let kept = send(b"<XmlMsg/>".to_vec());
    assert_eq!((&kept["bytes"], &kept["text"]), (&json!(9), &json!("<XmlMsg/>")));
    let too_large = send(vec![b' '; 20 * 1024 * 1024]);
    assert_eq!(too_large["bytes"], 0, "what is too large is kept of no request");
}

#[test]
fn what_the_admin_port_cannot_read_is_explained_without_names_of_libraries() {
    let mock = Mock::plan().without_terminal().start();
    let detail = |body: Value| {
        let reply = mock.post("/api/v1/worlds/default/clock", &body);
        assert_eq!(reply.status, 400, "{}", reply.text());
        reply.json()["detail"].as_str().unwrap().to_owned()
    };
    for body in [json!({}), json!({ "advance": "soon" }), json!({ "backwards": true }), json!("freeze")] {
        let detail = detail(body);
        assert!(!detail.contains("Json deserialize") && !detail.contains("jiff"), "{detail}");
    }
    assert!(detail(json!({})).contains("exactly one of `advance`"));
    mock.advance("1d");
    assert_eq!(mock.world("clock")["shifted_seconds"], 24 * 60 * 60);
}

#[test]
fn a_start_that_fails_says_its_reason_once() {
    let place = Place::new();
    fs::create_dir(place.at("typo")).unwrap();
    fs::write(place.at("typo/a.yaml"), "scripts: nothing\n").unwrap();
    for (folder, status, reason) in [("nosuch", 7, "os error 2"), ("typo", 7, "a.yaml:1:10")] {
        let output = run(
            &place,
            &["--service-port", "0", "--admin-port", "0", "--no-terminal", "--scenarios", folder],
        );
        let said = complaint(&output);
        assert_eq!(output.status.code(), Some(status), "{said}");
        assert_eq!(said.matches(reason).count(), 1, "{said}");
    }
    let last = run(&place, &["--service-port", "65535"]);
    assert_eq!(last.status.code(), Some(2), "{}", complaint(&last));
    assert!(complaint(&last).contains("unregistered line"), "{}", complaint(&last));
}

#[test]
fn a_data_folder_that_cannot_be_written_is_told_with_the_systems_reason() {
    let place = Place::new();
    fs::write(place.at("afile"), "").unwrap();
    let mut command = binaries::onshi_mock();
    command.current_dir(place.path()).args(["--service-port", "0", "--admin-port", "0", "--no-terminal"]);
    command.args(["--data", "afile", "--client-key", "p256"]);
    let process = Process::start(command, &place.at("log"));
    assert!(process.line().contains("ready"));
    process.signal(Signal::Terminate);
    let log = process.wait().stderr;
    assert!(log.contains("cannot write afile: ") && log.contains("os error"), "{log}");
}

#[test]
fn a_check_is_coloured_only_where_colours_are_wanted() {
    let place = Place::new();
    fs::write(place.at("typo.yaml"), "scripts: nothing\n").unwrap();
    let coloured = |environment: &[(&str, &str)]| {
        let mut command = binaries::onshi_mock();
        command.current_dir(place.path()).args(["check", "typo.yaml"]).envs(environment.iter().copied());
        command.output().unwrap().stdout.contains(&0x1b)
    };
    assert!(!coloured(&[]), "nobody sees them");
    assert!(coloured(&[("CLICOLOR_FORCE", "1")]));
    assert!(!coloured(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]));
}
