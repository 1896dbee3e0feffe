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
//! wait for HTTP 200 at [`container::READY`] of the admin port, then [`OnshiMock::of_container`]. The feature
//! `testcontainers` has this as an image.

mod calls;
#[cfg(feature = "testcontainers")]
pub mod image;
mod world;

use std::io::{self, BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use reqwest::Method;
use reqwest::blocking::Client as Http;
use serde_json::Value;
use tempfile::TempDir;

use calls::{Body, Calls, PATIENCE};
pub use world::World;
use world::text;

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
    /// The engine doesn't tell where a container is.
    #[cfg(feature = "testcontainers")]
    #[error("the container")]
    Container(#[from] Box<::testcontainers::TestcontainersError>),
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
