//! The admin port: health, the authority's root, and the API over the worlds. Never reachable over a line.

mod api;
mod control;
mod guard;
mod reader;
mod scenarios;

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

/// Routes of the admin port. Health answers whoever asks; everything else is guarded.
pub fn routes(config: &mut web::ServiceConfig) {
    let health = |path| web::resource(path);
    config
        .service(health("/livez").route(web::get().to(livez)).route(web::head().to(livez)))
        .service(health("/readyz").route(web::get().to(readyz)).route(web::head().to(readyz)))
        .service(
            web::scope("")
                .wrap(from_fn(guard::check))
                .service(web::resource("/ca.pem").route(web::get().to(ca)))
                .configure(scenarios::routes)
                .service(web::scope("/api/v1/worlds/{world}").configure(world))
                .default_service(web::to(api::nothing_here)),
        );
}

/// What stands under `/api/v1/worlds/{world}`.
fn world(config: &mut web::ServiceConfig) {
    let at = |path: &str, route| web::resource(path.to_owned()).route(route);
    config
        .app_data(web::JsonConfig::default().error_handler(|error, _| api::unreadable(error)))
        .app_data(web::QueryConfig::default().error_handler(|error, _| api::unreadable(error)))
        .app_data(web::PathConfig::default().error_handler(|error, _| api::unreadable(error)))
        .service(at("/cards", web::get().to(api::cards)))
        .service(at("/exchanges", web::get().to(api::exchanges)))
        .service(at("/exchanges/{number}", web::get().to(api::exchange)))
        .service(at("/readers/{terminal}/visits", web::post().to(reader::visits)))
        .service(at("/clock", web::get().to(control::clock)).route(web::post().to(control::change_clock)))
        .service(at("/modes", web::get().to(control::modes)))
        .service(at("/modes/{mode}", web::put().to(control::switch)))
        .service(at("/accounts", web::get().to(control::accounts)))
        .service(at("/people", web::get().to(control::search)))
        .default_service(web::to(api::nothing_here));
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
