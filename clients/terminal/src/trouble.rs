//! A state that is told when it changes, not each time it is met.

use std::{fmt::Display, path::Path};

use messages::refusal::Bilingual;

use crate::tell::Teller;

/// One thing that can fail for a while, for example writing answers into `res`.
#[derive(Debug)]
pub(crate) struct Trouble {
    what: Bilingual,
    label: &'static str,
    current: Option<String>,
    teller: Option<Teller>,
}

/// Something of ours fails in a folder and will be tried again.
const LABEL: &str = "T201";

impl Trouble {
    /// One that only the log is told of.
    pub(crate) fn none(ja: &'static str, en: &'static str) -> Self {
        Self { what: Bilingual::fixed(ja, en), label: LABEL, current: None, teller: None }
    }

    /// One that the service is told of too.
    pub(crate) fn told(ja: &'static str, en: &'static str, teller: &Teller) -> Self {
        Self { teller: Some(teller.clone()), ..Self::none(ja, en) }
    }

    /// Tells of a failure, unless it is the one already told.
    pub(crate) fn met(&mut self, path: &Path, error: &dyn Display) {
        let error = error.to_string();
        if self.current.as_ref() == Some(&error) {
            return;
        }
        tracing::warn!(path = %path.display(), %error, "{} fails, will be tried again", self.what.en);
        if let Some(teller) = &self.teller {
            let path = path.display();
            let text = Bilingual::made(
                format!("端末: {}ができません（{path}: {error}）。再試行します。", self.what.ja),
                format!("terminal: {} fails ({path}: {error}) and will be tried again", self.what.en),
            );
            teller.tell(self.label, "", text);
        }
        self.current = Some(error);
    }

    /// Tells that it works again, if it did not.
    pub(crate) fn over(&mut self, path: &Path) {
        if self.current.take().is_some() {
            tracing::info!(path = %path.display(), "{} works again", self.what.en);
        }
    }
}
