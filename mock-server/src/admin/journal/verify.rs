//! Waiting for exchanges instead of sleeping, and verifying them.

use std::sync::{Arc, Weak};
use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::rt::time;
use actix_web::web::{Data, Json, Path};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use utoipa::ToSchema;

use super::super::Admin;
use super::super::api::world;
use super::super::problem::Problem;
use super::watching;
use crate::journal::condition::Match;
use crate::journal::verify::{self, Expectation, Near, Request, Verification};
use crate::journal::{Numbered, Summary};
use crate::world::World;

/// Longest that a call may wait, in seconds.
const LONGEST_WAIT: f64 = 300.0;
/// Most exchanges that can be waited for: a tenth of what the journal holds.
const MOST_AWAITED: usize = 1000;

/// What to wait for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Wait {
    /// Which exchanges are meant; those that are already there count, unless `after` says otherwise.
    #[serde(default, rename = "match")]
    matching: Match,
    /// How many.
    #[serde(default = "one")]
    #[schema(minimum = 1, maximum = 1000)]
    count: usize,
    /// How long to wait, in seconds.
    #[serde(default = "ten")]
    #[schema(minimum = 0, maximum = 300)]
    timeout_seconds: f64,
}

fn one() -> usize {
    1
}

fn ten() -> f64 {
    10.0
}

/// What came.
#[derive(Serialize, ToSchema)]
pub(super) struct Awaited {
    /// Whether as many came as were waited for.
    met: bool,
    /// How many exchanges match.
    count: usize,
    /// How many exchanges have fallen out of the bounded journal, and may have matched.
    forgotten: u64,
    /// Those that match, oldest first.
    exchanges: Vec<Summary>,
    /// Where too few came: the exchanges that come nearest, and what each misses.
    nearest: Vec<Near>,
}

/// Waits until so many exchanges match, or the time is over: both are an answer.
#[utoipa::path(
    post, path = "/api/v1/worlds/{world}/exchanges/wait", tag = "journal", request_body = Wait,
    params(("world" = String, Path, description = "Name of the world")),
    responses(
        (status = 200, description = "What came; `met` says whether it is enough.", body = Awaited),
        (
            status = 409, description = "The world began anew, went back or ended meanwhile.",
            body = Problem, content_type = "application/problem+json"
        ),
        (
            status = 422, description = "A number is out of its range.",
            body = Problem, content_type = "application/problem+json"
        ),
        (
            status = 503, description = "Too many wait for the journal or follow it.",
            body = Problem, content_type = "application/problem+json"
        ),
    )
)]
pub(super) async fn wait(
    admin: Data<Admin>,
    path: Path<String>,
    wait: Json<Wait>,
) -> Result<HttpResponse, Problem> {
    let world = world(&admin, &path)?;
    if !(0.0..=LONGEST_WAIT).contains(&wait.timeout_seconds) || !(1..=MOST_AWAITED).contains(&wait.count) {
        let detail = format!("`timeout_seconds` is 0 to {LONGEST_WAIT}, `count` 1 to {MOST_AWAITED}");
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, detail));
    }
    let changes = watching(&world.journal)?;
    // A world that begins anew isn't kept alive by whoever waits in it.
    let world = {
        let here = world;
        Arc::downgrade(&here)
    };
    let mut found = Vec::new();
    let patience = Duration::from_secs_f64(wait.timeout_seconds);
    let waiting = gather(&world, changes, &wait.matching, wait.count, &mut found);
    // Out of time is an answer as well.
    let _ = time::timeout(patience, waiting).await;
    let Some(world) = world.upgrade() else {
        let detail = "the world began anew, went back or ended meanwhile: what was waited for cannot come";
        return Err(Problem::new(StatusCode::CONFLICT, detail));
    };
    let met = found.len() >= wait.count;
    let snapshot = world.journal.after(wait.matching.first_after());
    let nearest = if met { Vec::new() } else { verify::nearest(&wait.matching, 0, &snapshot.exchanges) };
    Ok(HttpResponse::Ok().json(Awaited {
        met,
        count: found.len(),
        forgotten: snapshot.forgotten_after(wait.matching.first_after()),
        exchanges: found.iter().map(|(number, exchange)| Summary::of(*number, exchange)).collect(),
        nearest,
    }))
}

/// Gathers matching exchanges until there are enough, or the world is over.
async fn gather(
    world: &Weak<World>,
    mut changes: watch::Receiver<()>,
    matching: &Match,
    count: usize,
    found: &mut Vec<Numbered>,
) {
    let mut seen = matching.first_after();
    loop {
        // Marked before looking: what is written meanwhile wakes us again.
        changes.borrow_and_update();
        let Some(snapshot) = world.upgrade().map(|world| world.journal.after(seen)) else { return };
        seen = snapshot.written.max(seen);
        found.extend(snapshot.exchanges.into_iter().filter(|numbered| matching.meets(numbered)));
        if found.len() >= count || changes.changed().await.is_err() {
            return;
        }
    }
}

/// Verifies what the journal holds, and keeps the verdict for the report.
#[utoipa::path(
    post, path = "/api/v1/worlds/{world}/exchanges/verify", tag = "journal", request_body = Request,
    params(("world" = String, Path, description = "Name of the world")),
    responses(
        (status = 200, description = "The verdict.", body = Verification),
        (
            status = 422, description = "Not exactly one expectation.",
            body = Problem, content_type = "application/problem+json"
        ),
    )
)]
pub(super) async fn verify(
    admin: Data<Admin>,
    path: Path<String>,
    request: Json<Request>,
) -> Result<HttpResponse, Problem> {
    let world = world(&admin, &path)?;
    let mut request = request.into_inner();
    let name = request.name.take();
    let expectation = Expectation::try_from(request)
        .map_err(|error| Problem::new(StatusCode::UNPROCESSABLE_ENTITY, error.to_string()))?;
    let snapshot = world.journal.after(expectation.first_after());
    let verification = expectation.verify(name, &snapshot, world.clock.now());
    world.journal.keep(verification.clone());
    Ok(HttpResponse::Ok().json(verification))
}
