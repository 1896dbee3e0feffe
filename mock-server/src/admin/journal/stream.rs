//! The journal as it is written: server-sent events.

use std::convert::Infallible;
use std::sync::{Arc, Weak};
use std::time::Duration;

use actix_web::http::header::CACHE_CONTROL;
use actix_web::rt::time::timeout;
use actix_web::web::{Bytes, Data, Path, Query};
use actix_web::{HttpRequest, HttpResponse};
use futures_util::stream;
use tokio::sync::watch;

use super::super::Admin;
use super::super::api::world;
use super::super::problem::Problem;
use super::{Conditions, watching};
use crate::journal::Summary;
use crate::journal::condition::Match;
use crate::world::World;

/// After so long without an exchange a comment shows that the connection lives.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// Follows the journal: an event `exchange` for each one that meets the conditions, with its number as id.
///
/// It begins after `Last-Event-ID`, or `after`, or else with the next one. An event `forgotten` says how many fell out of
/// the bounded journal before they could be sent.
#[utoipa::path(
    get, path = "/api/v1/worlds/{world}/exchanges/stream", tag = "journal",
    params(
        ("world" = String, Path, description = "Name of the world"),
        Conditions,
        ("Last-Event-ID" = Option<u64>, Header, description = "Number of the last exchange that was seen"),
    ),
    responses(
        (status = 200, description = "The events.", body = String, content_type = "text/event-stream"),
        (
            status = 503, description = "Too many wait for the journal or follow it.",
            body = Problem, content_type = "application/problem+json"
        ),
    )
)]
pub(super) async fn follow(
    admin: Data<Admin>,
    path: Path<String>,
    conditions: Query<Conditions>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let world = world(&admin, &path)?;
    let matching = conditions.matching()?;
    let header = request.headers().get("Last-Event-ID").and_then(|value| value.to_str().ok());
    let seen: Option<u64> = header.and_then(|value| value.trim().parse().ok()).or(matching.after);
    let written = world.journal.written();
    let follower = Follower {
        // A world that is deleted isn't kept alive by whoever watches it; its end ends the stream.
        world: Arc::downgrade(&world),
        changes: watching(&world.journal)?,
        // A number that isn't written yet is one of an earlier life of the world: everything since is new.
        seen: seen.map_or(written, |seen| if seen > written { 0 } else { seen }),
        matching: Match { after: None, ..matching },
        begun: false,
    };
    let events = stream::unfold(follower, |mut follower| async move {
        let bytes = follower.next().await?;
        Some((Ok::<_, Infallible>(bytes), follower))
    });
    Ok(HttpResponse::Ok()
        .content_type("text/event-stream")
        .insert_header((CACHE_CONTROL, "no-store"))
        .streaming(events))
}

/// One who watches the journal. Nothing is queued for him: he looks into the ring when it has changed.
struct Follower {
    world: Weak<World>,
    changes: watch::Receiver<()>,
    seen: u64,
    matching: Match,
    begun: bool,
}

impl Follower {
    /// The next events, or a comment if there are none for a while; `None` at the world's end.
    async fn next(&mut self) -> Option<Bytes> {
        if !std::mem::replace(&mut self.begun, true) {
            // Sent at once, so that the client knows that it is connected before anything happens.
            return Some(Bytes::from_static(b": following\n\n"));
        }
        loop {
            self.changes.borrow_and_update();
            let events = self.look()?;
            if !events.is_empty() {
                return Some(events.into());
            }
            match timeout(HEARTBEAT, self.changes.changed()).await {
                Ok(Ok(())) => {}
                Ok(Err(_)) => return None,
                Err(_) => return Some(Bytes::from_static(b": nothing new\n\n")),
            }
        }
    }

    /// The events since the last look.
    fn look(&mut self) -> Option<String> {
        let snapshot = self.world.upgrade()?.journal.after(self.seen);
        let mut events = String::new();
        let forgotten = snapshot.forgotten_after(self.seen);
        if forgotten > 0 {
            events.push_str(&format!("event: forgotten\ndata: {{\"forgotten\":{forgotten}}}\n\n"));
        }
        for numbered in snapshot.exchanges.iter().filter(|numbered| self.matching.meets(numbered)) {
            let (number, exchange) = numbered;
            let data = serde_json::to_string(&Summary::of(*number, exchange)).unwrap_or_default();
            events.push_str(&format!("id: {number}\nevent: exchange\ndata: {data}\n\n"));
        }
        self.seen = snapshot.written.max(self.seen);
        Some(events)
    }
}
