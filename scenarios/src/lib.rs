//! The scenario language and the people it describes.
//!
//! A pack goes through three states: bytes, [`raw`] (as written) and [`Pack`] (as meant). Everything that depends on
//! the day is kept as a rule ([`DateRule`]) and worked out when it is asked for, so that no pack grows old.
//! What doctors and check-ups have found is worked out in [`history`].
//! This crate knows the values of `messages` and nothing of services, worlds or files.

mod ask;
mod date_rule;
mod error;
pub mod history;
mod lower;
mod pack;
mod people;
pub mod raw;
pub mod script;

pub use ask::Asked;
pub use date_rule::{DateRule, DateRuleError};
pub use error::{PackError, Problem};
pub use pack::{
    Ask, Card, Coverage, CoverageKind, DiseaseRule, ElderlyRule, Expectation, Insurance, LimitRule,
    MedicalAid, Pack, Person, TicketRule, Title,
};
pub use people::{Match, PackRules, People};

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
