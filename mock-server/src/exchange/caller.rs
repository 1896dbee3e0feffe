//! Who calls: what is known of a request from below HTTP, and the gate's verdict on it.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use actix_web::HttpRequest;
use ipnet::IpNet;
use jiff::Timestamp;
use messages::value::InstitutionCode;

use crate::gate::{self, Admitted, Knock, Presented, Proof, Refused, Rules};
use crate::line::FoundLine;
use crate::metrics::Metrics;
use crate::registered::{Purpose, Registration, TerminalCertificate};
use crate::tls::{Connection, Peer, TlsFacts};
use crate::world::{DEFAULT, Slot, World, Worlds};

/// Everything that the service port needs.
#[derive(Debug)]
pub struct Service {
    /// The worlds.
    pub worlds: Arc<Worlds>,
    /// The world of connections without a known certificate.
    pub default: Arc<Slot>,
    /// What is counted of the process.
    pub metrics: Arc<Metrics>,
}

impl Service {
    /// A service over worlds, one of which is the default. `None` if there is no such world.
    #[must_use]
    pub fn new(worlds: Arc<Worlds>, metrics: Arc<Metrics>) -> Option<Self> {
        let default = worlds.slot(DEFAULT).ok()?;
        Some(Self { worlds, default, metrics })
    }

    /// The world of a connection: the one that its certificate leads to, else the one that owns the port, else the
    /// default one.
    fn world_of(&self, connection: &Connection) -> Arc<World> {
        let known = connection.certificate.as_ref();
        let owned = || connection.owner.as_ref().and_then(|owner| self.worlds.named(owner));
        known
            .and_then(|peer| self.worlds.of_certificate(&peer.facts.fingerprint))
            .or_else(owned)
            .unwrap_or_else(|| self.default.world())
    }

    /// Whether a line may come in before anybody knows for whom: to the world that owns the port, else to any world.
    ///
    /// # Errors
    /// [`Refused`], as the owner or the default world says it.
    pub(crate) fn judge_line(&self, connection: &Connection) -> Result<(), Refused> {
        let line = connection.line.as_ref();
        let judge = |world: &World| {
            let registration = line.and_then(|found| world.registry.line(&found.line));
            gate::admit_line(line, registration.as_deref(), world.clock.now()).map(|_| ())
        };
        judge(&self.world_of(connection)).or_else(|refused| {
            let shared = connection.owner.is_none() && line.is_some();
            let elsewhere = shared && self.worlds.any(|world| judge(world).is_ok());
            if elsewhere { Ok(()) } else { Err(refused) }
        })
    }
}

/// A caller: connection, world, and what that world knows of both.
#[derive(Debug)]
pub(crate) struct Caller {
    /// The world of the connection.
    pub(crate) world: Arc<World>,
    /// The world's time of the request.
    pub(crate) now: Timestamp,
    /// The line.
    pub(crate) line: Option<FoundLine>,
    /// The certificate that was presented.
    pub(crate) peer: Option<Peer>,
    /// The prefix of the address that the line has.
    pub(crate) prefix: Option<IpNet>,
    /// Address of the client.
    pub(crate) client: Option<SocketAddr>,
    /// The TLS connection.
    pub(crate) tls: Option<Arc<TlsFacts>>,
    /// What is counted of the process.
    pub(crate) metrics: Arc<Metrics>,
    registration: Option<Arc<Registration>>,
    certificate: Option<Arc<TerminalCertificate>>,
}

impl Caller {
    /// The caller of a request.
    pub(crate) fn of(request: &HttpRequest, service: &Service) -> Self {
        match request.conn_data::<Connection>() {
            Some(connection) => Self::over(connection, service),
            None => Self::over(&Connection::default(), service),
        }
    }

    /// Whoever calls over a connection.
    pub(crate) fn over(connection: &Connection, service: &Service) -> Self {
        let world = service.world_of(connection);
        let (line, peer) = (connection.line.clone(), connection.certificate.clone());
        let certificate = peer.as_ref().and_then(|peer| world.registry.certificate(&peer.facts.fingerprint));
        let registration = line.as_ref().and_then(|found| world.registry.line(&found.line));
        let prefix = connection.source.and_then(|source| prefix(source, &world));
        Self {
            now: world.clock.now(),
            world,
            line,
            peer,
            prefix,
            client: connection.client,
            tls: connection.tls.clone(),
            metrics: Arc::clone(&service.metrics),
            registration,
            certificate,
        }
    }

    /// Code of the institution that the certificate belongs to, admitted or not.
    pub(crate) fn institution(&self) -> Option<InstitutionCode> {
        self.certificate.as_ref().map(|certificate| certificate.institution.clone())
    }

    /// The gate's verdict on somebody who wants qualification.
    pub(crate) fn admit(&self) -> Result<Admitted<'_>, Refused> {
        self.admit_for(Purpose::Qualification)
    }

    /// The gate's verdict on somebody who wants one of the two systems.
    pub(crate) fn admit_for(&self, purpose: Purpose) -> Result<Admitted<'_>, Refused> {
        gate::admit(&self.knock(purpose), self.rules(), self.now)
    }

    /// The gate's verdict on the connection, whatever it is used for.
    pub(crate) fn admit_connection(&self) -> Result<(), Refused> {
        gate::admit_connection(&self.knock(Purpose::Qualification), self.rules(), self.now).map(|_| ())
    }

    /// The gate's verdict on the certificate alone.
    pub(crate) fn admit_certificate(&self) -> Result<(), Refused> {
        let Knock { presented, revocation, list, .. } = self.knock(Purpose::Qualification);
        gate::admit_certificate(presented, revocation, list, self.rules(), self.now).map(|_| ())
    }

    /// The gate's verdict on the line alone.
    pub(crate) fn admit_line(&self) -> Result<&FoundLine, Refused> {
        gate::admit_line(self.line.as_ref(), self.registration.as_deref(), self.now).map(|(line, _)| line)
    }

    fn rules(&self) -> Rules {
        Rules::of(self.world.dialect())
    }

    fn knock(&self, purpose: Purpose) -> Knock<'_> {
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
        Knock {
            line: self.line.as_ref(),
            registration: self.registration.as_deref(),
            proof: self.proof(),
            presented,
            revocation: fingerprint.and_then(|fingerprint| registry.revocation(&fingerprint)),
            list: registry.revocation_list(),
            purpose,
        }
    }

    fn proof(&self) -> Proof {
        let line = self.line.as_ref();
        match line.and_then(|found| self.world.registry.authenticated(&found.line)) {
            None => Proof::Missing,
            passed if passed == self.prefix => Proof::Passed,
            Some(_) => Proof::Moved,
        }
    }
}

/// The part of an address by whose change a line has moved; the whole address where the dialect asks for more bits.
fn prefix(source: IpAddr, world: &World) -> Option<IpNet> {
    let rules = &world.dialect().gate;
    let (bits, most) = match source {
        IpAddr::V4(_) => (rules.prefix_bits_v4.value, 32),
        IpAddr::V6(_) => (rules.prefix_bits_v6.value, 128),
    };
    IpNet::new(source, bits.min(most)).ok().map(|network| network.trunc())
}
