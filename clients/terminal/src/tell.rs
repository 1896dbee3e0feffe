//! Tells the service what this terminal could not do, so that the reason stands in the world's journal too.
//!
//! Beside the exchanges and never in their way: what can't be told in time is dropped, the log has it anyway.

use messages::{channel::Report, refusal::Bilingual};
use tokio::{
    sync::{mpsc, watch},
    time::sleep,
};

use crate::{
    carry::{Courier, Fetched},
    entry::random,
    errand::stopped,
    pause::back_off,
};

/// Most reports that wait to be told.
const MOST_WAITING: usize = 100;
/// How often one report is tried.
const ATTEMPTS: u32 = 8;

/// Takes reports. Clones share it.
#[derive(Debug, Clone)]
pub(crate) struct Teller(mpsc::Sender<Report>);

impl Teller {
    /// A teller, and where its reports come out.
    pub(crate) fn new() -> (Self, mpsc::Receiver<Report>) {
        let (reports, waiting) = mpsc::channel(MOST_WAITING);
        (Self(reports), waiting)
    }

    pub(crate) fn tell(&self, label: &str, file: &str, text: Bilingual) {
        let report = Report { label: label.to_owned(), file: file.to_owned(), text };
        if self.0.try_send(report).is_err() {
            tracing::debug!(label, "a report was dropped, as too many wait");
        }
    }
}

/// Tells what comes in, until the terminal stops.
pub(crate) async fn run(
    courier: Courier,
    mut waiting: mpsc::Receiver<Report>,
    mut stop: watch::Receiver<bool>,
) {
    let telling = async {
        while let Some(report) = waiting.recv().await {
            tell_one(&courier, &report).await;
        }
    };
    tokio::select! {
        biased;
        () = stopped(&mut stop) => {}
        () = telling => {}
    }
}

async fn tell_one(courier: &Courier, report: &Report) {
    for attempt in 0..ATTEMPTS {
        match courier.report(report).await {
            // A service without the channel will not know the next one either, but asking costs little.
            Fetched::Bytes(_) | Fetched::Absent => return,
            Fetched::Failed(_) => sleep(back_off(attempt, random())).await,
        }
    }
}
