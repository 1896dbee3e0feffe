//! `buildah` with a storage of its own, below the target folder.

use std::path::PathBuf;
use std::process::Command;

use crate::command::{succeeds, text};
use crate::place;
use crate::steps::Skipped;

/// Where everything of the container test lives; may be deleted at any time.
pub(super) fn folder() -> PathBuf {
    place::target().join("container")
}

/// A `buildah` that works here.
pub(super) struct Buildah {
    driver: &'static str,
}

impl Buildah {
    /// With layers that share their files where the file system can do it, else with full copies.
    pub(super) fn open() -> anyhow::Result<Self> {
        for driver in ["overlay", "vfs"] {
            let buildah = Self { driver };
            if succeeds(&mut buildah.command(&["info"])) {
                return Ok(buildah);
            }
        }
        Err(Skipped("buildah finds no way to store images here".to_owned()).into())
    }

    /// Whether layers cost only what differs, so that they are worth keeping.
    pub(super) fn keeps_layers(&self) -> bool {
        self.driver == "overlay"
    }

    pub(super) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("buildah");
        command.arg("--root").arg(folder().join("storage")).arg("--runroot").arg(folder().join("run"));
        command.args(["--storage-driver", self.driver]).args(arguments);
        command
    }

    pub(super) fn text(&self, arguments: &[&str]) -> anyhow::Result<String> {
        text(&mut self.command(arguments))
    }
}
