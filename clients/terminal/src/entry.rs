//! A claimed request, and the names that it leads to.

use std::fmt;

use messages::file_name::RequestFileName;
use serde::{Deserialize, Serialize};

/// A claimed request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) id: Id,
    pub(crate) request: RequestFileName,
}

/// Name of an entry and key of its exchange (`Idempotency-Key`): 24 hexadecimal digits, 16 of them the process's own.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Id(String);

/// What is noted before an answer is renamed into place. Names only, both in `res`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Record {
    pub(crate) temporary: String,
    pub(crate) answer: String,
}

impl Entry {
    /// Its name in the work folder.
    pub(crate) fn name(&self) -> String {
        format!("{}.{}", self.id, self.request)
    }
}

impl Id {
    const DIGITS: usize = 24;

    /// `process` tells processes apart, `claim` the claims of one process in their order.
    pub(crate) fn new(process: u64, claim: u32) -> Self {
        Self(format!("{process:016x}{claim:08x}"))
    }

    /// The part that is the process's own.
    pub(crate) fn process(&self) -> &str {
        self.0.split_at(16).0
    }

    /// Reads an id from the beginning of a name, with the rest after the dot that ends it.
    pub(crate) fn before_dot(name: &str) -> Option<(Self, &str)> {
        let (id, rest) = name.split_once('.')?;
        let is_id = id.len() == Self::DIGITS && id.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        is_id.then(|| (Self(id.to_owned()), rest))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn temporary_name(&self) -> String {
        format!(".{self}.tmp")
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Record {
    pub(crate) fn to_json(&self) -> String {
        serde_json::to_string(self).expect("a record is two strings")
    }
}

/// A number from the system's source of randomness, by way of the standard library's hash keys.
pub(crate) fn random() -> u64 {
    use std::hash::{BuildHasher, Hasher, RandomState};
    RandomState::new().build_hasher().finish()
}
