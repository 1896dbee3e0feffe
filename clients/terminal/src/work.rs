//! The work folder: what the terminal has claimed and not yet answered. It alone decides what survives a crash.
//!
//! | name | what |
//! |---|---|
//! | `.lock` | held while a terminal works here |
//! | `<id>.<name of the request>` | an entry: a claimed request; gone only when its answer is in place |
//! | `<id>.answer` | a record: the answer lies whole in `res` under its temporary name and is about to be renamed |
//! | `.ages` | when each answer in `res` was written, by the world's time; `stale.rs` owns it |
//! | `deliveries` | which deliveries are in `face`, or about to be renamed there; `face.rs` owns it |
//!
//! In `res` the temporary name is `.<id>.tmp`, which is no name that a receipt computer looks for.

use std::{
    fs, io,
    path::PathBuf,
    sync::atomic::{AtomicU32, Ordering},
};

use crate::{
    FolderError, Folders,
    answer::Answer,
    entry::{Entry, Id, Record, random},
    lock::{self, LOCK},
};
use messages::file_name::{Extension, RequestFileName};

/// Longer requests are answered by the terminal itself. \[D\], the service's limit for bulk requests.
pub(crate) const LONGEST_REQUEST: u64 = 16 * 1024 * 1024;

/// `FILE_SHARE_DELETE`: others may rename the file, but neither read nor write it.
#[cfg(windows)]
const SHARE_DELETE: u32 = 4;

/// The open work folder of a running terminal, with the folders it works between.
#[derive(Debug)]
pub(crate) struct Work {
    pub(crate) folders: Folders,
    /// Of this process, in the ids of its entries.
    process: u64,
    claims: AtomicU32,
    /// Held open; the system lets it go when the process ends, however it ends.
    _lock: fs::File,
}

/// Why a work folder can't be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WorkError {
    /// A folder or file in it can't be used.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// Another terminal works there.
    #[error("the work folder {} is in use by another terminal: give each terminal its own / 端末ごとに別の作業フォルダーを指定してください", path.display())]
    InUse {
        /// The work folder.
        path: PathBuf,
    },
    /// A request can't be moved into it in one step.
    #[error(
        "requests can't be moved from {} to {}, since they are on different file systems: \
         choose a work folder on the file system of the requests / \
         作業フォルダーは要求フォルダーと同じファイルシステムに置いてください",
        req.display(), work.display()
    )]
    AcrossFileSystems {
        /// The folder of the requests.
        req: PathBuf,
        /// The work folder.
        work: PathBuf,
    },
}

/// What reading a claimed request gave.
#[derive(Debug)]
pub(crate) enum Reading {
    Bytes(Vec<u8>),
    TooLong,
    Unreadable(io::Error),
    /// Somebody removed the entry, and with it the request.
    Gone,
}

/// An answer could not be put in place; nothing is lost.
#[derive(Debug, thiserror::Error)]
#[error("can't {doing}: {source}")]
pub(crate) struct DeliveryError {
    doing: &'static str,
    source: io::Error,
}

impl Work {
    /// Locks the work folder and tries out what the terminal will have to do in each folder.
    pub(crate) fn open(folders: Folders) -> Result<Self, WorkError> {
        let lock = lock::take(&folders.work)?;
        let work = Self { folders, process: random(), claims: AtomicU32::new(0), _lock: lock };
        work.try_out()?;
        Ok(work)
    }

    /// Moves a request out of `req`. The receipt computer no longer sees it; an entry of the same content stands for it.
    pub(crate) fn claim(&self, request: &RequestFileName) -> io::Result<Entry> {
        let entry = Entry { id: self.new_id(), request: request.clone() };
        fs::rename(self.folders.req.join(request.as_str()), self.entry_path(&entry))?;
        Ok(entry)
    }

    pub(crate) fn read(&self, entry: &Entry) -> Reading {
        let path = self.entry_path(entry);
        let bytes = fs::metadata(&path).and_then(|metadata| match metadata.len() {
            0..=LONGEST_REQUEST => fs::read(&path).map(Some),
            _ => Ok(None),
        });
        match bytes {
            Ok(Some(bytes)) => Reading::Bytes(bytes),
            Ok(None) => Reading::TooLong,
            // A share that went away takes the lock file along: then the entry is not gone, only out of reach.
            Err(error) if error.kind() == io::ErrorKind::NotFound && self.lock_path().exists() => {
                Reading::Gone
            }
            Err(error) => Reading::Unreadable(error),
        }
    }

    /// Puts the answer of an entry in place: all at once for whoever looks into `res`, and once only, whenever the
    /// process may be killed. May be called again after an error.
    pub(crate) fn deliver(&self, entry: &Entry, answer: &Answer) -> Result<(), DeliveryError> {
        let record = Record { temporary: entry.id.temporary_name(), answer: answer.name(&entry.request) };
        self.write_temporary(&entry.id, &answer.bytes).map_err(DeliveryError::during("write the answer"))?;
        fs::write(self.record_path(&entry.id), record.to_json())
            .map_err(DeliveryError::during("record the answer"))?;
        self.place(entry, &record)
    }

    /// Shows bytes under a name in `res` without ending the entry: a bad habit, before the delivery proper.
    pub(crate) fn show(&self, entry: &Entry, name: &str, bytes: &[u8]) -> io::Result<()> {
        let temporary = self.write_temporary(&entry.id, bytes)?;
        fs::rename(temporary, self.folders.res.join(name))
    }

    /// The same, so that nobody else can open the file while the handle that it gives lives: a sharing violation on
    /// Windows; elsewhere a lock, and a mode that keeps everyone out. The delivery replaces the file.
    pub(crate) fn show_locked(&self, entry: &Entry, name: &str, bytes: &[u8]) -> io::Result<fs::File> {
        use std::io::Write;
        let temporary = self.write_temporary(&entry.id, b"")?;
        let mut options = fs::File::options();
        options.write(true);
        #[cfg(windows)]
        std::os::windows::fs::OpenOptionsExt::share_mode(&mut options, SHARE_DELETE);
        let mut file = options.open(&temporary)?;
        file.write_all(bytes)?;
        // A file system without locks shows the mode only.
        let _ = file.try_lock();
        #[cfg(unix)]
        fs::set_permissions(&temporary, std::os::unix::fs::PermissionsExt::from_mode(0o0))?;
        fs::rename(temporary, self.folders.res.join(name))?;
        Ok(file)
    }

    /// Ends an entry without an answer, because a scenario wants it so.
    pub(crate) fn lose(&self, entry: &Entry) {
        self.remove(entry);
    }

    fn write_temporary(&self, id: &Id, bytes: &[u8]) -> io::Result<PathBuf> {
        let path = self.folders.res.join(id.temporary_name());
        match fs::write(&path, bytes) {
            // A terminal that was killed while it locked the file.
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                fs::remove_file(&path).and_then(|()| fs::write(&path, bytes)).map_err(|_| error)?;
            }
            // A full disk is not filled further.
            Err(error) => {
                let _ = fs::remove_file(&path);
                return Err(error);
            }
            Ok(()) => {}
        }
        Ok(path)
    }

    /// Renames a recorded answer into place, removes older ones and ends the entry.
    pub(crate) fn place(&self, entry: &Entry, record: &Record) -> Result<(), DeliveryError> {
        let res = &self.folders.res;
        fs::rename(res.join(&record.temporary), res.join(&record.answer))
            .map_err(DeliveryError::during("rename the answer into place"))?;
        self.end(entry, record);
        Ok(())
    }

    /// Ends an entry whose answer is in place.
    pub(crate) fn end(&self, entry: &Entry, record: &Record) {
        self.remove_older_answers(entry, record);
        self.remove(entry);
    }

    /// Removes what an earlier request of the same name was answered under another extension. Only now, so that whoever
    /// looks into `res` always finds an answer.
    fn remove_older_answers(&self, entry: &Entry, record: &Record) {
        let names = Extension::ALL.map(|extension| entry.request.answer(extension));
        for older in names.iter().filter(|name| **name != record.answer) {
            let path = self.folders.res.join(older);
            if let Err(error) = fs::remove_file(&path).or_else(ignore_missing) {
                tracing::warn!(path = %path.display(), %error, "can't remove an older answer of the same name");
            }
        }
    }

    /// Removes what stood for an answered request: the record last, since it says that the answer was given.
    fn remove(&self, entry: &Entry) {
        for path in [self.entry_path(entry), self.record_path(&entry.id)] {
            let removed = fs::remove_file(&path);
            if let Err(error) = removed.or_else(ignore_missing) {
                // With its record beside it, the next start removes it without answering again.
                tracing::warn!(path = %path.display(), %error, "can't remove what is done with");
                return;
            }
        }
    }

    pub(crate) fn entry_path(&self, entry: &Entry) -> PathBuf {
        self.folders.work.join(entry.name())
    }

    pub(crate) fn record_path(&self, id: &Id) -> PathBuf {
        self.folders.work.join(format!("{id}.answer"))
    }

    fn lock_path(&self) -> PathBuf {
        self.folders.work.join(LOCK)
    }

    fn new_id(&self) -> Id {
        let claim = self.claims.fetch_add(1, Ordering::Relaxed);
        Id::new(self.process, claim)
    }

    /// Moves a file of our own the way of a request, and writes one where answers go.
    fn try_out(&self) -> Result<(), WorkError> {
        let Folders { req, res, work, .. } = &self.folders;
        let name = self.new_id().temporary_name();
        let (from, to, answer) = (req.join(&name), work.join(&name), res.join(&name));
        let fails = |doing, path| move |error| FolderError::new(doing, path, error);
        fs::write(&from, "").map_err(fails("take requests out of", req))?;
        if let Err(error) = fs::rename(&from, &to) {
            let _ = fs::remove_file(&from);
            return Err(if error.kind() == io::ErrorKind::CrossesDevices {
                WorkError::AcrossFileSystems { req: req.clone(), work: work.clone() }
            } else {
                FolderError::new("move requests to", work, error).into()
            });
        }
        fs::remove_file(&to).map_err(fails("remove files from", work))?;
        fs::write(&answer, "").map_err(fails("write answers to", res))?;
        Ok(fs::remove_file(&answer).map_err(fails("remove files from", res))?)
    }
}

impl DeliveryError {
    pub(crate) fn during(doing: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| Self { doing, source }
    }
}

pub(crate) fn ignore_missing(error: io::Error) -> io::Result<()> {
    if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::path::Path;

    use super::*;

    pub(crate) fn folders() -> (tempfile::TempDir, Folders) {
        let place = tempfile::tempdir().unwrap();
        let folders = Folders::under(place.path()).unwrap();
        (place, folders)
    }

    pub(crate) fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> =
            fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    fn request() -> RequestFileName {
        RequestFileName::parse("OQSsiquc01req_1.xml").unwrap()
    }

    fn answer(text: &str) -> Answer {
        Answer::result(Extension::Xml, text.into())
    }

    #[test]
    fn a_request_goes_through_the_work_folder_and_leaves_nothing_but_its_answer() {
        let (_place, folders) = folders();
        let work = Work::open(folders.clone()).unwrap();
        fs::write(folders.req.join("OQSsiquc01req_1.xml"), "<a/>").unwrap();
        let entry = work.claim(&request()).unwrap();
        assert!(names(&folders.req).is_empty());
        assert_eq!(names(&folders.work), [".lock".to_owned(), format!("{}.OQSsiquc01req_1.xml", entry.id)]);
        assert!(matches!(work.read(&entry), Reading::Bytes(bytes) if bytes == b"<a/>"));
        fs::write(folders.res.join("OQSsiquc01res_1.xml"), "an older answer, which is longer").unwrap();
        work.deliver(&entry, &answer("<b/>")).unwrap();
        assert_eq!(fs::read_to_string(folders.res.join("OQSsiquc01res_1.xml")).unwrap(), "<b/>");
        assert_eq!(names(&folders.res), ["OQSsiquc01res_1.xml"]);
        assert_eq!(names(&folders.work), [".lock"]);
    }

    #[test]
    fn an_answer_that_cannot_be_placed_stays_recorded_and_is_placed_later() {
        let (_place, folders) = folders();
        let work = Work::open(folders.clone()).unwrap();
        fs::write(folders.req.join("OQSsiquc01req_1.xml"), "<a/>").unwrap();
        let entry = work.claim(&request()).unwrap();
        let obstacle = folders.res.join("OQSsiquc01res_1.xml");
        fs::create_dir(&obstacle).unwrap();
        let error = work.deliver(&entry, &answer("<b/>")).unwrap_err();
        assert!(error.to_string().starts_with("can't rename the answer into place"), "{error}");
        assert!(work.entry_path(&entry).exists() && work.record_path(&entry.id).exists());
        fs::remove_dir(&obstacle).unwrap();
        work.deliver(&entry, &answer("<b/>")).unwrap();
        assert_eq!(names(&folders.res), ["OQSsiquc01res_1.xml"]);
        assert_eq!(names(&folders.work), [".lock"]);
    }

    #[test]
    fn a_request_that_is_too_long_or_gone_is_told_apart_from_one_out_of_reach() {
        let (_place, folders) = folders();
        let work = Work::open(folders.clone()).unwrap();
        let path = folders.req.join("OQSsiquc01req_1.xml");
        fs::File::create(&path).unwrap().set_len(LONGEST_REQUEST + 1).unwrap();
        let entry = work.claim(&request()).unwrap();
        assert!(matches!(work.read(&entry), Reading::TooLong));
        fs::remove_file(work.entry_path(&entry)).unwrap();
        assert!(matches!(work.read(&entry), Reading::Gone));
        fs::rename(&folders.work, folders.work.with_extension("away")).unwrap();
        assert!(matches!(work.read(&entry), Reading::Unreadable(_)));
    }

    #[test]
    fn ids_are_never_the_same_and_in_the_order_of_claims() {
        let (_place, folders) = folders();
        let work = Work::open(folders).unwrap();
        let ids: Vec<_> = (0..100).map(|_| work.new_id()).collect();
        assert!(ids.is_sorted_by(|a, b| a < b));
        assert_eq!(Id::before_dot(&format!("{}.answer", ids[0])), Some((ids[0].clone(), "answer")));
    }

    #[test]
    fn a_second_terminal_is_refused_until_the_first_has_ended() {
        let (_place, folders) = folders();
        let first = Work::open(folders.clone()).unwrap();
        let refused = Work::open(folders.clone()).unwrap_err();
        assert!(matches!(&refused, WorkError::InUse { path } if *path == folders.work), "{refused}");
        drop(first);
        Work::open(folders).unwrap();
    }
}
