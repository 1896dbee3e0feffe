//! Lines (回線): what carries a connection, found without believing anything that the client writes.
//!
//! Lines belong to the network, not to a world: one table for the whole process says which port carries which line.
//! Whose line it is, and whether it is registered, is the business of a world.

mod identity;

use std::collections::HashMap;

use serde::Serialize;

pub use identity::{CustomerId, CustomerIdError, GivenName, GivenNameError, Line, LineError, LineKind};

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
    #[schema(value_type = Object)]
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
