//! `/api/v1`: worlds as JSON.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path, Query};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};

use super::Admin;
use crate::catalogue::Entry;
use crate::clock::in_japan;
use crate::journal::{Detail, Summary};
use crate::world::World;

/// Exchanges that a list shows unless told otherwise.
const LISTED: usize = 100;
/// Most exchanges that a list shows.
const MOST_LISTED: usize = 1000;

/// What is wrong, as `application/problem+json`.
#[derive(Debug, Serialize)]
struct Problem<'a> {
    status: u16,
    title: &'a str,
    detail: &'a str,
}

/// An answer that says what is wrong.
pub(super) fn problem(status: StatusCode, detail: &str) -> HttpResponse {
    let title = status.canonical_reason().unwrap_or_default();
    HttpResponse::build(status).content_type("application/problem+json").json(Problem {
        status: status.as_u16(),
        title,
        detail,
    })
}

/// Parameters of a list of exchanges.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Listing {
    limit: Option<usize>,
}

pub(super) async fn cards(admin: Data<Admin>, path: Path<String>) -> HttpResponse {
    in_world(&admin, &path, |world| {
        let today = in_japan(world.clock.now()).date();
        let people = world.people();
        let institution = &world.home;
        let entries: Vec<_> = people.cards().map(|card| Entry::of(card, institution, today)).collect();
        HttpResponse::Ok().json(serde_json::json!({ "cards": entries }))
    })
}

pub(super) async fn exchanges(
    admin: Data<Admin>,
    path: Path<String>,
    listing: Query<Listing>,
) -> HttpResponse {
    in_world(&admin, &path, |world| {
        let most = listing.limit.unwrap_or(LISTED).min(MOST_LISTED);
        let latest = world.journal.latest(most);
        let exchanges: Vec<_> =
            latest.iter().map(|(number, exchange)| Summary::of(*number, exchange)).collect();
        HttpResponse::Ok()
            .json(serde_json::json!({ "written": world.journal.written(), "exchanges": exchanges }))
    })
}

pub(super) async fn exchange(admin: Data<Admin>, path: Path<(String, u64)>) -> HttpResponse {
    let (name, number) = path.into_inner();
    in_world(&admin, &name, |world| match world.journal.numbered(number) {
        Some(exchange) => HttpResponse::Ok().json(Detail::of(number, &exchange)),
        None if number == 0 || number > world.journal.written() => {
            problem(StatusCode::NOT_FOUND, "no exchange has this number yet")
        }
        None => problem(StatusCode::GONE, "the journal is bounded, and this exchange has fallen out of it"),
    })
}

/// What cannot be read of a call, as a problem.
pub(super) fn unreadable(error: impl std::fmt::Display) -> actix_web::Error {
    let response = problem(StatusCode::BAD_REQUEST, &error.to_string());
    actix_web::error::InternalError::from_response(error.to_string(), response).into()
}

pub(super) async fn nothing_here(request: HttpRequest) -> HttpResponse {
    let detail = format!(
        "nothing at {}; there is /livez, /readyz, /ca.pem, and /api/v1/worlds/default/ with cards, exchanges, readers/{{terminal}}/visits, clock, modes, accounts, people",
        request.path()
    );
    problem(StatusCode::NOT_FOUND, &detail)
}

pub(super) fn in_world(admin: &Admin, name: &str, show: impl FnOnce(&World) -> HttpResponse) -> HttpResponse {
    match admin.worlds.named(name) {
        Some(world) => show(&world),
        None => problem(StatusCode::NOT_FOUND, &format!("there is no world {name:?}")),
    }
}
