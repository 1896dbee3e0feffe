//! Dates, months and times as the wire writes them: digits without separators, in Japanese time.

use std::borrow::Cow;

use jiff::civil::{Date, DateTime};

use super::{Kind, Value, text_conversions};
use crate::finding::Label;
use crate::message::Fault;

/// A date, `yyyyMMdd`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(pub Date);

/// A month, `yyyyMM`; holds its first day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month(Date);

/// A date and time, `yyyyMMddHHmmss`, in Asia/Tokyo.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(pub DateTime);

/// The last month of a period: a month, or `999999` for "up to the current month".
///
/// Source: elements.md 7.1, \[C].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LastMonth {
    /// This month.
    Of(Month),
    /// The current month, whichever it is.
    Current,
}

impl LastMonth {
    /// What stands for the current month.
    const CURRENT: &'static str = "999999";

    /// The month that is meant at a time in `now`.
    #[must_use]
    pub fn month(self, now: Month) -> Month {
        match self {
            Self::Of(month) => month,
            Self::Current => now,
        }
    }
}

impl Value for LastMonth {
    const KIND: Kind = Kind {
        name: "LastMonth",
        ja: "年月（yyyyMM）または999999",
        en: "a month, yyyyMM, or 999999",
        codes: &[],
    };

    fn read(text: &str) -> Result<Self, Fault> {
        if text == Self::CURRENT {
            return Ok(Self::Current);
        }
        let month = Month::read(text).map(Self::Of);
        month.map_err(|fault| Fault { expected: Self::KIND.format(), ..fault })
    }

    fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Of(Month(first)) => Cow::Owned(digits(&[(first.year(), 4), (first.month().into(), 2)])),
            Self::Current => Cow::Borrowed(Self::CURRENT),
        }
    }

    #[cfg(any(test, feature = "samples"))]
    fn sample(dice: &mut crate::samples::Dice<'_>) -> Self {
        if dice.fills() { Self::Of(Month::sample(dice)) } else { Self::Current }
    }
}

impl Month {
    /// The month of a date.
    #[must_use]
    pub fn of(date: Date) -> Self {
        Self(date.first_of_month())
    }

    /// Its first day.
    #[must_use]
    pub fn first_day(self) -> Date {
        self.0
    }
}

/// Reads `N` digits of a text as fields of the given widths.
fn fields<const N: usize>(text: &str, widths: [usize; N], kind: &Kind) -> Result<[i16; N], Fault> {
    let fault = |label| Fault { label, expected: kind.format() };
    if !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(fault(Label::Characters));
    }
    if text.len() != widths.iter().sum::<usize>() {
        return Err(fault(Label::Length));
    }
    let mut rest = text;
    let mut values = [0; N];
    for (value, width) in values.iter_mut().zip(widths) {
        let (field, after) = rest.split_at_checked(width).ok_or_else(|| fault(Label::Length))?;
        *value = field.parse().map_err(|_| fault(Label::Date))?;
        rest = after;
    }
    Ok(values)
}

/// A field of two digits; always fits.
fn small(value: i16) -> i8 {
    i8::try_from(value).unwrap_or(i8::MAX)
}

fn date(year: i16, month: i16, day: i16, kind: &Kind) -> Result<Date, Fault> {
    Date::new(year, small(month), small(day))
        .map_err(|_| Fault { label: Label::Date, expected: kind.format() })
}

/// Numbers with leading zeros in fields of the given widths, without the machinery of `format!`.
fn digits(fields: &[(i16, u32)]) -> String {
    let mut text = String::with_capacity(14);
    for (number, width) in fields {
        for place in (0..*width).rev() {
            let digit = number.unsigned_abs() / 10u16.pow(place) % 10;
            text.push(char::from_digit(digit.into(), 10).unwrap_or('0'));
        }
    }
    text
}

#[cfg(any(test, feature = "samples"))]
fn sample_date(dice: &mut crate::samples::Dice<'_>) -> Date {
    let day = i64::from(dice.below(66_000));
    jiff::civil::date(1920, 1, 1).saturating_add(jiff::Span::new().days(day))
}

impl Value for Day {
    const KIND: Kind = Kind {
        name: "Day",
        ja: "実在する日付（yyyyMMdd）",
        en: "a date of the calendar, yyyyMMdd",
        codes: &[],
    };

    fn read(text: &str) -> Result<Self, Fault> {
        let [year, month, day] = fields(text, [4, 2, 2], &Self::KIND)?;
        date(year, month, day, &Self::KIND).map(Self)
    }

    fn text(&self) -> Cow<'_, str> {
        let Self(date) = self;
        Cow::Owned(digits(&[(date.year(), 4), (date.month().into(), 2), (date.day().into(), 2)]))
    }

    #[cfg(any(test, feature = "samples"))]
    fn sample(dice: &mut crate::samples::Dice<'_>) -> Self {
        Self(sample_date(dice))
    }
}

impl Value for Month {
    const KIND: Kind = Kind { name: "Month", ja: "年月（yyyyMM）", en: "a month, yyyyMM", codes: &[] };

    fn read(text: &str) -> Result<Self, Fault> {
        let [year, month] = fields(text, [4, 2], &Self::KIND)?;
        date(year, month, 1, &Self::KIND).map(Self)
    }

    fn text(&self) -> Cow<'_, str> {
        let Self(date) = self;
        Cow::Owned(digits(&[(date.year(), 4), (date.month().into(), 2)]))
    }

    #[cfg(any(test, feature = "samples"))]
    fn sample(dice: &mut crate::samples::Dice<'_>) -> Self {
        Self::of(sample_date(dice))
    }
}

impl Value for Moment {
    const KIND: Kind = Kind {
        name: "Moment",
        ja: "日時（yyyyMMddHHmmss）",
        en: "a date and time, yyyyMMddHHmmss",
        codes: &[],
    };

    fn read(text: &str) -> Result<Self, Fault> {
        let [year, month, day, hour, minute, second] = fields(text, [4, 2, 2, 2, 2, 2], &Self::KIND)?;
        let date = date(year, month, day, &Self::KIND)?;
        let time = jiff::civil::Time::new(small(hour), small(minute), small(second), 0)
            .map_err(|_| Fault { label: Label::Date, expected: Self::KIND.format() })?;
        Ok(Self(date.to_datetime(time)))
    }

    fn text(&self) -> Cow<'_, str> {
        let Self(at) = self;
        Cow::Owned(digits(&[
            (at.year(), 4),
            (at.month().into(), 2),
            (at.day().into(), 2),
            (at.hour().into(), 2),
            (at.minute().into(), 2),
            (at.second().into(), 2),
        ]))
    }

    #[cfg(any(test, feature = "samples"))]
    fn sample(dice: &mut crate::samples::Dice<'_>) -> Self {
        Self(sample_date(dice).at(
            small(i16::try_from(dice.below(24)).unwrap_or(0)),
            small(i16::try_from(dice.below(60)).unwrap_or(0)),
            small(i16::try_from(dice.below(60)).unwrap_or(0)),
            0,
        ))
    }
}

text_conversions!(Day);
text_conversions!(Month);
text_conversions!(Moment);
text_conversions!(LastMonth);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_dates_of_the_calendar_are_dates() {
        assert_eq!("20240229".parse::<Day>().unwrap().text(), "20240229");
        for (text, label) in [
            ("19400230", Label::Date),
            ("20230229", Label::Date),
            ("20251301", Label::Date),
            ("2025101", Label::Length),
            ("2025-1-1", Label::Characters),
            ("２０２５０１０１", Label::Characters),
            ("00000000", Label::Date),
        ] {
            assert_eq!(text.parse::<Day>().unwrap_err().label, label, "{text}");
        }
    }

    #[test]
    fn months_and_times_come_back_as_they_were() {
        assert_eq!("202510".parse::<Month>().unwrap().text(), "202510");
        assert_eq!("20251004093012".parse::<Moment>().unwrap().text(), "20251004093012");
        assert!("20251004240000".parse::<Moment>().is_err());
    }
}
