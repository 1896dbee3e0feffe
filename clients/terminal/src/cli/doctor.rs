//! `onshi-terminal doctor`: what stands in the terminal's way, for people or as JSON.

use std::{io::Write, process::ExitCode};

use anyhow::Context;
use clap::Args;

use super::arguments::{Connection, FolderArguments};
use crate::{
    doctor::{Check, State, examine},
    folders::Folders,
};

/// Status of findings (design.md), and of a service that can't be reached.
const BROKEN: u8 = 3;
const UNREACHABLE: u8 = 4;

/// What to examine.
#[derive(Debug, Clone, Args)]
pub(super) struct DoctorArguments {
    #[command(flatten)]
    connection: Connection,
    #[command(flatten)]
    folders: FolderArguments,
    /// Print JSON instead of text
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: DoctorArguments) -> anyhow::Result<ExitCode> {
    let (service, identity, ca_pem) = arguments.connection.read()?;
    let (exchange, chosen) = arguments.folders.chosen()?;
    let folders = Folders::named(&exchange, chosen);
    let runtime = super::runtime().context("no runtime")?;
    let checks = runtime.block_on(examine(&folders, service, &identity, &ca_pem));
    let mut out = std::io::stdout().lock();
    if arguments.json {
        serde_json::to_writer_pretty(&mut out, &checks)?;
        writeln!(out)?;
    } else {
        for check in &checks {
            show(&mut out, check)?;
        }
    }
    Ok(status(&checks))
}

fn show(out: &mut impl Write, check: &Check) -> std::io::Result<()> {
    let mark = match check.state {
        State::Fine => "ok  ",
        State::Odd => "note",
        State::Broken => "MEND",
        State::Unreachable => "DOWN",
    };
    writeln!(out, "{mark} {}: {}", check.name, check.found.ja)?;
    writeln!(out, "     {}", check.found.en)?;
    if !check.mend.en.is_empty() {
        writeln!(out, "  -> {}\n     {}", check.mend.ja, check.mend.en)?;
    }
    Ok(())
}

fn status(checks: &[Check]) -> ExitCode {
    let has = |state| checks.iter().any(|check| check.state == state);
    if has(State::Broken) {
        ExitCode::from(BROKEN)
    } else if has(State::Unreachable) {
        ExitCode::from(UNREACHABLE)
    } else {
        ExitCode::SUCCESS
    }
}
