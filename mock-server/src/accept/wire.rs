//! TCP below a handshake, which keeps back what is written until the other side has to answer, or we have judged.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// TCP that keeps back the last word of a handshake, so that the journal has a refusal before its client has the alert.
///
/// What is written leaves with the next look for an answer; after [`Wire::release`] each write leaves at once.
#[derive(Debug)]
pub(super) struct Wire {
    tcp: TcpStream,
    kept: Vec<u8>,
    released: bool,
}

impl Wire {
    pub(super) fn new(tcp: TcpStream) -> Self {
        Self { tcp, kept: Vec::new(), released: false }
    }

    /// Keeps nothing back any more.
    pub(super) fn release(&mut self) {
        self.released = true;
    }

    /// Makes closing it a reset.
    pub(super) fn reset_at_end(&self) {
        // Fails only where the connection is gone already.
        let _ = self.tcp.set_zero_linger();
    }

    fn let_go(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut sent = 0;
        while let Some(rest) = self.kept.get(sent..).filter(|rest| !rest.is_empty()) {
            match Pin::new(&mut self.tcp).poll_write(context, rest) {
                Poll::Ready(Ok(0)) => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                Poll::Ready(Ok(count)) => sent += count,
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => {
                    self.kept.drain(..sent);
                    return Poll::Pending;
                }
            }
        }
        self.kept = Vec::new();
        Poll::Ready(Ok(()))
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        ready!(self.let_go(context))?;
        Pin::new(&mut self.tcp).poll_read(context, buffer)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &[u8],
    ) -> Poll<io::Result<usize>> {
        if !self.released {
            self.kept.extend_from_slice(buffer);
            return Poll::Ready(Ok(buffer.len()));
        }
        ready!(self.let_go(context))?;
        Pin::new(&mut self.tcp).poll_write(context, buffer)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !self.released {
            return Poll::Ready(Ok(()));
        }
        ready!(self.let_go(context))?;
        Pin::new(&mut self.tcp).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.let_go(context))?;
        Pin::new(&mut self.tcp).poll_shutdown(context)
    }
}
