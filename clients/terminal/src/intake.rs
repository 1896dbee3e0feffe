//! When a file in `req` is complete: a pure decision over what was seen of it.
//!
//! Nobody tells the terminal that a file is complete. A rename or a closed handle says so on a local disk; on a share
//! there is only the look. Ages are counted between our own looks, since the clocks of shares and senders may jump.

use std::time::{Duration, Instant, SystemTime};

/// A file must have been the same over two looks that are at least so far apart, unless an event says it is finished.
pub(crate) const SECOND_LOOK: Duration = Duration::from_millis(30);

/// What was seen of one file.
#[derive(Debug, Clone)]
pub(crate) struct Sighting {
    pub(crate) length: u64,
    /// Compared and used for order, never subtracted from our time.
    pub(crate) modified: Option<SystemTime>,
    /// When the file was first seen as it is now.
    since: Instant,
    /// Whether an event told, since it was last seen changed, that it was renamed into place or closed after writing.
    finished: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Take,
    Wait,
}

impl Sighting {
    pub(crate) fn first(length: u64, modified: Option<SystemTime>, now: Instant) -> Self {
        Self { length, modified, since: now, finished: false }
    }

    /// Looks again. Whether the file has changed since it was last seen.
    pub(crate) fn again(&mut self, length: u64, modified: Option<SystemTime>, now: Instant) -> bool {
        let changed = (self.length, self.modified) != (length, modified);
        if changed {
            *self = Self::first(length, modified, now);
        }
        changed
    }

    /// Whether it has been seen for too short a time to be called unchanged.
    pub(crate) fn is_young(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.since) < SECOND_LOOK
    }

    /// Notes that an event called the file finished.
    pub(crate) fn finish(&mut self) {
        self.finished = true;
    }

    /// Whether to take the file now. `whole` (a whole document) is only asked if it matters, since it reads the file.
    pub(crate) fn verdict(&self, now: Instant, settling: Duration, whole: impl FnOnce() -> bool) -> Verdict {
        let settled = now.saturating_duration_since(self.since) >= settling;
        let take = settled || self.length > 0 && (self.finished || !self.is_young(now)) && whole();
        if take { Verdict::Take } else { Verdict::Wait }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SETTLING: Duration = Duration::from_secs(3);

    #[test]
    fn a_file_is_taken_when_it_is_complete_or_has_settled() {
        use Verdict::{Take, Wait};
        let cases = [
            // length, finished, unchanged for (ms), whole -> verdict
            (9, true, 0, true, Take),
            (9, true, 0, false, Wait),
            (9, true, 2999, false, Wait),
            (9, true, 3000, false, Take),
            (9, false, 0, true, Wait),
            (9, false, 29, true, Wait),
            (9, false, 30, true, Take),
            (9, false, 1000, true, Take),
            (9, false, 1000, false, Wait),
            (9, false, 2999, false, Wait),
            (9, false, 3000, false, Take),
            (0, true, 0, true, Wait),
            (0, true, 1000, true, Wait),
            (0, true, 3000, false, Take),
            (0, false, 3000, false, Take),
        ];
        for case in cases {
            let (length, finished, unchanged, whole, expected) = case;
            let start = Instant::now();
            let mut sighting = Sighting::first(length, None, start);
            if finished {
                sighting.finish();
            }
            let now = start + Duration::from_millis(unchanged);
            assert_eq!(sighting.verdict(now, SETTLING, || whole), expected, "{case:?}");
        }
    }

    #[test]
    fn a_change_in_length_or_time_starts_the_wait_anew_and_forgets_the_event() {
        let start = Instant::now();
        let later = start + SETTLING;
        for (length, modified) in [(10, None), (9, Some(SystemTime::UNIX_EPOCH))] {
            let mut sighting = Sighting::first(9, None, start);
            sighting.finish();
            assert!(!sighting.again(9, None, later));
            assert_eq!(sighting.verdict(later, SETTLING, || false), Verdict::Take);
            assert!(sighting.again(length, modified, later));
            assert_eq!(sighting.verdict(later, SETTLING, || true), Verdict::Wait);
        }
    }

    #[test]
    fn a_file_is_not_read_while_it_cannot_be_complete() {
        let start = Instant::now();
        let unread = || panic!("read");
        assert_eq!(Sighting::first(9, None, start).verdict(start, SETTLING, unread), Verdict::Wait);
        assert_eq!(
            Sighting::first(9, None, start).verdict(start + SETTLING, SETTLING, unread),
            Verdict::Take
        );
        assert_eq!(
            Sighting::first(0, None, start).verdict(start + SECOND_LOOK, SETTLING, unread),
            Verdict::Wait
        );
    }
}
