//! What every module over the worlds uses.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::Admin;
pub(super) use super::problem::problem;
use crate::world::World;

/// Shows something of a world, or says that there is none of this name.
pub(super) fn in_world(admin: &Admin, name: &str, show: impl FnOnce(&World) -> HttpResponse) -> HttpResponse {
    match admin.worlds.named(name) {
        Some(world) => show(&world),
        None => problem(StatusCode::NOT_FOUND, &no_world(name)),
    }
}

/// What is said when there is no world of a name.
pub(super) fn no_world(name: &str) -> String {
    format!("there is no world {name:?}")
}
