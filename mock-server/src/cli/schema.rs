//! `onshi-mock schema`: the JSON Schema of scenarios, for editors.

use std::io::{Write, stdout};
use std::path::PathBuf;

use clap::Args;

use super::{Exit, complain};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Write it to this file. Then begin scenarios with `# yaml-language-server: $schema=FILE`.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    let schema = scenarios::schema();
    let Some(file) = &arguments.out else {
        write!(stdout(), "{schema}")?;
        return Ok(Exit::Done);
    };
    if let Err(error) = std::fs::write(file, schema) {
        complain(&format!("error: cannot write {}: {error}", file.display()));
        return Ok(Exit::Usage);
    }
    Ok(Exit::Done)
}
