//! Finds the binaries under test beside the test executable, and builds them if they are missing or out of date.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::SystemTime;

/// A command that runs `onshi-mock` with nothing of our environment.
#[must_use]
pub fn onshi_mock() -> Command {
    bare(&mock_path())
}

/// A command that runs `onshi-terminal` with nothing of our environment.
#[must_use]
pub fn onshi_terminal() -> Command {
    bare(&folder().join("onshi-terminal"))
}

/// A command that runs `onshi-line` with nothing of our environment.
#[must_use]
pub fn onshi_line() -> Command {
    bare(&folder().join("onshi-line"))
}

/// Where `onshi-mock` is, for shells.
#[must_use]
pub fn mock_path() -> PathBuf {
    folder().join("onshi-mock")
}

fn bare(path: &Path) -> Command {
    let mut command = Command::new(path);
    // Were a proxy listened to, nothing would arrive.
    command.env_clear().envs([("HTTPS_PROXY", "http://127.0.0.1:1"), ("ALL_PROXY", "http://127.0.0.1:1")]);
    command
}

/// Names a folder with binaries to be tested as they are, for example those of a release.
const CHOSEN: &str = "ONSHI_TEST_BINARIES";

/// `target/<profile>`, where the binaries are up to date, or the folder that was chosen.
fn folder() -> &'static Path {
    static FOLDER: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let found = FOLDER.get_or_init(|| {
        if let Some(chosen) = env::var_os(CHOSEN) {
            return Ok(chosen.into());
        }
        let executable = env::current_exe().unwrap();
        let folder = executable.parent().and_then(Path::parent).unwrap();
        if !["onshi-mock", "onshi-terminal", "onshi-line"].iter().all(|name| is_current(&folder.join(name))) {
            build(folder)?;
        }
        Ok(folder.to_owned())
    });
    found.as_deref().unwrap_or_else(|error| panic!("{error}"))
}

/// Whether a binary exists and none of the sources that cargo lists for it is newer.
fn is_current(binary: &Path) -> bool {
    let Some(built) = modified(binary) else { return false };
    let sources = fs::read_to_string(binary.with_extension("d")).unwrap_or_default();
    let mut sources = sources.split_whitespace().skip(1);
    sources.all(|source| modified(Path::new(source)).is_none_or(|modified| modified <= built))
}

fn modified(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).and_then(|metadata| metadata.modified()).ok()
}

fn build(folder: &Path) -> Result<(), String> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.current_dir(env!("CARGO_MANIFEST_DIR")).args(["build", "--workspace", "--bins"]);
    if let Some(profile) = folder.file_name().filter(|&profile| profile != "debug") {
        command.arg("--profile").arg(profile);
    }
    // What cargo tells a test about its package would make build scripts (ring's) run again, and half the tree with them.
    for (name, _) in env::vars_os() {
        let told = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_CRATE_", "CARGO_BIN_", "CARGO_PRIMARY_"];
        if name.to_str().is_some_and(|name| told.iter().any(|prefix| name.starts_with(prefix))) {
            command.env_remove(&name);
        }
    }
    let status = command.status().map_err(|error| format!("cargo: {error}"))?;
    if status.success() { Ok(()) } else { Err("the binaries under test can't be built".to_owned()) }
}
