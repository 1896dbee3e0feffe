//! A state that is told when it changes, not each time it is met.

use std::{fmt::Display, path::Path};

/// One thing that can fail for a while, for example writing answers into `res`.
#[derive(Debug)]
pub(crate) struct Trouble {
    what: &'static str,
    current: Option<String>,
}

impl Trouble {
    pub(crate) fn none(what: &'static str) -> Self {
        Self { what, current: None }
    }

    /// Tells of a failure, unless it is the one already told.
    pub(crate) fn met(&mut self, path: &Path, error: &dyn Display) {
        let error = error.to_string();
        if self.current.as_ref() != Some(&error) {
            tracing::warn!(path = %path.display(), %error, "{} fails, will be tried again", self.what);
            self.current = Some(error);
        }
    }

    /// Tells that it works again, if it did not.
    pub(crate) fn over(&mut self, path: &Path) {
        if self.current.take().is_some() {
            tracing::info!(path = %path.display(), "{} works again", self.what);
        }
    }
}
