//! Folders into which commands write keys, of which there is no other copy.

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;

/// Why a folder can't be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unusable {
    /// It can't be made, or nothing can be written there.
    #[error("cannot write {}: {source}", path.display())]
    Unwritable { path: PathBuf, source: io::Error },
    /// A file stands there already.
    #[error(
        "{} is there already, and there may be no other copy of the key; choose another folder, or replace it with --overwrite",
        .0.display()
    )]
    Taken(PathBuf),
}

/// Makes a folder and tries it for writing. Files of these names must not be there yet, unless they may be overwritten.
///
/// # Errors
/// [`Unusable`], before anything was written.
pub(super) fn prepare(folder: &Path, names: &[&str], overwrite: bool) -> Result<(), Unusable> {
    let unwritable = |source| Unusable::Unwritable { path: folder.to_owned(), source };
    fs::create_dir_all(folder).map_err(unwritable)?;
    for path in names.iter().map(|name| folder.join(name)) {
        match path.symlink_metadata() {
            Ok(found) if found.is_dir() => {
                return Err(Unusable::Unwritable { path, source: ErrorKind::IsADirectory.into() });
            }
            Ok(_) if !overwrite => return Err(Unusable::Taken(path)),
            // What can't be looked at shows below, or when it is written.
            Ok(_) | Err(_) => {}
        }
    }
    // It is gone when it is dropped.
    tempfile::Builder::new().prefix(".onshi-mock-").tempfile_in(folder).map_err(unwritable)?;
    Ok(())
}

/// Writes a file that only its owner can read, since most hold keys. One that is there is replaced only if it may be
/// overwritten.
pub(super) fn write(path: &Path, bytes: &[u8], overwrite: bool) -> anyhow::Result<()> {
    let writing = || {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        if overwrite {
            // A file that is there keeps its mode, so that it goes first.
            match fs::remove_file(path) {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
                Ok(()) | Err(_) => {}
            }
        }
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(path)?.write_all(bytes)
    };
    writing().with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 2] = ["certificate.pem", "key.pem"];

    #[test]
    fn a_folder_is_made_and_left_empty() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("a/b");
        prepare(&folder, &NAMES, false).unwrap();
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
    }

    #[test]
    fn a_file_that_is_there_stays_unless_it_may_be_overwritten() {
        let place = tempfile::tempdir().unwrap();
        let key = place.path().join("key.pem");
        fs::write(&key, "the only one").unwrap();
        let refused = prepare(place.path(), &NAMES, false).unwrap_err();
        assert!(matches!(&refused, Unusable::Taken(path) if *path == key));
        assert!(refused.to_string().contains("--overwrite"), "{refused}");
        assert!(write(&key, b"another", false).is_err());
        assert_eq!(fs::read_to_string(&key).unwrap(), "the only one");
        prepare(place.path(), &NAMES, true).unwrap();
        write(&key, b"another", true).unwrap();
        assert_eq!(fs::read_to_string(&key).unwrap(), "another");
    }

    #[test]
    fn a_folder_that_takes_no_files_is_refused_with_the_systems_reason() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("file");
        fs::write(&file, "").unwrap();
        for folder in [&file, &file.join("below")] {
            let refused = prepare(folder, &NAMES, true).unwrap_err();
            assert!(matches!(refused, Unusable::Unwritable { .. }), "{refused}");
            assert!(refused.to_string().contains("os error"), "{refused}");
        }
        fs::create_dir(place.path().join("key.pem")).unwrap();
        assert!(prepare(place.path(), &NAMES, true).is_err(), "a folder stands in the way");
    }
}
