//! Dates relative to the day on which they are asked for.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use jiff::{Span, ToSpan};
use serde::{Deserialize, Serialize};

/// A date as a pack writes it: a day of the calendar, or one relative to today.
///
/// ```text
/// 1980-01-01            a day of the calendar
/// today - 1d            days (d), weeks (w), months (m) and years (y) can be added and taken away
/// end of month + 1m     start or end of month, year or fiscal year (April to March)
/// start of year - 72y + 14d
/// birthday 75           the day on which the patient turns 75
/// ```
///
/// Months and years move the period, days and weeks move the result: `end of month + 1m` is the last day of the next
/// month, and `end of month - 1d` the day before the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct DateRule {
    anchor: Anchor,
    months: i32,
    days: i32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Anchor {
    Fixed(Date),
    Today,
    Start(Period),
    End(Period),
    /// The day on which somebody turns so many years old; today as long as nobody's birth is known.
    Birthday(u8),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Period {
    Month,
    Year,
    FiscalYear,
}

/// A text that is no date rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{sent:?} is no date; expected a day such as 1980-01-01, or `today`, `start of` / `end of` `month`, `year` or \
     `fiscal year`, or `birthday 75`, with parts such as `- 1d`, `+ 2w`, `- 3m`, `+ 1y`"
)]
pub struct DateRuleError {
    /// The text.
    pub sent: String,
}

/// Latest birthday that a rule may name.
const OLDEST: u8 = 150;

/// Years that a rule may lead away from today; keeps every result inside the calendar.
const MOST_YEARS: i32 = 200;

impl DateRule {
    /// What can be written, as a regular expression: days of the calendar are not told from others.
    pub(crate) const PATTERN: &str = "^\\s*([0-9]{4}-[0-9]{2}-[0-9]{2}|today|(start|end)\\s+of\\s+(month|year|fiscal\\s+year)|birthday\\s+[0-9]{1,3})(\\s+[-+]\\s+[0-9]+[dwmy])*\\s*$";

    /// A day of the calendar.
    #[must_use]
    pub const fn fixed(date: Date) -> Self {
        Self { anchor: Anchor::Fixed(date), months: 0, days: 0 }
    }

    /// The date, seen from `today`.
    #[must_use]
    pub fn on(self, today: Date) -> Date {
        let base = match self.anchor {
            Anchor::Fixed(date) => date,
            Anchor::Today | Anchor::Start(_) | Anchor::End(_) | Anchor::Birthday(_) => today,
        };
        let moved = base.saturating_add(self.months.months());
        let anchored = match self.anchor {
            Anchor::Fixed(_) | Anchor::Today | Anchor::Birthday(_) => moved,
            Anchor::Start(period) => period.start(moved),
            Anchor::End(period) => period.end(moved),
        };
        anchored.saturating_add(self.days.days())
    }

    /// The rule for somebody who is born by another rule: a birthday becomes a day, every other rule stays.
    #[must_use]
    pub fn of_somebody_born(self, born: Self) -> Self {
        match self.anchor {
            Anchor::Birthday(years) => Self {
                anchor: born.anchor,
                months: born.months + i32::from(years) * 12 + self.months,
                days: born.days + self.days,
            },
            Anchor::Fixed(_) | Anchor::Today | Anchor::Start(_) | Anchor::End(_) => self,
        }
    }

    /// Whether it is the birthday of somebody who is not known yet.
    #[must_use]
    pub fn is_birthday(self) -> bool {
        matches!(self.anchor, Anchor::Birthday(_))
    }
}

impl Period {
    fn start(self, date: Date) -> Date {
        match self {
            Self::Month => date.first_of_month(),
            Self::Year => date.first_of_year(),
            Self::FiscalYear => date.saturating_sub(3.months()).first_of_year().saturating_add(3.months()),
        }
    }

    fn end(self, date: Date) -> Date {
        let length: Span = match self {
            Self::Month => 1.month(),
            Self::Year | Self::FiscalYear => 1.year(),
        };
        self.start(date).saturating_add(length).saturating_sub(1.day())
    }
}

impl FromStr for DateRule {
    type Err = DateRuleError;

    fn from_str(text: &str) -> Result<Self, DateRuleError> {
        parse(text).ok_or_else(|| DateRuleError { sent: text.to_owned() })
    }
}

fn parse(text: &str) -> Option<DateRule> {
    // Only a sign that stands alone is arithmetic; the hyphens of 1980-01-01 are not.
    let mut words = text.split_ascii_whitespace().peekable();
    let mut anchor = Vec::new();
    while let Some(word) = words.next_if(|word| !matches!(*word, "+" | "-")) {
        anchor.push(word);
    }
    let mut rule = DateRule { anchor: parse_anchor(&anchor)?, months: 0, days: 0 };
    while let Some(sign) = words.next() {
        let sign = if sign == "-" { -1 } else { 1 };
        let term = words.next()?;
        let (number, unit) = term.split_at_checked(term.len().checked_sub(1)?)?;
        let number = number.bytes().all(|b| b.is_ascii_digit()).then(|| number.parse::<i32>().ok())??;
        let amount = sign * number;
        match unit {
            "d" => rule.days = rule.days.checked_add(amount)?,
            "w" => rule.days = rule.days.checked_add(amount.checked_mul(7)?)?,
            "m" => rule.months = rule.months.checked_add(amount)?,
            "y" => rule.months = rule.months.checked_add(amount.checked_mul(12)?)?,
            _ => return None,
        }
    }
    let bounded = rule.months.abs() <= MOST_YEARS * 12 && rule.days.abs() <= MOST_YEARS * 366;
    bounded.then_some(rule)
}

fn parse_anchor(words: &[&str]) -> Option<Anchor> {
    let period = |words: &[&str]| match words {
        ["month"] => Some(Period::Month),
        ["year"] => Some(Period::Year),
        ["fiscal", "year"] => Some(Period::FiscalYear),
        _ => None,
    };
    match words {
        ["today"] => Some(Anchor::Today),
        ["start", "of", rest @ ..] => period(rest).map(Anchor::Start),
        ["end", "of", rest @ ..] => period(rest).map(Anchor::End),
        ["birthday", years] => {
            let digits = years.bytes().all(|b| b.is_ascii_digit());
            digits
                .then(|| years.parse().ok())
                .flatten()
                .filter(|years| *years <= OLDEST)
                .map(Anchor::Birthday)
        }
        [day] if day.len() == "yyyy-mm-dd".len() => day.parse().ok().map(Anchor::Fixed),
        _ => None,
    }
}

impl fmt::Display for DateRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let period = |period: &Period| match period {
            Period::Month => "month",
            Period::Year => "year",
            Period::FiscalYear => "fiscal year",
        };
        match &self.anchor {
            Anchor::Fixed(date) => write!(f, "{date}")?,
            Anchor::Today => f.write_str("today")?,
            Anchor::Start(of) => write!(f, "start of {}", period(of))?,
            Anchor::End(of) => write!(f, "end of {}", period(of))?,
            Anchor::Birthday(years) => write!(f, "birthday {years}")?,
        }
        for (amount, unit) in [(self.months, 'm'), (self.days, 'd')] {
            if amount != 0 {
                write!(f, " {} {}{unit}", if amount < 0 { '-' } else { '+' }, amount.abs())?;
            }
        }
        Ok(())
    }
}

impl<'de> Deserialize<'de> for DateRule {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl Serialize for DateRule {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn rules_follow_the_day_on_which_they_are_asked() {
        for (today, rule, expected) in [
            (date(2026, 11, 22), "1980-01-01", date(1980, 1, 1)),
            (date(2026, 11, 22), "1980-01-31 + 1m", date(1980, 2, 29)),
            (date(2026, 11, 22), "today", date(2026, 11, 22)),
            (date(2026, 3, 31), "today - 1m - 1d", date(2026, 2, 27)),
            (date(2026, 1, 31), "end of month + 1m", date(2026, 2, 28)),
            (date(2026, 2, 28), "end of month - 1d", date(2026, 2, 27)),
            (date(2026, 3, 31), "start of fiscal year", date(2025, 4, 1)),
            (date(2026, 4, 1), "end of fiscal year", date(2027, 3, 31)),
            (date(2026, 11, 22), "start of year - 72y + 14d", date(1954, 1, 15)),
            (date(2026, 11, 22), "end of year + 2w", date(2027, 1, 14)),
        ] {
            assert_eq!(rule.parse::<DateRule>().unwrap().on(today), expected, "{rule} on {today}");
        }
    }

    #[test]
    fn a_birthday_is_counted_from_the_birth_of_its_owner() {
        let today = date(2026, 11, 22);
        for (born, rule, expected) in [
            ("1951-12-03", "birthday 75", date(2026, 12, 3)),
            ("1951-12-03", "birthday 75 - 1d", date(2026, 12, 2)),
            ("end of month - 75y", "birthday 75", date(2026, 11, 30)),
            ("end of month - 75y", "birthday 70 + 1m", date(2021, 12, 31)),
            ("2000-02-29", "birthday 1", date(2001, 2, 28)),
            ("1951-12-03", "end of month", date(2026, 11, 30)),
        ] {
            let rule: DateRule = rule.parse().unwrap();
            assert_eq!(rule.of_somebody_born(born.parse().unwrap()).on(today), expected, "{rule} of {born}");
        }
    }

    #[test]
    fn a_rule_reads_back_from_what_it_prints() {
        for rule in
            ["1980-01-01", "today - 3m + 1d", "end of fiscal year", "start of month + 2m", "birthday 75 - 1d"]
        {
            assert_eq!(rule.parse::<DateRule>().unwrap().to_string(), rule);
        }
    }

    #[test]
    fn what_is_no_rule_is_refused() {
        for text in [
            "",
            "yesterday",
            "today -1d",
            "today - d",
            "today - 1x",
            "today - 1",
            "end of day",
            "1980-02-30",
            "19800101",
            "today - 99999999999d",
            "today - 300y",
            "today + + 1d",
            "today - -1d",
            "today - é",
            "birthday",
            "birthday 151",
            "birthday +7",
            "birthday -7",
        ] {
            assert!(text.parse::<DateRule>().is_err(), "{text}");
        }
    }
}
