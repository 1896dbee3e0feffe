//! The program: what it prints, how it ends, and that killing it loses nothing.

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead, BufReader, Read},
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use crate::{
    document,
    place::{Place, eventually, names},
    service::{Reply, Service},
};

const PROGRAM: &str = env!("CARGO_BIN_EXE_onshi-terminal");

/// The program with everything it needs, ready.
struct Program {
    child: Child,
    ready: String,
}

fn command(place: &Place, service: &Service) -> Command {
    let settings = place.settings(service);
    let file = |name: &str, content: &[u8]| {
        let path = place.path().join(name);
        fs::write(&path, content).unwrap();
        path
    };
    let mut command = Command::new(PROGRAM);
    command
        .env_clear()
        .env("ONSHI_SERVICE", service.url())
        .env("ONSHI_CERTIFICATE", file("terminal.pem", &settings.identity.certificate_pem))
        .env("ONSHI_KEY", file("terminal.key", &settings.identity.key_pem))
        .env("ONSHI_CA", file("ca.pem", &settings.ca_pem))
        .env("ONSHI_EXCHANGE", place.path().join("OQS"))
        .args(["run", "--poll", "20ms"])
        // Were it listened to, nothing would arrive.
        .envs([("HTTPS_PROXY", "http://127.0.0.1:1"), ("ALL_PROXY", "http://127.0.0.1:1")]);
    command
}

impl Program {
    fn start(place: &Place, service: &Service) -> Self {
        let mut command = command(place, service);
        Self::ready(command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap())
    }

    fn ready(mut child: Child) -> Self {
        let mut ready = String::new();
        let stdout = child.stdout.as_mut().unwrap();
        BufReader::with_capacity(1, stdout).read_line(&mut ready).unwrap();
        Self { child, ready }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(unix)]
#[tokio::test]
async fn it_prints_one_ready_line_answers_and_ends_with_status_0_at_a_signal() {
    for signal in ["-TERM", "-INT"] {
        let (place, service) = (Place::new(), Service::start(Reply::echo));
        let mut program = Program::start(&place, &service);
        let exchange = place.path().join("OQS");
        let expected =
            format!("onshi-terminal ready service={} exchange={}\n", service.url(), exchange.display());
        assert_eq!(program.ready, expected);
        place.rename_in("OQSsiquc01req_1.xml", &document("x"));
        place.answer("OQSsiquc01res_1.xml").await;
        let killed = Command::new("kill").arg(signal).arg(program.child.id().to_string()).status().unwrap();
        assert!(killed.success());
        assert_eq!(program.child.wait().unwrap().code(), Some(0), "{signal}");
        let mut rest = String::new();
        program.child.stdout.take().unwrap().read_to_string(&mut rest).unwrap();
        assert_eq!(rest, "");
    }
}

#[tokio::test]
async fn killed_at_any_moment_and_started_again_it_gives_each_request_exactly_one_answer() {
    let script = |asked: &_| {
        thread::sleep(Duration::from_millis(15));
        Reply::echo(asked)
    };
    let (place, service) = (Place::new(), Service::start(script));
    let mut answers: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut take_away = || {
        for name in names(&place.folders.res).into_iter().filter(|name| !name.starts_with('.')) {
            let content = fs::read_to_string(place.res(&name)).unwrap();
            fs::remove_file(place.res(&name)).unwrap();
            answers.entry(name).or_default().push(content);
        }
        answers.len()
    };
    const ROUNDS: usize = 6;
    const FILES: usize = 20;
    for round in 0..ROUNDS {
        let program = Program::start(&place, &service);
        for n in 0..FILES {
            place.rename_in(&format!("OQSsiquc01req_{round}-{n}.xml"), &document(&format!("{round}-{n}.")));
        }
        // A different moment in each round, in the middle of the work.
        let enough = round * FILES + 1 + 3 * round;
        eventually("some answers", || (take_away() >= enough).then_some(())).await;
        drop(program);
    }
    let _program = Program::start(&place, &service);
    eventually("all answers", || (take_away() == ROUNDS * FILES).then_some(())).await;
    place.nothing_left_to_do().await;
    take_away();
    for (name, contents) in answers {
        let number = name.trim_start_matches("OQSsiquc01res_").trim_end_matches("xml");
        assert_eq!(contents, [format!("<!--answer-->{}", document(number))], "{name}");
    }
}

#[tokio::test]
async fn killed_at_any_moment_and_started_again_it_places_each_delivery_exactly_once() {
    const ROUNDS: u64 = 6;
    const FILES: u64 = 30;
    let (place, service) = (Place::new(), Service::start(Reply::echo));
    let mut placed: Vec<String> = Vec::new();
    let mut take_away = || {
        for name in names(&place.folders.face).into_iter().filter(|name| !name.starts_with('.')) {
            let path = place.folders.face.join(&name);
            assert_eq!(fs::read_to_string(&path).unwrap(), document(&name));
            fs::remove_file(path).unwrap();
            placed.push(name);
        }
        placed.len() as u64
    };
    for round in 0..ROUNDS {
        let program = Program::start(&place, &service);
        for number in round * FILES + 1..=(round + 1) * FILES {
            let name = format!("face_{number:04}.xml");
            service.mailbox.put(number, &name, document(&name));
        }
        // A different moment in each round, in the middle of the work.
        let enough = round * FILES + 1 + 4 * round;
        eventually("some deliveries", || (take_away() >= enough).then_some(())).await;
        drop(program);
    }
    let _program = Program::start(&place, &service);
    eventually("acknowledgement", || service.mailbox.acknowledged(ROUNDS * FILES)).await;
    take_away();
    assert!(names(&place.folders.face).is_empty());
    let expected: Vec<_> = (1..=ROUNDS * FILES).map(|number| format!("face_{number:04}.xml")).collect();
    assert_eq!(placed, expected);
}

#[tokio::test]
async fn it_tells_each_state_of_the_channel_once_and_nothing_of_a_service_without_it() {
    let (place, service) = (Place::new(), Service::start(Reply::echo));
    let told = |arguments: &[&str]| {
        let log = fs::File::create(place.path().join("log")).unwrap();
        let mut command = command(&place, &service);
        let child = command.args(arguments).stdout(Stdio::piped()).stderr(log).spawn().unwrap();
        Program::ready(child)
    };
    let log = || fs::read_to_string(place.path().join("log")).unwrap();
    let exchange = async |n: u32| {
        place.rename_in(&format!("OQSsiquc01req_{n}.xml"), &document("x"));
        place.answer(&format!("OQSsiquc01res_{n}.xml")).await;
    };

    let program = told(&["--log", "info,onshi_terminal=debug"]);
    exchange(1).await;
    eventually("the one line", || log().contains("no channel").then_some(())).await;
    assert!(!log().contains("WARN"), "{}", log());
    for line in log().lines() {
        let moment = line.split(' ').next().unwrap_or_default();
        assert!(
            moment.ends_with("+09:00") && moment.len() == "2026-11-22T09:00:00.000+09:00".len(),
            "{line}"
        );
    }
    drop(program);

    service.mailbox.fail(Some(403));
    let before = service.mailbox.polled().len();
    let program = told(&[]);
    eventually("three polls", || (service.mailbox.polled().len() >= before + 3).then_some(())).await;
    service.mailbox.fail(None);
    service.mailbox.put(1, "a.xml", "<a/>");
    eventually("delivery", || log().contains("delivered").then_some(())).await;
    eventually("end of the trouble", || log().contains("works again").then_some(())).await;
    assert_eq!(log().matches("WARN").count(), 1, "{}", log());
    assert!(log().contains("HTTP 403"), "{}", log());
    drop(program);

    let before = service.mailbox.polled().len();
    let _program = told(&["--no-face"]);
    exchange(2).await;
    assert_eq!(service.mailbox.polled().len(), before);
}

#[test]
fn wrong_settings_end_with_status_2_and_say_what_is_expected() {
    let (place, service) = (Place::new(), Service::start(Reply::echo));
    let with = |arguments: &[&str]| {
        let mut command = command(&place, &service);
        command.args(arguments);
        command
    };
    let bare = |arguments: &[&str]| {
        let mut command = Command::new(PROGRAM);
        command.env_clear().args(arguments);
        command
    };
    let cases = [
        (bare(&[]), "missing: --service (ONSHI_SERVICE), --certificate"),
        (bare(&["--service", "https://hweb.oqs.onshikaku.org"]), "belongs to the real service"),
        (bare(&["--service", "http://localhost"]), "not https"),
        (bare(&["--poll", "soon"]), "expected for example 500ms"),
        (bare(&["--poll", "0s"]), "expected for example 500ms"),
        (bare(&["--in-flight", "0"]), "1..=1024"),
        (bare(&["--log-format", "xml"]), "text, json"),
        (with(&["--key", "/nowhere/key.pem"]), "can't read /nowhere/key.pem"),
        (with(&["--key", place.path().join("ca.pem").to_str().unwrap()]), "PKCS#8"),
        (with(&["--ca", place.path().join("terminal.key").to_str().unwrap()]), "certificate authority"),
        (with(&["--exchange", place.path().join("ca.pem").to_str().unwrap()]), "can't create the folder"),
    ];
    for (mut command, expected) in cases {
        let output = command.output().unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{command:?}: {told}");
        assert!(told.contains(expected), "{expected}: {told}");
        assert!(!told.contains("os error") || told.matches("os error").count() == 1, "said twice: {told}");
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn help_shows_every_flag_its_environment_and_examples() {
    let output = Command::new(PROGRAM).arg("--help").output().unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success());
    for expected in [
        "--link-timeout",
        "ONSHI_LINK_TIMEOUT",
        "ONSHI_NO_EVENTS",
        "ONSHI_NO_FACE",
        "Examples:",
        "Exit status:",
    ] {
        assert!(help.contains(expected), "{expected}\n{help}");
    }
}
