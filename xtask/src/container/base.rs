//! The image that the build starts from, in place of the one that the Dockerfile names: Debian with a C compiler. The
//! installed Rust toolchain is mounted into it.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Context;

use super::buildah::{Buildah, folder};
use super::ground::skip;
use crate::command::{succeeds, text};

/// Its name; count up when what it holds changes.
pub(super) const NAME: &str = "localhost/onshi-mock-base:bookworm-1";
/// Where the toolchain is mounted.
pub(super) const TOOLCHAIN: &str = "/usr/local/rust";
/// Cargo's folder, as in the image that the Dockerfile names.
pub(super) const CARGO_HOME: &str = "/usr/local/cargo";

/// What the Dockerfile may count on besides Rust.
const PACKAGES: &str = "gcc,libc6-dev,make,perl";

/// Makes the base unless it is there, and tries whether commands can be run in it.
pub(super) fn provide(buildah: &Buildah) -> anyhow::Result<()> {
    toolchain()?;
    if buildah.text(&["images", "--quiet", NAME]).unwrap_or_default().is_empty() {
        make(buildah)?;
    }
    let container = buildah.text(&["from", "--pull-never", NAME])?;
    let runs =
        succeeds(&mut buildah.command(&["run", "--isolation=chroot", &container, "--", "cc", "--version"]));
    buildah.text(&["rm", &container])?;
    if runs { Ok(()) } else { skip("buildah cannot run commands here, not even with chroot isolation") }
}

/// The folder of the installed toolchain.
pub(super) fn toolchain() -> anyhow::Result<PathBuf> {
    let folder = PathBuf::from(text(Command::new("rustc").args(["--print", "sysroot"]))?);
    if !["cargo", "rustc"].iter().all(|program| folder.join("bin").join(program).is_file()) {
        skip("the installed Rust is no toolchain of rustup's, which could be lent to the build")?;
    }
    Ok(folder)
}

fn make(buildah: &Buildah) -> anyhow::Result<()> {
    let root = folder().join("debian");
    remove(&root)?;
    std::fs::create_dir_all(folder())?;
    eprintln!("making a small Debian to build on; it is kept, and takes a minute");
    let mut debootstrap = Command::new("timeout");
    debootstrap.args(["600", "debootstrap", "--variant=minbase", "--include", PACKAGES, "bookworm"]);
    if let Err(error) = text(debootstrap.arg(&root)) {
        remove(&root)?;
        return skip(&format!("no Debian to build on: {error:#}"));
    }
    let container = buildah.text(&["from", "scratch"])?;
    buildah.text(&["add", "--quiet", &container, &root.to_string_lossy(), "/"])?;
    let path = format!("PATH={TOOLCHAIN}/bin:/usr/bin:/bin");
    let home = format!("CARGO_HOME={CARGO_HOME}");
    buildah.text(&["config", "--env", &path, "--env", &home, &container])?;
    buildah.text(&["commit", "--quiet", "--rm", &container, NAME])?;
    remove(&root)
}

fn remove(root: &PathBuf) -> anyhow::Result<()> {
    if root.exists() {
        std::fs::remove_dir_all(root).with_context(|| format!("cannot remove {}", root.display()))?;
    }
    Ok(())
}
