//! The dialect: what is not known of the real service, as data.
//!
//! Each row has a value, a confidence mark and a source. Code asks the rows and never guesses.

use serde::Deserialize;

use crate::charset::Encoding;
use crate::message::Mark;
use crate::value::{CardClassification, ResultCode, ResultMessage};

const BUILT_IN: &str = include_str!("dialect.yaml");

/// One rule: its value, how sure we are of it, and where it comes from.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row<T> {
    /// The value.
    pub value: T,
    /// How sure we are.
    pub mark: Mark,
    /// Where it comes from.
    pub source: String,
}

/// A code of the field with the text that belongs to it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Coded {
    /// The code.
    pub code: ResultCode,
    /// The text.
    pub message: ResultMessage,
}

/// Every rule.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Dialect {
    /// Codes and texts of errors.
    pub codes: Codes,
    /// What requests may be.
    pub requests: Requests,
    /// How people are found.
    pub search: Search,
    /// How answers are written.
    pub answers: Answers,
}

/// Codes and texts of errors.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Codes {
    /// The insurer number is wrong.
    pub insurer_number: Row<Coded>,
    /// The date of birth is wrong.
    pub birth_date: Row<Coded>,
    /// There is no number.
    pub number_missing: Row<Coded>,
    /// A symbol was given for a late-elderly person.
    pub symbol_for_late_elderly: Row<Coded>,
    /// The day of confirmation is wrong, or too far away.
    pub confirmation_date: Row<Coded>,
    /// Another item of the search data is wrong.
    pub other_item: Row<Coded>,
    /// The institution code is not the terminal's.
    pub institution: Row<Coded>,
    /// The system failed.
    pub system_error: Row<Coded>,
}

/// What requests may be.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Requests {
    /// What an element that the layout doesn't have leads to.
    pub unknown_element: Row<Tolerance>,
    /// Most bytes in the body of a single message.
    pub most_bytes: Row<usize>,
    /// How many years the day of confirmation may lie in the past.
    pub earliest_confirmation_years: Row<u8>,
    /// How many months it may lie in the future.
    pub latest_confirmation_months: Row<u8>,
}

/// What to do with something odd.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tolerance {
    /// Note it and answer.
    Accept,
    /// Refuse the request.
    Refuse,
}

/// How people are found.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Search {
    /// Whether check digits are verified first.
    pub check_digits_first: Row<bool>,
    /// Whether a qualification ends with its card.
    pub ends_with_card: Row<bool>,
    /// Whether the number of a late-elderly person must have 8 digits.
    pub late_elderly_number_of_8_digits: Row<bool>,
    /// Whether validity 3 shows the lost qualification.
    pub show_lost_with_newer: Row<bool>,
}

/// How answers are written.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Answers {
    /// Their encoding.
    pub encoding: Row<AnswerEncoding>,
    /// Class of an ordinary insurance card.
    pub ordinary_card: Row<OrdinaryCard>,
    /// How viewing consents are answered to a typed query.
    pub viewing_consents_when_typed: Row<TypedConsents>,
}

/// Encoding of answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AnswerEncoding {
    /// UTF-8.
    #[serde(rename = "utf-8")]
    Utf8,
    /// Windows-31J.
    ShiftJis,
}

impl From<AnswerEncoding> for Encoding {
    fn from(encoding: AnswerEncoding) -> Self {
        match encoding {
            AnswerEncoding::Utf8 => Self::Utf8,
            AnswerEncoding::ShiftJis => Self::ShiftJis,
        }
    }
}

/// Class of an ordinary insurance card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct OrdinaryCard(pub Option<CardClassification>);

impl TryFrom<String> for OrdinaryCard {
    type Error = crate::value::ValueError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        if text == "none" { Ok(Self(None)) } else { text.parse().map(|class| Self(Some(class))) }
    }
}

/// How viewing consents are answered to a typed query.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TypedConsents {
    /// Left out.
    Absent,
    /// As 0.
    Zero,
}

impl Dialect {
    /// The built-in dialect.
    ///
    /// # Panics
    /// Never: a test reads the same text.
    #[must_use]
    pub fn built_in() -> Self {
        serde_saphyr::from_str(BUILT_IN).expect("the built-in dialect is valid")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_dialect_reads_and_its_codes_are_marked_as_artificial() {
        let codes = Dialect::built_in().codes;
        for row in [codes.insurer_number, codes.birth_date, codes.institution, codes.system_error] {
            assert!(row.value.code.as_str().starts_with("OQSX") && row.mark == Mark::D);
        }
    }
}
