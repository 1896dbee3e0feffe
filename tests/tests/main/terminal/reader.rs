//! `onshi-terminal reader`: a visit played on the command line.

use std::fs;
use std::io::Write;
use std::process::Stdio;

use system_tests::{Mock, eventually, names};

use super::{connected, started};

#[test]
fn a_visit_on_the_command_line_brings_a_face_file_and_the_consents() {
    let mock = Mock::plan().without_terminal().start();
    let _terminal = started(&mock, &mock.place, &[]);
    let output = connected("reader", &mock, mock.service)
        .args([
            "--card",
            "employee-valid",
            "--identification",
            "pin",
            "--consent",
            "drugs=yes",
            "--consent",
            "checkups=no",
        ])
        .output()
        .unwrap();
    let shown = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{shown}{}", String::from_utf8_lossy(&output.stderr));
    assert!(shown.contains("本人確認ができました") && shown.contains("The patient is identified"), "{shown}");
    let face = mock.exchange().path().join("face");
    let is_face = |name: &String| name.starts_with("OQSsiquc01res_face_");
    let name = eventually("the face file", || names(&face).into_iter().find(is_face));
    assert!(shown.contains(&name), "{name}: {shown}");
    let text = fs::read_to_string(face.join(name)).unwrap();
    assert!(text.contains("<PharmacistsInfoConsFlg>1</PharmacistsInfoConsFlg>"), "{text}");
    assert!(
        text.contains("<SpecificHealthCheckupsInfoConsFlg>0</SpecificHealthCheckupsInfoConsFlg>"),
        "{text}"
    );
}

#[test]
fn the_same_visit_can_be_asked_for_on_the_command_line() {
    let mock = Mock::plan().without_terminal().start();
    let mut child = connected("reader", &mock, mock.service)
        .args(["--interactive", "--json"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all("employee-valid\ns\ny\n\n\n\nn\n\n".as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let outcome: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(outcome["outcome"], "identified");
    assert!(String::from_utf8_lossy(&output.stderr).contains("過去の薬剤情報"));
}

#[test]
fn what_goes_wrong_is_told_in_both_languages_with_its_status() {
    let mock = Mock::plan().without_terminal().start();
    for (port, arguments, status, told) in [
        (mock.service, &["--card", "employee-valid", "--failure", "pin-locked"][..], 3, "the PIN is locked"),
        (mock.service, &["--card", "nobody"], 2, "X908"),
        (mock.service, &["--card", "employee-valid", "--consent", "secrets=yes"], 2, "expected one of drugs"),
        (mock.unregistered, &["--card", "employee-valid"], 3, "G102"),
        (1, &["--card", "employee-valid"], 4, "no connection to the service"),
        (mock.service, &[], 2, "--card"),
    ] {
        let output = connected("reader", &mock, port).args(arguments).output().unwrap();
        let shown = [output.stdout, output.stderr].concat();
        let shown = String::from_utf8(shown).unwrap();
        assert_eq!(output.status.code(), Some(status), "{arguments:?}: {shown}");
        assert!(shown.contains(told), "{told}: {shown}");
    }
}
