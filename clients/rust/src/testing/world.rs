//! One world, as a test uses it.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use super::Error;
use super::calls::{Body, Calls, PATIENCE};
use crate::{Client, Identity, Settings};

/// One isolated universe: institution, people, clock, journal. Dropping it deletes it.
#[derive(Debug)]
pub struct World {
    pub(super) calls: Calls,
    pub(super) created: Value,
    pub(super) service: String,
}

impl World {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> String {
        text(&self.created["name"])
    }

    /// 医療機関コード.
    #[must_use]
    pub fn institution(&self) -> String {
        text(&self.created["institution"]["code"])
    }

    /// お客さまID of the line.
    #[must_use]
    pub fn customer_id(&self) -> String {
        text(&self.created["line"]["customer_id"])
    }

    /// Address of the service over the line.
    #[must_use]
    pub fn service(&self) -> &str {
        &self.service
    }

    /// The authority of the service's certificate, PEM.
    #[must_use]
    pub fn ca_pem(&self) -> String {
        text(&self.created["ca_pem"])
    }

    /// The terminal's certificate and key.
    ///
    /// # Errors
    /// [`Error::Client`] if they can't be read.
    pub fn identity(&self) -> Result<Identity, Error> {
        let own = |name: &str| text(&self.created["certificate"][name]);
        Ok(Identity::from_pem_text(own("certificate_pem").as_bytes(), own("key_pem").as_bytes())?)
    }

    /// User id and password of a role, such as `web-api`.
    #[must_use]
    pub fn account(&self, role: &str) -> Option<(String, String)> {
        let mut accounts = self.created["accounts"].as_array()?.iter();
        let account = accounts.find(|account| account["role"] == role)?;
        Some((text(&account["id"]), text(&account["password"])))
    }

    /// Settings of a client of the institution.
    ///
    /// # Errors
    /// As of [`World::identity`].
    pub fn settings(&self) -> Result<Settings, Error> {
        let (identity, ca) = (self.identity()?, self.ca_pem().into_bytes());
        Ok(Settings::new(&self.service, &self.institution(), identity, ca))
    }

    /// A client of the institution.
    ///
    /// # Errors
    /// As above.
    pub fn client(&self) -> Result<Client, Error> {
        Ok(Client::new(self.settings()?)?)
    }

    /// Loads a scenario, or replaces that of this name.
    ///
    /// # Errors
    /// [`Error::Refused`] names the place of a mistake.
    pub fn load_scenario(&self, name: &str, yaml: &str) -> Result<(), Error> {
        self.call(Method::PUT, &format!("/scenarios/{name}"), Body::Yaml(yaml)).map(|_| ())
    }

    /// Moves the world's clock, for example by `25h`.
    ///
    /// # Errors
    /// [`Error::Refused`].
    pub fn advance(&self, by: &str) -> Result<(), Error> {
        self.set_clock(&json!({ "advance": by }))
    }

    /// Any change of the clock, for example `{"set": "2027-01-01T00:00:00+09:00"}`.
    ///
    /// # Errors
    /// [`Error::Refused`].
    pub fn set_clock(&self, change: &Value) -> Result<(), Error> {
        self.call(Method::POST, "/clock", Body::Json(change)).map(|_| ())
    }

    /// Waits for so many exchanges, for example with `{"message": "OQSsiquc01", "card": "employee-valid"}`.
    ///
    /// # Errors
    /// [`Error::NotMet`] if fewer came in time.
    pub fn wait_for(&self, matching: &Value, count: usize, patience: Duration) -> Result<Vec<Value>, Error> {
        let body = json!({ "match": matching, "count": count, "timeout_seconds": patience.as_secs_f64() });
        let path = self.path("/exchanges/wait");
        let mut found = self.calls.call(Method::POST, &path, Body::Json(&body), patience + PATIENCE)?;
        if found["met"] != true {
            let (came, nearest) = (&found["count"], &found["nearest"]);
            let message = format!("{came} of {count} exchanges with {matching}; nearest: {nearest}");
            return Err(Error::NotMet(message));
        }
        Ok(list(&mut found["exchanges"]))
    }

    /// Holds the journal to one of `at_least` or `exactly` (`{"count": 1, "match": {…}}`), `never`
    /// (`{"match": {…}}`), `in_order` (a list of matches).
    ///
    /// # Errors
    /// [`Error::NotMet`].
    pub fn verify(&self, expectation: &Value) -> Result<(), Error> {
        let verdict = self.call(Method::POST, "/exchanges/verify", Body::Json(expectation))?;
        if verdict["verdict"] == "passed" {
            return Ok(());
        }
        let message = format!("{}; nearest: {}", text(&verdict["text"]["en"]), verdict["nearest"]);
        Err(Error::NotMet(message))
    }

    /// What the world has seen, newest first.
    ///
    /// # Errors
    /// [`Error::Refused`].
    pub fn exchanges(&self) -> Result<Vec<Value>, Error> {
        Ok(list(&mut self.call(Method::GET, "/exchanges", Body::None)?["exchanges"]))
    }

    /// Makes the world again what it was; its certificate stays good.
    ///
    /// # Errors
    /// [`Error::Refused`].
    pub fn reset(&self) -> Result<(), Error> {
        self.call(Method::POST, "/reset", Body::None).map(|_| ())
    }

    fn path(&self, below: &str) -> String {
        format!("/api/v1/worlds/{}{below}", self.name())
    }

    fn call(&self, method: Method, below: &str, body: Body<'_>) -> Result<Value, Error> {
        self.calls.call(method, &self.path(below), body, PATIENCE)
    }
}

impl Drop for World {
    fn drop(&mut self) {
        // At the end of a test there is nobody left to tell.
        let _ = self.call(Method::DELETE, "", Body::None);
    }
}

pub(super) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn list(value: &mut Value) -> Vec<Value> {
    match value.take() {
        Value::Array(items) => items,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => Vec::new(),
    }
}
