//! Chance that always falls the same way: dice thrown by a seed and the thing to decide.

use fake::RngExt;
use fake::rand::TryRng;
use fake::rand::rand_core::Infallible;

/// Dice (splitmix64). The same inputs give the same throws on every machine.
#[derive(Debug, Clone)]
pub(super) struct Dice(u64);

impl Dice {
    /// Dice for one decision, told apart from every other by its inputs.
    pub(super) fn of(inputs: &[u64]) -> Self {
        Self(inputs.iter().fold(0x5ca1_ab1e, |state, input| mix(state.wrapping_add(GAMMA) ^ mix(*input))))
    }

    /// A number from 0 to just below `end`; 0 if there is none.
    pub(super) fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end).unwrap_or(u64::MAX).max(1);
        usize::try_from(self.random_range(0..end)).unwrap_or_default()
    }

    /// A number from `first` to `last`.
    pub(super) fn between(&mut self, first: i32, last: i32) -> i32 {
        self.random_range(first..=last.max(first))
    }

    /// Something that happens so many times of a hundred.
    pub(super) fn percent(&mut self, percent: u8) -> bool {
        self.random_range(0..100) < i32::from(percent)
    }

    /// A number from 0 to just below 1.
    pub(super) fn unit(&mut self) -> f64 {
        self.random()
    }
}

const GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;

fn mix(mut value: u64) -> u64 {
    value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

/// A text as a number to throw dice by (FNV-1a).
pub(super) fn hash(text: &str) -> u64 {
    text.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

impl TryRng for Dice {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let high = self.try_next_u64()? >> 32;
        Ok(u32::try_from(high).unwrap_or_default())
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        self.0 = self.0.wrapping_add(GAMMA);
        Ok(mix(self.0))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for chunk in bytes.chunks_mut(8) {
            let word = self.try_next_u64()?.to_le_bytes();
            chunk.iter_mut().zip(word).for_each(|(to, from)| *to = from);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_inputs_throw_the_same_and_others_something_else() {
        let throws = |inputs: &[u64]| {
            let mut dice = Dice::of(inputs);
            (0..8).map(|_| dice.below(1000)).collect::<Vec<_>>()
        };
        assert_eq!(throws(&[1, 2]), throws(&[1, 2]));
        assert_ne!(throws(&[1, 2]), throws(&[2, 1]));
        assert_ne!(throws(&[0]), throws(&[0, 0]));
    }

    #[test]
    fn a_percentage_is_about_what_it_says() {
        for percent in [0, 15, 50, 100] {
            let hits = (0..10_000).filter(|&n| Dice::of(&[n]).percent(percent)).count();
            assert!(hits.abs_diff(usize::from(percent) * 100) < 200, "{percent}: {hits}");
        }
    }
}
