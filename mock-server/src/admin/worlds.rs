//! Worlds: made, listed, reset, taken back, moved elsewhere and deleted.

use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, HOST, LOCATION};
use actix_web::web::{self, Bytes, Data, Json, Path, Query, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use openssl::base64;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Admin;
use super::problem::{Problem, problem};
use crate::clock::rfc3339;
use crate::founding::{Created, Creation, CreationError, exported};
use crate::registered::role_name;
use crate::settings::PKCS12_PASSWORD;
use crate::world::{DEFAULT, Slot, Snapshot, SnapshotError, WorldError};

/// Most bytes of a new world's description: it may hold a scenario.
const MOST_DESCRIPTION: usize = 8 * 1024 * 1024;
/// Most bytes of an imported ledger.
const MOST_IMPORT: usize = 64 * 1024 * 1024;
/// Media type of a ledger.
const JSON_LINES: &str = "application/jsonl";

/// What the OpenAPI says of this module.
#[derive(utoipa::OpenApi)]
#[openapi(
    paths(
        list, create, delete_all, reset_all, import, show, delete, reset, snapshots, snapshot, restore,
        ledger
    ),
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
        .service(at("/{world}/snapshots").route(web::get().to(snapshots)).route(web::post().to(snapshot)))
        .service(at("/{world}/snapshots/{snapshot}/restore").route(web::post().to(restore)))
        .service(at("/{world}/ledger").route(web::get().to(ledger)));
}

/// A world.
#[derive(Serialize, ToSchema)]
struct WorldShown {
    /// Its name.
    name: String,
    /// Where its resources are.
    api: String,
    /// Its time: RFC 3339, with Japan's offset.
    #[schema(format = DateTime)]
    now: String,
    /// Its first institution.
    institution: InstitutionShown,
    /// Whether it survives a restart.
    kept: bool,
    /// How many exchanges its journal has seen.
    exchanges: u64,
}

/// An institution.
#[derive(Serialize, ToSchema)]
struct InstitutionShown {
    /// Ten digits.
    code: String,
    /// Its name.
    name: String,
}

/// Worlds, by name.
#[derive(Serialize, ToSchema)]
struct WorldsShown {
    worlds: Vec<WorldShown>,
}

/// A new world, and everything that a client of it needs.
#[derive(Serialize, ToSchema)]
struct CreatedShown {
    /// Its name.
    name: String,
    /// Where its resources are.
    api: String,
    /// Its time: RFC 3339, with Japan's offset.
    #[schema(format = DateTime)]
    now: String,
    /// Its institution.
    institution: InstitutionShown,
    /// The line that is registered for the institution.
    line: LineShown,
    /// Its terminal: the common name of the certificate.
    terminal: String,
    /// The terminal's certificate.
    certificate: CertificateShown,
    /// The root that signs the service's certificate.
    ca_pem: String,
    /// Accounts of the institution, one of each role.
    accounts: Vec<AccountShown>,
}

/// A line, and where it ends.
#[derive(Serialize, ToSchema)]
struct LineShown {
    customer_id: String,
    port: u16,
    /// The service's address over it.
    service: String,
}

/// A certificate with its key. The key is told once and kept nowhere.
#[derive(Serialize, ToSchema)]
struct CertificateShown {
    /// The certificate and the issuing authority's, PEM.
    certificate_pem: String,
    /// The key, PEM (PKCS#8).
    key_pem: String,
    /// Both as PKCS#12, base64.
    pkcs12: String,
    /// Password of the PKCS#12.
    password: &'static str,
    /// SHA-256 of the certificate, in hexadecimal digits.
    fingerprint: String,
    /// When it ends.
    #[schema(format = DateTime)]
    not_after: String,
}

/// An account.
#[derive(Serialize, ToSchema)]
struct AccountShown {
    id: String,
    role: String,
    password: String,
}

/// Names of worlds.
#[derive(Serialize, ToSchema)]
struct Names {
    worlds: Vec<String>,
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
        (status = 409, description = "The name is taken, or there are too many worlds.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The name, packs, scenario or dialect are wrong.", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn create(admin: Data<Admin>, request: HttpRequest, body: Bytes) -> HttpResponse {
    let creation = match described(&request, &body) {
        Ok(creation) => creation,
        Err(problem) => return actix_web::ResponseError::error_response(&problem),
    };
    let host = host(&request);
    aside(move || match admin.creator.create(creation) {
        Ok(created) => created_response(&admin, &created, &host),
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
async fn delete_all(admin: Data<Admin>) -> HttpResponse {
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
    close_orphans(&still).await;
    answer
}

/// A world's ports end with it.
async fn close_orphans(admin: &Admin) {
    admin.ports.close_orphans(|world| admin.worlds.named(world).is_some()).await;
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
    aside(move || match admin.creator.import(name, keep, &body) {
        Ok(created) => created_response(&admin, &created, &host),
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
async fn delete(admin: Data<Admin>, path: Path<String>) -> HttpResponse {
    let still = admin.clone();
    let answer = aside(move || match admin.worlds.delete(&path) {
        Ok(()) => Answer::Nothing,
        Err(error) => Answer::of(&error),
    })
    .await;
    close_orphans(&still).await;
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
async fn snapshots(admin: Data<Admin>, path: Path<String>) -> HttpResponse {
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
async fn snapshot(admin: Data<Admin>, path: Path<String>, naming: Json<Naming>) -> HttpResponse {
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

/// What a call leads to, made beside the workers and sent by one of them.
enum Answer {
    Nothing,
    Json(StatusCode, serde_json::Value),
    Created(String, serde_json::Value),
    Lines(Vec<u8>),
    Problem(Problem),
}

impl Answer {
    fn into_response(self) -> HttpResponse {
        match self {
            Self::Nothing => HttpResponse::NoContent().finish(),
            Self::Json(status, value) => HttpResponse::build(status).json(value),
            Self::Created(at, value) => HttpResponse::Created().insert_header((LOCATION, at)).json(value),
            Self::Lines(text) => HttpResponse::Ok().content_type(JSON_LINES).body(text),
            Self::Problem(problem) => actix_web::ResponseError::error_response(&problem),
        }
    }

    fn of(error: &WorldError) -> Self {
        let status = match error {
            WorldError::Unknown { .. } | WorldError::Snapshot(SnapshotError::Unknown { .. }) => {
                StatusCode::NOT_FOUND
            }
            WorldError::Exists { .. }
            | WorldError::TooMany
            | WorldError::Default
            | WorldError::Snapshot(SnapshotError::TooMany) => StatusCode::CONFLICT,
            WorldError::Name { .. }
            | WorldError::Furniture(_)
            | WorldError::Import(_)
            | WorldError::NoFoundation => StatusCode::UNPROCESSABLE_ENTITY,
            WorldError::Ledger(_) | WorldError::Snapshot(SnapshotError::Ledger(_)) => {
                StatusCode::INTERNAL_SERVER_ERROR
            }
        };
        Self::Problem(Problem::new(status, error.to_string()))
    }

    fn of_creation(error: &CreationError) -> Self {
        match error {
            CreationError::World(error) => Self::of(error),
            CreationError::Issue(_) => {
                Self::Problem(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, error.to_string()))
            }
            CreationError::NotKept => Self::Problem(Problem::new(StatusCode::CONFLICT, error.to_string())),
            CreationError::NoRandomNumbers => {
                Self::Problem(Problem::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))
            }
        }
    }
}

/// Does something beside the workers, which go on answering.
async fn aside(work: impl FnOnce() -> Answer + Send + 'static) -> HttpResponse {
    match web::block(work).await {
        Ok(answer) => answer.into_response(),
        Err(error) => problem(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
    }
}

fn answered<T: Serialize>(result: Result<T, WorldError>) -> Answer {
    match result {
        Ok(value) => Answer::Json(StatusCode::OK, to_json(&value)),
        Err(error) => Answer::of(&error),
    }
}

fn to_json<T: Serialize>(value: &T) -> serde_json::Value {
    serde_json::to_value(value).unwrap_or_default()
}

/// By which name the admin port was called, with its port.
fn host(request: &HttpRequest) -> String {
    let host = request.headers().get(HOST).and_then(|value| value.to_str().ok());
    host.unwrap_or("127.0.0.1").to_owned()
}

fn shown(slot: &Slot, request: &HttpRequest) -> WorldShown {
    shown_at(slot, &host(request))
}

fn api_of(world: &str, host: &str) -> String {
    format!("http://{host}/api/v1/worlds/{world}")
}

fn shown_at(slot: &Slot, host: &str) -> WorldShown {
    let (world, institution) = (slot.world(), &slot.foundation().institution);
    WorldShown {
        name: world.name.clone(),
        api: api_of(&world.name, host),
        now: rfc3339(world.clock.now()),
        institution: InstitutionShown {
            code: institution.code.to_string(),
            name: institution.name.to_string(),
        },
        kept: world.is_kept(),
        exchanges: world.journal.written(),
    }
}

fn created_response(admin: &Admin, created: &Created, host: &str) -> Answer {
    let identity = &created.identity;
    let Ok(pkcs12) = identity.pkcs12(PKCS12_PASSWORD) else {
        let detail = "the certificate could not be written as PKCS#12";
        return Answer::Problem(Problem::new(StatusCode::INTERNAL_SERVER_ERROR, detail));
    };
    let (world, creator) = (shown_at(&created.slot, host), &admin.creator);
    let account = |account: &std::sync::Arc<crate::world::Account>| AccountShown {
        id: account.id.clone(),
        role: role_name(account.role).to_owned(),
        password: account.password.clone(),
    };
    let shown = CreatedShown {
        line: LineShown {
            customer_id: creator.line.to_string(),
            port: creator.port,
            service: format!("https://{}:{}", name_of(host), creator.port),
        },
        terminal: identity.facts().common_name.clone().unwrap_or_default(),
        certificate: CertificateShown {
            certificate_pem: identity.full_chain_pem(),
            key_pem: identity.key().pem().to_owned(),
            pkcs12: base64::encode_block(&pkcs12),
            password: PKCS12_PASSWORD,
            fingerprint: identity.facts().fingerprint.to_string(),
            not_after: rfc3339(identity.facts().not_after),
        },
        ca_pem: admin.root_pem.clone(),
        accounts: created.slot.world().accounts.all().iter().map(account).collect(),
        name: world.name,
        api: world.api,
        now: world.now,
        institution: world.institution,
    };
    Answer::Created(shown.api.clone(), to_json(&shown))
}

/// A host without its port.
fn name_of(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        Some(_) | None => host,
    }
}
