//! `/api`: the OpenAPI document as a page, from the binary and without the network.

use actix_web::HttpResponse;
use actix_web::http::header::{CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
use actix_web::web::{self, ServiceConfig};

/// Where the page and its parts are.
const PATHS: [&str; 3] = ["/api", "/api/viewer.js", "/api/viewer.css"];

const PAGE: &str = include_str!("viewer.html");
const SCRIPT: &str = include_str!("viewer.js");
const STYLE: &str = include_str!("viewer.css");

/// Only what this port serves itself, and nothing inline.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// What the OpenAPI says of this module.
#[derive(utoipa::OpenApi)]
#[openapi(paths(page))]
pub(super) struct Api;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource(PATHS[0]).route(web::get().to(page)))
        .service(web::resource(PATHS[1]).route(web::get().to(script)))
        .service(web::resource(PATHS[2]).route(web::get().to(style)));
}

/// Whether a path is part of the page. A browser asks for it without a token; it says nothing of any world.
pub(super) fn is_page(path: &str) -> bool {
    PATHS.contains(&path)
}

/// This document as a page, with every call to be tried.
#[utoipa::path(
    get, path = "/api", tag = "api",
    responses((status = 200, description = "The page.", body = String, content_type = "text/html"))
)]
async fn page() -> HttpResponse {
    served("text/html; charset=utf-8", PAGE)
}

async fn script() -> HttpResponse {
    served("text/javascript; charset=utf-8", SCRIPT)
}

async fn style() -> HttpResponse {
    served("text/css; charset=utf-8", STYLE)
}

fn served(content_type: &str, body: &'static str) -> HttpResponse {
    HttpResponse::Ok()
        .content_type(content_type)
        .insert_header((CONTENT_SECURITY_POLICY, POLICY))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((REFERRER_POLICY, "no-referrer"))
        .body(body)
}
