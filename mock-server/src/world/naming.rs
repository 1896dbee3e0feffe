//! Names of worlds, and why there is no such world.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::slot::SnapshotError;
use super::{DEFAULT, FurnitureError, MOST_WORLDS};
use crate::ledger::{LedgerError, LineError};

/// Longest name of a world.
pub(super) const LONGEST_NAME: usize = 60;
/// Names that mean something else in the API.
const TAKEN_NAMES: [&str; 3] = ["reset", "import", "snapshots"];

/// Why there is no such world.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WorldError {
    /// No world has this name.
    #[error("there is no world {name:?}{}", .nearest.as_ref().map(|near| format!("; did you mean {near:?}?")).unwrap_or_default())]
    Unknown {
        /// The name.
        name: String,
        /// A world with a similar name.
        nearest: Option<Arc<str>>,
    },
    /// Another world has the name.
    #[error("there is a world {name:?} already")]
    Exists {
        /// The name.
        name: String,
    },
    /// The text is no name.
    #[error(
        "{name:?} is no name of a world; expected 1 to 60 of a-z, 0-9, - and _, beginning with a letter or digit, and none of `reset`, `import` and `snapshots`"
    )]
    Name {
        /// The text.
        name: String,
    },
    /// There are too many worlds.
    #[error("there are {MOST_WORLDS} worlds already; delete some")]
    TooMany,
    /// The default world stays.
    #[error("the world `{DEFAULT}` can be reset, but not deleted")]
    Default,
    /// Its packs, scenario or dialect.
    #[error(transparent)]
    Furniture(#[from] FurnitureError),
    /// Its ledger.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The text that is imported.
    #[error(transparent)]
    Import(#[from] LineError),
    /// A ledger that doesn't say how its world began.
    #[error("the ledger does not begin with the foundation of a world; only an exported one can be imported")]
    NoFoundation,
    /// A snapshot.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
}

/// The file of a world's ledger.
#[must_use]
pub fn file_of(folder: &Path, name: &str) -> PathBuf {
    folder.join(name).with_extension("jsonl")
}

/// Whether a text can be the name of a world.
///
/// # Errors
/// [`WorldError::Name`] if not.
pub fn check_name(name: &str) -> Result<(), WorldError> {
    let letter = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let good = (1..=LONGEST_NAME).contains(&name.len())
        && name.bytes().all(|b| letter(b) || matches!(b, b'-' | b'_'))
        && name.bytes().next().is_some_and(letter)
        && !TAKEN_NAMES.contains(&name);
    if good { Ok(()) } else { Err(WorldError::Name { name: name.chars().take(LONGEST_NAME).collect() }) }
}
