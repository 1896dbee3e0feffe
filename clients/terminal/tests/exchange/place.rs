//! The receipt computer's side: exchange folders, the ways to write a request, and what was ever seen in `res`.

use std::{
    collections::BTreeSet,
    fs,
    io::Write,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use onshi_terminal::{Folders, Identity, Running, Settings, Terminal};

use crate::{certificates::Certificates, service::Service};

/// Long enough for any machine; reaching it is a failure.
const DEADLINE: Duration = Duration::from_secs(60);

pub(crate) struct Place {
    folder: tempfile::TempDir,
    pub(crate) folders: Folders,
}

impl Place {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let folders = Folders::under(&folder.path().join("OQS")).unwrap();
        Self { folder, folders }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Settings that leave nothing to chance or patience: looks are frequent, settling and time-out far away.
    pub(crate) fn settings(&self, service: &Service) -> Settings {
        self.settings_for(&service.url(), &service.certificates)
    }

    pub(crate) fn settings_for(&self, url: &str, certificates: &Certificates) -> Settings {
        let (certificate, key) = &certificates.client;
        let identity = Identity {
            certificate_pem: certificate.to_pem().unwrap(),
            key_pem: key.private_key_to_pem_pkcs8().unwrap(),
        };
        let ca_pem = certificates.authority.0.to_pem().unwrap();
        let mut settings = Settings::new(self.folders.clone(), url.parse().unwrap(), identity, ca_pem);
        settings.poll = Duration::from_millis(20);
        settings.settling = DEADLINE;
        settings.link_timeout = DEADLINE;
        settings
    }

    pub(crate) async fn terminal(&self, service: &Service) -> Running {
        Terminal::start(self.settings(service)).await.unwrap()
    }

    /// As careful clients write: under another name, then renamed.
    pub(crate) fn rename_in(&self, name: &str, content: &str) {
        let temporary = self.folders.req.join(format!(".{name}.tmp"));
        fs::write(&temporary, content).unwrap();
        fs::rename(temporary, self.folders.req.join(name)).unwrap();
    }

    /// As careless clients write: in place, a piece at a time, with the file open or closed between the pieces.
    pub(crate) fn write_slowly(&self, name: &str, content: &str, closing: bool) {
        let path = self.folders.req.join(name);
        let open = || fs::File::options().create(true).append(true).open(&path).unwrap();
        let mut file = open();
        for piece in content.as_bytes().chunks(content.len().div_ceil(5)) {
            if closing {
                file = open();
            }
            file.write_all(piece).unwrap();
            thread::sleep(Duration::from_millis(70));
        }
    }

    pub(crate) fn res(&self, name: &str) -> PathBuf {
        self.folders.res.join(name)
    }

    pub(crate) async fn answer(&self, name: &str) -> String {
        eventually(name, || fs::read_to_string(self.res(name)).ok()).await
    }

    pub(crate) async fn nothing_left_to_do(&self) {
        let is_work = |name: &String| !matches!(&**name, ".lock" | ".ages" | ".ages.tmp");
        let is_done = || (!names(&self.folders.work).iter().any(is_work)).then_some(());
        eventually("empty work folder", is_done).await;
        assert!(names(&self.folders.res).iter().all(|name| !name.starts_with('.')));
    }
}

/// Waits for a condition, not for a time.
pub(crate) async fn eventually<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(start.elapsed() < DEADLINE, "still waiting for {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

pub(crate) fn names(folder: &Path) -> Vec<String> {
    let files = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<_> = files.map(|file| file.file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Looks into a folder all the time.
pub(crate) struct Observer {
    seen: Arc<Mutex<BTreeSet<String>>>,
    stop: Arc<AtomicBool>,
    thread: thread::JoinHandle<()>,
}

impl Observer {
    pub(crate) fn of(folder: &Path) -> Self {
        let (seen, stop) = (Arc::<Mutex<BTreeSet<_>>>::default(), Arc::new(AtomicBool::new(false)));
        let thread = {
            let (seen, stop, folder) = (Arc::clone(&seen), Arc::clone(&stop), folder.to_owned());
            thread::spawn(move || {
                // Once more after it was stopped, so that what is there at the end has been seen.
                loop {
                    let last = stop.load(Ordering::Relaxed);
                    seen.lock().unwrap().extend(names(&folder));
                    if last {
                        return;
                    }
                    thread::yield_now();
                }
            })
        };
        Self { seen, stop, thread }
    }

    pub(crate) fn all_names(self) -> BTreeSet<String> {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().unwrap();
        std::mem::take(&mut self.seen.lock().unwrap())
    }
}

/// `.<24 hexadecimal digits>.tmp`
pub(crate) fn is_our_temporary_name(name: &str) -> bool {
    let id = name.strip_prefix('.').and_then(|name| name.strip_suffix(".tmp"));
    id.is_some_and(|id| id.len() == 24 && id.bytes().all(|b| b.is_ascii_hexdigit()))
}
