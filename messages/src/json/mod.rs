//! Messages as JSON: the same names, every value a string (messages.md 6).
//!
//! Reading makes the same tree as XML, so that everything after it is shared.

mod read;
mod write;

pub use read::{JsonError, read};
pub use write::{JsonSink, document, object};
