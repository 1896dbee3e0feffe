//! Who calls: what is known of a request from below HTTP, and the gate's verdict on it.

use std::sync::Arc;

use actix_web::HttpRequest;
use jiff::Timestamp;

use crate::gate::{self, Admitted, Knock, Presented, Refused, Rules};
use crate::line::FoundLine;
use crate::registered::{Purpose, Registration, TerminalCertificate};
use crate::tls::{Connection, Peer};
use crate::world::{DEFAULT, Slot, World, Worlds};

/// Everything that the service port needs.
#[derive(Debug)]
pub struct Service {
    /// The worlds.
    pub worlds: Arc<Worlds>,
    /// The world of connections without a known certificate.
    pub default: Arc<Slot>,
}

impl Service {
    /// A service over worlds, one of which is the default. `None` if there is no such world.
    #[must_use]
    pub fn new(worlds: Arc<Worlds>) -> Option<Self> {
        let default = worlds.slot(DEFAULT).ok()?;
        Some(Self { worlds, default })
    }
}

/// A caller: connection, world, and what that world knows of both.
#[derive(Debug)]
pub(crate) struct Caller {
    /// The world that the certificate leads to, else the default one.
    pub(crate) world: Arc<World>,
    /// The world's time of the request.
    pub(crate) now: Timestamp,
    /// The line.
    pub(crate) line: Option<FoundLine>,
    /// The certificate that was presented.
    pub(crate) peer: Option<Peer>,
    registration: Option<Arc<Registration>>,
    proof: gate::Proof,
    certificate: Option<Arc<TerminalCertificate>>,
}

impl Caller {
    /// The caller of a request.
    pub(crate) fn of(request: &HttpRequest, service: &Service) -> Self {
        let Connection { line, certificate: peer } =
            request.conn_data::<Connection>().cloned().unwrap_or_default();
        let fingerprint = peer.as_ref().map(|peer| peer.facts.fingerprint);
        let known = fingerprint.and_then(|fingerprint| service.worlds.of_certificate(&fingerprint));
        let world = known.unwrap_or_else(|| service.default.world());
        let certificate = fingerprint.and_then(|fingerprint| world.registry.certificate(&fingerprint));
        let registration = line.as_ref().and_then(|found| world.registry.line(&found.line));
        let proof = gate::Proof::Missing;
        Self { now: world.clock.now(), world, line, peer, registration, proof, certificate }
    }

    /// The gate's verdict on somebody who wants qualification.
    pub(crate) fn admit(&self) -> Result<Admitted<'_>, Refused> {
        self.admit_for(Purpose::Qualification)
    }

    /// The gate's verdict on somebody who wants one of the two systems.
    pub(crate) fn admit_for(&self, purpose: Purpose) -> Result<Admitted<'_>, Refused> {
        let registry = &self.world.registry;
        let presented = match (&self.peer, &self.certificate) {
            (None, _) => Presented::Nothing,
            (Some(Peer { refused: Some(refused), .. }), _) => Presented::Unacceptable(*refused),
            (Some(Peer { has_chain: false, .. }), _)
                if self.world.dialect().certificates.needs_chain.value =>
            {
                Presented::Unacceptable(Refused::MissingIssuer)
            }
            (Some(_), None) => Presented::Unknown,
            (Some(_), Some(certificate)) => Presented::Terminal(certificate),
        };
        let fingerprint = self.peer.as_ref().map(|peer| peer.facts.fingerprint);
        let knock = Knock {
            line: self.line.as_ref(),
            registration: self.registration.as_deref(),
            proof: self.proof,
            presented,
            revocation: fingerprint.and_then(|fingerprint| registry.revocation(&fingerprint)),
            list: registry.revocation_list(),
            purpose,
        };
        gate::admit(&knock, Rules::of(self.world.dialect()), self.now)
    }
}
