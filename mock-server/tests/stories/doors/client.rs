//! A client by hand: OpenSSL over a blocking socket, so that alerts, resets and tickets can be seen.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use certs::{Authority, Identity};
use openssl::pkey::PKey;
use openssl::ssl::{
    HandshakeError, SslConnector, SslMethod, SslSession, SslSessionCacheMode, SslStream, SslVersion,
};
use openssl::x509::X509;

const PATIENCE: Duration = Duration::from_secs(20);

/// What a client gets to see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Got {
    /// An answer: status and body.
    Answer(u16, String),
    /// A TLS alert.
    Alert(u8),
    /// No answer: the connection was reset, or ended.
    Reset,
}

impl Got {
    /// The label of a refusal.
    pub(crate) fn label(&self) -> Option<&str> {
        let Self::Answer(403, body) = self else { return None };
        let label = body.split_once("\"label\":\"")?.1;
        Some(label.split('"').next().unwrap())
    }
}

/// A client.
#[derive(Clone)]
pub(crate) struct Client {
    connector: SslConnector,
    session: Arc<Mutex<Option<SslSession>>>,
}

/// A connection that stays open.
pub(crate) struct Open {
    stream: SslStream<TcpStream>,
}

impl Client {
    /// One that trusts an authority, speaks one version, and presents an identity if it has one.
    pub(crate) fn new(authority: &Authority, version: SslVersion, identity: Option<&Identity>) -> Self {
        let mut builder = SslConnector::builder(SslMethod::tls_client()).unwrap();
        builder.set_min_proto_version(Some(version)).unwrap();
        builder.set_max_proto_version(Some(version)).unwrap();
        let root = X509::from_pem(authority.root_pem().as_bytes()).unwrap();
        builder.cert_store_mut().add_cert(root).unwrap();
        if let Some(identity) = identity {
            let leaf = X509::from_pem(identity.certificate_pem().as_bytes()).unwrap();
            builder.set_certificate(&leaf).unwrap();
            for issuer in X509::stack_from_pem(identity.chain_pem().as_bytes()).unwrap() {
                builder.add_extra_chain_cert(issuer).unwrap();
            }
            let key = PKey::private_key_from_pem(identity.key().pem().as_bytes()).unwrap();
            builder.set_private_key(&key).unwrap();
        }
        let session = Arc::new(Mutex::new(None));
        let kept = Arc::clone(&session);
        builder.set_session_cache_mode(SslSessionCacheMode::CLIENT | SslSessionCacheMode::NO_INTERNAL_STORE);
        builder.set_new_session_callback(move |_, session| *kept.lock().unwrap() = Some(session));
        Self { connector: builder.build(), session }
    }

    /// Whether it has a ticket to resume with.
    pub(crate) fn has_ticket(&self) -> bool {
        self.session.lock().unwrap().is_some()
    }

    /// Connects, resuming if it has a ticket.
    pub(crate) fn connect(&self, to: SocketAddr) -> Result<Open, Got> {
        self.over(TcpStream::connect(to).map_err(|_| Got::Reset)?)
    }

    /// The handshake over a connection.
    pub(crate) fn over(&self, tcp: TcpStream) -> Result<Open, Got> {
        tcp.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut ssl = self.connector.configure().unwrap().into_ssl("localhost").unwrap();
        if let Some(session) = &*self.session.lock().unwrap() {
            #[expect(unsafe_code, reason = "resuming is unsafe in rust-openssl")]
            // SAFETY: the session comes from a connection of the same context.
            unsafe {
                ssl.set_session(session).unwrap();
            }
        }
        match ssl.connect(tcp) {
            Ok(stream) => Ok(Open { stream }),
            Err(HandshakeError::Failure(failed)) => Err(of_ssl(failed.error())),
            Err(error) => panic!("{error}"),
        }
    }

    /// Connects and asks once.
    pub(crate) fn ask(&self, to: SocketAddr, head: &str, body: &str) -> Got {
        match self.connect(to) {
            Ok(mut open) => open.ask(head, body),
            Err(got) => got,
        }
    }
}

impl Open {
    /// Whether the session was resumed.
    pub(crate) fn is_resumed(&self) -> bool {
        self.stream.ssl().session_reused()
    }

    /// Asks over the open connection, for JSON.
    pub(crate) fn ask(&mut self, head: &str, body: &str) -> Got {
        let request = format!(
            "{head} HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        // The alert may be there before the request is out: what counts is what can be read.
        let _ = self.stream.write_all(request.as_bytes());
        match self.answer() {
            Ok(Some((status, body))) => Got::Answer(status, body),
            Ok(None) => Got::Reset,
            Err(error) => of_io(&error),
        }
    }

    fn answer(&mut self) -> io::Result<Option<(u16, String)>> {
        let mut answer = Vec::new();
        loop {
            let text = String::from_utf8_lossy(&answer).into_owned();
            if let Some((head, body)) = text.split_once("\r\n\r\n") {
                let length = head.lines().find_map(|line| {
                    line.to_ascii_lowercase().strip_prefix("content-length: ").map(|n| n.parse().unwrap())
                });
                if body.len() >= length.unwrap_or(0) {
                    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
                    return Ok(Some((status, body.to_owned())));
                }
            }
            let mut piece = [0; 4096];
            match self.stream.read(&mut piece)? {
                0 => return Ok(None),
                length => answer.extend(&piece[..length]),
            }
        }
    }
}

fn of_io(error: &io::Error) -> Got {
    assert_ne!(error.kind(), io::ErrorKind::WouldBlock, "nothing came in time");
    error.get_ref().and_then(|inner| inner.downcast_ref()).map_or(Got::Reset, of_ssl)
}

fn of_ssl(error: &openssl::ssl::Error) -> Got {
    let reason = error.ssl_error().and_then(|stack| stack.errors().first().map(|first| first.reason_code()));
    match reason {
        Some(code) if code > 1000 => Got::Alert(u8::try_from(code - 1000).unwrap()),
        _ => Got::Reset,
    }
}
