//! The command line: what it prints, and the status with which it ends.

use std::net::TcpListener;
use std::process::{Command, Output};

use serde_json::Value;
use system_tests::{Mock, Place, Signal, binaries, foreign};

fn run(arguments: &[&str]) -> Output {
    binaries::onshi_mock().args(arguments).output().unwrap()
}

fn stdout(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).unwrap()
}

/// The one line of a complaint.
fn complaint(output: &Output) -> &str {
    let text = std::str::from_utf8(&output.stderr).unwrap();
    let mut lines = text.lines();
    let line = lines.next().unwrap_or_default();
    assert_eq!(lines.collect::<Vec<_>>(), Vec::<&str>::new(), "one line: {text}");
    line
}

#[test]
fn a_request_that_a_shell_redirects_into_req_gets_its_answer() {
    let mock = Mock::start();
    for (card, validity) in [("employee-valid", "1"), ("no-such-person", "4")] {
        let name = format!("OQSsiquc01req_{card}.xml");
        let line = format!("\"$MOCK\" cards {card} --request > OQS/req/{name}");
        let mut shell = Command::new("sh");
        shell.args(["-c", &line]).env("MOCK", binaries::mock_path()).current_dir(mock.place.path());
        assert!(shell.status().unwrap().success());
        let answer = mock.exchange().wait_answer(&name);
        assert_eq!(answer.name, format!("OQSsiquc01res_{card}.xml"));
        let document = foreign::read_one(&answer.bytes);
        assert_eq!(document.text("MessageBody/QualificationValidity"), Some(validity));
    }
    mock.exchange().wait_until_done();
    assert_eq!(mock.journal().len(), 2, "each file was taken once, when it was whole");
}

#[test]
fn a_request_is_printed_in_the_encoding_and_for_the_institution_that_were_chosen() {
    let output = run(&[
        "cards",
        "employee-valid",
        "--request",
        "--encoding",
        "shift-jis",
        "--institution",
        "1319999924",
    ]);
    let document = foreign::read_one(&output.stdout);
    assert_eq!(document.declared, "Shift_JIS");
    assert_eq!(document.text("MessageHeader/MedicalInstitutionCode"), Some("1319999924"));
    let symbol = "MessageBody/QualificationConfirmSearchInfo/InsuredCardSymbol";
    assert_eq!(document.text(symbol), Some("１２３"));
}

#[test]
fn a_card_is_shown_for_people_and_as_json() {
    let output = run(&["cards", "municipal-valid"]);
    for piece in ["municipal-valid", "市町村国保・有効", "InsurerNumber", "139998", "validity 1"] {
        assert!(stdout(&output).contains(piece), "{piece}: {}", stdout(&output));
    }
    let json: Value = serde_json::from_slice(&run(&["cards", "municipal-valid", "--json"]).stdout).unwrap();
    assert_eq!(json["card"], "municipal-valid");
    assert_eq!(json["ask"]["insurer"], "  139998");
}

#[test]
fn an_unknown_card_is_no_success_and_the_nearest_one_is_hinted_at() {
    let output = run(&["cards", "employe-valid"]);
    assert!(!output.status.success() && output.stdout.is_empty());
    assert!(complaint(&output).contains("did you mean \"employee-valid\"?"), "{}", complaint(&output));
    let output = run(&["cards", "zzzz", "--request"]);
    assert!(!output.status.success() && output.stdout.is_empty());
    assert!(complaint(&output).contains("`onshi-mock cards` lists them"), "{}", complaint(&output));
}

#[test]
fn a_bad_value_is_status_2_and_one_line_that_names_the_good_ones() {
    let cases: [(&str, &str, &str, &[&str]); 9] = [
        ("--encoding", "ONSHI_ENCODING", "latin-1", &["utf-8", "shift-jis"]),
        ("--client-key", "ONSHI_CLIENT_KEY", "dsa", &["rsa2048", "p256"]),
        ("--log-format", "ONSHI_LOG_FORMAT", "xml", &["text", "json"]),
        ("--log-level", "ONSHI_LOG_LEVEL", "loud", &["error", "warn", "info", "debug"]),
        ("--service-port", "ONSHI_SERVICE_PORT", "65536", &["0..=65534"]),
        ("--service-address", "ONSHI_SERVICE_ADDRESS", "everywhere", &["IP address"]),
        ("--institution", "ONSHI_INSTITUTION", "1319999917", &["check digit"]),
        ("--poll", "ONSHI_POLL", "never", &["seconds"]),
        ("--workers", "ONSHI_WORKERS", "0", &["1..=256"]),
    ];
    for (flag, variable, value, good) in cases {
        let by_flag = run(&[flag, value]);
        let by_environment = binaries::onshi_mock().env(variable, value).output().unwrap();
        for output in [by_flag, by_environment] {
            assert_eq!((output.status.code(), stdout(&output)), (Some(2), ""), "{flag} {value}");
            let complaint = complaint(&output);
            for piece in good.iter().chain([&value, &flag]) {
                assert!(complaint.contains(piece), "{piece}: {complaint}");
            }
        }
    }
}

#[test]
fn an_unknown_flag_or_sub_command_is_status_2_and_one_line() {
    for arguments in
        [&["--encodign", "utf-8"][..], &["serv"], &["cards", "--request"], &["readyz", "--wait", "soon"]]
    {
        let output = run(arguments);
        assert_eq!((output.status.code(), stdout(&output)), (Some(2), ""), "{arguments:?}");
        assert!(complaint(&output).starts_with("error: "), "{}", complaint(&output));
    }
}

#[test]
fn the_environment_sets_what_flags_set_and_a_flag_beats_it() {
    let place = Place::new();
    let mut command = binaries::onshi_mock();
    command
        .current_dir(place.path())
        .env("ONSHI_SERVICE_PORT", "0")
        .env("ONSHI_ADMIN_PORT", "0")
        .env("ONSHI_EXCHANGE", place.at("by-environment"))
        .env("ONSHI_DATA", place.at("by-environment-too"))
        .env("ONSHI_CLIENT_KEY", "p256")
        .args(["--data", "by-flag"]);
    let process = system_tests::Process::start(command, &place.at("log"));
    let line = process.line();
    assert!(line.ends_with("/by-environment"), "{line}");
    assert!(place.at("by-flag").is_dir() && !place.at("by-environment-too").exists());
    assert!(place.at("by-environment/req").is_dir());
    process.signal(Signal::Terminate);
    assert_eq!(process.wait().status, Some(0));
}

#[test]
fn a_busy_port_is_status_6_and_one_line() {
    let busy = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = busy.local_addr().unwrap().port().to_string();
    let ports = |service: &str, admin: &str| {
        let place = Place::new();
        let mut command = binaries::onshi_mock();
        command.current_dir(place.path()).args(["--service-port", service, "--admin-port", admin]);
        let output = command.output().unwrap();
        assert!(!place.data().exists(), "nothing was made");
        output
    };
    for (output, flag) in [(ports(&port, "0"), "--service-port"), (ports("0", &port), "--admin-port")] {
        assert_eq!((output.status.code(), stdout(&output)), (Some(6), ""));
        let complaint = complaint(&output);
        for piece in [flag, &format!("127.0.0.1:{port}"), "in use"] {
            assert!(complaint.contains(piece), "{piece}: {complaint}");
        }
    }
}

#[test]
fn readyz_tells_a_ready_one_from_none_and_waits_on_request() {
    let mock = Mock::plan().without_terminal().start();
    let port = mock.admin.to_string();
    let ready = run(&["readyz", "--admin-port", &port]);
    assert_eq!((ready.status.code(), stdout(&ready), ready.stderr.len()), (Some(0), "", 0));
    assert_eq!(run(&["readyz", "--admin-port", &port, "--wait", "10s"]).status.code(), Some(0));
    let by_environment =
        binaries::onshi_mock().arg("readyz").env("ONSHI_ADMIN_PORT", &port).output().unwrap();
    assert_eq!(by_environment.status.code(), Some(0));

    // Nobody listens on port 1 of a machine that runs tests.
    let unreachable = run(&["readyz", "--admin-port", "1"]);
    assert_eq!(unreachable.status.code(), Some(4));
    assert!(complaint(&unreachable).contains("is onshi-mock running?"));
    let late = run(&["readyz", "--admin-port", "1", "--wait", "300ms"]);
    assert_eq!(late.status.code(), Some(5));
    assert!(complaint(&late).contains("not ready in time"));
}

#[test]
fn the_demo_plays_its_six_parts_and_ends_with_status_0() {
    let place = Place::new();
    let output = binaries::onshi_mock().arg("demo").current_dir(place.path()).output().unwrap();
    let shown = stdout(&output);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{shown}{errors}");
    let parts = [
        "1. employee-valid",
        "2. expired",
        "3. limit-a03",
        "4. no-such-person",
        "5. 証明書なし",
        "6. 未登録の回線",
    ];
    let mut rest = shown;
    for part in parts {
        rest = rest.split_once(part).unwrap_or_else(|| panic!("{part}, in order: {shown}")).1;
    }
    for piece in ["資格有効性", "HTTP 403 C101", "HTTP 403 G102", "適用区分", "everything as expected"]
    {
        assert!(shown.contains(piece), "{piece}: {shown}");
    }
    assert!(!shown.contains('\u{1b}'), "no colours where nobody sees them");
    assert_eq!(errors, "", "nothing goes wrong");
    assert!(system_tests::names(place.path()).is_empty(), "nothing is left where it was started");
}

#[test]
fn the_demo_leaves_the_settings_of_the_environment_aside() {
    let output = binaries::onshi_mock()
        .arg("demo")
        .envs([("ONSHI_SERVICE_PORT", "1"), ("ONSHI_EXCHANGE", "/proc/nowhere"), ("ONSHI_ADMIN_PORT", "1")])
        .envs([("ONSHI_DATA", "/proc/nowhere"), ("ONSHI_ENCODING", "shift-jis")])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn help_names_every_sub_command_flag_and_variable() {
    let output = run(&["--help"]);
    assert_eq!(output.status.code(), Some(0));
    for piece in
        ["serve", "demo", "cards", "readyz", "ONSHI_EXCHANGE", "--port-file", "Exit status:", "Examples:"]
    {
        assert!(stdout(&output).contains(piece), "{piece}");
    }
    assert!(stdout(&run(&["--version"])).starts_with("onshi-mock "));
}

#[test]
fn every_shell_is_told_how_to_complete_the_arguments() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let output = run(&["completion", shell]);
        assert_eq!(output.status.code(), Some(0));
        assert!(stdout(&output).contains("certificate"), "{shell}");
    }
    assert_eq!(run(&["completion", "tcsh"]).status.code(), Some(2));
    let place = Place::new();
    let script = place.path().join("completion.bash");
    std::fs::write(&script, run(&["completion", "bash"]).stdout).unwrap();
    let completed = "source \"$1\"; with=$(complete -p onshi-mock | grep -o '_onshi[^ ]*'); \
                     COMP_WORDS=(onshi-mock fid); COMP_CWORD=1; $with onshi-mock fid onshi-mock; \
                     echo \"${COMPREPLY[*]}\"";
    let bash = Command::new("bash").args(["-c", completed, "bash"]).arg(&script).output().unwrap();
    assert_eq!(stdout(&bash).trim(), "fidelity");
}

#[test]
fn version_and_its_flag_tell_the_same_version() {
    let (word, flag) = (run(&["version"]), run(&["--version"]));
    assert!(stdout(&word).starts_with(stdout(&flag).trim()), "{word:?}");
    assert!(stdout(&word).contains("OpenSSL 3"), "{word:?}");
}
