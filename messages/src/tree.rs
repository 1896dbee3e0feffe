//! The tree that documents are read into, XML and JSON alike.

use std::borrow::Cow;
use std::cell::Cell;

/// Deepest nesting that is read. The deepest known message has ten levels.
pub(crate) const MOST_LEVELS: usize = 32;
/// Most elements in one document. A bulk request of 9,999 persons has about 100,000, its result up to 700,000.
pub(crate) const MOST_ELEMENTS: usize = 1_000_000;

/// One element of a document, with what findings need: its place, its emptiness, its repetition.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Element<'a> {
    /// Its name, with a prefix if there is one.
    pub name: Cow<'a, str>,
    /// Byte offset of its start in the decoded text.
    pub offset: usize,
    /// Its own text, entities resolved; for a group usually white space.
    pub text: Cow<'a, str>,
    /// Its child elements in the order of the document.
    pub children: Vec<Element<'a>>,
    /// Whether it is a value of JSON that is no string.
    pub(crate) no_string: bool,
    /// Whether a group has asked for it; what nobody asks for is unknown.
    pub(crate) known: Cell<bool>,
}
