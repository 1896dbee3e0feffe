//! Bulk jobs (一括照会): accepted under a reception number, ready later.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use dashmap::DashMap;
use jiff::Timestamp;
use messages::id::MessageId;
use messages::value::{Day, FileIdentifier, InstitutionCode};
use serde::{Deserialize, Serialize};

/// An accepted bulk request. Its result is worked out when it is fetched, as of the time at which it became ready.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// Reception number.
    pub reception: Arc<str>,
    /// The 01 message.
    #[serde(with = "as_id")]
    pub message: MessageId,
    /// The institution that asked.
    pub institution: InstitutionCode,
    /// Key of the terminal's work entry: asked again with the same key it is the same job.
    pub key: Option<Arc<str>>,
    /// When it was accepted.
    pub accepted: Timestamp,
    /// When its result is ready.
    pub ready: Timestamp,
    /// Until when the result can be fetched.
    pub until: Timestamp,
    /// Identifier of the file that asked; every answer repeats it.
    pub file_identifier: Option<FileIdentifier>,
    /// The day of confirmation, where there is one.
    pub day: Option<Day>,
    /// The request, as UTF-8 XML.
    pub request: Arc<str>,
}

/// The jobs of a world.
#[derive(Debug)]
pub struct Jobs {
    by_reception: DashMap<Arc<str>, Arc<Job>>,
    by_key: DashMap<(InstitutionCode, MessageId, Arc<str>), Arc<Job>>,
    numbers: AtomicU64,
}

impl Default for Jobs {
    fn default() -> Self {
        Self { by_reception: super::map(), by_key: super::map(), numbers: AtomicU64::new(0) }
    }
}

impl Jobs {
    pub(super) fn accept(&self, job: &Job) {
        let job = Arc::new(job.clone());
        // After a restart the numbers go on behind those of the ledger.
        let accepted = u64::try_from(self.by_reception.len()).unwrap_or_default() + 1;
        self.numbers.fetch_max(accepted, Ordering::Relaxed);
        if let Some(key) = &job.key {
            self.by_key.insert((job.institution.clone(), job.message, Arc::clone(key)), Arc::clone(&job));
        }
        self.by_reception.insert(Arc::clone(&job.reception), job);
    }

    /// The job with a reception number.
    #[must_use]
    pub fn received(&self, reception: &str) -> Option<Arc<Job>> {
        self.by_reception.get(reception).map(|job| Arc::clone(&job))
    }

    /// The job that an institution started with a message under a key of its terminal's, while it is kept.
    #[must_use]
    pub fn keyed(
        &self,
        institution: &InstitutionCode,
        message: MessageId,
        key: &str,
        now: Timestamp,
    ) -> Option<Arc<Job>> {
        let found = self.by_key.get(&(institution.clone(), message, key.into()))?;
        (now < found.until).then(|| Arc::clone(&found))
    }

    /// How many jobs of an institution aren't ready yet.
    #[must_use]
    pub fn unfinished(&self, institution: &InstitutionCode, now: Timestamp) -> usize {
        self.by_reception.iter().filter(|job| job.institution == *institution && now < job.ready).count()
    }

    /// Every job.
    #[must_use]
    pub fn all(&self) -> Vec<Arc<Job>> {
        self.by_reception.iter().map(|job| Arc::clone(&job)).collect()
    }

    /// A number that no other job of this world was given since the process started.
    #[must_use]
    pub fn next_number(&self) -> u64 {
        self.numbers.fetch_add(1, Ordering::Relaxed) + 1
    }
}

/// A message id as its name in the field.
mod as_id {
    use messages::id::MessageId;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(id: &MessageId, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(id.as_str())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<MessageId, D::Error> {
        let text = String::deserialize(deserializer)?;
        MessageId::parse(&text).ok_or_else(|| serde::de::Error::custom(format!("no message {text:?}")))
    }
}
