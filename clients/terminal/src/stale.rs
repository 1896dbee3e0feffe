//! Deletes answers that nobody took (ResponseFileStayTime, terminal.md 3.1, \[C]).
//!
//! Their age is counted in the world's time from when they were written, so that a frozen clock keeps them and a clock
//! that is moved makes them old; the file's own time says nothing. What is known of them stands in `.ages` of the work
//! folder; a file that is not listed there is as old as the first look at it.

use std::{
    collections::BTreeMap,
    fs,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};
use messages::file_name::is_answer;
use tokio::{sync::watch, task::spawn_blocking, time::sleep};

use crate::{
    carry::{Courier, Fetched},
    errand::stopped,
    trouble::Trouble,
    work::{Work, ignore_missing},
};

const KEPT: &str = ".ages";
const KEPT_TEMPORARY: &str = ".ages.tmp";
/// Pause between two looks at the world's time and at `res`.
const PAUSE: Duration = Duration::from_secs(5);
/// The same if the service doesn't tell its world's time.
const ABSENT_PAUSE: Duration = Duration::from_secs(60);
/// How long the world's time is waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// When each answer in `res` was written, by the world's time. Clones share it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ages(Arc<Mutex<Known>>);

#[derive(Debug, Default)]
struct Known {
    written: BTreeMap<String, Timestamp>,
    /// Whether `.ages` is out of date.
    changed: bool,
}

/// The task that deletes.
#[derive(Debug)]
pub(crate) struct Stale {
    work: Arc<Work>,
    courier: Courier,
    ages: Ages,
    stay: SignedDuration,
    deleting: Arc<Mutex<Trouble>>,
}

impl Ages {
    /// Remembers what an earlier terminal wrote; nothing, if that can't be read.
    pub(crate) fn open(work: &Work) -> Self {
        let kept = fs::read(work.folders.work.join(KEPT)).ok();
        let written = kept.and_then(|kept| serde_json::from_slice(&kept).ok()).unwrap_or_default();
        Self(Arc::new(Mutex::new(Known { written, changed: false })))
    }

    /// Notes that an answer was put in place, and the world's time of it.
    pub(crate) fn note(&self, name: &str, at: Timestamp) {
        let mut known = self.known();
        known.changed = true;
        known.written.insert(name.to_owned(), at);
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    /// What is older than `stay`, of names in their order. Forgets what is no longer there; what is new to it was
    /// written now.
    fn due(&mut self, present: &[String], now: Timestamp, stay: SignedDuration) -> Vec<String> {
        let before = self.written.len();
        self.written.retain(|name, _| present.binary_search(name).is_ok());
        self.changed |= before != self.written.len();
        let mut due = Vec::new();
        for name in present {
            match self.written.get(name) {
                Some(written) if now.duration_since(*written) >= stay => due.push(name.clone()),
                Some(_) => {}
                None => {
                    self.written.insert(name.clone(), now);
                    self.changed = true;
                }
            }
        }
        due
    }
}

impl Stale {
    pub(crate) fn new(
        work: Arc<Work>,
        courier: Courier,
        ages: Ages,
        stay: SignedDuration,
        deleting: Trouble,
    ) -> Self {
        Self { work, courier, ages, stay, deleting: Arc::new(Mutex::new(deleting)) }
    }

    /// Runs until the terminal stops.
    pub(crate) async fn run(self, mut stop: watch::Receiver<bool>) {
        let stale = Arc::new(self);
        loop {
            let round = async {
                match stale.courier.time(PATIENCE).await {
                    Fetched::Bytes(bytes) => {
                        if let Ok(time) = serde_json::from_slice::<messages::channel::WorldTime>(&bytes) {
                            let stale = Arc::clone(&stale);
                            // It fails only if it panicked, which is told elsewhere.
                            let _ = spawn_blocking(move || stale.sweep(time.now)).await;
                        }
                        sleep(PAUSE).await;
                    }
                    Fetched::Absent => sleep(ABSENT_PAUSE).await,
                    Fetched::Failed(_) => sleep(PAUSE).await,
                }
            };
            tokio::select! {
                biased;
                () = stopped(&mut stop) => return,
                () = round => {}
            }
        }
    }

    fn sweep(&self, now: Timestamp) {
        let res = &self.work.folders.res;
        let mut trouble = self.deleting.lock().unwrap_or_else(PoisonError::into_inner);
        let names = match fs::read_dir(res) {
            Ok(files) => files.flatten().filter_map(|file| file.file_name().into_string().ok()),
            Err(error) => return trouble.met(res, &error),
        };
        let mut present: Vec<String> = names.filter(|name| is_answer(name)).collect();
        present.sort();
        let due = self.ages.known().due(&present, now, self.stay);
        for name in due {
            let path = res.join(&name);
            match fs::remove_file(&path).or_else(ignore_missing) {
                Ok(()) => {
                    tracing::info!(path = %path.display(), "deleted: nobody took it within the stay time")
                }
                Err(error) => return trouble.met(&path, &error),
            }
        }
        match self.keep() {
            Ok(()) => trouble.over(res),
            Err(error) => trouble.met(&self.work.folders.work, &error),
        }
    }

    fn keep(&self) -> std::io::Result<()> {
        let json = {
            let mut known = self.ages.known();
            if !std::mem::take(&mut known.changed) {
                return Ok(());
            }
            serde_json::to_vec(&known.written).unwrap_or_default()
        };
        let (temporary, path): (PathBuf, PathBuf) =
            (self.work.folders.work.join(KEPT_TEMPORARY), self.work.folders.work.join(KEPT));
        let kept = fs::write(&temporary, json).and_then(|()| fs::rename(temporary, path));
        kept.inspect_err(|_| self.ages.known().changed = true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + 60 * minute).unwrap()
    }

    #[test]
    fn an_answer_is_due_by_the_worlds_time_since_it_was_written_or_first_seen() {
        let stay = SignedDuration::from_mins(1440);
        let ages = Ages::default();
        ages.note("a", at(0));
        let mut known = ages.known();
        let present = ["a".to_owned(), "b".to_owned()];
        assert_eq!(known.due(&present, at(100), stay), [""; 0]);
        assert_eq!(known.due(&present, at(1439), stay), [""; 0]);
        assert_eq!(known.due(&present, at(1440), stay), ["a"]);
        assert_eq!(
            known.due(&present, at(-1440), stay),
            [""; 0],
            "a clock that is set back keeps everything"
        );
        assert_eq!(known.due(&present, at(1540), stay), ["a", "b"]);
        assert_eq!(known.due(&[], at(1540), stay), [""; 0]);
        assert!(known.written.is_empty());
    }
}
