//! `onshi-mock completion` and `version`: what the command line tells of itself.

use std::io::{Write, stdout};

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::Exit;

const EXAMPLES: &str = "\
Examples:
  onshi-mock completion bash > ~/.local/share/bash-completion/completions/onshi-mock
  onshi-mock completion powershell >> $PROFILE";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    /// The shell
    shell: Shell,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    let mut script = Vec::new();
    let mut command = super::Arguments::command();
    clap_complete::generate(arguments.shell, &mut command, "onshi-mock", &mut script);
    stdout().write_all(&script)?;
    Ok(Exit::Done)
}

pub(super) fn version() -> anyhow::Result<Exit> {
    let tls = openssl::version::version();
    writeln!(stdout(), "onshi-mock {} ({tls})", env!("CARGO_PKG_VERSION"))?;
    Ok(Exit::Done)
}
