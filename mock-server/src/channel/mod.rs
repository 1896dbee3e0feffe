//! The terminal's channel on the service port, under the same certificate and gate as everything else.
//!
//! A terminal waits here for what it did not ask for: face files after a visit at the reader.

use std::time::{Duration, Instant};

use actix_web::web::{self, Data, Path, Query};
use actix_web::{HttpRequest, HttpResponse};
use messages::channel::Deliveries;
use messages::charset;
use serde::Deserialize;

use crate::exchange::Service;
use crate::exchange::answering;
use crate::exchange::caller::Caller;
use crate::gate::Refused;
use crate::world::Event;

/// Longest time that a terminal may wait for something.
const LONGEST_WAIT: u64 = 30;
/// Pause between two looks while it waits.
const PAUSE: Duration = Duration::from_millis(25);

/// Routes of the channel.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/terminal/v1/deliveries", web::get().to(deliveries))
        .route("/terminal/v1/deliveries/{number}", web::get().to(delivery));
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Waiting {
    /// What was placed last; it and everything before it is forgotten.
    #[serde(default)]
    after: u64,
    /// Seconds to wait if there is nothing.
    #[serde(default)]
    wait: u64,
}

async fn deliveries(request: HttpRequest, service: Data<Service>, waiting: Query<Waiting>) -> HttpResponse {
    let caller = Caller::of(&request, &service);
    let terminal = match terminal(&caller) {
        Ok(terminal) => terminal,
        Err(refused) => return answering::turn_away(refused, &request),
    };
    let world = &caller.world;
    if world.deliveries.has_up_to(&terminal, waiting.after) {
        let event = Event::DeliveriesTaken { terminal: terminal.as_str().into(), up_to: waiting.after };
        if let Err(error) = world.record(event) {
            tracing::warn!(%error, "the ledger could not be written");
        }
    }
    let started = Instant::now();
    let wait = Duration::from_secs(waiting.wait.min(LONGEST_WAIT));
    loop {
        let found = world.deliveries.waiting(&terminal, waiting.after);
        if found != Deliveries::default() || started.elapsed() >= wait {
            return HttpResponse::Ok().json(found);
        }
        actix_web::rt::time::sleep(PAUSE).await;
    }
}

async fn delivery(request: HttpRequest, service: Data<Service>, number: Path<u64>) -> HttpResponse {
    let caller = Caller::of(&request, &service);
    let terminal = match terminal(&caller) {
        Ok(terminal) => terminal,
        Err(refused) => return answering::turn_away(refused, &request),
    };
    let Some(delivery) = caller.world.deliveries.numbered(&terminal, *number) else {
        return HttpResponse::NotFound().finish();
    };
    let encoding = charset::declared(&delivery.text);
    let (bytes, _) = charset::encode(delivery.text.to_string(), encoding);
    HttpResponse::Ok().content_type("application/xml").body(bytes)
}

/// The calling terminal, or the gate's refusal.
fn terminal(caller: &Caller) -> Result<String, Refused> {
    caller.admit().map(|admitted| admitted.certificate.facts.common_name.clone().unwrap_or_default())
}
