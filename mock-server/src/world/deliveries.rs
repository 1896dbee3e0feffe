//! Files that wait to be fetched by a terminal.

use std::collections::BTreeMap;
use std::sync::Arc;

use dashmap::DashMap;
use messages::channel::{self, Folder};
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;
use tokio::sync::futures::Notified;

/// Most files that wait for one terminal; older ones are forgotten.
const MOST_WAITING: usize = 1000;

/// A file for a terminal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// The terminal: the common name of its certificate.
    pub terminal: Arc<str>,
    /// Its number.
    pub number: u64,
    /// Where it belongs.
    pub folder: Folder,
    /// Its name.
    pub name: String,
    /// Its content as text; the XML declaration says in which encoding it is sent.
    pub text: Arc<str>,
}

/// The files of a world that wait.
#[derive(Debug)]
pub struct Deliveries {
    by_terminal: DashMap<Arc<str>, BTreeMap<u64, Arc<Delivery>>>,
    queued: Notify,
}

impl Default for Deliveries {
    fn default() -> Self {
        Self { by_terminal: super::map(), queued: Notify::new() }
    }
}

impl Deliveries {
    pub(super) fn queue(&self, delivery: &Delivery) {
        let mut waiting = self.by_terminal.entry(Arc::clone(&delivery.terminal)).or_default();
        waiting.insert(delivery.number, Arc::new(delivery.clone()));
        if waiting.len() > MOST_WAITING {
            waiting.pop_first();
        }
        drop(waiting);
        self.queued.notify_waiters();
    }

    /// Resolves when something is queued after it was asked for (and enabled).
    pub fn queued(&self) -> Notified<'_> {
        self.queued.notified()
    }

    pub(super) fn taken(&self, terminal: &str, up_to: u64) {
        if let Some(mut waiting) = self.by_terminal.get_mut(terminal) {
            *waiting = waiting.split_off(&up_to.saturating_add(1));
        }
    }

    /// What waits for a terminal after a number.
    #[must_use]
    pub fn waiting(&self, terminal: &str, after: u64) -> channel::Deliveries {
        let Some(waiting) = self.by_terminal.get(terminal) else { return channel::Deliveries::default() };
        let later = waiting.range(after.saturating_add(1)..);
        let describe = |(_, delivery): (&u64, &Arc<Delivery>)| channel::Delivery {
            number: delivery.number,
            folder: delivery.folder,
            name: delivery.name.clone(),
        };
        channel::Deliveries { deliveries: later.map(describe).collect() }
    }

    /// Whether something up to a number still waits.
    #[must_use]
    pub fn has_up_to(&self, terminal: &str, number: u64) -> bool {
        self.by_terminal.get(terminal).is_some_and(|waiting| waiting.range(..=number).next().is_some())
    }

    /// The file with a number.
    #[must_use]
    pub fn numbered(&self, terminal: &str, number: u64) -> Option<Arc<Delivery>> {
        self.by_terminal.get(terminal)?.get(&number).map(Arc::clone)
    }

    /// The number for the next file of a terminal: later than all before, also across restarts without a ledger.
    #[must_use]
    pub fn next_number(&self, terminal: &str, now: jiff::Timestamp) -> u64 {
        let by_time = u64::try_from(now.as_microsecond()).unwrap_or_default();
        let last = self
            .by_terminal
            .get(terminal)
            .and_then(|waiting| waiting.last_key_value().map(|(number, _)| *number));
        last.map_or(by_time, |last| by_time.max(last.saturating_add(1)))
    }
}
