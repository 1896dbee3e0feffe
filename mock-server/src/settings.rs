//! Settings: flags with `ONSHI_*` twins in the environment. Flag beats environment beats default.

use std::net::IpAddr;
use std::path::PathBuf;
use std::str::FromStr;

use certs::KeyKind;
use clap::builder::PossibleValuesParser;
use clap::{Args, ValueEnum};
use ipnet::IpNet;
use messages::value::{InstitutionCode, OrganizationName};

use crate::line::{Line, LineError};
use crate::tls::Style;

/// Password of the PKCS#12 files. They hold test identities only, and every client needs to know it.
pub const PKCS12_PASSWORD: &str = "onshi-mock";

/// Settings of `serve`.
#[derive(Debug, Clone, Args)]
pub struct Settings {
    /// Address of the service's lines.
    #[arg(long, env = "ONSHI_SERVICE_ADDRESS", default_value = "127.0.0.1", value_name = "ADDRESS")]
    pub service_address: IpAddr,

    /// Port of the registered line; the next one up is an unregistered line. 0 takes any two free ports.
    #[arg(long, env = "ONSHI_SERVICE_PORT", default_value_t = 8443, value_name = "PORT", value_parser = service_port)]
    pub service_port: u16,

    /// How the lines refuse: HTTP 403 with the reason, or reset and TLS alert as in the field.
    #[arg(long, env = "ONSHI_STYLE", value_enum, default_value_t = Style::Explained)]
    pub style: Style,

    /// Address or network of a front whose PROXY protocol v2 header is believed; more than one by commas.
    #[arg(long = "front", env = "ONSHI_FRONT", value_delimiter = ',', value_name = "CIDR", value_parser = network)]
    pub fronts: Vec<IpNet>,

    /// Network of source addresses that is a line, for example 10.1.0.0/16=CAF0000000003; more than one by commas.
    #[arg(long = "source", env = "ONSHI_SOURCE", value_delimiter = ',', value_name = "CIDR=LINE")]
    pub sources: Vec<SourceLine>,

    /// Address of the admin port.
    #[arg(long, env = "ONSHI_ADMIN_ADDRESS", default_value = "127.0.0.1", value_name = "ADDRESS")]
    pub admin_address: IpAddr,

    /// Admin port. 0 takes any free port.
    #[arg(long, env = "ONSHI_ADMIN_PORT", default_value_t = 8080, value_name = "PORT")]
    pub admin_port: u16,

    /// Bearer token of the admin port, or `none`. Required when its address is not loopback.
    #[arg(long, env = "ONSHI_ADMIN_TOKEN", hide_env_values = true, value_name = "TOKEN")]
    pub admin_token: Option<String>,

    /// Further host name by which the admin port may be called.
    #[arg(long = "admin-host", env = "ONSHI_ADMIN_HOST", value_delimiter = ',', value_name = "NAME")]
    pub admin_hosts: Vec<String>,

    /// Folder with the exchange folders req, res and face.
    #[arg(long, env = "ONSHI_EXCHANGE", default_value = "./OQS", value_name = "FOLDER")]
    pub exchange: PathBuf,

    /// Folder for keys and certificates.
    #[arg(long, env = "ONSHI_DATA", default_value = "./onshi-data", value_name = "FOLDER")]
    pub data: PathBuf,

    /// Code of the demo institution: put in your product's own.
    #[arg(long, env = "ONSHI_INSTITUTION", default_value = "1319999916", value_name = "CODE")]
    pub institution: InstitutionCode,

    /// Name of the demo institution.
    #[arg(long, env = "ONSHI_INSTITUTION_NAME", default_value = "見本診療所", value_name = "NAME")]
    pub institution_name: OrganizationName,

    /// Key of a client certificate that is newly issued.
    #[arg(long, env = "ONSHI_CLIENT_KEY", value_enum, default_value_t = ClientKey::Rsa2048)]
    pub client_key: ClientKey,

    /// Further name (DNS or IP) in the service's certificate.
    #[arg(long = "san", env = "ONSHI_SAN", value_delimiter = ',', value_name = "NAME")]
    pub sans: Vec<String>,

    /// Encoding of answers.
    #[arg(long, env = "ONSHI_ENCODING", value_enum, default_value_t = Encoding::Utf8)]
    pub encoding: Encoding,

    /// File with rows that replace rows of the built-in dialect (error codes, limits, forms of answers).
    #[arg(long, env = "ONSHI_DIALECT", value_name = "FILE")]
    pub dialect: Option<PathBuf>,

    /// Shipped pack of test cards and troubles beside the standard one; may be given again.
    #[arg(long = "pack", env = "ONSHI_PACKS", value_delimiter = ',', value_name = "NAME", value_parser = packs())]
    pub packs: Vec<String>,

    /// Folder with scenarios (.yaml, .yml): loaded at start and whenever it changes, all of it or nothing.
    #[arg(long, env = "ONSHI_SCENARIOS", value_name = "FOLDER")]
    pub scenarios: Option<PathBuf>,

    /// Seconds between two looks at the request folder (events are used besides).
    #[arg(long, env = "ONSHI_POLL", default_value = "1", value_name = "SECONDS", value_parser = seconds)]
    pub poll: std::time::Duration,

    /// Serve without the built-in terminal and its exchange folders.
    #[arg(long, env = "ONSHI_NO_TERMINAL", default_value_t = false)]
    pub no_terminal: bool,

    /// Write the ports in use to this file, as JSON.
    #[arg(long, env = "ONSHI_PORT_FILE", value_name = "FILE")]
    pub port_file: Option<PathBuf>,

    /// Threads that answer requests; as many as there are processors if absent.
    #[arg(long, env = "ONSHI_WORKERS", value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub workers: Option<u16>,
}

/// Settings of the log.
#[derive(Debug, Clone, Args)]
pub struct LogSettings {
    /// Form of the log on stderr.
    #[arg(long, env = "ONSHI_LOG_FORMAT", value_enum, default_value_t = LogFormat::Text, global = true)]
    pub log_format: LogFormat,

    /// Least level that is logged.
    #[arg(long, env = "ONSHI_LOG_LEVEL", value_enum, default_value_t = LogLevel::Info, global = true)]
    pub log_level: LogLevel,
}

/// A network of source addresses and the line that it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceLine {
    /// The network.
    pub source: IpNet,
    /// The line.
    pub line: Line,
}

impl FromStr for SourceLine {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (source, line) =
            text.split_once('=').ok_or("expected CIDR=LINE, for example 10.1.0.0/16=CAF0000000003")?;
        Ok(Self {
            source: network(source)?,
            line: line.parse().map_err(|error: LineError| error.to_string())?,
        })
    }
}

/// Reads a network; an address alone is one of its own.
pub(crate) fn network(text: &str) -> Result<IpNet, String> {
    let address = text.parse::<IpAddr>().map(IpNet::from);
    address.or_else(|_| text.parse::<IpNet>()).map_err(|_| {
        format!("{text:?} is no network; expected an address or CIDR such as 10.1.0.0/16 or 2001:db8::/48")
    })
}

/// Kind of key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ClientKey {
    /// RSA with 2,048 bits.
    Rsa2048,
    /// Elliptic curve P-256.
    P256,
}

impl From<ClientKey> for KeyKind {
    fn from(key: ClientKey) -> Self {
        match key {
            ClientKey::Rsa2048 => Self::Rsa2048,
            ClientKey::P256 => Self::P256,
        }
    }
}

/// Encoding of answers and of printed requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Encoding {
    /// UTF-8.
    #[value(name = "utf-8")]
    Utf8,
    /// Shift_JIS (Windows-31J).
    #[value(name = "shift-jis")]
    ShiftJis,
}

/// Form of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// Lines for people.
    Text,
    /// One JSON object per line.
    Json,
}

/// Level of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogLevel {
    /// Only failures.
    Error,
    /// And what needs attention.
    Warn,
    /// And every exchange.
    Info,
    /// And every step.
    Debug,
}

/// Names of the shipped packs that are not there by themselves.
fn packs() -> PossibleValuesParser {
    PossibleValuesParser::new(scenarios::packs().iter().skip(1).map(|(name, _)| *name))
}

/// Reads the port of the registered line, which leaves room for that of the unregistered one.
fn service_port(text: &str) -> Result<u16, String> {
    let expected = "expected 0..=65534";
    match text.parse() {
        Ok(u16::MAX) => Err(format!("the unregistered line takes the next port up; {expected}")),
        Ok(port) => Ok(port),
        Err(_) => Err(expected.to_owned()),
    }
}

/// Reads a number of seconds, with a fraction if wanted.
fn seconds(text: &str) -> Result<std::time::Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "expected a number of seconds".to_owned())?;
    if !(0.05..=3600.0).contains(&seconds) {
        return Err("expected 0.05 to 3600 seconds".to_owned());
    }
    Ok(std::time::Duration::from_secs_f64(seconds))
}
