//! HTTP over TLS without a client in between: the bytes as they arrive, and how the connection ends.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;

use certs::Identity;
use openssl::pkey::PKey;
use openssl::ssl::{SslConnector, SslMethod, SslStream, SslVerifyMode};
use openssl::x509::X509;

use crate::wait::PATIENCE;
use crate::{CLINIC, Mock};

/// What arrived over a connection until it ended.
#[derive(Debug)]
pub struct Arrived {
    /// The bytes, piece by piece.
    pub pieces: Vec<Vec<u8>>,
    /// Whether the connection was reset, in place of an orderly end.
    pub reset: bool,
}

impl Arrived {
    /// All bytes.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        self.pieces.concat()
    }

    /// Status line and headers, in lower case; `None` if they didn't arrive whole.
    #[must_use]
    pub fn head(&self) -> Option<String> {
        let bytes = self.bytes();
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
        Some(String::from_utf8_lossy(&bytes[..end]).to_lowercase())
    }

    /// What arrived behind the headers.
    #[must_use]
    pub fn body(&self) -> Vec<u8> {
        let bytes = self.bytes();
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n");
        end.map(|end| bytes[end + 4..].to_vec()).unwrap_or_default()
    }

    /// How many bytes the headers promise.
    #[must_use]
    pub fn promised(&self) -> Option<usize> {
        let head = self.head()?;
        let line = head.lines().find_map(|line| line.strip_prefix("content-length: "))?;
        line.trim().parse().ok()
    }
}

/// The clinic's terminal, without an HTTP client.
#[derive(Debug)]
pub struct Caller {
    port: u16,
    identity: Identity,
}

impl Caller {
    /// The caller of a running mock.
    ///
    /// # Panics
    /// If the clinic has no identity.
    #[must_use]
    pub fn of(mock: &Mock) -> Self {
        let identity = mock.place.store().load_identity(CLINIC).unwrap().unwrap();
        Self { port: mock.service, identity }
    }

    fn connect(&self) -> SslStream<TcpStream> {
        let mut connector = SslConnector::builder(SslMethod::tls_client()).unwrap();
        // Whom it trusts is not what these tests are about.
        connector.set_verify(SslVerifyMode::NONE);
        let mut chain = X509::stack_from_pem(self.identity.full_chain_pem().as_bytes()).unwrap().into_iter();
        connector.set_certificate(&chain.next().unwrap()).unwrap();
        for issuer in chain {
            connector.add_extra_chain_cert(issuer).unwrap();
        }
        let key = PKey::private_key_from_pem(self.identity.key().pem().as_bytes()).unwrap();
        connector.set_private_key(&key).unwrap();
        let tcp = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        tcp.set_read_timeout(Some(PATIENCE)).unwrap();
        connector.build().connect("localhost", tcp).unwrap()
    }

    /// Posts a request over HTTP/1.1 and reads until the connection ends.
    ///
    /// # Panics
    /// If there is no connection at all, or it neither ends nor answers.
    #[must_use]
    pub fn post(&self, path: &str, body: &[u8]) -> Arrived {
        let mut stream = self.connect();
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/xml\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            body.len()
        );
        stream.write_all(&[head.as_bytes(), body].concat()).unwrap();
        let mut pieces = Vec::new();
        let mut buffer = vec![0; 65_536];
        loop {
            match stream.read(&mut buffer) {
                Ok(0) => return Arrived { pieces, reset: false },
                Ok(length) => pieces.push(buffer[..length].to_vec()),
                Err(error) => {
                    assert_ne!(
                        error.kind(),
                        ErrorKind::WouldBlock,
                        "the connection neither ended nor answered"
                    );
                    let reset =
                        error.kind() == ErrorKind::ConnectionReset || error.to_string().contains("reset");
                    return Arrived { pieces, reset };
                }
            }
        }
    }
}
