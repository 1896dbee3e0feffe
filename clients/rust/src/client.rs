//! The service over HTTPS.

use std::error::Error as _;
use std::thread;
use std::time::{Duration, Instant};

use reqwest::Url;
use reqwest::blocking::Client as Http;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};

use crate::document::encode;
use crate::request::{self, judged, today};
use crate::{Document, Encoding, Error, Identity, Person, Request};

/// The real service and its networks. A test client never calls them.
const REAL_DOMAINS: [&str; 6] =
    ["onshikaku.org", "oqs-pdl.org", "flets-east.jp", "flets-west.jp", "lineauth.mnw", "managedpki.ne.jp"];

/// Where and as whom a client asks.
#[derive(Debug, Clone)]
pub struct Settings {
    /// For example `https://localhost:8443`.
    pub service: String,
    /// 医療機関コード, 10 digits: the one of the certificate.
    pub institution: String,
    /// None presents no certificate.
    pub identity: Option<Identity>,
    /// The only authority that is trusted, as PEM.
    pub ca_pem: Vec<u8>,
    /// Of requests; answers are read as they declare themselves.
    pub encoding: Encoding,
    /// For one attempt.
    pub timeout: Duration,
    /// How often a service that is down is asked.
    pub attempts: u32,
    /// After the first failure; twice as long after each further one.
    pub pause: Duration,
}

impl Settings {
    /// UTF-8, 30 seconds, 3 attempts, half a second.
    #[must_use]
    pub fn new(service: &str, institution: &str, identity: Identity, ca_pem: Vec<u8>) -> Self {
        Self {
            service: service.to_owned(),
            institution: institution.to_owned(),
            identity: Some(identity),
            ca_pem,
            encoding: Encoding::Utf8,
            timeout: Duration::from_secs(30),
            attempts: 3,
            pause: Duration::from_millis(500),
        }
    }
}

/// What came back with HTTP 200.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The media type, without parameters.
    pub content_type: String,
    /// The body.
    pub body: Vec<u8>,
}

/// Asks one service as one terminal. Blocks; safe for several threads.
#[derive(Debug)]
pub struct Client {
    settings: Settings,
    base: String,
    http: Http,
}

impl Client {
    /// A client; nothing is asked yet.
    ///
    /// # Errors
    /// [`Error::Setting`] for an address that isn't HTTPS or belongs to the real service, or a CA that is none.
    pub fn new(settings: Settings) -> Result<Self, Error> {
        let odd = |why: &str| Error::Setting(format!("{}: {why}", settings.service));
        let url = Url::parse(&settings.service).map_err(|error| odd(&error.to_string()))?;
        let host = url.host_str().unwrap_or_default().trim_end_matches('.').to_ascii_lowercase();
        if url.scheme() != "https" {
            return Err(odd("expected an address such as https://localhost:8443"));
        }
        if REAL_DOMAINS.iter().any(|domain| host == *domain || host.ends_with(&format!(".{domain}"))) {
            return Err(odd("this belongs to the real service, which a test client never calls"));
        }
        let setting = |error: reqwest::Error| Error::Setting(words(&error));
        let ca = reqwest::Certificate::from_pem_bundle(&settings.ca_pem).map_err(setting)?;
        let mut builder = Http::builder()
            .no_proxy()
            .https_only(true)
            .redirect(reqwest::redirect::Policy::none())
            // A request is tried again here, where it is counted.
            .retry(reqwest::retry::never())
            .tls_certs_only(ca)
            .timeout(settings.timeout);
        if let Some(identity) = &settings.identity {
            builder = builder.identity(identity.0.clone());
        }
        let http = builder.build().map_err(setting)?;
        Ok(Self { base: url.as_str().trim_end_matches('/').to_owned(), http, settings })
    }

    /// The institution that asks.
    #[must_use]
    pub fn institution(&self) -> &str {
        &self.settings.institution
    }

    /// 資格確認. `MessageBody/QualificationValidity` of the result says whether the person is insured.
    ///
    /// # Errors
    /// Each variant says what to do.
    pub fn qualification(&self, person: &Person) -> Result<Document, Error> {
        self.ask(&request::qualification(self.institution(), person, &today(), None))
    }

    /// 照会番号登録.
    ///
    /// # Errors
    /// As above.
    pub fn register_reference_number(&self, person: &Person, number: &str) -> Result<Document, Error> {
        self.ask(&request::reference_number(self.institution(), person, number))
    }

    /// 薬剤情報 of the months from the first to the last (`yyyyMM`).
    ///
    /// # Errors
    /// As above, and [`Error::NoConsent`].
    pub fn drugs(&self, person: &Person, months: [&str; 2]) -> Result<Document, Error> {
        self.ask(&request::drugs(self.institution(), person, months, false))
    }

    /// The same as PDF.
    ///
    /// # Errors
    /// As above, and [`Error::NoConsent`].
    pub fn drugs_pdf(&self, person: &Person, months: [&str; 2]) -> Result<Vec<u8>, Error> {
        self.pdf(&request::drugs(self.institution(), person, months, true))
    }

    /// 特定健診情報.
    ///
    /// # Errors
    /// As above, and [`Error::NoConsent`].
    pub fn checkups(&self, person: &Person) -> Result<Document, Error> {
        self.ask(&request::checkups(self.institution(), person, false))
    }

    /// The same as PDF.
    ///
    /// # Errors
    /// As above, and [`Error::NoConsent`].
    pub fn checkups_pdf(&self, person: &Person) -> Result<Vec<u8>, Error> {
        self.pdf(&request::checkups(self.institution(), person, true))
    }

    /// Begins a bulk job and gives its reception number.
    ///
    /// # Errors
    /// As above.
    pub fn submit(&self, persons: &[Person]) -> Result<String, Error> {
        let accepted = self.ask(&request::bulk(self.institution(), persons, &today()))?;
        Ok(accepted.text("MessageBody/ReceptionNumber").unwrap_or_default())
    }

    /// The result of a bulk job; asks at each `poll` for as long as `patience` lasts.
    ///
    /// # Errors
    /// As above, and [`Error::NotReady`].
    pub fn fetch(&self, reception: &str, patience: Duration, poll: Duration) -> Result<Document, Error> {
        let started = Instant::now();
        loop {
            let document = self.ask(&request::fetch(self.institution(), reception))?;
            if document.text("MessageHeader/SegmentOfResult").as_deref() != Some("2") {
                return Ok(document);
            }
            if started.elapsed() + poll > patience {
                return Err(Error::NotReady { reception: reception.to_owned() });
            }
            thread::sleep(poll);
        }
    }

    /// Sends a request and reads its result.
    ///
    /// # Errors
    /// As above.
    pub fn ask(&self, request: &Request) -> Result<Document, Error> {
        judged(Document::decode(&self.send(request.id, &self.written(request)?)?.body)?)
    }

    /// Sends the bytes of a request as they are, again and again while the service is down. Each attempt carries the
    /// same `Idempotency-Key`, so that none begins a second job.
    ///
    /// # Errors
    /// As above.
    pub fn send(&self, message: &str, body: &[u8]) -> Result<Reply, Error> {
        let key = key();
        let headers = [(CONTENT_TYPE, "application/xml"), (HeaderName::from_static("idempotency-key"), &key)];
        self.post(&format!("/oqs/{message}"), body, &headers)
    }

    /// The same for any path of the service.
    pub(crate) fn post(
        &self,
        path: &str,
        body: &[u8],
        headers: &[(HeaderName, &str)],
    ) -> Result<Reply, Error> {
        let mut own = HeaderMap::new();
        for (name, value) in headers {
            let value = HeaderValue::from_str(value);
            own.insert(name, value.map_err(|error| Error::Setting(format!("{name}: {error}")))?);
        }
        let mut pause = self.settings.pause;
        let mut attempts = 1;
        loop {
            match self.once(path, body, &own) {
                Err(Error::ServiceDown { message, .. }) if attempts >= self.settings.attempts => {
                    return Err(Error::ServiceDown { message, attempts });
                }
                Err(Error::ServiceDown { .. }) => {}
                other => return other,
            }
            thread::sleep(pause);
            pause *= 2;
            attempts += 1;
        }
    }

    fn once(&self, path: &str, body: &[u8], headers: &HeaderMap) -> Result<Reply, Error> {
        let failed = |error: &reqwest::Error| failure(error, headers);
        let url = format!("{}{path}", self.base);
        let request = self.http.post(url).headers(headers.clone()).body(body.to_owned());
        let response = request.send().map_err(|error| failed(&error))?;
        let status = response.status().as_u16();
        let content_type = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let content_type =
            content_type.unwrap_or_default().split(';').next().unwrap_or_default().trim().to_owned();
        let body = response.bytes().map_err(|error| failed(&error))?.to_vec();
        match status {
            200 => Ok(Reply { content_type, body }),
            408 | 429 | 500.. => Err(Error::ServiceDown { message: format!("HTTP {status}"), attempts: 1 }),
            _ => Err(Error::refusal(status, &String::from_utf8_lossy(&body))),
        }
    }

    fn written(&self, request: &Request) -> Result<Vec<u8>, Error> {
        encode(&request.header, &request.body, self.settings.encoding)
    }

    fn pdf(&self, request: &Request) -> Result<Vec<u8>, Error> {
        let reply = self.send(request.id, &self.written(request)?)?;
        if reply.content_type == "application/pdf" {
            return Ok(reply.body);
        }
        judged(Document::decode(&reply.body)?)?;
        let message = format!("expected a PDF, got {}", reply.content_type);
        Err(Error::BadRequest { label: None, message })
    }
}

fn failure(error: &reqwest::Error, headers: &HeaderMap) -> Error {
    let message = words(error);
    if error.is_timeout() {
        let key = headers.get("Idempotency-Key").and_then(|key| key.to_str().ok());
        return Error::TimedOut { what: key.unwrap_or("the request").to_owned() };
    }
    // What OpenSSL says. An alert is the gate of a service that doesn't explain itself.
    if message.contains("certificate verify failed") {
        Error::Untrusted { message }
    } else if message.contains(" alert ") {
        Error::CertificateRefused { label: None, message }
    } else {
        Error::ServiceDown { message, attempts: 1 }
    }
}

/// An error with all its causes.
pub(crate) fn words(error: &reqwest::Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(deeper) = cause {
        words += &format!(": {deeper}");
        cause = deeper.source();
    }
    words
}

/// A key that no other request has: 128 random bits, from the keys of the standard library's hash maps.
fn key() -> String {
    use std::hash::{BuildHasher, RandomState};
    let random = || RandomState::new().hash_one(Instant::now());
    format!("{:016x}{:016x}", random(), random())
}
