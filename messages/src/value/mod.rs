//! Values: every kind of text that an element can hold, declared once.

mod code;
mod date;
mod insurer;
mod rule;
mod text;

use std::borrow::Cow;
use std::fmt;

use crate::finding::Label;
use crate::message::Fault;
use crate::refusal::Bilingual;

pub use code::*;
pub use date::{Day, LastMonth, Moment, Month};
pub use insurer::InsurerNumber;
pub use rule::check_digit;
pub use text::*;

/// The description of a kind of value.
#[derive(Debug, Clone, Copy)]
pub struct Kind {
    /// Name of its type.
    pub name: &'static str,
    /// Its form in Japanese.
    pub ja: &'static str,
    /// Its form in English.
    pub en: &'static str,
    /// Its code table: name, and code with meaning. Empty for other kinds.
    pub codes: &'static [(&'static str, &'static str)],
}

impl Kind {
    /// Its form in both languages.
    #[must_use]
    pub const fn format(&self) -> Bilingual {
        Bilingual::fixed(self.ja, self.en)
    }
}

/// A value of an element. One that exists satisfies its rules.
pub trait Value: Sized + Clone + PartialEq + fmt::Debug {
    /// What kind of value it is.
    const KIND: Kind;

    /// Reads the text of an element.
    ///
    /// # Errors
    /// [`Fault`] with the first rule that the text breaks.
    fn read(text: &str) -> Result<Self, Fault>;

    /// The text as it stands on the wire.
    fn text(&self) -> Cow<'_, str>;

    /// Its form as a regular expression, as far as one can say it. `None` for code tables and dates.
    #[must_use]
    fn pattern() -> Option<String> {
        None
    }

    /// A random value. Its characters are in Windows-31J.
    #[cfg(any(test, feature = "samples"))]
    fn sample(dice: &mut crate::samples::Dice<'_>) -> Self;

    /// Something accepted that is still worth telling.
    fn note(&self) -> Option<Label> {
        None
    }
}

/// Error of the conversions from text, for callers outside a document (packs, the command line).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{sent:?}: {}, expected {}", .label.meaning().en, .expected.en)]
pub struct ValueError {
    /// The rule that is broken.
    pub label: Label,
    /// What was given.
    pub sent: String,
    /// What is expected.
    pub expected: Bilingual,
}

/// Reads a value outside of a document.
pub(crate) fn parse<V: Value>(text: &str) -> Result<V, ValueError> {
    V::read(text).map_err(|Fault { label, expected }| ValueError { label, sent: text.to_owned(), expected })
}

/// `FromStr`, `Display` and serde (as text) for a kind of value.
macro_rules! text_conversions {
    ($name:ident) => {
        impl std::str::FromStr for $name {
            type Err = $crate::value::ValueError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                $crate::value::parse(text)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(&$crate::value::Value::text(self))
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <String as serde::Deserialize>::deserialize(deserializer)?;
                $crate::value::parse(&text).map_err(serde::de::Error::custom)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&$crate::value::Value::text(self))
            }
        }
    };
}
pub(crate) use text_conversions;
