//! Pauses before something is tried again. Pure.

use std::time::Duration;

const FIRST: Duration = Duration::from_millis(200);
const LONGEST: Duration = Duration::from_secs(10);

/// Pause after the given attempt, counted from 0: it doubles, and half of it is random, so that many requests (and many
/// terminals) don't come back at once.
pub(crate) fn back_off(attempt: u32, random: u64) -> Duration {
    let whole = FIRST.saturating_mul(1 << attempt.min(10)).min(LONGEST);
    let steps = u32::try_from(random % 1024).unwrap_or_default();
    whole / 2 + whole / 2 * steps / 1024
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_ten_seconds_and_half_of_each_is_random() {
        for (attempt, shortest, longest) in [
            (0, 100, 200),
            (1, 200, 400),
            (2, 400, 800),
            (5, 3200, 6400),
            (6, 5000, 10_000),
            (u32::MAX, 5000, 10_000),
        ] {
            assert_eq!(back_off(attempt, 0).as_millis(), shortest);
            let most = back_off(attempt, 1023).as_millis();
            assert!(most < longest && most > longest * 99 / 100, "{most}");
        }
    }
}
