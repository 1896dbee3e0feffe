//! RSA keys are made a few at a time: each keeps a processor busy, and who wants something else shall not wait for all.

use std::sync::{Condvar, Mutex, PoisonError};
use std::thread::available_parallelism;

static BUSY: Mutex<usize> = Mutex::new(0);
static ENDED: Condvar = Condvar::new();

/// The right to make an RSA key, until it is dropped.
pub(crate) struct Turn(());

impl Turn {
    /// Waits until fewer keys are being made than half of the processors are.
    pub(crate) fn wait() -> Self {
        let busy = BUSY.lock().unwrap_or_else(PoisonError::into_inner);
        let turn = ENDED.wait_while(busy, |busy| *busy >= most());
        *turn.unwrap_or_else(PoisonError::into_inner) += 1;
        Self(())
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        *BUSY.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
        ENDED.notify_one();
    }
}

/// Half of the processors, but one at least.
fn most() -> usize {
    available_parallelism().map_or(1, |all| (all.get() / 2).max(1))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread;

    use super::*;

    #[test]
    fn never_more_than_half_of_the_processors_make_keys_and_everybody_has_a_turn() {
        let (now, highest, done) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0));
        thread::scope(|scope| {
            for _ in 0..8 * most() {
                scope.spawn(|| {
                    for _ in 0..50 {
                        let turn = Turn::wait();
                        highest.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                        thread::yield_now();
                        now.fetch_sub(1, Ordering::SeqCst);
                        drop(turn);
                        done.fetch_add(1, Ordering::SeqCst);
                    }
                });
            }
        });
        assert!((1..=most()).contains(&highest.load(Ordering::SeqCst)), "{highest:?} of {}", most());
        assert_eq!(done.load(Ordering::SeqCst), 8 * most() * 50);
    }
}
