//! For tests: onshi-mock as a process or a service that is already there, and worlds in it.
//!
//! ```no_run
//! use onshi_client::testing::OnshiMock;
//! use serde_json::json;
//!
//! let mock = OnshiMock::start()?;
//! let world = mock.world(json!({}))?;
//! // world.client()?.qualification(&person)?;
//! world.verify(&json!({ "exactly": { "count": 1, "match": { "card": "employee-valid" } } }))?;
//! # Ok::<(), onshi_client::testing::Error>(())
//! ```
//!
//! Every world is a universe of its own, so tests run in parallel on one onshi-mock. With Testcontainers, or whatever
//! starts your containers: image [`container::IMAGE`], exposed ports [`container::SERVICE`] and [`container::ADMIN`],
//! wait for HTTP 200 at [`container::READY`] of the admin port, then [`OnshiMock::of_container`].

use std::io::{self, BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use reqwest::Method;
use reqwest::blocking::Client as Http;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{Client, Identity, Settings};

/// What a container of onshi-mock needs.
pub mod container {
    /// Name of the image.
    pub const IMAGE: &str = "onshi-mock";
    /// Port of the registered line.
    pub const SERVICE: u16 = 8443;
    /// Port of the line that is refused.
    pub const UNREGISTERED: u16 = 8444;
    /// Admin port.
    pub const ADMIN: u16 = 8080;
    /// Path on the admin port that answers 200 once everything listens.
    pub const READY: &str = "/readyz";
}

/// Longest that a call may take beyond what it waits for.
const PATIENCE: Duration = Duration::from_secs(30);

/// Why a test can't go on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// An expectation isn't met; the exchanges that come nearest are named.
    #[error("{0}")]
    NotMet(String),
    /// The admin port refuses a call, with its explanation.
    #[error("{0}")]
    Refused(String),
    /// The program doesn't start. What it says stands on stderr.
    #[error("onshi-mock doesn't start")]
    Start(#[from] io::Error),
    /// The admin port can't be reached.
    #[error("the admin port")]
    Unreachable(#[from] reqwest::Error),
    /// The identity of a world can't be used.
    #[error("the identity of the world")]
    Client(#[from] crate::Error),
}

/// A running onshi-mock. Dropping it ends the process, if it was started here.
#[derive(Debug)]
pub struct OnshiMock {
    // Ended before its folder goes.
    _process: Option<Running>,
    _folder: Option<TempDir>,
    calls: Calls,
    service: Option<String>,
}

#[derive(Debug)]
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It keeps nothing, so it need not be asked to end.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Calls of the admin API.
#[derive(Debug, Clone)]
struct Calls {
    http: Http,
    admin: String,
    token: Option<String>,
}

impl OnshiMock {
    /// One that is already there. `service` is its address from here, where that isn't the one it knows.
    ///
    /// # Errors
    /// [`Error::Unreachable`] or [`Error::Refused`].
    pub fn connect(admin: &str, service: Option<&str>, token: Option<&str>) -> Result<Self, Error> {
        let http = Http::builder().no_proxy().build()?;
        let admin = admin.trim_end_matches('/').to_owned();
        let calls = Calls { http, admin, token: token.map(str::to_owned) };
        calls.call(Method::GET, container::READY, Body::None, PATIENCE)?;
        Ok(Self { _process: None, _folder: None, calls, service: service.map(str::to_owned) })
    }

    /// One in a started container, over the ports that it was given outside.
    ///
    /// # Errors
    /// As of [`OnshiMock::connect`].
    pub fn of_container(host: &str, mapped_port: impl Fn(u16) -> u16) -> Result<Self, Error> {
        let at = |port| format!("{host}:{}", mapped_port(port));
        let service = format!("https://{}", at(container::SERVICE));
        Self::connect(&format!("http://{}", at(container::ADMIN)), Some(&service), None)
    }

    /// Starts the program that `$ONSHI_MOCK` names, else `onshi-mock` from the path, on free ports and with nothing
    /// kept.
    ///
    /// # Errors
    /// [`Error::Start`].
    pub fn start() -> Result<Self, Error> {
        let program = std::env::var_os("ONSHI_MOCK").unwrap_or_else(|| "onshi-mock".into());
        let folder = tempfile::Builder::new().prefix("onshi-mock-").tempdir()?;
        let mut command = Command::new(program);
        command.args(["--no-terminal", "--service-port", "0", "--admin-port", "0", "--log-level", "warn"]);
        let mut process = Running(command.current_dir(folder.path()).stdout(Stdio::piped()).spawn()?);
        // Told once, when every port listens; without it the process has ended and said why on stderr.
        let mut ready = String::new();
        if let Some(stdout) = process.0.stdout.take() {
            BufReader::new(stdout).read_line(&mut ready)?;
        }
        let admin = ready.split_whitespace().find_map(|word| word.strip_prefix("admin="));
        let admin = admin.ok_or_else(|| io::Error::other("it ended before it was ready"))?;
        let connected = Self::connect(admin, None, None)?;
        Ok(Self { _process: Some(process), _folder: Some(folder), ..connected })
    }

    /// Address of the admin port.
    #[must_use]
    pub fn admin(&self) -> &str {
        &self.calls.admin
    }

    /// Makes a world, with an institution, line and certificate that are ready. `creation` is an object that may have
    /// `name`, `institution`, `clock`, `packs`, `scenario` (YAML), `dialect`, `seed`, `client_key`.
    ///
    /// # Errors
    /// [`Error::Refused`] says what is wrong with it.
    pub fn world(&self, creation: Value) -> Result<World, Error> {
        let created = self.calls.call(Method::POST, "/api/v1/worlds", Body::Json(&creation), PATIENCE)?;
        let service = self.service.clone().unwrap_or_else(|| text(&created["line"]["service"]));
        Ok(World { calls: self.calls.clone(), created, service })
    }
}

/// One isolated universe: institution, people, clock, journal. Dropping it deletes it.
#[derive(Debug)]
pub struct World {
    calls: Calls,
    created: Value,
    service: String,
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

enum Body<'a> {
    None,
    Json(&'a Value),
    Yaml(&'a str),
}

impl Calls {
    fn call(&self, method: Method, path: &str, body: Body<'_>, patience: Duration) -> Result<Value, Error> {
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

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn list(value: &mut Value) -> Vec<Value> {
    match value.take() {
        Value::Array(items) => items,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => Vec::new(),
    }
}
