//! The card reader, played over the API: `POST /api/v1/worlds/{world}/readers/{terminal}/visits`.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{self, Data, Json, Path, ServiceConfig};

use super::Admin;
use super::api::{in_world, problem};
use crate::reader::{self, Outcome, VisitError};
use crate::services::reader::Visit;

/// What the OpenAPI says of this module.
#[derive(utoipa::OpenApi)]
#[openapi(paths(visits))]
pub(super) struct Api;

pub(super) fn routes(config: &mut ServiceConfig) {
    let path = "/api/v1/worlds/{world}/readers/{terminal}/visits";
    config.service(web::resource(path).route(web::post().to(visits)));
}

/// Plays a visit of a card's holder at a terminal's card reader.
#[utoipa::path(
    post, path = "/api/v1/worlds/{world}/readers/{terminal}/visits", tag = "readers", request_body = Visit,
    params(
        ("world" = String, Path, description = "Name of the world"),
        ("terminal" = String, Path, description = "The terminal, as in its certificate: `1319999916-01`"),
    ),
    responses((status = 200, description = "What came of it.", body = Outcome))
)]
async fn visits(admin: Data<Admin>, path: Path<(String, String)>, visit: Json<Visit>) -> HttpResponse {
    let (name, terminal) = path.into_inner();
    in_world(&admin, &name, |world| match reader::play(world, &terminal, &visit) {
        Ok(outcome) => HttpResponse::Ok().json(outcome),
        Err(error @ (VisitError::NoTerminal { .. } | VisitError::NoCard(_))) => {
            problem(StatusCode::NOT_FOUND, &error.to_string())
        }
        Err(error @ (VisitError::NoRandomNumbers | VisitError::Ledger(_))) => {
            problem(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string())
        }
    })
}
