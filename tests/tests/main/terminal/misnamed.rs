//! Requests under a wrong name: not taken, but told in the log, in the journal and by the doctor.

use std::collections::BTreeSet;
use std::fs;

use system_tests::{Mock, Place, eventually, holds, names};

use super::{connected, started};

const MISNAMED: [&str; 4] =
    ["OQSsiquc01_0002.xml", "OQSsiquc01req.xml", "OQSsiquc01req_.xml", "OQSsiquc01res_0006.xml"];
const TEMPORARY: [&str; 3] = [".OQSsiquc01req_1.xml", "~OQSsiquc01req_1.xml", "OQSsiquc01req_1.xml.tmp"];

/// Lines of a log that warn of a file whose name begins so.
fn warnings<'a>(log: &'a str, name: &str) -> Vec<&'a str> {
    // Windows has another separator.
    let path = [format!("/{name}"), format!("\\{name}")];
    let of_file = |line: &&str| line.contains(" WARN ") && path.iter().any(|path| line.contains(path));
    log.lines().filter(of_file).collect()
}

#[test]
fn a_request_under_a_wrong_name_is_told_once_with_the_right_name_and_left_where_it_is() {
    let mock = Mock::plan().without_terminal().start();
    let place = Place::new();
    let terminal = started(&mock, &place, &["--poll", "50ms", "--settling", "100ms"]);
    let req = place.exchange().req();
    for name in MISNAMED.into_iter().chain(TEMPORARY) {
        fs::write(req.join(name), mock.request_for("employee-valid")).unwrap();
    }
    let told = || warnings(&terminal.stderr(), "OQSsiquc01").len();
    eventually("a warning for each", || holds(told() >= MISNAMED.len()));
    // What is told later took more than one further look.
    fs::write(req.join("later.xml"), "").unwrap();
    eventually("the last warning", || holds(!warnings(&terminal.stderr(), "later.xml").is_empty()));
    let log = terminal.stderr();
    for name in MISNAMED {
        let warnings = warnings(&log, name);
        assert_eq!(warnings.len(), 1, "{name}: {log}");
        assert!(warnings[0].contains("<message id>req_<free part>.xml"), "{log}");
        assert!(warnings[0].contains("要求の名前ではない"), "{log}");
    }
    assert!(warnings(&log, "OQSsiquc01_0002.xml")[0].contains("OQSsiquc01req_0002.xml"), "{log}");
    assert_eq!(told(), MISNAMED.len(), "{log}");
    assert_eq!(names(&req).len(), MISNAMED.len() + TEMPORARY.len() + 1);
    assert_eq!(names(&place.exchange().res()), [""; 0]);

    let expected: BTreeSet<_> = MISNAMED.into_iter().chain(["later.xml"]).map(str::to_owned).collect();
    let reported = || {
        let reports = mock.journal().into_iter().filter(|exchange| exchange["refused"] == "T203");
        let files = reports.map(|report| {
            assert_eq!(report["message"], "terminal-report");
            let text = report.to_string();
            expected.iter().find(|name| text.contains(name.as_str())).cloned().unwrap_or(text)
        });
        files.collect::<BTreeSet<_>>()
    };
    eventually("the reports", || holds(reported() == expected));

    let output = connected("doctor", &mock, mock.service).arg("--exchange").arg(place.at("OQS")).output();
    let output = output.unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.contains("note names of requests:") && text.contains("OQSsiquc01res_0006.xml"), "{text}");
    assert!(text.contains("  -> 名前を変更") && text.contains("rename them:"), "{text}");
}
