//! `/livez`, `/readyz`: health, open to whoever asks; `/ca.pem`: the authority's root.

use std::sync::atomic::Ordering;

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};

use super::Admin;

/// What the OpenAPI says of this module.
#[derive(utoipa::OpenApi)]
#[openapi(paths(livez, readyz, ca))]
pub(super) struct Api;

/// Routes that need neither token nor known host name.
pub(super) fn open(config: &mut ServiceConfig) {
    config
        .service(web::resource("/livez").route(web::get().to(livez)).route(web::head().to(livez)))
        .service(web::resource("/readyz").route(web::get().to(readyz)).route(web::head().to(readyz)));
}

pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(web::resource("/ca.pem").route(web::get().to(ca)));
}

/// Whether the process lives.
#[utoipa::path(
    get, path = "/livez", tag = "health",
    responses((status = 200, description = "It lives.", body = String, content_type = "text/plain"))
)]
async fn livez() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain").body("ok\n")
}

/// Whether every listener accepts.
#[utoipa::path(
    get, path = "/readyz", tag = "health",
    responses(
        (status = 200, description = "Every listener accepts.", body = String, content_type = "text/plain"),
        (status = 503, description = "It is still starting.", body = String, content_type = "text/plain"),
    )
)]
async fn readyz(admin: Data<Admin>) -> HttpResponse {
    if admin.ready.load(Ordering::Acquire) {
        HttpResponse::Ok().content_type("text/plain").body("ready\n")
    } else {
        HttpResponse::ServiceUnavailable().content_type("text/plain").body("starting\n")
    }
}

/// The root certificate of the test authority, as PEM.
#[utoipa::path(
    get, path = "/ca.pem", tag = "certificates",
    responses((status = 200, description = "The certificate.", body = String, content_type = "application/x-pem-file"))
)]
async fn ca(admin: Data<Admin>) -> HttpResponse {
    HttpResponse::Ok().content_type("application/x-pem-file").body(admin.root_pem.clone())
}
