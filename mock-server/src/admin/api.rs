//! What every module over the worlds uses.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, ResponseError};

use super::Admin;
use super::problem::Problem;
pub(super) use super::problem::problem;
use crate::world::World;

/// The world of a name.
pub(super) fn world(admin: &Admin, name: &str) -> Result<Arc<World>, Problem> {
    let missing = || Problem::new(StatusCode::NOT_FOUND, admin.worlds.unknown(name).to_string());
    admin.worlds.named(name).ok_or_else(missing)
}

/// Shows something of a world, or says that there is none of this name.
pub(super) fn in_world(admin: &Admin, name: &str, show: impl FnOnce(&World) -> HttpResponse) -> HttpResponse {
    match world(admin, name) {
        Ok(world) => show(&world),
        Err(problem) => problem.error_response(),
    }
}
