//! What applicants write into the portal's forms, and every mistake in it at once.
//!
//! The fields are those that vendors' guides list (access.md 2, \[S]); their labels and order are not public.

mod account;
mod certificates;
mod line;
#[cfg(test)]
mod tests;
mod usage;

use messages::refusal::Bilingual;
use messages::value::Value;
use serde::Serialize;

pub use account::{AccountForm, Applicant};
pub use certificates::{CertificatesForm, Wanted};
pub use line::LineForm;
pub use usage::{Usage, UsageForm};

/// Most terminals of one application.
const MOST_TERMINALS: i64 = 99;
/// Most characters of a text that only people read.
const MOST_CHARACTERS: usize = 100;

/// A mistake in one field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Mistake {
    /// The field, as it is written in the form; parts joined by a point.
    pub field: &'static str,
    /// What is wrong, in Japanese.
    pub ja: String,
    /// What is wrong, in English.
    pub en: String,
}

impl Mistake {
    /// A mistake with its text.
    #[must_use]
    pub fn new(field: &'static str, text: Bilingual) -> Self {
        Self { field, ja: text.ja.into_owned(), en: text.en.into_owned() }
    }

    fn fixed(field: &'static str, ja: &'static str, en: &'static str) -> Self {
        Self::new(field, Bilingual::fixed(ja, en))
    }
}

/// Reads a number of terminals.
pub(super) fn count(field: &'static str, written: i64, mistakes: &mut Vec<Mistake>) -> Option<u8> {
    let count = u8::try_from(written).ok().filter(|count| (1..=MOST_TERMINALS).contains(&i64::from(*count)));
    if count.is_none() {
        mistakes.push(Mistake::fixed(
            field,
            "1から99までの数を入力してください",
            "expected a number from 1 to 99",
        ));
    }
    count
}

fn value<V: Value>(field: &'static str, written: &str, mistakes: &mut Vec<Mistake>) -> Option<V> {
    if written.trim().is_empty() {
        mistakes.push(Mistake::fixed(field, "入力してください", "this field is required"));
        return None;
    }
    match V::read(written) {
        Ok(value) => Some(value),
        Err(fault) => {
            let (meaning, expected) = (fault.label.meaning(), V::KIND.format());
            mistakes.push(Mistake::new(
                field,
                Bilingual::made(
                    format!("{}（正しい形式: {}）", meaning.ja, expected.ja),
                    format!("{}; expected {}", meaning.en, expected.en),
                ),
            ));
            None
        }
    }
}
