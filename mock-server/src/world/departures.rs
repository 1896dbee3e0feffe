//! Which answers left: how many each institution got, so that one answer can wait for later ones.

use dashmap::DashMap;
use messages::value::InstitutionCode;
use tokio::sync::watch;

/// The answers of a world that left.
#[derive(Debug)]
pub struct Departures {
    by_institution: DashMap<InstitutionCode, watch::Sender<u64>>,
}

impl Default for Departures {
    fn default() -> Self {
        Self { by_institution: super::map() }
    }
}

impl Departures {
    /// An answer leaves.
    pub fn leave(&self, institution: &InstitutionCode) {
        // Nobody waits where nobody ever asked.
        if let Some(count) = self.by_institution.get(institution) {
            count.send_modify(|count| *count += 1);
        }
    }

    /// The count of an institution from now on, to wait for.
    #[must_use]
    pub fn of(&self, institution: &InstitutionCode) -> watch::Receiver<u64> {
        self.by_institution.entry(institution.clone()).or_insert_with(|| watch::Sender::new(0)).subscribe()
    }
}
