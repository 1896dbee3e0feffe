//! What counts of a ledger: everything that was written, but for what was gone back behind.

use std::sync::Arc;

use super::Entry;

/// A change that may go back to an earlier state.
pub trait Turn {
    /// How many of the first entries count, beside this one, if it goes back. Absent: all before it.
    fn back_to(&self) -> Option<u64>;
}

/// The entries that count, in order. What goes back counts itself as well.
#[must_use]
pub fn history<E: Turn>(entries: &[Arc<Entry<E>>]) -> Vec<Arc<Entry<E>>> {
    let mut counted = Vec::new();
    let mut left = entries;
    while let Some((last, before)) = left.split_last() {
        counted.push(Arc::clone(last));
        // Never forward, so that a wrong number cannot make this endless.
        let most =
            last.event.back_to().map_or(before.len(), |to| usize::try_from(to).unwrap_or(before.len()));
        left = before.get(..most).unwrap_or(before);
    }
    counted.reverse();
    counted
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    #[derive(Debug, Clone, Copy, PartialEq)]
    enum Step {
        Do(u8),
        Back(u64),
    }

    impl Turn for Step {
        fn back_to(&self) -> Option<u64> {
            match self {
                Self::Do(_) => None,
                Self::Back(to) => Some(*to),
            }
        }
    }

    #[test]
    fn what_was_gone_back_behind_does_not_count() {
        use Step::{Back, Do};
        for (steps, expected) in [
            (vec![], vec![]),
            (vec![Do(1), Do(2)], vec![1, 2]),
            (vec![Do(1), Do(2), Back(1), Do(3)], vec![1, 3]),
            (vec![Do(1), Do(2), Back(0), Do(3)], vec![3]),
            // Back to a place that was left behind before: its own past counts again.
            (vec![Do(1), Do(2), Back(1), Do(3), Back(2), Do(4)], vec![1, 2, 4]),
            // Back to a place after a return: that return counts.
            (vec![Do(1), Do(2), Back(1), Do(3), Do(4), Back(4), Do(5)], vec![1, 3, 5]),
            (vec![Do(1), Back(99), Do(2)], vec![1, 2]),
        ] {
            let entries: Vec<_> =
                steps.iter().map(|&event| Arc::new(Entry { at: Timestamp::UNIX_EPOCH, event })).collect();
            let done: Vec<_> = history(&entries)
                .iter()
                .filter_map(|entry| match entry.event {
                    Do(number) => Some(number),
                    Back(_) => None,
                })
                .collect();
            assert_eq!(done, expected, "{steps:?}");
        }
    }
}
