//! The project's own chores: `cargo xtask test`.

#![expect(clippy::print_stdout, reason = "help goes to stdout")]

mod needs;

use std::process::{Command, ExitCode};

use anyhow::{Context, bail, ensure};

const HELP: &str = "\
Usage: cargo xtask <command>

Commands:
  test    install or name what the tests need, then check format, lints, documentation and all tests";

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    match arguments.next().as_deref() {
        Some("test") => test(),
        None | Some("--help" | "-h" | "help") => {
            println!("{HELP}");
            Ok(())
        }
        Some(other) => bail!("unknown command {other:?}\n{HELP}"),
    }
}

/// Everything that CI runs, in the order in which it fails soonest.
fn test() -> anyhow::Result<()> {
    needs::provide()?;
    cargo(&["fmt", "--all", "--check"])?;
    cargo(&["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"])?;
    // The system tests drive the real binaries.
    cargo(&["build", "--workspace", "--bins", "--locked"])?;
    cargo(&["test", "--workspace", "--locked", "--no-fail-fast"])?;
    cargo(&["doc", "--workspace", "--no-deps", "--locked", "--quiet"])
}

fn cargo(arguments: &[&str]) -> anyhow::Result<()> {
    eprintln!("$ cargo {}", arguments.join(" "));
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .args(arguments)
        .env("RUSTDOCFLAGS", "-D warnings")
        .status()
        .context("cannot run cargo")?;
    ensure!(status.success(), "`cargo {}` failed", arguments.join(" "));
    Ok(())
}
