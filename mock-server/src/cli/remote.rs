//! Calls to the admin port of a running onshi-mock.

use std::time::Duration;

use bytes::Bytes;
use clap::Args;
use reqwest::{Client, Method, StatusCode, Url};
use serde_json::Value;

use super::{Exit, complain};
use crate::world::DEFAULT;

/// Longest time for one call.
const PATIENCE: Duration = Duration::from_secs(60);

/// Which one.
#[derive(Debug, Args)]
pub(super) struct AdminPort {
    /// Admin port of the running one.
    #[arg(long, env = "ONSHI_ADMIN_URL", default_value = "http://127.0.0.1:8080", value_name = "URL", value_parser = admin_url)]
    admin: Url,

    /// Bearer token of its admin port.
    #[arg(long, env = "ONSHI_ADMIN_TOKEN", hide_env_values = true, value_name = "TOKEN")]
    admin_token: Option<String>,
}

/// Which one, and which world of it.
#[derive(Debug, Args)]
pub(super) struct Remote {
    #[command(flatten)]
    port: AdminPort,

    /// Its world.
    #[arg(long, default_value = DEFAULT, value_name = "NAME")]
    pub(super) world: String,
}

/// What is sent.
pub(super) enum Body {
    /// Nothing.
    Nothing,
    /// JSON.
    Json(Value),
    /// JSON Lines.
    Lines(Vec<u8>),
}

impl Remote {
    /// Posts a body to a resource of the world. What went wrong was said when there is an `Exit` instead of an answer.
    pub(super) async fn post(&self, path: &[&str], body: &Value) -> anyhow::Result<Result<Value, Exit>> {
        let answer = self.port.call(Method::POST, &self.below(path), &[], Body::Json(body.clone())).await?;
        Ok(match answer {
            Ok(body) => Ok(serde_json::from_slice(&body)?),
            Err(exit) => Err(exit),
        })
    }

    /// Gets a resource of the world, likewise.
    pub(super) async fn get(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
    ) -> anyhow::Result<Result<Bytes, Exit>> {
        self.port.call(Method::GET, &self.below(path), query, Body::Nothing).await
    }

    fn below<'a>(&'a self, path: &[&'a str]) -> Vec<&'a str> {
        std::iter::once(self.world.as_str()).chain(path.iter().copied()).collect()
    }
}

impl AdminPort {
    /// Calls a resource below `/api/v1/worlds`. What went wrong was said when there is an `Exit` instead of an answer.
    pub(super) async fn call(
        &self,
        method: Method,
        path: &[&str],
        query: &[(&str, &str)],
        body: Body,
    ) -> anyhow::Result<Result<Bytes, Exit>> {
        let mut url = self.admin.clone();
        url.path_segments_mut()
            .map_err(|()| anyhow::anyhow!("{} is no address of an admin port", self.admin))?
            .pop_if_empty()
            .extend(["api", "v1", "worlds"])
            .extend(path);
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let client = Client::builder().no_proxy().timeout(PATIENCE).build()?;
        let mut call = client.request(method, url);
        call = match body {
            Body::Nothing => call,
            Body::Json(value) => call.header("Content-Type", "application/json").body(value.to_string()),
            Body::Lines(text) => call.header("Content-Type", "application/jsonl").body(text),
        };
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
        Ok(match answered {
            Ok((status, body)) if status.is_success() => Ok(body),
            Ok((status, body)) => Err(self.refused(status, &body)),
            Err(error) if error.is_timeout() => {
                complain(&format!("error: {} did not answer in time", self.admin));
                Err(Exit::TimeOut)
            }
            Err(error) => {
                complain(&format!("error: {}", self.nobody(&error)));
                Err(Exit::Unreachable)
            }
        })
    }

    /// Says what the admin port says, or that something else answers.
    fn refused(&self, status: StatusCode, body: &[u8]) -> Exit {
        let problem: Value = serde_json::from_slice(body).unwrap_or_default();
        match problem.get("detail").and_then(Value::as_str) {
            Some(detail) => complain(&format!("error: {status}: {detail}")),
            None => {
                complain(&format!(
                    "error: {} answers {status}, but as no admin port does; {HINT}",
                    self.admin
                ));
            }
        }
        if status.is_server_error() { Exit::Internal } else { Exit::Usage }
    }

    /// Why nobody answers. Over TLS it may be that somebody does, but that the handshake fails.
    fn nobody(&self, error: &reqwest::Error) -> String {
        if self.admin.scheme() != "https" {
            return format!("nothing answers at {}; is onshi-mock running?", self.admin);
        }
        let first: &dyn std::error::Error = error;
        let reason = std::iter::successors(Some(first), |error| error.source()).last().unwrap_or(first);
        format!("no admin port answers at {} ({reason}); {HINT}", self.admin)
    }
}

/// Where the admin port is.
const HINT: &str = "the admin port speaks plain HTTP, at http://127.0.0.1:8080 unless set otherwise";

/// Reads the address of an admin port.
fn admin_url(text: &str) -> Result<Url, String> {
    let read = |text: &str| {
        let url = text.parse::<Url>().ok()?;
        (matches!(url.scheme(), "http" | "https") && url.has_host()).then_some(url)
    };
    read(text).ok_or_else(|| {
        let expected = "expected http://HOST:PORT, for example http://127.0.0.1:8080";
        let meant = (!text.contains("://")).then(|| format!("http://{text}"));
        match meant.filter(|meant| read(meant).is_some()) {
            Some(meant) => format!("{expected}; did you mean {meant}?"),
            None => expected.to_owned(),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_of_an_admin_port_is_a_url_and_one_without_its_beginning_is_hinted_at() {
        for good in ["http://127.0.0.1:8080", "https://mock.example/onshi/", "http://[::1]:8080"] {
            assert!(admin_url(good).is_ok(), "{good}");
        }
        for (wrong, hint) in [
            ("localhost:8080", "did you mean http://localhost:8080?"),
            ("127.0.0.1:8080", "did you mean http://127.0.0.1:8080?"),
            ("ftp://localhost", "expected http://HOST:PORT"),
            ("unix:/run/onshi", "expected http://HOST:PORT"),
            ("", "expected http://HOST:PORT"),
        ] {
            let said = admin_url(wrong).unwrap_err();
            assert!(said.contains(hint), "{wrong}: {said}");
        }
    }
}
