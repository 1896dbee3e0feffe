//! The terminal's channel: what the service hands to a terminal that it did not ask for.
//!
//! The layout is our own (\[D]); the real channel between the applications is not public. A terminal asks
//! `GET /terminal/v1/deliveries?after=N&wait=S` and fetches each body at `/terminal/v1/deliveries/{number}`.

use serde::{Deserialize, Serialize};

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
