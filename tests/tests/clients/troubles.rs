//! Servers that go wrong in one way each.

use std::io;
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use openssl::ssl::{HandshakeError, SslAcceptor, SslFiletype, SslMethod, SslVerifyMode};
use system_tests::Mock;

/// How often a client asks of itself, the first time included.
const ATTEMPTS: usize = 3;

/// The ports of all of them. They end with the test's process.
pub(crate) struct Troubles {
    /// Closes each connection at once.
    pub(crate) down: u16,
    /// Closes the first two connections, then passes on to the service.
    pub(crate) flaky: u16,
    /// Takes connections and says nothing.
    pub(crate) silent: u16,
    /// Wants a certificate in the handshake.
    pub(crate) strict: u16,
    seen_down: Arc<AtomicUsize>,
    seen_silent: Arc<AtomicUsize>,
}

impl Troubles {
    pub(crate) fn start(mock: &Mock) -> Self {
        let service = mock.service;
        let (down, seen_down) = listen(|_, connection| drop(connection));
        let (flaky, _) = listen(move |number, connection| {
            if number >= ATTEMPTS {
                thread::spawn(move || pass_on(&connection, service));
            }
        });
        let (silent, seen_silent) = listen(|_, connection| {
            // Kept open until the client goes.
            thread::spawn(move || io::copy(&mut &connection, &mut io::sink()));
        });
        let acceptor = strict(mock);
        let (strict, _) = listen(move |_, connection| {
            if let Err(HandshakeError::Failure(failed)) = acceptor.accept(connection) {
                // Read to the end: closing with unread bytes would take the alert away again.
                let _ = io::copy(&mut failed.get_ref(), &mut io::sink());
            }
        });
        Self { down, flaky, silent, strict, seen_down, seen_silent }
    }

    /// Whether the client asked again where that is right, and only there.
    pub(crate) fn judge(&self) {
        assert_eq!(self.seen_down.load(Ordering::SeqCst), ATTEMPTS, "connections to a service that is down");
        assert_eq!(self.seen_silent.load(Ordering::SeqCst), 1, "connections to a service that is silent");
    }
}

/// Does something with each connection, which are numbered from 1.
fn listen(mut serve: impl FnMut(usize, TcpStream) + Send + 'static) -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let seen = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&seen);
    thread::spawn(move || {
        for connection in listener.incoming().map_while(Result::ok) {
            serve(counter.fetch_add(1, Ordering::SeqCst) + 1, connection);
        }
    });
    (port, seen)
}

fn pass_on(client: &TcpStream, service: u16) {
    let Ok(service) = TcpStream::connect(("127.0.0.1", service)) else { return };
    thread::scope(|scope| {
        scope.spawn(|| copy(client, &service));
        copy(&service, client);
    });
}

fn copy(mut from: &TcpStream, mut to: &TcpStream) {
    // Whoever ends first ends both.
    let _ = io::copy(&mut from, &mut to);
    let _ = to.shutdown(std::net::Shutdown::Both);
}

fn strict(mock: &Mock) -> SslAcceptor {
    let file = |name| mock.place.data().join("server").join(name);
    let mut builder = SslAcceptor::mozilla_intermediate_v5(SslMethod::tls_server()).unwrap();
    builder.set_certificate_chain_file(file("certificate.pem")).unwrap();
    builder.set_private_key_file(file("key.pem"), SslFiletype::PEM).unwrap();
    builder.set_verify(SslVerifyMode::PEER | SslVerifyMode::FAIL_IF_NO_PEER_CERT);
    builder.build()
}
