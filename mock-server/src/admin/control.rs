//! What a world can be told: its clock, its modes; and what the staff may look up.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Json, Path, Query};
use jiff::SignedDuration;
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::json;

use super::Admin;
use super::api::{in_world, problem};
use crate::clock::{in_japan, rfc3339};
use crate::world::Event;
use crate::world::{Mode, World};

/// Farthest that a clock may be shifted against the real time.
const FARTHEST: SignedDuration = SignedDuration::from_hours(24 * 366 * 60);

pub(super) async fn clock(admin: Data<Admin>, path: Path<String>) -> HttpResponse {
    in_world(&admin, &path, show_clock)
}

fn show_clock(world: &World) -> HttpResponse {
    HttpResponse::Ok()
        .json(json!({ "now": rfc3339(world.clock.now()), "shifted_seconds": world.clock.shifted() }))
}

/// A change of the clock: `{"advance": "25h"}`, or `{"reset": true}`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum ClockChange {
    Advance(SignedDuration),
    Reset(bool),
}

pub(super) async fn change_clock(
    admin: Data<Admin>,
    path: Path<String>,
    change: Json<ClockChange>,
) -> HttpResponse {
    in_world(&admin, &path, |world| {
        let shifted = match &*change {
            ClockChange::Advance(by) => SignedDuration::from_secs(world.clock.shifted()).checked_add(*by),
            ClockChange::Reset(true) => Some(SignedDuration::ZERO),
            ClockChange::Reset(false) => {
                return problem(StatusCode::BAD_REQUEST, "`reset` takes only `true`");
            }
        };
        match shifted.filter(|shifted| shifted.abs() <= FARTHEST) {
            Some(shifted) => record(world, Event::ClockShifted(shifted.as_secs()), show_clock),
            None => problem(StatusCode::BAD_REQUEST, "the clock cannot be moved farther than 60 years"),
        }
    })
}

pub(super) async fn modes(admin: Data<Admin>, path: Path<String>) -> HttpResponse {
    in_world(&admin, &path, show_modes)
}

fn show_modes(world: &World) -> HttpResponse {
    let on = |mode| world.is_on(mode);
    HttpResponse::Ok()
        .json(json!({ "disaster": on(Mode::Disaster), "system-failure": on(Mode::SystemFailure) }))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Switch {
    on: bool,
}

pub(super) async fn switch(
    admin: Data<Admin>,
    path: Path<(String, Mode)>,
    switch: Json<Switch>,
) -> HttpResponse {
    let (name, mode) = path.into_inner();
    in_world(&admin, &name, |world| record(world, Event::ModeSet(mode, switch.on), show_modes))
}

fn record(world: &World, event: Event, show: impl FnOnce(&World) -> HttpResponse) -> HttpResponse {
    match world.record(event) {
        Ok(()) => show(world),
        Err(error) => problem(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
    }
}

pub(super) async fn accounts(admin: Data<Admin>, path: Path<String>) -> HttpResponse {
    in_world(&admin, &path, |world| HttpResponse::Ok().json(json!({ "accounts": world.accounts.all() })))
}

/// Whom the staff look for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    name: String,
    born: Date,
}

/// The staff's search by name and birth date: open in system-failure mode only (terminal.md 8).
pub(super) async fn search(admin: Data<Admin>, path: Path<String>, wanted: Query<Wanted>) -> HttpResponse {
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
        let found: Vec<_> = people
            .cards()
            .filter(|card| is_meant(card))
            .map(|card| crate::catalogue::Entry::of(card, &world.home, today))
            .collect();
        HttpResponse::Ok().json(json!({ "people": found }))
    })
}
