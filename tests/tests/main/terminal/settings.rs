//! Settings as in the field, several terminals in one process, folders of e-prescription, stale answers.

use std::fs;

use messages::charset::{self, Encoding};
use system_tests::{CLINIC, Exchange, Mock, PHARMACY, Place, Process, eventually, foreign, holds, names};

use super::{connected, element, identified, started};

#[test]
fn the_settings_files_of_the_field_are_followed() {
    let mock = Mock::plan().without_terminal().start();
    let place = Place::new();
    let config = place.at("設定");
    fs::create_dir(&config).unwrap();
    let folder = |name: &str| place.at(name).display().to_string();
    let write = |name: &str, text: String| {
        fs::write(config.join(name), charset::encode(text, Encoding::ShiftJis).0).unwrap();
    };
    write(
        "UserDefinition.property",
        format!(
            "ResponseFileStayTime=60\r\nRequestFolder={}\r\nResponseFolder={}\r\nCharacterCodeIdentifier=1\r\n\
             PrescriptionRequestFolder={}\r\nPrescriptionResponseFolder={}\r\n",
            folder("要求"),
            folder("回答"),
            folder("req_presc"),
            folder("presc")
        ),
    );
    write("UserDefinitionForFace.property", format!("FaceDataDir={}\r\nOutputFlg=false\r\n", folder("顔")));
    write("encrypt.conf", "OQSsiimm=e\r\nOQSsiquc=n\r\n".to_owned());
    let _terminal =
        started(&mock, &place, &["--definition", config.to_str().unwrap(), "--crypt-password", "secret"]);

    let drop_in = |folder: &str, name: &str, bytes: &[u8]| {
        fs::write(place.at(folder).join(".tmp"), bytes).unwrap();
        fs::rename(place.at(folder).join(".tmp"), place.at(folder).join(name)).unwrap();
    };
    drop_in("要求", "OQSsiquc01req_受付.xml", &identified(&mock, "first"));
    let answer = place.at("回答").join("OQSsiquc01res_受付.xml");
    let bytes = eventually("the answer", || fs::read(&answer).ok());
    let text = charset::decode(&bytes).unwrap();
    assert_eq!(text.encoding, Encoding::ShiftJis);
    assert!(text.text.contains(&element("first")) && text.text.contains("CharacterCodeIdentifier>1<"));

    drop_in("要求", "OQSsiimm01req_1.xml", b"<XmlMsg><MessageHeader/><MessageBody/></XmlMsg>");
    let sealed = place.at("回答").join("OQSsiimm01res_1.zip");
    let bytes = eventually("the encrypted answer", || fs::read(&sealed).ok());
    assert!(bytes.starts_with(b"PK"));

    drop_in("req_presc", "EPSsiDMP01req_1.xml", b"<XmlMsg/>");
    let declined = place.at("presc").join("EPSsiDMP01res_1.err");
    let text = eventually("the refusal", || fs::read_to_string(&declined).ok());
    assert!(text.starts_with("X901 ") && text.contains("is known, but is not supported"), "{text}");

    mock.visit("employee-valid", "1");
    mock.advance("61m");
    eventually("deletion of what nobody took", || holds(!answer.exists() && !sealed.exists()));
    assert_eq!(names(&place.at("顔")), Vec::<String>::new(), "OutputFlg=false");
}

#[test]
fn an_answer_stays_while_the_worlds_clock_stands_and_goes_when_it_is_moved() {
    let mock = Mock::start();
    let exchange = mock.exchange();
    exchange.drop_request("OQSsiquc01req_1.xml", &mock.request_for("employee-valid"));
    let _ = exchange.wait_answer("OQSsiquc01req_1.xml");
    mock.advance("23h");
    exchange.drop_request("OQSsiquc01req_2.xml", &mock.request_for("employee-valid"));
    let _ = exchange.wait_answer("OQSsiquc01req_2.xml");
    mock.advance("2h");
    eventually("deletion of the first", || holds(names(&exchange.res()) == ["OQSsiquc01res_2.xml"]));
}

#[test]
fn one_process_serves_several_terminals_each_with_its_own_certificate_and_folders() {
    let mock = Mock::plan().without_terminal().start();
    let place = Place::new();
    let identity = |name: &str, file: &str| mock.place.identity_file(name, file).display().to_string();
    let entry = |name: &str, exchange: &str| {
        format!(
            "  - {{certificate: {}, key: {}, exchange: {exchange}}}\n",
            identity(name, "certificate.pem"),
            identity(name, "key.pem")
        )
    };
    let config = place.at("terminals.yaml");
    fs::write(&config, format!("terminals:\n{}{}", entry(CLINIC, "診療所"), entry(PHARMACY, "薬局")))
        .unwrap();
    let mut command = connected("run", &mock, mock.service);
    command.arg("--config").arg(&config);
    let process = Process::start(command, &place.at("log"));
    let line = process.line();
    let (clinic, pharmacy) = (Exchange::at(place.at("診療所")), Exchange::at(place.at("薬局")));
    let expected = format!("exchange={},{}", clinic.path().display(), pharmacy.path().display());
    // The terminal of Windows writes its own separators.
    assert!(line.replace('\\', "/").ends_with(&expected), "{line}");
    let ask = |exchange: &Exchange| {
        exchange.drop_request("OQSsiquc01req_1.xml", &mock.request_for("employee-valid"));
        exchange.wait_answer("OQSsiquc01req_1.xml")
    };
    let answer = foreign::read_one(&ask(&clinic).bytes);
    assert_eq!(answer.text("MessageHeader/SegmentOfResult"), Some("1"));
    // Under the pharmacy's certificate the line is another institution's.
    let refused = ask(&pharmacy);
    assert!(refused.name.ends_with(".err") && refused.text().starts_with("G103 "), "{}", refused.text());
    // A visit at one terminal is not delivered to the other.
    mock.visit("employee-valid", "1");
    let faces = |exchange: &Exchange| {
        names(&exchange.path().join("face")).iter().filter(|name| !name.starts_with('.')).count()
    };
    eventually("the face file", || holds(faces(&clinic) == 1));
    assert_eq!(faces(&pharmacy), 0);
    // What Wine runs gets no such signal.
    if std::env::var_os("ONSHI_TEST_BINARIES").is_none() {
        process.signal(system_tests::Signal::Terminate);
        assert_eq!(process.wait().status, Some(0));
    }
}

#[test]
fn two_terminals_of_one_file_that_share_a_work_folder_are_refused() {
    let mock = Mock::plan().without_terminal().start();
    let place = Place::new();
    let config = place.at("terminals.yaml");
    for (text, told) in [
        ("terminals: [{exchange: OQS}, {exchange: OQS}]", "in use by another terminal"),
        ("terminals: []", "lists no terminals"),
        ("terminals: [{exchnge: OQS}]", "exchnge"),
        ("terminals: [{service: 'https://hweb.oqs.onshikaku.org'}]", "belongs to the real service"),
    ] {
        fs::write(&config, text).unwrap();
        let output = connected("run", &mock, mock.service).arg("--config").arg(&config).output().unwrap();
        let shown = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{shown}");
        assert!(shown.contains(told), "{told}: {shown}");
    }
}

#[test]
fn what_a_terminal_could_not_do_stands_in_the_journal() {
    let mock = Mock::plan().without_terminal().start();
    let place = Place::new();
    let _terminal = started(&mock, &place, &[]);
    let exchange = place.exchange();
    // A folder in the answer's place: it can't be renamed over.
    let obstacle = exchange.res().join("OQSsiquc01res_1.xml");
    fs::create_dir(&obstacle).unwrap();
    exchange.drop_request("OQSsiquc01req_1.xml", &mock.request_for("employee-valid"));
    let report = eventually("the report", || {
        mock.journal().into_iter().find(|exchange| exchange["message"] == "terminal-report")
    });
    assert_eq!(report["refused"], "T201", "{report}");
    fs::remove_dir(&obstacle).unwrap();
    assert_eq!(exchange.wait_answer("OQSsiquc01req_1.xml").name, "OQSsiquc01res_1.xml");
    exchange.wait_until_done();
}
