//! Draws that follow from a seed and a number alone, so that the same seed gives the same faults.

use std::time::Duration;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};
use scenarios::script::Delay;

/// Longest delay that a distribution gives.
const LONGEST: Duration = Duration::from_secs(3600);

/// What a draw is for; draws for different things don't depend on each other.
#[derive(Debug, Clone, Copy)]
enum Stream {
    Chance = 0,
    Delay = 1,
}

/// The dice for one request.
#[derive(Debug)]
pub struct Dice(ChaCha8Rng);

impl Dice {
    /// Dice that say whether and how the request with a number is hit.
    #[must_use]
    pub fn of_chance(seed: u64, number: u64) -> Self {
        Self::new(seed, number, Stream::Chance)
    }

    fn new(seed: u64, number: u64, stream: Stream) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(number.wrapping_mul(2).wrapping_add(stream as u64));
        Self(rng)
    }

    /// Evenly spread, 0 or more and less than 1.
    fn share(&mut self) -> f64 {
        // 53 bits fit into the number exactly.
        #[expect(clippy::cast_precision_loss, reason = "53 bits are what the number holds")]
        let share = (self.0.next_u64() >> 11) as f64 / (1u64 << 53) as f64;
        share
    }

    /// Whether something of a certain share happens.
    pub fn happens(&mut self, rate: f64) -> bool {
        self.share() < rate
    }

    /// One of `count` things, from 0; 0 if there are none.
    pub fn one_of(&mut self, count: usize) -> usize {
        let drawn = self.0.next_u64();
        u64::try_from(count)
            .ok()
            .filter(|&count| count > 0)
            .map_or(0, |count| usize::try_from(drawn % count).unwrap_or_default())
    }
}

/// The delay of the request with a number, in a world with a seed.
#[must_use]
pub(super) fn delay(delay: Delay, world: u64, number: u64) -> Duration {
    let begin = |seed: Option<u64>| Dice::new(seed.unwrap_or(world), number, Stream::Delay);
    let seconds = match delay {
        Delay::Fixed(delay) => return delay,
        Delay::Uniform { from, to, seed } => {
            let share = begin(seed).share();
            from.as_secs_f64() + to.saturating_sub(from).as_secs_f64() * share
        }
        Delay::Normal { mean, deviation, seed } => {
            let mut dice = begin(seed);
            let (one, other) = (1.0 - dice.share(), dice.share());
            let normal = (-2.0 * one.ln()).sqrt() * (std::f64::consts::TAU * other).cos();
            mean.as_secs_f64() + deviation.as_secs_f64() * normal
        }
        Delay::Exponential { mean, seed } => {
            let share = 1.0 - begin(seed).share();
            -share.ln() * mean.as_secs_f64()
        }
    };
    let millis = (seconds.clamp(0.0, LONGEST.as_secs_f64()) * 1000.0).round();
    Duration::try_from_secs_f64(millis / 1000.0).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn mean(of: Delay) -> f64 {
        (1..=2000).map(|number| delay(of, 0, number).as_secs_f64()).sum::<f64>() / 2000.0
    }

    #[test]
    fn distributions_have_their_means_and_bounds() {
        let uniform = Delay::Uniform { from: SECOND, to: 3 * SECOND, seed: Some(1) };
        assert!((1..=2000).all(|n| (SECOND..=3 * SECOND).contains(&delay(uniform, 0, n))));
        assert!((mean(uniform) - 2.0).abs() < 0.1, "{}", mean(uniform));
        let normal = Delay::Normal { mean: 2 * SECOND, deviation: SECOND / 2, seed: Some(1) };
        assert!((mean(normal) - 2.0).abs() < 0.1, "{}", mean(normal));
        let exponential = Delay::Exponential { mean: SECOND, seed: Some(1) };
        assert!((mean(exponential) - 1.0).abs() < 0.1, "{}", mean(exponential));
        assert!(delay(Delay::Exponential { mean: LONGEST, seed: Some(3) }, 0, 7) <= LONGEST);
    }

    #[test]
    fn a_draw_follows_from_seed_and_number_alone() {
        let uniform = |seed| Delay::Uniform { from: Duration::ZERO, to: SECOND, seed };
        let (seven, eight, none) = (uniform(Some(7)), uniform(Some(8)), uniform(None));
        assert_eq!(delay(seven, 0, 3), delay(seven, 1, 3), "its own seed, whatever the world's");
        assert_eq!(delay(seven, 0, 3), delay(none, 7, 3), "the world's seed, if it has none");
        assert_ne!(delay(seven, 0, 3), delay(eight, 0, 3));
        assert_ne!(delay(seven, 0, 3), delay(seven, 0, 4));
    }
}
