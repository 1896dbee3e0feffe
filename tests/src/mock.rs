//! A running `onshi-mock`, and what clients do with it.

use std::fs;
use std::path::PathBuf;
use std::sync::OnceLock;

use certs::Identity;
use reqwest::Certificate;
use reqwest::blocking::{Client, RequestBuilder, Response};
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use serde_json::Value;

use crate::process::{Ended, Process, Signal};
use crate::wait::PATIENCE;
use crate::{CLINIC, Exchange, PHARMACY, Place, binaries};

/// Customer ID of the registered line.
pub const REGISTERED_LINE: &str = "CAF0000000001";
/// Customer ID of the unregistered line.
pub const UNREGISTERED_LINE: &str = "CAF0000000002";

/// How to start one.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    arguments: Vec<String>,
    without_terminal: bool,
}

/// A running `onshi-mock`. Dropping it kills it.
#[derive(Debug)]
pub struct Mock {
    // Before its place, so that it is dropped first.
    process: Option<Process>,
    /// Where it lives.
    pub place: Place,
    /// Port of the registered line.
    pub service: u16,
    /// Port of the unregistered line.
    pub unregistered: u16,
    /// Admin port.
    pub admin: u16,
    plan: Plan,
    root: Certificate,
}

/// Whose certificate a client presents.
#[derive(Debug, Clone, Copy)]
pub enum Who<'a> {
    /// That of the demo institution.
    Clinic,
    /// That of the second institution.
    Pharmacy,
    /// Some other one.
    Holder(&'a Identity),
    /// None.
    Nobody,
}

/// An answer over HTTPS.
#[derive(Debug)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// Headers.
    pub headers: HeaderMap,
    /// Body.
    pub body: Vec<u8>,
}

impl Reply {
    /// Its media type, with parameters.
    #[must_use]
    pub fn content_type(&self) -> &str {
        self.headers.get(CONTENT_TYPE).map_or("", |value| value.to_str().unwrap())
    }

    /// The body as JSON.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    /// The body as UTF-8.
    #[must_use]
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    /// Reads an answer to its end.
    #[must_use]
    pub fn of(response: Response) -> Self {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Self { status, headers, body: response.bytes().unwrap().into() }
    }
}

impl Plan {
    /// With a flag and its value.
    #[must_use]
    pub fn flag(mut self, name: &str, value: &str) -> Self {
        self.arguments.extend([name.to_owned(), value.to_owned()]);
        self
    }

    /// Without the built-in terminal.
    #[must_use]
    pub fn without_terminal(mut self) -> Self {
        self.without_terminal = true;
        self
    }

    /// Starts in a new place.
    #[must_use]
    pub fn start(self) -> Mock {
        self.start_in(Place::new())
    }

    /// Starts in a place that may have been used before, and waits until it is ready.
    #[must_use]
    pub fn start_in(self, place: Place) -> Mock {
        let started = Started::now(&self, &place);
        Mock {
            process: Some(started.process),
            place,
            service: started.service,
            unregistered: started.unregistered,
            admin: started.admin,
            plan: self,
            root: started.root,
        }
    }

    /// The process with its ready line still unread.
    #[must_use]
    pub fn spawn(&self, place: &Place) -> Process {
        let mut command = binaries::onshi_mock();
        command
            .current_dir(place.path())
            .args(["--service-port", "0", "--admin-port", "0"])
            .arg("--port-file")
            .arg(port_file(place))
            // RSA keys take their time, and most tests don't look at the key.
            .args(["--client-key", "p256"])
            .args(&self.arguments);
        if self.without_terminal {
            command.arg("--no-terminal");
        }
        Process::start(command, &place.at("onshi-mock.log"))
    }
}

struct Started {
    process: Process,
    service: u16,
    unregistered: u16,
    admin: u16,
    root: Certificate,
}

impl Started {
    fn now(plan: &Plan, place: &Place) -> Self {
        let process = plan.spawn(place);
        let line = process.line();
        let ports: Value = serde_json::from_slice(&fs::read(port_file(place)).unwrap()).unwrap();
        let port = |name: &str| ports[name].as_u64().unwrap().try_into().unwrap();
        let (service, admin) = (port("service"), port("admin"));
        let exchange = line.rsplit_once(" exchange=").unwrap().1;
        let expected = format!(
            "onshi-mock ready service=https://127.0.0.1:{service} admin=http://127.0.0.1:{admin} exchange={exchange}"
        );
        assert_eq!(line, expected);
        let root = reqwest::blocking::get(format!("http://127.0.0.1:{admin}/ca.pem")).unwrap();
        let root = Certificate::from_pem(&root.bytes().unwrap()).unwrap();
        Self { process, service, unregistered: port("unregistered"), admin, root }
    }
}

/// The client of everybody who asks over plain HTTP: making one takes longer than most answers.
pub(crate) fn plain_client() -> &'static Client {
    static CLIENT: OnceLock<Client> = OnceLock::new();
    CLIENT.get_or_init(|| Client::builder().no_proxy().timeout(PATIENCE).build().unwrap())
}

fn port_file(place: &Place) -> PathBuf {
    place.at("ports.json")
}

impl Mock {
    /// Starts one with nothing special.
    #[must_use]
    pub fn start() -> Self {
        Self::plan().start()
    }

    /// How to start one with something special.
    #[must_use]
    pub fn plan() -> Plan {
        Plan::default()
    }

    /// The process.
    ///
    /// # Panics
    /// If it was stopped.
    #[must_use]
    pub fn process(&self) -> &Process {
        self.process.as_ref().unwrap()
    }

    /// Ends it by a signal and waits for its end.
    pub fn end(&mut self, signal: Signal) -> Ended {
        self.process().signal(signal);
        self.process.take().unwrap().wait()
    }

    /// Starts it again in the same place, on other ports.
    ///
    /// # Panics
    /// If it was not ended.
    pub fn start_again(&mut self) {
        assert!(self.process.is_none(), "it still runs");
        let started = Started::now(&self.plan, &self.place);
        self.service = started.service;
        self.unregistered = started.unregistered;
        self.admin = started.admin;
        self.root = started.root;
        self.process = Some(started.process);
    }

    /// The exchange folder.
    #[must_use]
    pub fn exchange(&self) -> Exchange {
        self.place.exchange()
    }

    /// A client that trusts only our authority and presents somebody's certificate.
    #[must_use]
    pub fn client(&self, who: Who<'_>) -> Client {
        let builder = Client::builder().no_proxy().tls_certs_only([self.root.clone()]).timeout(PATIENCE);
        let stored = |name| self.place.store().load_identity(name).unwrap().unwrap();
        let own;
        let identity = match who {
            Who::Nobody => return builder.build().unwrap(),
            Who::Holder(identity) => identity,
            Who::Clinic => {
                own = stored(CLINIC);
                &own
            }
            Who::Pharmacy => {
                own = stored(PHARMACY);
                &own
            }
        };
        let chain = identity.full_chain_pem();
        let key = identity.key().pem().as_bytes();
        builder.identity(reqwest::Identity::from_pkcs8_pem(chain.as_bytes(), key).unwrap()).build().unwrap()
    }

    /// An address on the registered line.
    #[must_use]
    pub fn service_url(&self, path: &str) -> String {
        format!("https://127.0.0.1:{}{path}", self.service)
    }

    /// An address on the unregistered line.
    #[must_use]
    pub fn unregistered_url(&self, path: &str) -> String {
        format!("https://127.0.0.1:{}{path}", self.unregistered)
    }

    /// An address on the admin port.
    #[must_use]
    pub fn admin_url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.admin)
    }

    /// Asks the service for a message as the clinic.
    #[must_use]
    pub fn ask(&self, message: &str, body: &[u8]) -> Reply {
        let url = self.service_url(&format!("/oqs/{message}"));
        Reply::of(self.client(Who::Clinic).post(url).body(body.to_vec()).send().unwrap())
    }

    /// Asks the service for a message in JSON as the clinic.
    #[must_use]
    pub fn ask_json(&self, message: &str, body: &[u8]) -> Reply {
        let url = self.service_url(&format!("/oqs/{message}"));
        let request = self.client(Who::Clinic).post(url).header(CONTENT_TYPE, "application/json");
        Reply::of(request.body(body.to_vec()).send().unwrap())
    }

    /// Tells the default world something, for example its `clock`.
    ///
    /// # Panics
    /// If it is refused.
    pub fn tell(&self, path: &str, what: &Value) -> Value {
        let client = plain_client();
        let url = self.admin_url(&format!("/api/v1/worlds/default/{path}"));
        let request = client.post(url).header(CONTENT_TYPE, "application/json").body(what.to_string());
        let reply = Reply::of(request.send().unwrap());
        assert_eq!(reply.status, 200, "{path}: {}", reply.text());
        reply.json()
    }

    /// Moves the world's clock, for example by `5s`.
    pub fn advance(&self, by: &str) {
        self.tell("clock", &serde_json::json!({ "advance": by }));
    }

    /// Plays a visit of a card's holder, who says yes to drugs, treatment and check-ups; `treatment` is 1 for the
    /// reader, 2 for a home visit, 3 for online care. The name of the face file, if one is written.
    pub fn visit(&self, card: &str, treatment: &str) -> Option<String> {
        let visit = serde_json::json!({
            "card": card, "identification": "face", "treatment": treatment,
            "consents": { "drugs": true, "checkups": true, "diagnosis": true, "limit": false },
        });
        let played = self.tell(&format!("readers/{CLINIC}/visits"), &visit);
        assert_eq!(played["outcome"], "identified", "{played}");
        played["face"].as_str().map(Into::into)
    }

    /// A call of the admin port, to be sent.
    pub fn admin_call(&self, path: &str) -> RequestBuilder {
        plain_client().get(self.admin_url(path))
    }

    /// What the admin port answers.
    #[must_use]
    pub fn admin(&self, path: &str) -> Reply {
        Reply::of(self.admin_call(path).send().unwrap())
    }

    /// JSON of the default world, for example of `cards`.
    ///
    /// # Panics
    /// If the answer is not JSON with status 200.
    #[must_use]
    pub fn world(&self, path: &str) -> Value {
        let reply = self.admin(&format!("/api/v1/worlds/default/{path}"));
        assert_eq!(reply.status, 200, "{path}: {}", reply.text());
        reply.json()
    }

    /// The journal, newest first.
    #[must_use]
    pub fn journal(&self) -> Vec<Value> {
        self.world("exchanges?limit=1000")["exchanges"].as_array().unwrap().clone()
    }

    /// The bytes of the request file for a card, as `onshi-mock cards … --request` prints them.
    #[must_use]
    pub fn request_for(&self, card: &str) -> Vec<u8> {
        let output = binaries::onshi_mock().args(["cards", card, "--request"]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    }
}
