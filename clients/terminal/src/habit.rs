//! Bad habits on request: what a scenario wants the terminal to do with the file of one answer (`messages::habit`).
//!
//! Each is done before the delivery proper, which stays what it is: whole, by rename, once. So a terminal that is killed
//! in the middle of a habit asks again at its next start, is told the same answer with the same habit, and begins anew.

use std::{
    io,
    path::Path,
    sync::{Arc, PoisonError},
    time::Duration,
};

use messages::{file_name::Extension, habit::Habit};
use tokio::{
    task::spawn_blocking,
    time::{Instant, sleep, timeout},
};

use crate::{
    answer::{Answer, own},
    entry::Entry,
    errand::Errands,
    work::Work,
};

/// Defaults of what a scenario leaves open ([`Habit`]).
const APART: Duration = Duration::from_secs(1);
const AT_MOST: Duration = Duration::from_secs(10);

/// What remains to be done with an answer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Then {
    Deliver,
    /// The request ends without an answer.
    Lose,
}

impl Errands {
    /// Does what the answer's habit wants, if it has one.
    pub(crate) async fn follow_habit(&self, entry: &Entry, answer: &mut Answer) -> Then {
        let Some(habit) = answer.habit.take() else { return Then::Deliver };
        tracing::info!(request = %entry.request, key = %entry.id, habit = habit.name(), "a scenario wants a bad habit");
        match habit {
            Habit::Late { by } => sleep(by.duration()).await,
            Habit::Lost {} => return Then::Lose,
            Habit::Duplicated { times, apart } => {
                for _ in 1..times.unwrap_or(2).clamp(2, 10) {
                    self.show(entry, answer, answer.bytes.len()).await;
                    sleep(apart.map_or(APART, |apart| apart.duration())).await;
                }
            }
            Habit::HalfWritten { percent, completed_after } => {
                let part = answer.bytes.len() * usize::from(percent.unwrap_or(50).min(99)) / 100;
                match completed_after {
                    Some(after) => {
                        self.show(entry, answer, part).await;
                        sleep(after.duration()).await;
                    }
                    None => answer.bytes.truncate(part),
                }
            }
            Habit::WrongName { name } => answer.name = Some(wrong_name(entry, answer, name)),
            Habit::Err { content } => {
                *answer = match content {
                    Some(content) => Answer::err(content.into_bytes(), &own::wished()),
                    None => Answer::refused(&entry.request, &own::wished(), self.err_content),
                };
            }
            Habit::Locked { r#for } => self.show_locked(entry, answer, r#for.duration()).await,
            Habit::OutOfOrder { behind, at_most } => {
                let behind = u64::from(behind.unwrap_or(1).clamp(1, 100));
                let mut delivered = self.delivered.subscribe();
                let goal = *delivered.borrow() + behind;
                // Whoever comes first, the later answers or the end of patience.
                let _ = timeout(
                    at_most.map_or(AT_MOST, |most| most.duration()),
                    delivered.wait_for(|delivered| *delivered >= goal),
                )
                .await;
            }
            Habit::OtherAnswer {} => {
                if let Some(other) = &*self.previous.lock().unwrap_or_else(PoisonError::into_inner) {
                    answer.bytes.clone_from(other);
                }
            }
            Habit::DiskFull { r#for } => {
                let until = Instant::now() + r#for.duration();
                *self.full_until.lock().unwrap_or_else(PoisonError::into_inner) = Some(until);
            }
        }
        Then::Deliver
    }

    /// Shows a part of an answer under its name, which is not its delivery.
    async fn show(&self, entry: &Entry, answer: &Answer, length: usize) {
        let bytes = answer.bytes.get(..length).unwrap_or_default().to_vec();
        let (entry, name) = (entry.clone(), answer.name(&entry.request));
        self.on_disk(move |work| work.show(&entry, &name, &bytes)).await;
    }

    /// Shows an answer that nobody can open for a while.
    async fn show_locked(&self, entry: &Entry, answer: &Answer, length: Duration) {
        let (entry, name, bytes) = (entry.clone(), answer.name(&entry.request), answer.bytes.clone());
        let lock = self.on_disk(move |work| work.show_locked(&entry, &name, &bytes)).await;
        sleep(length).await;
        drop(lock);
    }

    /// `None` if it fails, which is no reason not to deliver.
    async fn on_disk<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Work) -> io::Result<T> + Send + 'static,
    ) -> Option<T> {
        let work = Arc::clone(&self.work);
        match spawn_blocking(move || job(&work)).await {
            Ok(Ok(done)) => Some(done),
            Ok(Err(error)) => {
                tracing::warn!(%error, "a bad habit could not be shown");
                None
            }
            Err(_) => None,
        }
    }
}

/// The name that was asked for, if it is a plain one, else the answer's in lower case: never a file elsewhere.
fn wrong_name(entry: &Entry, answer: &Answer, wished: Option<String>) -> String {
    wished.filter(|name| is_plain(name)).unwrap_or_else(|| answer.name(&entry.request).to_lowercase())
}

fn is_plain(name: &str) -> bool {
    let odd = |c: char| c.is_control() || matches!(c, '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|');
    name.len() <= 200
        && !name.starts_with('.')
        && !name.contains(odd)
        && Path::new(name).file_name().is_some_and(|plain| plain == name)
}

impl Answer {
    /// An `.err` of given content.
    fn err(bytes: Vec<u8>, refusal: &messages::refusal::Refusal) -> Self {
        Self { label: Some(refusal.label.clone().into_owned()), ..Self::result(Extension::Err, bytes) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_name_never_leads_out_of_the_folder() {
        for name in ["a.xml", "資格 1.xml", "a..b"] {
            assert!(is_plain(name), "{name}");
        }
        for name in ["", ".", "..", ".1.tmp", "../a", "a/b", "a\\b", "C:a", "a\n", &"a".repeat(201)] {
            assert!(!is_plain(name), "{name}");
        }
    }
}
