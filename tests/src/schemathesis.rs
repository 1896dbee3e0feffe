//! schemathesis: calls an API as its OpenAPI document says, and as it doesn't say, and compares the answers with it.
//!
//! It comes from PyPI into a virtual environment under `target/`, in the versions of `schemathesis-requirements.txt`.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const REQUIREMENTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/schemathesis-requirements.txt");

/// The program. `None` where it cannot be had: that is told on stderr, and is no failure unless `CI` or
/// `ONSHI_REQUIRE_TOOLS` is set.
///
/// # Panics
/// If it cannot be had and must be.
#[must_use]
pub fn schemathesis() -> Option<PathBuf> {
    match installed() {
        Ok(program) => Some(program),
        Err(why) => {
            let required = ["CI", "ONSHI_REQUIRE_TOOLS"].iter().any(|name| env::var_os(name).is_some());
            assert!(!required, "schemathesis cannot be installed: {why}");
            eprintln!("SKIPPED: schemathesis cannot be installed: {why}");
            None
        }
    }
}

fn installed() -> Result<PathBuf, String> {
    let executable = env::current_exe().map_err(|error| error.to_string())?;
    let target = executable.ancestors().nth(3).ok_or("the test is not in a target folder")?;
    let folder = target.join("tools/schemathesis");
    let program = folder.join("bin/schemathesis");
    let wanted = fs::read(REQUIREMENTS).map_err(|error| error.to_string())?;
    // Written last, so that an installation that was broken off begins anew.
    let done = folder.join("installed.txt");
    if fs::read(&done).is_ok_and(|is| is == wanted) && program.exists() {
        return Ok(program);
    }
    run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder))?;
    let pip =
        ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement", REQUIREMENTS];
    run(Command::new(folder.join("bin/python")).args(pip))?;
    fs::write(&done, wanted).map_err(|error| error.to_string())?;
    Ok(program)
}

fn run(command: &mut Command) -> Result<(), String> {
    let output = command.output().map_err(|error| error.to_string())?;
    if output.status.success() {
        return Ok(());
    }
    let program = Path::new(command.get_program()).display();
    Err(format!("{program}: {}", String::from_utf8_lossy(&output.stderr).trim()))
}
