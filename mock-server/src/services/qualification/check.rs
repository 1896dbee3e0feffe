//! A request for confirmation, item by item: usable, or an error of the person.

use jiff::ToSpan;
use jiff::civil::Date;
use messages::Given;
use messages::dialect::Dialect;
use messages::oqs::quc::SearchInfo;
use messages::value::{Day, LimitConsent};

use crate::services::identify::{Numbers, Odd, Written};

/// A request that can be answered.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sought<'a> {
    pub(super) numbers: Numbers<'a>,
    /// The day asked for.
    pub(super) day: Date,
    /// Whether the limit certificate may be shown.
    pub(super) limit_consent: bool,
}

pub(super) fn check<'a>(
    day: &'a Given<Day>,
    search: Option<&'a SearchInfo>,
    dialect: &'a Dialect,
    today: Date,
) -> Result<Sought<'a>, Odd<'a>> {
    let codes = &dialect.codes;
    let day = day.good().map(|day| day.0).filter(|day| is_near(*day, dialect, today));
    let day = day.ok_or(Odd::new("QualificationConfirmationDate", &codes.confirmation_date))?;
    let search = search.ok_or(Odd::new("QualificationConfirmSearchInfo", &codes.other_item))?;
    let SearchInfo { insurer, symbol, number, branch, born, .. } = search;
    let numbers = Written { insurer, symbol, number, branch, born: Some(born) }.check(dialect)?;
    // A flag that is missing or no flag is no consent.
    let limit_consent = search.limit_consent.good() == Some(&LimitConsent::Yes);
    Ok(Sought { numbers, day, limit_consent })
}

/// Whether a day of confirmation isn't too far away (gaps.md 1.21, \[D]).
fn is_near(day: Date, dialect: &Dialect, today: Date) -> bool {
    let rules = &dialect.requests;
    let earliest = today.saturating_sub(i64::from(rules.earliest_confirmation_years.value).years());
    let latest = today.saturating_add(i64::from(rules.latest_confirmation_months.value).months());
    (earliest..=latest).contains(&day)
}
