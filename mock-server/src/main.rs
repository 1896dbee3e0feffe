//! `onshi-mock`: see `onshi-mock --help`.

use std::process::ExitCode;

fn main() -> ExitCode {
    onshi_mock::cli::run().into()
}
