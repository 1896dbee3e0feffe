//! The clock of a world: read, moved, stopped, hurried.

mod change;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{self, Data, Json, Path, ServiceConfig};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use super::Admin;
use super::api::{in_world, problem};
use super::problem::Problem;
use crate::clock::{Course, rfc3339, system_now};
use crate::ledger::LedgerError;
use crate::moments::{self, Kind, Moment};
use crate::world::World;
use change::ClockChange;

/// What the OpenAPI says of this module.
#[derive(utoipa::OpenApi)]
#[openapi(paths(clock, turn), components(schemas(Kind, Moment)))]
pub(super) struct Api;

pub(super) fn routes(config: &mut ServiceConfig) {
    let resource = web::resource("/api/v1/worlds/{world}/clock");
    config.service(resource.route(web::get().to(clock)).route(web::post().to(turn)));
}

/// Farthest that a clock may be from the real time.
const FARTHEST: SignedDuration = SignedDuration::from_hours(24 * 366 * 60);
/// Fastest that it may run.
const FASTEST: f64 = 1_000_000.0;
/// Most other moments that a jump tells of.
const MOST_TOLD: usize = 50;

/// A world's time.
#[derive(Serialize, ToSchema)]
struct ClockShown {
    /// RFC 3339, with Japan's offset.
    #[schema(format = DateTime)]
    now: String,
    /// `running`, `frozen` or `scaled`.
    mode: &'static str,
    /// Seconds of the world per real second.
    scale: f64,
    /// Seconds by which it differs from the system's.
    shifted_seconds: i64,
    /// What a jump has reached.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    jumped_to: Option<Jumped>,
}

/// What a jump has reached.
#[derive(Serialize, ToSchema)]
struct Jumped {
    /// When it is.
    #[schema(format = DateTime)]
    at: String,
    /// What has changed.
    what: String,
    /// What has changed at the same instant, at most 50.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    also: Vec<Moment>,
}

/// Why a clock isn't set.
#[derive(Debug, thiserror::Error)]
enum Refused {
    #[error("the clock cannot be moved farther than 60 years")]
    TooFar,
    #[error("this takes only `true`")]
    OnlyTrue,
    #[error("the scale must be more than 0 and at most 1000000")]
    Scale,
    #[error("nothing of this kind is going to change")]
    NothingNext,
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

/// The world's time.
#[utoipa::path(
    get, path = "/api/v1/worlds/{world}/clock", tag = "clock",
    params(("world" = String, Path, description = "Name of the world")),
    responses((status = 200, description = "The time.", body = ClockShown))
)]
async fn clock(admin: Data<Admin>, path: Path<String>) -> HttpResponse {
    in_world(&admin, &path, |world| HttpResponse::Ok().json(shown(world, None)))
}

/// Moves, stops or hurries the world's clock. It reaches everything: qualifications, certificates, consents, tokens, jobs.
#[utoipa::path(
    post, path = "/api/v1/worlds/{world}/clock", tag = "clock", request_body = ClockChange,
    params(("world" = String, Path, description = "Name of the world")),
    responses(
        (status = 200, description = "The time after it.", body = ClockShown),
        (status = 409, description = "Nothing is going to change, so there is nowhere to jump.", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn turn(admin: Data<Admin>, path: Path<String>, change: Json<ClockChange>) -> HttpResponse {
    in_world(&admin, &path, |world| match turned(world, &change) {
        Ok(jumped) => HttpResponse::Ok().json(shown(world, jumped)),
        Err(refused) => {
            let status = match refused {
                Refused::TooFar | Refused::OnlyTrue | Refused::Scale => StatusCode::BAD_REQUEST,
                Refused::NothingNext => StatusCode::CONFLICT,
                Refused::Ledger(_) => StatusCode::INTERNAL_SERVER_ERROR,
            };
            problem(status, &refused.to_string())
        }
    })
}

fn turned(world: &World, change: &ClockChange) -> Result<Option<Jumped>, Refused> {
    let mut jumped = None;
    let follow = matches!(change, ClockChange::Reset(true));
    world.turn_clock(follow, |course, real| {
        let now = course.at(real);
        match *change {
            ClockChange::Advance(by) => moved(course, now.checked_add(by).ok(), real),
            ClockChange::Set(at) => moved(course, Some(at), real),
            ClockChange::Freeze(true) => Ok(Course::Frozen { at: now }),
            ClockChange::Run(true) => Ok(Course::running(now, real)),
            ClockChange::Scale(1.0) => Ok(Course::running(now, real)),
            ClockChange::Scale(scale) if scale > 0.0 && scale <= FASTEST => {
                Ok(Course::Scaled { real, world: now, scale })
            }
            ClockChange::Scale(_) => Err(Refused::Scale),
            ClockChange::Jump(jump) => {
                let mut moments = moments::next(world, now, jump.kind()).into_iter();
                let first = moments.next().ok_or(Refused::NothingNext)?;
                let at = first.at;
                let also = moments.take(MOST_TOLD).collect();
                jumped = Some(Jumped { at: rfc3339(at), what: first.what, also });
                moved(course, Some(at), real)
            }
            ClockChange::Reset(true) => Ok(Course::default()),
            ClockChange::Freeze(false) | ClockChange::Run(false) | ClockChange::Reset(false) => {
                Err(Refused::OnlyTrue)
            }
        }
    })?;
    Ok(jumped)
}

fn moved(course: Course, at: Option<Timestamp>, real: Timestamp) -> Result<Course, Refused> {
    let near = at.filter(|at| at.duration_since(real).abs() <= FARTHEST);
    near.map(|at| course.moved_to(at, real)).ok_or(Refused::TooFar)
}

fn shown(world: &World, jumped_to: Option<Jumped>) -> ClockShown {
    let (course, real) = (world.clock.course(), system_now());
    let now = course.at(real);
    let shifted_seconds = world.clock.shifted();
    ClockShown { now: rfc3339(now), mode: course.name(), scale: course.scale(), shifted_seconds, jumped_to }
}
