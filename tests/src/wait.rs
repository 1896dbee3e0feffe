//! Waiting for a condition.

use std::thread;
use std::time::{Duration, Instant};

/// How long a condition may take on the slowest machine. Nothing is concluded from it but that a test has failed.
pub const PATIENCE: Duration = Duration::from_secs(90);

const PAUSE: Duration = Duration::from_millis(10);

/// Asks until there is an answer.
///
/// # Panics
/// If there is none for [`PATIENCE`]; the message names `what`.
pub fn eventually<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(started.elapsed() < PATIENCE, "waited in vain for {what}");
        thread::sleep(PAUSE);
    }
}

/// For [`eventually`]: waits for something that merely has to be true.
#[must_use]
pub fn holds(condition: bool) -> Option<()> {
    condition.then_some(())
}
