//! Killed in the middle of a write load: nothing that was acknowledged is lost, and it always starts again.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use serde_json::json;
use system_tests::{Mock, Signal, World, eventually, holds};

/// Rounds, unless `ONSHI_SOAK_ROUNDS` says otherwise.
const ROUNDS: usize = 20;
const WRITERS: usize = 3;

fn rounds() -> usize {
    std::env::var("ONSHI_SOAK_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(ROUNDS)
}

/// Registers a reference number over the service port. Whether the service said that it was done.
fn registered(mock: &Mock, client: &reqwest::blocking::Client, number: usize) -> bool {
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><XmlMsg><MessageHeader><MedicalInstitutionCode>1319999916</MedicalInstitutionCode></MessageHeader><MessageBody><ReferenceNumberRegistrationInfo><ReferenceNumber>{number}</ReferenceNumber><InsurerNumber>06139992</InsurerNumber><InsuredCardSymbol>１２３</InsuredCardSymbol><InsuredIdentificationNumber>４５６</InsuredIdentificationNumber><InsuredBranchNumber>00</InsuredBranchNumber></ReferenceNumberRegistrationInfo></MessageBody></XmlMsg>"
    );
    let sent = client.post(mock.service_url("/oqs/OQSsiimm01")).body(body).send();
    let text = sent.and_then(reqwest::blocking::Response::text).unwrap_or_default();
    text.contains("<ProcessingResultStatus>1<")
}

#[test]
fn killed_at_any_moment_of_a_write_load_it_loses_nothing_acknowledged_and_starts_again() {
    let mut mock = Mock::plan().without_terminal().flag("--log-level", "warn").start();
    let world: World = mock.create(&json!({ "name": "loaded", "keep": true }));
    let acknowledged = Mutex::new(Vec::new());
    let next = AtomicUsize::new(1);
    let mut snapshots = Vec::new();
    for round in 0..rounds() {
        let over = AtomicBool::new(false);
        let before = acknowledged.lock().unwrap().len();
        let client = world.client(&mock);
        let running = &mock;
        thread::scope(|scope| {
            for _ in 0..WRITERS {
                scope.spawn(|| {
                    while !over.load(Ordering::Relaxed) {
                        let number = next.fetch_add(1, Ordering::Relaxed);
                        if registered(running, &client, number) {
                            acknowledged.lock().unwrap().push(number);
                        }
                    }
                });
            }
            // Some rounds are killed at the very first writes, others in full flight, and never at the same place.
            let wanted = before + [1, 2, 7, 40, 90][round % 5];
            eventually("some acknowledged writes", || holds(acknowledged.lock().unwrap().len() >= wanted));
            let name = format!("round-{round}");
            if running.post(&world.path("/snapshots"), &json!({ "name": name })).status == 201 {
                snapshots.push(name);
            }
            thread::sleep(Duration::from_micros(137 * (round as u64 * 7 % 23)));
            running.process().signal(Signal::Kill);
            over.store(true, Ordering::Relaxed);
        });
        assert_eq!(mock.end(Signal::Kill).status, None, "killed");
        mock.start_again();

        let ledger = mock.admin(&world.path("/ledger"));
        assert_eq!(ledger.status, 200, "{}", ledger.text());
        for number in acknowledged.lock().unwrap().iter() {
            let written = format!("\"number\":\"{number}\"");
            assert!(ledger.text().contains(&written), "round {round}: {number} was acknowledged and is lost");
        }
        let known = mock.admin(&world.path("/snapshots")).text().to_owned();
        for name in &snapshots {
            assert!(
                known.contains(&format!("\"{name}\"")),
                "round {round}: {name} was acknowledged and is lost"
            );
        }
    }
}
