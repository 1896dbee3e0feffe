//! Carries a request to the service, and fetches what it hands over: HTTPS with the terminal's certificate, and nothing but what it was told to trust.

use std::{error::Error, time::Duration};

use reqwest::{Certificate, Client, ClientBuilder, RequestBuilder, header, redirect::Policy, retry};

use jiff::Timestamp;
use messages::{
    channel::{HABIT_HEADER, Habit, NOW_HEADER, Report},
    charset::Encoding,
    refusal::Refusal,
};

use crate::{Identity, ServiceUrl, Settings, answer::Outcome, entry::Id};

/// A service that doesn't even accept the connection is tried again soon; a slow answer may take the link time-out.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Refusals come in a form that tells their reason.
const ACCEPTED: &str = "application/problem+json, */*";

/// What was given for TLS can't be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// Certificate or key of the terminal.
    #[error(
        "certificate or key of the terminal: {why}; expected PEM, the key as unencrypted PKCS#8 (BEGIN PRIVATE KEY)"
    )]
    Identity {
        /// What is wrong.
        why: String,
    },
    /// The certificate authority.
    #[error("certificate authority of the service: {why}; expected certificates as PEM")]
    Authority {
        /// What is wrong.
        why: String,
    },
    /// The TLS library.
    #[error("TLS can't be set up: {why}")]
    SetUp {
        /// What is wrong.
        why: String,
    },
}

/// What looking at an address gave.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Fetched {
    Bytes(Vec<u8>),
    /// There is nothing of the kind.
    Absent,
    /// Asking again may help. Why it failed.
    Failed(String),
}

/// How one asking went.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) outcome: Outcome,
    /// What a scenario wants the terminal to do with the answer's file.
    pub(crate) habit: Option<Habit>,
    /// The world's time of the answer.
    pub(crate) at: Option<Timestamp>,
}

/// Asks the service. Keeps connections for the next request; clones share them.
#[derive(Debug, Clone)]
pub(crate) struct Courier {
    client: Client,
    service: ServiceUrl,
    /// How answers are to be encoded; as the service likes, if absent.
    encoding: Option<Encoding>,
}

impl Courier {
    pub(crate) fn new(settings: &Settings) -> Result<Self, TlsError> {
        // One more for the channel.
        let idle = settings.in_flight.max(1).saturating_add(1);
        let client = client(&settings.identity, &settings.ca_pem, idle)?;
        Ok(Self { client, service: settings.service.clone(), encoding: settings.encoding })
    }

    /// A courier for a few calls, without folders.
    pub(crate) fn calling(service: ServiceUrl, identity: &Identity, ca_pem: &[u8]) -> Result<Self, TlsError> {
        Ok(Self { client: client(identity, ca_pem, 1)?, service, encoding: None })
    }

    /// Asks once, under the key of the entry, so that the service can tell a repetition from a new request.
    pub(crate) async fn ask(&self, id: &Id, message_id: &str, body: Vec<u8>, patience: Duration) -> Asked {
        let mut request = self
            .client
            .post(self.service.of_message(message_id))
            .header(header::CONTENT_TYPE, "application/xml")
            // Said also for an empty body, which would otherwise go without.
            .header(header::CONTENT_LENGTH, body.len())
            .header(header::ACCEPT, ACCEPTED)
            .header("Idempotency-Key", id.as_str())
            .timeout(patience)
            .body(body);
        if let Some(encoding) = self.encoding {
            request = request.header(header::ACCEPT_CHARSET, encoding.name());
        }
        let answered = async {
            let response = request.send().await?;
            let status = response.status().as_u16();
            let told =
                |name| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
            let content_type = told(header::CONTENT_TYPE.as_str());
            let (habit, at) = (told(HABIT_HEADER), told(NOW_HEADER));
            let body = response.bytes().await?;
            Ok::<_, reqwest::Error>(Asked {
                outcome: Outcome::of_response(status, content_type.as_deref(), body.into()),
                habit: habit.as_deref().and_then(habit_of),
                at: at.and_then(|at| at.parse().ok()),
            })
        };
        answered.await.unwrap_or_else(|error| Asked {
            outcome: Outcome::Failed(chain(&error.without_url())),
            habit: None,
            at: None,
        })
    }

    /// Asks what waits after a number (`messages::channel::Deliveries` as JSON). The service may keep the question for
    /// `wait` seconds.
    pub(crate) async fn poll(&self, after: u64, wait: u64, patience: Duration) -> Fetched {
        self.fetch(self.service.of_deliveries(after, wait), patience).await
    }

    /// Fetches the bytes of one delivery.
    pub(crate) async fn delivery(&self, number: u64, patience: Duration) -> Fetched {
        self.fetch(self.service.of_delivery(number), patience).await
    }

    /// Asks for the world's time (`messages::channel::WorldTime` as JSON).
    pub(crate) async fn time(&self, patience: Duration) -> Fetched {
        self.fetch(self.service.of_channel("time"), patience).await
    }

    /// Tells what this terminal could not do.
    pub(crate) async fn report(&self, report: &Report) -> Fetched {
        self.post("reports", &serde_json::json!(report), CONNECT_TIMEOUT).await
    }

    /// Calls the channel once and tells status and body of the answer as they are: a visit if there is one to play,
    /// else the world's time.
    ///
    /// # Errors
    /// Why there is no answer.
    pub(crate) async fn call(
        &self,
        visit: Option<&serde_json::Value>,
        patience: Duration,
    ) -> Result<(u16, Vec<u8>), String> {
        let request = match visit {
            Some(visit) => self.client.post(self.service.of_channel("visits")).json(visit),
            None => self.client.get(self.service.of_channel("time")),
        };
        let request = request.header(header::ACCEPT, ACCEPTED).timeout(patience);
        let called = async {
            let response = request.send().await?;
            let status = response.status().as_u16();
            Ok::<_, reqwest::Error>((status, response.bytes().await?.into()))
        };
        called.await.map_err(|error| chain(&error.without_url()))
    }

    async fn post(&self, what: &str, json: &serde_json::Value, patience: Duration) -> Fetched {
        let request = self.client.post(self.service.of_channel(what)).json(json);
        Self::fetched(request.header(header::ACCEPT, ACCEPTED).timeout(patience)).await
    }

    async fn fetch(&self, url: String, patience: Duration) -> Fetched {
        Self::fetched(self.client.get(url).header(header::ACCEPT, ACCEPTED).timeout(patience)).await
    }

    async fn fetched(request: RequestBuilder) -> Fetched {
        let fetched = async {
            let response = request.send().await?;
            let status = response.status().as_u16();
            Ok::<_, reqwest::Error>(Fetched::of_response(status, response.bytes().await?.into()))
        };
        fetched.await.unwrap_or_else(|error| Fetched::Failed(chain(&error.without_url())))
    }
}

impl Fetched {
    fn of_response(status: u16, body: Vec<u8>) -> Self {
        match status {
            200 => Self::Bytes(body),
            404 => Self::Absent,
            _ => Self::Failed(match serde_json::from_slice::<Refusal>(&body) {
                Ok(refusal) => format!("HTTP {status} {}", refusal.label),
                Err(_) => format!("HTTP {status}"),
            }),
        }
    }
}

fn habit_of(header: &str) -> Option<Habit> {
    let habit = Habit::of_header(header);
    if habit.is_none() {
        tracing::warn!("the service wants a habit that this terminal doesn't know");
    }
    habit
}

fn client(own: &Identity, ca_pem: &[u8], idle: usize) -> Result<Client, TlsError> {
    builder()
        .tls_certs_only(authorities(ca_pem)?)
        .identity(identity(own)?)
        .https_only(true)
        .no_proxy()
        .redirect(Policy::none())
        .retry(retry::never())
        .http1_only()
        .connect_timeout(CONNECT_TIMEOUT)
        .pool_max_idle_per_host(idle)
        .user_agent(concat!("onshi-terminal/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|error| TlsError::SetUp { why: chain(&error) })
}

#[cfg(not(windows))]
fn builder() -> ClientBuilder {
    Client::builder()
}

#[cfg(windows)]
fn builder() -> ClientBuilder {
    // An error says that it was done before.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder().tls_backend_rustls()
}

fn authorities(pem: &[u8]) -> Result<Vec<Certificate>, TlsError> {
    let refused = |why| TlsError::Authority { why };
    let authorities = Certificate::from_pem_bundle(pem).map_err(|error| refused(chain(&error)))?;
    if authorities.is_empty() { Err(refused("no certificate".to_owned())) } else { Ok(authorities) }
}

fn identity(identity: &Identity) -> Result<reqwest::Identity, TlsError> {
    let (certificate, key) = (&identity.certificate_pem, &identity.key_pem);
    #[cfg(not(windows))]
    let read = reqwest::Identity::from_pkcs8_pem(certificate, key);
    #[cfg(windows)]
    let read = reqwest::Identity::from_pem(&[without_mark(certificate), b"\n", without_mark(key)].concat());
    read.map_err(|error| TlsError::Identity { why: chain(&error) })
}

/// Without the byte order mark that editors on Windows write.
#[cfg(windows)]
fn without_mark(pem: &[u8]) -> &[u8] {
    pem.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(pem)
}

/// An error with its causes, since reqwest's own first line says little.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let line = error.to_string();
        if !text.ends_with(&line) {
            text = format!("{text}: {line}");
        }
        cause = error.source();
    }
    text
}
