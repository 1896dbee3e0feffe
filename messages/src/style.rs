//! How messages are written: what the specification leaves to the sender, or nobody knows.

use crate::charset::Encoding;

/// How a message is written. The rows of the dialect under `answers` and `bulk` make one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Style {
    /// The character encoding.
    pub encoding: Encoding,
    /// The order of siblings.
    pub order: Order,
    /// What stands for a missing value.
    pub empty: Empty,
    /// Whether results of bulk messages stand in a list element.
    pub nesting: Nesting,
}

impl From<Encoding> for Style {
    fn from(encoding: Encoding) -> Self {
        Self { encoding, ..Self::default() }
    }
}

/// The order of siblings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// As the specification lists them.
    #[default]
    Specification,
    /// As a `java.util.HashMap` of the names lists them: arbitrary, but always the same.
    ///
    /// Both real answers whose order is known (elements.md 2) have exactly this order, \[I].
    Scrambled,
}

/// What stands for a missing value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Empty {
    /// Nothing.
    #[default]
    Omit,
    /// An empty element.
    Write,
}

/// Whether results of bulk messages stand in a list element (gaps.md 2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Nesting {
    /// `ResultList/ResultOfQualificationConfirmation`.
    #[default]
    Wrapped,
    /// `ResultOfQualificationConfirmation` directly.
    Flat,
}

/// Where Java's `HashMap` keeps `name` among `count` names: the order of its buckets is the order of iteration.
pub(crate) fn bucket(name: &str, count: usize) -> u32 {
    let mut buckets = 16;
    while count * 4 > buckets * 3 {
        buckets *= 2;
    }
    let hash = name.bytes().fold(0u32, |hash, b| hash.wrapping_mul(31).wrapping_add(b.into()));
    (hash ^ (hash >> 16)) & u32::try_from(buckets - 1).unwrap_or(u32::MAX)
}
