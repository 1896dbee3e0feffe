//! The exchange folders as a receipt computer uses them.

use std::fs;
use std::path::{Path, PathBuf};

use crate::{eventually, holds};

/// The folder with `req` and `res`.
#[derive(Debug, Clone)]
pub struct Exchange {
    folder: PathBuf,
}

/// An answer file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Its name.
    pub name: String,
    /// Its content.
    pub bytes: Vec<u8>,
}

impl Answer {
    /// The content as UTF-8.
    #[must_use]
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.bytes).unwrap()
    }
}

impl Exchange {
    /// The exchange folder at a path.
    #[must_use]
    pub fn at(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Its path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.folder
    }

    /// The folder of the requests.
    #[must_use]
    pub fn req(&self) -> PathBuf {
        self.folder.join("req")
    }

    /// The folder of the answers.
    #[must_use]
    pub fn res(&self) -> PathBuf {
        self.folder.join("res")
    }

    /// The terminal's own folder.
    #[must_use]
    pub fn work(&self) -> PathBuf {
        self.folder.join(".work")
    }

    /// Drops a request as careful clients do: written under a temporary name, then renamed.
    pub fn drop_request(&self, name: &str, bytes: &[u8]) {
        let draft = self.req().join(format!(".{name}.tmp"));
        fs::write(&draft, bytes).unwrap();
        fs::rename(&draft, self.req().join(name)).unwrap();
    }

    /// Waits for the answer to a request. Looks for it by base name, whatever the extension and letter case.
    #[must_use]
    pub fn wait_answer(&self, request: &str) -> Answer {
        eventually(&format!("the answer to {request}"), || self.answer(request))
    }

    /// The answer to a request if it is there.
    #[must_use]
    pub fn answer(&self, request: &str) -> Option<Answer> {
        let wanted = base(request).to_lowercase().replacen("req_", "res_", 1);
        let name = names(&self.res()).into_iter().find(|name| base(name).to_lowercase() == wanted)?;
        let bytes = fs::read(self.res().join(&name)).unwrap();
        Some(Answer { name, bytes })
    }

    /// Waits until nothing is left to do: no request, no entry of the terminal, no temporary file.
    ///
    /// # Panics
    /// If something stays.
    pub fn wait_until_done(&self) {
        eventually("empty req and .work", || holds(self.left_overs().is_empty()));
    }

    /// Whatever is neither an answer nor what the terminal remembers while it runs.
    #[must_use]
    pub fn left_overs(&self) -> Vec<String> {
        let mut left = names(&self.req());
        let is_kept = |name: &str| name.starts_with('.') || name == "deliveries";
        left.extend(names(&self.work()).into_iter().filter(|name| !is_kept(name)));
        left.extend(names(&self.res()).into_iter().filter(|name| name.starts_with('.')));
        left
    }
}

/// The names in a folder, sorted.
#[must_use]
pub fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn base(name: &str) -> &str {
    name.rsplit_once('.').map_or(name, |(base, _)| base)
}
