//! Plays an access line (回線) for tests.
//!
//! A small TCP forwarder: each connection that comes in goes on to onshi-mock with a PROXY protocol v2 header that
//! names the line, as NTT or a VPN provider would know it. onshi-mock believes it only from addresses that are listed
//! as fronts. It looks at nothing that it carries.

mod arguments;
mod forward;
mod header;
mod target;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;
use tokio::net::TcpListener;

use arguments::Arguments;
use forward::Forwarder;

/// Statuses of the house: 1 internal, 2 usage or settings, 6 address in use.
const INTERNAL: u8 = 1;
const SETTINGS: u8 = 2;
const ADDRESS_IN_USE: u8 = 6;

/// The program `onshi-line`; see `onshi-line --help`.
#[must_use]
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return failed(&error, INTERNAL),
    };
    let ended = runtime.block_on(run(arguments));
    runtime.shutdown_background();
    ended
}

async fn run(arguments: Arguments) -> ExitCode {
    let stop = match stop_signal() {
        Ok(stop) => stop,
        Err(error) => return failed(&error, INTERNAL),
    };
    let listener = match TcpListener::bind(arguments.listen).await {
        Ok(listener) => listener,
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
            let more =
                format!("{} is in use: choose another port with --listen (0 takes any)", arguments.listen);
            return failed(&more, ADDRESS_IN_USE);
        }
        Err(error) => return failed(&format!("cannot listen on {}: {error}", arguments.listen), SETTINGS),
    };
    let at = match listener.local_addr() {
        Ok(at) => at,
        Err(error) => return failed(&error, INTERNAL),
    };
    let line = arguments.line.to_string();
    // Whoever started us may have closed our output; that is no reason to stop.
    let _ = writeln!(io::stdout(), "onshi-line ready listen={at} to={} line={line}", arguments.to);
    let _ = io::stdout().flush();
    let forwarder = Forwarder { to: arguments.to, line, source: arguments.source };
    tokio::select! {
        () = forwarder.run(listener) => {}
        () = stop => {}
    }
    ExitCode::SUCCESS
}

/// Listens from now on; resolves at Ctrl-C, and at what the system sends to end a program.
#[cfg(unix)]
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Listens from now on; resolves at Ctrl-C.
#[cfg(not(unix))]
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
    })
}

fn failed(error: &dyn std::fmt::Display, status: u8) -> ExitCode {
    let _ = writeln!(io::stderr(), "onshi-line: {error}");
    ExitCode::from(status)
}
