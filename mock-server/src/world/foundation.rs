//! What a world begins with, and begins with again when it is reset.

use std::sync::Arc;

use jiff::Timestamp;
use messages::dialect::{Dialect, DialectError};
use scenarios::People;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Event;
use crate::clock::Course;
use crate::registered::Institution;
use crate::script::ScenarioError;

/// Everything that makes a world what it is at its beginning.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Foundation {
    /// Its first institution.
    pub institution: Institution,
    /// Packs beside `standard`, by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub packs: Vec<String>,
    /// Rows that replace those of the process's dialect, as YAML.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dialect: Option<Arc<str>>,
    /// Where chance begins in this world.
    #[serde(default)]
    pub seed: u64,
    /// Which time it begins at; that of the system if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock: Option<Start>,
    /// How its clock runs.
    #[serde(default)]
    pub course: Course,
    /// What is registered in it.
    pub with: Vec<Event>,
}

/// The time at which a world begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Start {
    /// At this time, and running.
    #[schema(value_type = String, format = DateTime)]
    Set(Timestamp),
    /// At this time, and standing still.
    #[schema(value_type = String, format = DateTime)]
    Frozen(Timestamp),
}

impl Start {
    /// The course of a clock that begins now.
    #[must_use]
    pub fn course(self, real: Timestamp) -> Course {
        match self {
            Self::Set(at) => Course::running(at, real),
            Self::Frozen(at) => Course::Frozen { at },
        }
    }
}

impl Foundation {
    /// The same foundation for a world that begins now.
    #[must_use]
    pub fn begun(&self, real: Timestamp) -> Self {
        Self { course: self.clock.map(|start| start.course(real)).unwrap_or_default(), ..self.clone() }
    }
}

/// What a world is furnished with besides its ledger; worlds that add nothing of their own share it.
#[derive(Debug, Clone)]
pub struct Furniture {
    /// The rules.
    pub dialect: Arc<Dialect>,
    /// The people, dates as the packs write them.
    pub people: Arc<People>,
}

/// Why a world can't be furnished as its foundation says.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FurnitureError {
    /// The rows of the dialect.
    #[error("dialect:{0}")]
    Dialect(DialectError),
    /// The scenario.
    #[error(transparent)]
    Scenario(#[from] ScenarioError),
    /// A pack that isn't there.
    #[error("there is no pack {name:?}; there is `{}`", names_of_packs().join("`, `"))]
    UnknownPack {
        /// Its name.
        name: String,
    },
}

/// Names of the packs that are shipped.
fn names_of_packs() -> Vec<&'static str> {
    scenarios::packs().iter().map(|(name, _)| *name).collect()
}

impl Furniture {
    /// What a foundation wants, on top of this.
    ///
    /// # Errors
    /// [`FurnitureError`] with the first thing that is wrong, and its place.
    pub fn of(&self, foundation: &Foundation) -> Result<Self, FurnitureError> {
        let mut own = self.clone();
        if let Some(rows) = &foundation.dialect {
            let dialect = Dialect::clone(&self.dialect).with(rows).map_err(FurnitureError::Dialect)?;
            own.dialect = Arc::new(dialect);
        }
        let mut more = Vec::new();
        for name in foundation.packs.iter().filter(|name| *name != "standard") {
            let unknown = || FurnitureError::UnknownPack { name: name.clone() };
            more.push(scenarios::shipped(name).ok_or_else(unknown)?);
        }
        if !more.is_empty() {
            let mut people = People::clone(&self.people);
            more.into_iter().for_each(|pack| people.add(pack));
            own.people = Arc::new(people);
        }
        Ok(own)
    }
}
