//! What comes before TLS: a front's PROXY header, or bytes that show that this isn't TLS at all.

use std::io;

use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

use crate::gate::Refused;
use crate::line::proxy::{self, FIXED, Relayed};

/// Content type of the record that every TLS client begins with.
const HANDSHAKE_RECORD: u8 = 0x16;

/// Reads the header of a trusted front. Nothing behind it is read.
pub(super) async fn relayed(tcp: &mut TcpStream) -> Result<Relayed, Refused> {
    let mut fixed = [0; FIXED];
    let bad = |_: io::Error| Refused::BadProxyHeader;
    tcp.read_exact(&mut fixed).await.map_err(bad)?;
    let length = proxy::length(&fixed).map_err(|_| Refused::BadProxyHeader)?;
    let mut rest = vec![0; length];
    tcp.read_exact(&mut rest).await.map_err(bad)?;
    proxy::decode(&fixed, &rest).map_err(|error| {
        tracing::debug!(%error, "a front sent a PROXY header that cannot be used");
        Refused::BadProxyHeader
    })
}

/// What the first bytes of a connection are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Opening {
    /// It was closed without a byte: somebody looked whether the port is open.
    Nothing,
    /// TLS.
    Tls,
    /// A PROXY header, of either version.
    Proxy,
    /// Something else.
    Other,
}

/// Looks at the first bytes without taking them.
pub(super) async fn opening(tcp: &TcpStream) -> io::Result<Opening> {
    let mut first = [0; 6];
    let length = tcp.peek(&mut first).await?;
    Ok(match first.get(..length).unwrap_or_default() {
        [] => Opening::Nothing,
        [HANDSHAKE_RECORD, ..] => Opening::Tls,
        [b'\r', ..] | [b'P', b'R', b'O', b'X', b'Y', ..] => Opening::Proxy,
        _ => Opening::Other,
    })
}
