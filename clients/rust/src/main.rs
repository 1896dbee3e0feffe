//! `onshi-client`: asks the service from a shell.

use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use onshi_client::{Client, Error, Identity, Person, Settings};

/// Ask the online qualification confirmation system (オンライン資格確認) as a terminal does. For tests only.
#[derive(Debug, Parser)]
#[command(name = "onshi-client", version)]
struct Arguments {
    /// Address of the service.
    #[arg(long, default_value = "https://localhost:8443", value_name = "URL", global = true)]
    service: String,
    /// 医療機関コード, the one of the certificate.
    #[arg(long, default_value = "1319999916", value_name = "CODE", global = true)]
    institution: String,
    /// Folder with the certificate.pem and key.pem of the terminal.
    #[arg(
        long,
        default_value = "onshi-data/institutions/1319999916-01",
        value_name = "FOLDER",
        global = true
    )]
    identity: PathBuf,
    /// The authority that is trusted.
    #[arg(long, default_value = "onshi-data/ca/root.pem", value_name = "FILE", global = true)]
    ca: PathBuf,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Ask for a qualification and print its validity, name and insurer
    Qualification(Card),
    /// Send a request file as it is and print the answer
    Send {
        /// Message id, for example OQSsiquc01.
        message: String,
        /// The request.
        file: PathBuf,
    },
}

#[derive(Debug, Args)]
struct Card {
    /// 保険者番号.
    #[arg(long)]
    insurer: String,
    /// 記号.
    #[arg(long)]
    symbol: Option<String>,
    /// 番号.
    #[arg(long)]
    number: String,
    /// 枝番.
    #[arg(long)]
    branch: Option<String>,
    /// Date of birth, yyyyMMdd.
    #[arg(long)]
    born: String,
}

fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(status(&error))
        }
    }
}

fn run(arguments: Arguments) -> Result<(), Error> {
    let Arguments { service, institution, identity, ca, command } = arguments;
    let identity = Identity::from_pem(identity.join("certificate.pem"), identity.join("key.pem"))?;
    let client = Client::new(Settings::new(&service, &institution, identity, fs::read(ca)?))?;
    let mut out = io::stdout();
    match command {
        Command::Qualification(Card { insurer, symbol, number, branch, born }) => {
            let answer = client.qualification(&Person { insurer, symbol, number, branch, born })?;
            let found = "MessageBody/ResultList/ResultOfQualificationConfirmation";
            let names = answer.texts(&format!("{found}/Name"));
            for (name, insurer) in names.iter().zip(answer.texts(&format!("{found}/InsurerName"))) {
                writeln!(out, "{name} {insurer}")?;
            }
            let validity = answer.text("MessageBody/QualificationValidity").unwrap_or_default();
            writeln!(out, "validity {validity}")?;
        }
        Command::Send { message, file } => out.write_all(&client.send(&message, &fs::read(file)?)?.body)?,
    }
    Ok(())
}

/// The exit statuses of onshi-mock: 2 settings, 3 refused, 4 unreachable, 5 time-out, 1 otherwise.
fn status(error: &Error) -> u8 {
    match error {
        Error::Setting(_) | Error::File(_) => 2,
        Error::ServiceDown { .. } => 4,
        Error::TimedOut { .. } | Error::NotReady { .. } => 5,
        Error::LineRefused { .. }
        | Error::CertificateRefused { .. }
        | Error::BadRequest { .. }
        | Error::LoginRefused { .. }
        | Error::Rejected { .. }
        | Error::NoConsent { .. }
        | Error::Untrusted { .. } => 3,
        _ => 1,
    }
}
