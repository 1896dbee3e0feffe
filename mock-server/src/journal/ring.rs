//! The ring: bounded by number and by bytes, and it knows what it has forgotten.

use std::collections::VecDeque;
use std::sync::Arc;

use messages::finding::Finding;

use super::{Exchange, Numbered, Snapshot};
use crate::reason::Reason;

/// Most exchanges that are kept.
const MOST_EXCHANGES: usize = 10_000;
/// Most bytes that the exchanges may take.
const MOST_BYTES: usize = 64 * 1024 * 1024;

#[derive(Debug, Default)]
pub(super) struct Ring {
    exchanges: VecDeque<Numbered>,
    bytes: usize,
    written: u64,
    cleared_up_to: u64,
    forgotten_up_to: u64,
}

impl Ring {
    /// Adds an exchange and returns its number.
    pub(super) fn push(&mut self, exchange: Arc<Exchange>) -> u64 {
        self.written += 1;
        self.bytes += exchange.size();
        self.exchanges.push_back((self.written, exchange));
        while self.exchanges.len() > MOST_EXCHANGES || (self.bytes > MOST_BYTES && self.exchanges.len() > 1) {
            if let Some((number, oldest)) = self.exchanges.pop_front() {
                self.bytes -= oldest.size();
                self.forgotten_up_to = number;
            }
        }
        self.written
    }

    pub(super) fn written(&self) -> u64 {
        self.written
    }

    pub(super) fn iter(&self) -> std::collections::vec_deque::Iter<'_, Numbered> {
        self.exchanges.iter()
    }

    pub(super) fn numbered(&self, number: u64) -> Option<Arc<Exchange>> {
        let index = self.exchanges.binary_search_by_key(&number, |(number, _)| *number).ok()?;
        self.exchanges.get(index).map(|(_, exchange)| Arc::clone(exchange))
    }

    pub(super) fn after(&self, number: u64) -> Snapshot {
        let from = self.exchanges.partition_point(|(own, _)| *own <= number);
        Snapshot {
            written: self.written,
            forgotten_up_to: self.forgotten_up_to,
            first: self.cleared_up_to + 1,
            exchanges: self.exchanges.range(from..).cloned().collect(),
        }
    }

    pub(super) fn clear(&mut self) {
        self.exchanges = VecDeque::new();
        self.bytes = 0;
        self.cleared_up_to = self.written;
        self.forgotten_up_to = 0;
    }
}

impl Exchange {
    /// Bytes that it takes, near enough.
    fn size(&self) -> usize {
        let findings = self.findings.iter().map(|finding| finding.sent.len() + finding.element.len());
        size_of::<Self>()
            + self.request.len()
            + self.answer.len()
            + self.message.len()
            + findings.sum::<usize>()
            + self.findings.len() * size_of::<Finding>()
            + self.reasons.len() * size_of::<Reason>()
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn exchange(bytes: usize) -> Arc<Exchange> {
        Arc::new(Exchange { request: Bytes::from(vec![0; bytes]), ..Exchange::default() })
    }

    #[test]
    fn the_oldest_is_forgotten_when_there_are_too_many() {
        let mut ring = Ring::default();
        for number in 1..=MOST_EXCHANGES as u64 + 1 {
            assert_eq!(ring.push(exchange(0)), number);
        }
        assert!(ring.numbered(1).is_none());
        assert!(ring.numbered(2).is_some());
        assert_eq!(ring.after(0).forgotten_after(0), 1);
        assert_eq!(ring.after(1).forgotten_after(1), 0, "nobody asks for what was forgotten");
    }

    #[test]
    fn the_oldest_is_forgotten_when_they_are_too_large_but_the_last_is_kept() {
        let mut ring = Ring::default();
        ring.push(exchange(MOST_BYTES));
        ring.push(exchange(MOST_BYTES + 1));
        assert!(ring.numbered(1).is_none());
        assert!(ring.numbered(2).is_some());
        ring.push(exchange(0));
        assert_eq!(ring.after(0).exchanges.len(), 1, "the large one went as soon as there was another");
    }

    #[test]
    fn what_was_cleared_was_not_forgotten() {
        let mut ring = Ring::default();
        ring.push(exchange(MOST_BYTES));
        ring.push(exchange(MOST_BYTES));
        assert_eq!(ring.after(0).forgotten_after(0), 1);
        ring.clear();
        assert_eq!(ring.after(0).forgotten_after(0), 0);
        assert_eq!(ring.push(exchange(MOST_BYTES)), 3, "numbers go on");
        ring.push(exchange(MOST_BYTES));
        assert_eq!(ring.after(0).forgotten_after(0), 1, "only what came after");
    }
}
