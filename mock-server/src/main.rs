//! `onshi-mock`: see `onshi-mock --help`.

use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    // The image holds one program under two names, since the terminal is inside anyway.
    if called_as("onshi-terminal") {
        return onshi_terminal::cli::main();
    }
    onshi_mock::cli::run().into()
}

fn called_as(name: &str) -> bool {
    let called = std::env::args_os().next();
    called.is_some_and(|called| Path::new(&called).file_stem().is_some_and(|stem| stem == name))
}
