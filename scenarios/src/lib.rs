//! The scenario language and the people it describes.
//!
//! A pack goes through three states: bytes, [`raw`] (as written) and [`Pack`] (as meant). Everything that depends on
//! the day is kept as a rule ([`DateRule`]) and worked out when it is asked for, so that no pack grows old.
//! What doctors and check-ups have found is worked out in [`history`].
//! This crate knows the values of `messages` and nothing of services, worlds or files.

mod ask;
mod cut;
mod date_rule;
pub mod diagnostic;
mod error;
mod fixed;
pub mod history;
pub mod label;
mod lower;
mod pack;
mod people;
pub mod raw;
mod read;
mod schema;
pub mod script;
mod wording;

pub use ask::Asked;
pub use date_rule::{DateRule, DateRuleError};
pub use error::{PackError, Problem};
pub use pack::{
    Ask, Card, Coverage, CoverageKind, DiseaseRule, ElderlyRule, Expectation, Insurance, LimitRule,
    MedicalAid, Pack, Person, TicketRule, Title,
};
pub use people::{Match, People};
pub use schema::{Wire, schema};

/// The built-in pack of test cards.
///
/// # Panics
/// Never: a test reads the same text.
#[must_use]
pub fn standard() -> Pack {
    Pack::read("packs/standard.yaml", STANDARD).expect("the built-in pack is valid")
}

/// The built-in pack as it is written.
pub const STANDARD: &str = include_str!("../packs/standard.yaml");

/// Every shipped pack: its name, and as it is written. The standard one comes first.
#[must_use]
pub fn packs() -> &'static [(&'static str, &'static str)] {
    &[
        ("standard", STANDARD),
        ("troubles", include_str!("../packs/troubles.yaml")),
        ("month-change", include_str!("../packs/month-change.yaml")),
        ("names-and-characters", include_str!("../packs/names-and-characters.yaml")),
        ("first-day", include_str!("../packs/first-day.yaml")),
    ]
}

/// A shipped pack by its name.
///
/// # Panics
/// Never: a test reads the same texts.
#[must_use]
pub fn shipped(name: &str) -> Option<Pack> {
    let (name, text) = packs().iter().find(|(known, _)| *known == name)?;
    Some(Pack::read(&format!("packs/{name}.yaml"), text).expect("the shipped packs are valid"))
}
