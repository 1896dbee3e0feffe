//! What time it is in a world. The only module that asks the system for the time.

use std::sync::atomic::{AtomicI64, Ordering};

use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};

/// Japan has had one offset and no summer time since 1952; dates of the wire are Japanese wherever the machine is.
pub(crate) const JAPAN: Offset = Offset::constant(9);

/// The clock of a world: it runs with the system's, shifted by an offset.
#[derive(Debug, Default)]
pub struct Clock {
    offset_seconds: AtomicI64,
}

impl Clock {
    /// The world's time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        let offset = SignedDuration::from_secs(self.offset_seconds.load(Ordering::Relaxed));
        system_now().saturating_add(offset).unwrap_or(Timestamp::MAX)
    }

    /// By how many seconds it is shifted.
    #[must_use]
    pub fn shifted(&self) -> i64 {
        self.offset_seconds.load(Ordering::Relaxed)
    }

    /// Shifts the clock against the system's.
    pub fn shift(&self, seconds: i64) {
        self.offset_seconds.store(seconds, Ordering::Relaxed);
    }
}

/// The real time: for the server's own certificate, logs and durations.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this is the one place that asks the system")]
pub fn system_now() -> Timestamp {
    Timestamp::now()
}

/// A moment as it is written on the wire: date and time in Japan, full seconds.
#[must_use]
pub fn in_japan(at: Timestamp) -> DateTime {
    let local = JAPAN.to_datetime(at);
    local.with().subsec_nanosecond(0).build().unwrap_or(local)
}

/// A moment for people and logs: RFC 3339 with Japan's offset.
#[must_use]
pub fn rfc3339(at: Timestamp) -> String {
    at.to_zoned(TimeZone::fixed(JAPAN)).strftime("%Y-%m-%dT%H:%M:%S%.3f%:z").to_string()
}
