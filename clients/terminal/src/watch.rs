//! Watches `req` on a thread of its own, and claims what is complete.
//!
//! Events make it quick, looks make it sure: shares and bind mounts bring no events, and any system may lose some.

use std::{
    collections::HashMap,
    fs, io,
    path::Path,
    sync::{Arc, mpsc},
    thread,
    time::{Duration, Instant},
};

use messages::{file_name::RequestFileName, misnamed::Misnamed, xml};
use tokio::sync::{mpsc::UnboundedSender, oneshot};

use crate::{
    Settings,
    entry::Entry,
    hint::{self, Hint},
    intake::{SECOND_LOOK, Sighting, Verdict},
    stray::Strays,
    tell::Teller,
    trouble::Trouble,
    work::{LONGEST_REQUEST, Work},
};

/// The running watch.
#[derive(Debug)]
pub(crate) struct Watching {
    inbox: mpsc::Sender<Message>,
    thread: Option<thread::JoinHandle<()>>,
}

enum Message {
    Hint(Hint),
    Stop,
}

/// Starts to watch. Claimed requests are sent in the order of their arrival; `ready` after the first look, when events are
/// listened to.
pub(crate) fn start(
    work: Arc<Work>,
    settings: &Settings,
    claimed: UnboundedSender<Entry>,
    ready: oneshot::Sender<()>,
    teller: &Teller,
) -> io::Result<Watching> {
    let (inbox, messages) = mpsc::channel();
    let events = settings.events.then(|| inbox.clone());
    let (poll, settling, teller) = (settings.poll, settings.settling, teller.clone());
    let watch = move || {
        Watch {
            work,
            poll,
            settling,
            claimed,
            events,
            watcher: None,
            seen: HashMap::new(),
            second_look: None,
            strays: Strays::new(settling, &teller),
            looking: Trouble::told("要求フォルダーの確認", "looking into the folder", &teller),
            listening: Trouble::none(
                "ファイルイベントの受信（定期確認は続行）",
                "listening to file events (looking goes on)",
            ),
            claiming: Trouble::told("要求ファイルの取り込み", "taking a request out of the folder", &teller),
        }
        .run(&messages, ready);
    };
    let thread = thread::Builder::new().name("onshi-terminal watch".to_owned()).spawn(watch)?;
    Ok(Watching { inbox, thread: Some(thread) })
}

impl Watching {
    /// Tells the watch to end, and gives its thread to wait for.
    pub(crate) fn stop(&mut self) -> Option<thread::JoinHandle<()>> {
        // If nobody receives, it has ended already.
        let _ = self.inbox.send(Message::Stop);
        self.thread.take()
    }
}

struct Watch {
    work: Arc<Work>,
    poll: Duration,
    settling: Duration,
    claimed: UnboundedSender<Entry>,
    /// Where events go; `None` if they are switched off.
    events: Option<mpsc::Sender<Message>>,
    watcher: Option<notify::RecommendedWatcher>,
    /// Files that are not complete yet.
    seen: HashMap<String, Sighting>,
    second_look: Option<Instant>,
    /// Files that will never be taken.
    strays: Strays,
    looking: Trouble,
    listening: Trouble,
    claiming: Trouble,
}

impl Watch {
    fn run(mut self, messages: &mpsc::Receiver<Message>, ready: oneshot::Sender<()>) {
        let mut next = Instant::now();
        let mut ready = Some(ready);
        loop {
            let now = Instant::now();
            if now >= next {
                self.listen();
                self.look();
                next = Instant::now() + self.poll;
                if let Some(ready) = ready.take() {
                    // Whoever waited may have given up.
                    let _ = ready.send(());
                }
            } else if self.second_look.is_some_and(|due| now >= due) {
                self.look_again();
            }
            let due = self.second_look.map_or(next, |second| second.min(next));
            match messages.recv_timeout(due.saturating_duration_since(Instant::now())) {
                Ok(Message::Hint(hint)) => match self.follow(hint) {
                    LookNow::Yes => next = Instant::now(),
                    LookNow::No => {}
                },
                Ok(Message::Stop) | Err(mpsc::RecvTimeoutError::Disconnected) => return,
                Err(mpsc::RecvTimeoutError::Timeout) => {}
            }
        }
    }

    fn follow(&mut self, hint: Hint) -> LookNow {
        match hint {
            Hint::Finished(names) => {
                for name in names {
                    self.sight(&name);
                    if let Some(sighting) = self.seen.get_mut(&name) {
                        sighting.finish();
                        self.take_if_complete(&name);
                    }
                }
                LookNow::No
            }
            Hint::Appeared(names) => {
                names.iter().for_each(|name| self.sight(name));
                LookNow::No
            }
            Hint::Missed => LookNow::Yes,
            Hint::FolderLost => {
                self.watcher = None;
                LookNow::Yes
            }
        }
    }

    /// Sets the watcher up, also again after the folder was lost.
    fn listen(&mut self) {
        let req = &self.work.folders.req;
        if let (Some(events), None, true) = (&self.events, &self.watcher, req.is_dir()) {
            let events = events.clone();
            let hear = {
                let req = req.clone();
                move |event| {
                    if let Some(hint) = hint::of_event(&req, event) {
                        // Nobody receives: the watch has ended, and drops this watcher.
                        let _ = events.send(Message::Hint(hint));
                    }
                }
            };
            match hint::watcher(req, hear) {
                Ok(watcher) => {
                    self.watcher = Some(watcher);
                    self.listening.over(req);
                }
                Err(error) => self.listening.met(req, &error),
            }
        }
    }

    /// Looks at every file of the folder.
    fn look(&mut self) {
        let req = &self.work.folders.req;
        match listed(req) {
            Ok(Listed { requests: names, misnamed }) => {
                self.looking.over(req);
                self.strays.look(req, &misnamed, Instant::now());
                self.seen.retain(|name, _| names.binary_search(name).is_ok());
                names.iter().for_each(|name| self.sight(name));
                self.take_complete(names);
            }
            Err(error) => {
                self.looking.met(req, &error);
                self.seen.clear();
                self.watcher = None;
            }
        }
    }

    /// Looks once more at what is not complete, soon after it was seen to change; so that without events too, an answer
    /// comes little later than one look.
    fn look_again(&mut self) {
        self.second_look = None;
        let names: Vec<_> = self.seen.keys().cloned().collect();
        names.iter().for_each(|name| self.sight(name));
        self.take_complete(names);
        let now = Instant::now();
        if self.seen.values().any(|sighting| sighting.is_young(now)) {
            self.second_look.get_or_insert(now + SECOND_LOOK);
        }
    }

    /// Notes length and time of a file, or that it is none of ours.
    fn sight(&mut self, name: &str) {
        let now = Instant::now();
        // Links are not followed: only what a sender wrote here is taken.
        let metadata =
            fs::symlink_metadata(self.work.folders.req.join(name)).ok().filter(fs::Metadata::is_file);
        let Some(metadata) = metadata else {
            self.seen.remove(name);
            return;
        };
        let (length, modified) = (metadata.len(), metadata.modified().ok());
        let changed = match self.seen.get_mut(name) {
            Some(sighting) => sighting.again(length, modified, now),
            None => self.seen.insert(name.to_owned(), Sighting::first(length, modified, now)).is_none(),
        };
        if changed {
            self.second_look.get_or_insert(now + SECOND_LOOK);
        }
    }

    fn take_complete(&mut self, mut names: Vec<String>) {
        names.sort_by_cached_key(|name| (self.seen.get(name).and_then(|s| s.modified), name.clone()));
        names.iter().for_each(|name| self.take_if_complete(name));
    }

    fn take_if_complete(&mut self, name: &str) {
        let (Some(sighting), Some(request)) = (self.seen.get(name), RequestFileName::parse(name)) else {
            return;
        };
        let path = self.work.folders.req.join(name);
        let whole =
            || sighting.length <= LONGEST_REQUEST && fs::read(&path).is_ok_and(|bytes| xml::is_whole(&bytes));
        if sighting.verdict(Instant::now(), self.settling, whole) == Verdict::Wait {
            return;
        }
        match self.work.claim(&request) {
            Ok(entry) => {
                self.seen.remove(name);
                self.claiming.over(&self.work.folders.req);
                tracing::debug!(path = %path.display(), key = %entry.id, "taken");
                // Nobody receives: the terminal stops, and the entry is found at the next start.
                let _ = self.claimed.send(entry);
            }
            Err(error) if is_passing(&error, &path) => {}
            Err(error) => self.claiming.met(&path, &error),
        }
    }
}

enum LookNow {
    Yes,
    No,
}

/// Names in `req`, each list sorted.
#[derive(Default)]
struct Listed {
    requests: Vec<String>,
    misnamed: Vec<String>,
}

fn listed(req: &Path) -> io::Result<Listed> {
    let mut listed = Listed::default();
    for file in fs::read_dir(req)? {
        let Ok(name) = file?.file_name().into_string() else { continue };
        if RequestFileName::parse(&name).is_some() {
            listed.requests.push(name);
        } else if Misnamed::of(&name).is_some() {
            listed.misnamed.push(name);
        }
    }
    listed.requests.sort();
    listed.misnamed.sort();
    Ok(listed)
}

/// Its sender has taken the file back, or still holds it open where that forbids to move it: Windows calls the latter
/// a sharing violation (32), a lock violation (33), or denies access (5) until the last handle is closed.
fn is_passing(error: &io::Error, path: &Path) -> bool {
    // If the file is there, it is the work folder that is not.
    let gone = error.kind() == io::ErrorKind::NotFound && fs::symlink_metadata(path).is_err();
    let held = cfg!(windows) && matches!(error.raw_os_error(), Some(5 | 32 | 33));
    gone || held || error.kind() == io::ErrorKind::ResourceBusy
}
