//! The terminal's channel: what the service hands to a terminal that it did not ask for.
//!
//! The layout is our own (\[D]); the real channel between the applications is not public. A terminal asks
//! `GET /terminal/v1/deliveries?after=N&wait=S` and fetches each body at `/terminal/v1/deliveries/{number}`. It asks
//! `GET /terminal/v1/time` for the world's time, tells its troubles by `POST /terminal/v1/reports`, and plays visits at
//! its card reader by `POST /terminal/v1/visits`.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::refusal::Bilingual;

pub use crate::habit::{HABIT_HEADER, Habit, Lapse};

/// A folder that the terminal writes into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Folder {
    /// `OQS/face`: what the card reader brings.
    Face,
}

/// One file to be written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// Its number; grows from delivery to delivery.
    pub number: u64,
    /// Where it belongs.
    pub folder: Folder,
    /// Its name.
    pub name: String,
}

/// What waits for a terminal, in order.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Deliveries {
    /// The files.
    pub deliveries: Vec<Delivery>,
}

/// The world's time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorldTime {
    /// Now.
    pub now: Timestamp,
    /// How its clock goes: `running`, `frozen` or `scaled`.
    #[serde(default)]
    pub mode: String,
}

/// What a terminal could not do, for the world's journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// Our stable name of the reason: `T` and three digits.
    pub label: String,
    /// The file that is concerned, without its folder; empty if none is.
    #[serde(default)]
    pub file: String,
    /// What happened.
    pub text: Bilingual,
}

impl Report {
    /// Most bytes of a report as JSON.
    pub const MOST_BYTES: usize = 8 * 1024;
}

/// Header of an answer with the world's time of it, RFC 3339.
pub const NOW_HEADER: &str = "onshi-mock-now";
