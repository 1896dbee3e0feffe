//! How a world is changed: through its ledger.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::{Event, KeptAnswer, World};
use crate::ledger::{Entry, LedgerError};

impl World {
    /// Records an event that no other world needs to know: the ledger first, then what is true.
    ///
    /// # Errors
    /// [`LedgerError`] if it cannot be written; then nothing has changed.
    pub fn record(&self, event: Event) -> Result<(), LedgerError> {
        if event.is_passing() && !self.is_kept() {
            // What is forgotten anyway would make a ledger in memory grow without end.
            self.apply(&event);
            return Ok(());
        }
        self.append(event).map(drop)
    }

    /// The same; returns how many entries the ledger has.
    pub(super) fn append(&self, event: Event) -> Result<u64, LedgerError> {
        self.ledger.append(self.life, Entry { at: self.clock.now(), event }, |event| self.apply(event))
    }

    /// Records what happened elsewhere at another time.
    pub(super) fn record_at(&self, entry: &Entry<Event>) -> Result<(), LedgerError> {
        self.ledger.append(self.life, entry.clone(), |event| self.apply(event)).map(drop)
    }

    /// Whether its ledger is in a file.
    #[must_use]
    pub fn is_kept(&self) -> bool {
        self.ledger.is_kept()
    }

    /// Whether the file of its ledger has grown so much that [`World::compact`] is worth it.
    pub(super) fn has_outgrown(&self) -> bool {
        self.ledger.has_outgrown()
    }

    /// Writes its ledger anew; `places` are what one may go back to, with their times. An answer goes that nobody is told
    /// any more, neither now nor there.
    pub(super) fn compact(&self, places: &[(u64, Timestamp)]) -> Result<Vec<u64>, LedgerError> {
        let (now, hours) = (self.clock.now(), self.dialect.requests.answer_kept_hours.value);
        let told_now = |answer: &KeptAnswer| {
            let told = self.answers.under(&answer.institution, &answer.key, now, hours);
            told.is_some_and(|told| told.at == answer.at)
        };
        let told_there = |answer: &KeptAnswer| {
            let day = SignedDuration::ZERO..SignedDuration::from_hours(hours.into());
            places.iter().any(|(_, at)| day.contains(&at.duration_since(answer.at)))
        };
        let numbers: Vec<_> = places.iter().map(|(entries, _)| *entries).collect();
        self.ledger.compact(
            &numbers,
            |entry| !matches!(&entry.event, Event::AnswerKept(answer) if !told_now(answer) && !told_there(answer)),
        )
    }

    /// What happened in it, as far as it counts.
    ///
    /// # Errors
    /// [`LedgerError`] if the file of its ledger cannot be read.
    pub fn history(&self) -> Result<Vec<Arc<Entry<Event>>>, LedgerError> {
        self.ledger.history()
    }
}
