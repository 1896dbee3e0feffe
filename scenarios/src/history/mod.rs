//! Medical histories: visits with drugs, treatments and operations, and the check-ups of five years.
//!
//! A history is a pure function of the person's seed, the profiles that the pack names, and today. Nothing is kept for
//! people who are never asked for. Everything is derived from months of the calendar and the seed, never from the
//! distance to today: last March's visit stays the same visit, new months appear, and today only says how far one sees.
//! The tables and profiles are data, in `scenarios/data/`; how an answer is written down is not known here.

mod amount;
mod catalogue;
mod checkup;
mod dice;
mod findings;
mod judgement;
mod raw;
mod table;
mod visit;
mod visits;
mod wave;

use jiff::civil::Date;
use messages::value::{Month, Sex};

pub use amount::{Amount, AmountError};
pub use catalogue::{CheckupProfile, Fact, Profile, checkup_profiles, profiles};
pub use checkup::{Checkup, DataType, Item};
pub use table::{CheckupItem, checkup_items, drugs, treatments};
pub use visit::{DentalAddition, Drug, DrugClass, InOut, Institution, Treatment, TreatmentClass, Visit};

use crate::pack::Person;

/// What a person's visits and check-ups follow from.
#[derive(Debug, Clone, Default)]
pub struct History {
    /// The seed; a card's is made from its key.
    pub seed: u64,
    /// Profiles of the visits; none, no visits.
    pub profiles: Vec<&'static Profile>,
    /// Profile of the check-ups; none, no check-ups.
    pub checkups: Option<&'static CheckupProfile>,
}

impl History {
    /// The seed that belongs to a key.
    #[must_use]
    pub fn seed_of(key: &str) -> u64 {
        dice::hash(key)
    }

    /// Whether anything of the profiles is so.
    fn has(&self, fact: Fact) -> bool {
        self.profiles.iter().any(|profile| profile.facts.contains(&fact))
    }
}

impl Person {
    /// What can be seen today of the visits of some months, both included, in order of their dates.
    ///
    /// Never anything after today or before birth. A visit is seen once its receipt is in (the receipts of a month come
    /// in on the 11th of the next, `data/histories.yaml`), and an electronic prescription or dispensing at once:
    /// [`Visit::in_receipts`] tells which.
    #[must_use]
    pub fn visits(&self, today: Date, from: Month, to: Month) -> Vec<Visit> {
        visits::visits(&self.history, self.born.on(today), today, from, to)
    }

    /// The check-ups of the last five years, newest first.
    ///
    /// People are examined once in a fiscal year (April to March) at whose end they are 40 to 74 years old.
    #[must_use]
    pub fn checkups(&self, today: Date) -> Vec<Checkup> {
        let male = self.sex == Sex::Male || self.sex2 == Some(Sex::Male);
        checkup::checkups(&self.history, self.born.on(today), male, today)
    }
}
