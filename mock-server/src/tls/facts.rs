//! What client and server agreed on in the handshake.

use openssl::ssl::{NameType, SslRef};
use serde::Serialize;

/// Facts of a TLS connection, for the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct TlsFacts {
    /// Version, such as `TLSv1.3`.
    #[schema(value_type = String)]
    pub version: &'static str,
    /// Cipher suite, such as `TLS_AES_256_GCM_SHA384`.
    #[schema(value_type = Option<String>)]
    pub cipher: Option<&'static str>,
    /// Whether an earlier session was resumed.
    pub resumed: bool,
    /// Protocol chosen by ALPN, such as `h2`; absent if the client offered none.
    pub alpn: Option<String>,
    /// Server name that the client asked for (SNI).
    pub server_name: Option<String>,
}

impl TlsFacts {
    /// Reads them off a connection whose handshake is done.
    #[must_use]
    pub fn of(ssl: &SslRef) -> Self {
        let alpn = ssl.selected_alpn_protocol();
        Self {
            version: ssl.version_str(),
            cipher: ssl.current_cipher().map(openssl::ssl::SslCipherRef::name),
            resumed: ssl.session_reused(),
            alpn: alpn.map(|protocol| String::from_utf8_lossy(protocol).into_owned()),
            server_name: ssl.servername(NameType::HOST_NAME).map(str::to_owned),
        }
    }
}
