//! Certificates that are wrong on purpose, as a pack: files, and a manifest that says what must happen with each.
//!
//! [`certs::defects`] makes them; here stands what a world has to know of them, and what its gate answers.

mod expected;
mod manifest;
mod pack;
mod servers;

pub use expected::{Expected, expected};
pub use manifest::{Clients, IdentityShown, Manifest, Refusal, ServerShown};
pub use pack::{Pack, PackError, Places};
pub use servers::{OpenServer, ServerError, Servers};
