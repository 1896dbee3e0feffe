//! The door: takes connections of the service's ports and lets them in, or turns them away below HTTP.
//!
//! TCP, then the line, then TLS. Style `field` resets a line that no world admits before TLS and refuses certificates
//! in the handshake; style `explained` lets everybody in who speaks TLS, and the gate answers.

mod ending;
mod front;
mod guest;
mod turned;
mod wire;

use std::sync::Arc;
use std::time::Duration;

use actix_web::rt::time::timeout;
use certs::Authority;
use messages::refusal::Refusal;
use openssl::ssl::SslVersion;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_openssl::SslStream;

pub use ending::Ending;
pub(crate) use guest::Guest;

use crate::exchange::Service;
use crate::exchange::caller::Caller;
use crate::gate::Refused;
use crate::line::Network;
use crate::tls::{Connection, Contexts, Peer, Style, TlsFacts, Visit};
use front::Opening;
use turned::Turned;
use wire::Wire;

/// Longest time for a front's header.
const HEADER_TIME: Duration = Duration::from_secs(3);
/// Longest time for a handshake.
const HANDSHAKE_TIME: Duration = Duration::from_secs(10);
/// Longest time that our last word waits for its client to read it.
const READING_TIME: Duration = Duration::from_secs(2);

/// The door of every port of the service.
#[derive(Debug)]
pub struct Door {
    /// Which line carries what.
    pub network: Arc<Network>,
    /// The worlds.
    pub service: Arc<Service>,
    /// Whose certificates are known.
    pub authority: Arc<Authority>,
    /// TLS for both styles.
    pub contexts: Contexts,
}

/// One port of the service.
#[derive(Debug, Clone)]
pub struct Entrance {
    /// Its number.
    pub port: u16,
    /// How it refuses.
    pub style: Style,
    /// The world that owns it.
    pub owner: Option<Arc<str>>,
}

impl Door {
    /// Lets a connection in; `None` if it was turned away, which the journal then tells.
    pub(crate) async fn receive(&self, mut tcp: TcpStream, entrance: &Entrance) -> Option<Guest> {
        // Without this an answer waits some 40 ms for the client's delayed acknowledgement.
        if let Err(error) = tcp.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY could not be set");
        }
        let mut connection =
            Connection { owner: entrance.owner.clone(), style: entrance.style, ..Connection::default() };
        let turned = match self.line(&mut tcp, entrance, &mut connection).await {
            Ok(Opening::Nothing) => return None,
            Ok(_) => return self.enter(tcp, connection).await,
            Err(Refused::NotTls) if entrance.style == Style::Explained => {
                actix_web::rt::spawn(explain(tcp));
                Turned { refused: Refused::NotTls, ending: Ending::Explained }
            }
            Err(refused) => {
                let _ = tcp.set_zero_linger();
                Turned { refused, ending: Ending::Reset }
            }
        };
        turned.write(&connection, &self.service);
        None
    }

    /// Finds the line, before TLS.
    async fn line(
        &self,
        tcp: &mut TcpStream,
        entrance: &Entrance,
        connection: &mut Connection,
    ) -> Result<Opening, Refused> {
        let Ok(peer) = tcp.peer_addr() else { return Ok(Opening::Nothing) };
        let table = self.network.table();
        connection.client = Some(peer);
        let mut source = peer.ip().to_canonical();
        let fronted = table.is_front(source);
        if fronted {
            let relayed =
                timeout(HEADER_TIME, front::relayed(tcp)).await.unwrap_or(Err(Refused::BadProxyHeader))?;
            let by = crate::line::FoundBy::Front(source);
            connection.line = relayed.line.map(|line| crate::line::FoundLine { line, by });
            source = relayed.source.unwrap_or(source);
        }
        connection.source = Some(source);
        if connection.line.is_none() {
            connection.line = table.find(entrance.port, source);
        }
        if entrance.style == Style::Field {
            self.service.judge_line(connection)?;
        }
        let opening = match timeout(HANDSHAKE_TIME, front::opening(tcp)).await {
            Ok(Ok(opening)) => opening,
            Ok(Err(_)) | Err(_) => Opening::Nothing,
        };
        match opening {
            Opening::Proxy => Err(if fronted { Refused::BadProxyHeader } else { Refused::UntrustedFront }),
            Opening::Other => Err(Refused::NotTls),
            Opening::Nothing | Opening::Tls => Ok(opening),
        }
    }

    /// Lets a connection in by TLS. Whoever is turned away reads so only after the journal has it.
    async fn enter(&self, tcp: TcpStream, mut connection: Connection) -> Option<Guest> {
        let visit = self.visit(&connection);
        let begun = self.contexts.begin(connection.style, visit);
        let Ok(mut stream) = begun.and_then(|ssl| SslStream::new(ssl, Wire::new(tcp))) else {
            let turned = Turned { refused: Refused::HandshakeFailed, ending: Ending::Closed };
            turned.write(&connection, &self.service);
            return None;
        };
        let Err(turned) = self.handshake(&mut stream, &mut connection).await else {
            stream.get_mut().release();
            return Some(Guest::new(stream, connection, self.service.metrics.connected()));
        };
        turned.write(&connection, &self.service);
        match turned.ending {
            Ending::Cut => {
                // The handshake itself is to be seen as a success.
                stream.get_mut().release();
                let _ = timeout(READING_TIME, stream.get_mut().flush()).await;
                stream.get_ref().reset_at_end();
            }
            Ending::Alerted(_)
            | Ending::AlertedByClient(_)
            | Ending::Closed
            | Ending::Reset
            | Ending::Explained => {
                actix_web::rt::spawn(async move { let_read(stream.get_mut()).await });
            }
        }
        None
    }

    /// TLS, and what the connection is worth after it.
    async fn handshake(
        &self,
        stream: &mut SslStream<Wire>,
        connection: &mut Connection,
    ) -> Result<(), Turned> {
        let accepted = timeout(HANDSHAKE_TIME, std::pin::Pin::new(&mut *stream).accept()).await;
        let seen = self.contexts.seen(stream.ssl()).cloned();
        connection.certificate = match &seen {
            Some(seen) => seen.peer.clone(),
            None => Peer::of(stream.ssl(), &self.authority),
        };
        match accepted {
            Ok(Ok(())) => {}
            Ok(Err(error)) => {
                let version_1_3 = stream.ssl().version2() == Some(SslVersion::TLS1_3);
                return Err(Turned::by_error(&error, seen.and_then(|seen| seen.refused), version_1_3));
            }
            Err(_) => return Err(Turned { refused: Refused::HandshakeTimeOut, ending: Ending::Closed }),
        }
        connection.tls = Some(Arc::new(TlsFacts::of(stream.ssl())));
        if connection.style == Style::Field {
            // A resumed session shows no certificate to the callback, and a line is judged in the world of its certificate.
            Caller::over(connection, &self.service)
                .admit_connection()
                .map_err(|refused| Turned { refused, ending: Ending::Cut })?;
        }
        Ok(())
    }

    /// The judge that a handshake takes along.
    fn visit(&self, connection: &Connection) -> Visit {
        let (service, connection) = (Arc::clone(&self.service), connection.clone());
        let judge = move |peer: &Peer| {
            let connection = Connection { certificate: Some(peer.clone()), ..connection.clone() };
            Caller::over(&connection, &service).admit_certificate()
        };
        Visit::new(Arc::clone(&self.authority), Box::new(judge))
    }
}

/// Tells a client that speaks HTTP without TLS what is wrong. Whatever else it speaks, it will not mind.
async fn explain(mut tcp: TcpStream) {
    let refusal = Refused::NotTls.refusal();
    let body = Refusal { status: 400, ..refusal }.to_json();
    let head = format!(
        "HTTP/1.1 400 Bad Request\r\nContent-Type: {}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        Refusal::JSON,
        body.len()
    );
    if tcp.write_all(format!("{head}{body}").as_bytes()).await.is_ok() {
        let_read(&mut tcp).await;
    }
}

/// Closes only when the client had time to read what was sent last: bytes that we leave unread would reset the
/// connection, and take it with them.
async fn let_read(tcp: &mut (impl AsyncRead + AsyncWrite + Unpin)) {
    let reading = async {
        tcp.shutdown().await?;
        let mut discarded = [0; 4096];
        while tcp.read(&mut discarded).await? > 0 {}
        std::io::Result::Ok(())
    };
    // Out of time is as good as read.
    let _ = timeout(READING_TIME, reading).await;
}
