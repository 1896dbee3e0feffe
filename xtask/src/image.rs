//! `cargo xtask image`: the image, with whatever builder is at hand.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, bail};

use crate::command::{run, succeeds, text};
use crate::{place, size};

const TAG: &str = "onshi-mock";

enum Builder {
    Docker,
    Podman,
    Buildah,
}

/// Builds the image and prints what it weighs. The arguments go to the builder.
pub(crate) fn build(arguments: &[String]) -> anyhow::Result<()> {
    let builder = Builder::at_hand()?;
    run(builder.build().args(labels()).args(arguments).args(["--tag", TAG]).arg(place::root()))?;
    let archive = place::target().join("image").join("onshi-mock.tar");
    forget(&archive)?;
    run(&mut builder.save(&archive))?;
    eprintln!("\nimage {TAG}");
    eprintln!("  {:>9}  plain", size::megabytes(size::file(&archive)?));
    eprintln!("  {:>9}  compressed", size::megabytes(size::compressed(&archive)?));
    eprintln!("  as a file: {} (docker load --input)", archive.display());
    Ok(())
}

/// The build arguments that say what the image was built of.
pub(crate) fn labels() -> Vec<String> {
    let mut labels = vec![format!("--build-arg=VERSION={}", env!("CARGO_PKG_VERSION"))];
    let mut revision = Command::new("git");
    revision.arg("-C").arg(place::root()).args(["rev-parse", "--short", "HEAD"]);
    labels.extend(text(&mut revision).ok().map(|revision| format!("--build-arg=REVISION={revision}")));
    labels
}

/// Makes room for an archive: builders don't replace one.
pub(crate) fn forget(archive: &Path) -> anyhow::Result<()> {
    if let Some(folder) = archive.parent() {
        fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    }
    if archive.exists() {
        fs::remove_file(archive).with_context(|| format!("cannot remove {}", archive.display()))?;
    }
    Ok(())
}

impl Builder {
    fn at_hand() -> anyhow::Result<Self> {
        if succeeds(Command::new("docker").arg("info")) {
            return Ok(Self::Docker);
        }
        if succeeds(Command::new("podman").arg("--version")) {
            return Ok(Self::Podman);
        }
        if succeeds(Command::new("buildah").arg("--version")) {
            return Ok(Self::Buildah);
        }
        bail!(
            "nothing here builds images: neither a docker whose engine can be reached, nor podman, nor buildah. \
             Install one of them; or `cargo xtask container-test`, which as root brings its own"
        )
    }

    fn build(&self) -> Command {
        let (program, arguments): (_, &[_]) = match self {
            Self::Docker => ("docker", &["build"]),
            // Without that format HEALTHCHECK is dropped.
            Self::Podman => ("podman", &["build", "--format=docker"]),
            Self::Buildah => ("buildah", &["bud", "--layers", "--format=docker"]),
        };
        let mut command = Command::new(program);
        command.args(arguments);
        command
    }

    fn save(&self, archive: &Path) -> Command {
        let mut command;
        match self {
            Self::Docker => {
                command = Command::new("docker");
                command.args(["save", "--output"]).arg(archive).arg(TAG);
            }
            Self::Podman => {
                command = Command::new("podman");
                command.args(["save", "--format=docker-archive", "--output"]).arg(archive).arg(TAG);
            }
            Self::Buildah => {
                command = Command::new("buildah");
                command.args(["push", TAG]).arg(format!("docker-archive:{}:{TAG}:latest", archive.display()));
            }
        }
        command
    }
}
