//! Habits of known clients with the other messages (messages.md 7): how each asks, finds its answer and reads it.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use jiff::ToSpan;
use messages::charset::{self, Encoding};
use system_tests::foreign::{self, Document};
use system_tests::{Answer, CLINIC, Exchange, Mock, eventually, holds, names, on_one_day, today};

const CARD: &str = "employee-valid";
const INSTITUTION: &str = "1319999916";
/// Insurance data as OQS messages name them, of two persons.
const PERSONS: [[(&str, &str); 4]; 2] = [
    [
        ("InsurerNumber", "06139992"),
        ("InsuredCardSymbol", "１２３"),
        ("InsuredIdentificationNumber", "４５６"),
        ("InsuredBranchNumber", "00"),
    ],
    [
        ("InsurerNumber", "06139992"),
        ("InsuredCardSymbol", "１２３"),
        ("InsuredIdentificationNumber", "１００１"),
        ("InsuredBranchNumber", "01"),
    ],
];
const BORN: [&str; 2] = ["19800101", "19820202"];
const VIEWED: [(&str, &str); 4] = [
    ("InsurerNumber", "06139992"),
    ("InsuranceCardSymbol", "１２３"),
    ("InsuredPersonIdentificationNumber", "４５６"),
    ("BranchNumber", "00"),
];

fn elements(elements: &[(&str, &str)]) -> String {
    elements.iter().fold(String::new(), |mut text, (name, value)| {
        writeln!(text, "<{name}>{value}</{name}>").unwrap();
        text
    })
}

fn group(name: &str, content: &str) -> String {
    format!("<{name}>\n{content}</{name}>\n")
}

/// A document with line feeds.
fn document(encoding: Encoding, header: &str, body: &str) -> Vec<u8> {
    let name = encoding.name();
    let declaration = format!("<?xml version=\"1.0\" encoding=\"{name}\" standalone=\"no\"?>\n");
    let content = group("MessageHeader", header) + &group("MessageBody", body);
    let (bytes, replaced) = charset::encode(declaration + &group("XmlMsg", &content), encoding);
    assert!(replaced.is_empty());
    bytes
}

fn header(identifier: &str) -> String {
    elements(&[("MedicalInstitutionCode", INSTITUTION), ("ArbitraryFileIdentifier", identifier)])
}

/// A request for drugs of the last year, or for check-ups.
fn viewing(message: &str, encoding: Encoding, identifier: &str, category: &str) -> Vec<u8> {
    let month = |back: i32| today().saturating_sub(back.months()).strftime("%Y%m").to_string();
    let head = elements(&[("MedicalInstitutionCode", INSTITUTION)])
        + &elements(&VIEWED)
        + &elements(&[("ArbitraryFileIdentifier", identifier)]);
    let months = elements(&[("StartDate", &month(11)), ("EndDate", &month(0))]);
    let months = if message == "YZKsiquc01" { months } else { String::new() };
    document(encoding, &head, &(months + &elements(&[("FileCategory", category)])))
}

fn registration(person: usize, number: &str) -> String {
    let content = elements(&[("ReferenceNumber", number)]) + &elements(&PERSONS[person]);
    group("ReferenceNumberRegistrationInfo", &content)
}

fn search(person: usize, more: &[(&str, &str)]) -> String {
    let asked = [("Birthdate", BORN[person]), ("LimitApplicationCertificateRelatedConsFlg", "0")];
    let content = elements(&PERSONS[person]) + &elements(&asked) + &elements(more);
    group("QualificationConfirmSearchInfo", &content)
}

/// Every text of an element of that name, at any depth, as `//Name` finds them.
fn anywhere<'d>(document: &'d Document, name: &str) -> Vec<&'d str> {
    let named = document.leaves.iter().filter(|(path, _)| path.rsplit('/').next() == Some(name));
    named.map(|(_, text)| text.as_str()).collect()
}

/// Every text at one path.
fn all_at<'d>(document: &'d Document, path: &str) -> Vec<&'d str> {
    document.leaves.iter().filter(|(own, _)| own == path).map(|(_, text)| text.as_str()).collect()
}

// OQSDrug2

#[test]
fn oqsdrug2_shows_drugs_after_a_consent_and_the_message_without() {
    for flag in ["utf-8", "shift-jis"] {
        let mock = Mock::plan().flag("--encoding", flag).start();
        let ask = |minute: u8| {
            let stamp = today().strftime("%y%m%d");
            let request = format!("YZKsiquc01req_02{stamp}12{minute:02}12345.xml");
            let bytes = viewing("YZKsiquc01", Encoding::ShiftJis, "12345", "2");
            mock.exchange().drop_request(&request, &bytes);
            let answer = mock.exchange().wait_answer(&request);
            assert_eq!(answer.name, format!("YZKsiquc01res_02{stamp}12{minute:02}12345.xml"));
            foreign::read_one(&answer.bytes)
        };

        let refused = ask(1);
        assert_ne!(anywhere(&refused, "ResultCode"), ["1"]);
        let shown = anywhere(&refused, "MessageContents");
        assert_eq!(shown.len(), 1);
        assert!(!shown[0].is_empty());
        assert_eq!(anywhere(&refused, "DrugN"), Vec::<&str>::new());

        mock.visit(CARD, "1");
        let answered = ask(2);
        assert_eq!(anywhere(&answered, "ResultCode"), ["1"]);
        assert!(!anywhere(&answered, "DrugN").is_empty());
    }
}

#[test]
fn oqsdrug2_fetches_a_bulk_result_as_xml() {
    fetches_as_oqsdrug2(&Mock::start(), "xml");
}

#[test]
fn oqsdrug2_unzips_a_bulk_result_and_takes_the_file_that_starts_with_the_message() {
    let place = system_tests::Place::new();
    let dialect = place.at("dialect.yaml");
    fs::write(&dialect, "bulk:\n  form: {value: zip, mark: D, source: test}\n").unwrap();
    let mock = Mock::plan().flag("--dialect", dialect.to_str().unwrap()).start_in(place);
    fetches_as_oqsdrug2(&mock, "zip");
}

fn fetches_as_oqsdrug2(mock: &Mock, extension: &str) {
    let exchange = mock.exchange();
    let day = today().strftime("%Y%m%d").to_string();
    let head = elements(&[("QualificationConfirmationDate", &day)]) + &header("bulk");
    let body = search(0, &[("ArbitraryIdentifier", "1")]) + &search(1, &[("ArbitraryIdentifier", "2")]);
    let request = format!("OQSmuquc01req_{day}0001.xml");
    exchange.drop_request(&request, &document(Encoding::ShiftJis, &head, &body));
    let accepted = foreign::read_one(&exchange.wait_answer(&request).bytes);
    assert_eq!(anywhere(&accepted, "SegmentOfResult"), ["1"]);
    let reception = anywhere(&accepted, "ReceptionNumber")[0].to_owned();

    let fetch = |counter: u8| {
        let head = elements(&[("MedicalInstitutionCode", INSTITUTION)]);
        let body = elements(&[("ReceptionNumber", &reception)]);
        let request = format!("OQSmuquc02req_{day}{counter:04}.xml");
        exchange.drop_request(&request, &document(Encoding::ShiftJis, &head, &body));
        let answer = exchange.wait_answer(&request);
        (unpacked(mock, &answer, "OQSmuquc02res"), answer.name)
    };
    // The job takes three seconds of the world's time. The machine may take longer for two files, and once is enough.
    let (mut result, mut name) = fetch(2);
    let mut counter = 3;
    while anywhere(&result, "SegmentOfResult") == ["2"] {
        assert!(counter < 10, "not ready in spite of the clock");
        mock.advance("3s");
        (result, name) = fetch(counter);
        counter += 1;
    }
    assert_eq!(name, format!("OQSmuquc02res_{day}{:04}.{extension}", counter - 1));
    assert_eq!(anywhere(&result, "SegmentOfResult"), ["1"]);
    assert_eq!(all_at(&result, "MessageBody/BulkConfirmUnit/QualificationValidity"), ["1", "1"]);
    let asked = "MessageBody/BulkConfirmUnit/QualificationConfirmSearchInfo/ArbitraryIdentifier";
    assert_eq!(all_at(&result, asked), ["1", "2"]);
}

/// What an answer says, after Python has unzipped it if it is a ZIP.
fn unpacked(mock: &Mock, answer: &Answer, prefix: &str) -> Document {
    if Path::new(&answer.name).extension().is_none_or(|extension| extension != "zip") {
        return foreign::read_one(&answer.bytes);
    }
    let zip = mock.place.at("answer.zip");
    fs::write(&zip, &answer.bytes).unwrap();
    let script = "import sys, zipfile\n\
                  archive = zipfile.ZipFile(sys.argv[1])\n\
                  assert archive.testzip() is None\n\
                  name = next(name for name in archive.namelist() if name.startswith(sys.argv[2]))\n\
                  sys.stdout.buffer.write(archive.read(name))\n";
    let output = Command::new("python3").args(["-c", script]).arg(&zip).arg(prefix).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    foreign::read_one(&output.stdout)
}

#[test]
fn a_bulk_result_that_is_not_ready_says_2_and_the_clock_makes_it_ready() {
    let place = system_tests::Place::new();
    let dialect = place.at("dialect.yaml");
    fs::write(&dialect, "bulk:\n  delay-seconds: {value: 7200, mark: D, source: test}\n").unwrap();
    let mock = Mock::plan().flag("--dialect", dialect.to_str().unwrap()).start_in(place);
    let exchange = mock.exchange();
    let body = registration(0, "1");
    exchange.drop_request("OQSmuimm01req_1.xml", &document(Encoding::ShiftJis, &header("slow"), &body));
    let accepted = foreign::read_one(&exchange.wait_answer("OQSmuimm01req_1.xml").bytes);
    let reception = anywhere(&accepted, "ReceptionNumber")[0].to_owned();
    let fetch = |name: &str| {
        let head = elements(&[("MedicalInstitutionCode", INSTITUTION)]);
        let body = elements(&[("ReceptionNumber", &reception)]);
        exchange.drop_request(name, &document(Encoding::ShiftJis, &head, &body));
        foreign::read_one(&exchange.wait_answer(name).bytes)
    };
    assert_eq!(anywhere(&fetch("OQSmuimm02req_1.xml"), "SegmentOfResult"), ["2"]);
    assert_eq!(anywhere(&fetch("OQSmuimm02req_2.xml"), "SegmentOfResult"), ["2"]);
    mock.advance("2h");
    assert_eq!(anywhere(&fetch("OQSmuimm02req_3.xml"), "SegmentOfResult"), ["1"]);
}

// MynaReception, reference numbers

#[test]
fn mynareception_finds_each_element_of_a_registration_once_and_equal_to_its_request() {
    let mock = Mock::plan().flag("--encoding", "shift-jis").start();
    let name = "OQSsiimm01req_202609290001.xml";
    let bytes = document(Encoding::ShiftJis, &header("myna-1"), &registration(0, "4711"));
    mock.exchange().drop_request(name, &bytes);
    let answer = mock.exchange().wait_answer(name);
    assert_eq!(answer.name, "OQSsiimm01res_202609290001.xml");
    let result = foreign::read_one(&answer.bytes);
    let own: Vec<_> = result.leaves.iter().map(|(path, _)| path.rsplit('/').next().unwrap()).collect();
    assert_eq!(own.iter().collect::<BTreeSet<_>>().len(), own.len(), "each element once: {own:?}");
    answers_the_header(&result, "myna-1");
    assert_eq!(anywhere(&result, "SegmentOfResult"), ["1"]);
    assert_eq!(anywhere(&result, "ProcessingResultStatus"), ["1"]);
    assert_eq!(anywhere(&result, "ReferenceNumber"), ["4711"]);
    for (element, value) in PERSONS[0] {
        assert_eq!(anywhere(&result, element), [value]);
    }
}

fn answers_the_header(result: &Document, identifier: &str) {
    assert_eq!(all_at(result, "MessageHeader/MedicalInstitutionCode"), [INSTITUTION]);
    assert_eq!(all_at(result, "MessageHeader/ArbitraryFileIdentifier"), [identifier]);
}

#[test]
fn mynareception_finds_one_unit_for_each_person_whom_it_registered_in_bulk() {
    let mock = Mock::plan().flag("--encoding", "shift-jis").start();
    let exchange = mock.exchange();
    let name = "OQSmuimm01req_202609290002.xml";
    let body = registration(0, "4711") + &registration(1, "4712");
    exchange.drop_request(name, &document(Encoding::ShiftJis, &header("myna-2"), &body));
    let accepted = foreign::read_one(&exchange.wait_answer(name).bytes);
    answers_the_header(&accepted, "myna-2");
    let reception = accepted.text("MessageBody/ReceptionNumber").unwrap().to_owned();
    assert!((1..=100).contains(&reception.len()));

    mock.advance("4s");
    let name = "OQSmuimm02req_202609290003.xml";
    // The 02 request has no identifier; the answer has that of the 01 request.
    let head = elements(&[("MedicalInstitutionCode", INSTITUTION)]);
    let body = elements(&[("ReceptionNumber", &reception)]);
    exchange.drop_request(name, &document(Encoding::ShiftJis, &head, &body));
    let result = foreign::read_one(&exchange.wait_answer(name).bytes);
    answers_the_header(&result, "myna-2");
    assert_eq!(all_at(&result, "MessageHeader/ReceptionNumber"), [&*reception]);
    assert_eq!(all_at(&result, "MessageHeader/SegmentOfResult"), ["1"]);
    let unit = "MessageBody/BulkRegistrationUnit";
    assert_eq!(all_at(&result, &format!("{unit}/ProcessingResultStatus")), ["1", "1"]);
    let echo = format!("{unit}/ReferenceNumberRegistrationInfo");
    assert_eq!(all_at(&result, &format!("{echo}/ReferenceNumber")), ["4711", "4712"]);
    for (own, other) in PERSONS[0].iter().zip(PERSONS[1]) {
        assert_eq!(all_at(&result, &format!("{echo}/{}", own.0)), [own.1, other.1]);
    }
}

// MynaReception, face files

#[test]
fn mynareception_reads_one_patient_from_each_face_file_of_today() {
    for (flag, encoding) in [("utf-8", Encoding::Utf8), ("shift-jis", Encoding::ShiftJis)] {
        let mock = Mock::plan().flag("--encoding", flag).start();
        let face = mock.exchange().path().join("face");
        let name = on_one_day(|day| {
            let told = mock.visit(CARD, "1").unwrap();
            let name = eventually("the face file", || {
                names(&face)
                    .into_iter()
                    .find(|name| is_face_file_of(name, &day.strftime("%Y%m%d").to_string()))
            });
            (name == told).then_some(name)
        })
        .expect("the file that the reader named");

        let bytes = fs::read(face.join(&name)).unwrap();
        assert!(!bytes.windows(9).any(|window| window == b"<!DOCTYPE"), "DTDs are prohibited");
        let result = foreign::read_one(&bytes);
        assert_eq!(result.declared, encoding.name(), "the declaration is that of the setting");
        assert_eq!(all_at(&result, "MessageHeader/SegmentOfResult"), ["1"]);
        assert_eq!(all_at(&result, "MessageHeader/ReferenceClassification"), ["1"]);
        assert_eq!(all_at(&result, "MessageHeader/MedicalInstitutionCode"), [INSTITUTION]);
        assert_eq!(all_at(&result, "MessageBody/ProcessingResultStatus"), ["1"]);
        let kana = "MessageBody/ResultList/ResultOfQualificationConfirmation/NameKana";
        assert_eq!(all_at(&result, kana), ["ﾐﾎﾝ ﾀﾛｳ"], "exactly one result");
        assert_eq!(anywhere(&result, "Birthdate"), ["19800101"]);

        // The receipt computer moves what it has processed; the terminal doesn't write it again.
        let trash = face.join("trash");
        fs::create_dir(&trash).unwrap();
        fs::rename(face.join(&name), trash.join(&name)).unwrap();
        let next = mock.visit(CARD, "1").unwrap();
        eventually("the next face file", || holds(face.join(&next).exists()));
        assert!(!face.join(&name).exists());
        assert_eq!(names(&trash), [name]);
    }
}

/// `OQSsiquc01res_face_`, something, an underscore, a day and six digits, `.xml`.
fn is_face_file_of(name: &str, day: &str) -> bool {
    let middle = name.strip_prefix("OQSsiquc01res_face_").and_then(|rest| rest.strip_suffix(".xml"));
    let time = middle.and_then(|middle| middle.rsplit_once('_')).map(|(_, time)| time);
    time.is_some_and(|time| {
        time.len() == 14 && time.bytes().all(|byte| byte.is_ascii_digit()) && time.starts_with(day)
    })
}

// ORCA

#[test]
fn orca_cuts_patient_and_uuid_by_position_out_of_each_answer() {
    const IDENTIFIER: &str = "0000000042,3f2504e0-4f89-41d3-9a0c-0305e82c3301";
    let mock = Mock::start();
    let exchange = mock.exchange();
    mock.visit(CARD, "1");
    let day = today().strftime("%Y%m%d").to_string();
    let dated = elements(&[("QualificationConfirmationDate", &day)]) + &header(IDENTIFIER);
    let requests = [
        ("OQSsiquc01", document(Encoding::Utf8, &dated, &search(0, &[]))),
        ("OQSsiimm01", document(Encoding::Utf8, &header(IDENTIFIER), &registration(0, "42"))),
        ("YZKsiquc01", viewing("YZKsiquc01", Encoding::Utf8, IDENTIFIER, "2")),
        ("TKKsiquc01", viewing("TKKsiquc01", Encoding::Utf8, IDENTIFIER, "2")),
    ];
    for (message, bytes) in requests {
        let name = format!("{message}req_orca.xml");
        exchange.drop_request(&name, &bytes);
        let result = foreign::read_one(&exchange.wait_answer(&name).bytes);
        let element = if message.starts_with("OQS") {
            "ArbitraryFileIdentifier"
        } else {
            assert_eq!(anywhere(&result, "ResultCode"), ["1"]);
            "ReqArbitraryFileIdentifier"
        };
        let own = anywhere(&result, element);
        assert_eq!(own.len(), 1, "{message}");
        let cut = |text: &str| {
            assert_eq!(text.len(), 47);
            (text.get(..10).unwrap().to_owned(), text.get(11..47).unwrap().to_owned())
        };
        assert_eq!(cut(own[0]), cut(IDENTIFIER));
    }
}

#[test]
fn orca_finds_the_patient_number_in_the_names_of_its_pdfs() {
    let mock = Mock::start();
    mock.visit(CARD, "1");
    for message in ["YZKsiquc01", "TKKsiquc01"] {
        let patient = format!("{:X<20}", "0000012345");
        let request = format!("{message}req_{patient}.xml");
        mock.exchange().drop_request(&request, &viewing(message, Encoding::Utf8, "orca", "1"));
        let exchange: Exchange = mock.exchange();
        let answer = exchange.wait_answer(&request);
        assert_eq!(answer.name, format!("{message}res_{patient}.pdf"));
        assert!(answer.bytes.starts_with(b"%PDF-"));
    }
    assert_eq!(CLINIC, format!("{INSTITUTION}-01"));
}
