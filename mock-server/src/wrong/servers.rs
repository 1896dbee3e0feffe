//! Servers with a wrong certificate, each on a port of its own: a client must refuse them.

use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use actix_web::dev::ServerHandle;
use actix_web::{App, HttpResponse, HttpServer, web};
use certs::defects::ServerDefect;
use certs::{Authority, Identity, IssueError, SERVER_NAMES};
use jiff::Timestamp;
use openssl::error::ErrorStack;
use openssl::pkey::PKey;
use openssl::ssl::{SslAcceptor, SslAcceptorBuilder, SslMethod};
use openssl::x509::X509;

/// Most servers that are open at once.
const MOST: usize = 64;

/// The wrong servers of the process.
#[derive(Debug)]
pub struct Servers {
    authority: Arc<Authority>,
    address: IpAddr,
    service: SocketAddr,
    open: Mutex<BTreeMap<u16, (OpenServer, ServerHandle)>>,
}

/// A server that is open.
#[derive(Debug, Clone)]
pub struct OpenServer {
    /// The world that asked for it.
    pub world: String,
    /// What is wrong with its certificate.
    pub defect: ServerDefect,
    /// Where it listens.
    pub at: SocketAddr,
    accepted: Arc<AtomicU64>,
}

impl OpenServer {
    /// How many requests came from clients that accepted its certificate, which none should.
    #[must_use]
    pub fn accepted(&self) -> u64 {
        self.accepted.load(Ordering::Relaxed)
    }
}

/// Why no server is opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServerError {
    /// Too many are open.
    #[error("at most {MOST} wrong servers are open at once; DELETE …/servers/{{port}} closes one")]
    TooMany,
    /// The certificate can't be made.
    #[error(transparent)]
    Issue(#[from] IssueError),
    /// OpenSSL doesn't take the certificate.
    #[error(transparent)]
    Tls(#[from] ErrorStack),
    /// There is no port.
    #[error("no port can be opened: {0}")]
    Io(#[from] io::Error),
}

impl Servers {
    /// None yet; they will listen on `address`. `service` is the registered line.
    #[must_use]
    pub fn new(authority: Arc<Authority>, address: IpAddr, service: SocketAddr) -> Self {
        Self { authority, address, service, open: Mutex::default() }
    }

    /// The registered line.
    #[must_use]
    pub fn service(&self) -> SocketAddr {
        self.service
    }

    /// Opens one on a free port; `now` is the real time, since TLS clients ask no world.
    ///
    /// # Errors
    /// [`ServerError`]: too many, or no port.
    pub fn open(&self, world: &str, defect: ServerDefect, now: Timestamp) -> Result<OpenServer, ServerError> {
        let wrong = self.authority.wrong_server(defect, &SERVER_NAMES, now)?;
        let listener = TcpListener::bind((self.address, 0))?;
        let at = listener.local_addr()?;
        let accepted = Arc::new(AtomicU64::new(0));
        let opened = OpenServer { world: world.to_owned(), defect, at, accepted: Arc::clone(&accepted) };

        // From the look at their number to the new one nothing waits, so two callers can't both be the last.
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if open.len() >= MOST {
            return Err(ServerError::TooMany);
        }
        // Requests are counted, not handshakes: some clients compare the host name only after theirs.
        let app = move || {
            let accepted = Arc::clone(&accepted);
            App::new().default_service(web::to(move || {
                accepted.fetch_add(1, Ordering::Relaxed);
                answer(defect)
            }))
        };
        let server = HttpServer::new(app)
            .workers(1)
            .shutdown_timeout(0)
            .disable_signals()
            .listen_openssl(listener, acceptor(&wrong.identity)?)?
            .run();
        open.insert(at.port(), (opened.clone(), server.handle()));
        drop(open);
        actix_web::rt::spawn(server);
        Ok(opened)
    }

    /// Those of a world, by port.
    #[must_use]
    pub fn of(&self, world: &str) -> Vec<OpenServer> {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.values().map(|(server, _)| server).filter(|server| server.world == world).cloned().collect()
    }

    /// Closes every one whose world is gone.
    pub async fn close_orphans(&self, lives: impl Fn(&str) -> bool) {
        let all: Vec<_> = {
            let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
            open.iter().map(|(port, (server, _))| (server.world.clone(), *port)).collect()
        };
        for (world, port) in all.into_iter().filter(|(world, _)| !lives(world)) {
            self.close(&world, port).await;
        }
    }

    /// Closes one of a world; whether there was one at this port.
    pub async fn close(&self, world: &str, port: u16) -> bool {
        let handle = {
            let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
            match open.get(&port) {
                Some((server, _)) if server.world == world => open.remove(&port),
                Some(_) | None => None,
            }
        };
        match handle {
            Some((_, handle)) => {
                handle.stop(false).await;
                true
            }
            None => false,
        }
    }
}

/// What a client hears that should never have asked.
async fn answer(defect: ServerDefect) -> HttpResponse {
    let text = format!("this client has accepted a server certificate that is wrong: {}\n", defect.about());
    HttpResponse::Ok().content_type("text/plain").body(text)
}

fn acceptor(identity: &Identity) -> Result<SslAcceptorBuilder, ErrorStack> {
    let mut builder = SslAcceptor::mozilla_intermediate_v5(SslMethod::tls_server())?;
    builder.set_certificate(&*X509::from_pem(identity.certificate_pem().as_bytes())?)?;
    for issuer in X509::stack_from_pem(identity.chain_pem().as_bytes())? {
        builder.add_extra_chain_cert(issuer)?;
    }
    builder.set_private_key(&*PKey::private_key_from_pem(identity.key().pem().as_bytes())?)?;
    Ok(builder)
}
