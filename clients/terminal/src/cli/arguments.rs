//! The command line and its twins in the environment.

use std::{fs, path::PathBuf, time::Duration};

use crate::{Chosen, Folders, Identity, ServiceUrl, Settings};
use anyhow::{Context, bail};
use clap::{Args, Parser, Subcommand, ValueEnum, builder::BoolishValueParser};
use tracing_subscriber::EnvFilter;

const EXAMPLES: &str = "\
Examples:
  Carry requests from ./OQS/req to a service on this machine, answers to ./OQS/res:
    onshi-terminal --service https://localhost:8443 --certificate terminal.pem --key terminal.key --ca ca.pem

  The folders of a share, which brings no file events, looked at twice a second:
    onshi-terminal --exchange /mnt/OQS --work /mnt/OQS/.work-2 --no-events --poll 500ms …

  The same by environment, as containers do:
    ONSHI_SERVICE=https://onshi-mock:8443 ONSHI_CERTIFICATE=/data/terminal.pem \\
    ONSHI_KEY=/data/terminal.key ONSHI_CA=/data/ca.pem ONSHI_EXCHANGE=/OQS onshi-terminal

Exit status: 0 stopped by a signal, 1 internal, 2 usage or settings.
A service that can't be reached is asked again; the terminal doesn't end for it.";

/// The terminal (資格確認端末) of onshi-mock: takes request files out of OQS/req, carries them to the service, puts the
/// answers into OQS/res. A test aid; it refuses to call the real service.
#[derive(Debug, Parser)]
#[command(name = "onshi-terminal", version, after_help = EXAMPLES, args_conflicts_with_subcommands = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    run: RunArguments,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the terminal until it is stopped by a signal (also without any command)
    #[command(after_help = EXAMPLES)]
    Run(RunArguments),
}

#[derive(Debug, Clone, Args)]
pub(crate) struct RunArguments {
    /// Address of the service, for example https://localhost:8443
    #[arg(long, env = "ONSHI_SERVICE", value_name = "URL")]
    service: Option<ServiceUrl>,
    /// The terminal's certificate with its issuers, PEM
    #[arg(long, env = "ONSHI_CERTIFICATE", value_name = "FILE")]
    certificate: Option<PathBuf>,
    /// The certificate's private key, PEM, PKCS#8, not encrypted
    #[arg(long, env = "ONSHI_KEY", value_name = "FILE")]
    key: Option<PathBuf>,
    /// The only certificate authority that is trusted, PEM
    #[arg(long, env = "ONSHI_CA", value_name = "FILE")]
    ca: Option<PathBuf>,
    /// Folder with req, res and face, in any letter case; what is missing is created
    #[arg(long, env = "ONSHI_EXCHANGE", value_name = "FOLDER", default_value = "./OQS")]
    pub(crate) exchange: PathBuf,
    /// Folder of the requests, instead of <EXCHANGE>/req
    #[arg(long, env = "ONSHI_REQ", value_name = "FOLDER")]
    req: Option<PathBuf>,
    /// Folder of the answers, instead of <EXCHANGE>/res
    #[arg(long, env = "ONSHI_RES", value_name = "FOLDER")]
    res: Option<PathBuf>,
    /// Folder of the face files, instead of <EXCHANGE>/face
    #[arg(long, env = "ONSHI_FACE", value_name = "FOLDER")]
    face: Option<PathBuf>,
    /// Folder of the terminal's own, on the file system of req, instead of <EXCHANGE>/.work
    #[arg(long, env = "ONSHI_WORK", value_name = "FOLDER")]
    work: Option<PathBuf>,
    /// Pause between two looks into req, besides file events
    #[arg(long, env = "ONSHI_POLL", value_name = "TIME", default_value = "1s", value_parser = duration)]
    poll: Duration,
    /// A file unchanged for so long is taken as it is, whole or not
    #[arg(long, env = "ONSHI_SETTLING", value_name = "TIME", default_value = "3s", value_parser = duration)]
    settling: Duration,
    /// How long a request is asked again until it becomes .err
    #[arg(long, env = "ONSHI_LINK_TIMEOUT", value_name = "TIME", default_value = "180s", value_parser = duration)]
    link_timeout: Duration,
    /// How many requests are on their way at the same time
    #[arg(long, env = "ONSHI_IN_FLIGHT", value_name = "NUMBER", default_value = "8",
          value_parser = clap::value_parser!(u16).range(1..=1024))]
    in_flight: u16,
    /// Only look, don't listen to file events
    #[arg(long, env = "ONSHI_NO_EVENTS", value_parser = BoolishValueParser::new())]
    no_events: bool,
    /// Don't ask the service for face files (OutputFlg=false in the field)
    #[arg(long, env = "ONSHI_NO_FACE", value_parser = BoolishValueParser::new())]
    no_face: bool,
    /// What to log: error, warn, info, debug, trace, or a filter by module
    #[arg(long, env = "ONSHI_LOG", value_name = "FILTER", default_value = "info", value_parser = filter)]
    pub(crate) log: String,
    /// How to log, on stderr
    #[arg(long, env = "ONSHI_LOG_FORMAT", value_name = "FORMAT", default_value = "text")]
    pub(crate) log_format: LogFormat,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum LogFormat {
    /// For people
    Text,
    /// One object per line
    Json,
}

impl Arguments {
    pub(crate) fn run(self) -> RunArguments {
        match self.command {
            Some(Command::Run(run)) => run,
            None => self.run,
        }
    }
}

impl RunArguments {
    /// Reads the files that the arguments name, and finds or creates the folders.
    pub(crate) fn settings(self) -> anyhow::Result<Settings> {
        let (Some(service), Some(certificate), Some(key), Some(ca)) =
            (self.service.clone(), &self.certificate, &self.key, &self.ca)
        else {
            bail!("{}; see onshi-terminal --help", self.missing());
        };
        let identity = Identity { certificate_pem: read(certificate)?, key_pem: read(key)? };
        let ca_pem = read(ca)?;
        let chosen = Chosen { req: self.req, res: self.res, face: self.face, work: self.work };
        let folders = Folders::chosen(&self.exchange, chosen)?;
        let mut settings = Settings::new(folders, service, identity, ca_pem);
        settings.poll = self.poll;
        settings.settling = self.settling;
        settings.link_timeout = self.link_timeout;
        settings.in_flight = self.in_flight.into();
        settings.events = !self.no_events;
        settings.deliveries = !self.no_face;
        Ok(settings)
    }

    fn missing(&self) -> String {
        let needed = [
            (self.service.is_none(), "--service (ONSHI_SERVICE)"),
            (self.certificate.is_none(), "--certificate (ONSHI_CERTIFICATE)"),
            (self.key.is_none(), "--key (ONSHI_KEY)"),
            (self.ca.is_none(), "--ca (ONSHI_CA)"),
        ];
        let missing: Vec<_> =
            needed.into_iter().filter_map(|(missing, name)| missing.then_some(name)).collect();
        format!("missing: {}", missing.join(", "))
    }
}

fn read(path: &PathBuf) -> anyhow::Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("can't read {}", path.display()))
}

fn filter(text: &str) -> Result<String, String> {
    let expected = |error| format!("{error}; expected error, warn, info, debug or trace");
    EnvFilter::try_new(text).map(|_| text.to_owned()).map_err(expected)
}

/// `500ms`, `3s`, `2m`; more than nothing and at most a day.
fn duration(text: &str) -> Result<Duration, String> {
    const EXPECTED: &str = "expected for example 500ms, 3s or 2m, from 1ms to 24h";
    let duration: jiff::SignedDuration = text.parse().map_err(|error| format!("{error}; {EXPECTED}"))?;
    let duration = Duration::try_from(duration).ok().filter(|d| (1..=86_400_000).contains(&d.as_millis()));
    duration.ok_or_else(|| EXPECTED.to_owned())
}
