//! `onshi-terminal`: the terminal (資格確認端末) as a program of its own, also under that name inside `onshi-mock`.

mod arguments;
mod config;
mod doctor;
mod reader;

use std::{
    collections::BTreeSet,
    fmt,
    io::{self, IsTerminal, Write},
    process::ExitCode,
    time::Duration,
};

use anyhow::Context;
use clap::Parser;
use tokio::runtime;
use tracing_subscriber::fmt::{format::Writer, time::FormatTime};

use crate::{
    Running, StartError, Terminal,
    clock::{machine_now, rfc3339},
};
use arguments::{Arguments, Command, LogFormat, RunArguments, Tree};

/// Statuses of design.md: 0 stopped by a signal, 1 internal, 2 usage or settings.
const INTERNAL: u8 = 1;
const SETTINGS: u8 = 2;

/// Reads the arguments and does what they say.
#[must_use]
pub fn main() -> ExitCode {
    match Arguments::parse().command() {
        Command::Run(arguments) => run_until_stopped(&arguments),
        Command::Reader(arguments) => reader::run(arguments).unwrap_or_else(|error| failed(&error, SETTINGS)),
        Command::Doctor(arguments) => doctor::run(arguments).unwrap_or_else(|error| failed(&error, SETTINGS)),
    }
}

fn run_until_stopped(arguments: &RunArguments) -> ExitCode {
    start_log(arguments);
    let trees = match arguments.trees() {
        Ok(trees) => trees,
        Err(error) => return failed(&error, SETTINGS),
    };
    let runtime = match runtime() {
        Ok(runtime) => runtime,
        Err(error) => return failed(&error.into(), INTERNAL),
    };
    let ended = runtime.block_on(run(trees));
    // A look-up of a host name or a hanging share may still keep a thread; nothing of it is worth waiting for.
    runtime.shutdown_timeout(Duration::from_millis(200));
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let status = match error.downcast_ref::<StartError>() {
                Some(StartError::Work(_) | StartError::Tls(_)) => SETTINGS,
                Some(_) | None => INTERNAL,
            };
            failed(&error, status)
        }
    }
}

fn runtime() -> io::Result<runtime::Runtime> {
    runtime::Builder::new_current_thread().enable_all().build()
}

async fn run(trees: Vec<Tree>) -> anyhow::Result<()> {
    let services: BTreeSet<_> = trees.iter().map(|tree| tree.settings.service.to_string()).collect();
    let services = Vec::from_iter(services).join(",");
    let exchanges = trees.iter().map(|tree| tree.exchange.as_str()).collect::<Vec<_>>().join(",");
    let signal = stop_signal().context("can't listen to signals")?;
    let mut running: Vec<Running> = Vec::new();
    for tree in trees {
        running.push(Terminal::start(tree.settings).await?);
    }
    // Whoever started us may have closed our output; that is no reason to stop.
    let _ = writeln!(io::stdout(), "onshi-terminal ready service={services} exchange={exchanges}");
    let _ = io::stdout().flush();
    signal.await;
    let stopping: Vec<_> = running.into_iter().map(|running| tokio::spawn(running.stop())).collect();
    for stopped in stopping {
        // One that can't be stopped is ended with the process.
        let _ = stopped.await;
    }
    Ok(())
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

/// Listens from now on; resolves at Ctrl-C, and at what the system sends to end a program.
#[cfg(windows)]
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::windows;
    let (mut interrupt, mut close, mut shutdown) =
        (windows::ctrl_c()?, windows::ctrl_close()?, windows::ctrl_shutdown()?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = close.recv() => {}
            _ = shutdown.recv() => {}
        }
    })
}

/// The log's time.
struct Now;

impl FormatTime for Now {
    fn format_time(&self, writer: &mut Writer<'_>) -> fmt::Result {
        writer.write_str(&rfc3339(machine_now()))
    }
}

fn start_log(arguments: &RunArguments) {
    let colours =
        io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let log = tracing_subscriber::fmt()
        .with_writer(io::stderr)
        .with_timer(Now)
        .with_ansi(colours)
        .with_env_filter(&arguments.log);
    match arguments.log_format {
        LogFormat::Text => log.init(),
        LogFormat::Json => log.json().flatten_event(true).init(),
    }
}

fn failed(error: &anyhow::Error, status: u8) -> ExitCode {
    let _ = writeln!(io::stderr(), "onshi-terminal: {error:#}");
    ExitCode::from(status)
}
