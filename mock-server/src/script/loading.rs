//! The scenarios of a world: which are loaded, in which order, and what went wrong last.

use std::sync::{Arc, PoisonError, RwLock};

use jiff::Timestamp;
use scenarios::{Pack, PackError, People};
use serde::{Deserialize, Serialize};

/// Most bytes of a scenario.
const MOST_BYTES: usize = 4 * 1024 * 1024;
/// Most scenarios of a world.
const MOST_SCENARIOS: usize = 200;
/// Longest name of a scenario.
const LONGEST_NAME: usize = 60;

/// Where a scenario came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// The admin API.
    Api,
    /// The folder of scenarios.
    Folder,
}

/// A scenario as it was loaded: what the ledger keeps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Loaded {
    /// Its name.
    pub name: Arc<str>,
    /// Where it came from.
    pub source: Source,
    /// When, by the world's clock.
    pub at: Timestamp,
    /// Its text.
    pub text: Arc<str>,
}

/// A scenario as it is meant.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// As it was loaded.
    pub loaded: Loaded,
    /// What it says.
    pub pack: Arc<Pack>,
}

/// Why a scenario isn't loaded. Then nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ScenarioError {
    /// The name.
    #[error(
        "{name:?} is no name of a scenario; expected lower-case letters, digits and hyphens, at most {LONGEST_NAME}"
    )]
    Name {
        /// What was given.
        name: String,
    },
    /// The file calls itself otherwise.
    #[error("the scenario says `pack: {says}`; expected `pack: {name}`, or nothing")]
    OtherName {
        /// What it says.
        says: String,
        /// The name that it is loaded under.
        name: String,
    },
    /// Too long.
    #[error("a scenario has at most {MOST_BYTES} bytes")]
    TooLarge,
    /// Too many.
    #[error("a world has at most {MOST_SCENARIOS} scenarios; delete one first")]
    TooMany,
    /// Something in it is wrong.
    #[error(transparent)]
    Pack(#[from] PackError),
}

impl Scenario {
    /// Reads a scenario. `people` are those of the world, whose cards it may name.
    ///
    /// # Errors
    /// [`ScenarioError`] with everything that is wrong.
    pub fn read(loaded: Loaded, people: &People) -> Result<Self, ScenarioError> {
        let scenario = Self::of(loaded)?;
        scenario.check_cards(people.cards().map(|card| card.key.as_str()))?;
        Ok(scenario)
    }

    /// Whether each card that it names is its own, or known.
    ///
    /// # Errors
    /// [`ScenarioError::Pack`] with those that are not.
    pub fn check_cards<'k>(&'k self, known: impl Iterator<Item = &'k str>) -> Result<(), ScenarioError> {
        Ok(self.pack.check_cards(&file(&self.loaded.name), known)?)
    }

    /// Reads a scenario without a look at the cards that it names.
    ///
    /// # Errors
    /// [`ScenarioError`] with everything else that is wrong.
    pub fn of(loaded: Loaded) -> Result<Self, ScenarioError> {
        let name = &*loaded.name;
        let well_formed = !name.is_empty()
            && name.len() <= LONGEST_NAME
            && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            // These would stand in the way of their own resources.
            && !matches!(name, "cards" | "states");
        if !well_formed {
            return Err(ScenarioError::Name { name: name.chars().take(100).collect() });
        }
        if loaded.text.len() > MOST_BYTES {
            return Err(ScenarioError::TooLarge);
        }
        let pack = Pack::read(&file(name), &loaded.text)?;
        if pack.name != name {
            return Err(ScenarioError::OtherName { says: pack.name, name: name.to_owned() });
        }
        Ok(Self { loaded, pack: Arc::new(pack) })
    }
}

/// The file of a scenario, as problems name it.
fn file(name: &str) -> String {
    format!("{name}.yaml")
}

/// The scenarios of a world.
#[derive(Debug, Default)]
pub struct Scenarios {
    /// In the order in which they were loaded.
    loaded: RwLock<Arc<Vec<Scenario>>>,
    /// What was wrong when the folder was read last; the scenarios before it stay.
    trouble: RwLock<Option<Arc<str>>>,
}

impl Scenarios {
    /// All of them, in the order in which they were loaded.
    #[must_use]
    pub fn all(&self) -> Arc<Vec<Scenario>> {
        Arc::clone(&self.loaded.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The one with a name.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<Scenario> {
        self.all().iter().find(|scenario| &*scenario.loaded.name == name).cloned()
    }

    /// Whether one more finds room.
    ///
    /// # Errors
    /// [`ScenarioError::TooMany`] if not.
    pub fn has_room_for(&self, name: &str) -> Result<(), ScenarioError> {
        let all = self.all();
        let others = all.iter().filter(|scenario| &*scenario.loaded.name != name).count();
        if others < MOST_SCENARIOS { Ok(()) } else { Err(ScenarioError::TooMany) }
    }

    /// What was wrong when the folder was read last.
    #[must_use]
    pub fn trouble(&self) -> Option<Arc<str>> {
        self.trouble.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Notes what was wrong with the folder, or that nothing is any more.
    pub fn note(&self, trouble: Option<Arc<str>>) {
        *self.trouble.write().unwrap_or_else(PoisonError::into_inner) = trouble;
    }

    /// Takes over what was recorded; the scenario comes last, also if there was one of its name.
    pub(crate) fn load(&self, loaded: &Loaded) {
        // A text that an older version took, and this one doesn't, is left out.
        match Scenario::of(loaded.clone()) {
            Ok(scenario) => self.change(&loaded.name, Some(scenario)),
            Err(error) => {
                tracing::warn!(scenario = %loaded.name, %error, "a scenario of the ledger is left out")
            }
        }
    }

    pub(crate) fn remove(&self, name: &str) {
        self.change(name, None);
    }

    fn change(&self, name: &str, scenario: Option<Scenario>) {
        let mut loaded = self.loaded.write().unwrap_or_else(PoisonError::into_inner);
        let others = loaded.iter().filter(|other| &*other.loaded.name != name).cloned();
        *loaded = Arc::new(others.chain(scenario).collect());
    }

    /// People with those of the scenarios over them; the same ones if there are no scenarios.
    pub(crate) fn over(&self, base: &Arc<People>) -> Arc<People> {
        let all = self.all();
        if all.is_empty() {
            return Arc::clone(base);
        }
        let mut people = People::clone(base);
        for scenario in all.iter() {
            people.add(Pack::clone(&scenario.pack));
        }
        Arc::new(people)
    }
}
