//! `/api/v1/worlds/{world}/scenarios`: the scenarios of a world, and what their scripts remember.

use std::fmt::Display;
use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{self, Bytes, Data, Path, ServiceConfig};
use scenarios::PackError;
use scenarios::script::RuleKind;
use serde::Serialize;
use utoipa::ToSchema;

use super::Admin;
use super::api::{self, in_world};
use super::problem::{Problem, problem};
use crate::clock::rfc3339;
use crate::script::{Scenario, ScenarioError, Source};
use crate::world::{PutError, World};

/// Most bytes of a scenario; the same bound as that of a file.
const MOST_BYTES: usize = 4 * 1024 * 1024;

/// What the OpenAPI says of this module.
#[derive(utoipa::OpenApi)]
#[openapi(paths(list, states, show, put, delete))]
pub(super) struct Api;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/api/v1/worlds/{world}/scenarios").route(web::get().to(list)))
        .service(web::resource("/api/v1/worlds/{world}/scenarios/states").route(web::get().to(states)))
        .service(
            web::resource("/api/v1/worlds/{world}/scenarios/{name}")
                .app_data(web::PayloadConfig::new(MOST_BYTES))
                .route(web::get().to(show))
                .route(web::put().to(put))
                .route(web::delete().to(delete)),
        );
}

/// The scenarios of a world.
#[derive(Serialize, ToSchema)]
#[schema(as = Scenarios)]
struct Listed {
    /// In the order in which they were loaded; what was loaded last goes first.
    scenarios: Vec<Entry>,
    /// What is wrong in the folder of scenarios, if something is; then those loaded before stay.
    trouble: Option<String>,
}

/// A scenario.
#[derive(Serialize, ToSchema)]
#[schema(as = ScenarioEntry)]
struct Entry {
    /// Its name.
    name: String,
    /// `api` or `folder`.
    #[schema(value_type = String)]
    source: Source,
    /// When it was loaded, by the world's clock.
    loaded_at: String,
    /// Keys of its cards.
    cards: Vec<String>,
    /// Codes of its institutions.
    institutions: Vec<String>,
    /// Names of its scripts.
    scripts: Vec<String>,
    /// Names of its faults.
    faults: Vec<String>,
    /// Names of its habits of terminals.
    terminal: Vec<String>,
}

impl Entry {
    fn of(scenario: &Scenario) -> Self {
        let pack = &scenario.pack;
        let names = |kind: RuleKind| {
            let rules = pack.rules.iter().filter(|rule| rule.kind == kind);
            rules.map(|rule| rule.name.to_string()).collect()
        };
        Self {
            name: scenario.loaded.name.to_string(),
            source: scenario.loaded.source,
            loaded_at: rfc3339(scenario.loaded.at),
            cards: pack.cards.iter().map(|card| card.key.clone()).collect(),
            institutions: pack.institutions.iter().map(|one| one.code.to_string()).collect(),
            scripts: names(RuleKind::Script),
            faults: names(RuleKind::Fault),
            terminal: names(RuleKind::Habit),
        }
    }
}

/// The scenarios that were loaded into a world, over its packs.
#[utoipa::path(
    get, path = "/api/v1/worlds/{world}/scenarios", tag = "scenarios",
    params(("world" = String, Path, description = "Name of the world")),
    responses((status = 200, description = "The scenarios.", body = Listed))
)]
async fn list(admin: Data<Admin>, path: Path<String>) -> HttpResponse {
    in_world(&admin, &path, |world| {
        let scenarios = world.scenarios.all().iter().map(Entry::of).collect();
        let trouble = world.scenarios.trouble().map(|trouble| trouble.to_string());
        HttpResponse::Ok().json(Listed { scenarios, trouble })
    })
}

/// What the scripts of a world remember.
#[derive(Serialize, ToSchema)]
struct States {
    /// Machines that left `start`, and their states.
    #[schema(value_type = std::collections::BTreeMap<String, String>)]
    machines: std::collections::BTreeMap<Arc<str>, Arc<str>>,
    /// Scripts, faults and habits that count, as far as they were asked.
    rules: Vec<Asked>,
}

/// How a rule was asked so far.
#[derive(Serialize, ToSchema)]
struct Asked {
    /// Its scenario and its name: `evening/slow`.
    rule: String,
    /// Requests that it counted.
    seen: u64,
    /// How often it applied.
    applied: u64,
    /// How often it applied without a break until now.
    in_a_row: u64,
}

/// The states of machines, and how often each rule that counts was asked.
#[utoipa::path(
    get, path = "/api/v1/worlds/{world}/scenarios/states", tag = "scenarios",
    params(("world" = String, Path, description = "Name of the world")),
    responses((status = 200, description = "What is remembered.", body = States))
)]
async fn states(admin: Data<Admin>, path: Path<String>) -> HttpResponse {
    in_world(&admin, &path, |world| {
        let memory = world.turns.now();
        let rules = memory.tallies().into_iter().map(|(rule, tally)| Asked {
            rule: rule.to_string(),
            seen: tally.seen,
            applied: tally.hits,
            in_a_row: tally.row,
        });
        HttpResponse::Ok().json(States { machines: memory.machines(), rules: rules.collect() })
    })
}

/// A scenario as it was loaded.
#[utoipa::path(
    get, path = "/api/v1/worlds/{world}/scenarios/{name}", tag = "scenarios",
    params(
        ("world" = String, Path, description = "Name of the world"),
        ("name" = String, Path, description = "Name of the scenario"),
    ),
    responses((status = 200, description = "Its text.", body = String, content_type = "application/yaml"))
)]
async fn show(admin: Data<Admin>, path: Path<(String, String)>) -> HttpResponse {
    let (world, name) = path.into_inner();
    in_world(&admin, &world, |world| match world.scenarios.named(&name) {
        Some(scenario) => {
            HttpResponse::Ok().content_type("application/yaml").body(scenario.loaded.text.to_string())
        }
        None => not_there(&name),
    })
}

/// Loads a scenario over all others, all of it or nothing; one of the same name is replaced, and its counts begin anew.
/// Faults by API are a scenario with a section `faults`.
#[utoipa::path(
    put, path = "/api/v1/worlds/{world}/scenarios/{name}", tag = "scenarios",
    params(
        ("world" = String, Path, description = "Name of the world"),
        ("name" = String, Path, description = "Name of the scenario: lower-case letters, digits and hyphens"),
    ),
    request_body(content = String, content_type = "application/yaml", description = "The scenario, in YAML or JSON"),
    responses(
        (status = 200, description = "The scenario was replaced.", body = Entry),
        (status = 201, description = "The scenario was loaded.", body = Entry),
        (status = 409, description = "The world has too many scenarios."),
        (status = 413, description = "The scenario is too long."),
        (status = 422, description = "Something in it is wrong; nothing has changed.", body = Wrong, content_type = "application/problem+json"),
    )
)]
async fn put(admin: Data<Admin>, path: Path<(String, String)>, body: Bytes) -> Result<HttpResponse, Problem> {
    let (world, name) = path.into_inner();
    let world = api::world(&admin, &world)?;
    // A long scenario takes its time, and the admin port has one thread.
    let putting = web::block({
        let (world, name) = (Arc::clone(&world), name.clone());
        move || std::str::from_utf8(&body).map(|text| world.put_scenario(&name, text, Source::Api))
    });
    let internal = |error: &dyn Display| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string());
    match putting.await.map_err(|error| internal(&error))? {
        Ok(Ok(is_new)) => Ok(loaded(&world, &name, is_new)),
        Ok(Err(PutError::Scenario(error))) => Ok(refused(&error)),
        Ok(Err(error @ PutError::Ledger(_))) => Err(internal(&error)),
        Err(_) => Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "a scenario is written in UTF-8")),
    }
}

fn loaded(world: &World, name: &str, is_new: bool) -> HttpResponse {
    let mut response = if is_new { HttpResponse::Created() } else { HttpResponse::Ok() };
    // Somebody else may have removed it meanwhile.
    world.scenarios.named(name).map_or_else(|| not_there(name), |one| response.json(Entry::of(&one)))
}

/// What is wrong with a scenario.
#[derive(Serialize, ToSchema)]
struct Wrong {
    status: u16,
    title: &'static str,
    detail: String,
    /// Everything that is wrong, in the order of the text.
    #[schema(required = false)]
    findings: Vec<WrongPlace>,
}

/// One thing that is wrong in a scenario.
#[derive(Serialize, ToSchema)]
struct WrongPlace {
    /// Line, from 1; 0 if unknown.
    line: u64,
    /// Column in characters, from 1; 0 if unknown.
    column: u64,
    /// What is wrong, what is allowed, and the nearest word.
    text: String,
    /// The rule, such as `S112`.
    label: &'static str,
}

fn refused(error: &ScenarioError) -> HttpResponse {
    let status = match error {
        ScenarioError::TooMany => StatusCode::CONFLICT,
        ScenarioError::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        ScenarioError::Name { .. } | ScenarioError::OtherName { .. } | ScenarioError::Pack(_) => {
            StatusCode::UNPROCESSABLE_ENTITY
        }
    };
    let ScenarioError::Pack(PackError { problems }) = error else {
        return problem(status, &error.to_string());
    };
    let findings = problems.iter().map(|problem| WrongPlace {
        line: problem.line,
        column: problem.column,
        text: problem.text.clone(),
        label: problem.label,
    });
    HttpResponse::build(status).content_type("application/problem+json").json(Wrong {
        status: status.as_u16(),
        title: status.canonical_reason().unwrap_or_default(),
        detail: error.to_string(),
        findings: findings.collect(),
    })
}

/// Removes a scenario: its cards are gone, and its scripts no longer apply.
#[utoipa::path(
    delete, path = "/api/v1/worlds/{world}/scenarios/{name}", tag = "scenarios",
    params(
        ("world" = String, Path, description = "Name of the world"),
        ("name" = String, Path, description = "Name of the scenario"),
    ),
    responses((status = 204, description = "It is gone."))
)]
async fn delete(admin: Data<Admin>, path: Path<(String, String)>) -> HttpResponse {
    let (world, name) = path.into_inner();
    in_world(&admin, &world, |world| match world.remove_scenario(&name) {
        Ok(true) => HttpResponse::NoContent().finish(),
        Ok(false) => not_there(&name),
        Err(error) => problem(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
    })
}

fn not_there(name: &str) -> HttpResponse {
    let name: String = name.chars().take(100).collect();
    problem(StatusCode::NOT_FOUND, &format!("there is no scenario {name:?}"))
}
