//! The command line: arguments, exit status, and one module per sub-command.

mod cards;
mod certificate;
mod check;
mod completion;
mod demo;
mod fidelity;
mod kept;
mod logging;
mod readyz;
mod receptionist;
mod remote;
mod report;
mod schema;
mod serve;
mod world;

use std::io;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::app::StartError;
use crate::founding::FoundingError;
use crate::settings::{LogSettings, Settings};

const EXAMPLES: &str = "\
Examples:
  onshi-mock                                  start service, terminal and admin port on loopback
  onshi-mock demo                             see it work, in a temporary folder and on free ports
  onshi-mock cards                            list the test cards
  onshi-mock cards employee-valid --request > OQS/req/OQSsiquc01req_1.xml
  onshi-mock --institution 1319999924         use your product's own institution code
  onshi-mock check scenario.yaml OQSsiquc01req_1.xml
  onshi-mock certificate pack ./wrong         write certificates that must be refused, and why
  onshi-mock world create suite-7             make a world in a running one; `world export` writes its ledger
  onshi-mock readyz --wait 10s                wait until a running one is ready
  onshi-mock report --junit report.xml        fail the build if a verification failed or a request has errors

Exit status: 0 done, 1 internal, 2 usage or settings, 3 verification failed or findings in a request, 4 target
unreachable, 5 time-out, 6 address in use, 7 scenario invalid.";

#[derive(Debug, Parser)]
#[command(name = "onshi-mock", version, about = "The online qualification confirmation system (オンライン資格確認等システム) in one process, for tests", after_help = EXAMPLES, args_conflicts_with_subcommands = true)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    settings: Settings,
    #[command(flatten)]
    log: LogSettings,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Start everything (also what happens without a sub-command)
    Serve(Box<Settings>),
    /// Show it at work in a temporary folder: four test cards and two refusals
    Demo,
    /// List the test cards, show one, or print the request file that asks for it
    Cards(cards::Arguments),
    /// Certificates of a running one: issue, revoke, or write a pack of wrong ones
    #[command(subcommand)]
    Certificate(certificate::Command),
    /// Worlds of a running one: make, list, export, import, delete
    #[command(subcommand)]
    World(world::Command),
    /// Check scenarios and requests: what is wrong, where, and what would be right
    Check(check::Arguments),
    /// Print the JSON Schema of scenarios, for editors
    Schema(schema::Arguments),
    /// Print, per message and element, what is seen, used by clients, inferred or defined here
    Fidelity(fidelity::Arguments),
    /// Ask a running one whether it is ready
    Readyz(readyz::Arguments),
    /// Report what a running one saw, and fail if verifications failed or findings were met
    Report(report::Arguments),
    /// Print what completes its arguments in a shell
    Completion(completion::Arguments),
    /// Print its version
    Version,
}

/// How the process ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Done, or stopped by a signal.
    Done,
    /// A failure of onshi-mock itself.
    Internal,
    /// Wrong arguments or settings.
    Usage,
    /// A verification failed, or a request has findings.
    Findings,
    /// The target does not answer.
    Unreachable,
    /// Not in time.
    TimeOut,
    /// An address is in use.
    AddressInUse,
    /// A scenario or pack is invalid.
    Scenario,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0,
            Exit::Internal => 1,
            Exit::Usage => 2,
            Exit::Findings => 3,
            Exit::Unreachable => 4,
            Exit::TimeOut => 5,
            Exit::AddressInUse => 6,
            Exit::Scenario => 7,
        })
    }
}

/// Reads the arguments and does what they say.
#[must_use]
pub fn run() -> Exit {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) if error.use_stderr() => {
            complain(&one_line(&error.render().to_string()));
            return Exit::Usage;
        }
        Err(help) => return if help.print().is_ok() { Exit::Done } else { Exit::Internal },
    };
    let demo = matches!(arguments.command, Some(Command::Demo));
    logging::set_up(&arguments.log, demo);
    let result = match arguments.command {
        None => serve::run(&arguments.settings),
        Some(Command::Serve(settings)) => serve::run(&settings),
        Some(Command::Demo) => demo::run(),
        Some(Command::Cards(arguments)) => cards::run(&arguments),
        Some(Command::Certificate(command)) => certificate::run(&command),
        Some(Command::World(command)) => world::run(&command),
        Some(Command::Check(arguments)) => check::run(&arguments),
        Some(Command::Schema(arguments)) => schema::run(&arguments),
        Some(Command::Fidelity(arguments)) => fidelity::run(&arguments),
        Some(Command::Readyz(arguments)) => readyz::run(&arguments),
        Some(Command::Report(arguments)) => report::run(&arguments),
        Some(Command::Completion(arguments)) => completion::run(&arguments),
        Some(Command::Version) => completion::version(),
    };
    result.unwrap_or_else(|error| end(&error))
}

/// Says why, and how the process ends because of it.
fn end(error: &anyhow::Error) -> Exit {
    if is_broken_pipe(error) {
        return Exit::Done;
    }
    let causes: Vec<_> = error.chain().map(ToString::to_string).collect();
    complain(&format!("error: {}", causes.join(": ")));
    if error.is::<FoundingError>() {
        return Exit::Usage;
    }
    match error.downcast_ref::<StartError>() {
        Some(StartError::AddressInUse { .. }) => Exit::AddressInUse,
        Some(StartError::Scenarios(_)) => Exit::Scenario,
        Some(
            StartError::Listen { .. }
            | StartError::Guard(_)
            | StartError::PortFile { .. }
            | StartError::ExchangeInUse { .. }
            | StartError::Founding(_),
        ) => Exit::Usage,
        Some(_) | None => Exit::Internal,
    }
}

/// Somebody stopped reading our output; that is no failure.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

fn complain(text: &str) {
    anstream::eprintln!("{text}");
}

/// A complaint of the argument parser in one line, with the values that are allowed.
fn one_line(text: &str) -> String {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines
        .take_while(|line| !line.starts_with("Usage:") && !line.starts_with("For more"))
        .collect::<Vec<_>>()
        .join(" ")
}

/// The runtime that everything runs on.
fn block_on<F: Future>(future: F) -> F::Output {
    actix_web::rt::System::new().block_on(future)
}
