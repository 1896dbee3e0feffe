//! The admin port: health, the authority's root, and the API over the worlds. Never reachable over a line.
//!
//! One module per resource. Each has `routes` with whole paths, and `Api`, the OpenAPI of the same paths; `MODULES`
//! lists them. What every call has in common (who may call, unreadable calls, paths and methods that are not there)
//! is done here once, and declared once in [`openapi`].

#![allow(unused_qualifications, reason = "what utoipa makes of a query's parameters is qualified too much")]

mod api;
mod cards;
mod certificates;
mod clock;
mod control;
mod crl;
mod guard;
mod handed;
mod health;
mod issuances;
mod journal;
mod lines;
mod metrics;
mod nearest;
mod network;
mod openapi;
pub(crate) mod pack;
mod portal;
mod problem;
mod reader;
mod report;
mod scenarios;
mod viewer;
mod worlds;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use actix_web::middleware::from_fn;
use actix_web::web::{self, ServiceConfig};
use utoipa::OpenApi;

pub use guard::{Guard, GuardError};
pub use openapi::document as openapi;

use crate::founding::Creator;
use crate::metrics::Metrics;
use crate::ports::Ports;
use crate::world::Worlds;

/// Most bytes of a JSON body; a resource that takes more says so itself.
const MOST_JSON: usize = 1024 * 1024;

/// Everything that the admin port needs.
#[derive(Debug)]
pub struct Admin {
    /// The worlds.
    pub worlds: Arc<Worlds>,
    /// Who makes further worlds.
    pub creator: Creator,
    /// The network, and the ports that worlds have opened.
    pub ports: Arc<Ports>,
    /// Root certificate of the test authority.
    pub root_pem: String,
    /// Whether every listener accepts.
    pub ready: AtomicBool,
    /// What is counted of the process.
    pub metrics: Arc<Metrics>,
    /// Who may call.
    pub guard: Guard,
}

/// A module of the admin port: its routes, and what its OpenAPI says of them.
type Module = (fn(&mut ServiceConfig), fn() -> utoipa::openapi::OpenApi);

/// The modules, one line each. Within a module, literal paths stand before those with parameters.
const MODULES: &[Module] = &[
    (health::routes, health::Api::openapi),
    (openapi::routes, openapi::Api::openapi),
    // Before `/worlds/{world}`, for those of all worlds.
    (worlds::snapshots::routes, worlds::snapshots::Api::openapi),
    (worlds::routes, worlds::Api::openapi),
    (clock::routes, clock::Api::openapi),
    (viewer::routes, viewer::Api::openapi),
    (cards::routes, cards::Api::openapi),
    (journal::routes, journal::Api::openapi),
    (report::routes, report::Api::openapi),
    (scenarios::routes, scenarios::Api::openapi),
    (metrics::routes, metrics::Api::openapi),
    (reader::routes, reader::Api::openapi),
    (control::routes, control::Api::openapi),
    (pack::routes, pack::Api::openapi),
    (certificates::routes, certificates::Api::openapi),
    (crl::routes, crl::Api::openapi),
    (issuances::routes, issuances::Api::openapi),
    (portal::routes, portal::Api::openapi),
    (lines::routes, lines::Api::openapi),
    (network::routes, network::Api::openapi),
];

/// Routes of the admin port. Health answers whoever asks; everything else is guarded.
pub fn routes(config: &mut ServiceConfig) {
    health::open(config);
    let mut guarded = web::scope("")
        .wrap(from_fn(guard::check))
        .wrap(from_fn(problem::explain))
        .app_data(web::JsonConfig::default().limit(MOST_JSON).error_handler(problem::json))
        .app_data(web::QueryConfig::default().error_handler(problem::query))
        .app_data(web::PathConfig::default().error_handler(problem::path))
        .app_data(web::PayloadConfig::new(MOST_JSON))
        .default_service(web::to(nearest::not_found));
    for (routes, _) in MODULES {
        guarded = guarded.configure(routes);
    }
    config.service(guarded);
}
