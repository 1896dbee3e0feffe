//! XML in and out: the only code that names quick-xml.
//!
//! Reading makes a small tree that keeps places, order, emptiness and repetition, because findings need them all.
//! Document types and entities are refused, depth and count are bounded.

mod read;
mod write;

pub use crate::tree::Element;
pub use read::{XmlError, is_whole, read};
pub use write::{XmlSink, escape};
