//! `/api/v1/worlds/{world}/exchanges`: the journal.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{self, Data, Path, Query, ServiceConfig};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Admin;
use super::api::{in_world, problem};
use super::problem::Problem;
use crate::journal::{Detail, Summary};

/// Exchanges that a list shows unless told otherwise.
const LISTED: usize = 100;
/// Most exchanges that a list shows.
const MOST_LISTED: usize = 1000;

/// What the OpenAPI says of this module.
#[derive(utoipa::OpenApi)]
#[openapi(paths(exchanges, exchange))]
pub(super) struct Api;

pub(super) fn routes(config: &mut ServiceConfig) {
    let at = |path: &str| web::resource(format!("/api/v1/worlds/{{world}}/exchanges{path}"));
    config
        .service(at("").route(web::get().to(exchanges)))
        .service(at("/{number}").route(web::get().to(exchange)));
}

/// Parameters of a list of exchanges.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Listing {
    /// Most exchanges that are listed, up to 1000.
    #[param(minimum = 0, default = 100)]
    limit: Option<usize>,
}

/// The latest exchanges.
#[derive(Serialize, ToSchema)]
struct Listed {
    /// How many exchanges were ever written.
    written: u64,
    /// Newest first.
    exchanges: Vec<Summary>,
}

/// The latest exchanges, newest first.
#[utoipa::path(
    get, path = "/api/v1/worlds/{world}/exchanges", tag = "journal",
    params(("world" = String, Path, description = "Name of the world"), Listing),
    responses((status = 200, description = "The exchanges.", body = Listed))
)]
async fn exchanges(admin: Data<Admin>, path: Path<String>, listing: Query<Listing>) -> HttpResponse {
    in_world(&admin, &path, |world| {
        let most = listing.limit.unwrap_or(LISTED).min(MOST_LISTED);
        let latest = world.journal.latest(most);
        let exchanges = latest.iter().map(|(number, exchange)| Summary::of(*number, exchange)).collect();
        HttpResponse::Ok().json(Listed { written: world.journal.written(), exchanges })
    })
}

/// One exchange with request and answer, as text and decoded.
#[utoipa::path(
    get, path = "/api/v1/worlds/{world}/exchanges/{number}", tag = "journal",
    params(
        ("world" = String, Path, description = "Name of the world"),
        ("number" = u64, Path, description = "Its number, from 1"),
    ),
    responses(
        (status = 200, description = "The exchange.", body = Detail),
        (status = 410, description = "It has fallen out of the bounded journal.", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn exchange(admin: Data<Admin>, path: Path<(String, u64)>) -> HttpResponse {
    let (name, number) = path.into_inner();
    in_world(&admin, &name, |world| match world.journal.numbered(number) {
        Some(exchange) => HttpResponse::Ok().json(Detail::of(number, &exchange)),
        None if number == 0 || number > world.journal.written() => {
            problem(StatusCode::NOT_FOUND, "no exchange has this number yet")
        }
        None => problem(StatusCode::GONE, "the journal is bounded, and this exchange has fallen out of it"),
    })
}
