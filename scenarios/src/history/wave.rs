//! Chance that moves slowly from year to year.

use super::catalogue::Range;
use super::dice::{self, Dice};

/// One person's values over the years: chance that moves slowly.
#[derive(Clone, Copy)]
pub(super) struct Wave {
    pub(super) seed: u64,
    /// The fiscal year.
    pub(super) year: i16,
}

/// Years from one turning point of a value to the next.
const PERIOD: i16 = 4;

impl Wave {
    /// A value of this year, inside a range.
    pub(super) fn value(self, name: &str, range: Range) -> f64 {
        let knot = |number: i16| self.dice(name, 1, number).unit();
        let (before, step) = (self.year.div_euclid(PERIOD), f64::from(self.year.rem_euclid(PERIOD)));
        let slow = knot(before) + (knot(before + 1) - knot(before)) * step / f64::from(PERIOD);
        let share = slow * 0.85 + self.dice(name, 2, self.year).unit() * 0.15;
        range.0 + (range.1 - range.0) * share
    }

    /// A value that never changes, inside a range.
    pub(super) fn constant(self, name: &str, range: Range) -> f64 {
        range.0 + (range.1 - range.0) * self.trait_of(name)
    }

    /// From 0 to 1, the same in every year.
    pub(super) fn trait_of(self, name: &str) -> f64 {
        self.dice(name, 3, 0).unit()
    }

    /// Something that happens in so many years of a hundred.
    pub(super) fn sometimes(self, name: &str, percent: u8) -> bool {
        self.dice(name, 4, self.year).percent(percent)
    }

    /// One of several ways, kept for some years.
    pub(super) fn way(self, name: &str, ways: usize) -> usize {
        self.dice(name, 5, self.year.div_euclid(3)).below(ways)
    }

    /// One of several codes, kept for some years.
    pub(super) fn choice(self, name: &str, codes: &[u8]) -> u8 {
        codes.get(self.way(name, codes.len())).copied().unwrap_or(1)
    }

    fn dice(self, name: &str, purpose: u64, number: i16) -> Dice {
        Dice::of(&[self.seed, dice::hash(name), purpose, u64::from(number.unsigned_abs())])
    }
}

/// A value as it is written.
pub(super) fn rounded(value: f64, decimals: i32) -> f64 {
    let factor = 10f64.powi(decimals);
    (value * factor).round() / factor
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_move_slowly_and_stay_in_their_range() {
        for seed in 0..200 {
            let values: Vec<_> =
                (1990..2090).map(|year| Wave { seed, year }.value("weight", (20.0, 30.0))).collect();
            assert!(values.iter().all(|value| (20.0..=30.0).contains(value)));
            assert!(
                values.windows(2).all(|pair| (pair[0] - pair[1]).abs() <= 10.0 * (0.85 / 4.0 + 0.15) + 1e-9)
            );
        }
    }
}
