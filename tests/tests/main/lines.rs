//! Access lines from outside: `onshi-line` before `onshi-mock`, and doors that refuse as the field does.

use std::net::TcpListener;
use std::process::Command;

use serde_json::{Value, json};
use system_tests::{Mock, PATIENCE, Process, Reply, Signal, UNREGISTERED_LINE, Who, binaries, eventually};

const CARD: &str = "employee-valid";

/// A line that carries to a running service.
struct Line {
    process: Process,
    port: u16,
}

impl Line {
    fn to(mock: &Mock, which: &[&str]) -> Self {
        let mut command = binaries::onshi_line();
        command.args(["--listen", "127.0.0.1:0", "--to", &format!("127.0.0.1:{}", mock.service)]).args(which);
        let process = Process::start(command, &mock.place.at(&format!("line-{}.log", which.join("-"))));
        let ready = process.line();
        let listening = ready.strip_prefix("onshi-line ready listen=127.0.0.1:").unwrap();
        let port = listening.split(' ').next().unwrap().parse().unwrap();
        Self { process, port }
    }

    fn ask(&self, mock: &Mock, who: Who<'_>) -> Option<Reply> {
        let url = format!("https://127.0.0.1:{}/oqs/OQSsiquc01", self.port);
        mock.client(who).post(url).body(mock.request_for(CARD)).send().ok().map(Reply::of)
    }
}

fn register(mock: &Mock, line: &str) {
    let client = reqwest::blocking::Client::builder().no_proxy().timeout(PATIENCE).build().unwrap();
    let url = mock.admin_url(&format!("/api/v1/worlds/default/lines/{line}"));
    let reply = client.put(url).header("Content-Type", "application/json").body("{}").send().unwrap();
    assert!(reply.status().is_success(), "{}", reply.text().unwrap());
}

#[test]
fn what_goes_through_a_line_arrives_as_that_lines() {
    let mock = Mock::plan().without_terminal().flag("--front", "127.0.0.1").start();
    let lines = [
        (vec!["--customer-id", "CAF0123456789"], json!({ "customer_id": "CAF0123456789" })),
        (vec!["--carrier", "QTnet", "--line-id", "L-1"], json!({ "carrier": "QTnet", "line_id": "L-1" })),
        (
            vec!["--provider", "ノーザ オンデマンドアダプター", "--connection-id", "77"],
            json!({ "provider": "ノーザ オンデマンドアダプター", "connection_id": "77" }),
        ),
    ];
    for (which, identity) in lines {
        let line = Line::to(&mock, &which);
        let refused = line.ask(&mock, Who::Clinic).unwrap();
        assert!(refused.status == 403 && refused.text().contains("G102"), "{}", refused.text());
        let entry = &mock.journal()[0];
        assert_eq!(entry["line"]["line"], identity);
        assert_eq!(entry["line"]["by"], json!({ "front": "127.0.0.1" }));
        let name = identity.as_object().unwrap().values().map(|part| part.as_str().unwrap());
        let name = match name.collect::<Vec<_>>()[..] {
            [id] => id.to_owned(),
            [carrier, id] if which[0] == "--carrier" => format!("ipv4:{carrier}:{id}"),
            [provider, id] => format!("ipsec:{provider}:{id}"),
            _ => panic!("{identity}"),
        };
        register(&mock, &name);
        assert_eq!(line.ask(&mock, Who::Clinic).unwrap().status, 200, "{name}");
        line.process.signal(Signal::Terminate);
        assert_eq!(line.process.wait().status, Some(0));
    }
}

#[test]
fn a_line_is_no_way_in_where_it_is_not_listed_as_a_front() {
    let mock = Mock::plan().without_terminal().start();
    let line = Line::to(&mock, &["--customer-id", "CAF0000000001"]);
    assert!(line.ask(&mock, Who::Clinic).is_none(), "the connection is reset");
    eventually("the journal says why", || {
        mock.journal().first().filter(|entry| entry["refused"] == "G111").map(drop)
    });
}

#[test]
fn a_line_to_a_service_that_is_not_there_ends_the_connection_and_lives_on() {
    let mut mock = Mock::plan().without_terminal().flag("--front", "127.0.0.1").start();
    let line = Line::to(&mock, &["--customer-id", "CAF0000000001", "--source", "2001:db8::1"]);
    assert_eq!(line.ask(&mock, Who::Clinic).unwrap().status, 200);
    let client = mock.client(Who::Clinic);
    mock.end(Signal::Terminate);
    let url = format!("https://127.0.0.1:{}/oqs/OQSsiquc01", line.port);
    assert!(client.post(url).body("<XmlMsg/>").send().is_err());
    assert!(line.process.stderr().contains("onshi-line: 127.0.0.1:"), "{}", line.process.stderr());
    line.process.signal(Signal::Interrupt);
    assert_eq!(line.process.wait().status, Some(0));
}

#[test]
fn a_line_that_cannot_start_says_why_in_its_status() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    let caf = ["--customer-id", "CAF0000000001"];
    let run = |listen: &str, to: &str, which: &[&str]| {
        let arguments = ["--listen", listen, "--to", to];
        let output = binaries::onshi_line().args(arguments).args(which).output().unwrap();
        (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    let free = "127.0.0.1:0";
    for (listen, to, which, status, says) in [
        (free, "hweb.oqs.onshikaku.org:443", &caf[..], 2, "belongs to the real service"),
        (free, "127.0.0.1", &caf[..], 2, "HOST:PORT"),
        (free, "127.0.0.1:1", &["--customer-id", "CAF1"], 2, "CAF and 10 digits"),
        (free, "127.0.0.1:1", &["--carrier", "QTnet"], 2, "--line-id"),
        (free, "127.0.0.1:1", &[], 2, "--customer-id"),
        (
            free,
            "127.0.0.1:1",
            &["--customer-id", "CAF0000000001", "--carrier", "a", "--line-id", "b"],
            2,
            "cannot be used",
        ),
        (&taken, "127.0.0.1:1", &caf[..], 6, "in use"),
    ] {
        let (code, text) = run(listen, to, which);
        assert!(code == status && text.contains(says), "{to} {which:?}: {code} {text}");
    }
}

#[test]
fn settings_of_lines_that_cannot_be_meant_are_refused_with_what_is_expected() {
    for (flag, value, says) in [
        ("--style", "rude", "explained, field"),
        ("--front", "everybody", "expected an address or CIDR"),
        ("--source", "10.0.0.0/8", "expected CIDR=LINE"),
        ("--source", "10.0.0.0/8=CAF1", "names no line"),
    ] {
        let output = binaries::onshi_mock().args([flag, value]).output().unwrap();
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(2) && text.contains(says), "{flag} {value}: {text}");
    }
}

/// curl's exit status: 56 is a failure to receive (reset, alert), 35 a failed handshake.
fn curl(mock: &Mock, port: u16, version: &str, with_certificate: bool) -> (i32, String) {
    let (root, request) = (mock.place.at("root.pem"), mock.place.at("request.xml"));
    std::fs::write(&root, mock.admin("/ca.pem").body).unwrap();
    std::fs::write(&request, mock.request_for(CARD)).unwrap();
    let mut command = Command::new("curl");
    command.args(["-s", "-o", "/dev/null", "-w", "%{http_code}", version, "--cacert"]).arg(root);
    if with_certificate {
        let identity = |file| mock.place.identity_file(system_tests::CLINIC, file);
        command.arg("--cert").arg(identity("certificate.pem")).arg("--key").arg(identity("key.pem"));
    }
    let body = format!("@{}", request.display());
    let url = format!("https://localhost:{port}/oqs/OQSsiquc01");
    let output = command.args(["--data-binary", &body, &url]).env_remove("https_proxy").output().unwrap();
    (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
}

#[test]
fn in_the_style_of_the_field_curl_sees_resets_and_alerts_over_http_1_and_2() {
    let mock = Mock::plan().without_terminal().flag("--style", "field").start();
    for version in ["--http1.1", "--http2"] {
        assert_eq!(curl(&mock, mock.service, version, true), (0, "200".to_owned()), "{version}");
        let (status, code) = curl(&mock, mock.service, version, false);
        assert!(status != 0 && code == "000", "{version}: no certificate");
        assert_eq!(told(&mock), ("C101", "certificate_required (116)"));
        let (status, code) = curl(&mock, mock.unregistered, version, true);
        assert!(status != 0 && code == "000", "{version}: no line");
        assert_eq!(told(&mock), ("G102", "reset before TLS"));
        assert_eq!(mock.journal()[0]["line"]["line"]["customer_id"], UNREGISTERED_LINE);
    }
}

/// Label and ending of the latest entry, as far as this test knows them.
fn told(mock: &Mock) -> (&'static str, &'static str) {
    let journal = mock.journal();
    let entry = journal.first().unwrap();
    let label = ["C101", "G102"].into_iter().find(|label| entry["refused"] == *label);
    let last = entry["reasons"].as_array().and_then(|reasons| reasons.last()).unwrap();
    let ending = last["en"].as_str().unwrap();
    let ending =
        ["certificate_required (116)", "reset before TLS"].into_iter().find(|text| ending.contains(text));
    assert_eq!((&entry["outcome"], &entry["status"]), (&Value::from("handshake"), &Value::from(0)));
    (label.unwrap(), ending.unwrap())
}
