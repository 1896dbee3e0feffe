//! Messages of the qualification system (OQS).

mod consent;
pub mod quc;

pub(crate) use consent::consent_names;
pub use consent::{ConsentNames, Consented, LimitConsented};
