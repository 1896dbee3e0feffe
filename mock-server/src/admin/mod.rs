//! The admin port: health, the authority's root, and the API over the worlds. Never reachable over a line.

mod api;
mod guard;

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
            .route("/api/v1/worlds/{world}/cards", web::get().to(api::cards))
            .route("/api/v1/worlds/{world}/exchanges", web::get().to(api::exchanges))
            .route("/api/v1/worlds/{world}/exchanges/{number}", web::get().to(api::exchange))
            .default_service(web::to(api::nothing_here)),
    );
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
