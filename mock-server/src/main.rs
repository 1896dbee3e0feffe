//! `onshi-mock`: see `onshi-mock --help`.

use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    // The image holds one program under three names: the terminal is inside anyway, and the line is small.
    if called_as("onshi-terminal") {
        return onshi_terminal::cli::main();
    }
    if called_as("onshi-line") {
        return onshi_line::main();
    }
    onshi_mock::cli::run().into()
}

fn called_as(name: &str) -> bool {
    let called = std::env::args_os().next();
    called.is_some_and(|called| Path::new(&called).file_stem().is_some_and(|stem| stem == name))
}
