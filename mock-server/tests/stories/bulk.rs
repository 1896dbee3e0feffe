//! Bulk jobs (一括照会): accepted under a reception number, ready later, fetched by it.

use std::io::{Cursor, Read};

use jiff::SignedDuration;
use messages::id::MessageId;
use onshi_mock::exchange::Answer;

use crate::node::{Node, group, message, text};
use crate::told::{Desk, Insured, Told, registration};

/// Starts a job and returns the whole answer.
pub(crate) fn start(desk: Desk<'_>, id: MessageId, identifier: &str, body: Vec<Node>) -> Node {
    let header = if id == MessageId::OqsMuQuc01 { desk.dated(identifier) } else { desk.header(identifier) };
    desk.ask(id, &message(header, body))
}

/// Starts a job and returns its reception number.
pub(crate) fn accepted(desk: Desk<'_>, id: MessageId, identifier: &str, body: Vec<Node>) -> String {
    let answer = start(desk, id, identifier, body);
    assert_eq!(answer.says("MessageHeader/SegmentOfResult"), Some("1"), "{}", answer.to_xml());
    answer.says("MessageBody/ReceptionNumber").expect("a reception number in the body").to_owned()
}

/// The request that fetches a job; like MynaReception's it has no ArbitraryFileIdentifier.
pub(crate) fn fetching(desk: Desk<'_>, reception: &str) -> Node {
    let header = desk.header("").into_iter().filter(|node| node.name == "MedicalInstitutionCode");
    message(header, [text("ReceptionNumber", reception)])
}

/// Fetches a job.
pub(crate) fn fetch(desk: Desk<'_>, id: MessageId, reception: &str) -> Node {
    desk.ask(id, &fetching(desk, reception))
}

/// Search data of one person of many.
fn one_of_many(insured: &Insured, identifier: &str) -> Node {
    let identifier = text("ArbitraryIdentifier", identifier);
    group("QualificationConfirmSearchInfo", insured.search("0").into_iter().chain([identifier]))
}

const SEGMENT: &str = "MessageHeader/SegmentOfResult";
const UNIT: &str = "MessageBody/BulkConfirmUnit";

fn three_persons(told: &Told) -> Vec<Node> {
    let wrong = Insured { born: "19400230".to_owned(), ..told.insured("late-elderly-10") };
    vec![
        one_of_many(&told.insured("municipal-valid"), "123_1"),
        one_of_many(&wrong, "456_1"),
        one_of_many(&told.stranger(), "789_1"),
    ]
}

#[test]
fn a_job_is_processing_until_it_is_ready_by_the_worlds_clock() {
    let mut told = Told::new();
    let reception = accepted(told.clinic(), MessageId::OqsMuQuc01, "yoyaku", three_persons(&told));
    for _ in 0..3 {
        let answer = fetch(told.clinic(), MessageId::OqsMuQuc02, &reception);
        assert_eq!(answer.says(SEGMENT), Some("2"));
        assert_eq!(answer.get("MessageBody").unwrap().children, [], "nothing is told before it is ready");
        assert!(answer.get("MessageHeader/NumberOfProcessingResult").is_none());
        told.pass(SignedDuration::from_millis(999));
    }
    told.pass(SignedDuration::from_millis(3));
    assert_eq!(fetch(told.clinic(), MessageId::OqsMuQuc02, &reception).says(SEGMENT), Some("1"));
    assert_eq!(fetch(told.clinic(), MessageId::OqsMuQuc02, &reception).says(SEGMENT), Some("1"), "again");
}

#[test]
fn the_reception_number_stands_in_the_body_of_01_and_in_the_header_of_02() {
    let mut told = Told::new();
    let answer = start(told.clinic(), MessageId::OqsMuQuc01, "yoyaku", three_persons(&told));
    let [only] = answer.anywhere("ReceptionNumber").try_into().expect("once in 01");
    assert_eq!(answer.says("MessageBody/ReceptionNumber"), Some(only.text.as_str()));
    assert_eq!(only.text.len(), 32);
    for seconds in [0, 10] {
        told.pass_seconds(seconds);
        let answer = fetch(told.clinic(), MessageId::OqsMuQuc02, &only.text);
        assert_eq!(answer.anywhere("ReceptionNumber").len(), 1);
        assert_eq!(answer.says("MessageHeader/ReceptionNumber"), Some(only.text.as_str()));
    }
}

#[test]
fn every_answer_repeats_the_identifier_of_the_request_that_started_the_job() {
    let mut told = Told::new();
    let reception = accepted(told.clinic(), MessageId::OqsMuQuc01, "yoyaku-20261122", three_persons(&told));
    let with_its_own = message(told.clinic().header("another"), [text("ReceptionNumber", &reception)]);
    for seconds in [0, 10] {
        told.pass_seconds(seconds);
        for request in [fetching(told.clinic(), &reception), with_its_own.clone()] {
            let answer = told.clinic().ask(MessageId::OqsMuQuc02, &request);
            assert_eq!(answer.says("MessageHeader/ArbitraryFileIdentifier"), Some("yoyaku-20261122"));
            assert_eq!(answer.says("MessageHeader/MedicalInstitutionCode"), Some(crate::told::CLINIC));
            assert_eq!(answer.says("MessageHeader/QualificationConfirmationDate"), Some("20261122"));
        }
    }
}

#[test]
fn the_result_has_one_unit_for_each_person_in_order_with_echo_and_counts() {
    let mut told = Told::new();
    told.clinic().register(&told.insured("municipal-valid"), "000123");
    let persons = three_persons(&told);
    let reception = accepted(told.clinic(), MessageId::OqsMuQuc01, "yoyaku", persons.clone());
    told.pass_seconds(3);
    let answer = fetch(told.clinic(), MessageId::OqsMuQuc02, &reception);
    let units = answer.all(UNIT);
    let echoes: Vec<_> =
        units.iter().map(|unit| unit.get("QualificationConfirmSearchInfo").unwrap().clone()).collect();
    assert_eq!(echoes, persons);
    let shown = |path: &str| units.iter().map(|unit| unit.says(path)).collect::<Vec<_>>();
    assert_eq!(shown("ProcessingResultStatus"), [Some("1"), Some("2"), Some("1")]);
    assert_eq!(shown("ProcessingResultCode"), [None, Some("OQSX0002E"), None]);
    assert_eq!(shown("QualificationValidity"), [Some("1"), None, Some("4")]);
    assert_eq!(shown("ReferenceNumber"), [Some("000123"), None, None], "a child of the unit itself");
    let header = |name: &str| answer.says(&format!("MessageHeader/{name}")).unwrap().to_owned();
    assert_eq!(header("NumberOfProcessingResult"), "3");
    assert_eq!((header("NumberOfNormalProcessing"), header("NumberOfError")), ("2".into(), "1".into()));
    let result = units[0].get("ResultList/ResultOfQualificationConfirmation").unwrap();
    assert_eq!(result.says("Name"), Some("見本　夏子"));
    assert_eq!(result.says("ArbitraryIdentifier"), Some("123_1"));
    assert_eq!(result.says("LimitApplicationCertificateChanged"), Some("0"));
    assert!(result.get("ReferenceNumber").is_none());
}

#[test]
fn a_bulk_result_tells_whether_the_limit_certificate_changed_and_never_the_certificate() {
    let mut told = Told::new();
    let insured = told.insured("limit-a03");
    let known = |class: Option<&str>, group_name: &str, class_name: &str| {
        let known = class.map(|class| {
            let kind = text("LimitApplicationCertificateClassification", "01");
            group(group_name, [kind, text(class_name, class)])
        });
        group("QualificationConfirmSearchInfo", insured.search("1").into_iter().chain(known))
    };
    let (info, flag) =
        ("LimitApplicationCertificateRelatedInfo", "LimitApplicationCertificateClassificationFlag");
    let persons = vec![
        known(Some("A03"), info, flag),
        // As ORCA writes it.
        known(
            Some("A03"),
            "LimitApplicationCertificateRelatedinfo",
            "LimitApplicationCertificateRelatedConsFlg",
        ),
        known(Some("A02"), info, flag),
        known(None, info, flag),
    ];
    let reception = accepted(told.clinic(), MessageId::OqsMuQuc01, "limit", persons);
    told.pass_seconds(3);
    let answer = fetch(told.clinic(), MessageId::OqsMuQuc02, &reception);
    let result = "ResultList/ResultOfQualificationConfirmation";
    let changed: Vec<_> = answer
        .all(UNIT)
        .iter()
        .map(|unit| unit.says(&format!("{result}/LimitApplicationCertificateChanged")).unwrap().to_owned())
        .collect();
    assert_eq!(changed, ["0", "0", "1", "1"]);
    for unit in answer.all(UNIT) {
        assert!(unit.get(&format!("{result}/LimitApplicationCertificateRelatedInfo")).is_none());
    }
}

#[test]
fn a_person_on_insurance_and_aid_can_be_asked_for_twice() {
    let mut told = Told::new();
    let persons = [told.insurance("insurance-and-aid", 0), told.insurance("insurance-and-aid", 1)];
    let persons = persons.iter().map(|insured| one_of_many(insured, "x")).collect();
    let reception = accepted(told.clinic(), MessageId::OqsMuQuc01, "both", persons);
    told.pass_seconds(3);
    let answer = fetch(told.clinic(), MessageId::OqsMuQuc02, &reception);
    let cards: Vec<_> = answer.anywhere("InsuredCardClassification").iter().map(|n| n.text.clone()).collect();
    assert_eq!(cards, ["01", "A1"]);
}

#[test]
fn results_stand_in_a_list_element_or_directly_as_the_dialect_says() {
    for (nesting, path) in [
        ("wrapped", "ResultList/ResultOfQualificationConfirmation"),
        ("flat", "ResultOfQualificationConfirmation"),
    ] {
        let mut told =
            Told::with(&format!("bulk:\n  nesting: {{value: {nesting}, mark: D, source: test}}\n"));
        let reception = accepted(told.clinic(), MessageId::OqsMuQuc01, "x", three_persons(&told));
        told.pass_seconds(3);
        let answer = fetch(told.clinic(), MessageId::OqsMuQuc02, &reception);
        assert_eq!(answer.all(UNIT)[0].all(path).len(), 1, "{nesting}");
        assert!(!answer.all(UNIT)[2].names().contains(&"ResultList"), "{nesting}: nobody, no list");
        let single = told.clinic().confirm(&told.insured("employee-valid"));
        assert_eq!(
            single.all("MessageBody/ResultList").len(),
            1,
            "{nesting}: single results keep their list"
        );
    }
}

fn zipped() -> Told {
    Told::with("bulk:\n  form: {value: zip, mark: C, source: elements.md 9}\n")
}

/// The first file of an archive: its name and content, as OQSDrug2 takes it.
fn first_file(answer: &Answer) -> (String, Node) {
    assert_eq!(answer.content_type, "application/zip");
    let mut archive = zip::ZipArchive::new(Cursor::new(answer.body.as_ref())).unwrap();
    assert_eq!(archive.len(), 1);
    let mut file = archive.by_index(0).unwrap();
    let (name, mut content) = (file.name().unwrap().into_owned(), Vec::new());
    file.read_to_end(&mut content).unwrap();
    (name, Node::of_xml(&content))
}

#[test]
fn a_zip_holds_one_file_whose_name_starts_with_the_id_of_the_result() {
    let mut plain = Told::new();
    let mut told = zipped();
    for (first, second, body) in [
        (MessageId::OqsMuQuc01, MessageId::OqsMuQuc02, three_persons(&told)),
        (
            MessageId::OqsMuImm01,
            MessageId::OqsMuImm02,
            vec![registration(&told.insured("employee-valid"), "1")],
        ),
    ] {
        let expected = accepted(plain.clinic(), first, "x", body.clone());
        let reception = accepted(told.clinic(), first, "x", body);
        let processing = fetch(told.clinic(), second, &reception);
        assert_eq!(processing.says(SEGMENT), Some("2"), "what is not ready is a plain message");
        plain.pass_seconds(3);
        told.pass_seconds(3);
        let answer = told.clinic().send(second, &fetching(told.clinic(), &reception));
        let (name, content) = first_file(&answer);
        assert!(name.starts_with(&format!("{}res_", second.as_str())) && name.ends_with(".xml"), "{name}");
        assert_eq!(content, fetch(plain.clinic(), second, &expected), "the archive holds the same message");
        let again = told.clinic().send(second, &fetching(told.clinic(), &reception));
        assert_eq!(again.body, answer.body, "the same archive, byte for byte");
    }
}

#[test]
fn a_refusal_is_no_archive() {
    let told = zipped();
    assert_eq!(fetch(told.clinic(), MessageId::OqsMuQuc02, "1").says(SEGMENT), Some("9"));
}

fn no_such_job(answer: &Node, code: &str) {
    assert_eq!(answer.says(SEGMENT), Some("9"));
    assert_eq!(answer.says("MessageHeader/ErrorCode"), Some(code));
    assert!(answer.says("MessageHeader/ErrorMessage").is_some_and(|text| !text.is_empty()));
    assert_eq!(answer.get("MessageBody").unwrap().children, []);
}

#[test]
fn a_reception_number_that_is_unknown_or_belongs_to_somebody_else_leads_nowhere() {
    let mut told = Told::new();
    let reception = accepted(told.clinic(), MessageId::OqsMuQuc01, "x", three_persons(&told));
    told.pass_seconds(3);
    no_such_job(
        &fetch(told.clinic(), MessageId::OqsMuQuc02, "20261122093012000000000000000099"),
        "OQSX0006E",
    );
    no_such_job(&fetch(told.clinic(), MessageId::OqsMuQuc02, ""), "OQSX0006E");
    no_such_job(&fetch(told.pharmacy(), MessageId::OqsMuQuc02, &reception), "OQSX0006E");
    no_such_job(&fetch(told.clinic(), MessageId::OqsMuImm02, &reception), "OQSX0006E");
    let stolen = told.pharmacy().ask(MessageId::OqsMuQuc02, &fetching(told.clinic(), &reception));
    no_such_job(&stolen, "OQSX9005E");
    assert_eq!(fetch(told.clinic(), MessageId::OqsMuQuc02, &reception).says(SEGMENT), Some("1"));
}

#[test]
fn a_result_is_kept_for_seven_days_of_the_worlds_clock() {
    let mut told = Told::new();
    let reception = accepted(told.clinic(), MessageId::OqsMuQuc01, "x", three_persons(&told));
    told.pass(SignedDuration::from_secs(7 * 24 * 3600 - 1));
    assert_eq!(fetch(told.clinic(), MessageId::OqsMuQuc02, &reception).says(SEGMENT), Some("1"));
    told.pass_seconds(1);
    let answer = fetch(told.clinic(), MessageId::OqsMuQuc02, &reception);
    assert_eq!(answer.says(SEGMENT), Some("9"));
    assert_eq!(answer.get("MessageBody").unwrap().children, []);
}

#[test]
fn a_result_that_is_no_longer_kept_has_a_code_of_its_own() {
    let mut told = Told::new();
    let reception = accepted(told.clinic(), MessageId::OqsMuQuc01, "x", three_persons(&told));
    told.pass_hours(7 * 24);
    // The dialect's row `job-expired`.
    no_such_job(&fetch(told.clinic(), MessageId::OqsMuQuc02, &reception), "OQSX0012E");
    no_such_job(&fetch(told.pharmacy(), MessageId::OqsMuQuc02, &reception), "OQSX0006E");
}

#[test]
fn a_result_is_the_same_whenever_it_is_fetched() {
    let mut told = Told::new();
    let persons = vec![one_of_many(&told.insured("lost-tomorrow"), "1")];
    let reception = accepted(told.clinic(), MessageId::OqsMuQuc01, "x", persons);
    told.pass_seconds(3);
    let body = |told: &Told| {
        fetch(told.clinic(), MessageId::OqsMuQuc02, &reception).get("MessageBody").unwrap().clone()
    };
    let first = body(&told);
    told.pass_hours(48);
    assert_eq!(body(&told), first);
}

#[test]
fn the_same_key_leads_to_the_same_job() {
    let told = Told::new();
    let persons = || three_persons(&told);
    let first = accepted(told.clinic().key("entry-1"), MessageId::OqsMuQuc01, "x", persons());
    let again = accepted(told.clinic().key("entry-1"), MessageId::OqsMuQuc01, "x", persons());
    assert_eq!(again, first);
    let others = [
        accepted(told.clinic().key("entry-2"), MessageId::OqsMuQuc01, "x", persons()),
        accepted(told.clinic(), MessageId::OqsMuQuc01, "x", persons()),
        accepted(told.pharmacy().key("entry-1"), MessageId::OqsMuQuc01, "x", persons()),
    ];
    let mut all: Vec<_> = others.into_iter().chain([first]).collect();
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 4, "another key, none, or another institution is another job");
}

#[test]
fn the_same_key_leads_to_the_same_job_even_if_another_institution_used_it_in_between() {
    let told = Told::new();
    let ask =
        |desk: Desk<'_>| accepted(desk.key("entry-1"), MessageId::OqsMuQuc01, "x", three_persons(&told));
    let first = ask(told.clinic());
    let others = ask(told.pharmacy());
    assert_eq!((ask(told.clinic()), ask(told.pharmacy())), (first, others));
}

#[test]
fn the_same_key_leads_to_the_same_job_even_when_no_further_job_would_be_accepted() {
    let told = Told::with("bulk:\n  most-jobs: {value: 1, mark: D, source: test}\n");
    let ask = |key: &str| start(told.clinic().key(key), MessageId::OqsMuQuc01, "x", three_persons(&told));
    let first = ask("entry-1");
    assert_eq!(ask("entry-2").says("MessageHeader/ErrorCode"), Some("OQSX9007E"));
    assert_eq!(
        ask("entry-1").says("MessageBody/ReceptionNumber"),
        first.says("MessageBody/ReceptionNumber"),
        "the terminal only repeats itself"
    );
}

#[test]
fn the_same_key_leads_to_the_same_job_after_a_restart() {
    let told = Told::kept();
    let first = accepted(told.clinic().key("entry-1"), MessageId::OqsMuQuc01, "x", three_persons(&told));
    let told = told.restarted();
    let again = accepted(told.clinic().key("entry-1"), MessageId::OqsMuQuc01, "x", three_persons(&told));
    assert_eq!(again, first);
}

#[test]
fn a_key_never_leads_to_a_result_that_is_no_longer_kept() {
    let mut told = Told::new();
    let first = accepted(told.clinic().key("entry-1"), MessageId::OqsMuQuc01, "x", three_persons(&told));
    told.pass_hours(8 * 24);
    let again = accepted(told.clinic().key("entry-1"), MessageId::OqsMuQuc01, "x", three_persons(&told));
    assert_ne!(again, first, "the key was kept for a day (design, Decided)");
    told.pass_seconds(3);
    assert_eq!(fetch(told.clinic(), MessageId::OqsMuQuc02, &again).says(SEGMENT), Some("1"));
}

#[test]
fn nobody_and_too_many_persons_are_refused_with_their_codes() {
    let told = Told::with("bulk:\n  most-persons: {value: 2, mark: D, source: test}\n");
    let started = |body| start(told.clinic(), MessageId::OqsMuQuc01, "x", body);
    for (body, code) in [(three_persons(&told), "OQSX9006E"), (Vec::new(), "OQSX0009E")] {
        let refused = started(body);
        assert_eq!(refused.says(SEGMENT), Some("9"));
        assert_eq!(refused.says("MessageHeader/ErrorCode"), Some(code));
        assert!(refused.anywhere("ReceptionNumber").is_empty());
    }
    assert_eq!(started(three_persons(&told).into_iter().take(2).collect()).says(SEGMENT), Some("1"));
}

#[test]
fn ten_thousand_persons_are_one_too_many() {
    let told = Told::new();
    let body: Vec<_> =
        (0..10_000).map(|n| one_of_many(&told.insured("employee-valid"), &n.to_string())).collect();
    let refused = start(told.clinic(), MessageId::OqsMuQuc01, "x", body);
    assert_eq!(refused.says("MessageHeader/ErrorCode"), Some("OQSX9006E"));
}

#[test]
fn unfinished_jobs_are_limited_for_each_institution_until_they_are_ready() {
    let mut told = Told::with("bulk:\n  most-jobs: {value: 2, mark: D, source: test}\n");
    let ask = |desk: Desk<'_>, told: &Told| start(desk, MessageId::OqsMuQuc01, "x", three_persons(told));
    assert_eq!(ask(told.clinic(), &told).says(SEGMENT), Some("1"));
    assert_eq!(ask(told.clinic(), &told).says(SEGMENT), Some("1"));
    assert_eq!(ask(told.clinic(), &told).says("MessageHeader/ErrorCode"), Some("OQSX9007E"));
    assert_eq!(ask(told.pharmacy(), &told).says(SEGMENT), Some("1"), "others are not held up");
    told.pass_seconds(3);
    assert_eq!(ask(told.clinic(), &told).says(SEGMENT), Some("1"));
}

#[test]
fn jobs_survive_a_restart_ready_or_not() {
    let mut told = Told::kept();
    let early = accepted(told.clinic(), MessageId::OqsMuQuc01, "early", three_persons(&told));
    told.pass_seconds(2);
    let late = accepted(told.clinic(), MessageId::OqsMuQuc01, "late", three_persons(&told));
    told.pass_seconds(1);
    let before = fetch(told.clinic(), MessageId::OqsMuQuc02, &early);
    let mut told = told.restarted();
    assert_eq!(fetch(told.clinic(), MessageId::OqsMuQuc02, &early), before);
    assert_eq!(fetch(told.clinic(), MessageId::OqsMuQuc02, &late).says(SEGMENT), Some("2"));
    told.pass_seconds(2);
    let answer = fetch(told.clinic(), MessageId::OqsMuQuc02, &late);
    assert_eq!(answer.says(SEGMENT), Some("1"));
    assert_eq!(answer.says("MessageHeader/ArbitraryFileIdentifier"), Some("late"));
    let new = accepted(told.clinic(), MessageId::OqsMuQuc01, "new", three_persons(&told));
    assert!(new != early && new != late, "numbers go on after a restart");
}

#[test]
fn jobs_run_side_by_side() {
    let mut told = Told::new();
    let one = vec![one_of_many(&told.insured("employee-valid"), "a")];
    let first = accepted(told.clinic(), MessageId::OqsMuQuc01, "first", one);
    let second = accepted(told.clinic(), MessageId::OqsMuQuc01, "second", three_persons(&told));
    let numbers = vec![registration(&told.insured("employee-valid"), "1")];
    let third = accepted(told.clinic(), MessageId::OqsMuImm01, "third", numbers);
    told.pass_seconds(3);
    let units = |reception: &str| fetch(told.clinic(), MessageId::OqsMuQuc02, reception).all(UNIT).len();
    assert_eq!((units(&second), units(&first)), (3, 1), "fetched in another order than they were started");
    let third = fetch(told.clinic(), MessageId::OqsMuImm02, &third);
    assert_eq!(third.says("MessageHeader/ArbitraryFileIdentifier"), Some("third"));
}

#[test]
fn many_threads_start_jobs_and_each_gets_a_number_of_its_own() {
    let told = Told::with("bulk:\n  most-jobs: {value: 9999, mark: D, source: test}\n");
    let mut numbers: Vec<String> = std::thread::scope(|scope| {
        let started: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    let one = || vec![one_of_many(&told.insured("employee-valid"), "a")];
                    let ask = |_| accepted(told.clinic(), MessageId::OqsMuQuc01, "x", one());
                    (0..25).map(ask).collect::<Vec<_>>()
                })
            })
            .collect();
        started.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    numbers.sort();
    numbers.dedup();
    assert_eq!(numbers.len(), 100);
}

#[test]
fn many_reference_numbers_are_registered_at_once_with_a_status_for_each() {
    let mut told = Told::new();
    let long = "9".repeat(51);
    let persons = [
        (told.insured("employee-valid"), "000123"),
        (told.stranger(), "000124"),
        (told.insured("dependant-valid"), long.as_str()),
        (told.insurance("lost-newer", 0), "000125"),
    ];
    let sent: Vec<_> = persons.iter().map(|(insured, number)| registration(insured, number)).collect();
    let reception = accepted(told.clinic(), MessageId::OqsMuImm01, "numbers", sent.clone());
    told.pass_seconds(3);
    let answer = fetch(told.clinic(), MessageId::OqsMuImm02, &reception);
    let units = answer.all("MessageBody/BulkRegistrationUnit");
    let echoes: Vec<_> =
        units.iter().map(|unit| unit.get("ReferenceNumberRegistrationInfo").unwrap().clone()).collect();
    assert_eq!(echoes, sent);
    let shown = |path: &str| units.iter().map(|unit| unit.says(path)).collect::<Vec<_>>();
    assert_eq!(shown("ProcessingResultStatus"), [Some("1"), Some("2"), Some("2"), Some("1")]);
    assert_eq!(shown("ProcessingResultCode"), [None, Some("OQSX0010E"), Some("OQSX0007E"), None]);
    let header = |name: &str| answer.says(&format!("MessageHeader/{name}")).unwrap().to_owned();
    assert_eq!(header("NumberOfProcessingResult"), "4");
    assert_eq!((header("NumberOfNormalProcessing"), header("NumberOfError")), ("2".into(), "2".into()));
    assert_eq!(told.clinic().reference(&told.insured("employee-valid")).as_deref(), Some("000123"));
    assert_eq!(told.clinic().reference(&told.insurance("lost-newer", 1)).as_deref(), Some("000125"));
    assert_eq!(told.clinic().reference(&told.insured("dependant-valid")), None);
    assert_eq!(told.pharmacy().reference(&told.insured("employee-valid")), None);
}

#[test]
fn fetching_does_not_register_again() {
    let mut told = Told::new();
    let insured = told.insured("employee-valid");
    let reception = accepted(told.clinic(), MessageId::OqsMuImm01, "x", vec![registration(&insured, "old")]);
    told.clinic().register(&insured, "new");
    told.pass_seconds(3);
    fetch(told.clinic(), MessageId::OqsMuImm02, &reception);
    assert_eq!(told.clinic().reference(&insured).as_deref(), Some("new"));
}

#[test]
fn the_same_key_does_not_register_again() {
    let told = Told::new();
    let insured = told.insured("employee-valid");
    let ask =
        || accepted(told.clinic().key("e"), MessageId::OqsMuImm01, "x", vec![registration(&insured, "old")]);
    let first = ask();
    told.clinic().register(&insured, "new");
    assert_eq!(ask(), first);
    assert_eq!(told.clinic().reference(&insured).as_deref(), Some("new"));
}

#[test]
fn a_job_of_9999_persons_is_accepted_ready_and_fetched() {
    let mut told = Told::new();
    // A script that fails the whole message is for single queries.
    let plain = |card: &&std::sync::Arc<scenarios::Card>| card.then.segment().is_none();
    let cards: Vec<String> = told.world.people().cards().filter(plain).map(|card| card.key.clone()).collect();
    let people: Vec<Insured> = cards.iter().map(|card| told.insured(card)).collect();
    let persons: Vec<Node> =
        (0..9_999).map(|n| one_of_many(&people[n % people.len()], &format!("{n}_1"))).collect();
    let header = told.clinic().dated("all");
    let request = message(header, persons).to_xml();
    let started = std::time::Instant::now();
    let answer = told.clinic().bytes(MessageId::OqsMuQuc01, request.as_bytes()).unwrap();
    let accepted = started.elapsed();
    let answer = Node::of_xml(&answer.body);
    let reception = answer.says("MessageBody/ReceptionNumber").unwrap();
    told.pass_seconds(3);
    let fetching = fetching(told.clinic(), reception);
    let started = std::time::Instant::now();
    let answer = told.clinic().send(MessageId::OqsMuQuc02, &fetching);
    let fetched = started.elapsed();
    println!(
        "9,999 persons: accepted in {accepted:?} ({} bytes), fetched and encoded in {fetched:?} ({} bytes)",
        request.len(),
        answer.body.len()
    );
    let answer = Node::of_xml(&answer.body);
    assert_eq!(answer.says("MessageHeader/NumberOfProcessingResult"), Some("9999"));
    let units = answer.all(UNIT);
    let identifiers =
        units.iter().map(|unit| unit.says("QualificationConfirmSearchInfo/ArbitraryIdentifier").unwrap());
    assert!(identifiers.eq((0..9_999).map(|n| format!("{n}_1"))), "everybody once, in order");
    for (unit, single) in units.iter().zip(&people) {
        let single = told.clinic().confirm(single);
        assert_eq!(unit.says("QualificationValidity"), single.says("MessageBody/QualificationValidity"));
    }
}
