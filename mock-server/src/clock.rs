//! What time it is in a world. The only module that asks the system for the time.

use std::sync::{Mutex, MutexGuard, PoisonError, RwLock};

use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// Japan has had one offset and no summer time since 1952; dates of the wire are Japanese wherever the machine is.
pub(crate) const JAPAN: Offset = Offset::constant(9);

/// Seconds since 1970 of the first moment of a world's time, 1960: wide around every certificate and birth date.
const FIRST: i64 = -315_619_200;
/// Of the last one, 2120.
const LAST: i64 = 4_733_510_400;

/// How a world's time follows from the real one. A value: the ledger keeps it, so a restart goes on where it was.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Course {
    /// It runs as the real time does, so much later.
    Running {
        /// Added to the real time.
        offset: SignedDuration,
    },
    /// It stands still.
    Frozen {
        /// The moment.
        at: Timestamp,
    },
    /// It runs faster or slower than the real time.
    Scaled {
        /// A moment of the real time.
        real: Timestamp,
        /// The world's time at that moment.
        world: Timestamp,
        /// Seconds of the world per real second, more than 0.
        scale: f64,
    },
}

impl Default for Course {
    fn default() -> Self {
        Self::Running { offset: SignedDuration::ZERO }
    }
}

impl Course {
    /// Running, so that it is `at` when the real time is `real`.
    #[must_use]
    pub fn running(at: Timestamp, real: Timestamp) -> Self {
        Self::Running { offset: at.duration_since(real) }
    }

    /// The world's time at a real time; it stays between 1960 and 2120.
    #[must_use]
    pub fn at(self, real: Timestamp) -> Timestamp {
        let at = match self {
            Self::Running { offset } => moved(real, offset),
            Self::Frozen { at } => at,
            Self::Scaled { real: from, world, scale } => {
                let passed =
                    SignedDuration::try_from_secs_f64(real.duration_since(from).as_secs_f64() * scale);
                moved(world, passed.unwrap_or(SignedDuration::MAX))
            }
        };
        let bound = |second| Timestamp::from_second(second).unwrap_or(at);
        at.clamp(bound(FIRST), bound(LAST))
    }

    /// Its name on the wire: `running`, `frozen` or `scaled`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Running { .. } => "running",
            Self::Frozen { .. } => "frozen",
            Self::Scaled { .. } => "scaled",
        }
    }

    /// Seconds of the world per real second; 0 while it stands still.
    #[must_use]
    pub fn scale(self) -> f64 {
        match self {
            Self::Running { .. } => 1.0,
            Self::Frozen { .. } => 0.0,
            Self::Scaled { scale, .. } => scale,
        }
    }

    /// The same course, but at another moment now.
    #[must_use]
    pub fn moved_to(self, at: Timestamp, real: Timestamp) -> Self {
        match self {
            Self::Running { .. } => Self::running(at, real),
            Self::Frozen { .. } => Self::Frozen { at },
            Self::Scaled { scale, .. } => Self::Scaled { real, world: at, scale },
        }
    }
}

/// Before or after a moment, however far; the ends of time hold it.
fn moved(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.saturating_add(by).unwrap_or(at)
}

/// The clock of a world.
#[derive(Debug, Default)]
pub struct Clock {
    course: RwLock<Course>,
    turning: Mutex<()>,
}

impl Clock {
    /// The world's time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.course().at(system_now())
    }

    /// How it runs.
    #[must_use]
    pub fn course(&self) -> Course {
        *self.course.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// By how many seconds it differs from the real time just now.
    #[must_use]
    pub fn shifted(&self) -> i64 {
        let real = system_now();
        match self.course() {
            // Exact, whatever the fraction of a second between two looks.
            Course::Running { offset } => offset.as_secs(),
            course @ (Course::Frozen { .. } | Course::Scaled { .. }) => {
                course.at(real).duration_since(real).as_secs()
            }
        }
    }

    /// Keeps everybody else from setting it meanwhile.
    pub(crate) fn turning(&self) -> MutexGuard<'_, ()> {
        self.turning.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn set(&self, course: Course) {
        *self.course.write().unwrap_or_else(PoisonError::into_inner) = course;
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

/// The first moment of a day in Japan.
#[must_use]
pub fn start_of(day: jiff::civil::Date) -> Timestamp {
    JAPAN.to_timestamp(day.to_datetime(jiff::civil::Time::midnight())).unwrap_or(Timestamp::MAX)
}

/// A moment for people and logs: RFC 3339 with Japan's offset.
#[must_use]
pub fn rfc3339(at: Timestamp) -> String {
    at.to_zoned(TimeZone::fixed(JAPAN)).strftime("%Y-%m-%dT%H:%M:%S%.3f%:z").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn each_course_tells_its_time() {
        let offset = SignedDuration::from_hours(1);
        for (course, real, expected) in [
            (Course::default(), 1_000, 1_000),
            (Course::Running { offset }, 1_000, 4_600),
            (Course::running(at(50), at(1_000)), 1_010, 60),
            (Course::Frozen { at: at(77) }, 1_000, 77),
            (Course::Scaled { real: at(1_000), world: at(5_000), scale: 60.0 }, 1_002, 5_120),
            (Course::Scaled { real: at(1_000), world: at(5_000), scale: 0.5 }, 1_010, 5_005),
        ] {
            assert_eq!(course.at(at(real)), at(expected), "{course:?}");
        }
    }

    #[test]
    fn a_moved_course_is_there_now_and_goes_on_as_before() {
        for (course, later) in [
            (Course::default(), 9_010),
            (Course::Frozen { at: at(77) }, 9_000),
            (Course::Scaled { real: at(0), world: at(0), scale: 60.0 }, 9_600),
        ] {
            let moved = course.moved_to(at(9_000), at(1_000));
            assert_eq!(moved.at(at(1_000)), at(9_000), "{course:?}");
            assert_eq!(moved.at(at(1_010)), at(later), "{course:?}");
        }
    }

    #[test]
    fn no_course_leaves_the_calendar() {
        let (first, last) = (at(FIRST), at(LAST));
        assert_eq!(
            (rfc3339(first).as_str(), rfc3339(last).as_str()),
            ("1960-01-01T09:00:00.000+09:00", "2120-01-01T09:00:00.000+09:00")
        );
        for course in [
            Course::Running { offset: SignedDuration::MAX },
            Course::Scaled { real: at(0), world: at(0), scale: 1e300 },
            Course::Frozen { at: Timestamp::MAX },
        ] {
            assert_eq!(course.at(at(1_000)), last, "{course:?}");
        }
        assert_eq!(Course::Running { offset: SignedDuration::MIN }.at(at(1_000)), first);
    }

    #[test]
    fn a_day_begins_in_japan() {
        assert_eq!(start_of(jiff::civil::date(2026, 11, 22)).to_string(), "2026-11-21T15:00:00Z");
    }
}
