//! Failures of onshi-mock itself, told apart from every failure that is played.

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;

/// Header that only our own failures carry.
pub const HEADER: &str = "onshi-mock-failure";
/// Our label of them.
pub const LABEL: &str = "X999";

/// A handler panicked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Panicked;

/// Lets a call finish even if its handler panics. The panic itself has been printed by then; what the handler held is
/// dropped with it, and nothing else shares state with it but locks whose poison is ignored.
///
/// # Errors
/// [`Panicked`] if it did.
pub async fn caught<F: Future>(call: F) -> Result<F::Output, Panicked> {
    AssertUnwindSafe(call).catch_unwind().await.map_err(|_| Panicked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_ends_at_the_call_that_caused_it() {
        let caught = caught(async { panic!("on purpose") });
        assert_eq!(caught.now_or_never(), Some(Err::<(), _>(Panicked)));
    }
}
