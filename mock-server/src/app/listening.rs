//! The listeners of the house: the lines and the admin port.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use actix_web::dev::ServerHandle;
use actix_web::middleware::from_fn;
use actix_web::web::Data;
use actix_web::{App, HttpServer};

use super::StartError;
use crate::accept::{Door, Entrance};
use crate::admin::{self, Admin};
use crate::exchange::Service;
use crate::founding::Founding;
use crate::line::{LineTable, Network};
use crate::metrics::Metrics;
use crate::office::Office;
use crate::serving::Serving;
use crate::settings::{Settings, SourceLine};
use crate::settling;
use crate::tls::Contexts;
use crate::webapi::TokenKey;
use crate::wrong::Servers;

/// An address that this machine can call: the unspecified one is reached over loopback.
pub(crate) fn reachable(address: SocketAddr) -> SocketAddr {
    match address {
        SocketAddr::V4(v4) if v4.ip().is_unspecified() => ([127, 0, 0, 1], v4.port()).into(),
        SocketAddr::V6(v6) if v6.ip().is_unspecified() => (std::net::Ipv6Addr::LOCALHOST, v6.port()).into(),
        SocketAddr::V4(_) | SocketAddr::V6(_) => address,
    }
}

pub(super) fn bind_lines(settings: &Settings) -> Result<(TcpListener, TcpListener), StartError> {
    let flag = "--service-port";
    // The settings leave room for it.
    let next = if settings.service_port == 0 { 0 } else { settings.service_port.saturating_add(1) };
    let line = |port| bind((settings.service_address, port).into(), flag);
    Ok((line(settings.service_port)?, line(next)?))
}

pub(super) fn bind(address: SocketAddr, flag: &'static str) -> Result<TcpListener, StartError> {
    TcpListener::bind(address).map_err(|source| {
        if source.kind() == io::ErrorKind::AddrInUse {
            StartError::AddressInUse { address, flag }
        } else {
            StartError::Listen { address, source }
        }
    })
}

pub(super) fn address(listener: &TcpListener) -> Result<SocketAddr, StartError> {
    let unknown = SocketAddr::from(([0, 0, 0, 0], 0));
    listener.local_addr().map_err(|source| StartError::Listen { address: unknown, source })
}

pub(super) fn serve_lines(
    settings: &Settings,
    founding: &Founding,
    metrics: &Arc<Metrics>,
    listeners: [TcpListener; 2],
) -> Result<(Serving, ServerHandle), StartError> {
    let service =
        Service::new(Arc::clone(&founding.worlds), Arc::clone(metrics)).ok_or(StartError::NoDefaultWorld)?;
    let mut lines = LineTable::default();
    let mut ports = Vec::new();
    for (listener, line) in listeners.into_iter().zip(&founding.lines) {
        let port = address(&listener)?.port();
        lines.assign(port, line.clone())?;
        ports.push((listener, Entrance { port, style: settings.style, owner: None }));
    }
    for front in &settings.fronts {
        lines.trust(*front)?;
    }
    for SourceLine { source, line } in &settings.sources {
        lines.route(*source, line.clone())?;
    }
    let door = Door {
        network: Arc::new(Network::new(lines)),
        service: Arc::new(service),
        authority: Arc::clone(&founding.authority),
        contexts: Contexts::new(&founding.server, &founding.authority)?,
    };
    let token_key = Data::new(TokenKey::random().ok_or(StartError::NoRandomNumbers)?);
    let serving = Serving { door: Arc::new(door), token_key, workers: settings.workers };
    let unknown = SocketAddr::from(([0, 0, 0, 0], 0));
    let handle = serving.open(ports).map_err(|source| StartError::Listen { address: unknown, source })?;
    Ok((serving, handle))
}

pub(super) fn serve_admin(
    listener: TcpListener,
    state: Data<Admin>,
    office: Data<Office>,
    servers: Data<Servers>,
) -> io::Result<ServerHandle> {
    let syncer = Data::from(Arc::clone(state.worlds.syncer()));
    let app = move || {
        App::new()
            .wrap(from_fn(settling::settled))
            .app_data(syncer.clone())
            .app_data(state.clone())
            .app_data(office.clone())
            .app_data(servers.clone())
            .configure(admin::routes)
    };
    let server =
        HttpServer::new(app).workers(1).shutdown_timeout(0).disable_signals().listen(listener)?.run();
    let handle = server.handle();
    actix_web::rt::spawn(server);
    Ok(handle)
}
