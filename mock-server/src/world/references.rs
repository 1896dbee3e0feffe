//! Reference numbers: how an institution knows a person (照会番号). They survive a change of insurer.

use dashmap::DashMap;
use messages::value::{InstitutionCode, ReferenceNumber};

use super::PersonId;

/// The reference numbers of a world.
#[derive(Debug)]
pub struct References {
    by_person: DashMap<(InstitutionCode, PersonId), ReferenceNumber>,
}

impl Default for References {
    fn default() -> Self {
        Self { by_person: super::map() }
    }
}

impl References {
    pub(super) fn set(&self, person: &PersonId, institution: &InstitutionCode, number: &ReferenceNumber) {
        self.by_person.insert((institution.clone(), person.clone()), number.clone());
    }

    /// The number by which an institution knows a person.
    #[must_use]
    pub fn of(&self, person: &PersonId, institution: &InstitutionCode) -> Option<ReferenceNumber> {
        self.by_person.get(&(institution.clone(), person.clone())).map(|found| found.clone())
    }
}
