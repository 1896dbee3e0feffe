//! `/api/v1/worlds/{world}/certificates/pack`: certificates that are wrong on purpose; `…/servers`: ports whose server
//! certificate is.

use std::collections::BTreeMap;
use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{self, Data, Json, Path, ServiceConfig};
use certs::defects::ServerDefect;
use openssl::base64::encode_block;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Admin;
use super::api::world;
use super::problem::Problem;
use crate::clock::system_now;
use crate::office::Office;
use crate::world::World;
use crate::wrong::{Manifest, OpenServer, Pack, Places, ServerError, Servers};

/// What the OpenAPI says of this module.
#[derive(utoipa::OpenApi)]
#[openapi(paths(make, open, list, close))]
pub(super) struct Api;

pub(super) fn routes(config: &mut ServiceConfig) {
    let at = |path: &str| web::resource(format!("/api/v1/worlds/{{world}}{path}"));
    config
        .service(at("/certificates/pack").route(web::post().to(make)))
        .service(at("/servers").route(web::get().to(list)).route(web::post().to(open)))
        .service(at("/servers/{port}").route(web::delete().to(close)));
}

/// A pack of certificates that are wrong on purpose.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct PackShown {
    /// What each is, and what must happen with it.
    pub(crate) manifest: Manifest,
    /// The files of the pack by name, base64.
    pub(crate) files: BTreeMap<String, String>,
}

/// Makes a pack of certificates that are wrong on purpose.
///
/// They are made for the world's first institution as of its time, and registered, so that each is refused for its own
/// reason and lands in this world's journal. Each call makes new ones.
#[utoipa::path(
    post, path = "/api/v1/worlds/{world}/certificates/pack", tag = "certificates", operation_id = "make_pack",
    params(("world" = String, Path, description = "Name of the world")),
    responses((status = 201, description = "Manifest and files.", body = PackShown))
)]
async fn make(
    admin: Data<Admin>,
    office: Data<Office>,
    servers: Data<Servers>,
    path: Path<String>,
) -> Result<HttpResponse, Problem> {
    let world = world(&admin, &path)?;
    let places = places(&world, &servers)?;
    let (authority, now) = (Arc::clone(office.authority()), places.now);
    let making = web::block(move || Pack::make(&authority, &places)).await;
    let pack = making.map_err(failed)?.map_err(failed)?;
    pack.register(&admin.worlds, &world, now).map_err(failed)?;
    let files = pack.files.into_iter().map(|(name, bytes)| (name, encode_block(&bytes))).collect();
    Ok(HttpResponse::Created().json(PackShown { manifest: pack.manifest, files }))
}

fn places(world: &World, servers: &Servers) -> Result<Places, Problem> {
    let institution = world.registry.institution(&world.home);
    let institution = institution.ok_or_else(|| {
        Problem::new(StatusCode::CONFLICT, "the world's first institution is not registered")
    })?;
    Ok(Places {
        world: world.name.clone(),
        institution: (*institution).clone(),
        service: Some(servers.service().to_string()),
        registered: true,
        rules: world.dialect().certificates.clone(),
        now: world.clock.now(),
    })
}

fn failed(error: impl std::fmt::Display) -> Problem {
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string())
}

/// A server that is wrong on purpose.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = WantedServer)]
struct Wanted {
    /// Name of the defect: `expired`, `not-yet-valid`, `wrong-host`, `unknown-ca`, `self-signed`, `forged`,
    /// `client-only` or `missing-intermediate`.
    #[schema(value_type = String)]
    defect: ServerDefect,
}

/// A server that is open.
#[derive(Debug, Serialize, ToSchema)]
struct ServerOpen {
    /// What is wrong with its certificate.
    #[schema(value_type = String)]
    defect: ServerDefect,
    /// The same in words.
    about: &'static str,
    /// Its port.
    port: u16,
    /// Its address.
    url: String,
    /// How many requests came from clients that accepted the certificate; right ones send none.
    accepted: u64,
}

impl ServerOpen {
    fn of(server: &OpenServer) -> Self {
        Self {
            defect: server.defect,
            about: server.defect.about(),
            port: server.at.port(),
            url: format!("https://localhost:{}", server.at.port()),
            accepted: server.accepted(),
        }
    }
}

/// The wrong servers of a world.
#[derive(Debug, Serialize, ToSchema)]
struct ServersOpen {
    servers: Vec<ServerOpen>,
}

/// Opens a port whose server certificate is wrong.
#[utoipa::path(
    post, path = "/api/v1/worlds/{world}/servers", tag = "certificates", operation_id = "open_server",
    request_body = Wanted,
    params(("world" = String, Path, description = "Name of the world")),
    responses((status = 201, description = "Where it is.", body = ServerOpen),
              (status = 409, description = "Too many are open.", body = Problem, content_type = "application/problem+json"))
)]
async fn open(
    admin: Data<Admin>,
    servers: Data<Servers>,
    path: Path<String>,
    wanted: Json<Wanted>,
) -> Result<HttpResponse, Problem> {
    let world = world(&admin, &path)?;
    let opened = servers.open(&world.name, wanted.defect, system_now()).map_err(|error| match error {
        ServerError::TooMany => Problem::new(StatusCode::CONFLICT, error.to_string()),
        ServerError::Issue(_) | ServerError::Tls(_) | ServerError::Io(_) => failed(error),
    })?;
    Ok(HttpResponse::Created().json(ServerOpen::of(&opened)))
}

/// The wrong servers that are open, and how many clients have accepted each.
#[utoipa::path(
    get, path = "/api/v1/worlds/{world}/servers", tag = "certificates", operation_id = "list_servers",
    params(("world" = String, Path, description = "Name of the world")),
    responses((status = 200, description = "The servers.", body = ServersOpen))
)]
async fn list(
    admin: Data<Admin>,
    servers: Data<Servers>,
    path: Path<String>,
) -> Result<Json<ServersOpen>, Problem> {
    let world = world(&admin, &path)?;
    Ok(Json(ServersOpen { servers: servers.of(&world.name).iter().map(ServerOpen::of).collect() }))
}

/// Closes a wrong server.
#[utoipa::path(
    delete, path = "/api/v1/worlds/{world}/servers/{port}", tag = "certificates", operation_id = "close_server",
    params(("world" = String, Path, description = "Name of the world"),
           ("port" = u16, Path, description = "Its port")),
    responses((status = 204, description = "It is closed."))
)]
async fn close(
    admin: Data<Admin>,
    servers: Data<Servers>,
    path: Path<(String, u16)>,
) -> Result<HttpResponse, Problem> {
    let (name, port) = path.into_inner();
    let world = world(&admin, &name)?;
    if servers.close(&world.name, port).await {
        Ok(HttpResponse::NoContent().finish())
    } else {
        Err(Problem::new(StatusCode::NOT_FOUND, "no wrong server of this world is open at this port"))
    }
}
