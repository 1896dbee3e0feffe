//! The search data, item by item: usable, or an error of the person.

use jiff::ToSpan;
use jiff::civil::Date;
use messages::Given;
use messages::dialect::{Coded, Dialect};
use messages::oqs::quc::{Request, SearchInfo};
use messages::value::{BranchNumber, CardNumber, CardSymbol, InsurerNumber, LimitConsent};

/// Search data that can be looked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sought<'a> {
    /// The insurer; absent if its check digit is wrong and the dialect searches all the same.
    pub(super) insurer: Option<&'a InsurerNumber>,
    pub(super) symbol: Option<&'a CardSymbol>,
    pub(super) number: &'a CardNumber,
    pub(super) branch: Option<&'a BranchNumber>,
    pub(super) born: Date,
    /// The day asked for.
    pub(super) day: Date,
    /// Whether the limit certificate may be shown.
    pub(super) limit_consent: bool,
}

/// An item that cannot be used, and what is answered.
#[derive(Debug, Clone, Copy)]
pub(super) struct Odd<'a> {
    pub(super) element: &'static str,
    pub(super) code: &'a Coded,
}

pub(super) fn check<'a>(
    request: &'a Request,
    dialect: &'a Dialect,
    today: Date,
) -> Result<Sought<'a>, Odd<'a>> {
    let codes = &dialect.codes;
    let odd = |element, code: &'a messages::dialect::Row<Coded>| Odd { element, code: &code.value };
    let day =
        day(request, dialect, today).ok_or(odd("QualificationConfirmationDate", &codes.confirmation_date))?;
    let search =
        request.body.search.as_ref().ok_or(odd("QualificationConfirmSearchInfo", &codes.other_item))?;
    let insurer = match &search.insurer {
        Given::Good(insurer) => Some(insurer),
        Given::Odd(_) if !dialect.search.check_digits_first.value => None,
        Given::Odd(_) | Given::Missing => return Err(odd("InsurerNumber", &codes.insurer_number)),
    };
    let born = search.born.good().ok_or(odd("Birthdate", &codes.birth_date))?.0;
    let number = match &search.number {
        Given::Good(number) => number,
        Given::Missing => return Err(odd("InsuredIdentificationNumber", &codes.number_missing)),
        Given::Odd(_) => return Err(odd("InsuredIdentificationNumber", &codes.other_item)),
    };
    if insurer.is_some_and(InsurerNumber::is_late_elderly) {
        if !search.symbol.is_missing() {
            return Err(odd("InsuredCardSymbol", &codes.symbol_for_late_elderly));
        }
        if dialect.search.late_elderly_number_of_8_digits.value && !is_8_digits(number) {
            return Err(odd("InsuredIdentificationNumber", &codes.other_item));
        }
    }
    Ok(Sought {
        insurer,
        symbol: optional(&search.symbol).ok_or(odd("InsuredCardSymbol", &codes.other_item))?,
        number,
        branch: optional(&search.branch).ok_or(odd("InsuredBranchNumber", &codes.other_item))?,
        born,
        day,
        limit_consent: has_limit_consent(search),
    })
}

/// The day of confirmation, if it is a day and not too far away (gaps.md 1.21, [D]).
fn day(request: &Request, dialect: &Dialect, today: Date) -> Option<Date> {
    let day = request.header.date.good()?.0;
    let rules = &dialect.requests;
    let earliest = today.saturating_sub(i64::from(rules.earliest_confirmation_years.value).years());
    let latest = today.saturating_add(i64::from(rules.latest_confirmation_months.value).months());
    (earliest..=latest).contains(&day).then_some(day)
}

fn optional<T>(given: &Given<T>) -> Option<Option<&T>> {
    match given {
        Given::Missing => Some(None),
        Given::Good(value) => Some(Some(value)),
        Given::Odd(_) => None,
    }
}

/// A flag that is missing or no flag is no consent.
fn has_limit_consent(search: &SearchInfo) -> bool {
    search.limit_consent.good() == Some(&LimitConsent::Yes)
}

fn is_8_digits(number: &CardNumber) -> bool {
    let key = number.key();
    key.len() == 8 && key.bytes().all(|b| b.is_ascii_digit())
}
