//! Answers that are kept by the keys of their requests (`Idempotency-Key`), so that who asks again is told the same.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use messages::value::InstitutionCode;
use serde::{Deserialize, Serialize};

/// Most answers that are kept; older ones are forgotten.
const MOST: usize = 20_000;
/// Most bytes of bodies that are kept.
const MOST_BYTES: usize = 64 * 1024 * 1024;

/// An answer as it was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptAnswer {
    /// Who asked.
    pub institution: InstitutionCode,
    /// Under which key.
    pub key: Arc<str>,
    /// SHA-256 of what was asked, hexadecimal: the same key with another request is a mistake of the client.
    pub request: Arc<str>,
    /// HTTP status.
    pub status: u16,
    /// Media type of the body.
    pub content_type: Arc<str>,
    /// The body.
    #[serde(with = "as_base64")]
    pub body: Bytes,
    /// What the terminal was told to do with it (`onshi-mock-habit`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub habit: Option<Arc<str>>,
    /// The world's time of it.
    pub at: Timestamp,
}

/// The kept answers of a world, the newest so many.
#[derive(Debug, Default)]
pub struct Answers(Mutex<Kept>);

type Key = (InstitutionCode, Arc<str>);

#[derive(Debug, Default)]
struct Kept {
    by_key: HashMap<Key, Arc<KeptAnswer>>,
    /// From the oldest on.
    order: VecDeque<Key>,
    bytes: usize,
}

impl Answers {
    /// Keeps an answer, unless there is one of this key already: of two askings at one time the first counts.
    pub(super) fn keep(&self, answer: &KeptAnswer) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).keep(answer);
    }

    /// What was answered under a key within the last `hours` of the world's time.
    #[must_use]
    pub fn under(
        &self,
        institution: &InstitutionCode,
        key: &str,
        now: Timestamp,
        hours: u32,
    ) -> Option<Arc<KeptAnswer>> {
        let wanted = (institution.clone(), Arc::from(key));
        let found = self.0.lock().unwrap_or_else(PoisonError::into_inner).by_key.get(&wanted).cloned()?;
        (now.duration_since(found.at) < SignedDuration::from_hours(hours.into())).then_some(found)
    }

    /// How many are kept, and how many bytes their bodies have.
    #[must_use]
    pub fn size(&self) -> (usize, usize) {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        (kept.by_key.len(), kept.bytes)
    }
}

impl Kept {
    fn keep(&mut self, answer: &KeptAnswer) {
        let key = (answer.institution.clone(), Arc::clone(&answer.key));
        if let Some(earlier) = self.by_key.get(&key) {
            // A key that comes again after its day is a new one.
            if answer.at.duration_since(earlier.at) < SignedDuration::from_hours(1) {
                return;
            }
            self.order.retain(|other| *other != key);
            self.forget(&key);
        }
        self.bytes += answer.body.len();
        self.order.push_back(key.clone());
        self.by_key.insert(key, Arc::new(answer.clone()));
        while self.by_key.len() > MOST || self.bytes > MOST_BYTES && self.by_key.len() > 1 {
            let Some(oldest) = self.order.pop_front() else { return };
            self.forget(&oldest);
        }
    }

    fn forget(&mut self, key: &Key) {
        if let Some(forgotten) = self.by_key.remove(key) {
            self.bytes -= forgotten.body.len();
        }
    }
}

/// Bytes as base64.
mod as_base64 {
    use bytes::Bytes;
    use openssl::base64;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(bytes: &Bytes, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&base64::encode_block(bytes))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Bytes, D::Error> {
        let text = String::deserialize(deserializer)?;
        base64::decode_block(&text).map(Bytes::from).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(key: usize, body: usize, second: i64) -> KeptAnswer {
        KeptAnswer {
            institution: "1319999916".parse().unwrap(),
            key: key.to_string().into(),
            request: "".into(),
            status: 200,
            content_type: "application/xml".into(),
            body: vec![b'x'; body].into(),
            habit: None,
            at: Timestamp::from_second(second).unwrap(),
        }
    }

    fn under(answers: &Answers, key: usize, second: i64) -> Option<usize> {
        let institution = "1319999916".parse().unwrap();
        let now = Timestamp::from_second(second).unwrap();
        answers.under(&institution, &key.to_string(), now, 24).map(|kept| kept.body.len())
    }

    #[test]
    fn an_answer_is_found_under_its_key_for_a_day_and_the_first_of_two_counts() {
        let answers = Answers::default();
        answers.keep(&answer(1, 10, 0));
        answers.keep(&answer(1, 20, 1));
        assert_eq!(under(&answers, 1, 2), Some(10));
        assert_eq!(under(&answers, 1, 86_399), Some(10));
        assert_eq!(under(&answers, 1, -86_400), Some(10), "a clock that is set back forgets nothing");
        assert_eq!((under(&answers, 1, 86_400), under(&answers, 2, 2)), (None, None));
        answers.keep(&answer(1, 30, 86_400));
        assert_eq!(under(&answers, 1, 86_400), Some(30), "after its day a key is new");
        assert_eq!(answers.size(), (1, 30));
        let other: InstitutionCode = "1349999910".parse().unwrap();
        assert!(answers.under(&other, "1", Timestamp::UNIX_EPOCH, 24).is_none());
    }

    #[test]
    fn the_oldest_are_forgotten_when_there_are_too_many_or_they_are_too_large() {
        let answers = Answers::default();
        for key in 0..MOST + 10 {
            answers.keep(&answer(key, 1, 0));
        }
        assert_eq!(answers.size(), (MOST, MOST));
        assert_eq!((under(&answers, 9, 0), under(&answers, 10, 0)), (None, Some(1)));
        answers.keep(&answer(1, MOST_BYTES, 0));
        assert_eq!(answers.size(), (1, MOST_BYTES));
    }
}
