//! Check-ups: which years, which day, and the items of each.

use jiff::ToSpan;
use jiff::civil::Date;

use super::History;
use super::catalogue::{CheckupProfile, catalogue};
use super::dice::Dice;
use super::findings::{Answer, Findings};
use super::table::CheckupItem;
use super::visit::codes;

/// A health check-up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkup {
    /// The day.
    pub date: Date,
    /// Results and answers in the order of `data/checkup-items.tsv`; no item twice.
    pub items: Vec<Item>,
}

/// One result of a check-up, or one answer to its questions. Widths are those of elements.md 8.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// JLAC10 code, 17 characters.
    pub code: &'static str,
    /// Name.
    pub name: &'static str,
    /// Type of the value.
    pub data_type: DataType,
    /// Number, code or text.
    pub value: String,
    /// What a coded value means.
    pub value_name: Option<&'static str>,
    /// Unit of a quantity, where it has one.
    pub unit: Option<&'static str>,
}

codes! {
    /// Type of a value (codes.md 2).
    DataType {
        Quantity = "PQ" "数値",
        Unordered = "CD" "コード（順序なし）",
        Ordered = "CO" "コード（順序あり）",
        Text = "ST" "文字列",
    }
}

/// How far back check-ups are seen.
const YEARS: i32 = 5;

/// Who is examined (identifiers.md 7.2): the age at the end of the fiscal year.
const AGES: std::ops::RangeInclusive<i16> = 40..=74;

pub(super) fn checkups(history: &History, born: Date, male: bool, today: Date) -> Vec<Checkup> {
    let Some(profile) = history.checkups else { return Vec::new() };
    let this_year = fiscal_year(today);
    let oldest = today.saturating_sub(YEARS.years());
    let years = (this_year.saturating_sub(5)..=this_year).rev();
    let attended = years.filter_map(|year| {
        let date = day(history.seed, year).filter(|date| oldest < *date && *date <= today)?;
        let person = Examined { history, profile, male, year, age: age_at_the_end(born, year) };
        (AGES.contains(&person.age) && person.attends()).then(|| person.checkup(date))
    });
    attended.collect()
}

/// A person in a fiscal year.
pub(super) struct Examined<'a> {
    pub(super) history: &'a History,
    pub(super) profile: &'a CheckupProfile,
    pub(super) male: bool,
    /// The fiscal year, by the year of its April.
    pub(super) year: i16,
    /// Age at its end.
    pub(super) age: i16,
}

impl Examined<'_> {
    fn attends(&self) -> bool {
        let years = u64::try_from(self.year).unwrap_or_default();
        Dice::of(&[self.history.seed, ATTENDS, years]).percent(self.profile.attends)
    }

    fn checkup(&self, date: Date) -> Checkup {
        let findings = Findings::of(self);
        let of_the_year = |item: &&CheckupItem| {
            item.since.is_none_or(|since| since <= self.year)
                && item.until.is_none_or(|until| self.year <= until)
        };
        let items = catalogue().tables.items.iter().filter(of_the_year);
        let items = items.filter_map(|item| Some(written(item, findings.answer(item.key)?)));
        Checkup { date, items: items.collect() }
    }
}

/// An answer as its item writes it.
fn written(item: &CheckupItem, answer: Answer) -> Item {
    let value = match answer {
        Answer::Number(number) => format!("{number:.*}", item.decimals),
        Answer::Code(code) => code.to_string(),
        Answer::Text(text) => text,
    };
    let value_name = item.values.iter().find(|(code, _)| *code == value).map(|(_, name)| *name);
    Item { code: item.code, name: item.name, data_type: item.data_type, value, value_name, unit: item.unit }
}

const ATTENDS: u64 = 9001;
const DAY: u64 = 9002;

/// The day of a fiscal year on which somebody is examined: every year in the same season.
fn day(seed: u64, year: i16) -> Option<Date> {
    let usual = Dice::of(&[seed, DAY]).between(50, 230);
    let moved = Dice::of(&[seed, DAY, u64::try_from(year).ok()?]).between(-15, 15);
    let date = Date::new(year, 4, 1).ok()?.saturating_add(i64::from(usual + moved).days());
    let sunday = date.weekday() == jiff::civil::Weekday::Sunday;
    Some(if sunday { date.saturating_add(1.day()) } else { date })
}

fn fiscal_year(date: Date) -> i16 {
    date.year() - i16::from(date.month() < 4)
}

/// Age on the 31st of March that ends a fiscal year.
fn age_at_the_end(born: Date, year: i16) -> i16 {
    year + 1 - born.year() - i16::from((born.month(), born.day()) > (3, 31))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn fiscal_years_begin_in_april() {
        assert_eq!(fiscal_year(date(2026, 3, 31)), 2025);
        assert_eq!(fiscal_year(date(2026, 4, 1)), 2026);
    }

    #[test]
    fn the_age_is_that_of_the_end_of_the_fiscal_year() {
        for (born, year, expected) in [
            (date(1986, 3, 31), 2025, 40),
            (date(1986, 4, 1), 2025, 39),
            (date(1951, 4, 1), 2025, 74),
            (date(1951, 3, 31), 2025, 75),
        ] {
            assert_eq!(age_at_the_end(born, year), expected, "{born}");
        }
    }
}
