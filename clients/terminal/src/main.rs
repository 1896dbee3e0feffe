//! `onshi-terminal`: see `onshi-terminal --help`.

use std::process::ExitCode;

fn main() -> ExitCode {
    onshi_terminal::cli::main()
}
