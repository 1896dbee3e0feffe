//! Calls to the admin port of a running onshi-mock.

use std::time::Duration;

use clap::Args;
use reqwest::{Client, StatusCode, Url};
use serde_json::Value;

use super::{Exit, complain};
use crate::world::DEFAULT;

/// Longest time for one call.
const PATIENCE: Duration = Duration::from_secs(60);

/// Which one, and which world of it.
#[derive(Debug, Args)]
pub(super) struct Remote {
    /// Admin port of the running one.
    #[arg(long, env = "ONSHI_ADMIN_URL", default_value = "http://127.0.0.1:8080", value_name = "URL")]
    admin: Url,

    /// Bearer token of its admin port.
    #[arg(long, env = "ONSHI_ADMIN_TOKEN", hide_env_values = true, value_name = "TOKEN")]
    admin_token: Option<String>,

    /// Its world.
    #[arg(long, default_value = DEFAULT, value_name = "NAME")]
    world: String,
}

impl Remote {
    /// Posts a body to a resource of the world. What went wrong was said when there is an `Exit` instead of an answer.
    pub(super) async fn post(&self, path: &[&str], body: &Value) -> anyhow::Result<Result<Value, Exit>> {
        let mut url = self.admin.clone();
        url.path_segments_mut()
            .map_err(|()| anyhow::anyhow!("{} is no address of an admin port", self.admin))?
            .pop_if_empty()
            .extend(["api", "v1", "worlds", &self.world])
            .extend(path);
        let client = Client::builder().no_proxy().timeout(PATIENCE).build()?;
        let mut call = client.post(url).header("Content-Type", "application/json").body(body.to_string());
        if let Some(token) = self.admin_token.as_deref().filter(|token| *token != "none") {
            call = call.bearer_auth(token);
        }
        let answered = match call.send().await {
            Ok(answer) => {
                let status = answer.status();
                answer.bytes().await.map(|body| (status, body))
            }
            Err(error) => Err(error),
        };
        let (status, body) = match answered {
            Ok(answered) => answered,
            Err(error) if error.is_timeout() => {
                complain(&format!("error: {} did not answer in time", self.admin));
                return Ok(Err(Exit::TimeOut));
            }
            Err(_) => {
                complain(&format!("error: nothing answers at {}; is onshi-mock running?", self.admin));
                return Ok(Err(Exit::Unreachable));
            }
        };
        if status.is_success() {
            return Ok(Ok(serde_json::from_slice(&body)?));
        }
        Ok(Err(refused(status, &body)))
    }
}

/// Says what the admin port says.
fn refused(status: StatusCode, body: &[u8]) -> Exit {
    let problem: Value = serde_json::from_slice(body).unwrap_or_default();
    let detail = problem.get("detail").and_then(Value::as_str).unwrap_or_default();
    complain(&format!("error: {status}: {detail}"));
    if status.is_server_error() { Exit::Internal } else { Exit::Usage }
}
