//! Message ids: which of them exist, and which we answer.
//!
//! Source: messages.md 1.1 and 2.

/// A message that the service answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MessageId {
    /// Qualification confirmation (資格確認).
    OqsSiQuc01,
}

impl MessageId {
    /// Every message that is answered.
    pub const ALL: &'static [Self] = &[Self::OqsSiQuc01];

    /// The id as the field writes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OqsSiQuc01 => "OQSsiquc01",
        }
    }

    /// Finds a message by its id, in any letter case (file names ignore case, messages.md 1.2).
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|id| id.as_str().eq_ignore_ascii_case(text))
    }
}
