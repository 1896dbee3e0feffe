//! Scripts: what happens instead of a plain answer, and when.

pub(crate) mod delay;
pub mod raw;
pub(crate) mod time;

pub use time::{TimeRule, TimeRuleError};
