//! The command line and its twins in the environment.

use std::{fs, path::PathBuf, time::Duration};

use anyhow::{Context, bail};
use clap::{Args, Parser, Subcommand, ValueEnum, builder::BoolishValueParser};
use messages::charset::Encoding;
use tracing_subscriber::EnvFilter;

use super::{
    config::{Config, Entry},
    doctor::DoctorArguments,
    reader::ReaderArguments,
};
use crate::{Chosen, Definition, Encryption, Folders, Identity, ServiceUrl, Settings};

const EXAMPLES: &str = "\
Examples:
  Carry requests from ./OQS/req to a service on this machine, answers to ./OQS/res:
    onshi-terminal --service https://localhost:8443 --certificate terminal.pem --key terminal.key --ca ca.pem

  The folders of a share, which brings no file events, looked at twice a second:
    onshi-terminal --exchange /mnt/OQS --work /mnt/OQS/.work-2 --no-events --poll 500ms …

  Several terminals in one process, each with its own certificate and folders:
    onshi-terminal --config terminals.yaml

  What stands in the way of this terminal, and how to mend it:
    onshi-terminal doctor --service https://localhost:8443 --certificate … --key … --ca …

  A patient puts a card on this terminal's reader:
    onshi-terminal reader --card employee-valid --consent drugs=yes --service … --certificate … --key … --ca …

  The same by environment, as containers do:
    ONSHI_SERVICE=https://onshi-mock:8443 ONSHI_CERTIFICATE=/data/terminal.pem \\
    ONSHI_KEY=/data/terminal.key ONSHI_CA=/data/ca.pem ONSHI_EXCHANGE=/OQS onshi-terminal

Exit status: 0 stopped by a signal, or done; 1 internal; 2 usage or settings; 3 something must be mended (doctor), or the
patient was not identified or the visit refused (reader); 4 the service can't be reached (doctor, reader).
A service that can't be reached is asked again; a running terminal doesn't end for it.";

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

/// What to do.
#[derive(Debug, Subcommand)]
#[expect(clippy::large_enum_variant, reason = "there is one of them in a process")]
pub(super) enum Command {
    /// Run the terminal until it is stopped by a signal (also without any command)
    #[command(after_help = EXAMPLES)]
    Run(RunArguments),
    /// Play a visit at this terminal's card reader
    Reader(ReaderArguments),
    /// Check folders, rights, certificate, line, clock and service, and say what to mend
    Doctor(DoctorArguments),
}

/// How the service is reached.
#[derive(Debug, Clone, Args)]
pub(super) struct Connection {
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
}

/// Where the exchange folders are.
#[derive(Debug, Clone, Args)]
pub(super) struct FolderArguments {
    /// Folder with req, res and face, in any letter case; what is missing is created
    #[arg(long, env = "ONSHI_EXCHANGE", value_name = "FOLDER", default_value = "./OQS")]
    exchange: PathBuf,
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
    /// Folder with UserDefinition.property, UserDefinitionForFace.property, encrypt.conf and encrypt_face.conf
    #[arg(long, env = "ONSHI_DEFINITION", value_name = "FOLDER")]
    definition: Option<PathBuf>,
}

/// What a running terminal is told.
#[derive(Debug, Clone, Args)]
pub(crate) struct RunArguments {
    #[command(flatten)]
    connection: Connection,
    #[command(flatten)]
    folders: FolderArguments,
    /// YAML file that lists terminals; flags hold for what an entry doesn't say
    #[arg(long, env = "ONSHI_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    /// Separate folder of the requests of e-prescription, which are declined
    #[arg(long, env = "ONSHI_PRESCRIPTION_REQ", value_name = "FOLDER", requires = "prescription_res")]
    prescription_req: Option<PathBuf>,
    /// Folder of the answers to them
    #[arg(long, env = "ONSHI_PRESCRIPTION_RES", value_name = "FOLDER", requires = "prescription_req")]
    prescription_res: Option<PathBuf>,
    /// Pause between two looks into req, besides file events
    #[arg(long, env = "ONSHI_POLL", value_name = "TIME", default_value = "1s", value_parser = duration)]
    poll: Duration,
    /// A file unchanged for so long is taken as it is, whole or not
    #[arg(long, env = "ONSHI_SETTLING", value_name = "TIME", default_value = "3s", value_parser = duration)]
    settling: Duration,
    /// How long a request is asked again until it becomes .err
    #[arg(long, env = "ONSHI_LINK_TIMEOUT", value_name = "TIME", default_value = "180s", value_parser = duration)]
    link_timeout: Duration,
    /// How long an answer that nobody takes stays, in the world's time (ResponseFileStayTime): 24h unless told otherwise
    #[arg(long, env = "ONSHI_STAY", value_name = "TIME|never", value_parser = stay)]
    stay: Option<Stay>,
    /// Encoding of the answers, else as the service likes
    #[arg(long, env = "ONSHI_ANSWER_ENCODING", value_name = "ENCODING")]
    answer_encoding: Option<AnswerEncoding>,
    /// Password of encrypted answers (OQS_CRYPT_PASS in the field)
    #[arg(long, env = "ONSHI_CRYPT_PASSWORD", value_name = "PASSWORD", hide_env_values = true)]
    crypt_password: Option<String>,
    /// The same, in a file
    #[arg(long, env = "ONSHI_CRYPT_PASSWORD_FILE", value_name = "FILE", conflicts_with = "crypt_password")]
    crypt_password_file: Option<PathBuf>,
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

/// Encoding of answers.
#[derive(Debug, Clone, Copy, ValueEnum, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum AnswerEncoding {
    /// UTF-8
    #[value(name = "utf-8")]
    #[serde(rename = "utf-8")]
    Utf8,
    /// Shift_JIS (Windows-31J)
    ShiftJis,
}

/// How long answers stay.
#[derive(Debug, Clone, Copy)]
enum Stay {
    For(Duration),
    Never,
}

/// One terminal, ready to be started.
pub(super) struct Tree {
    /// Its exchange folder, as it was given.
    pub(super) exchange: String,
    pub(super) settings: Settings,
}

impl Arguments {
    pub(super) fn command(self) -> Command {
        self.command.unwrap_or(Command::Run(self.run))
    }
}

impl RunArguments {
    /// Reads the files that the arguments name, and finds or creates the folders of each terminal.
    pub(super) fn trees(&self) -> anyhow::Result<Vec<Tree>> {
        let Some(path) = &self.config else { return self.trees_of_one() };
        let config = Config::read(path)?;
        let mut trees = Vec::new();
        for (index, entry) in config.terminals.into_iter().enumerate() {
            let place = || format!("{}, terminal {}", path.display(), index + 1);
            trees.extend(self.clone().with(entry).trees_of_one().with_context(place)?);
        }
        Ok(trees)
    }

    /// What an entry says stands in for the flags.
    fn with(mut self, entry: Entry) -> Self {
        fn set<T>(flag: &mut Option<T>, said: Option<T>) {
            if said.is_some() {
                *flag = said;
            }
        }
        let (connection, folders) = (&mut self.connection, &mut self.folders);
        set(&mut connection.service, entry.service);
        set(&mut connection.certificate, entry.certificate);
        set(&mut connection.key, entry.key);
        set(&mut connection.ca, entry.ca);
        if let Some(exchange) = entry.exchange {
            folders.exchange = exchange;
        }
        set(&mut folders.req, entry.req);
        set(&mut folders.res, entry.res);
        set(&mut folders.face, entry.face);
        set(&mut folders.work, entry.work);
        set(&mut folders.definition, entry.definition);
        set(&mut self.prescription_req, entry.prescription_req);
        set(&mut self.prescription_res, entry.prescription_res);
        set(&mut self.answer_encoding, entry.answer_encoding);
        set(&mut self.crypt_password_file, entry.crypt_password_file);
        self.no_face |= entry.no_face;
        self
    }

    /// The tree of a terminal, and that of e-prescription if it has one of its own.
    fn trees_of_one(&self) -> anyhow::Result<Vec<Tree>> {
        let (service, identity, ca_pem) = self.connection.read()?;
        let definition = self.folders.definition()?;
        for key in &definition.unknown {
            tracing::warn!(key, "a setting of the real application that means nothing here");
        }
        let chosen = self.folders.chosen_by(&definition);
        let folders = Folders::chosen(&self.folders.exchange, chosen)?;
        let mut settings = Settings::new(folders, service, identity, ca_pem);
        settings.poll = self.poll;
        settings.settling = self.settling;
        settings.link_timeout = self.link_timeout;
        settings.in_flight = self.in_flight.into();
        settings.events = !self.no_events;
        settings.deliveries = !self.no_face && definition.face_output.unwrap_or(true);
        settings.encoding = self.answer_encoding.map(Encoding::from).or(definition.encoding);
        settings.stay = match self.stay {
            Some(Stay::For(stay)) => Some(stay),
            Some(Stay::Never) => None,
            None => Some(definition.stay.unwrap_or(Settings::STAY)),
        };
        let password = self.password()?;
        let rules = |conf: Option<&String>, name| {
            conf.map(|conf| Encryption::read(conf, &password)).transpose().context(name)
        };
        settings.encryption = rules(definition.encrypt.as_ref(), "encrypt.conf")?;
        settings.face_encryption = rules(definition.encrypt_face.as_ref(), "encrypt_face.conf")?;
        let exchange = self.folders.exchange.display().to_string();
        let prescription = self.prescription(&settings, &definition)?;
        let own = Tree { exchange, settings };
        Ok(std::iter::once(own).chain(prescription).collect())
    }

    /// Requests of e-prescription go the same way, and the service declines them by name.
    fn prescription(&self, settings: &Settings, definition: &Definition) -> anyhow::Result<Option<Tree>> {
        let req = self.prescription_req.as_ref().or(definition.prescription_req.as_ref());
        let res = self.prescription_res.as_ref().or(definition.prescription_res.as_ref());
        let (Some(req), Some(res)) = (req, res) else {
            if req.is_some() || res.is_some() {
                bail!("e-prescription needs both folders, for requests and for answers");
            }
            return Ok(None);
        };
        let chosen = Chosen {
            req: Some(req.clone()),
            res: Some(res.clone()),
            face: Some(settings.folders.face.clone()),
            work: Some(req.join(".work")),
        };
        let mut own = settings.clone();
        own.folders = Folders::chosen(req, chosen)?;
        own.deliveries = false;
        Ok(Some(Tree { exchange: req.display().to_string(), settings: own }))
    }

    fn password(&self) -> anyhow::Result<String> {
        match &self.crypt_password_file {
            Some(path) => {
                let text =
                    fs::read_to_string(path).with_context(|| format!("can't read {}", path.display()))?;
                Ok(text.trim_end_matches(['\r', '\n']).to_owned())
            }
            None => Ok(self.crypt_password.clone().unwrap_or_default()),
        }
    }
}

impl Connection {
    /// The service, who the terminal is, and whom it trusts.
    pub(super) fn read(&self) -> anyhow::Result<(ServiceUrl, Identity, Vec<u8>)> {
        let (Some(service), Some(certificate), Some(key), Some(ca)) =
            (self.service.clone(), &self.certificate, &self.key, &self.ca)
        else {
            bail!("{}; see onshi-terminal --help", self.missing());
        };
        let identity = Identity { certificate_pem: read(certificate)?, key_pem: read(key)? };
        Ok((service, identity, read(ca)?))
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

impl FolderArguments {
    /// The exchange folder, and what is chosen beside it by flags and settings files.
    pub(super) fn chosen(&self) -> anyhow::Result<(PathBuf, Chosen)> {
        Ok((self.exchange.clone(), self.chosen_by(&self.definition()?)))
    }

    fn definition(&self) -> anyhow::Result<Definition> {
        Ok(self.definition.as_deref().map(Definition::read).transpose()?.unwrap_or_default())
    }

    fn chosen_by(&self, definition: &Definition) -> Chosen {
        let either = |flag: &Option<PathBuf>, file: &Option<PathBuf>| flag.clone().or_else(|| file.clone());
        Chosen {
            req: either(&self.req, &definition.req),
            res: either(&self.res, &definition.res),
            face: either(&self.face, &definition.face),
            work: self.work.clone(),
        }
    }
}

impl From<AnswerEncoding> for Encoding {
    fn from(encoding: AnswerEncoding) -> Self {
        match encoding {
            AnswerEncoding::Utf8 => Self::Utf8,
            AnswerEncoding::ShiftJis => Self::ShiftJis,
        }
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

/// `24h`, or `never`.
fn stay(text: &str) -> Result<Stay, String> {
    const EXPECTED: &str = "expected for example 90m or 24h, or never";
    if text == "never" {
        return Ok(Stay::Never);
    }
    let stay: jiff::SignedDuration = text.parse().map_err(|error| format!("{error}; {EXPECTED}"))?;
    Duration::try_from(stay).map(Stay::For).map_err(|_| EXPECTED.to_owned())
}
