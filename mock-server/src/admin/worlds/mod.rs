//! Worlds: made, listed, reset, taken back, moved elsewhere and deleted.

mod answer;
mod shown;
pub(super) mod snapshots;

use actix_web::http::StatusCode;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::{self, Bytes, Data, Path, Query, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, ResponseError};
use serde::Deserialize;
use utoipa::IntoParams;

use super::Admin;
use super::problem::{Problem, problem};
use crate::founding::{Created, Creation, CreationError, exported};
use crate::tls::Style;
use crate::world::{DEFAULT, WorldError};
use crate::wrong::Servers;
pub(super) use shown::{LineShown, host, name_of};

use answer::{Answer, answered, aside, to_json};
use shown::{CreatedShown, Names, WorldShown, WorldsShown, created_response, shown, shown_at};

/// Most bytes of a new world's description: it may hold a scenario.
const MOST_DESCRIPTION: usize = 8 * 1024 * 1024;
/// Most bytes of an imported ledger.
const MOST_IMPORT: usize = 64 * 1024 * 1024;
/// What the OpenAPI says of this module.
#[derive(utoipa::OpenApi)]
#[openapi(
    paths(list, create, delete_all, reset_all, import, show, delete, reset, ledger),
    components(schemas(Creation))
)]
pub(super) struct Api;

pub(super) fn routes(config: &mut ServiceConfig) {
    let at = |path: &str| web::resource(format!("/api/v1/worlds{path}"));
    config
        .service(
            at("")
                .app_data(web::PayloadConfig::new(MOST_DESCRIPTION))
                .route(web::get().to(list))
                .route(web::post().to(create))
                .route(web::delete().to(delete_all)),
        )
        .service(at("/reset").route(web::post().to(reset_all)))
        .service(at("/import").app_data(web::PayloadConfig::new(MOST_IMPORT)).route(web::post().to(import)))
        .service(at("/{world}").route(web::get().to(show)).route(web::delete().to(delete)))
        .service(at("/{world}/reset").route(web::post().to(reset)))
        .service(at("/{world}/ledger").route(web::get().to(ledger)));
}

/// Every world.
#[utoipa::path(
    get, path = "/api/v1/worlds", tag = "worlds",
    responses((status = 200, description = "The worlds, by name.", body = WorldsShown))
)]
async fn list(admin: Data<Admin>, request: HttpRequest) -> HttpResponse {
    let worlds = admin.worlds.all().iter().map(|slot| shown(slot, &request)).collect();
    HttpResponse::Ok().json(WorldsShown { worlds })
}

/// Makes a world. Everything may be left out, the body as well.
#[utoipa::path(
    post, path = "/api/v1/worlds", tag = "worlds", request_body = Option<Creation>,
    responses(
        (status = 201, description = "The world, and what a client needs.", body = CreatedShown),
        (status = 409, description = "The name is taken, or there are too many worlds or ports.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The name, packs, scenario or dialect are wrong.", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn create(admin: Data<Admin>, request: HttpRequest, body: Bytes) -> HttpResponse {
    let creation = match described(&request, &body) {
        Ok(creation) => creation,
        Err(problem) => return problem.error_response(),
    };
    let (host, style, creator) = (host(&request), creation.style, admin.clone());
    let reached = host.clone();
    let created = match web::block(move || creator.creator.create(creation, &reached)).await {
        Ok(created) => created,
        Err(error) => return problem(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
    };
    let port = match (&created, style) {
        (Ok(created), Some(style)) => match own_port(&admin, created, style) {
            Ok(port) => port,
            Err(problem) => return problem.error_response(),
        },
        (Ok(_) | Err(_), _) => admin.creator.port,
    };
    if style.is_some() {
        // Somebody may have deleted it while its port was opened.
        admin.ports.close_orphans(|world| admin.worlds.named(world).is_some()).await;
    }
    respond(admin, created, port, host).await
}

/// Opens a port for a new world; without it there is no such world.
fn own_port(admin: &Admin, created: &Created, style: Style) -> Result<u16, Problem> {
    let name = &created.slot.world().name;
    let opened = admin.ports.open(name, 0, style, admin.creator.line.clone());
    opened.map(|port| port.at.port()).map_err(|error| match admin.worlds.delete(name) {
        // Somebody else may have deleted it already.
        Ok(()) | Err(WorldError::Unknown { .. }) => Problem::from(error),
        Err(error) => Problem::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()),
    })
}

/// Writes what a client needs. A PKCS#12 takes its time.
async fn respond(
    admin: Data<Admin>,
    created: Result<Created, CreationError>,
    port: u16,
    host: String,
) -> HttpResponse {
    aside(move || match created {
        Ok(created) => created_response(&admin, &created, port, &host),
        Err(error) => Answer::of_creation(&error),
    })
    .await
}

fn described(request: &HttpRequest, body: &Bytes) -> Result<Creation, Problem> {
    if body.is_empty() {
        return Ok(Creation::default());
    }
    let content_type = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    if !content_type.is_some_and(|is| is.to_ascii_lowercase().starts_with("application/json")) {
        let detail = "send the body as `Content-Type: application/json`, or none at all";
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail));
    }
    serde_json::from_slice(body)
        .map_err(|error| Problem::new(StatusCode::BAD_REQUEST, format!("the body: {error}")))
}

/// Deletes every world but the default one.
#[utoipa::path(
    delete, path = "/api/v1/worlds", tag = "worlds",
    responses((status = 200, description = "The worlds that are gone.", body = Names))
)]
async fn delete_all(admin: Data<Admin>, servers: Data<Servers>) -> HttpResponse {
    let still = admin.clone();
    let answer = aside(move || {
        let all = admin.worlds.all().into_iter().map(|slot| slot.world().name.clone());
        let mut worlds = Vec::new();
        for name in all.filter(|name| name != DEFAULT) {
            match admin.worlds.delete(&name) {
                Ok(()) => worlds.push(name),
                // Somebody else was quicker.
                Err(WorldError::Unknown { .. }) => {}
                Err(error) => return Answer::of(&error),
            }
        }
        Answer::Json(StatusCode::OK, to_json(&Names { worlds }))
    })
    .await;
    close_orphans(&still, &servers).await;
    answer
}

/// A world's ports and wrong servers end with it.
async fn close_orphans(admin: &Admin, servers: &Servers) {
    let lives = |world: &str| admin.worlds.named(world).is_some();
    admin.ports.close_orphans(lives).await;
    servers.close_orphans(lives).await;
}

/// Resets every world.
#[utoipa::path(
    post, path = "/api/v1/worlds/reset", tag = "worlds",
    responses((status = 200, description = "The worlds that were reset.", body = Names))
)]
async fn reset_all(admin: Data<Admin>) -> HttpResponse {
    aside(move || {
        let mut worlds = Vec::new();
        for name in admin.worlds.all().into_iter().map(|slot| slot.world().name.clone()) {
            match admin.worlds.reset(&name) {
                Ok(_) => worlds.push(name),
                Err(WorldError::Unknown { .. }) => {}
                Err(error) => return Answer::of(&error),
            }
        }
        Answer::Json(StatusCode::OK, to_json(&Names { worlds }))
    })
    .await
}

/// How to import.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Importing {
    /// Name of the new world; a made-up one if absent.
    name: Option<String>,
    /// Whether it survives a restart.
    #[serde(default)]
    keep: bool,
}

/// Makes a world of an exported ledger. Its terminal gets a new certificate.
#[utoipa::path(
    post, path = "/api/v1/worlds/import", tag = "worlds", params(Importing),
    request_body(content = String, content_type = "application/jsonl", description = "A ledger, as it was exported."),
    responses(
        (status = 201, description = "The world, and what a client needs.", body = CreatedShown),
        (status = 409, description = "The name is taken, or there are too many worlds.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The name or the ledger is wrong; the line is named.", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn import(
    admin: Data<Admin>,
    request: HttpRequest,
    importing: Query<Importing>,
    body: Bytes,
) -> HttpResponse {
    let (Importing { name, keep }, host) = (importing.into_inner(), host(&request));
    aside(move || match admin.creator.import(name, keep, &body, &host) {
        Ok(created) => created_response(&admin, &created, admin.creator.port, &host),
        Err(error) => Answer::of_creation(&error),
    })
    .await
}

/// A world.
#[utoipa::path(
    get, path = "/api/v1/worlds/{world}", tag = "worlds",
    params(("world" = String, Path, description = "Name of the world")),
    responses((status = 200, description = "The world.", body = WorldShown))
)]
async fn show(admin: Data<Admin>, path: Path<String>, request: HttpRequest) -> HttpResponse {
    match admin.worlds.slot(&path) {
        Ok(slot) => HttpResponse::Ok().json(shown(&slot, &request)),
        Err(error) => Answer::of(&error).into_response(),
    }
}

/// Deletes a world: its certificates lead nowhere, and its file is gone.
#[utoipa::path(
    delete, path = "/api/v1/worlds/{world}", tag = "worlds",
    params(("world" = String, Path, description = "Name of the world")),
    responses(
        (status = 204, description = "It is gone."),
        (status = 409, description = "The default world stays.", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn delete(admin: Data<Admin>, servers: Data<Servers>, path: Path<String>) -> HttpResponse {
    let still = admin.clone();
    let answer = aside(move || match admin.worlds.delete(&path) {
        Ok(()) => Answer::Nothing,
        Err(error) => Answer::of(&error),
    })
    .await;
    close_orphans(&still, &servers).await;
    answer
}

/// Makes a world again what it was just after its creation. Its first certificate stays good.
#[utoipa::path(
    post, path = "/api/v1/worlds/{world}/reset", tag = "worlds",
    params(("world" = String, Path, description = "Name of the world")),
    responses((status = 200, description = "The world.", body = WorldShown))
)]
async fn reset(admin: Data<Admin>, path: Path<String>, request: HttpRequest) -> HttpResponse {
    let host = host(&request);
    aside(move || answered(admin.worlds.reset(&path).map(|slot| shown_at(&slot, &host)))).await
}

/// The ledger of a world, to be imported elsewhere: JSON Lines, each with a checksum.
#[utoipa::path(
    get, path = "/api/v1/worlds/{world}/ledger", tag = "worlds",
    params(("world" = String, Path, description = "Name of the world")),
    responses((status = 200, description = "The ledger.", body = String, content_type = "application/jsonl"))
)]
async fn ledger(admin: Data<Admin>, path: Path<String>) -> HttpResponse {
    aside(move || match admin.worlds.slot(&path).and_then(|slot| exported(&slot)) {
        Ok(text) => Answer::Lines(text),
        Err(error) => Answer::of(&error),
    })
    .await
}
