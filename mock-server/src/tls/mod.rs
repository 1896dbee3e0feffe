//! TLS: asks for the client certificate and says what it found.
//!
//! Style `explained`: the handshake completes whatever the client presents, and the gate answers with the reason. So
//! no verdict is taken from the handshake; the gate judges each request anew, also on a resumed session or a
//! connection that stays open.

use std::any::Any;
use std::sync::Arc;

use actix_tls::accept::openssl::TlsStream;
use actix_web::dev::Extensions;
use actix_web::rt::net::TcpStream;
use certs::{Authority, CertificateFacts, Identity, Trust};
use openssl::error::ErrorStack;
use openssl::pkey::PKey;
use openssl::ssl::{SslAcceptor, SslAcceptorBuilder, SslMethod, SslVerifyMode, SslVersion};
use openssl::stack::Stack;
use openssl::x509::X509;

use crate::gate::Refused;
use crate::line::{FoundLine, LineTable};

/// What is known of a connection, from below HTTP.
#[derive(Debug, Clone, Default)]
pub struct Connection {
    /// Its line.
    pub line: Option<FoundLine>,
    /// The certificate that the client presented.
    pub certificate: Option<Peer>,
}

/// A client's certificate.
#[derive(Debug, Clone)]
pub struct Peer {
    /// What it says.
    pub facts: Arc<CertificateFacts>,
    /// Why it is not acceptable whatever the world says; its period is not looked at here.
    pub refused: Option<Refused>,
    /// Whether the client sent other certificates with it, or did so when the session that it resumes began.
    pub has_chain: bool,
}

/// Builds the acceptor of the service ports.
///
/// # Errors
/// OpenSSL's errors, if it does not take the server's identity.
pub fn acceptor(server: &Identity, authority: &Authority) -> Result<SslAcceptorBuilder, ErrorStack> {
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
    builder.set_verify_callback(SslVerifyMode::PEER, |_, _| true);
    // Without a context of its own OpenSSL fails every resumed session that has a client certificate.
    builder.set_session_id_context(b"onshi-mock")?;
    Ok(builder)
}

/// Notes line and certificate of a new connection, for the requests that come over it.
pub fn on_connect(lines: &LineTable, authority: &Authority, stream: &dyn Any, data: &mut Extensions) {
    let Some(stream) = stream.downcast_ref::<TlsStream<TcpStream>>() else { return };
    // Without this an answer waits some 40 ms for the client's delayed acknowledgement.
    if let Err(error) = stream.get_ref().set_nodelay(true) {
        tracing::debug!(%error, "TCP_NODELAY could not be set");
    }
    let line = stream.get_ref().local_addr().ok().and_then(|address| lines.find(address.port()));
    data.insert(Connection { line, certificate: peer(stream.ssl(), authority) });
}

fn peer(ssl: &openssl::ssl::SslRef, authority: &Authority) -> Option<Peer> {
    let der = ssl.peer_certificate()?.to_der().ok()?;
    let chain: Vec<_> = ssl
        .peer_cert_chain()
        .into_iter()
        .flatten()
        .filter_map(|certificate| certificate.to_der().ok())
        .collect();
    let facts = Arc::new(CertificateFacts::from_der(&der).ok()?);
    let has_chain = !chain.is_empty() || ssl.session_reused();
    Some(Peer { facts, refused: refused(authority.trust(&der, &chain)), has_chain })
}

/// What the authority's verdict means to the gate.
fn refused(trust: Trust) -> Option<Refused> {
    match trust {
        Trust::Trusted => None,
        Trust::UnknownIssuer => Some(Refused::ForeignCertificate),
        Trust::BadSignature => Some(Refused::ForgedCertificate),
        Trust::NotForClients => Some(Refused::NotForClients),
        Trust::Weak => Some(Refused::WeakCertificate),
        Trust::Malformed => Some(Refused::MalformedCertificate),
    }
}
