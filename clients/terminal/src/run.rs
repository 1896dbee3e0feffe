//! Starts a terminal and ends it.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use jiff::SignedDuration;
use tokio::{
    sync::{Semaphore, mpsc, oneshot, watch},
    task::{JoinError, JoinHandle, JoinSet, spawn_blocking},
    time::timeout,
};

use crate::{
    FolderError, Settings, TlsError, WorkError,
    carry::Courier,
    channel::Channel,
    entry::Entry,
    errand::{Errands, stopped},
    face::Face,
    recover::{Pending, Stage, recover},
    stale::{Ages, Stale},
    tell::{self, Teller},
    trouble::Trouble,
    turns::Turns,
    watch as watching,
    work::Work,
};

/// How long a stop waits for what is being written, which only a hanging share can exceed.
const LAST_STEPS: Duration = Duration::from_millis(400);

/// The terminal (資格確認端末).
#[derive(Debug)]
pub struct Terminal;

/// A terminal at work. Dropping it stops it without waiting.
#[derive(Debug)]
pub struct Running {
    stop: watch::Sender<bool>,
    watching: watching::Watching,
    dispatcher: Option<JoinHandle<()>>,
    /// What goes on beside the exchanges.
    beside: Vec<JoinHandle<()>>,
}

/// Why a terminal doesn't start. A service that can't be reached is no reason: it will be asked again.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The folders can't be used.
    #[error(transparent)]
    Work(#[from] WorkError),
    /// Certificate, key or certificate authority can't be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The system gave no thread.
    #[error("can't watch the folder of the requests")]
    Thread(#[source] std::io::Error),
}

impl From<FolderError> for StartError {
    fn from(error: FolderError) -> Self {
        Self::Work(error.into())
    }
}

impl Terminal {
    /// Starts a terminal in the current tokio runtime, of either flavour, with time and I/O enabled.
    ///
    /// First it resumes what an earlier terminal left in the work folder; then it takes what arrives. When this returns,
    /// requests may be dropped.
    ///
    /// # Errors
    /// [`StartError::Work`] if a folder can't be used or belongs to another terminal; [`StartError::Tls`] if the
    /// certificates can't be read; [`StartError::Thread`] if the system gives no thread.
    pub async fn start(settings: Settings) -> Result<Running, StartError> {
        let courier = Courier::new(&settings)?;
        let folders = settings.folders.clone();
        let (deliveries, face_encryption) = (settings.deliveries, settings.face_encryption.clone());
        let stay = settings.stay.and_then(|stay| SignedDuration::try_from(stay).ok());
        let deletes = stay.is_some();
        let opened = spawn_blocking(move || {
            let work = Work::open(folders)?;
            let pending = recover(&work)?;
            let work = Arc::new(work);
            let face = deliveries.then(|| Face::open(Arc::clone(&work), face_encryption));
            let ages = deletes.then(|| Ages::open(&work));
            Ok::<_, StartError>((work, pending, face, ages))
        });
        let (work, resumed, face, ages) =
            opened.await.map_err(|error| StartError::Thread(panicked(error)))??;
        if !resumed.is_empty() {
            let path = work.folders.work.display();
            tracing::info!(%path, count = resumed.len(), "resuming requests that were claimed earlier");
        }
        let (stop, stopping) = watch::channel(false);
        let (claimed, arrivals) = mpsc::unbounded_channel();
        let (ready, looked) = oneshot::channel();
        let (teller, reports) = Teller::new();
        let watching = watching::start(Arc::clone(&work), &settings, claimed, ready, &teller)
            .map_err(StartError::Thread)?;
        let mut beside = vec![tokio::spawn(tell::run(courier.clone(), reports, stopping.clone()))];
        if let Some(face) = face {
            let channel = Channel::new(Arc::clone(&work), courier.clone(), face, &teller);
            beside.push(tokio::spawn(channel.run(stopping.clone())));
        }
        if let (Some(stay), Some(ages)) = (stay, &ages) {
            let deleting = Trouble::told("古い回答ファイルの削除", "deleting stale answers", &teller);
            let stale = Stale::new(Arc::clone(&work), courier.clone(), ages.clone(), stay, deleting);
            beside.push(tokio::spawn(stale.run(stopping.clone())));
        }
        let errands = Errands {
            work,
            courier,
            permits: Arc::new(Semaphore::new(settings.in_flight.clamp(1, Semaphore::MAX_PERMITS))),
            link_timeout: settings.link_timeout,
            err_content: settings.err_content,
            encryption: settings.encryption,
            delivery: Mutex::new(Trouble::told("回答ファイルの配置", "putting an answer in place", &teller)),
            ages,
            teller,
            delivered: watch::Sender::new(0),
            previous: Mutex::default(),
            full_until: Mutex::default(),
        };
        let dispatcher = tokio::spawn(dispatch(Arc::new(errands), resumed, arrivals, stopping));
        let running = Running { stop, watching, dispatcher: Some(dispatcher), beside };
        looked.await.map_err(|error| StartError::Thread(std::io::Error::other(error)))?;
        Ok(running)
    }
}

impl Running {
    /// Stops within about half a second. Requests that are not answered stay in the work folder; the next terminal that
    /// starts there resumes them.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        let watch = self.watching.stop();
        let ended = async {
            if let Some(dispatcher) = self.dispatcher.take() {
                let _ = dispatcher.await;
            }
            for task in self.beside.drain(..) {
                let _ = task.await;
            }
            if let Some(watch) = watch {
                let _ = spawn_blocking(move || watch.join()).await;
            }
        };
        if timeout(LAST_STEPS, ended).await.is_err() {
            tracing::warn!("stopped while a folder did not respond");
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.send_replace(true);
        self.watching.stop();
    }
}

/// Sends each request on its errand, in order, as soon as one more may be on its way.
async fn dispatch(
    errands: Arc<Errands>,
    resumed: Vec<Pending>,
    mut arrivals: mpsc::UnboundedReceiver<Entry>,
    mut stop: watch::Receiver<bool>,
) {
    let mut resumed = resumed.into_iter();
    let mut turns = Turns::default();
    let mut running = JoinSet::new();
    loop {
        let next = async {
            let pending = match resumed.next() {
                Some(pending) => pending,
                None => Pending { entry: arrivals.recv().await?, stage: Stage::Ask },
            };
            let permit = match pending.stage {
                Stage::Ask => Some(Arc::clone(&errands.permits).acquire_owned().await.ok()?),
                Stage::Place(_) => None,
            };
            Some((pending, permit))
        };
        let next = tokio::select! {
            biased;
            () = stopped(&mut stop) => break,
            next = next => next,
        };
        // The watch ends only when the terminal stops.
        let Some((pending, permit)) = next else { break };
        let turn = turns.queue(&pending.entry.request);
        let (errands, stop) = (Arc::clone(&errands), stop.clone());
        running.spawn(async move { errands.run(pending, permit, turn, stop).await });
        while let Some(ended) = running.try_join_next() {
            report(ended);
        }
    }
    while let Some(ended) = running.join_next().await {
        report(ended);
    }
}

fn report(ended: Result<(), JoinError>) {
    if let Err(error) = ended {
        tracing::error!(%error, "a request was left in the work folder until the next start");
    }
}

fn panicked(error: JoinError) -> std::io::Error {
    std::io::Error::other(error)
}
