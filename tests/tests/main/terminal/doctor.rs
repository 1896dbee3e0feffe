//! `onshi-terminal doctor`: what it finds, and that it finds what is broken.

use std::fs;
use std::process::Output;

use serde_json::Value;
use system_tests::{Mock, eventually, names};

use super::{connected, started};

fn examined(mock: &Mock, port: u16, arguments: &[&str]) -> (Output, Vec<Value>) {
    let mut command = connected("doctor", mock, port);
    let output =
        command.arg("--exchange").arg(mock.place.at("OQS")).args(arguments).arg("--json").output().unwrap();
    let checks = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
    (output, checks)
}

fn state<'a>(checks: &'a [Value], name: &str) -> &'a str {
    let check = checks.iter().find(|check| check["name"] == name);
    check.unwrap_or_else(|| panic!("no {name}: {checks:#?}"))["state"].as_str().unwrap()
}

#[test]
fn all_is_fine_where_a_terminal_works() {
    let mock = Mock::plan().without_terminal().start();
    let _terminal = started(&mock, &mock.place, &[]);
    let before = names(&mock.exchange().req());
    let (output, checks) = examined(&mock, mock.service, &[]);
    assert_eq!(output.status.code(), Some(0), "{checks:#?}");
    assert!(checks.iter().all(|check| check["state"] == "fine"), "{checks:#?}");
    for name in [
        "folder req",
        "folder work",
        "work folder",
        "names of requests",
        "terminal",
        "certificate files",
        "service",
        "line and certificate",
        "clock",
    ] {
        assert_eq!(state(&checks, name), "fine");
    }
    assert_eq!(names(&mock.exchange().req()), before, "nothing is left behind");
}

#[test]
fn folders_that_nobody_serves_are_odd_and_the_clock_is_told_in_japanese_time() {
    let mock = Mock::plan().without_terminal().start();
    drop(started(&mock, &mock.place, &[]));
    // Wine lets the locks of a killed process go a little later.
    let (output, checks) = eventually("nobody's folders", || {
        Some(examined(&mock, mock.service, &[])).filter(|(_, checks)| state(checks, "terminal") == "odd")
    });
    assert_eq!(output.status.code(), Some(0), "{checks:#?}");
    let of = |name: &str| checks.iter().find(|check| check["name"] == name).unwrap();
    let check = of("terminal");
    let mend = check["mend"]["en"].as_str().unwrap();
    assert!(mend.contains("onshi-terminal run") && mend.contains("--exchange"), "{check}");
    assert!(of("clock")["found"]["en"].as_str().unwrap().contains("+09:00"), "{checks:#?}");
    let odd: Vec<_> = checks.iter().filter(|check| check["state"] != "fine").collect();
    assert_eq!(odd, [check]);
}

#[test]
fn the_terminal_of_onshi_mock_serves_its_folders_too() {
    // Locks of Linux are none for what Wine runs.
    if std::env::var_os("ONSHI_TEST_BINARIES").is_none() {
        let mock = Mock::start();
        let (_, checks) = examined(&mock, mock.service, &[]);
        assert_eq!(state(&checks, "terminal"), "fine", "{checks:#?}");
    }
}

#[test]
fn what_is_broken_is_told_in_both_languages_with_the_mend_and_status_3() {
    let mock = Mock::plan().without_terminal().start();
    for folder in ["req", "res", "face", ".work"] {
        fs::create_dir_all(mock.exchange().path().join(folder)).unwrap();
    }
    let refusals = [(mock.unregistered, "line", "G102")];
    for (port, name, label) in refusals {
        let (output, checks) = examined(&mock, port, &[]);
        assert_eq!((output.status.code(), state(&checks, name)), (Some(3), "broken"), "{checks:#?}");
        let check = checks.iter().find(|check| check["name"] == name).unwrap();
        let (ja, en) = (check["found"]["ja"].as_str().unwrap(), check["found"]["en"].as_str().unwrap());
        assert!(ja.starts_with(label) && !ja.is_ascii() && en.starts_with(label) && en.is_ascii(), "{check}");
        assert_ne!(check["mend"]["ja"], "");
    }
    fs::remove_dir(mock.exchange().res()).unwrap();
    fs::write(mock.exchange().res(), "a file").unwrap();
    let (output, checks) = examined(&mock, mock.service, &[]);
    assert_eq!((output.status.code(), state(&checks, "folder res")), (Some(3), "broken"));
    assert_eq!(state(&checks, "line and certificate"), "fine", "the rest is examined nevertheless");

    let text = connected("doctor", &mock, mock.service)
        .arg("--exchange")
        .arg(mock.place.at("OQS"))
        .output()
        .unwrap();
    let text = String::from_utf8(text.stdout).unwrap();
    assert!(
        text.contains("MEND folder res:") && text.contains("ok   service:") && text.contains("  -> "),
        "{text}"
    );
}

#[test]
fn a_moved_clock_is_odd_and_a_service_that_is_down_is_status_4() {
    let mut mock = Mock::plan().without_terminal().start();
    for folder in ["req", "res", "face", ".work"] {
        fs::create_dir_all(mock.exchange().path().join(folder)).unwrap();
    }
    mock.advance("25h");
    let (output, checks) = examined(&mock, mock.service, &[]);
    assert_eq!((output.status.code(), state(&checks, "clock")), (Some(0), "odd"));
    let mut command = connected("doctor", &mock, mock.service);
    mock.end(system_tests::Signal::Kill);
    let output = command.arg("--exchange").arg(mock.place.at("OQS")).output().unwrap();
    assert_eq!(output.status.code(), Some(4), "{}", String::from_utf8_lossy(&output.stdout));
}
