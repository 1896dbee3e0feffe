//! Registrations of a world: which line is registered for which institution, for what, and in which state; and the
//! state of its revocation list.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{self, Data, Json, Path, ServiceConfig};
use jiff::Timestamp;
use messages::value::InstitutionCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Admin;
use super::api::{in_world, world};
use super::problem::{Problem, problem};
use crate::clock::rfc3339;
use crate::gate::RevocationList;
use crate::line::{Line, LineError, LineKind, region};
use crate::registered::{LineState, Purposes, Registration};
use crate::world::{Event, World};

/// Most states that a registration keeps.
const MOST_STANDINGS: usize = 100;

/// What the OpenAPI says of this module.
#[derive(utoipa::OpenApi)]
#[openapi(paths(lines, line, put_line, delete_line, list, put_list))]
pub(super) struct Api;

pub(super) fn routes(config: &mut ServiceConfig) {
    let at = |path: &str| web::resource(format!("/api/v1/worlds/{{world}}{path}"));
    config
        .service(at("/lines").route(web::get().to(lines)))
        .service(
            at("/lines/{line}")
                .route(web::get().to(line))
                .route(web::put().to(put_line))
                .route(web::delete().to(delete_line)),
        )
        .service(at("/revocation-list").route(web::get().to(list)).route(web::put().to(put_list)));
}

/// A registration.
#[derive(Debug, Serialize, ToSchema)]
struct Shown {
    /// A customer ID, `ipv4:CARRIER:LINE` or `ipsec:PROVIDER:CONNECTION`.
    line: String,
    kind: LineKind,
    /// Code of the institution.
    institution: String,
    purposes: Purposes,
    /// The state by the world's clock; null before the first one.
    state: Option<LineState>,
    /// All states, the earliest first; none means active whatever the time.
    standings: Vec<ShownStanding>,
    /// The address prefix at which it last passed line authentication.
    authenticated: Option<String>,
}

/// A state and since when it holds.
#[derive(Debug, Serialize, ToSchema)]
struct ShownStanding {
    state: LineState,
    /// RFC 3339; null for ever.
    #[schema(format = DateTime)]
    from: Option<String>,
}

impl Shown {
    fn of(registration: &Registration, world: &World) -> Self {
        let standing = |standing: &crate::registered::Standing| ShownStanding {
            state: standing.state,
            from: (standing.from != Timestamp::MIN).then(|| rfc3339(standing.from)),
        };
        Self {
            line: registration.line.to_string(),
            kind: registration.line.kind(),
            institution: registration.institution.to_string(),
            purposes: registration.purposes,
            state: registration.state_at(world.clock.now()),
            standings: registration.standings.iter().map(standing).collect(),
            authenticated: world.registry.authenticated(&registration.line).map(|prefix| prefix.to_string()),
        }
    }
}

/// The registrations of a world.
#[derive(Debug, Serialize, ToSchema)]
struct Lines {
    lines: Vec<Shown>,
}

/// A registration, or a change of one.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = WantedRegistration)]
struct Wanted {
    /// Code of the institution; what it was, or the world's first one, if absent.
    #[schema(value_type = Option<String>)]
    institution: Option<InstitutionCode>,
    /// What it is registered for; what it was, or qualification, if absent.
    purposes: Option<Purposes>,
    /// The state from then on; what it was, or active, if absent.
    state: Option<LineState>,
    /// Since when the state holds, RFC 3339; the world's now if absent. The start date, for a line that becomes active.
    #[schema(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
}

/// Every line that is registered in a world.
#[utoipa::path(
    get, path = "/api/v1/worlds/{world}/lines", tag = "lines",
    params(("world" = String, Path, description = "Name of the world")),
    responses((status = 200, description = "The registrations.", body = Lines))
)]
async fn lines(admin: Data<Admin>, path: Path<String>) -> HttpResponse {
    in_world(&admin, &path, |world| {
        let lines = world.registry.lines().iter().map(|one| Shown::of(one, world)).collect();
        HttpResponse::Ok().json(Lines { lines })
    })
}

/// One registration.
#[utoipa::path(
    get, path = "/api/v1/worlds/{world}/lines/{line}", tag = "lines",
    params(
        ("world" = String, Path, description = "Name of the world"),
        ("line" = String, Path, description = "Customer ID, ipv4:CARRIER:LINE or ipsec:PROVIDER:CONNECTION")
    ),
    responses(
        (status = 200, description = "The registration.", body = Shown),
        (status = 422, description = "The path names no line.", body = Problem),
    )
)]
async fn line(admin: Data<Admin>, path: Path<(String, String)>) -> Result<HttpResponse, Problem> {
    let line = named(&path.1)?;
    Ok(in_world(&admin, &path.0, |world| match world.registry.line(&line) {
        Some(registration) => HttpResponse::Ok().json(Shown::of(&registration, world)),
        None => not_registered(),
    }))
}

/// Registers a line, or changes its registration.
#[utoipa::path(
    put, path = "/api/v1/worlds/{world}/lines/{line}", tag = "lines", request_body = Wanted,
    params(
        ("world" = String, Path, description = "Name of the world"),
        ("line" = String, Path, description = "Customer ID, ipv4:CARRIER:LINE or ipsec:PROVIDER:CONNECTION")
    ),
    responses(
        (status = 200, description = "Changed.", body = Shown),
        (status = 201, description = "Registered.", body = Shown),
        (status = 422, description = "No line, or one that the institution cannot have.", body = Problem),
    )
)]
async fn put_line(
    admin: Data<Admin>,
    path: Path<(String, String)>,
    wanted: Json<Wanted>,
) -> Result<HttpResponse, Problem> {
    let line = named(&path.1)?;
    let world = world(&admin, &path.0)?;
    let known = world.registry.line(&line);
    let registration = registered(&world, line, known.as_deref(), &wanted)
        .map_err(|detail| Problem::new(StatusCode::UNPROCESSABLE_ENTITY, detail))?;
    world
        .record(Event::LineRegistered(registration.clone()))
        .map_err(|error| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))?;
    let status = if known.is_some() { StatusCode::OK } else { StatusCode::CREATED };
    Ok(HttpResponse::build(status).json(Shown::of(&registration, &world)))
}

/// The registration that is wanted.
fn registered(
    world: &World,
    line: Line,
    known: Option<&Registration>,
    wanted: &Wanted,
) -> Result<Registration, String> {
    let institution = wanted.institution.clone();
    let institution = institution
        .or_else(|| known.map(|known| known.institution.clone()))
        .unwrap_or_else(|| world.home.clone());
    if world.registry.institution(&institution).is_none() {
        return Err(format!("institution {institution} does not take part in this world"));
    }
    region::check(&line, &institution).map_err(|error| error.to_string())?;
    let standings = known.map(|known| known.standings.clone()).unwrap_or_default();
    let purposes = wanted.purposes.or(known.map(|known| known.purposes)).unwrap_or_default();
    let mut registration = Registration { line, institution, purposes, standings };
    match (wanted.state, wanted.from) {
        (None, None) => {}
        (None, Some(_)) => return Err("`from` says since when a state holds: name the `state`".to_owned()),
        (Some(state), from) => {
            let from = from.unwrap_or_else(|| world.clock.now());
            if known.is_some() {
                registration.turn(state, from);
            } else {
                registration.standings.push(crate::registered::Standing { state, from });
            }
        }
    }
    if registration.standings.len() > MOST_STANDINGS {
        return Err(format!("the line has changed its state {MOST_STANDINGS} times; register it anew"));
    }
    Ok(registration)
}

/// Takes a registration away, as if it had never been.
#[utoipa::path(
    delete, path = "/api/v1/worlds/{world}/lines/{line}", tag = "lines",
    params(
        ("world" = String, Path, description = "Name of the world"),
        ("line" = String, Path, description = "Customer ID, ipv4:CARRIER:LINE or ipsec:PROVIDER:CONNECTION")
    ),
    responses(
        (status = 204, description = "Done."),
        (status = 422, description = "The path names no line.", body = Problem),
    )
)]
async fn delete_line(admin: Data<Admin>, path: Path<(String, String)>) -> Result<HttpResponse, Problem> {
    let line = named(&path.1)?;
    Ok(in_world(&admin, &path.0, |world| {
        if world.registry.line(&line).is_none() {
            return not_registered();
        }
        match world.record(Event::LineForgotten(line)) {
            Ok(()) => HttpResponse::NoContent().finish(),
            Err(error) => problem(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
        }
    }))
}

fn named(text: &str) -> Result<Line, Problem> {
    text.parse().map_err(|error: LineError| Problem::new(StatusCode::UNPROCESSABLE_ENTITY, error.to_string()))
}

fn not_registered() -> HttpResponse {
    problem(
        StatusCode::NOT_FOUND,
        "the line is not registered in this world; GET …/lines shows those that are",
    )
}

/// How the gate finds the revocation list.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ListState {
    state: RevocationList,
}

/// How the world's gate finds the revocation list.
#[utoipa::path(
    get, path = "/api/v1/worlds/{world}/revocation-list", tag = "certificates",
    params(("world" = String, Path, description = "Name of the world")),
    responses((status = 200, description = "The state.", body = ListState))
)]
async fn list(admin: Data<Admin>, path: Path<String>) -> HttpResponse {
    in_world(&admin, &path, show_list)
}

fn show_list(world: &World) -> HttpResponse {
    HttpResponse::Ok().json(ListState { state: world.registry.revocation_list() })
}

/// Lets the world's gate find the revocation list up to date, overdue or out of reach.
#[utoipa::path(
    put, path = "/api/v1/worlds/{world}/revocation-list", tag = "certificates", request_body = ListState,
    params(("world" = String, Path, description = "Name of the world")),
    responses((status = 200, description = "The state after it.", body = ListState))
)]
async fn put_list(admin: Data<Admin>, path: Path<String>, wanted: Json<ListState>) -> HttpResponse {
    in_world(&admin, &path, |world| match world.record(Event::RevocationListSet(wanted.state)) {
        Ok(()) => show_list(world),
        Err(error) => problem(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
    })
}
