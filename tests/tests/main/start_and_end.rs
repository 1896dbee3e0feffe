//! Starting and ending: one ready line, signals, folders that cannot be written, a second start.

use std::fs;
use std::thread;

use system_tests::{Mock, Place, Signal, Who, eventually, foreign};

#[test]
fn stdout_has_exactly_one_line_until_a_signal_ends_it_with_status_0() {
    for signal in [Signal::Terminate, Signal::Interrupt] {
        let mut mock = Mock::start();
        mock.exchange().drop_request("OQSsiquc01req_1.xml", &mock.request_for("employee-valid"));
        let _ = mock.exchange().wait_answer("OQSsiquc01req_1.xml");
        let ended = mock.end(signal);
        assert_eq!((ended.status, ended.stdout), (Some(0), vec![]), "{signal:?}\n{}", ended.stderr);
    }
}

#[test]
fn the_ready_line_names_the_exchange_folder_or_none() {
    let place = Place::new();
    let line = Mock::plan().spawn(&place).line();
    let folder = place.at("OQS").canonicalize().unwrap();
    assert!(line.ends_with(&format!(" exchange={}", folder.display())), "{line}");
    let place = Place::new();
    let line = Mock::plan().without_terminal().spawn(&place).line();
    assert!(line.ends_with(" exchange=none"), "{line}");
    assert!(!place.at("OQS").exists());
}

#[test]
fn it_is_ready_when_it_says_so() {
    let place = Place::new();
    let process = Mock::plan().spawn(&place);
    let line = process.line();
    let word = |key: &str| line.split(' ').find_map(|word| word.strip_prefix(key)).unwrap().to_owned();
    assert_eq!(reqwest::blocking::get(word("admin=") + "/readyz").unwrap().status(), 200);
    let service = word("service=https://");
    assert!(std::net::TcpStream::connect(service).is_ok());
    assert!(place.exchange().req().is_dir() && place.exchange().res().is_dir());
    assert!(place.at("OQS/face").is_dir());
}

#[test]
fn sigterm_ends_it_while_slow_answers_are_pending_and_the_next_start_gives_them() {
    let mut mock = Mock::start();
    let exchange = mock.exchange();
    let slow = mock.request_for("slow-answer");
    exchange.drop_request("OQSsiquc01req_slow.xml", &slow);
    eventually("the request to be taken", || (system_tests::names(&exchange.req()).is_empty()).then_some(()));
    let (client, url) = (mock.client(Who::Clinic), mock.service_url("/oqs/OQSsiquc01"));
    let very_slow = mock.request_for("very-slow-answer");
    let pending = thread::spawn(move || client.post(url).body(very_slow).send().map(|reply| reply.status()));
    // A quick answer over a new connection: by now the others are on their way.
    assert_eq!(mock.ask("OQSsiquc01", &mock.request_for("employee-valid")).status, 200);
    let ended = mock.end(Signal::Terminate);
    assert_eq!((ended.status, ended.stdout), (Some(0), vec![]), "{}", ended.stderr);
    assert!(pending.join().unwrap().is_err(), "it did not wait for the very slow answer");

    mock.start_again();
    let answer = exchange.wait_answer("OQSsiquc01req_slow.xml");
    let document = foreign::read_one(&answer.bytes);
    assert_eq!(document.text("MessageBody/QualificationValidity"), Some("1"));
    exchange.wait_until_done();
}

fn warnings(log: &str) -> Vec<&str> {
    log.lines().filter(|line| line.contains(" WARN ") || line.contains(" ERROR ")).collect()
}

#[test]
fn without_a_writable_data_folder_it_serves_from_memory_with_one_warning() {
    let place = Place::new();
    fs::write(place.data(), "a file in its place").unwrap();
    let mock = Mock::plan().start_in(place);
    let log = mock.process().stderr();
    let warnings = warnings(&log);
    assert_eq!(warnings.len(), 1, "{log}");
    assert!(warnings[0].contains("data folder") && warnings[0].contains("onshi-data"), "{log}");
    mock.exchange().drop_request("OQSsiquc01req_1.xml", &mock.request_for("employee-valid"));
    assert_eq!(mock.exchange().wait_answer("OQSsiquc01req_1.xml").name, "OQSsiquc01res_1.xml");
    assert_eq!(fs::read_to_string(mock.place.data()).unwrap(), "a file in its place");
}

#[test]
fn without_a_writable_exchange_folder_it_serves_over_https_with_one_warning() {
    let place = Place::new();
    fs::write(place.at("OQS"), "a file in its place").unwrap();
    let process = Mock::plan().spawn(&place);
    let line = process.line();
    assert!(line.ends_with(" exchange=none"), "{line}");
    let log = process.stderr();
    let own = warnings(&log);
    assert_eq!(own.len(), 1, "{log}");
    assert!(own[0].contains(place.at("OQS").to_str().unwrap()) || own[0].contains("OQS/req"), "{log}");
    drop(process);

    let mock = Mock::plan().start_in(place);
    assert_eq!(mock.ask("OQSsiquc01", &mock.request_for("employee-valid")).status, 200);
}

#[test]
fn a_log_as_json_is_one_object_per_line_and_names_no_person() {
    let mut mock = Mock::plan().flag("--log-format", "json").flag("--log-level", "debug").start();
    for (n, card) in ["employee-valid", "fatal-insurer-number", "no-such-person"].iter().enumerate() {
        let name = format!("OQSsiquc01req_{n}.xml");
        mock.exchange().drop_request(&name, &mock.request_for(card));
        let _ = mock.exchange().wait_answer(&name);
    }
    let ended = mock.end(Signal::Terminate);
    for line in ended.stderr.lines() {
        let object: serde_json::Value =
            serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        assert!(object["timestamp"].as_str().unwrap().ends_with("+09:00"), "{line}");
    }
    for private in ["見本　太郎", "ﾐﾎﾝ", "19800101", "06139992", "４５６"] {
        assert!(!ended.stderr.contains(private), "{private}");
    }
}

#[test]
fn a_second_one_on_the_same_folders_is_refused_in_one_line_and_the_first_goes_on() {
    let first = Mock::start();
    let mut command = system_tests::binaries::onshi_mock();
    command.current_dir(first.place.path()).args([
        "--service-port",
        "0",
        "--admin-port",
        "0",
        "--client-key",
        "p256",
    ]);
    let output = system_tests::Process::start(command, &first.place.at("second.log")).wait();
    assert!(output.status.is_some_and(|status| status != 0) && output.stdout.is_empty());
    let complaint: Vec<_> = output.stderr.lines().filter(|line| line.starts_with("error: ")).collect();
    assert_eq!(complaint.len(), 1, "{}", output.stderr);
    assert!(complaint[0].contains("in use by another"), "{complaint:?}");
    first.exchange().drop_request("OQSsiquc01req_1.xml", &first.request_for("employee-valid"));
    let _ = first.exchange().wait_answer("OQSsiquc01req_1.xml");
}

#[test]
fn a_second_one_on_the_same_exchange_folder_alone_is_told_how_to_have_another_one_or_none() {
    let first = Mock::start();
    let command = |flags: &[&str]| {
        let mut command = system_tests::binaries::onshi_mock();
        command.current_dir(first.place.path()).args(["--service-port", "0", "--admin-port", "0"]);
        command.args(["--client-key", "p256", "--data", "other-data"]).args(flags);
        system_tests::Process::start(command, &first.place.at("second.log"))
    };
    let output = command(&[]).wait();
    assert_eq!((output.status, output.stdout), (Some(2), vec![]), "{}", output.stderr);
    let complaint: Vec<_> = output.stderr.lines().filter(|line| line.starts_with("error: ")).collect();
    assert_eq!(complaint.len(), 1, "{}", output.stderr);
    for piece in ["OQS", "in use by another", "--exchange", "--no-terminal", "使用中"] {
        assert!(complaint[0].contains(piece), "{piece}: {complaint:?}");
    }
    for flags in [["--exchange", "other-OQS"].as_slice(), &["--no-terminal"]] {
        let line = command(flags).line();
        assert!(line.starts_with("onshi-mock ready "), "{line}");
    }
}
