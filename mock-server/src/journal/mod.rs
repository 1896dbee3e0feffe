//! The journal: every exchange with its reasons, in a ring bounded by number and by bytes.
//!
//! [`condition`] says which exchanges are meant, [`verify`] what must be true of them, [`tally`] counts what the ring
//! forgets, `view` shows them.

pub mod condition;
mod element;
#[cfg(test)]
mod model;
mod outcome;
mod ring;
pub mod tally;
pub mod verify;
mod view;

use std::borrow::Cow;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use certs::CertificateFacts;
use jiff::Timestamp;
use messages::finding::Finding;
use scenarios::Card;
use tokio::sync::watch;

pub use outcome::Outcome;
pub use view::{Body, Detail, Summary};

use crate::line::FoundLine;
use crate::reason::Reason;
use crate::tls::TlsFacts;
use ring::Ring;
use tally::Tally;
use verify::Verification;

/// Most verifications that are kept for the report.
const MOST_VERIFICATIONS: usize = 1000;

/// Most who wait for a journal's exchanges or follow it: each looks into the ring at every exchange.
pub const MOST_WATCHERS: usize = 500;

/// One request and its answer, or a connection that came to none.
#[derive(Debug, Clone, Default)]
pub struct Exchange {
    /// When it was asked, by the world's clock.
    pub at: Timestamp,
    /// The message id, as it was asked; empty if no request came.
    pub message: Box<str>,
    /// The line that carried it.
    pub line: Option<FoundLine>,
    /// Address of the client.
    pub client: Option<SocketAddr>,
    /// The TLS connection that carried it.
    pub tls: Option<Arc<TlsFacts>>,
    /// The certificate that was presented.
    pub certificate: Option<Arc<CertificateFacts>>,
    /// Code of the institution that the certificate belongs to.
    pub institution: Option<messages::value::InstitutionCode>,
    /// The test card that was meant.
    pub card: Option<Arc<Card>>,
    /// HTTP status of the answer; 0 if none was sent.
    pub status: u16,
    /// Our label, if it was refused.
    pub refused: Option<&'static str>,
    /// The field's code in the answer, if the request was rejected with one.
    pub code: Option<messages::value::ResultCode>,
    /// Whether it ended before there was a request: in the TLS handshake, or below.
    pub handshake: bool,
    /// What a scenario or a fault changed about it, by name; empty for a plain answer.
    pub simulated: Vec<Cow<'static, str>>,
    /// The body of the request, as far as it was read.
    pub request: Bytes,
    /// The body of the answer.
    pub answer: Bytes,
    /// What was odd in the request or had to be changed in the answer.
    pub findings: Vec<Finding>,
    /// The decisions, in order.
    pub reasons: Vec<Reason>,
    /// Work of the service, without scripted delays.
    pub took: Duration,
}

/// An exchange with its number.
pub type Numbered = (u64, Arc<Exchange>);

/// The exchanges of a world.
#[derive(Debug, Default)]
pub struct Journal {
    kept: Mutex<Kept>,
    // Says that something was written; whoever waits looks for himself.
    written: watch::Sender<()>,
}

#[derive(Debug, Default)]
struct Kept {
    ring: Ring,
    tally: Tally,
    verifications: Vec<Verification>,
}

/// What a journal holds at one moment.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// Number of the last exchange that was ever written.
    pub written: u64,
    /// Number of the last exchange that fell out of the bounded ring; 0 if none has since the journal was cleared.
    pub forgotten_up_to: u64,
    /// The first number that the journal may answer for.
    pub first: u64,
    /// The exchanges that are still there, oldest first.
    pub exchanges: Vec<Numbered>,
}

impl Snapshot {
    /// How many exchanges after a number have fallen out of the ring.
    #[must_use]
    pub fn forgotten_after(&self, after: u64) -> u64 {
        self.forgotten_up_to.saturating_sub(after.max(self.first.saturating_sub(1)))
    }
}

impl Journal {
    /// Writes an exchange and returns its number, from 1.
    pub fn write(&self, exchange: Exchange) -> u64 {
        let exchange = Arc::new(exchange);
        let number = {
            let mut kept = self.kept();
            kept.tally.count(&exchange);
            kept.ring.push(exchange)
        };
        self.written.send_replace(());
        number
    }

    /// How many exchanges were ever written.
    #[must_use]
    pub fn written(&self) -> u64 {
        self.kept().ring.written()
    }

    /// The latest exchanges, newest first, at most `most`.
    #[must_use]
    pub fn latest(&self, most: usize) -> Vec<Numbered> {
        self.kept().ring.iter().rev().take(most).cloned().collect()
    }

    /// The exchange with a number, if the ring still has it.
    #[must_use]
    pub fn numbered(&self, number: u64) -> Option<Arc<Exchange>> {
        self.kept().ring.numbered(number)
    }

    /// The exchanges after a number, oldest first; the lock is gone when this returns.
    #[must_use]
    pub fn after(&self, number: u64) -> Snapshot {
        self.kept().ring.after(number)
    }

    /// A receiver that changes whenever something is written; `None` while too many watch already.
    #[must_use]
    pub fn changes(&self) -> Option<watch::Receiver<()>> {
        (self.written.receiver_count() < MOST_WATCHERS).then(|| self.written.subscribe())
    }

    /// Empties the journal, its counts and its verifications. Numbers go on.
    pub fn clear(&self) {
        let mut kept = self.kept();
        kept.ring.clear();
        kept.tally = Tally::default();
        kept.verifications = Vec::new();
    }

    /// What was counted since the journal was cleared, whether or not the ring still has it.
    #[must_use]
    pub fn tally(&self) -> Tally {
        self.kept().tally.clone()
    }

    /// Keeps a verification for the report; the oldest one goes when there are too many.
    pub fn keep(&self, verification: Verification) {
        let mut kept = self.kept();
        if kept.verifications.len() >= MOST_VERIFICATIONS {
            kept.verifications.remove(0);
        }
        kept.verifications.push(verification);
    }

    /// The verifications since the journal was cleared, oldest first.
    #[must_use]
    pub fn verifications(&self) -> Vec<Verification> {
        self.kept().verifications.clone()
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_may_watch_and_one_who_leaves_makes_room() {
        let journal = Journal::default();
        let mut watchers: Vec<_> = (0..MOST_WATCHERS).map(|_| journal.changes().unwrap()).collect();
        assert!(journal.changes().is_none());
        watchers.pop();
        assert!(journal.changes().is_some());
    }
}
