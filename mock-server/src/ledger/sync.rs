//! Group commit: one thread syncs what many callers have written, and each waits for the sync that covers it.
//!
//! A change is written to its file at once, so a killed process loses nothing. What a power cut could still take is
//! on the disk before anybody is told: [`Syncer::settled`] stands between a change and its acknowledgement.

use std::fs::File;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;

use tokio::sync::watch;

/// The disk did not take a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the ledger could not be synced to the disk")]
pub struct NotSynced;

/// Syncs the ledger files of a process.
#[derive(Debug)]
pub struct Syncer {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    waiting: Mutex<Waiting>,
    come: Condvar,
    /// How many changes were ever written.
    written: AtomicU64,
    progress: watch::Sender<Progress>,
}

#[derive(Debug, Default)]
struct Waiting {
    files: Vec<Arc<File>>,
    over: bool,
}

#[derive(Debug, Clone, Copy, Default)]
struct Progress {
    /// Changes up to this number have had their sync.
    done: u64,
    /// The last changes whose sync failed: after the first number, up to the second.
    failed: (u64, u64),
}

impl Syncer {
    /// Starts the thread.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub fn start() -> io::Result<Self> {
        let shared = Arc::new(Shared {
            waiting: Mutex::default(),
            come: Condvar::new(),
            written: AtomicU64::new(0),
            progress: watch::Sender::new(Progress::default()),
        });
        let own = Arc::clone(&shared);
        let thread = std::thread::Builder::new().name("ledger-sync".to_owned()).spawn(move || own.run())?;
        Ok(Self { shared, thread: Some(thread) })
    }

    /// A file was written.
    pub(super) fn changed(&self, file: &Arc<File>) {
        let mut waiting = self.shared.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if !waiting.files.iter().any(|known| Arc::ptr_eq(known, file)) {
            waiting.files.push(Arc::clone(file));
        }
        self.shared.written.fetch_add(1, Ordering::Release);
        self.shared.come.notify_one();
    }

    /// How many changes were ever written, in whatever file.
    #[must_use]
    pub fn written(&self) -> u64 {
        self.shared.written.load(Ordering::Acquire)
    }

    /// Waits until everything that was written by now is on the disk; at once if nothing was written after `since`.
    ///
    /// # Errors
    /// [`NotSynced`] if the disk did not take it.
    pub async fn settled(&self, since: u64) -> Result<(), NotSynced> {
        let written = self.written();
        if written <= since {
            return Ok(());
        }
        let mut progress = self.shared.progress.subscribe();
        let Ok(reached) = progress.wait_for(|progress| progress.done >= written).await else {
            return Err(NotSynced);
        };
        let (after, up_to) = reached.failed;
        if after < written && since < up_to { Err(NotSynced) } else { Ok(()) }
    }
}

impl Shared {
    fn run(&self) {
        loop {
            let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            while waiting.files.is_empty() && !waiting.over {
                waiting = self.come.wait(waiting).unwrap_or_else(PoisonError::into_inner);
            }
            let files = std::mem::take(&mut waiting.files);
            if files.is_empty() {
                return;
            }
            let up_to = self.written.load(Ordering::Acquire);
            drop(waiting);
            let mut failed = None;
            for file in &files {
                failed = file.sync_data().err().or(failed);
            }
            self.progress.send_modify(|progress| {
                if let Some(error) = failed {
                    tracing::error!(%error, "the ledger could not be synced to the disk");
                    progress.failed = (progress.done, up_to);
                }
                progress.done = up_to;
            });
        }
    }
}

impl Drop for Syncer {
    fn drop(&mut self) {
        self.shared.waiting.lock().unwrap_or_else(PoisonError::into_inner).over = true;
        self.shared.come.notify_one();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[actix_web::test]
    async fn who_wrote_waits_for_the_sync_and_who_wrote_nothing_does_not() {
        let syncer = Syncer::start().unwrap();
        let file = Arc::new(tempfile::tempfile().unwrap());
        let before = syncer.written();
        syncer.settled(before).await.unwrap();
        for _ in 0..100 {
            syncer.changed(&file);
        }
        assert_eq!(syncer.written(), before + 100);
        syncer.settled(before).await.unwrap();
        assert!(syncer.shared.progress.borrow().done >= before + 100);
    }

    #[cfg(unix)]
    #[actix_web::test]
    async fn who_wrote_is_told_when_the_disk_does_not_take_it() {
        let syncer = Syncer::start().unwrap();
        // A pipe can be written but not synced.
        let (_reader, writer) = io::pipe().unwrap();
        let broken = Arc::new(File::from(std::os::fd::OwnedFd::from(writer)));
        let before = syncer.written();
        syncer.changed(&broken);
        assert_eq!(syncer.settled(before).await, Err(NotSynced));
        let before = syncer.written();
        syncer.changed(&Arc::new(tempfile::tempfile().unwrap()));
        assert_eq!(syncer.settled(before).await, Ok(()), "what came later is not concerned");
    }
}
