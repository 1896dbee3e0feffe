//! The way of one claimed request: ask until there is an answer, wait for its turn, put the answer in place.

use messages::{
    dialect::ErrContent,
    file_name::Extension,
    refusal::{Bilingual, Refusal},
};
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
    carry::{Asked, Courier},
    crypt::Encryption,
    entry::{Entry, Record, random},
    habit::Then,
    pause::back_off,
    recover::{Pending, Stage},
    stale::Ages,
    tell::Teller,
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
    pub(crate) encryption: Option<Encryption>,
    pub(crate) delivery: Mutex<Trouble>,
    /// Unless answers stay for ever.
    pub(crate) ages: Option<Ages>,
    pub(crate) teller: Teller,
    /// How many answers were put in place.
    pub(crate) delivered: watch::Sender<u64>,
    /// The answer that was put in place last, unless it is large; for the habit that mixes answers up.
    pub(crate) previous: Mutex<Option<Vec<u8>>>,
    /// Until when the disk is said to be full.
    pub(crate) full_until: Mutex<Option<Instant>>,
}

/// Longest answer that is remembered as the previous one.
const LONGEST_PREVIOUS: usize = 1024 * 1024;

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
            let Some(mut answer) = answer else { return LastStep::of(&stage) };
            match self.follow_habit(&entry, &mut answer).await {
                Then::Deliver => Some(LastStep::Deliver(answer)),
                Then::Lose => Some(LastStep::Lose),
            }
        };
        let last_step = tokio::select! {
            biased;
            () = stopped(&mut stop) => return,
            last_step = before => last_step,
        };
        let Some(last_step) = last_step else { return };
        self.put_in_place(entry, last_step, stop).await;
    }

    /// `None` if the request is gone.
    async fn answer_to(&self, entry: &Entry, mut permit: Option<OwnedSemaphorePermit>) -> Option<Answer> {
        let begun = Instant::now();
        let left = || self.link_timeout.saturating_sub(begun.elapsed());
        let path = self.work.folders.req.join(entry.request.as_str());
        let mut trouble = Trouble::none("サービスへの照会", "asking the service");
        for attempt in 0.. {
            let why = match self.attempt(entry, left()).await {
                Attempt::Done(answer) => return Some(answer),
                Attempt::Gone => {
                    tracing::warn!(path = %path.display(), "request was removed from the work folder, no answer");
                    self.teller.tell("T202", entry.request.as_str(), gone());
                    return None;
                }
                Attempt::Failed(why) => why,
            };
            drop(permit.take());
            trouble.met(&path, &why);
            sleep(back_off(attempt, random()).min(left())).await;
            permit = Arc::clone(&self.permits).acquire_owned().await.ok();
            if left().is_zero() {
                return Some(self.refused(entry, &own::no_answer(self.link_timeout, &why)));
            }
        }
        None
    }

    async fn attempt(&self, entry: &Entry, patience: Duration) -> Attempt {
        let refused = |refusal| Attempt::Done(self.refused(entry, &refusal));
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
        let Asked { outcome, habit, at } =
            self.courier.ask(&entry.id, entry.request.message_id(), body, patience).await;
        let answer = match outcome {
            Outcome::Result(extension, bytes) => self.sealed(entry, Answer::result(extension, bytes)),
            Outcome::Refused(refusal) => Answer::refused(&entry.request, &refusal, self.err_content),
            Outcome::Failed(why) => return Attempt::Failed(why),
        };
        Attempt::Done(Answer { habit, at, ..answer })
    }

    /// An `.err` for a reason of our own, which the service doesn't know yet.
    fn refused(&self, entry: &Entry, refusal: &Refusal) -> Answer {
        self.teller.tell(&refusal.label, entry.request.as_str(), refusal.reason.clone());
        Answer::refused(&entry.request, refusal, self.err_content)
    }

    /// Encrypts what is to be encrypted.
    fn sealed(&self, entry: &Entry, answer: Answer) -> Answer {
        let name = answer.name(&entry.request);
        let Some(encryption) = self.encryption.as_ref().filter(|encryption| encryption.covers(&name)) else {
            return answer;
        };
        match encryption.seal(&name, &answer.bytes) {
            Ok(zip) => Answer::result(Extension::Zip, zip),
            Err(error) => self.refused(entry, &own::not_encrypted(&error.to_string())),
        }
    }

    /// Tries until it works: an answer that was given is never thrown away.
    async fn put_in_place(&self, entry: Entry, last_step: LastStep, mut stop: watch::Receiver<bool>) {
        let step = Arc::new((entry, last_step));
        for attempt in 0.. {
            let (work, own_step) = (Arc::clone(&self.work), Arc::clone(&step));
            // Not to be interrupted by a stop: it is short, and its end is the end of the errand.
            let full = self.is_full();
            let done = spawn_blocking(move || match full {
                true => Err(DeliveryError::during("write the answer")(io::ErrorKind::StorageFull.into())),
                false => own_step.1.take(&work, &own_step.0),
            });
            let done = done.await;
            let (entry, last_step) = &*step;
            if self.is_delivered(done) {
                self.note(entry, last_step);
                tracing::info!(request = %entry.request, key = %entry.id, label = last_step.label(), "answered");
                return;
            }
            tokio::select! {
                () = stopped(&mut stop) => return,
                () = sleep(back_off(attempt, random())) => {}
            }
        }
    }

    fn is_full(&self) -> bool {
        let mut until = self.full_until.lock().unwrap_or_else(PoisonError::into_inner);
        if until.is_some_and(|until| until <= Instant::now()) {
            *until = None;
        }
        until.is_some()
    }

    /// Notes what later answers, and their end, depend on.
    fn note(&self, entry: &Entry, last_step: &LastStep) {
        if let LastStep::Deliver(answer) = last_step {
            if let (Some(at), Some(ages)) = (answer.at, &self.ages) {
                ages.note(&answer.name(&entry.request), at);
            }
            let known = (answer.bytes.len() <= LONGEST_PREVIOUS).then(|| answer.bytes.clone());
            *self.previous.lock().unwrap_or_else(PoisonError::into_inner) = known;
        }
        self.delivered.send_modify(|delivered| *delivered += 1);
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
    /// Not at all, since a scenario wants it so.
    Lose,
}

impl LastStep {
    /// Of a request that has no answer to be delivered: what an earlier terminal wrote, if that is what it waits for.
    fn of(stage: &Stage) -> Option<Self> {
        match stage {
            Stage::Place(record) => Some(Self::Place(record.clone())),
            Stage::Ask => None,
        }
    }

    fn take(&self, work: &Work, entry: &Entry) -> Result<(), DeliveryError> {
        match self {
            Self::Deliver(answer) => work.deliver(entry, answer),
            Self::Place(record) => work.place(entry, record),
            Self::Lose => {
                work.lose(entry);
                Ok(())
            }
        }
    }

    fn label(&self) -> Option<&str> {
        match self {
            Self::Deliver(answer) => answer.label.as_deref(),
            Self::Place(_) => None,
            Self::Lose => Some("lost"),
        }
    }
}

fn gone() -> Bilingual {
    Bilingual::fixed(
        "端末: 処理中の要求ファイルが作業フォルダーから削除されたため、回答はありません。",
        "terminal: the request was removed from the work folder while it was carried; there is no answer",
    )
}
