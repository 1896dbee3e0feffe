//! A connection that was let in: TLS over TCP, with what is known of it.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_openssl::SslStream;

use super::wire::Wire;
use crate::metrics::OpenConnection;
use crate::tls::Connection;

/// A connection that was let in.
pub(crate) struct Guest {
    stream: SslStream<Wire>,
    connection: Connection,
    _counted: OpenConnection,
}

impl fmt::Debug for Guest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guest").field("connection", &self.connection).finish_non_exhaustive()
    }
}

impl Guest {
    pub(super) fn new(stream: SslStream<Wire>, connection: Connection, counted: OpenConnection) -> Self {
        Self { stream, connection, _counted: counted }
    }

    /// What is known of it.
    pub(crate) fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Whether HTTP/2 was agreed upon.
    pub(crate) fn speaks_http2(&self) -> bool {
        self.connection.tls.as_ref().is_some_and(|tls| tls.alpn.as_deref() == Some("h2"))
    }

    /// An error if it was cut off; then closing it will reset it.
    fn alive(&self) -> io::Result<()> {
        if !self.connection.cut.is_cut() {
            return Ok(());
        }
        // Otherwise the client would read an orderly end.
        self.stream.get_ref().reset_at_end();
        Err(io::ErrorKind::ConnectionReset.into())
    }
}

impl AsyncRead for Guest {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.connection.cut.wakes(context.waker());
        self.alive()?;
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Guest {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.alive()?;
        Pin::new(&mut self.stream).poll_write(context, buffer)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.alive()?;
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.alive()?;
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
