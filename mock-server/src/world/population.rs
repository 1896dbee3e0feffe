//! The people of a world, and on which day their relative dates are read.

use std::sync::{Arc, PoisonError};

use jiff::civil::Date;
use scenarios::People;

use super::{Furniture, World};

/// The people of a world, and how their relative dates are read.
#[derive(Debug, Default)]
pub(super) struct Population {
    /// As the packs write them.
    written: Arc<People>,
    /// The day on which relative dates are read, if not each day anew.
    on: Option<Date>,
    /// As they are seen.
    seen: Arc<People>,
}

impl Population {
    fn of(written: Arc<People>, on: Option<Date>) -> Self {
        let seen = on.map_or_else(|| Arc::clone(&written), |day| Arc::new(written.fixed_on(day)));
        Self { written, on, seen }
    }
}

impl World {
    /// The people of this world as they are now; the lock is gone when this returns.
    #[must_use]
    pub fn people(&self) -> Arc<People> {
        Arc::clone(&self.people.read().unwrap_or_else(PoisonError::into_inner).seen)
    }

    /// Replaces the people of the packs; those of the scenarios stay over them.
    pub fn load(&self, people: People) {
        self.furnish(&Arc::new(people));
    }

    /// The same with people that worlds share.
    pub fn furnish(&self, people: &Arc<People>) {
        *self.base.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(people);
        self.stage();
    }

    /// Puts the people of the scenarios over those of the packs.
    pub(super) fn stage(&self) {
        let base = Arc::clone(&self.base.read().unwrap_or_else(PoisonError::into_inner));
        let written = self.scenarios.over(&base);
        let mut population = self.people.write().unwrap_or_else(PoisonError::into_inner);
        *population = Population::of(written, population.on);
    }

    pub(super) fn furniture(&self) -> Furniture {
        let people = Arc::clone(&self.base.read().unwrap_or_else(PoisonError::into_inner));
        Furniture { dialect: Arc::clone(&self.dialect), people }
    }

    /// The day on which relative dates of the cards are read. Absent: each day anew, so that no card grows old; a clock
    /// that is moved holds them where they were, so that it can move past their ends.
    #[must_use]
    pub fn cards_on(&self) -> Option<Date> {
        self.people.read().unwrap_or_else(PoisonError::into_inner).on
    }

    pub(super) fn hold_cards(&self, on: Option<Date>) {
        let mut population = self.people.write().unwrap_or_else(PoisonError::into_inner);
        if population.on != on {
            *population = Population::of(Arc::clone(&population.written), on);
        }
    }
}
