//! The exchange folders: found in any letter case, or created.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// The folders of one terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folders {
    /// Receipt computer to terminal: request files. The terminal only ever takes files away that are named as requests.
    pub req: PathBuf,
    /// Terminal to receipt computer: results and `.err` files. Who reads them deletes them.
    pub res: PathBuf,
    /// Terminal to receipt computer: face files.
    pub face: PathBuf,
    /// The terminal's own: requests claimed and not yet answered. On the same file system as `req`, never shared.
    pub work: PathBuf,
}

/// Folders that are given one by one; those left out are found below the exchange folder.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Chosen {
    /// Instead of `req`.
    pub req: Option<PathBuf>,
    /// Instead of `res`.
    pub res: Option<PathBuf>,
    /// Instead of `face`.
    pub face: Option<PathBuf>,
    /// Instead of `.work`.
    pub work: Option<PathBuf>,
}

/// A folder can't be used.
#[derive(Debug, thiserror::Error)]
#[error("can't {doing} {}: {why}{mend}", path.display())]
pub struct FolderError {
    doing: &'static str,
    path: PathBuf,
    mend: String,
    /// In the text, since the mend follows it; so not behind it as its source too.
    why: io::Error,
}

impl Folders {
    /// The folders `req`, `res`, `face` and `.work` below the exchange folder, as paths from the root. `REQ` and `Req`
    /// are found too; what doesn't exist is created in lower case, the exchange folder included.
    ///
    /// # Errors
    /// If a folder can neither be found nor created; the error names path, owner and what to mend.
    pub fn under(exchange: &Path) -> Result<Self, FolderError> {
        Self::chosen(exchange, Chosen::default())
    }

    /// As [`Folders::under`], except for those that are chosen one by one; they are created if need be.
    ///
    /// # Errors
    /// If a folder can neither be found nor created; the error names path, owner and what to mend.
    pub fn chosen(exchange: &Path, chosen: Chosen) -> Result<Self, FolderError> {
        let folder = |chosen: Option<PathBuf>, name| match chosen {
            Some(path) => created(&path),
            None => {
                found(exchange, name).map_or_else(|| created(&exchange.join(name)), |path| created(&path))
            }
        };
        Ok(Self {
            req: folder(chosen.req, "req")?,
            res: folder(chosen.res, "res")?,
            face: folder(chosen.face, "face")?,
            work: folder(chosen.work, ".work")?,
        })
    }
}

impl Folders {
    /// The same paths, whether or not they exist; nothing is created.
    pub(crate) fn named(exchange: &Path, chosen: Chosen) -> Self {
        let folder = |chosen: Option<PathBuf>, name| {
            chosen.or_else(|| found(exchange, name)).unwrap_or_else(|| exchange.join(name))
        };
        Self {
            req: folder(chosen.req, "req"),
            res: folder(chosen.res, "res"),
            face: folder(chosen.face, "face"),
            work: folder(chosen.work, ".work"),
        }
    }
}

impl FolderError {
    pub(crate) fn new(doing: &'static str, path: &Path, why: io::Error) -> Self {
        Self { doing, path: path.to_owned(), mend: mend(path), why }
    }

    /// The folder or file that can't be used.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// The exact name first, then any letter case; the first in the order of names, so that it is always the same.
fn found(exchange: &Path, name: &str) -> Option<PathBuf> {
    let exact = exchange.join(name);
    if exact.is_dir() {
        return Some(exact);
    }
    let entries = fs::read_dir(exchange).ok()?.flatten();
    let alike =
        entries.filter(|entry| entry.file_name().to_str().is_some_and(|n| n.eq_ignore_ascii_case(name)));
    alike.map(|entry| entry.path()).filter(|path| path.is_dir()).min()
}

fn created(path: &Path) -> Result<PathBuf, FolderError> {
    fs::create_dir_all(path).map_err(|error| FolderError::new("create the folder", path, error))?;
    std::path::absolute(path).map_err(|error| FolderError::new("find the folder", path, error))
}

/// Who owns the nearest existing folder, since that is who has to give way.
#[cfg(unix)]
fn mend(path: &Path) -> String {
    use std::os::unix::fs::MetadataExt;
    let existing = path.ancestors().find_map(|p| Some((p, fs::metadata(p).ok()?)));
    existing.map_or_else(String::new, |(p, metadata)| {
        let (uid, gid, mode) = (metadata.uid(), metadata.gid(), metadata.mode() & 0o7777);
        let place = if p.as_os_str().is_empty() { Path::new(".") } else { p }.display();
        format!(
            "; {place} belongs to {uid}:{gid} with mode {mode:04o}: run the terminal as that user \
             (docker run --user {uid}:{gid}) or let the terminal's user write there / \
             {place} の所有者は {uid}:{gid}、モードは {mode:04o} です。端末をその利用者で実行するか \
             (docker run --user {uid}:{gid})、端末の利用者に書き込みを許可してください"
        )
    })
}

#[cfg(not(unix))]
fn mend(_path: &Path) -> String {
    "; let the terminal's user change files there / 端末の利用者に、そこへの書き込みを許可してください"
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_that_do_not_exist_are_created_in_lower_case() {
        let place = tempfile::tempdir().unwrap();
        let exchange = place.path().join("a/OQS");
        let folders = Folders::under(&exchange).unwrap();
        assert_eq!(folders.req, exchange.join("req"));
        assert_eq!(folders.work, exchange.join(".work"));
        for folder in [&folders.req, &folders.res, &folders.face, &folders.work] {
            assert!(folder.is_dir(), "{}", folder.display());
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn folders_are_found_in_any_letter_case_and_files_of_that_name_are_none() {
        let place = tempfile::tempdir().unwrap();
        for name in ["REQ", "Res", "FACE", "face"] {
            fs::create_dir(place.path().join(name)).unwrap();
        }
        fs::write(place.path().join(".WORK"), "a file").unwrap();
        let folders = Folders::under(place.path()).unwrap();
        assert_eq!(folders.req, place.path().join("REQ"));
        assert_eq!(folders.res, place.path().join("Res"));
        assert_eq!(folders.face, place.path().join("face"), "the exact name comes first");
        assert_eq!(folders.work, place.path().join(".work"));
    }

    #[test]
    fn folders_chosen_one_by_one_leave_the_exchange_folder_alone() {
        let place = tempfile::tempdir().unwrap();
        let at = |name: &str| Some(place.path().join(name));
        let chosen = Chosen { req: at("a"), res: at("b"), face: at("c"), work: at("d") };
        let folders = Folders::chosen(&place.path().join("OQS"), chosen).unwrap();
        assert_eq!(folders.res, place.path().join("b"));
        assert!(!place.path().join("OQS").exists());
    }

    #[test]
    fn a_folder_that_cannot_be_created_is_told_with_its_path_and_what_to_mend() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("OQS");
        fs::write(&file, "a file").unwrap();
        let error = Folders::under(&file).unwrap_err();
        assert_eq!(error.path(), file.join("req"));
        let text = error.to_string();
        assert!(text.contains("can't create the folder") && text.contains("the terminal's user"), "{text}");
    }
}
