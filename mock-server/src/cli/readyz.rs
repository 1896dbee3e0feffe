//! `onshi-mock readyz`: is a running one ready?

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use clap::Args;
use reqwest::StatusCode;

use super::{Exit, block_on, complain};

/// Pause between two questions.
const PAUSE: Duration = Duration::from_millis(20);
/// Longest time for one question.
const PATIENCE: Duration = Duration::from_secs(2);

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Admin port of the running one.
    #[arg(long, env = "ONSHI_ADMIN_PORT", default_value_t = 8080, value_name = "PORT")]
    admin_port: u16,

    /// Its address.
    #[arg(long, env = "ONSHI_ADMIN_ADDRESS", default_value = "127.0.0.1", value_name = "ADDRESS")]
    admin_address: IpAddr,

    /// Keep asking for so long: `10s`, `500ms`.
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    wait: Option<Duration>,
}

fn duration(text: &str) -> Result<Duration, String> {
    let parsed = text.parse::<jiff::SignedDuration>().ok().and_then(|d| Duration::try_from(d).ok());
    parsed.ok_or_else(|| "expected a duration such as `10s` or `500ms`".to_owned())
}

enum State {
    Ready,
    Starting,
    /// Something else than an admin port answers: the service port, for one, refuses what isn't TLS.
    NoAdminPort(StatusCode),
    Unreachable,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    let started = Instant::now();
    let address = if arguments.admin_address.is_unspecified() {
        Ipv4Addr::LOCALHOST.into()
    } else {
        arguments.admin_address
    };
    let url = format!("http://{}/readyz", SocketAddr::new(address, arguments.admin_port));
    let client = reqwest::Client::builder().no_proxy().timeout(PATIENCE).build()?;
    block_on(async {
        loop {
            let state = ask(&client, &url).await;
            let waited_enough = arguments.wait.is_none_or(|wait| started.elapsed() >= wait);
            match state {
                State::Ready => return Ok(Exit::Done),
                State::NoAdminPort(status) => {
                    complain(&format!(
                        "error: {url} answers {status}: it is no admin port; --admin-port names it (8080 unless set otherwise)"
                    ));
                    return Ok(Exit::Usage);
                }
                _ if !waited_enough => actix_web::rt::time::sleep(PAUSE).await,
                _ if arguments.wait.is_some() => {
                    complain(&format!("error: {url} was not ready in time"));
                    return Ok(Exit::TimeOut);
                }
                State::Starting => {
                    complain(&format!("error: {url} is still starting; use --wait 10s"));
                    return Ok(Exit::Unreachable);
                }
                State::Unreachable => {
                    complain(&format!("error: nothing answers at {url}; is onshi-mock running?"));
                    return Ok(Exit::Unreachable);
                }
            }
        }
    })
}

async fn ask(client: &reqwest::Client, url: &str) -> State {
    match client.get(url).send().await {
        Ok(answer) if answer.status().is_success() => State::Ready,
        Ok(answer) if answer.status().is_server_error() => State::Starting,
        Ok(answer) => State::NoAdminPort(answer.status()),
        Err(_) => State::Unreachable,
    }
}
