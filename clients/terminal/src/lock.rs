//! The lock of a work folder: whoever holds it works there.

use std::{fs, io, path::Path, thread, time::Duration};

use crate::{FolderError, WorkError};

pub(crate) const LOCK: &str = ".lock";
/// A doctor may hold the lock for a moment, to see whether it is free.
const ATTEMPTS: u32 = 3;
const PAUSE: Duration = Duration::from_millis(20);

/// Whether a terminal works in a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Held {
    Yes,
    No,
    /// The lock can't be asked; some shares have none.
    Unknown,
}

/// Takes the lock of a work folder, for as long as the file is open.
pub(crate) fn take(work: &Path) -> Result<fs::File, WorkError> {
    let path = work.join(LOCK);
    let file = fs::File::options().create(true).truncate(false).write(true).open(&path);
    let file = file.map_err(|error| FolderError::new("work in", work, error))?;
    for attempt in 1..=ATTEMPTS {
        match file.try_lock() {
            Ok(()) => break,
            Err(fs::TryLockError::WouldBlock) if attempt == ATTEMPTS => {
                return Err(WorkError::InUse { path: work.to_owned() });
            }
            Err(fs::TryLockError::WouldBlock) => thread::sleep(PAUSE),
            // Some shares have no locks. Then nobody watches that the folder isn't shared; the rest works.
            Err(fs::TryLockError::Error(error)) => {
                tracing::warn!(path = %path.display(), %error, "can't lock the work folder; let no other terminal use it");
                break;
            }
        }
    }
    Ok(file)
}

/// Whether somebody holds the lock of a work folder. Nothing is made or changed there.
pub(crate) fn held(work: &Path) -> Held {
    let file = match fs::File::open(work.join(LOCK)) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Held::No,
        Err(_) => return Held::Unknown,
    };
    match file.try_lock_shared() {
        Ok(()) => Held::No,
        Err(fs::TryLockError::WouldBlock) => Held::Yes,
        Err(fs::TryLockError::Error(_)) => Held::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_is_held_while_its_file_is_open_and_asking_leaves_nothing_behind() {
        let place = tempfile::tempdir().unwrap();
        assert_eq!(held(place.path()), Held::No);
        assert!(!place.path().join(LOCK).exists());
        let lock = take(place.path()).unwrap();
        assert_eq!(held(place.path()), Held::Yes);
        assert!(matches!(take(place.path()), Err(WorkError::InUse { .. })));
        drop(lock);
        assert_eq!(held(place.path()), Held::No);
        let _lock = take(place.path()).unwrap();
    }
}
