//! Connections that were turned away, as the journal tells them.

use std::sync::Arc;

use openssl::ssl;

use super::Ending;
use crate::exchange::Service;
use crate::exchange::caller::Caller;
use crate::gate::Refused;
use crate::journal::Exchange;
use crate::reason::Reason;
use crate::tls::{Alert, Connection};

/// OpenSSL's reasons (sslerr.h): the client sent no certificate.
const NO_CERTIFICATE: i32 = 199;
/// The client has no cipher or group of ours.
const NO_COMMON: [i32; 3] = [193, 101, 118];
/// The client's versions are all too old, or unknown.
const VERSIONS: [i32; 3] = [258, 267, 252];
/// An alert of the client has this added to its number.
const ALERTS: i32 = 1000;

/// Why and how a connection ended that never became a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Turned {
    pub(super) refused: Refused,
    pub(super) ending: Ending,
}

impl Turned {
    /// A handshake that failed; `refused` is the judge's word on the certificate.
    pub(super) fn by_error(error: &ssl::Error, refused: Option<Refused>, version_1_3: bool) -> Self {
        let reasons = error.ssl_error().map(|stack| stack.errors()).unwrap_or_default();
        let reason = reasons.first().map_or(0, openssl::error::Error::reason_code);
        if let Some(alert) = reason.checked_sub(ALERTS).and_then(|number| u8::try_from(number).ok()) {
            return Self {
                refused: Refused::HandshakeAborted,
                ending: Ending::AlertedByClient(Alert(alert)),
            };
        }
        let ours = |refused| Self { refused, ending: Ending::Alerted(Alert::of(refused, version_1_3)) };
        match refused {
            Some(refused) => ours(refused),
            None if reason == NO_CERTIFICATE => ours(Refused::NoCertificate),
            None if NO_COMMON.contains(&reason) => ours(Refused::HandshakeFailed),
            None if VERSIONS.contains(&reason) => {
                Self { refused: Refused::HandshakeFailed, ending: Ending::Alerted(Alert::PROTOCOL_VERSION) }
            }
            None if reason == 0 => Self { refused: Refused::HandshakeAborted, ending: Ending::Closed },
            None => Self { refused: Refused::HandshakeFailed, ending: Ending::Closed },
        }
    }

    /// Writes it into the journal of the world that it belongs to.
    pub(super) fn write(self, connection: &Connection, service: &Arc<Service>) {
        let caller = Caller::over(connection, service);
        let facts = connection.certificate.as_ref().map(|peer| Arc::clone(&peer.facts));
        let line = connection.line.clone().map(Reason::Line);
        let presented = facts.clone().map(Reason::Presented);
        let ended = [Reason::Gate(self.refused), Reason::Ended(self.ending)];
        let exchange = Exchange {
            at: caller.now,
            line: connection.line.clone(),
            client: connection.client,
            tls: connection.tls.clone(),
            certificate: facts,
            institution: caller.institution(),
            refused: Some(self.refused.label()),
            handshake: true,
            reasons: line.into_iter().chain(presented).chain(ended).collect(),
            ..Exchange::default()
        };
        caller.metrics.count(&exchange);
        let world = &caller.world;
        let number = world.journal.write(exchange);
        let (label, ending) = (self.refused.label(), self.ending.text().en);
        tracing::info!(number, world = world.name, label, %ending, "connection turned away");
    }
}
