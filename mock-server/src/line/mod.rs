//! Lines (回線): what carries a connection, found without believing anything that the client writes.
//!
//! Lines belong to the network, not to a world: one table for the whole process says which port, source address or
//! front carries which line. Whose line it is, and whether it is registered, is the business of a world.

mod identity;
pub mod proxy;
pub mod region;
mod table;

pub use identity::{CustomerId, CustomerIdError, GivenName, GivenNameError, Line, LineError, LineKind};
pub use table::{FoundBy, FoundLine, LineTable, MOST_ENTRIES, Network, TableFull};
