//! Messages of the qualification system (OQS).

pub mod bulk;
mod consent;
pub mod header;
pub mod imm;
pub mod quc;
pub mod visit;

pub(crate) use consent::consent_names;
pub use consent::{ConsentNames, Consented, LimitConsented};
