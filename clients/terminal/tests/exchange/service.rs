//! A small service for the tests: TLS with client certificates, HTTP/1.1, answers by script, remembers what it was asked.
//! Its channel is closed, as in an older service, until a test opens it.

use std::{
    collections::HashMap,
    io::{BufRead, BufReader, Read, Write},
    net::{Ipv4Addr, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

use openssl::ssl::{SslAcceptor, SslMethod, SslStream, SslVerifyMode};

use crate::{certificates::Certificates, mailbox::Mailbox};

/// One asking, as the service saw it.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) first_line: String,
    pub(crate) headers: HashMap<String, String>,
    pub(crate) body: Vec<u8>,
    /// Common name of the client certificate.
    pub(crate) client: String,
    /// How often the same key was seen before.
    pub(crate) before: usize,
}

impl Asked {
    pub(crate) fn key(&self) -> &str {
        &self.headers["idempotency-key"]
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// What it says.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) content_type: &'static str,
    pub(crate) body: Vec<u8>,
    /// Further headers, each ended by CRLF.
    pub(crate) headers: String,
}

impl Reply {
    pub(crate) fn xml(body: impl Into<Vec<u8>>) -> Self {
        Self { status: 200, content_type: "application/xml", body: body.into(), headers: String::new() }
    }

    pub(crate) fn status(status: u16) -> Self {
        Self { status, content_type: "text/plain", ..Self::xml("no") }
    }

    pub(crate) fn json(body: &serde_json::Value) -> Self {
        Self { content_type: "application/json", ..Self::xml(body.to_string()) }
    }

    /// With one more header.
    pub(crate) fn with(self, name: &str, value: &str) -> Self {
        Self { headers: format!("{}{name}: {value}\r\n", self.headers), ..self }
    }

    /// The answer that shows which request it is for.
    pub(crate) fn echo(asked: &Asked) -> Self {
        Self::xml([b"<!--answer-->", &*asked.body].concat())
    }
}

type Script = dyn Fn(&Asked) -> Reply + Send + Sync;

/// A running service. It runs until the test process ends.
#[derive(Clone)]
pub(crate) struct Service {
    pub(crate) port: u16,
    pub(crate) certificates: Arc<Certificates>,
    pub(crate) mailbox: Mailbox,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Service {
    pub(crate) fn start(script: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        Self::listening(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap(), Certificates::fresh(), script)
    }

    pub(crate) fn listening(
        listener: TcpListener,
        certificates: Certificates,
        script: impl Fn(&Asked) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let port = listener.local_addr().unwrap().port();
        let acceptor = acceptor(&certificates);
        let (certificates, mailbox) = (Arc::new(certificates), Mailbox::default());
        let service = Self { port, certificates, mailbox, asked: Arc::default() };
        let (accepting, script) = (service.clone(), Arc::<Script>::from(Box::new(script) as Box<Script>));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (service, script, acceptor) = (accepting.clone(), Arc::clone(&script), acceptor.clone());
                thread::spawn(move || {
                    if let Ok(stream) = acceptor.accept(stream.unwrap()) {
                        service.serve(stream, &*script);
                    }
                });
            }
        });
        service
    }

    pub(crate) fn url(&self) -> String {
        format!("https://127.0.0.1:{}", self.port)
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    fn serve(&self, stream: SslStream<TcpStream>, script: &Script) {
        let peer = stream.ssl().peer_certificate().unwrap();
        let client = peer.subject_name().entries().next().unwrap().data().to_string().unwrap();
        let mut stream = BufReader::new(stream);
        while let Some(mut asked) = read_request(&mut stream, &client) {
            let reply = match asked.first_line.split_once(" /terminal/v1/") {
                Some((_, rest)) => self.mailbox.answer(rest.trim_end_matches(" HTTP/1.1"), &asked.body),
                None => {
                    self.remember(&mut asked);
                    script(&asked)
                }
            };
            let Reply { status, content_type, body, headers } = reply;
            if status == 0 {
                return; // Cuts the connection.
            }
            let head = format!(
                "HTTP/1.1 {status} Told\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\n\
                 Location: /elsewhere\r\n{headers}\r\n",
                body.len()
            );
            if stream.get_mut().write_all(&[head.as_bytes(), &body].concat()).is_err() {
                return;
            }
        }
    }

    fn remember(&self, asked: &mut Asked) {
        let mut all = self.asked.lock().unwrap();
        asked.before = all.iter().filter(|earlier| earlier.key() == asked.key()).count();
        all.push(asked.clone());
    }
}

fn acceptor(certificates: &Certificates) -> SslAcceptor {
    let mut builder = SslAcceptor::mozilla_intermediate_v5(SslMethod::tls_server()).unwrap();
    builder.set_certificate(&certificates.server.0).unwrap();
    builder.set_private_key(&certificates.server.1).unwrap();
    builder.cert_store_mut().add_cert(certificates.authority.0.clone()).unwrap();
    builder.set_verify(SslVerifyMode::PEER | SslVerifyMode::FAIL_IF_NO_PEER_CERT);
    builder.set_session_id_context(b"test").unwrap();
    builder.build()
}

fn read_request(stream: &mut BufReader<SslStream<TcpStream>>, client: &str) -> Option<Asked> {
    let mut line = || {
        let mut line = String::new();
        stream.read_line(&mut line).ok()?;
        Some(line.trim_end().to_owned())
    };
    let first_line = line().filter(|line| !line.is_empty())?;
    let mut headers = HashMap::new();
    while let Some(line) = line().filter(|line| !line.is_empty()) {
        let (name, value) = line.split_once(": ").unwrap();
        headers.insert(name.to_lowercase(), value.to_owned());
    }
    let mut body = vec![0; headers.get("content-length").map_or(0, |length| length.parse().unwrap())];
    stream.read_exact(&mut body).ok()?;
    Some(Asked { first_line, headers, body, client: client.to_owned(), before: 0 })
}
