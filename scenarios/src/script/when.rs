//! When a rule applies.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Time;
use jiff::tz::Offset;
use messages::dialect::Role;
use messages::id::MessageId;
use messages::path::ElementPath;
use messages::value::InstitutionCode;

use super::time::TimeRule;

/// When a rule applies: everything that is there must hold.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct When {
    /// The message.
    pub message: Option<MessageId>,
    /// The institution that asks.
    pub institution: Option<InstitutionCode>,
    /// Key of the card that is meant.
    pub card: Option<Arc<str>>,
    /// The account that asks.
    pub role: Option<Role>,
    /// Elements of the request and their texts.
    pub elements: Vec<(ElementPath, String)>,
    /// Which of those requests.
    pub times: Option<Times>,
    /// Machines, and the states that they are in.
    pub states: Vec<(Arc<str>, Arc<str>)>,
    /// The time.
    pub time: TimeRange,
}

/// Which requests, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Times {
    /// The first of them.
    pub from: u64,
    /// The last of them.
    pub to: Option<u64>,
    /// Each so-manieth of those; at least 1.
    pub every: u64,
}

impl Times {
    /// Whether the request with a number is one of them.
    ///
    /// Counted from `from` where it is written, so that `every: 3` alone means the third, the sixth and so on.
    #[must_use]
    pub fn includes(self, number: u64) -> bool {
        number >= self.from
            && self.to.is_none_or(|to| number <= to)
            && (number - self.from).is_multiple_of(self.every.max(1))
    }
}

/// A range of time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TimeRange {
    /// The first moment.
    pub from: Option<TimeRule>,
    /// The last day, or the last moment.
    pub to: Option<TimeRule>,
    /// The hours of each day.
    pub hours: Option<Hours>,
}

/// Hours of a day in Japan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hours {
    /// The first minute.
    pub from: Time,
    /// The first minute after it; before `from` if they go past midnight.
    pub to: Time,
}

impl TimeRange {
    /// Whether a moment is in it.
    #[must_use]
    pub fn includes(&self, now: Timestamp) -> bool {
        let japan = Offset::constant(9).to_datetime(now);
        self.from.is_none_or(|from| from.beginning(japan.date()) <= now)
            && self.to.is_none_or(|to| now < to.end(japan.date()))
            && self.hours.is_none_or(|hours| hours.include(japan.time()))
    }
}

impl Hours {
    fn include(self, time: Time) -> bool {
        if self.from <= self.to {
            self.from <= time && time < self.to
        } else {
            self.from <= time || time < self.to
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_count_from_one() {
        let included = |times: Times| (1..=12).filter(|&n| times.includes(n)).collect::<Vec<u64>>();
        assert_eq!(included(Times { from: 1, to: Some(2), every: 1 }), [1, 2]);
        assert_eq!(included(Times { from: 3, to: None, every: 3 }), [3, 6, 9, 12]);
        assert_eq!(included(Times { from: 10, to: None, every: 2 }), [10, 12]);
    }

    #[test]
    fn hours_may_go_past_midnight_and_days_follow_japan() {
        let hours = |from: &str, to: &str| {
            let hour = |text| super::super::time::hour(text).unwrap();
            TimeRange { hours: Some(Hours { from: hour(from), to: hour(to) }), ..TimeRange::default() }
        };
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let night = hours("21:00", "08:00");
        for (moment, expected) in [
            ("2026-11-22T21:00:00+09:00", true),
            ("2026-11-23T07:59:59+09:00", true),
            ("2026-11-23T08:00:00+09:00", false),
            ("2026-11-23T12:00:00+09:00", false),
        ] {
            assert_eq!(night.includes(at(moment)), expected, "{moment}");
        }
        let range = TimeRange { from: Some("end of month - 2d".parse().unwrap()), ..TimeRange::default() };
        assert!(!range.includes(at("2026-11-27T23:59:59+09:00")));
        assert!(range.includes(at("2026-11-28T00:00:00+09:00")));
    }
}
