//! The machine's clock. The only module that asks for it: what the terminal does follows the world's time or counts
//! between two moments of its own.

use jiff::Timestamp;

/// What the machine believes.
#[expect(clippy::disallowed_methods, reason = "this is the one place that asks the system")]
pub(crate) fn machine_now() -> Timestamp {
    Timestamp::now()
}
