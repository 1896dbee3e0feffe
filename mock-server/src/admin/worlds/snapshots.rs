//! Snapshots of worlds.

use actix_web::http::StatusCode;
use actix_web::web::{self, Data, Json, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::answer::{Answer, answered, aside};
use super::shown::{WorldShown, host, shown_at};
use crate::admin::Admin;
use crate::admin::problem::{Problem, problem};
use crate::clock::rfc3339;
use crate::world::Snapshot;

/// What the OpenAPI says of this module.
#[derive(utoipa::OpenApi)]
#[openapi(paths(list, take, restore))]
pub(in crate::admin) struct Api;

pub(in crate::admin) fn routes(config: &mut ServiceConfig) {
    let at = |path: &str| web::resource(format!("/api/v1/worlds/{{world}}/snapshots{path}"));
    config
        .service(at("").route(web::get().to(list)).route(web::post().to(take)))
        .service(at("/{snapshot}/restore").route(web::post().to(restore)));
}

/// A named state of a world.
#[derive(Serialize, ToSchema)]
struct SnapshotShown {
    /// Its name.
    name: String,
    /// When it was taken, by the world's clock.
    #[schema(format = DateTime)]
    at: String,
    /// How many entries the ledger had.
    entries: u64,
}

impl SnapshotShown {
    fn of(name: &str, snapshot: Snapshot) -> Self {
        Self { name: name.to_owned(), at: rfc3339(snapshot.at), entries: snapshot.entries }
    }
}

/// Snapshots of a world, by name.
#[derive(Serialize, ToSchema)]
struct SnapshotsShown {
    snapshots: Vec<SnapshotShown>,
}

/// A name for the state of a world.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Naming {
    /// 1 to 60 of a-z, A-Z, 0-9, `-`, `_` and `.`.
    #[schema(pattern = "^[A-Za-z0-9._-]{1,60}$")]
    name: String,
}

/// The snapshots of a world.
#[utoipa::path(
    get, path = "/api/v1/worlds/{world}/snapshots", tag = "worlds",
    params(("world" = String, Path, description = "Name of the world")),
    responses((status = 200, description = "The snapshots.", body = SnapshotsShown))
)]
async fn list(admin: Data<Admin>, path: Path<String>) -> HttpResponse {
    let found = admin.worlds.slot(&path).map(|slot| {
        let all = slot.snapshots();
        SnapshotsShown { snapshots: all.iter().map(|(name, one)| SnapshotShown::of(name, *one)).collect() }
    });
    answered(found).into_response()
}

/// Gives the state of a world a name; an older snapshot of that name is replaced.
#[utoipa::path(
    post, path = "/api/v1/worlds/{world}/snapshots", tag = "worlds", request_body = Naming,
    params(("world" = String, Path, description = "Name of the world")),
    responses(
        (status = 201, description = "The snapshot.", body = SnapshotShown),
        (status = 409, description = "There are too many.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "It is no name.", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn take(admin: Data<Admin>, path: Path<String>, naming: Json<Naming>) -> HttpResponse {
    let name = naming.into_inner().name;
    let letter = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    if !(1..=60).contains(&name.len()) || !name.bytes().all(letter) {
        let detail = "a snapshot's name has 1 to 60 of a-z, A-Z, 0-9, `-`, `_` and `.`";
        return problem(StatusCode::UNPROCESSABLE_ENTITY, detail);
    }
    let taken = admin.worlds.slot(&path).and_then(|slot| Ok(slot.take_snapshot(&name)?));
    match taken {
        Ok(snapshot) => HttpResponse::Created().json(SnapshotShown::of(&name, snapshot)),
        Err(error) => Answer::of(&error).into_response(),
    }
}

/// Takes a world back to a snapshot. Requests under way finish in the world as it was.
#[utoipa::path(
    post, path = "/api/v1/worlds/{world}/snapshots/{snapshot}/restore", tag = "worlds",
    params(
        ("world" = String, Path, description = "Name of the world"),
        ("snapshot" = String, Path, description = "Name of the snapshot"),
    ),
    responses((status = 200, description = "The world.", body = WorldShown))
)]
async fn restore(admin: Data<Admin>, path: Path<(String, String)>, request: HttpRequest) -> HttpResponse {
    let ((world, snapshot), host) = (path.into_inner(), host(&request));
    aside(move || answered(admin.worlds.go_back(&world, &snapshot).map(|slot| shown_at(&slot, &host)))).await
}
