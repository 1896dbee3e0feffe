//! `/metrics`: for Prometheus.

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};

use super::Admin;

/// Media type of the text format.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// What the OpenAPI says of this module.
#[derive(utoipa::OpenApi)]
#[openapi(paths(metrics))]
pub(super) struct Api;

pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(web::resource("/metrics").route(web::get().to(metrics)));
}

/// What is counted of the process, in the text format of OpenMetrics.
#[utoipa::path(
    get, path = "/metrics", tag = "metrics",
    responses((status = 200, description = "The metrics.", body = String, content_type = "application/openmetrics-text"))
)]
async fn metrics(admin: Data<Admin>) -> HttpResponse {
    HttpResponse::Ok().content_type(OPEN_METRICS).body(admin.metrics.text(admin.worlds.count()))
}
