//! Carries connections, both ways, until either side ends.

use std::io::{self, Write};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};

use crate::header;
use crate::target::Target;

/// Most connections at the same time; further ones wait to be taken.
const MOST_CONNECTIONS: usize = 1024;
/// Longest time to reach the service.
const CONNECT_TIME: Duration = Duration::from_secs(10);
/// Pause after the system could not give us a connection.
const PAUSE: Duration = Duration::from_millis(100);

/// What is said of every connection.
#[derive(Debug)]
pub(crate) struct Forwarder {
    pub(crate) to: Target,
    /// The line, as onshi-mock reads it.
    pub(crate) line: String,
    /// Where connections are said to come from, instead of where they do.
    pub(crate) source: Option<IpAddr>,
}

impl Forwarder {
    /// Carries whatever comes in, for ever.
    pub(crate) async fn run(self, listener: TcpListener) {
        let forwarder = Arc::new(self);
        let room = Arc::new(Semaphore::new(MOST_CONNECTIONS));
        while let Ok(place) = Arc::clone(&room).acquire_owned().await {
            match listener.accept().await {
                Ok((client, from)) => {
                    let forwarder = Arc::clone(&forwarder);
                    tokio::spawn(async move {
                        forwarder.carry(client, from).await;
                        drop(place);
                    });
                }
                Err(error) => {
                    say(&format!("cannot take a connection: {error}"));
                    sleep(PAUSE).await;
                }
            }
        }
    }

    async fn carry(&self, mut client: TcpStream, from: SocketAddr) {
        let mut service = match self.reach(&client, from).await {
            Ok(service) => service,
            Err(error) => {
                say(&format!("{}: {error}", self.to));
                // The client shall see that this isn't an orderly end.
                let _ = client.set_zero_linger();
                return;
            }
        };
        // A reset of either side is the other's as well.
        if tokio::io::copy_bidirectional(&mut client, &mut service).await.is_err() {
            let _ = client.set_zero_linger();
            let _ = service.set_zero_linger();
        }
    }

    /// Connects and says which line it is.
    async fn reach(&self, client: &TcpStream, from: SocketAddr) -> io::Result<TcpStream> {
        let late = || io::Error::from(io::ErrorKind::TimedOut);
        let mut service =
            timeout(CONNECT_TIME, TcpStream::connect(self.to.as_str())).await.map_err(|_| late())??;
        service.set_nodelay(true)?;
        client.set_nodelay(true)?;
        let source = SocketAddr::new(self.source.unwrap_or(from.ip()), from.port());
        service.write_all(&header::encode(source, client.local_addr()?, &self.line)).await?;
        Ok(service)
    }
}

fn say(text: &str) {
    let _ = writeln!(io::stderr(), "onshi-line: {text}");
}
