//! Two hundred request files at once, half of them written slowly in place; also when the process is killed midway.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use system_tests::{Exchange, Mock, Signal, eventually, holds, names};

const FILES: usize = 200;
/// Pieces in which a slow client writes a file, and the pause between two.
const PIECES: usize = 8;
const PAUSE: Duration = Duration::from_millis(100);

fn request_name(number: usize) -> String {
    format!("OQSsiquc01req_{number:04}.xml")
}

fn answer_name(number: usize) -> String {
    format!("OQSsiquc01res_{number:04}.xml")
}

fn identifier(number: usize) -> String {
    format!("<ArbitraryFileIdentifier>crowd-{number:04}</ArbitraryFileIdentifier>")
}

/// The requests, each under its own identifier.
fn requests(mock: &Mock) -> Vec<Vec<u8>> {
    let text = String::from_utf8(mock.request_for("employee-valid")).unwrap();
    let own = "<ArbitraryFileIdentifier>employee-valid</ArbitraryFileIdentifier>";
    assert!(text.contains(own));
    (0..FILES).map(|number| text.replace(own, &identifier(number)).into()).collect()
}

/// Drops every second request at once, and writes the others in place, piece by piece and all at the same time.
fn drop_all(exchange: Exchange, requests: Vec<Vec<u8>>) -> JoinHandle<()> {
    thread::spawn(move || {
        let slow = |number: &usize| number % 2 == 1;
        let mut files: Vec<_> = (0..FILES)
            .filter(slow)
            .map(|number| (number, File::create(exchange.req().join(request_name(number))).unwrap()))
            .collect();
        for piece in 0..PIECES {
            for (number, file) in &mut files {
                let bytes = &requests[*number];
                let part = bytes.len().div_ceil(PIECES);
                file.write_all(bytes.chunks(part).nth(piece).unwrap_or_default()).unwrap();
            }
            // The quick ones come in between.
            for number in (0..FILES).filter(|n| !slow(n)).skip(piece).step_by(PIECES) {
                exchange.drop_request(&request_name(number), &requests[number]);
            }
            thread::sleep(PAUSE);
        }
    })
}

fn judge(number: usize, bytes: &[u8]) {
    let text = std::str::from_utf8(bytes).unwrap();
    assert!(text.contains(&identifier(number)), "{number}: {text}");
    assert!(text.contains("<QualificationValidity>1</QualificationValidity>"), "{number}: {text}");
    assert!(text.trim_end().ends_with("</XmlMsg>"), "{number}: {text}");
}

#[test]
fn two_hundred_files_at_once_get_exactly_one_answer_each_and_nothing_is_left_over() {
    let mock = Mock::start();
    let exchange = mock.exchange();
    drop_all(exchange.clone(), requests(&mock)).join().unwrap();
    let expected: Vec<_> = (0..FILES).map(answer_name).collect();
    eventually("200 answers", || {
        holds(names(&exchange.res()).iter().filter(|name| !name.starts_with('.')).count() >= FILES)
    });
    exchange.wait_until_done();
    assert_eq!(names(&exchange.res()), expected);
    for (number, name) in expected.iter().enumerate() {
        judge(number, &fs::read(exchange.res().join(name)).unwrap());
    }
    assert_eq!(mock.world("exchanges")["written"], FILES, "each was asked once");
    assert_eq!(names(&exchange.req()), Vec::<String>::new());
    assert_eq!(exchange.left_overs(), Vec::<String>::new());
}

#[test]
fn killed_midway_and_started_again_it_loses_none_of_two_hundred_and_doubles_none() {
    let mut mock = Mock::start();
    let exchange = mock.exchange();
    let mut taken = BTreeMap::<String, Vec<Vec<u8>>>::new();
    // As a client does: an answer that was read is deleted.
    let mut take_away = || {
        for name in names(&exchange.res()).into_iter().filter(|name| !name.starts_with('.')) {
            let path = exchange.res().join(&name);
            taken.entry(name).or_default().push(fs::read(&path).unwrap());
            fs::remove_file(&path).unwrap();
        }
        taken.values().map(Vec::len).sum::<usize>()
    };
    let dropping = drop_all(exchange.clone(), requests(&mock));
    for enough in [1, 30, 90, 150] {
        eventually("some answers", || holds(take_away() >= enough));
        let ended = mock.end(Signal::Kill);
        assert_eq!(ended.status, None, "killed");
        mock.start_again();
    }
    dropping.join().unwrap();
    eventually("all answers", || holds(take_away() >= FILES));
    exchange.wait_until_done();
    take_away();
    // A clean stop and one more start bring nothing back either.
    assert_eq!(mock.end(Signal::Terminate).status, Some(0));
    mock.start_again();
    exchange.drop_request("OQSsiquc01req_last.xml", &mock.request_for("expired"));
    let _ = exchange.wait_answer("OQSsiquc01req_last.xml");
    assert_eq!(names(&exchange.res()), ["OQSsiquc01res_last.xml"], "no answer reappears");

    let expected: Vec<_> = (0..FILES).map(answer_name).collect();
    assert_eq!(taken.keys().collect::<Vec<_>>(), expected.iter().collect::<Vec<_>>());
    for (number, name) in expected.iter().enumerate() {
        let [bytes] = taken[name].as_slice() else {
            panic!("{name} was answered {} times", taken[name].len());
        };
        judge(number, bytes);
    }
}
