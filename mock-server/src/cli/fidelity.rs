//! `onshi-mock fidelity`: how sure we are of what is answered.

use std::io::{Write, stdout};
use std::path::PathBuf;

use clap::Args;

use super::Exit;
use crate::founding;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// File with rows that replace rows of the built-in dialect.
    #[arg(long, env = "ONSHI_DIALECT", value_name = "FILE")]
    dialect: Option<PathBuf>,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    let dialect = founding::dialect(arguments.dialect.as_deref())?;
    write!(stdout(), "{}", messages::reference::fidelity(&dialect))?;
    Ok(Exit::Done)
}
