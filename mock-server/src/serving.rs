//! The ports of the service: each an entrance of the same door, with the same routes behind it.

use std::io;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use actix_http::HttpService;
use actix_server::{Server, ServerHandle};
use actix_service::{IntoServiceFactory, ServiceFactoryExt, fn_service, map_config};
use actix_web::dev::{AppConfig, Extensions};
use actix_web::middleware::from_fn;
use actix_web::rt::net::TcpStream;
use actix_web::web::Data;
use actix_web::{App, Error};

use crate::accept::{Door, Entrance, Guest};
use crate::channel;
use crate::claims;
use crate::exchange::http;
use crate::lineauth;
use crate::settling;
use crate::webapi::{self, TokenKey};

/// How long a connection may rest between two requests.
const KEEP_ALIVE: Duration = Duration::from_secs(75);

/// How long the orderly end of a connection may take.
const PARTING: Duration = Duration::from_secs(1);

/// What every port of the service needs.
#[derive(Debug, Clone)]
pub(crate) struct Serving {
    pub(crate) door: Arc<Door>,
    pub(crate) token_key: Data<TokenKey>,
    /// Threads per server; as many as there are processors if absent.
    pub(crate) workers: Option<u16>,
}

impl Serving {
    /// Serves on ports that are bound already; when this returns, they accept.
    pub(crate) fn open(
        &self,
        ports: impl IntoIterator<Item = (TcpListener, Entrance)>,
    ) -> io::Result<ServerHandle> {
        let mut server = Server::build().disable_signals().shutdown_timeout(0);
        if let Some(workers) = self.workers {
            server = server.workers(workers.into());
        }
        for (listener, entrance) in ports {
            server = self.listen(server, listener, entrance)?;
        }
        let server = server.run();
        let handle = server.handle();
        actix_web::rt::spawn(server);
        Ok(handle)
    }

    fn listen(
        &self,
        server: actix_server::ServerBuilder,
        listener: TcpListener,
        entrance: Entrance,
    ) -> io::Result<actix_server::ServerBuilder> {
        let serving = self.clone();
        let service = Data::from(Arc::clone(&self.door.service));
        let syncer = Data::from(Arc::clone(self.door.service.worlds.syncer()));
        let name = format!("service-{}", entrance.port);
        server.listen(name, listener, move || {
            let app = App::new()
                .wrap(from_fn(settling::settled))
                .wrap(from_fn(http::told_apart))
                .app_data(syncer.clone())
                .app_data(service.clone())
                .app_data(serving.token_key.clone())
                .configure(channel::routes)
                .configure(webapi::routes)
                .configure(claims::routes)
                .configure(lineauth::routes)
                .configure(http::routes)
                .into_factory()
                .map_err(|error: Error| error.error_response());
            let http = HttpService::build()
                .keep_alive(KEEP_ALIVE)
                .client_disconnect_timeout(PARTING)
                .on_connect_ext(|guest: &Guest, data: &mut Extensions| {
                    data.insert(guest.connection().clone());
                })
                .finish(map_config(app, |()| AppConfig::default()))
                .map_err(|error| tracing::debug!(%error, "connection ended"));
            let (door, entrance) = (Arc::clone(&serving.door), entrance.clone());
            fn_service(move |tcp: TcpStream| {
                let (door, entrance) = (Arc::clone(&door), entrance.clone());
                async move {
                    let peer = tcp.peer_addr().ok();
                    let guest = door.receive(tcp, &entrance).await.ok_or(())?;
                    let protocol = if guest.speaks_http2() {
                        actix_http::Protocol::Http2
                    } else {
                        actix_http::Protocol::Http1
                    };
                    Ok((guest, protocol, peer))
                }
            })
            .and_then(http)
        })
    }
}
