//! Whether this machine lets us build and run an image at all.

use std::process::Command;

use crate::command::succeeds;
use crate::needs;
use crate::steps::Skipped;

/// Passes, or skips with the one reason that is in the way.
pub(super) fn check() -> anyhow::Result<()> {
    if !cfg!(target_os = "linux") {
        return skip("containers are Linux");
    }
    if !needs::is_root() {
        return skip("mounts and chroot need root: run `cargo xtask container-test` as root to have it");
    }
    if let Err(error) = needs::install(needs::CONTAINER) {
        return skip(&format!("{error:#}"));
    }
    if !succeeds(Command::new("unshare").args(["--mount", "--net", "--pid", "--fork", "true"])) {
        return skip("this machine permits no new namespaces, as inside a container without privileges");
    }
    Ok(())
}

pub(super) fn skip(why: &str) -> anyhow::Result<()> {
    Err(Skipped(why.to_owned()).into())
}
