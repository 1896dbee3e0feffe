//! `/api/v1/worlds/{world}/cards`: the test cards.

use actix_web::HttpResponse;
use actix_web::web::{self, Data, Path, ServiceConfig};
use serde::Serialize;
use utoipa::ToSchema;

use super::Admin;
use super::api::in_world;
use crate::catalogue::Entry;
use crate::clock::in_japan;

/// What the OpenAPI says of this module.
#[derive(utoipa::OpenApi)]
#[openapi(paths(cards))]
pub(super) struct Api;

pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(web::resource("/api/v1/worlds/{world}/cards").route(web::get().to(cards)));
}

/// The test cards.
#[derive(Serialize, ToSchema)]
struct Cards {
    cards: Vec<Entry>,
}

/// The test cards as they are today, by the world's clock: what to ask for each, and what the answer shows.
#[utoipa::path(
    get, path = "/api/v1/worlds/{world}/cards", tag = "cards",
    params(("world" = String, Path, description = "Name of the world")),
    responses((status = 200, description = "The cards.", body = Cards))
)]
async fn cards(admin: Data<Admin>, path: Path<String>) -> HttpResponse {
    in_world(&admin, &path, |world| {
        let today = in_japan(world.clock.now()).date();
        let people = world.people();
        let cards = people.cards().map(|card| Entry::of(card, &world.home, today)).collect();
        HttpResponse::Ok().json(Cards { cards })
    })
}
