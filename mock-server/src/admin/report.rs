//! `/api/v1/worlds/{world}/report`: what came, as a page, as JSON, as JUnit.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::CONTENT_SECURITY_POLICY;
use actix_web::web::{self, Data, Path, Query, ServiceConfig};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::Admin;
use super::api::world;
use super::problem::Problem;
use crate::report::{FailOn, Report, html, junit};

/// The page brings its own style and nothing else.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";

/// What the OpenAPI says of this module.
#[derive(utoipa::OpenApi)]
#[openapi(paths(report), components(schemas(Form, FailOn)))]
pub(super) struct Api;

pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(web::resource("/api/v1/worlds/{world}/report").route(web::get().to(report)));
}

/// How a report is written.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = ReportForm)]
enum Form {
    /// One page in both languages.
    #[default]
    Html,
    /// Data.
    Json,
    /// JUnit XML.
    Junit,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Wanted {
    /// How it is written; a page if absent.
    #[serde(default)]
    #[param(inline)]
    format: Form,
    /// From which severity on a finding fails it; `error` if absent.
    #[serde(default)]
    #[param(inline)]
    fail_on: FailOn,
}

/// What came to a world since its journal was emptied: messages, findings, refusals, verifications, simulations.
#[utoipa::path(
    get, path = "/api/v1/worlds/{world}/report", tag = "journal",
    params(("world" = String, Path, description = "Name of the world"), Wanted),
    responses((
        status = 200, description = "The report.",
        content((String = "text/html"), (Report = "application/json"), (String = "application/xml"))
    ))
)]
async fn report(
    admin: Data<Admin>,
    path: Path<String>,
    wanted: Query<Wanted>,
) -> Result<HttpResponse, Problem> {
    let world = world(&admin, &path)?;
    let report = Report::of(&world.name, &world.journal, world.clock.now(), wanted.fail_on);
    let mut response = HttpResponse::Ok();
    Ok(match wanted.format {
        Form::Json => response.json(report),
        Form::Html => response
            .content_type("text/html; charset=utf-8")
            .insert_header((CONTENT_SECURITY_POLICY, POLICY))
            .body(html::write(&report)),
        Form::Junit => {
            let document = junit::write(&report)
                .map_err(|error| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))?;
            response.content_type("application/xml").body(document)
        }
    })
}
