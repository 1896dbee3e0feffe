//! The terminal as a process of its own: its settings, its reader, its doctor; shares, kills and long runs.

mod doctor;
mod habits;
mod killed;
mod load;
mod misnamed;
mod once;
mod reader;
mod settings;
mod shares;

use std::fs;
use std::process::Command;

use system_tests::{CLINIC, Mock, Place, Process, binaries};

/// A command of `onshi-terminal` with a service and the identity of the clinic's terminal.
fn connected(subcommand: &str, mock: &Mock, port: u16) -> Command {
    let ca = mock.place.at("ca.pem");
    fs::write(&ca, mock.admin("/ca.pem").body).unwrap();
    let mut command = binaries::onshi_terminal();
    command
        .arg(subcommand)
        .args(["--service", &format!("https://127.0.0.1:{port}")])
        .arg("--certificate")
        .arg(mock.place.identity_file(CLINIC, "certificate.pem"))
        .arg("--key")
        .arg(mock.place.identity_file(CLINIC, "key.pem"))
        .arg("--ca")
        .arg(ca);
    command
}

/// A terminal of its own in a place of its own, ready.
fn started(mock: &Mock, place: &Place, arguments: &[&str]) -> Process {
    let mut command = connected("run", mock, mock.service);
    command.arg("--exchange").arg(place.at("OQS")).args(arguments);
    let process = Process::start(command, &place.at("onshi-terminal.log"));
    assert!(process.line().starts_with("onshi-terminal ready "));
    process
}

/// A request for a card under an identifier of its own, which its answer repeats.
fn identified(mock: &Mock, identifier: &str) -> Vec<u8> {
    let text = String::from_utf8(mock.request_for("employee-valid")).unwrap();
    let own = element("employee-valid");
    assert!(text.contains(&own));
    text.replace(&own, &element(identifier)).into()
}

/// The element of a request and its answer that carries the identifier.
fn element(identifier: &str) -> String {
    format!("<ArbitraryFileIdentifier>{identifier}</ArbitraryFileIdentifier>")
}
