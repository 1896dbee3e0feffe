//! Calls of the admin API.

use std::time::Duration;

use reqwest::Method;
use reqwest::blocking::Client as Http;
use serde_json::Value;

use super::Error;

/// Longest that a call may take beyond what it waits for.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

/// Calls of the admin API.
#[derive(Debug, Clone)]
pub(super) struct Calls {
    pub(super) http: Http,
    pub(super) admin: String,
    pub(super) token: Option<String>,
}

/// What a call sends.
pub(super) enum Body<'a> {
    None,
    Json(&'a Value),
    Yaml(&'a str),
}

impl Calls {
    pub(super) fn call(
        &self,
        method: Method,
        path: &str,
        body: Body<'_>,
        patience: Duration,
    ) -> Result<Value, Error> {
        let what = format!("{method} {path}");
        let mut request = self.http.request(method, format!("{}{path}", self.admin)).timeout(patience);
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        let request = match body {
            Body::None => request,
            Body::Json(value) => request.json(value),
            Body::Yaml(yaml) => request.header("Content-Type", "application/yaml").body(yaml.to_owned()),
        };
        let response = request.send()?;
        let (status, text) = (response.status(), response.text()?);
        if !status.is_success() {
            return Err(Error::Refused(format!("{what}: HTTP {status}: {text}")));
        }
        // Not every answer has a body, or one in JSON.
        Ok(serde_json::from_str(&text).unwrap_or_default())
    }
}
