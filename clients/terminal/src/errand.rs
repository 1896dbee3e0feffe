//! The way of one claimed request: ask until there is an answer, wait for its turn, put the answer in place.

use messages::dialect::ErrContent;
use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, watch},
    task::{JoinError, spawn_blocking},
    time::{Instant, sleep},
};

use crate::{
    answer::{Answer, Outcome, own},
    carry::Courier,
    entry::{Entry, Record, random},
    pause::back_off,
    recover::{Pending, Stage},
    trouble::Trouble,
    turns::Turn,
    work::{DeliveryError, Reading, Work},
};

/// What all errands of a terminal share.
#[derive(Debug)]
pub(crate) struct Errands {
    pub(crate) work: Arc<Work>,
    pub(crate) courier: Courier,
    /// One for each request that may be on its way at the same time. A request that waits to be asked again holds none.
    pub(crate) permits: Arc<Semaphore>,
    pub(crate) link_timeout: Duration,
    pub(crate) err_content: ErrContent,
    pub(crate) delivery: Mutex<Trouble>,
}

/// Resolves when the terminal is told to stop.
pub(crate) async fn stopped(stop: &mut watch::Receiver<bool>) {
    // An error means that whoever could tell is gone, which is a stop too.
    let _ = stop.wait_for(|stop| *stop).await;
}

impl Errands {
    /// Runs one errand to its end, or until the terminal stops; then the entry stays in the work folder.
    pub(crate) async fn run(
        &self,
        Pending { entry, stage }: Pending,
        permit: Option<OwnedSemaphorePermit>,
        mut turn: Turn,
        mut stop: watch::Receiver<bool>,
    ) {
        let before = async {
            let answer = match &stage {
                Stage::Ask => Some(self.answer_to(&entry, permit).await?),
                Stage::Place(_) => None,
            };
            turn.come().await;
            Some(answer)
        };
        let answer = tokio::select! {
            biased;
            () = stopped(&mut stop) => return,
            answer = before => answer,
        };
        let last_step = match (answer, stage) {
            (Some(Some(answer)), _) => LastStep::Deliver(answer),
            (Some(None), Stage::Place(record)) => LastStep::Place(record),
            (Some(None), Stage::Ask) | (None, _) => return,
        };
        self.put_in_place(entry, last_step, stop).await;
    }

    /// `None` if the request is gone.
    async fn answer_to(&self, entry: &Entry, mut permit: Option<OwnedSemaphorePermit>) -> Option<Answer> {
        let begun = Instant::now();
        let left = || self.link_timeout.saturating_sub(begun.elapsed());
        let path = self.work.folders.req.join(entry.request.as_str());
        let mut trouble = Trouble::none("asking the service");
        for attempt in 0.. {
            let why = match self.attempt(entry, left()).await {
                Attempt::Done(answer) => return Some(answer),
                Attempt::Gone => {
                    tracing::warn!(path = %path.display(), "request was removed from the work folder, no answer");
                    return None;
                }
                Attempt::Failed(why) => why,
            };
            drop(permit.take());
            trouble.met(&path, &why);
            sleep(back_off(attempt, random()).min(left())).await;
            permit = Arc::clone(&self.permits).acquire_owned().await.ok();
            if left().is_zero() {
                return Some(Answer::refused(
                    &entry.request,
                    &own::no_answer(self.link_timeout, &why),
                    self.err_content,
                ));
            }
        }
        None
    }

    async fn attempt(&self, entry: &Entry, patience: Duration) -> Attempt {
        let refused = |refusal| Attempt::Done(Answer::refused(&entry.request, &refusal, self.err_content));
        let (work, own_entry) = (Arc::clone(&self.work), entry.clone());
        let body = match spawn_blocking(move || work.read(&own_entry)).await {
            Ok(Reading::Bytes(body)) => body,
            Ok(Reading::TooLong) => return refused(own::too_long()),
            Ok(Reading::Gone) => return Attempt::Gone,
            Ok(Reading::Unreadable(error)) if error.kind() == io::ErrorKind::PermissionDenied => {
                return refused(own::unreadable(&error));
            }
            Ok(Reading::Unreadable(error)) => return Attempt::Failed(error.to_string()),
            Err(error) => return Attempt::Failed(error.to_string()),
        };
        match self.courier.ask(&entry.id, entry.request.message_id(), body, patience).await {
            Outcome::Result(extension, bytes) => Attempt::Done(Answer::result(extension, bytes)),
            Outcome::Refused(refusal) => refused(refusal),
            Outcome::Failed(why) => Attempt::Failed(why),
        }
    }

    /// Tries until it works: an answer that was given is never thrown away.
    async fn put_in_place(&self, entry: Entry, last_step: LastStep, mut stop: watch::Receiver<bool>) {
        let step = Arc::new((entry, last_step));
        for attempt in 0.. {
            let (work, own_step) = (Arc::clone(&self.work), Arc::clone(&step));
            // Not to be interrupted by a stop: it is short, and its end is the end of the errand.
            let done = spawn_blocking(move || own_step.1.take(&work, &own_step.0)).await;
            let (entry, last_step) = &*step;
            if self.is_delivered(done) {
                tracing::info!(request = %entry.request, key = %entry.id, label = last_step.label(), "answered");
                return;
            }
            tokio::select! {
                () = stopped(&mut stop) => return,
                () = sleep(back_off(attempt, random())) => {}
            }
        }
    }

    fn is_delivered(&self, done: Result<Result<(), DeliveryError>, JoinError>) -> bool {
        let mut delivery = self.delivery.lock().unwrap_or_else(PoisonError::into_inner);
        let res = &self.work.folders.res;
        match done {
            Ok(Ok(())) => {
                delivery.over(res);
                return true;
            }
            Ok(Err(error)) => delivery.met(res, &error),
            Err(error) => delivery.met(res, &error),
        }
        false
    }
}

enum Attempt {
    Done(Answer),
    Failed(String),
    Gone,
}

/// How an answer gets into place.
enum LastStep {
    Deliver(Answer),
    /// It was written by an earlier terminal, which didn't come to rename it.
    Place(Record),
}

impl LastStep {
    fn take(&self, work: &Work, entry: &Entry) -> Result<(), DeliveryError> {
        match self {
            Self::Deliver(answer) => work.deliver(entry, answer),
            Self::Place(record) => work.place(entry, record),
        }
    }

    fn label(&self) -> Option<&str> {
        match self {
            Self::Deliver(answer) => answer.label.as_deref(),
            Self::Place(_) => None,
        }
    }
}
