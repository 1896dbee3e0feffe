//! Keys that are made over the API, and who goes on meanwhile.

use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use serde_json::json;
use system_tests::{Mock, Who};

const MESSAGE: &str = "OQSsiquc01";
const CERTIFICATES: &str = "/api/v1/worlds/default/certificates";
/// RSA keys that are asked for at once.
const KEYS: usize = 40;
/// Rounds of other calls that have to be answered before the last key is there.
const ROUNDS: usize = 5;

#[test]
fn rsa_keys_that_are_being_made_let_every_other_request_pass() {
    let mock = Mock::plan().without_terminal().start();
    let request = mock.request_for("employee-valid");
    let clinic = mock.client(Who::Clinic);
    let (made, together) = (AtomicUsize::new(0), Barrier::new(KEYS + 1));
    let (mock, made, together) = (&mock, &made, &together);
    thread::scope(|scope| {
        for terminal in 100..100 + KEYS {
            scope.spawn(move || {
                together.wait();
                let issued = mock.post(CERTIFICATES, &json!({ "terminal": terminal, "key": "rsa2048" }));
                assert_eq!(issued.status, 201, "{}", issued.text());
                made.fetch_add(1, Ordering::SeqCst);
            });
        }
        together.wait();
        let mut before = Vec::new();
        for _ in 0..ROUNDS {
            assert_eq!(mock.admin("/livez").status, 200);
            assert_eq!(mock.ask_as(&clinic, MESSAGE, &request).status, 200);
            assert_eq!(mock.journal().len(), before.len() + 1);
            assert_eq!(mock.post("/api/v1/worlds", &json!({})).status, 201);
            before.push(made.load(Ordering::SeqCst));
        }
        println!("keys made after each round of other calls: {before:?} of {KEYS}");
        assert!(before[ROUNDS - 1] < KEYS, "others waited for all keys: {before:?}");
    });
    assert_eq!(made.load(Ordering::SeqCst), KEYS);
}

/// Shows how long a P-256 certificate takes; 10 ms are aimed at. `cargo test -p system-tests --test main p_256 --
/// --nocapture`.
#[test]
fn p_256_certificates_are_issued_one_after_the_other_over_the_api() {
    const COUNT: usize = 31;
    let mock = Mock::plan().without_terminal().flag("--log-level", "warn").start();
    let mut took: Vec<_> = (100..100 + COUNT)
        .map(|terminal| {
            let started = Instant::now();
            let issued = mock.post(CERTIFICATES, &json!({ "terminal": terminal }));
            assert_eq!(issued.status, 201, "{}", issued.text());
            started.elapsed()
        })
        .collect();
    took.sort();
    println!("a P-256 certificate over the API takes {:?} (median of {COUNT})", took[COUNT / 2]);
    let known = mock.admin(CERTIFICATES).json()["certificates"].as_array().unwrap().len();
    assert_eq!(known, COUNT + 2, "beside those of the first start");
}
