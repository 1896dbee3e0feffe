//! The harness of the system tests: the real binaries on real sockets and folders.
//!
//! A test starts a [`Mock`] of its own, in a folder of its own and on free ports, asks it as a client would, and waits
//! for conditions ([`eventually`]), never for time. What goes wrong panics with what was expected.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

pub mod binaries;
mod clock;
mod exchange;
pub mod foreign;
mod mock;
mod place;
pub mod presenting;
mod process;
pub mod raw;
mod schemathesis;
mod wait;
mod world;

pub use clock::{on_one_day, today};
pub use exchange::{Answer, Exchange, names};
pub use mock::{Mock, Plan, REGISTERED_LINE, Reply, UNREGISTERED_LINE, Who};
pub use place::{CLINIC, PHARMACY, Place};
pub use process::{Ended, Process, Signal};
pub use schemathesis::schemathesis;
pub use wait::{PATIENCE, eventually, holds};
pub use world::World;
