//! The test cards as people and machines read them.

use jiff::civil::Date;
use messages::value::{InstitutionCode, Value};
use scenarios::{Card, Expectation};
use serde::Serialize;

/// One test card: whom it names, what to ask and what the answer shows.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = CardEntry)]
pub struct Entry {
    /// Its key.
    pub card: String,
    /// What it shows, in Japanese.
    pub title_ja: String,
    /// What it shows, in English.
    pub title_en: String,
    /// Name of the holder.
    pub name: String,
    /// Search data that lead to it, as the wire writes them; absent ones are not sent.
    pub ask: Ask,
    /// What the answer shows.
    pub expect: Expected,
}

/// Search data.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Ask {
    /// Insurer number.
    pub insurer: Option<String>,
    /// Symbol.
    pub symbol: Option<String>,
    /// Number.
    pub number: Option<String>,
    /// Branch number.
    pub branch: Option<String>,
    /// Date of birth, `yyyyMMdd`.
    pub born: Option<String>,
    /// Consent to the limit certificate.
    pub limit_consent: Option<String>,
}

/// What the answer shows.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Expected {
    /// This validity.
    Validity(String),
    /// An error of the person: a row of the dialect's codes.
    Error(String),
    /// A failure of the message.
    Segment(String),
}

impl Entry {
    /// Describes a card as it is on a day.
    #[must_use]
    pub fn of(card: &Card, institution: &InstitutionCode, today: Date) -> Self {
        let asked = scenarios::Asked { institution: institution.clone(), today, file_identifier: None };
        let search = card.request(&asked).body.search.unwrap_or_default();
        Self {
            card: card.key.clone(),
            title_ja: card.title.ja.clone(),
            title_en: card.title.en.clone(),
            name: card.person.name.to_string(),
            ask: Ask {
                insurer: text(&search.insurer),
                symbol: text(&search.symbol),
                number: text(&search.number),
                branch: text(&search.branch),
                born: text(&search.born),
                limit_consent: text(&search.limit_consent),
            },
            expect: match &card.expect {
                Expectation::Validity(validity) => Expected::Validity(validity.code().to_owned()),
                Expectation::Error(code) => Expected::Error(code.clone()),
                Expectation::Segment(segment) => Expected::Segment(segment.code().to_owned()),
            },
        }
    }
}

impl Expected {
    /// In one short word for a table.
    #[must_use]
    pub fn short(&self) -> String {
        match self {
            Self::Validity(code) => format!("validity {code}"),
            Self::Error(code) => format!("status 2 {code}"),
            Self::Segment(code) => format!("segment {code}"),
        }
    }
}

fn text<V: Value>(given: &messages::Given<V>) -> Option<String> {
    match given {
        messages::Given::Missing => None,
        messages::Given::Good(value) => Some(value.text().into_owned()),
        messages::Given::Odd(text) => Some(text.clone()),
    }
}
