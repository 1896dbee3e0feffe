//! What is known of a connection, from below HTTP.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use certs::{Authority, CertificateFacts, Trust};
use clap::ValueEnum;
use futures_util::task::AtomicWaker;
use openssl::ssl::SslRef;
use serde::{Deserialize, Serialize};

use crate::gate::Refused;
use crate::line::FoundLine;
use crate::tls::TlsFacts;

/// How a listener refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ValueEnum, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Style {
    /// The handshake completes, and HTTP 403 names the reason and the mend.
    #[default]
    Explained,
    /// As in the field: lines are reset before TLS, certificates end in an alert.
    Field,
}

/// What is known of a connection, from below HTTP.
#[derive(Debug, Clone, Default)]
pub struct Connection {
    /// Its line.
    pub line: Option<FoundLine>,
    /// Where it comes from; behind a front, what the front says.
    pub source: Option<IpAddr>,
    /// The certificate that the client presented.
    pub certificate: Option<Peer>,
    /// The world that owns the port, if one does.
    pub owner: Option<Arc<str>>,
    /// How the port refuses.
    pub style: Style,
    /// Address of the client.
    pub client: Option<SocketAddr>,
    /// What the handshake agreed upon.
    pub tls: Option<Arc<TlsFacts>>,
    /// Cuts it off.
    pub cut: Cut,
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

impl Peer {
    /// The client of a completed handshake.
    pub(crate) fn of(ssl: &SslRef, authority: &Authority) -> Option<Self> {
        let leaf = ssl.peer_certificate()?.to_der().ok()?;
        let chain = ssl.peer_cert_chain().into_iter().flatten();
        let chain: Vec<_> = chain.filter_map(|one| one.to_der().ok()).collect();
        let judged = Self::judged(&leaf, &chain, authority)?;
        Some(Self { has_chain: judged.has_chain || ssl.session_reused(), ..judged })
    }

    /// A certificate and the others that came with it, DER. `None` if it cannot be read at all.
    pub(crate) fn judged(leaf: &[u8], chain: &[Vec<u8>], authority: &Authority) -> Option<Self> {
        let facts = Arc::new(CertificateFacts::from_der(leaf).ok()?);
        let refused = match authority.trust(leaf, chain) {
            Trust::Trusted => None,
            Trust::UnknownIssuer => Some(Refused::ForeignCertificate),
            Trust::BadSignature => Some(Refused::ForgedCertificate),
            Trust::NotForClients => Some(Refused::NotForClients),
            Trust::Weak => Some(Refused::WeakCertificate),
            Trust::Malformed => Some(Refused::MalformedCertificate),
        };
        Some(Self { facts, refused, has_chain: !chain.is_empty() })
    }
}

/// Cuts a connection off: what is written from then on never arrives, and the client finds the connection reset.
#[derive(Debug, Clone, Default)]
pub struct Cut(Arc<CutState>);

#[derive(Debug, Default)]
struct CutState {
    cut: AtomicBool,
    reader: AtomicWaker,
}

impl Cut {
    /// Cuts now.
    pub fn now(&self) {
        self.0.cut.store(true, Ordering::Release);
        self.0.reader.wake();
    }

    /// Whether it was cut.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        self.0.cut.load(Ordering::Acquire)
    }

    /// Wakes a task when it is cut.
    pub(crate) fn wakes(&self, waker: &std::task::Waker) {
        self.0.reader.register(waker);
    }
}
