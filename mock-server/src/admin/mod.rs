//! The admin port: health, the authority's root, and the API over the worlds. Never reachable over a line.

mod api;
mod control;
mod guard;
mod reader;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use actix_web::middleware::from_fn;
use actix_web::web::{self, Data};
use actix_web::{HttpResponse, Responder};

pub use guard::{Guard, GuardError};

use crate::world::Worlds;

/// Everything that the admin port needs.
#[derive(Debug)]
pub struct Admin {
    /// The worlds.
    pub worlds: Arc<Worlds>,
    /// Root certificate of the test authority.
    pub root_pem: String,
    /// Whether every listener accepts.
    pub ready: AtomicBool,
    /// Who may call.
    pub guard: Guard,
}

/// Routes of the admin port.
pub fn routes(config: &mut web::ServiceConfig) {
    config.route("/livez", web::get().to(livez)).route("/readyz", web::get().to(readyz)).service(
        web::scope("")
            .wrap(from_fn(guard::check))
            .route("/ca.pem", web::get().to(ca))
            .configure(worlds)
            .default_service(web::to(api::nothing_here)),
    );
}

/// What stands under `/api/v1/worlds/{world}`.
fn worlds(config: &mut web::ServiceConfig) {
    let at = |path: &str| format!("/api/v1/worlds/{{world}}{path}");
    config
        .app_data(web::JsonConfig::default().error_handler(|error, _| api::unreadable(error)))
        .app_data(web::QueryConfig::default().error_handler(|error, _| api::unreadable(error)))
        .app_data(web::PathConfig::default().error_handler(|error, _| api::unreadable(error)))
        .route(&at("/cards"), web::get().to(api::cards))
        .route(&at("/exchanges"), web::get().to(api::exchanges))
        .route(&at("/exchanges/{number}"), web::get().to(api::exchange))
        .route(&at("/readers/{terminal}/visits"), web::post().to(reader::visits))
        .route(&at("/clock"), web::get().to(control::clock))
        .route(&at("/clock"), web::post().to(control::change_clock))
        .route(&at("/modes"), web::get().to(control::modes))
        .route(&at("/modes/{mode}"), web::put().to(control::switch))
        .route(&at("/accounts"), web::get().to(control::accounts))
        .route(&at("/people"), web::get().to(control::search));
}

async fn livez() -> impl Responder {
    HttpResponse::Ok().content_type("text/plain").body("ok\n")
}

async fn readyz(admin: Data<Admin>) -> impl Responder {
    if admin.ready.load(Ordering::Acquire) {
        HttpResponse::Ok().content_type("text/plain").body("ready\n")
    } else {
        HttpResponse::ServiceUnavailable().content_type("text/plain").body("starting\n")
    }
}

async fn ca(admin: Data<Admin>) -> impl Responder {
    HttpResponse::Ok().content_type("application/x-pem-file").body(admin.root_pem.clone())
}
