//! XML in and out: the only code that names quick-xml.
//!
//! Reading makes a small tree that keeps places, order, emptiness and repetition, because findings need them all.
//! Document types and entities are refused, depth and count are bounded.

mod read;
mod write;

use std::borrow::Cow;

pub use read::{XmlError, is_whole, read};
pub use write::XmlSink;
pub(crate) use write::escape;

/// One element of a document.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Element<'a> {
    /// Its name, with a prefix if there is one.
    pub name: Cow<'a, str>,
    /// Byte offset of its start tag in the decoded text.
    pub offset: usize,
    /// Its own text, entities resolved; for a group usually white space.
    pub text: Cow<'a, str>,
    /// Its child elements in the order of the document.
    pub children: Vec<Element<'a>>,
}
