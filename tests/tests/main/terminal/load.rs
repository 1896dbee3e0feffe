//! Requests at a steady pace for a while: no growth of memory or handles; and how long one takes.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use system_tests::{Exchange, Mock, Place, eventually, holds, names};

use super::{identified, started};

const PER_SECOND: usize = 100;
/// Seconds, unless the environment says otherwise: `cargo xtask soak` runs ten minutes.
const SECONDS: usize = 30;

/// What the journal and the answers that are kept may hold, and some more.
const MOST_GROWTH_KIB: usize = 320 * 1024;
const MOST_MORE_HANDLES: usize = 24;

#[derive(Debug, Clone, Copy)]
struct Used {
    kib: usize,
    handles: usize,
}

fn used(process: u32) -> Used {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let rss = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    let kib = rss.trim().trim_end_matches(" kB").parse().unwrap();
    Used { kib, handles: fs::read_dir(format!("/proc/{process}/fd")).unwrap().count() }
}

fn seconds() -> usize {
    std::env::var("ONSHI_SOAK_SECONDS").map_or(SECONDS, |seconds| seconds.parse().unwrap())
}

/// Deletes what is there; how many.
fn take_away(exchange: &Exchange) -> usize {
    let answers: Vec<_> = names(&exchange.res()).into_iter().filter(|name| !name.starts_with('.')).collect();
    for name in &answers {
        assert!(name.ends_with(".xml"), "{name}");
        fs::remove_file(exchange.res().join(name)).unwrap();
    }
    answers.len()
}

#[cfg(target_os = "linux")]
#[test]
fn a_steady_stream_of_requests_is_answered_without_growth_of_memory_or_handles() {
    let mock = Mock::plan().flag("--log-level", "warn").start();
    let (exchange, body) = (mock.exchange(), identified(&mock, "load"));
    let process = mock.process().id();
    let (mut sent, mut taken) = (0, 0);
    let begun = Instant::now();
    let mut warm = None;
    while sent < PER_SECOND * seconds() {
        exchange.drop_request(&format!("OQSsiquc01req_{sent}.xml"), &body);
        sent += 1;
        if sent % PER_SECOND == 0 {
            taken += take_away(&exchange);
        }
        if sent == PER_SECOND * 5 {
            warm = Some(used(process));
        }
        // The pace, as long as the machine keeps it.
        let due = Duration::from_secs(1) * u32::try_from(sent).unwrap() / u32::try_from(PER_SECOND).unwrap();
        thread::sleep(due.saturating_sub(begun.elapsed()));
    }
    eventually("all answers", || {
        taken += take_away(&exchange);
        holds(taken >= sent)
    });
    exchange.wait_until_done();
    assert_eq!(taken, sent);
    let (warm, end) = (warm.unwrap(), used(process));
    println!("{sent} requests in {:?}: from {warm:?} to {end:?}", begun.elapsed());
    assert!(end.kib < warm.kib + MOST_GROWTH_KIB, "{warm:?} {end:?}");
    assert!(end.handles < warm.handles + MOST_MORE_HANDLES, "{warm:?} {end:?}");
}

/// Printed, never asserted: `cargo xtask bench-folders` shows it for the release build.
#[test]
fn the_time_from_request_in_place_to_answer_in_place_is_printed() {
    let requests: usize = std::env::var("ONSHI_BENCH_REQUESTS").map_or(50, |number| number.parse().unwrap());
    for (how, arguments) in [("events", &[][..]), ("looks each 200 ms", &["--no-events", "--poll", "200ms"])]
    {
        let (mock, place) = (Mock::plan().without_terminal().start(), Place::new());
        let _terminal = started(&mock, &place, arguments);
        let (exchange, body) = (place.exchange(), identified(&mock, "latency"));
        let mut times: Vec<_> = (0..requests).map(|n| one(&exchange, &body, n)).collect();
        times.sort();
        let at = |hundredth: usize| times[(times.len() - 1) * hundredth / 100];
        println!("{how}: median {:?}, p99 {:?}, of {requests} requests", at(50), at(99));
    }
}

fn one(exchange: &Exchange, body: &[u8], n: usize) -> Duration {
    let answer = exchange.res().join(format!("OQSsiquc01res_{n}.xml"));
    exchange.drop_request(&format!("OQSsiquc01req_{n}.xml"), body);
    let begun = Instant::now();
    while !answer.exists() {
        assert!(begun.elapsed() < system_tests::PATIENCE, "no answer");
        thread::sleep(Duration::from_micros(200));
    }
    begun.elapsed()
}
