//! Lines (回線): what carries a connection, found without believing anything that the client writes.
//!
//! Lines belong to the network, not to a world: one table for the whole process says which port carries which line.
//! Whose line it is, and whether it is registered, is the business of a world.

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// Customer ID of an IP-VPN line (お客さまID): `CAF` and 10 digits, or `COP` and 8 digits.
///
/// Source: access.md 1.1, \[S].
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct CustomerId(Arc<str>);

/// A text that is no customer ID.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{sent:?} is no customer ID; expected CAF and 10 digits, or COP and 8 digits")]
pub struct CustomerIdError {
    /// The text.
    pub sent: String,
}

impl FromStr for CustomerId {
    type Err = CustomerIdError;

    fn from_str(text: &str) -> Result<Self, CustomerIdError> {
        let digits = |prefix, length| {
            text.strip_prefix(prefix)
                .is_some_and(|rest: &str| rest.len() == length && rest.bytes().all(|b| b.is_ascii_digit()))
        };
        if digits("CAF", 10) || digits("COP", 8) {
            Ok(Self(text.into()))
        } else {
            Err(CustomerIdError { sent: text.to_owned() })
        }
    }
}

impl TryFrom<String> for CustomerId {
    type Error = CustomerIdError;

    fn try_from(text: String) -> Result<Self, CustomerIdError> {
        text.parse()
    }
}

impl fmt::Display for CustomerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A line that exists in the network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Line {
    /// What identifies it.
    #[schema(value_type = String)]
    pub customer_id: CustomerId,
}

/// How the line of a connection was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FoundBy {
    /// By the local port that the connection came in on.
    Port(u16),
}

/// A connection's line, and how it was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct FoundLine {
    /// The line.
    pub line: Line,
    /// How it was found.
    pub by: FoundBy,
}

/// Which line carries what comes in where.
#[derive(Debug, Clone, Default)]
pub struct LineTable {
    by_port: HashMap<u16, Line>,
}

impl LineTable {
    /// Lets a port play the end of a line.
    pub fn assign(&mut self, port: u16, line: Line) {
        self.by_port.insert(port, line);
    }

    /// The line of a connection that came in on a local port.
    #[must_use]
    pub fn find(&self, local_port: u16) -> Option<FoundLine> {
        let line = self.by_port.get(&local_port)?.clone();
        Some(FoundLine { line, by: FoundBy::Port(local_port) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_customer_id_has_the_form_of_east_or_west() {
        for id in ["CAF0123456789", "COP01234567"] {
            assert_eq!(id.parse::<CustomerId>().unwrap().to_string(), id);
        }
        for id in [
            "",
            "CAF012345678",
            "CAF01234567890",
            "COP0123456789",
            "caf0123456789",
            "CAF０１２３４５６７８９",
            "XYZ0123456789",
        ] {
            assert!(id.parse::<CustomerId>().is_err(), "{id}");
        }
    }
}
