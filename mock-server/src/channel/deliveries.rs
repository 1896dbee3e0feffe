//! What waits for a terminal, and each of it: `GET /terminal/v1/deliveries`.

use std::pin::pin;
use std::time::{Duration, Instant};

use actix_web::rt::time::timeout;
use actix_web::web::{Data, Path, Query};
use actix_web::{HttpRequest, HttpResponse};
use messages::channel::Deliveries;
use messages::charset;
use serde::Deserialize;

use super::terminal;
use crate::exchange::Service;
use crate::exchange::answering::turn_away;
use crate::exchange::caller::Caller;
use crate::world::Event;

/// Longest time that a terminal may wait for something, in seconds.
const LONGEST_WAIT: u64 = 30;
/// After so long the caller is judged anew, so that a wait outlives neither its certificate nor its world.
const JUDGED_FOR: Duration = Duration::from_secs(1);

/// How long to wait, and for what.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Waiting {
    /// What was placed last; it and everything before it is forgotten.
    #[serde(default)]
    after: u64,
    /// Seconds to wait if there is nothing.
    #[serde(default)]
    wait: u64,
}

pub(super) async fn waiting(
    request: HttpRequest,
    service: Data<Service>,
    waiting: Query<Waiting>,
) -> HttpResponse {
    let started = Instant::now();
    let wait = Duration::from_secs(waiting.wait.min(LONGEST_WAIT));
    let mut acknowledged = false;
    loop {
        let caller = Caller::of(&request, &service);
        let terminal = match terminal(&caller) {
            Ok(terminal) => terminal,
            Err(refused) => return turn_away(refused, &request),
        };
        if !std::mem::replace(&mut acknowledged, true) {
            acknowledge(&caller, &terminal, waiting.after);
        }
        let deliveries = &caller.world.deliveries;
        let mut queued = pin!(deliveries.queued());
        // From here on nothing that is queued goes unnoticed, so it can be looked at what is there.
        queued.as_mut().enable();
        let found = deliveries.waiting(&terminal, waiting.after);
        let left = wait.saturating_sub(started.elapsed());
        if found != Deliveries::default() || left.is_zero() {
            return HttpResponse::Ok().json(found);
        }
        // Whether something came or the time is over is seen by looking again.
        let _ = timeout(left.min(JUDGED_FOR), queued).await;
    }
}

fn acknowledge(caller: &Caller, terminal: &str, up_to: u64) {
    if caller.world.deliveries.has_up_to(terminal, up_to) {
        let event = Event::DeliveriesTaken { terminal: terminal.into(), up_to };
        if let Err(error) = caller.world.record(event) {
            tracing::warn!(%error, "the ledger could not be written");
        }
    }
}

pub(super) async fn one(request: HttpRequest, service: Data<Service>, number: Path<u64>) -> HttpResponse {
    let caller = Caller::of(&request, &service);
    let terminal = match terminal(&caller) {
        Ok(terminal) => terminal,
        Err(refused) => return turn_away(refused, &request),
    };
    let Some(delivery) = caller.world.deliveries.numbered(&terminal, *number) else {
        return HttpResponse::NotFound().finish();
    };
    let encoding = charset::declared(&delivery.text);
    let (bytes, _) = charset::encode(delivery.text.to_string(), encoding);
    HttpResponse::Ok().content_type("application/xml").body(bytes)
}
