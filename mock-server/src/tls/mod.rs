//! TLS: asks for the client certificate and says what it found.
//!
//! In style `explained` the handshake completes whatever the client presents, and the gate answers with the reason. In
//! style `field` the handshake ends with an alert. Neither verdict is the last: OpenSSL doesn't look at the certificate
//! of a resumed session, so the gate judges each request anew.

mod alert;
mod connection;
mod facts;
mod verify;

use std::fmt;

use certs::{Authority, Identity};
use openssl::error::ErrorStack;
use openssl::ex_data::Index;
use openssl::pkey::PKey;
use openssl::ssl::{
    AlpnError, Ssl, SslAcceptor, SslContext, SslMethod, SslVerifyMode, SslVersion, select_next_proto,
};
use openssl::stack::Stack;
use openssl::x509::X509;

pub use alert::Alert;
pub use connection::{Connection, Cut, Peer, Style};
pub use facts::TlsFacts;
pub use verify::{Judge, Seen, Visit};

/// What we speak inside TLS, the best first, as ALPN writes it.
const PROTOCOLS: &[u8] = b"\x02h2\x08http/1.1";

/// Where a connection's [`Visit`] is kept while its handshake goes on.
pub type VisitIndex = Index<Ssl, Visit>;

/// Builds the contexts of the service's ports.
#[derive(Clone)]
pub struct Contexts {
    explained: SslContext,
    field: SslContext,
    visits: VisitIndex,
}

impl fmt::Debug for Contexts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Contexts").finish_non_exhaustive()
    }
}

impl Contexts {
    /// Contexts with the server's identity, one per style.
    ///
    /// # Errors
    /// OpenSSL's errors, if it does not take the server's identity.
    pub fn new(server: &Identity, authority: &Authority) -> Result<Self, ErrorStack> {
        let visits = Ssl::new_ex_index()?;
        let context = |style| context(style, server, authority, visits);
        Ok(Self { explained: context(Style::Explained)?, field: context(Style::Field)?, visits })
    }

    /// A new connection's TLS, whose certificate the visit will judge if the style is [`Style::Field`].
    ///
    /// # Errors
    /// OpenSSL's errors, if there is no memory.
    pub fn begin(&self, style: Style, visit: Visit) -> Result<Ssl, ErrorStack> {
        let mut ssl = Ssl::new(match style {
            Style::Explained => &self.explained,
            Style::Field => &self.field,
        })?;
        ssl.set_ex_data(self.visits, visit);
        Ok(ssl)
    }

    /// What the visit of a connection has seen so far.
    #[must_use]
    pub fn seen<'a>(&self, ssl: &'a openssl::ssl::SslRef) -> Option<&'a Seen> {
        ssl.ex_data(self.visits).and_then(Visit::seen)
    }
}

fn context(
    style: Style,
    server: &Identity,
    authority: &Authority,
    visits: VisitIndex,
) -> Result<SslContext, ErrorStack> {
    let mut builder = SslAcceptor::mozilla_intermediate_v5(SslMethod::tls_server())?;
    builder.set_min_proto_version(Some(SslVersion::TLS1_2))?;
    builder.set_certificate(&*X509::from_pem(server.certificate_pem().as_bytes())?)?;
    for issuer in X509::stack_from_pem(server.chain_pem().as_bytes())? {
        builder.add_extra_chain_cert(issuer)?;
    }
    builder.set_private_key(&*PKey::private_key_from_pem(server.key().pem().as_bytes())?)?;
    // Clients with several certificates choose by the names that the server asks for.
    let mut names = Stack::new()?;
    for ca in [authority.root_pem(), authority.issuing_pem()] {
        names.push(X509::from_pem(ca.as_bytes())?.subject_name().to_owned()?)?;
    }
    builder.set_client_ca_list(names);
    match style {
        Style::Explained => builder.set_verify_callback(SslVerifyMode::PEER, |_, _| true),
        Style::Field => builder.set_verify_callback(
            SslVerifyMode::PEER | SslVerifyMode::FAIL_IF_NO_PEER_CERT,
            move |_, context| verify::verify(context, visits),
        ),
    }
    builder
        .set_alpn_select_callback(|_, offered| select_next_proto(PROTOCOLS, offered).ok_or(AlpnError::NOACK));
    // Without a context of its own OpenSSL fails every resumed session that has a client certificate.
    builder.set_session_id_context(b"onshi-mock")?;
    Ok(builder.build().into_context())
}
