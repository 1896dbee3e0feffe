//! Each known client finds its answer in its own way (messages.md 7).

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use notify::{RecursiveMode, Watcher};
use system_tests::foreign;
use system_tests::{Exchange, Mock, eventually, names};

const CARD: &str = "employee-valid";

/// A request of a card under another identifier.
fn request(mock: &Mock, identifier: &str) -> Vec<u8> {
    let text = String::from_utf8(mock.request_for(CARD)).unwrap();
    let own = format!("<ArbitraryFileIdentifier>{CARD}</ArbitraryFileIdentifier>");
    assert!(text.contains(&own));
    text.replace(&own, &format!("<ArbitraryFileIdentifier>{identifier}</ArbitraryFileIdentifier>")).into()
}

#[test]
fn a_client_that_looks_for_the_base_name_in_any_case_and_with_any_extension_finds_its_answer() {
    let mock = Mock::start();
    let exchange = mock.exchange();
    exchange.drop_request("OQSsiquc01req_A1.xml", &request(&mock, "A1"));
    exchange.drop_request("OQSsiquc01req_a10.xml", b"<XmlMsg>");
    // As OQSDrug2 does: the stem without its extension, compared in lower case.
    let found = |stem: &str| {
        names(&exchange.res()).into_iter().find(|name| {
            Path::new(name).file_stem().is_some_and(|own| own.to_str().unwrap().eq_ignore_ascii_case(stem))
        })
    };
    let good = eventually("the answer", || found("OQSSIQUC01RES_a1"));
    assert_eq!(good, "OQSsiquc01res_A1.xml");
    let bad = eventually("the refusal", || found("OQSsiquc01res_A10"));
    assert_eq!(bad, "OQSsiquc01res_a10.err");
}

#[test]
fn a_client_that_looks_for_its_identifier_in_every_new_file_finds_its_answer() {
    for encoding in ["utf-8", "shift-jis"] {
        let mock = Mock::plan().flag("--encoding", encoding).start();
        let exchange = mock.exchange();
        let identifiers: Vec<_> =
            (0..10).map(|n| format!("3f2504e0-4f89-41d3-9a0c-0305e82c33{n:02}")).collect();
        for (number, identifier) in identifiers.iter().enumerate() {
            exchange.drop_request(&format!("OQSsiquc01req_{number}.xml"), &request(&mock, identifier));
        }
        for (number, identifier) in identifiers.iter().enumerate() {
            let text = format!("<ArbitraryFileIdentifier>{identifier}</ArbitraryFileIdentifier>");
            let holding = || {
                names(&exchange.res()).into_iter().find(|name| {
                    let bytes = fs::read(exchange.res().join(name)).unwrap_or_default();
                    bytes.windows(text.len()).any(|window| window == text.as_bytes())
                })
            };
            let name = eventually("a file with the identifier", || {
                holding().filter(|name| Path::new(name).extension().is_some_and(|end| end == "xml"))
            });
            assert_eq!(name, format!("OQSsiquc01res_{number}.xml"));
        }
    }
}

#[test]
fn a_client_that_waits_for_two_identical_reads_reads_a_whole_answer() {
    let mock = Mock::start();
    let exchange = mock.exchange();
    exchange.drop_request("OQSsiquc01req_202609290001.xml", &request(&mock, "twice"));
    let answer = exchange.res().join("OQSsiquc01res_202609290001.xml");
    let bytes = eventually("two identical reads", || {
        let first = fs::read(&answer).ok()?;
        thread::sleep(Duration::from_millis(300));
        let second = fs::read(&answer).ok()?;
        assert_eq!(first, second, "an answer never changes");
        Some(second)
    });
    assert!(bytes.len() < 4 * 1024 * 1024);
    let document = foreign::read_one(&bytes);
    assert_eq!(document.text("MessageHeader/ArbitraryFileIdentifier"), Some("twice"));
    assert_eq!(document.text("MessageHeader/MedicalInstitutionCode"), Some("1319999916"));
}

#[test]
fn a_client_that_reads_each_new_xml_file_at_once_never_reads_half_an_answer() {
    const FILES: usize = 60;
    let mock = Mock::start();
    let exchange = mock.exchange();
    let (sender, events) = mpsc::channel();
    let mut watcher = notify::recommended_watcher(sender).unwrap();
    watcher.watch(&exchange.res(), RecursiveMode::NonRecursive).unwrap();
    let reader = thread::spawn(move || read_at_once(&events, FILES));
    for n in 0..FILES {
        exchange.drop_request(&format!("OQSsiquc01req_{n}.xml"), &request(&mock, &format!("watched-{n}")));
    }
    let mut read = reader.join().unwrap();
    // Each file may be seen to change more than once; what was read is the same then.
    read.sort();
    read.dedup();
    assert_eq!(read.len(), FILES);
    let contents: Vec<&[u8]> = read.iter().map(|(_, bytes)| bytes.as_slice()).collect();
    for ((path, _), document) in read.iter().zip(foreign::read(&contents)) {
        let identifier = document.text("MessageHeader/ArbitraryFileIdentifier").unwrap().to_owned();
        let number = identifier.strip_prefix("watched-").unwrap();
        assert!(path.ends_with(format!("OQSsiquc01res_{number}.xml")), "{}", path.display());
        assert_eq!(document.text("MessageHeader/SegmentOfResult"), Some("1"));
    }
}

/// Reads every `.xml` in the moment that an event names it, until so many files were seen.
fn read_at_once(
    events: &mpsc::Receiver<notify::Result<notify::Event>>,
    files: usize,
) -> Vec<(PathBuf, Vec<u8>)> {
    let mut read = Vec::new();
    let mut seen = std::collections::HashSet::new();
    while seen.len() < files {
        let event = events.recv_timeout(system_tests::PATIENCE).unwrap().unwrap();
        for path in event.paths {
            if path.extension().is_some_and(|end| end.eq_ignore_ascii_case("xml")) {
                let bytes = fs::read(&path).unwrap();
                seen.insert(path.clone());
                read.push((path, bytes));
            }
        }
    }
    read
}

#[test]
fn a_client_that_uses_a_name_again_gets_the_new_answer() {
    let mock = Mock::start();
    let exchange = mock.exchange();
    let ask = |identifier: &str| {
        exchange.drop_request("OQSsiquc01req_1.xml", &request(&mock, identifier));
        let own = format!("<ArbitraryFileIdentifier>{identifier}</ArbitraryFileIdentifier>");
        eventually("its answer", || {
            exchange.answer("OQSsiquc01req_1.xml").filter(|answer| answer.text().contains(&own))
        })
    };
    ask("first");
    ask("second");
    exchange.wait_until_done();
    assert_eq!(names(&exchange.res()), ["OQSsiquc01res_1.xml"], "the older answer was replaced");
    assert!(exchange.wait_answer("OQSsiquc01req_1.xml").text().contains(">second<"));
}

#[test]
fn a_client_may_find_its_folders_in_upper_case() {
    let place = system_tests::Place::new();
    for name in ["REQ", "RES", "FACE"] {
        fs::create_dir_all(place.at("OQS").join(name)).unwrap();
    }
    let mock = Mock::plan().start_in(place);
    let folder = mock.place.at("OQS");
    fs::write(folder.join("REQ/OQSsiquc01req_1.xml"), request(&mock, "upper")).unwrap();
    eventually("the answer", || folder.join("RES/OQSsiquc01res_1.xml").exists().then_some(()));
    let made: Vec<_> =
        names(Exchange::at(folder).path()).into_iter().filter(|name| name != ".work").collect();
    assert_eq!(made, ["FACE", "REQ", "RES"], "no second set of folders");
}
