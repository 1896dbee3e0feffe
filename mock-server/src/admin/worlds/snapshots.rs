//! Snapshots of worlds.

use actix_web::http::StatusCode;
use actix_web::web::{self, Data, Json, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, ResponseError};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::answer::{Answer, answered, aside, to_json};
use super::shown::{WorldShown, host, shown_at};
use crate::admin::Admin;
use crate::admin::problem::Problem;
use crate::clock::rfc3339;
use crate::world::{Slot, Snapshot, SnapshotError, WorldError};

/// What the OpenAPI says of this module.
#[derive(utoipa::OpenApi)]
#[openapi(paths(list, take, restore, take_all, restore_all))]
pub(in crate::admin) struct Api;

pub(in crate::admin) fn routes(config: &mut ServiceConfig) {
    let at = |path: &str| web::resource(format!("/api/v1/worlds/{{world}}/snapshots{path}"));
    let of_all = |path: &str| web::resource(format!("/api/v1/worlds/snapshots{path}"));
    config
        .service(of_all("").route(web::post().to(take_all)))
        .service(of_all("/{snapshot}/restore").route(web::post().to(restore_all)))
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

impl Naming {
    fn checked(self) -> Result<String, Problem> {
        let letter = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
        if (1..=60).contains(&self.name.len()) && self.name.bytes().all(letter) {
            return Ok(self.name);
        }
        let detail = "a snapshot's name has 1 to 60 of a-z, A-Z, 0-9, `-`, `_` and `.`";
        Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, detail))
    }
}

/// What became of a snapshot in every world.
#[derive(Serialize, ToSchema)]
struct EverywhereShown {
    /// Its name.
    name: String,
    /// Worlds that took it, or went back to it.
    worlds: Vec<String>,
    /// Worlds that were left as they are: they have no such snapshot, or no room for it.
    left: Vec<String>,
}

impl EverywhereShown {
    /// Does the same with each world. One that is deleted meanwhile is neither here nor there; the first one that can't
    /// use its ledger ends it.
    fn of<T>(
        admin: &Admin,
        name: String,
        each: impl Fn(&Slot, &str) -> Result<T, WorldError>,
    ) -> Result<Self, WorldError> {
        let (mut worlds, mut left) = (Vec::new(), Vec::new());
        for slot in admin.worlds.all() {
            let world = slot.world().name.clone();
            match each(&slot, &name) {
                Ok(_) => worlds.push(world),
                Err(WorldError::Snapshot(SnapshotError::Unknown { .. } | SnapshotError::TooMany)) => {
                    left.push(world);
                }
                Err(WorldError::Unknown { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(Self { name, worlds, left })
    }
}

/// The snapshots of a world.
#[utoipa::path(
    get, path = "/api/v1/worlds/{world}/snapshots", tag = "worlds",
    params(("world" = String, Path, description = "Name of the world")),
    responses((status = 200, description = "The snapshots.", body = SnapshotsShown))
)]
async fn list(admin: Data<Admin>, path: Path<String>) -> HttpResponse {
    aside(move || {
        answered(admin.worlds.slot(&path).map(|slot| {
            let all = slot.snapshots();
            SnapshotsShown {
                snapshots: all.iter().map(|(name, one)| SnapshotShown::of(name, *one)).collect(),
            }
        }))
    })
    .await
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
    let name = match naming.into_inner().checked() {
        Ok(name) => name,
        Err(problem) => return problem.error_response(),
    };
    aside(move || {
        let taken = admin.worlds.slot(&path).and_then(|slot| Ok(slot.take_snapshot(&name)?));
        match taken {
            Ok(snapshot) => Answer::Json(StatusCode::CREATED, to_json(&SnapshotShown::of(&name, snapshot))),
            Err(error) => Answer::of(&error),
        }
    })
    .await
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

/// Gives the state of every world the same name. A world with too many snapshots is left out, and named.
#[utoipa::path(
    post, path = "/api/v1/worlds/snapshots", tag = "worlds", request_body = Naming,
    responses(
        (status = 201, description = "In which worlds it was taken.", body = EverywhereShown),
        (status = 422, description = "It is no name.", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn take_all(admin: Data<Admin>, naming: Json<Naming>) -> HttpResponse {
    let name = match naming.into_inner().checked() {
        Ok(name) => name,
        Err(problem) => return problem.error_response(),
    };
    aside(move || {
        let take = |slot: &Slot, name: &str| Ok(slot.take_snapshot(name)?);
        match EverywhereShown::of(&admin, name, take) {
            Ok(everywhere) => Answer::Json(StatusCode::CREATED, to_json(&everywhere)),
            Err(error) => Answer::of(&error),
        }
    })
    .await
}

/// Takes every world that has the snapshot back to it. The others are left as they are, and named.
#[utoipa::path(
    post, path = "/api/v1/worlds/snapshots/{snapshot}/restore", tag = "worlds",
    params(("snapshot" = String, Path, description = "Name of the snapshot")),
    responses((status = 200, description = "Which worlds went back.", body = EverywhereShown))
)]
async fn restore_all(admin: Data<Admin>, path: Path<String>) -> HttpResponse {
    aside(move || {
        let name = path.into_inner();
        let restored = EverywhereShown::of(&admin, name.clone(), |slot, name| {
            admin.worlds.go_back(&slot.world().name, name)
        });
        match restored {
            Ok(nobody) if nobody.worlds.is_empty() => {
                Answer::of(&WorldError::Snapshot(SnapshotError::Unknown { name }))
            }
            restored => answered(restored),
        }
    })
    .await
}
