//! What a world can be told: its modes; and what the staff may look up.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{self, Data, Json, Path, Query, ServiceConfig};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Admin;
use super::api::{in_world, problem};
use super::problem::Problem;
use crate::catalogue::Entry;
use crate::clock::in_japan;
use crate::world::{Account, Event, Mode, World};

/// What the OpenAPI says of this module.
#[derive(utoipa::OpenApi)]
#[openapi(paths(modes, switch, accounts, search), components(schemas(Mode)))]
pub(super) struct Api;

pub(super) fn routes(config: &mut ServiceConfig) {
    let at = |path: &str| web::resource(format!("/api/v1/worlds/{{world}}{path}"));
    config
        .service(at("/modes").route(web::get().to(modes)))
        .service(at("/modes/{mode}").route(web::put().to(switch)))
        .service(at("/accounts").route(web::get().to(accounts)))
        .service(at("/people").route(web::get().to(search)));
}

/// Which modes are on.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
struct Modes {
    disaster: bool,
    system_failure: bool,
}

/// Which modes are on.
#[utoipa::path(
    get, path = "/api/v1/worlds/{world}/modes", tag = "modes",
    params(("world" = String, Path, description = "Name of the world")),
    responses((status = 200, description = "The modes.", body = Modes))
)]
async fn modes(admin: Data<Admin>, path: Path<String>) -> HttpResponse {
    in_world(&admin, &path, show_modes)
}

fn show_modes(world: &World) -> HttpResponse {
    let on = |mode| world.is_on(mode);
    HttpResponse::Ok().json(Modes { disaster: on(Mode::Disaster), system_failure: on(Mode::SystemFailure) })
}

/// Whether a mode is on.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Switch {
    on: bool,
}

/// Switches a mode.
#[utoipa::path(
    put, path = "/api/v1/worlds/{world}/modes/{mode}", tag = "modes", request_body = Switch,
    params(("world" = String, Path, description = "Name of the world"), ("mode" = Mode, Path, description = "The mode")),
    responses((status = 200, description = "The modes after it.", body = Modes))
)]
async fn switch(admin: Data<Admin>, path: Path<(String, Mode)>, switch: Json<Switch>) -> HttpResponse {
    let (name, mode) = path.into_inner();
    in_world(&admin, &name, |world| record(world, Event::ModeSet(mode, switch.on), show_modes))
}

fn record(world: &World, event: Event, show: impl FnOnce(&World) -> HttpResponse) -> HttpResponse {
    match world.record(event) {
        Ok(()) => show(world),
        Err(error) => problem(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
    }
}

/// The accounts of a world.
#[derive(Serialize, ToSchema)]
struct Accounts {
    #[schema(value_type = Vec<Account>)]
    accounts: Vec<Arc<Account>>,
}

/// The accounts with their passwords: test identities only.
#[utoipa::path(
    get, path = "/api/v1/worlds/{world}/accounts", tag = "accounts",
    params(("world" = String, Path, description = "Name of the world")),
    responses((status = 200, description = "The accounts.", body = Accounts))
)]
async fn accounts(admin: Data<Admin>, path: Path<String>) -> HttpResponse {
    in_world(&admin, &path, |world| HttpResponse::Ok().json(Accounts { accounts: world.accounts.all() }))
}

/// Whom the staff look for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Wanted {
    /// Name in kanji or kana, with or without spaces.
    name: String,
    /// Date of birth, `1980-01-01`.
    #[param(value_type = String, format = Date)]
    born: Date,
}

/// Who was found.
#[derive(Serialize, ToSchema)]
struct People {
    people: Vec<Entry>,
}

/// The staff's search by name and birth date: open in system-failure mode only.
///
/// Source: terminal.md 8.
#[utoipa::path(
    get, path = "/api/v1/worlds/{world}/people", tag = "people",
    params(("world" = String, Path, description = "Name of the world"), Wanted),
    responses(
        (status = 200, description = "Who was found.", body = People),
        (status = 403, description = "The mode is off.", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn search(admin: Data<Admin>, path: Path<String>, wanted: Query<Wanted>) -> HttpResponse {
    in_world(&admin, &path, |world| {
        if !world.is_on(Mode::SystemFailure) {
            let detail = "the search by name is open in system-failure mode only; PUT …/modes/system-failure {\"on\": true}";
            return problem(StatusCode::FORBIDDEN, detail);
        }
        let today = in_japan(world.clock.now()).date();
        let people = world.people();
        let squeezed = |text: &str| text.split_whitespace().collect::<String>();
        let name = squeezed(&wanted.name);
        let is_meant = |card: &scenarios::Card| {
            let person = &card.person;
            let names = [person.name.as_str(), person.kana.as_str()];
            !card.nobody
                && person.born.on(today) == wanted.born
                && names.iter().any(|own| squeezed(own) == name)
        };
        let found = people.cards().filter(|card| is_meant(card));
        let people = found.map(|card| Entry::of(card, &world.home, today)).collect();
        HttpResponse::Ok().json(People { people })
    })
}
