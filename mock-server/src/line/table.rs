//! The network's table: which port, source address or front carries which line.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, PoisonError, RwLock};

use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Line;

/// Most entries of each sort.
pub const MOST_ENTRIES: usize = 4096;

/// How the line of a connection was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FoundBy {
    /// By the local port that the connection came in on.
    Port(u16),
    /// By the longest network that the source address lies in.
    Source(IpNet),
    /// By the PROXY header of the front at this address.
    Front(IpAddr),
}

/// A connection's line, and how it was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FoundLine {
    /// The line.
    #[schema(value_type = Object)]
    pub line: Line,
    /// How it was found.
    #[schema(value_type = Object)]
    pub by: FoundBy,
}

/// Which line carries what comes in where. IPv4 addresses inside IPv6 count as IPv4.
#[derive(Debug, Clone, Default)]
pub struct LineTable {
    ports: BTreeMap<u16, Line>,
    /// The longest networks first.
    sources: Vec<(IpNet, Line)>,
    fronts: Vec<IpNet>,
}

/// The table has as many entries as it may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the table of lines is full: {MOST_ENTRIES} entries")]
pub struct TableFull;

impl LineTable {
    /// Lets a port play the end of a line.
    ///
    /// # Errors
    /// [`TableFull`]
    pub fn assign(&mut self, port: u16, line: Line) -> Result<(), TableFull> {
        room(self.ports.len())?;
        self.ports.insert(port, line);
        Ok(())
    }

    /// Lets a network of source addresses be a line.
    ///
    /// # Errors
    /// [`TableFull`]
    pub fn route(&mut self, source: IpNet, line: Line) -> Result<(), TableFull> {
        self.unroute(source);
        room(self.sources.len())?;
        let source = source.trunc();
        let place = self.sources.partition_point(|(known, _)| known.prefix_len() >= source.prefix_len());
        self.sources.insert(place, (source, line));
        Ok(())
    }

    /// Believes the PROXY headers that come from these addresses.
    ///
    /// # Errors
    /// [`TableFull`]
    pub fn trust(&mut self, front: IpNet) -> Result<(), TableFull> {
        self.distrust(front);
        room(self.fronts.len())?;
        self.fronts.push(front.trunc());
        Ok(())
    }

    /// Takes a port's line away; whether it had one.
    pub fn unassign(&mut self, port: u16) -> bool {
        self.ports.remove(&port).is_some()
    }

    /// Takes a network's line away; whether it had one.
    pub fn unroute(&mut self, source: IpNet) -> bool {
        let before = self.sources.len();
        self.sources.retain(|(known, _)| *known != source.trunc());
        self.sources.len() != before
    }

    /// Believes a front no longer; whether it was believed.
    pub fn distrust(&mut self, front: IpNet) -> bool {
        let before = self.fronts.len();
        self.fronts.retain(|known| *known != front.trunc());
        self.fronts.len() != before
    }

    /// Whether PROXY headers of an address are believed.
    #[must_use]
    pub fn is_front(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.fronts.iter().any(|front| front.contains(&address))
    }

    /// The line of a connection: by its source address, else by the local port.
    #[must_use]
    pub fn find(&self, local_port: u16, source: IpAddr) -> Option<FoundLine> {
        let source = source.to_canonical();
        let routed = self.sources.iter().find(|(network, _)| network.contains(&source));
        match routed {
            Some((network, line)) => Some(FoundLine { line: line.clone(), by: FoundBy::Source(*network) }),
            None => {
                let line = self.ports.get(&local_port)?.clone();
                Some(FoundLine { line, by: FoundBy::Port(local_port) })
            }
        }
    }

    /// Every port that is the end of a line.
    pub fn ports(&self) -> impl Iterator<Item = (u16, &Line)> {
        self.ports.iter().map(|(port, line)| (*port, line))
    }

    /// Every network that is a line, the longest first.
    pub fn sources(&self) -> impl Iterator<Item = &(IpNet, Line)> {
        self.sources.iter()
    }

    /// Every network of fronts.
    #[must_use]
    pub fn fronts(&self) -> &[IpNet] {
        &self.fronts
    }
}

fn room(entries: usize) -> Result<(), TableFull> {
    if entries < MOST_ENTRIES { Ok(()) } else { Err(TableFull) }
}

/// The network of the process: one table, read as a whole and replaced as a whole.
#[derive(Debug, Default)]
pub struct Network {
    table: RwLock<Arc<LineTable>>,
}

impl Network {
    /// A network with a table to begin with.
    #[must_use]
    pub fn new(table: LineTable) -> Self {
        Self { table: RwLock::new(Arc::new(table)) }
    }

    /// The table as it is now; the lock is gone when this returns.
    #[must_use]
    pub fn table(&self) -> Arc<LineTable> {
        Arc::clone(&self.table.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes the table for every connection from now on.
    pub fn change<T>(&self, change: impl FnOnce(&mut LineTable) -> T) -> T {
        let mut table = self.table.write().unwrap_or_else(PoisonError::into_inner);
        change(Arc::make_mut(&mut table))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(number: u8) -> Line {
        format!("CAF00000000{number:02}").parse().unwrap()
    }

    fn found(table: &LineTable, port: u16, source: &str) -> Option<String> {
        table.find(port, source.parse().unwrap()).map(|found| found.line.to_string())
    }

    #[test]
    fn the_longest_network_wins_then_the_port() {
        let mut table = LineTable::default();
        table.assign(8443, line(1)).unwrap();
        for (network, number) in [
            ("10.0.0.0/8", 2),
            ("10.1.0.0/16", 3),
            ("10.1.2.3/32", 4),
            ("2001:db8::/32", 5),
            ("2001:db8:1::/48", 6),
        ] {
            table.route(network.parse().unwrap(), line(number)).unwrap();
        }
        for (source, number) in [
            ("192.0.2.1", 1),
            ("10.9.9.9", 2),
            ("10.1.9.9", 3),
            ("10.1.2.3", 4),
            ("::ffff:10.1.2.3", 4),
            ("2001:db8:2::1", 5),
            ("2001:db8:1::1", 6),
            ("2001:db9::1", 1),
        ] {
            assert_eq!(found(&table, 8443, source), Some(line(number).to_string()), "{source}");
        }
        assert_eq!(found(&table, 8444, "192.0.2.1"), None);
        assert!(table.unroute("10.1.2.9/16".parse().unwrap()), "the host part does not matter");
        assert_eq!(found(&table, 8443, "10.1.9.9"), Some(line(2).to_string()));
    }

    #[test]
    fn only_listed_fronts_are_believed() {
        let mut table = LineTable::default();
        table.trust("127.0.0.3/32".parse().unwrap()).unwrap();
        assert!(table.is_front("127.0.0.3".parse().unwrap()));
        assert!(table.is_front("::ffff:127.0.0.3".parse().unwrap()));
        assert!(!table.is_front("127.0.0.1".parse().unwrap()));
        assert!(table.distrust("127.0.0.3/32".parse().unwrap()));
        assert!(!table.is_front("127.0.0.3".parse().unwrap()));
    }

    #[test]
    fn the_table_is_bounded_but_entries_may_be_replaced() {
        let mut table = LineTable::default();
        let network = |number: usize| -> IpNet {
            format!("10.{}.{}.0/24", number / 256, number % 256).parse().unwrap()
        };
        for number in 0..MOST_ENTRIES {
            table.route(network(number), line(1)).unwrap();
        }
        assert_eq!(table.route(network(MOST_ENTRIES), line(1)), Err(TableFull));
        assert_eq!(table.route(network(7), line(2)), Ok(()));
        assert_eq!(table.sources().count(), MOST_ENTRIES);
    }

    #[test]
    fn a_table_that_is_in_use_stays_as_it_is() {
        let network = Network::default();
        let before = network.table();
        network.change(|table| table.assign(1, line(1))).unwrap();
        assert_eq!(found(&before, 1, "192.0.2.1"), None);
        assert_eq!(found(&network.table(), 1, "192.0.2.1"), Some(line(1).to_string()));
    }
}
