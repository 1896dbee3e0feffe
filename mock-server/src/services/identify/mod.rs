//! Who is meant by the numbers of an insurance card.
//!
//! Every message names a person by insurer, symbol, number and branch number; some add the date of birth. The rule is
//! that of gaps.md 5.2.

mod search;

use jiff::civil::Date;
use messages::Given;
use messages::dialect::{Coded, Dialect, Row};
use messages::value::{BranchNumber, CardNumber, CardSymbol, Day, InsurerNumber};
use scenarios::Match;

/// The numbers as they were written.
#[derive(Debug, Clone, Copy)]
pub struct Written<'a> {
    /// Insurer, or public payer.
    pub insurer: &'a Given<InsurerNumber>,
    /// Symbol.
    pub symbol: &'a Given<CardSymbol>,
    /// Number.
    pub number: &'a Given<CardNumber>,
    /// Branch number.
    pub branch: &'a Given<BranchNumber>,
    /// Date of birth, in messages that have one.
    pub born: Option<&'a Given<Day>>,
}

/// Numbers that can be looked for.
#[derive(Debug, Clone, Copy)]
pub struct Numbers<'a> {
    /// The insurer; absent if its check digit is wrong and the dialect searches all the same.
    insurer: Option<&'a InsurerNumber>,
    symbol: Option<&'a CardSymbol>,
    number: &'a CardNumber,
    branch: Option<&'a BranchNumber>,
    born: Option<Date>,
}

/// An item that cannot be used, and what is answered.
#[derive(Debug, Clone, Copy)]
pub struct Odd<'a> {
    /// The element, as OQS messages call it.
    pub element: &'static str,
    /// The code that is answered.
    pub code: &'a Coded,
}

impl<'a> Odd<'a> {
    /// An element and its row of the dialect.
    #[must_use]
    pub fn new(element: &'static str, row: &'a Row<Coded>) -> Self {
        Self { element, code: &row.value }
    }
}

/// Whom the numbers lead to.
#[derive(Debug)]
pub enum Found<'a> {
    /// Nobody.
    Nobody,
    /// One person.
    One(Match<'a>),
    /// More than one.
    Several(Vec<Match<'a>>),
}

impl<'a> Written<'a> {
    /// The numbers, if all of them can be used.
    ///
    /// # Errors
    /// [`Odd`] with the first that cannot.
    pub fn check(self, dialect: &'a Dialect) -> Result<Numbers<'a>, Odd<'a>> {
        let codes = &dialect.codes;
        let insurer = match self.insurer {
            Given::Good(insurer) => Some(insurer),
            Given::Odd(_) if !dialect.search.check_digits_first.value => None,
            Given::Odd(_) | Given::Missing => return Err(Odd::new("InsurerNumber", &codes.insurer_number)),
        };
        let born = match self.born {
            None => None,
            Some(Given::Good(day)) => Some(day.0),
            Some(Given::Odd(_) | Given::Missing) => return Err(Odd::new("Birthdate", &codes.birth_date)),
        };
        let number = match self.number {
            Given::Good(number) => number,
            Given::Missing => return Err(Odd::new("InsuredIdentificationNumber", &codes.number_missing)),
            Given::Odd(_) => return Err(Odd::new("InsuredIdentificationNumber", &codes.other_item)),
        };
        if insurer.is_some_and(InsurerNumber::is_late_elderly) {
            if !self.symbol.is_missing() {
                return Err(Odd::new("InsuredCardSymbol", &codes.symbol_for_late_elderly));
            }
            if dialect.search.late_elderly_number_of_8_digits.value && !is_8_digits(number) {
                return Err(Odd::new("InsuredIdentificationNumber", &codes.other_item));
            }
        }
        let symbol = optional(self.symbol).ok_or(Odd::new("InsuredCardSymbol", &codes.other_item))?;
        let branch = optional(self.branch).ok_or(Odd::new("InsuredBranchNumber", &codes.other_item))?;
        Ok(Numbers { insurer, symbol, number, branch, born })
    }
}

fn optional<T>(given: &Given<T>) -> Option<Option<&T>> {
    match given {
        Given::Missing => Some(None),
        Given::Good(value) => Some(Some(value)),
        Given::Odd(_) => None,
    }
}

fn is_8_digits(number: &CardNumber) -> bool {
    let key = number.key();
    key.len() == 8 && key.bytes().all(|b| b.is_ascii_digit())
}
