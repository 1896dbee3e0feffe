//! The command line and its twins in the environment.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use clap::{Args, Parser};

use crate::target::Target;

const EXAMPLES: &str = "\
Examples:
  An IP-VPN line of NTT, from local port 9443 to onshi-mock:
    onshi-mock --front 127.0.0.1
    onshi-line --listen 127.0.0.1:9443 --to 127.0.0.1:8443 --customer-id CAF0000000001

  A line of another carrier, and an IPsec+IKE connection:
    onshi-line --listen 127.0.0.1:9444 --to 127.0.0.1:8443 --carrier QTnet --line-id L-0001
    onshi-line --listen 127.0.0.1:9445 --to 127.0.0.1:8443 --provider MIND --connection-id 0001

  A router was changed, and the address prefix with it:
    onshi-line --listen 127.0.0.1:9443 --to 127.0.0.1:8443 --customer-id CAF0000000001 --source 2001:db8:2::1

  In compose, by environment:
    ONSHI_LINE_LISTEN=0.0.0.0:8443 ONSHI_LINE_TO=onshi-mock:8443 ONSHI_CUSTOMER_ID=CAF0000000001 onshi-line

onshi-mock believes a line only from addresses listed with --front.
Exit status: 0 stopped by a signal, 1 internal, 2 usage or settings, 6 address in use.
A service that can't be reached ends the connection, not the program.";

/// Plays an access line (回線) for tests: what goes through it arrives at onshi-mock as that line's. It refuses to
/// forward to the real service.
#[derive(Debug, Parser)]
#[command(name = "onshi-line", version, after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Address and port to listen on; port 0 takes any free one, told in the ready line
    #[arg(long, env = "ONSHI_LINE_LISTEN", value_name = "ADDRESS:PORT")]
    pub(crate) listen: SocketAddr,
    /// The service of onshi-mock
    #[arg(long, env = "ONSHI_LINE_TO", value_name = "HOST:PORT")]
    pub(crate) to: Target,
    #[command(flatten)]
    pub(crate) line: LineArguments,
    /// Where connections are said to come from; where they do come from if absent
    #[arg(long, env = "ONSHI_LINE_SOURCE", value_name = "ADDRESS")]
    pub(crate) source: Option<IpAddr>,
}

/// Which line it plays: exactly one of three kinds.
#[derive(Debug, Args)]
#[group(required = true, multiple = true)]
pub(crate) struct LineArguments {
    /// Customer ID (お客さまID): CAF and 10 digits, or COP and 8 digits
    #[arg(long, env = "ONSHI_CUSTOMER_ID", value_name = "ID", value_parser = customer_id,
          conflicts_with_all = ["carrier", "line_id", "provider", "connection_id"])]
    customer_id: Option<String>,
    /// Carrier of an IP-VPN【IPv4】 line
    #[arg(long, env = "ONSHI_CARRIER", value_name = "NAME", requires = "line_id", value_parser = name,
          conflicts_with_all = ["provider", "connection_id"])]
    carrier: Option<String>,
    /// The carrier's id of the line
    #[arg(long, env = "ONSHI_LINE_ID", value_name = "ID", requires = "carrier", value_parser = name)]
    line_id: Option<String>,
    /// VPN provider of an IPsec+IKE connection
    #[arg(long, env = "ONSHI_PROVIDER", value_name = "NAME", requires = "connection_id", value_parser = name)]
    provider: Option<String>,
    /// The provider's id of the connection
    #[arg(long, env = "ONSHI_CONNECTION_ID", value_name = "ID", requires = "provider", value_parser = name)]
    connection_id: Option<String>,
}

/// As onshi-mock reads it: a customer ID, `ipv4:CARRIER:LINE` or `ipsec:PROVIDER:CONNECTION`.
impl fmt::Display for LineArguments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pair = |kind, one: &Option<String>, other: &Option<String>| {
            Some(format!("{kind}:{}:{}", one.as_ref()?, other.as_ref()?))
        };
        let line = self
            .customer_id
            .clone()
            .or_else(|| pair("ipv4", &self.carrier, &self.line_id))
            .or_else(|| pair("ipsec", &self.provider, &self.connection_id));
        f.write_str(&line.unwrap_or_default())
    }
}

fn customer_id(text: &str) -> Result<String, String> {
    let digits = |prefix, length| {
        text.strip_prefix(prefix)
            .is_some_and(|rest: &str| rest.len() == length && rest.bytes().all(|byte| byte.is_ascii_digit()))
    };
    if digits("CAF", 10) || digits("COP", 8) {
        Ok(text.to_owned())
    } else {
        Err("expected CAF and 10 digits, or COP and 8 digits".to_owned())
    }
}

fn name(text: &str) -> Result<String, String> {
    let fits = (1..=60).contains(&text.chars().count()) && text.trim() == text;
    if fits && !text.chars().any(|c| c.is_control() || c == ':' || c == '/') {
        Ok(text.to_owned())
    } else {
        Err("expected 1 to 60 characters without `:` and `/`".to_owned())
    }
}
