//! What counts of a ledger: everything that was written, but for what was gone back behind. What counts for nobody any
//! more, a ledger can do without.

use std::sync::Arc;

use super::Entry;

/// A change that may go back to an earlier state.
pub trait Turn {
    /// How many of the first entries count, beside this one, if it goes back. Absent: all before it.
    fn back_to(&self) -> Option<u64>;

    /// Goes back to this many of the first entries instead, since others are counted now; nothing if it doesn't go back.
    fn turn_to(&mut self, to: u64);
}

/// The entries that count, in order. What goes back counts itself as well.
#[must_use]
pub fn history<E: Turn>(entries: &[Arc<Entry<E>>]) -> Vec<Arc<Entry<E>>> {
    let mut counted: Vec<_> = backwards(entries, entries.len()).map(|(_, entry)| Arc::clone(entry)).collect();
    counted.reverse();
    counted
}

/// What a ledger cannot do without: the entries that count now, or for one of the `places` that one may go back to, but
/// for what has `passed`. The places are told in the numbers that they have from now on.
pub(super) fn compacted<E: Turn + Clone>(
    entries: &[Arc<Entry<E>>],
    places: &[u64],
    passed: impl Fn(&Entry<E>) -> bool,
) -> (Vec<Arc<Entry<E>>>, Vec<u64>) {
    let mut counts = vec![false; entries.len()];
    for from in places.iter().copied().map(index).chain([entries.len()]) {
        for (at, _) in backwards(entries, from) {
            match counts.get_mut(at) {
                Some(counts) if !*counts => *counts = true,
                // From here on another place has been here before.
                _ => break,
            }
        }
    }
    let mut kept = Vec::new();
    // How many of the first so many entries are kept.
    let mut ranks = vec![0];
    for (entry, counts) in entries.iter().zip(counts) {
        if counts && !passed(entry) {
            kept.push(Arc::clone(entry));
        }
        ranks.push(kept.len() as u64);
    }
    let all = kept.len() as u64;
    let rank = |place: u64| ranks.get(index(place)).copied().unwrap_or(all);
    for entry in &mut kept {
        if let Some(to) = entry.event.back_to() {
            Arc::make_mut(entry).event.turn_to(rank(to));
        }
    }
    (kept, places.iter().copied().map(rank).collect())
}

/// The entries that count at a place, with their indices, from the last one on.
fn backwards<E: Turn>(
    entries: &[Arc<Entry<E>>],
    from: usize,
) -> impl Iterator<Item = (usize, &Arc<Entry<E>>)> {
    let mut left = entries.get(..from).unwrap_or(entries);
    std::iter::from_fn(move || {
        let (last, before) = left.split_last()?;
        // Never forward, so that a wrong number cannot make this endless.
        let most = last.event.back_to().map_or(before.len(), index);
        left = before.get(..most).unwrap_or(before);
        Some((before.len(), last))
    })
}

fn index(place: u64) -> usize {
    usize::try_from(place).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use proptest::prelude::*;

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

        fn turn_to(&mut self, to: u64) {
            if let Self::Back(place) = self {
                *place = to;
            }
        }
    }

    fn ledger(steps: &[Step]) -> Vec<Arc<Entry<Step>>> {
        steps.iter().map(|&event| Arc::new(Entry { at: Timestamp::UNIX_EPOCH, event })).collect()
    }

    fn done(entries: &[Arc<Entry<Step>>]) -> Vec<u8> {
        let numbers = history(entries).into_iter().filter_map(|entry| match entry.event {
            Step::Do(number) => Some(number),
            Step::Back(_) => None,
        });
        numbers.collect()
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
            assert_eq!(done(&ledger(&steps)), expected, "{steps:?}");
        }
    }

    proptest! {
        #[test]
        fn a_compacted_ledger_tells_the_same_now_and_at_every_place_but_for_what_has_passed(
            steps in prop::collection::vec((any::<u8>(), prop::option::weighted(0.3, 0_u64..40)), 0..40),
            places in prop::collection::vec(0_u64..45, 0..4),
        ) {
            let steps: Vec<_> =
                steps.into_iter().map(|(number, back)| back.map_or(Step::Do(number), Step::Back)).collect();
            let entries = ledger(&steps);
            let passed = |number: u8| number < 80;
            let until = |entries: &[Arc<Entry<Step>>], place: u64| {
                done(entries.get(..index(place)).unwrap_or(entries))
            };
            let (kept, moved) =
                compacted(&entries, &places, |entry| matches!(entry.event, Step::Do(number) if passed(number)));
            prop_assert_eq!(moved.len(), places.len());
            let now = (entries.len() as u64, kept.len() as u64);
            for (before, after) in places.into_iter().zip(moved).chain([now]) {
                let mut expected = until(&entries, before);
                expected.retain(|&number| !passed(number));
                prop_assert_eq!(until(&kept, after), expected);
            }
            let (again, _) = compacted(&kept, &[], |_| false);
            prop_assert!(again.len() <= kept.len());
        }
    }
}
