//! `/api/v1/worlds/{world}/exchanges`: the journal, asked, verified, followed and emptied.

mod stream;
mod verify;

use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_DISPOSITION, ContentDisposition};
use actix_web::web::{self, Bytes, Data, Path, Query, ServiceConfig};
use actix_web::{HttpResponse, Resource};
use futures_util::stream as streams;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use utoipa::{IntoParams, ToSchema};

use super::Admin;
use super::api::world;
use super::problem::Problem;
use crate::journal::condition::Match;
use crate::journal::{Detail, Journal, MOST_WATCHERS, Outcome, Summary};

/// Exchanges that a list shows unless told otherwise.
const LISTED: usize = 100;
/// Most exchanges that a list shows.
const MOST_LISTED: usize = 1000;

/// What the OpenAPI says of this module.
#[derive(utoipa::OpenApi)]
#[openapi(
    paths(exchanges, clear, exchange, export, verify::wait, verify::verify, stream::follow),
    components(schemas(Outcome))
)]
pub(super) struct Api;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(at("").route(web::get().to(exchanges)).route(web::delete().to(clear)))
        .service(at("/export").route(web::get().to(export)))
        .service(at("/stream").route(web::get().to(stream::follow)))
        .service(at("/wait").route(web::post().to(verify::wait)))
        .service(at("/verify").route(web::post().to(verify::verify)))
        .service(at("/{number}").route(web::get().to(exchange)));
}

fn at(path: &str) -> Resource {
    web::resource(format!("/api/v1/worlds/{{world}}/exchanges{path}"))
}

/// Which exchanges are meant: all conditions that are given must hold.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
struct Conditions {
    /// Code of the institution.
    institution: Option<String>,
    /// Message id, such as `OQSsiquc01`.
    message: Option<String>,
    /// Key of the test card.
    card: Option<String>,
    /// How it ended.
    outcome: Option<Outcome>,
    /// Label of the refusal, such as `G102`.
    refused: Option<String>,
    /// Only exchanges at this time of the world or later, RFC 3339.
    #[param(format = DateTime)]
    since: Option<String>,
    /// Only exchanges before this time of the world, RFC 3339.
    #[param(format = DateTime)]
    until: Option<String>,
    /// Only exchanges with a higher number.
    after: Option<u64>,
    /// Most exchanges that are listed, up to 1000; 100 if absent.
    limit: Option<usize>,
}

impl Conditions {
    fn matching(&self) -> Result<Match, Problem> {
        Ok(Match {
            institution: self.institution.clone(),
            message: self.message.clone(),
            card: self.card.clone(),
            outcome: self.outcome,
            refused: self.refused.clone(),
            since: time("since", self.since.as_deref())?,
            until: time("until", self.until.as_deref())?,
            after: self.after,
            ..Match::default()
        })
    }
}

/// A time of a query. The `+` of an offset arrives as a space when it isn't escaped.
fn time(name: &str, text: Option<&str>) -> Result<Option<Timestamp>, Problem> {
    let read = |text: &str| text.replace(' ', "+").parse().map_err(|error| (text.to_owned(), error));
    text.map(read).transpose().map_err(|(text, error): (_, jiff::Error)| {
        let detail = format!("{name}={text:?} is no time such as 2026-04-01T09:00:00+09:00: {error}");
        Problem::new(StatusCode::BAD_REQUEST, detail)
    })
}

/// A watcher of a journal, unless there are too many.
fn watching(journal: &Journal) -> Result<watch::Receiver<()>, Problem> {
    journal.changes().ok_or_else(|| {
        let detail = format!("{MOST_WATCHERS} calls wait for this journal or follow it, which is the most");
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail)
    })
}

/// Exchanges of the journal.
#[derive(Serialize, ToSchema)]
#[schema(as = ExchangesListed)]
struct Listed {
    /// How many exchanges were ever written.
    written: u64,
    /// How many of those that the conditions look at have fallen out of the bounded journal.
    forgotten: u64,
    /// Newest first.
    exchanges: Vec<Summary>,
}

/// The latest exchanges that meet the conditions, newest first.
#[utoipa::path(
    get, path = "/api/v1/worlds/{world}/exchanges", tag = "journal",
    params(("world" = String, Path, description = "Name of the world"), Conditions),
    responses((status = 200, description = "The exchanges.", body = Listed))
)]
async fn exchanges(
    admin: Data<Admin>,
    path: Path<String>,
    conditions: Query<Conditions>,
) -> Result<HttpResponse, Problem> {
    let world = world(&admin, &path)?;
    let matching = conditions.matching()?;
    let snapshot = world.journal.after(matching.first_after());
    let newest_first = snapshot.exchanges.iter().rev().filter(|numbered| matching.meets(numbered));
    let most = conditions.limit.unwrap_or(LISTED).min(MOST_LISTED);
    let exchanges =
        newest_first.take(most).map(|(number, exchange)| Summary::of(*number, exchange)).collect();
    let forgotten = snapshot.forgotten_after(matching.first_after());
    Ok(HttpResponse::Ok().json(Listed { written: snapshot.written, forgotten, exchanges }))
}

/// Empties the journal, and what the report counts. Numbers go on.
#[utoipa::path(
    delete, path = "/api/v1/worlds/{world}/exchanges", tag = "journal",
    params(("world" = String, Path, description = "Name of the world")),
    responses((status = 204, description = "It is empty."))
)]
async fn clear(admin: Data<Admin>, path: Path<String>) -> Result<HttpResponse, Problem> {
    world(&admin, &path)?.journal.clear();
    Ok(HttpResponse::NoContent().finish())
}

/// One exchange with request and answer, as bytes, as text and decoded.
#[utoipa::path(
    get, path = "/api/v1/worlds/{world}/exchanges/{number}", tag = "journal",
    params(
        ("world" = String, Path, description = "Name of the world"),
        ("number" = u64, Path, description = "Its number, from 1"),
    ),
    responses(
        (status = 200, description = "The exchange.", body = Detail),
        (
            status = 410, description = "It has fallen out of the bounded journal, or was deleted.",
            body = Problem, content_type = "application/problem+json"
        ),
    )
)]
async fn exchange(admin: Data<Admin>, path: Path<(String, u64)>) -> Result<HttpResponse, Problem> {
    let (name, number) = path.into_inner();
    let world = world(&admin, &name)?;
    match world.journal.numbered(number) {
        Some(exchange) => Ok(HttpResponse::Ok().json(Detail::of(number, &exchange))),
        None if number == 0 || number > world.journal.written() => {
            Err(Problem::new(StatusCode::NOT_FOUND, "no exchange has this number yet"))
        }
        None => {
            let detail = "the journal is bounded: this exchange has fallen out of it, or it was deleted";
            Err(Problem::new(StatusCode::GONE, detail))
        }
    }
}

/// Every exchange of the journal as one JSON Lines file, oldest first, each as it is shown by its number.
#[utoipa::path(
    get, path = "/api/v1/worlds/{world}/exchanges/export", tag = "journal",
    params(("world" = String, Path, description = "Name of the world")),
    responses((status = 200, description = "The file.", body = String, content_type = "application/jsonl"))
)]
async fn export(admin: Data<Admin>, path: Path<String>) -> Result<HttpResponse, Problem> {
    let world = world(&admin, &path)?;
    let lines = world.journal.after(0).exchanges.into_iter().map(|(number, exchange)| {
        let mut line = serde_json::to_vec(&Detail::of(number, &exchange))?;
        line.push(b'\n');
        Ok::<_, serde_json::Error>(Bytes::from(line))
    });
    let name = ContentDisposition::attachment(format!("exchanges-{}.jsonl", world.name));
    // Line by line: the decoded forms of a full journal are several times its size.
    Ok(HttpResponse::Ok()
        .content_type("application/jsonl")
        .insert_header((CONTENT_DISPOSITION, name))
        .streaming(streams::iter(lines)))
}
