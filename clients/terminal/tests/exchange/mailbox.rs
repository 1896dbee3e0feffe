//! The service's side of the channel.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard},
    thread,
    time::{Duration, Instant},
};

use jiff::Timestamp;
use messages::channel::{Deliveries, Delivery, Folder, Report};

use crate::service::Reply;

/// What waits for the terminal, and what the terminal asked. Clones share it.
#[derive(Clone, Default)]
pub(crate) struct Mailbox(Arc<Mutex<Content>>);

#[derive(Default)]
struct Content {
    open: bool,
    /// Instead of an answer.
    status: Option<u16>,
    /// Lists everything whatever was acknowledged, and forgets nothing.
    stubborn: bool,
    files: BTreeMap<u64, File>,
    polled: Vec<String>,
    fetched: Vec<u64>,
    /// The world's time; without one the service doesn't tell it.
    now: Option<Timestamp>,
    reports: Vec<Report>,
}

struct File {
    name: String,
    /// What fetching it gives.
    reply: Reply,
}

impl Mailbox {
    pub(crate) fn open(&self) {
        self.content().open = true;
    }

    pub(crate) fn close(&self) {
        self.content().open = false;
    }

    /// Puts a file in, and opens the channel.
    pub(crate) fn put(&self, number: u64, name: &str, content: impl Into<Vec<u8>>) {
        self.put_reply(number, name, Reply::xml(content));
    }

    pub(crate) fn put_reply(&self, number: u64, name: &str, reply: Reply) {
        self.content().files.insert(number, File { name: name.to_owned(), reply });
        self.open();
    }

    pub(crate) fn fail(&self, status: Option<u16>) {
        self.content().status = status;
    }

    pub(crate) fn be_stubborn(&self) {
        self.content().stubborn = true;
    }

    /// The polls in their order, as `?after=0&wait=25`.
    pub(crate) fn polled(&self) -> Vec<String> {
        self.content().polled.clone()
    }

    /// The numbers of the files in the order in which they were fetched.
    pub(crate) fn fetched(&self) -> Vec<u64> {
        self.content().fetched.clone()
    }

    /// Whether everything up to a number was acknowledged.
    pub(crate) fn acknowledged(&self, number: u64) -> Option<()> {
        self.polled().contains(&format!("?after={number}&wait=25")).then_some(())
    }

    /// Sets the world's time.
    pub(crate) fn set_time(&self, now: Timestamp) {
        self.content().now = Some(now);
    }

    /// What terminals reported.
    pub(crate) fn reports(&self) -> Vec<Report> {
        self.content().reports.clone()
    }

    /// `rest` is what follows `/terminal/v1/`.
    pub(crate) fn answer(&self, rest: &str, body: &[u8]) -> Reply {
        match rest.strip_prefix("deliveries") {
            Some(rest) => self.deliveries(rest),
            None if rest == "time" => self.content().now.map_or_else(
                || Reply::status(404),
                |now| Reply::json(&serde_json::json!({ "now": now, "mode": "running" })),
            ),
            None if rest == "reports" => {
                self.content().reports.push(serde_json::from_slice(body).unwrap());
                Reply::json(&serde_json::json!({}))
            }
            None => Reply::status(404),
        }
    }

    fn deliveries(&self, rest: &str) -> Reply {
        match rest.strip_prefix('/') {
            Some(number) => self.file(number.parse().unwrap()),
            None => self.poll(rest),
        }
    }

    fn file(&self, number: u64) -> Reply {
        let mut content = self.content();
        content.fetched.push(number);
        content.files.get(&number).map_or_else(|| Reply::status(404), |file| file.reply.clone())
    }

    fn poll(&self, query: &str) -> Reply {
        self.content().polled.push(query.to_owned());
        let numbers = query.strip_prefix("?after=").and_then(|rest| rest.split_once("&wait="));
        let (after, wait) = numbers.unwrap();
        let (after, wait): (u64, u64) = (after.parse().unwrap(), wait.parse().unwrap());
        let begun = Instant::now();
        loop {
            let waited = begun.elapsed() >= Duration::from_secs(wait);
            if let Some(reply) = self.content().look(after, waited) {
                return reply;
            }
            thread::sleep(Duration::from_millis(2));
        }
    }

    fn content(&self) -> MutexGuard<'_, Content> {
        self.0.lock().unwrap()
    }
}

impl Content {
    fn look(&mut self, after: u64, waited: bool) -> Option<Reply> {
        if let Some(status) = self.status {
            return Some(Reply::status(status));
        }
        if !self.open {
            return Some(Reply::status(404));
        }
        if !self.stubborn {
            self.files.retain(|number, _| *number > after);
        }
        let found = self.files.iter();
        let found = found.map(|(number, file)| Delivery {
            number: *number,
            folder: Folder::Face,
            name: file.name.clone(),
        });
        let deliveries = Deliveries { deliveries: found.collect() };
        let body = serde_json::to_vec(&deliveries).unwrap();
        (waited || !self.files.is_empty())
            .then(|| Reply { content_type: "application/json", ..Reply::xml(body) })
    }
}
