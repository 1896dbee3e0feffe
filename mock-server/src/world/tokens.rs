//! When tokens of the Web API end. They are signed and not kept, so this is only for whoever waits for their ends.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

/// Most ends that are remembered.
const MOST: usize = 1000;

/// Ends of the tokens that a world gave out since the process started.
#[derive(Debug, Default)]
pub struct TokenEnds(Mutex<BTreeSet<Timestamp>>);

impl TokenEnds {
    /// A token was given out that ends then.
    pub fn until(&self, end: Timestamp) {
        let mut ends = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        ends.insert(end);
        if ends.len() > MOST {
            ends.pop_first();
        }
    }

    /// The next end after a moment.
    #[must_use]
    pub fn next(&self, now: Timestamp) -> Option<Timestamp> {
        let ends = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        ends.iter().copied().find(|end| *end > now)
    }
}
