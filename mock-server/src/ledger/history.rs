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
    let back_to = |at: usize| entries.get(at).and_then(|entry| entry.event.back_to());
    let mut counted: Vec<_> =
        backwards(entries.len(), back_to).filter_map(|at| entries.get(at)).map(Arc::clone).collect();
    counted.reverse();
    counted
}

/// What a ledger cannot do without, and what becomes of the numbers of its entries.
#[derive(Debug)]
pub(super) struct Remains {
    /// Of each entry: whether it goes back, and whether it is kept.
    entries: Vec<(Option<u64>, bool)>,
    /// How many of the first so many entries are kept.
    ranks: Vec<u64>,
}

impl Remains {
    /// What counts now, or for one of the `places` that one may go back to. Of each entry is told whether it goes back, and
    /// whether it is wanted at all.
    pub(super) fn of(mut entries: Vec<(Option<u64>, bool)>, places: &[u64]) -> Self {
        let back_to = |at: usize| entries.get(at).and_then(|(back_to, _)| *back_to);
        let mut counts = vec![false; entries.len()];
        for from in places.iter().copied().map(index).chain([entries.len()]) {
            for at in backwards(from.min(entries.len()), back_to) {
                match counts.get_mut(at) {
                    Some(counts) if !*counts => *counts = true,
                    // From here on another place has been here before.
                    _ => break,
                }
            }
        }
        let mut ranks = vec![0];
        let mut rank = 0;
        for ((_, kept), counts) in entries.iter_mut().zip(counts) {
            *kept &= counts;
            rank += u64::from(*kept);
            ranks.push(rank);
        }
        Self { entries, ranks }
    }

    /// Whether the entry at an index is kept.
    pub(super) fn has(&self, at: usize) -> bool {
        self.entries.get(at).is_some_and(|(_, kept)| *kept)
    }

    /// Where the entry at an index goes back to from now on; nothing if it doesn't, or goes back to the very beginning.
    pub(super) fn turn(&self, at: usize) -> Option<u64> {
        let (back_to, _) = self.entries.get(at)?;
        back_to.filter(|to| *to > 0).map(|to| self.rank(to))
    }

    /// How many of the first so many entries are kept, which is where a place is from now on.
    pub(super) fn rank(&self, place: u64) -> u64 {
        self.ranks.get(index(place)).or(self.ranks.last()).copied().unwrap_or_default()
    }
}

/// The indices of the entries that count after the first so many, from the last one on.
fn backwards(from: usize, back_to: impl Fn(usize) -> Option<u64>) -> impl Iterator<Item = usize> {
    let mut left = from;
    std::iter::from_fn(move || {
        let last = left.checked_sub(1)?;
        // Never forward, so that a wrong number cannot make this endless.
        left = back_to(last).map_or(last, |to| index(to).min(last));
        Some(last)
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
        fn what_remains_tells_the_same_now_and_at_every_place_but_for_what_is_not_wanted(
            steps in prop::collection::vec((any::<u8>(), prop::option::weighted(0.3, 0_u64..40)), 0..40),
            places in prop::collection::vec(0_u64..45, 0..4),
        ) {
            let steps: Vec<_> =
                steps.into_iter().map(|(number, back)| back.map_or(Step::Do(number), Step::Back)).collect();
            let wanted = |step: &Step| !matches!(step, Step::Do(number) if *number < 80);
            let told: Vec<_> = steps.iter().map(|step| (step.back_to(), wanted(step))).collect();
            let remains = Remains::of(told, &places);
            let kept = (0..).zip(&steps).filter(|(at, _)| remains.has(*at)).map(|(at, &step)| {
                let mut step = step;
                remains.turn(at).into_iter().for_each(|to| step.turn_to(to));
                step
            });
            let kept: Vec<_> = kept.collect();
            let until = |steps: &[Step], place: u64| done(&ledger(steps.get(..index(place)).unwrap_or(steps)));
            for place in places.into_iter().chain([steps.len() as u64]) {
                let mut expected = until(&steps, place);
                expected.retain(|&number| wanted(&Step::Do(number)));
                prop_assert_eq!(until(&kept, remains.rank(place)), expected);
            }
        }
    }
}
