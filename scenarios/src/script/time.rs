//! Moments relative to the day on which they are asked for.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::Offset;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::date_rule::DateRule;

/// Japan's offset: days and hours are those of Japan.
const JAPAN: Offset = Offset::constant(9);

/// A moment as a scenario writes it.
///
/// ```text
/// 2027-01-01T09:00:00+09:00   a moment
/// 2027-01-01                  a day, or any rule for one: `end of month - 2d`
/// today at 22:00              an hour of a day
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeRule {
    /// A moment.
    At(Timestamp),
    /// A day, and an hour of it.
    Day(DateRule, Option<Time>),
}

/// A text that is no moment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{sent:?} is no moment; expected one such as 2027-01-01T09:00:00+09:00, a day such as 2027-01-01 or `end of month - 2d`, \
     or an hour of a day such as `today at 22:00`"
)]
pub struct TimeRuleError {
    /// The text.
    pub sent: String,
}

impl TimeRule {
    /// The first moment of it, seen from `today`.
    #[must_use]
    pub fn beginning(self, today: Date) -> Timestamp {
        match self {
            Self::At(at) => at,
            Self::Day(rule, time) => moment(rule.on(today), time.unwrap_or(Time::midnight())),
        }
    }

    /// The first moment after it, seen from `today`: a day lasts until its end.
    #[must_use]
    pub fn end(self, today: Date) -> Timestamp {
        match self {
            Self::At(at) => at,
            Self::Day(rule, Some(time)) => moment(rule.on(today), time),
            Self::Day(rule, None) => {
                rule.on(today).tomorrow().map_or(Timestamp::MAX, |next| moment(next, Time::midnight()))
            }
        }
    }
}

fn moment(day: Date, time: Time) -> Timestamp {
    JAPAN.to_timestamp(day.to_datetime(time)).unwrap_or(Timestamp::MAX)
}

impl FromStr for TimeRule {
    type Err = TimeRuleError;

    fn from_str(text: &str) -> Result<Self, TimeRuleError> {
        let rule = if text.contains('T') {
            text.parse().ok().map(Self::At)
        } else if let Some((day, time)) = text.split_once(" at ") {
            day.parse().ok().zip(hour(time)).map(|(day, time)| Self::Day(day, Some(time)))
        } else {
            text.parse().ok().map(|day| Self::Day(day, None))
        };
        rule.ok_or_else(|| TimeRuleError { sent: text.to_owned() })
    }
}

/// Reads `hh:mm`.
pub(super) fn hour(text: &str) -> Option<Time> {
    Time::strptime("%H:%M", text).ok().filter(|_| text.len() == "hh:mm".len())
}

impl fmt::Display for TimeRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::At(at) => write!(f, "{}", at.display_with_offset(JAPAN)),
            Self::Day(day, None) => write!(f, "{day}"),
            Self::Day(day, Some(time)) => write!(f, "{day} at {:02}:{:02}", time.hour(), time.minute()),
        }
    }
}

impl<'de> Deserialize<'de> for TimeRule {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for TimeRule {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "TimeRule".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "description": "A moment, a day or an hour of a day: `2027-01-01T09:00:00+09:00`, `end of month - 2d`, \
                            `today at 22:00`. Rules follow the day of the request.",
            "examples": ["today at 22:00", "end of month - 2d"],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn rules_follow_the_day_and_days_last_until_their_end() {
        for (rule, beginning, end) in [
            ("2027-01-01T09:00:00+09:00", "2027-01-01T00:00:00Z", "2027-01-01T00:00:00Z"),
            ("2027-01-01", "2026-12-31T15:00:00Z", "2027-01-01T15:00:00Z"),
            ("end of month - 2d", "2026-11-27T15:00:00Z", "2026-11-28T15:00:00Z"),
            ("today at 22:00", "2026-11-22T13:00:00Z", "2026-11-22T13:00:00Z"),
        ] {
            let today = date(2026, 11, 22);
            let parsed: TimeRule = rule.parse().unwrap();
            assert_eq!(parsed.beginning(today).to_string(), beginning, "{rule}");
            assert_eq!(parsed.end(today).to_string(), end, "{rule}");
            assert_eq!(parsed.to_string().parse(), Ok(parsed), "{rule}");
        }
    }

    #[test]
    fn what_is_no_moment_is_refused() {
        for text in ["", "soon", "today at 25:00", "today at 9:00", "at 22:00", "2027-01-01T09:00"] {
            assert!(text.parse::<TimeRule>().is_err(), "{text}");
        }
    }
}
