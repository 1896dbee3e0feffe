//! Whole folders of small files, written so that a kill at any moment leaves the old, the new, or nothing.
//!
//! A folder is prepared beside its place under a name that begins with a dot, then renamed. What a kill leaves behind
//! under such a name is never read again and may be deleted.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::x509;

/// One file of a folder.
pub(crate) struct Content<'a> {
    pub(crate) name: &'a str,
    pub(crate) bytes: &'a [u8],
    /// Readable by the owner only.
    pub(crate) secret: bool,
}

impl<'a> Content<'a> {
    pub(crate) fn public(name: &'a str, text: &'a str) -> Content<'a> {
        Content { name, bytes: text.as_bytes(), secret: false }
    }

    pub(crate) fn secret(name: &'a str, bytes: &'a [u8]) -> Content<'a> {
        Content { name, bytes, secret: true }
    }
}

/// Puts a new folder at `target`. `false` if somebody else's was there first, which then stays.
pub(crate) fn create_folder(target: &Path, contents: &[Content<'_>]) -> io::Result<bool> {
    let prepared = prepare(target, contents)?;
    // Windows renames onto nothing, not even onto an empty folder; one with files in it survives this.
    let _ = fs::remove_dir(target);
    match fs::rename(&prepared, target) {
        Ok(()) => {
            sync_parent(target);
            Ok(true)
        }
        Err(error) => {
            let _ = fs::remove_dir_all(&prepared);
            if is_vacant(target)? { Err(error) } else { Ok(false) }
        }
    }
}

/// Puts a folder at `target` in place of the one that may be there. Of two that do so at once, the later one stays.
pub(crate) fn replace_folder(target: &Path, contents: &[Content<'_>]) -> io::Result<()> {
    let prepared = prepare(target, contents)?;
    let mut result = swap(target, &prepared);
    // Another process may put its own folder there just after ours was moved out of the way.
    for _ in 0..8 {
        if result.is_ok() || is_vacant(target)? {
            break;
        }
        result = swap(target, &prepared);
    }
    match result {
        Ok(()) => sync_parent(target),
        Err(_) => drop(fs::remove_dir_all(&prepared)),
    }
    result
}

/// No system has a portable "exchange two folders", so there is a moment with no folder at `target`.
fn swap(target: &Path, prepared: &Path) -> io::Result<()> {
    let old = beside(target, "old")?;
    let had_old = match fs::rename(target, &old) {
        Ok(()) => true,
        Err(error) if error.kind() == io::ErrorKind::NotFound => false,
        Err(error) => return Err(error),
    };
    let moved = fs::rename(prepared, target);
    if had_old && (moved.is_ok() || fs::rename(&old, target).is_err()) {
        let _ = fs::remove_dir_all(&old);
    }
    moved
}

/// Whether there is no folder, or nothing in it.
pub(crate) fn is_vacant(folder: &Path) -> io::Result<bool> {
    match fs::read_dir(folder) {
        Ok(mut entries) => Ok(entries.next().is_none()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(error) => Err(error),
    }
}

fn prepare(target: &Path, contents: &[Content<'_>]) -> io::Result<PathBuf> {
    if let Some(parent) = target.parent() {
        fs::create_dir_all(parent)?;
    }
    let folder = beside(target, "new")?;
    make_private_folder(&folder)?;
    let written = contents.iter().try_for_each(|content| write_new(&folder.join(content.name), content));
    if let Err(error) = written {
        let _ = fs::remove_dir_all(&folder);
        return Err(error);
    }
    Ok(folder)
}

/// `ca` → `.ca.3f9a21c4.new`, in the same folder and so on the same file system.
fn beside(target: &Path, what: &str) -> io::Result<PathBuf> {
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    let random = x509::random_hex().map_err(io::Error::other)?;
    Ok(target.with_file_name(format!(".{name}.{random}.{what}")))
}

fn make_private_folder(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    owner_only::folder(&mut builder);
    builder.create(folder)
}

fn write_new(path: &Path, content: &Content<'_>) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    if content.secret {
        owner_only::file(&mut options);
    }
    let mut file = options.open(path)?;
    file.write_all(content.bytes)?;
    file.sync_all()
}

/// Modes are given at creation, not afterwards: there is no moment in which others can read a key.
#[cfg(unix)]
mod owner_only {
    use std::fs::{DirBuilder, OpenOptions};
    use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};

    pub(super) fn folder(builder: &mut DirBuilder) {
        builder.mode(0o700);
    }

    pub(super) fn file(options: &mut OpenOptions) {
        options.mode(0o600);
    }
}

/// Elsewhere files take over the rights of the folder that they are created in.
#[cfg(not(unix))]
mod owner_only {
    use std::fs::{DirBuilder, OpenOptions};

    pub(super) fn folder(_: &mut DirBuilder) {}

    pub(super) fn file(_: &mut OpenOptions) {}
}

/// So that the rename itself survives a power cut; a file system that can't do it is no reason to fail.
fn sync_parent(path: &Path) {
    if cfg!(unix)
        && let Some(parent) = path.parent()
        && let Ok(folder) = File::open(parent)
    {
        let _ = folder.sync_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_folder_is_created_once_and_the_first_one_stays() {
        let parent = tempfile::tempdir().unwrap();
        let target = parent.path().join("deep/ca");
        assert!(create_folder(&target, &[Content::public("a", "first")]).unwrap());
        assert!(!create_folder(&target, &[Content::public("a", "second")]).unwrap());
        assert_eq!(fs::read_to_string(target.join("a")).unwrap(), "first");
        assert_eq!(names(&parent.path().join("deep")), ["ca"], "nothing is left beside it");
    }

    #[test]
    fn an_empty_folder_is_no_obstacle() {
        let parent = tempfile::tempdir().unwrap();
        let target = parent.path().join("ca");
        fs::create_dir(&target).unwrap();
        assert!(create_folder(&target, &[Content::public("a", "first")]).unwrap());
    }

    #[test]
    fn a_folder_is_replaced_as_a_whole() {
        let parent = tempfile::tempdir().unwrap();
        let target = parent.path().join("server");
        replace_folder(&target, &[Content::public("a", "1"), Content::public("b", "1")]).unwrap();
        replace_folder(&target, &[Content::public("a", "2")]).unwrap();
        assert_eq!(names(&target), ["a"]);
        assert_eq!(fs::read_to_string(target.join("a")).unwrap(), "2");
        assert_eq!(names(parent.path()), ["server"], "nothing is left beside it");
    }

    #[test]
    fn folders_that_are_replaced_at_once_end_as_one_of_them() {
        let parent = tempfile::tempdir().unwrap();
        let target = parent.path().join("server");
        std::thread::scope(|scope| {
            for text in ["1", "2"] {
                let contents = [Content::public("a", text), Content::public("b", text)];
                let target = &target;
                scope.spawn(move || replace_folder(target, &contents).unwrap());
            }
        });
        let read = |name| fs::read_to_string(target.join(name)).unwrap();
        assert_eq!(read("a"), read("b"));
        assert_eq!(names(parent.path()), ["server"], "nothing is left beside it");
    }

    #[test]
    fn a_failure_while_writing_leaves_nothing() {
        let parent = tempfile::tempdir().unwrap();
        let target = parent.path().join("ca");
        let bad = [Content::public("a", "1"), Content::public("no/such/place", "1")];
        assert!(create_folder(&target, &bad).is_err());
        assert!(replace_folder(&target, &bad).is_err());
        assert!(names(parent.path()).is_empty());
    }
}
