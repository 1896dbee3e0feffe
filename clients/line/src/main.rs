//! `onshi-line`: see `onshi-line --help`.

use std::process::ExitCode;

fn main() -> ExitCode {
    onshi_line::main()
}
