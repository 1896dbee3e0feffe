//! Who somebody is inside a world.

use std::fmt;
use std::sync::Arc;

use scenarios::Card;
use serde::{Deserialize, Serialize};

/// A person, whatever insurance they have: the key of their test card.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PersonId(Arc<str>);

impl PersonId {
    /// The holder of the card with a key.
    #[must_use]
    pub fn new(key: &str) -> Self {
        Self(key.into())
    }

    /// The holder of a card.
    #[must_use]
    pub fn of(card: &Card) -> Self {
        Self::new(&card.key)
    }

    /// The key of the card.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PersonId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
