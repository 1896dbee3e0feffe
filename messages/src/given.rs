//! A value as it was given: usable, odd, or not at all.

/// The value of one element.
///
/// Nothing that was sent is lost: what doesn't satisfy the rules of its type is kept as it stands (and reported as a
/// finding), but only [`Given::Good`] reaches a service. An empty element counts as missing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Given<T> {
    /// No such element, or an empty one.
    #[default]
    Missing,
    /// A value that satisfies its rules.
    Good(T),
    /// Something else, as it was sent.
    Odd(String),
}

impl<T> Given<T> {
    /// The value, if it is usable.
    pub fn good(&self) -> Option<&T> {
        match self {
            Self::Good(value) => Some(value),
            Self::Missing | Self::Odd(_) => None,
        }
    }

    /// Whether nothing was given.
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::Missing)
    }
}

impl<T> From<T> for Given<T> {
    fn from(value: T) -> Self {
        Self::Good(value)
    }
}

impl<T> From<Option<T>> for Given<T> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Missing, Self::Good)
    }
}
