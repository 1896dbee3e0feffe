//! The terminal's side of the channel: asks for what the service hands over unasked, and has it put into `face`.
//!
//! One poll at a time, which the service answers when there is something, or after a while. The number of what was
//! placed last goes with each poll and acknowledges everything up to it. Beside the exchanges, and never in their way.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use messages::channel::{Deliveries, Delivery};
use tokio::{
    sync::watch,
    task::spawn_blocking,
    time::{Instant, sleep},
};

use crate::{
    carry::{Courier, Fetched},
    entry::random,
    errand::stopped,
    face::{Face, Step, is_accepted},
    pause::back_off,
    tell::Teller,
    trouble::Trouble,
    work::Work,
};

/// How long the service may keep a poll, in seconds.
const WAIT: u64 = 25;
/// How long an answer is waited for: somewhat longer than the service may keep it.
const PATIENCE: Duration = Duration::from_secs(WAIT + 10);
/// Until a service without the channel is asked again.
const ABSENT_PAUSE: Duration = Duration::from_secs(60);
/// An answer without deliveries that comes sooner was not waited for: then it's the terminal that pauses.
const SOON: Duration = Duration::from_secs(1);

/// The channel of one terminal.
#[derive(Debug)]
pub(crate) struct Channel {
    work: Arc<Work>,
    courier: Courier,
    face: Arc<Mutex<Face>>,
    /// Failures, or answers that came too soon, in a row.
    attempt: u32,
    absent: bool,
    asking: Trouble,
    placing: Trouble,
}

enum Polled {
    Found(Vec<Delivery>),
    /// The service has no channel.
    Absent,
    Failed(String),
}

impl Channel {
    pub(crate) fn new(work: Arc<Work>, courier: Courier, face: Face, teller: &Teller) -> Self {
        Self {
            work,
            courier,
            face: Arc::new(Mutex::new(face)),
            attempt: 0,
            absent: false,
            asking: Trouble::none("配信の問い合わせ", "asking the service for deliveries"),
            placing: Trouble::told("配信ファイルの配置", "putting a delivery in place", teller),
        }
    }

    /// Runs until the terminal stops.
    pub(crate) async fn run(mut self, mut stop: watch::Receiver<bool>) {
        // `None` is the stop, here and below.
        let unfinished = self.face.lock().unwrap_or_else(PoisonError::into_inner).is_unfinished();
        let mut going = if unfinished { self.take(Step::Resume, &mut stop).await } else { Some(()) };
        while going.is_some() {
            going = self.round(&mut stop).await;
        }
    }

    /// Polls once, takes what was found, and pauses if need be.
    async fn round(&mut self, stop: &mut watch::Receiver<bool>) -> Option<()> {
        let begun = Instant::now();
        let pause = match unless_stopped(stop, self.poll()).await? {
            Polled::Found(found) => {
                self.absent = false;
                let hasty = found.is_empty() && begun.elapsed() < SOON;
                match self.take_all(found, stop).await? {
                    Ok(()) if hasty => Some(self.next_pause()),
                    Ok(()) => {
                        self.attempt = 0;
                        None
                    }
                    Err(why) => Some(self.failed(&why)),
                }
            }
            Polled::Absent => Some(self.no_channel()),
            Polled::Failed(why) => Some(self.failed(&why)),
        };
        match pause {
            Some(pause) => unless_stopped(stop, sleep(pause)).await,
            None => Some(()),
        }
    }

    /// What comes after that which is done with, in the order of the numbers.
    async fn poll(&self) -> Polled {
        let after = self.face.lock().unwrap_or_else(PoisonError::into_inner).up_to();
        let bytes = match self.courier.poll(after, WAIT, PATIENCE).await {
            Fetched::Bytes(bytes) => bytes,
            Fetched::Absent => return Polled::Absent,
            Fetched::Failed(why) => return Polled::Failed(why),
        };
        match serde_json::from_slice::<Deliveries>(&bytes) {
            Ok(Deliveries { deliveries: mut found }) => {
                found.retain(|delivery| delivery.number > after);
                found.sort_by_key(|delivery| delivery.number);
                found.dedup_by_key(|delivery| delivery.number);
                Polled::Found(found)
            }
            Err(error) => Polled::Failed(format!("no list of deliveries: {error}")),
        }
    }

    /// The first that can't be fetched ends it, so that the order is kept.
    async fn take_all(
        &mut self,
        found: Vec<Delivery>,
        stop: &mut watch::Receiver<bool>,
    ) -> Option<Result<(), String>> {
        for delivery in found {
            match unless_stopped(stop, self.fetch(delivery)).await? {
                Ok(step) => self.take(step, stop).await?,
                Err(why) => return Some(Err(why)),
            }
        }
        self.asking.over(&self.work.folders.face);
        Some(Ok(()))
    }

    async fn fetch(&self, delivery: Delivery) -> Result<Step, String> {
        let number = delivery.number;
        if !is_accepted(&delivery.name) {
            tracing::warn!(
                number,
                "a delivery is skipped: its name is not of the form [A-Za-z0-9_-]+.xml within 200 characters"
            );
            return Ok(Step::Skip(number));
        }
        match self.courier.delivery(number, PATIENCE).await {
            Fetched::Bytes(bytes) => Ok(Step::Place(delivery, bytes)),
            Fetched::Absent => {
                tracing::debug!(number, "a delivery is gone");
                Ok(Step::Skip(number))
            }
            Fetched::Failed(why) => Err(why),
        }
    }

    /// Tries until it works: what was fetched is never thrown away.
    async fn take(&mut self, step: Step, stop: &mut watch::Receiver<bool>) -> Option<()> {
        let step = Arc::new(step);
        let folder = &self.work.folders.face;
        for attempt in 0.. {
            let (face, own_step) = (Arc::clone(&self.face), Arc::clone(&step));
            // Not to be interrupted by a stop, like the last step of an errand.
            let take = move || face.lock().unwrap_or_else(PoisonError::into_inner).take(&own_step);
            match spawn_blocking(take).await {
                Ok(Ok(())) => {
                    self.placing.over(folder);
                    if let Step::Place(delivery, _) = &*step {
                        let path = folder.join(&delivery.name);
                        tracing::info!(path = %path.display(), number = delivery.number, "delivered");
                    }
                    return Some(());
                }
                Ok(Err(error)) => self.placing.met(folder, &error),
                Err(error) => self.placing.met(folder, &error),
            }
            unless_stopped(stop, sleep(back_off(attempt, random()))).await?;
        }
        None
    }

    fn failed(&mut self, why: &str) -> Duration {
        self.asking.met(&self.work.folders.face, &why);
        self.next_pause()
    }

    fn no_channel(&mut self) -> Duration {
        if !self.absent {
            self.absent = true;
            tracing::debug!("the service has no channel for deliveries; asking again from time to time");
        }
        self.attempt = 0;
        ABSENT_PAUSE
    }

    fn next_pause(&mut self) -> Duration {
        let attempt = self.attempt;
        self.attempt = attempt.saturating_add(1);
        back_off(attempt, random())
    }
}

/// `None` if the terminal stops first.
async fn unless_stopped<T>(stop: &mut watch::Receiver<bool>, doing: impl Future<Output = T>) -> Option<T> {
    tokio::select! {
        biased;
        () = stopped(stop) => None,
        done = doing => Some(done),
    }
}
