//! The journal: every exchange with its reasons, in a ring bounded by number and by bytes.

mod view;

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use certs::CertificateFacts;
use jiff::Timestamp;
use messages::finding::Finding;
use scenarios::Card;

pub use view::{Detail, Summary};

use crate::line::FoundLine;
use crate::reason::Reason;

/// Most exchanges that are kept.
const MOST_EXCHANGES: usize = 10_000;
/// Most bytes of requests and answers that are kept.
const MOST_BYTES: usize = 64 * 1024 * 1024;

/// One request and its answer.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// When it was asked, by the world's clock.
    pub at: Timestamp,
    /// The message id, as it was asked.
    pub message: Box<str>,
    /// The line that carried it.
    pub line: Option<FoundLine>,
    /// The certificate that was presented.
    pub certificate: Option<Arc<CertificateFacts>>,
    /// Code of the institution that the certificate belongs to.
    pub institution: Option<messages::value::InstitutionCode>,
    /// The test card that was meant.
    pub card: Option<Arc<Card>>,
    /// HTTP status of the answer.
    pub status: u16,
    /// Our label, if it was refused.
    pub refused: Option<&'static str>,
    /// The body of the request, as far as it was read.
    pub request: Bytes,
    /// The body of the answer.
    pub answer: Bytes,
    /// What was odd in the request or had to be changed in the answer.
    pub findings: Vec<Finding>,
    /// The decisions, in order.
    pub reasons: Vec<Reason>,
    /// What a scenario did to it, by the keys of the language.
    pub simulated: Vec<&'static str>,
    /// Work of the service, without scripted delays.
    pub took: Duration,
}

/// The exchanges of a world.
#[derive(Debug, Default)]
pub struct Journal {
    next: AtomicU64,
    ring: Mutex<Ring>,
}

#[derive(Debug, Default)]
struct Ring {
    exchanges: VecDeque<(u64, Arc<Exchange>)>,
    bytes: usize,
}

impl Journal {
    /// Writes an exchange and returns its number, from 1.
    pub fn write(&self, exchange: Exchange) -> u64 {
        let exchange = Arc::new(exchange);
        let mut ring = self.ring.lock().unwrap_or_else(PoisonError::into_inner);
        // The number is drawn under the lock, so that the ring is in the order of its numbers.
        let number = self.next.fetch_add(1, Ordering::Relaxed) + 1;
        ring.push(number, exchange);
        number
    }

    /// How many exchanges were ever written.
    #[must_use]
    pub fn written(&self) -> u64 {
        self.next.load(Ordering::Relaxed)
    }

    /// The latest exchanges, newest first, at most `most`.
    #[must_use]
    pub fn latest(&self, most: usize) -> Vec<(u64, Arc<Exchange>)> {
        let ring = self.ring.lock().unwrap_or_else(PoisonError::into_inner);
        ring.exchanges.iter().rev().take(most).cloned().collect()
    }

    /// The exchange with a number, if the ring still has it.
    #[must_use]
    pub fn numbered(&self, number: u64) -> Option<Arc<Exchange>> {
        let ring = self.ring.lock().unwrap_or_else(PoisonError::into_inner);
        let index = ring.exchanges.binary_search_by_key(&number, |(number, _)| *number).ok()?;
        ring.exchanges.get(index).map(|(_, exchange)| Arc::clone(exchange))
    }
}

impl Ring {
    fn push(&mut self, number: u64, exchange: Arc<Exchange>) {
        self.bytes += exchange.size();
        self.exchanges.push_back((number, exchange));
        while self.exchanges.len() > MOST_EXCHANGES || (self.bytes > MOST_BYTES && self.exchanges.len() > 1) {
            if let Some((_, oldest)) = self.exchanges.pop_front() {
                self.bytes -= oldest.size();
            }
        }
    }
}

impl Exchange {
    fn size(&self) -> usize {
        self.request.len() + self.answer.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exchange(bytes: usize) -> Exchange {
        Exchange {
            at: Timestamp::UNIX_EPOCH,
            message: "OQSsiquc01".into(),
            line: None,
            certificate: None,
            institution: None,
            card: None,
            status: 200,
            refused: None,
            request: Bytes::from(vec![0; bytes]),
            answer: Bytes::new(),
            findings: Vec::new(),
            reasons: Vec::new(),
            simulated: Vec::new(),
            took: Duration::ZERO,
        }
    }

    #[test]
    fn the_ring_forgets_the_oldest_when_there_are_too_many() {
        let journal = Journal::default();
        for _ in 0..=MOST_EXCHANGES {
            journal.write(exchange(0));
        }
        assert!(journal.numbered(1).is_none());
        assert!(journal.numbered(2).is_some());
        assert_eq!(journal.latest(1).first().map(|(number, _)| *number), Some(MOST_EXCHANGES as u64 + 1));
    }

    #[test]
    fn the_ring_forgets_the_oldest_when_they_are_too_large_but_keeps_the_last() {
        let journal = Journal::default();
        journal.write(exchange(MOST_BYTES));
        journal.write(exchange(MOST_BYTES + 1));
        assert!(journal.numbered(1).is_none());
        assert!(journal.numbered(2).is_some());
    }
}
