//! How an exchange ended, in one word.

use serde::{Deserialize, Serialize};

use super::Exchange;
use crate::failure;

/// How an exchange ended.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The service answered, be it with an error of the field.
    Answered,
    /// A gate or the service's door refused it.
    Refused,
    /// onshi-mock itself failed.
    Failed,
    /// A scenario or a fault changed what was answered, or whether.
    Simulated,
    /// It ended before there was a request: in the TLS handshake, or below.
    Handshake,
}

impl Outcome {
    /// Every outcome.
    pub const ALL: [Self; 5] =
        [Self::Answered, Self::Refused, Self::Failed, Self::Simulated, Self::Handshake];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::Refused => "refused",
            Self::Failed => "failed",
            Self::Simulated => "simulated",
            Self::Handshake => "handshake",
        }
    }
}

impl Exchange {
    /// How it ended. What was played comes first: a refusal that a scenario wanted is no refusal of the gate.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        if !self.simulated.is_empty() {
            Outcome::Simulated
        } else if self.handshake {
            Outcome::Handshake
        } else {
            match self.refused {
                None => Outcome::Answered,
                Some(failure::LABEL) => Outcome::Failed,
                Some(_) => Outcome::Refused,
            }
        }
    }
}
