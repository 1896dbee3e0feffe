//! Sizes.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, ensure};

/// Most that the image may weigh on the wire.
pub(crate) const LIMIT: u64 = 15 * 1000 * 1000;

/// The size of a file.
pub(crate) fn file(path: &Path) -> anyhow::Result<u64> {
    Ok(path.metadata().with_context(|| format!("no file {}", path.display()))?.len())
}

/// The size of a file as `gzip` leaves it, which is what a registry stores and a `docker pull` fetches.
pub(crate) fn compressed(path: &Path) -> anyhow::Result<u64> {
    let plain = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut gzip = Command::new("gzip")
        .arg("--stdout")
        .stdin(plain)
        .stdout(Stdio::piped())
        .spawn()
        .context("cannot run gzip")?;
    let mut output = gzip.stdout.take().context("gzip has no output")?.take(u64::MAX);
    let size = io::copy(&mut output, &mut io::sink())?;
    ensure!(gzip.wait()?.success(), "gzip failed");
    Ok(size)
}

/// `7.3 MB`.
pub(crate) fn megabytes(bytes: u64) -> String {
    let tenths = (bytes + 50_000) / 100_000;
    format!("{}.{} MB", tenths / 10, tenths % 10)
}
