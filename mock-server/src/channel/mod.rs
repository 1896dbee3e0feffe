//! The terminal's channel on the service port, under the same certificate and gate as everything else.
//!
//! A terminal waits here for what it did not ask for (face files after a visit at the reader), asks for the world's
//! time, tells what it could not do, and plays visits at its own reader. The journal doesn't tell of polls, not even of refused
//! ones: they come by themselves, at any time, and would spoil whatever a test counts.

mod deliveries;
mod reader;
mod reports;

use actix_web::web::{self, Data, JsonConfig, PayloadConfig};
use actix_web::{HttpRequest, HttpResponse};
use messages::channel::{Report, WorldTime};

use crate::exchange::Service;
use crate::exchange::answering::turn_away;
use crate::exchange::caller::Caller;
use crate::gate::Refused;

/// Routes of the channel.
pub fn routes(config: &mut web::ServiceConfig) {
    let at = |path: &str| web::resource(format!("/terminal/v1/{path}"));
    config
        .service(at("deliveries").route(web::get().to(deliveries::waiting)))
        .service(at("deliveries/{number}").route(web::get().to(deliveries::one)))
        .service(at("time").route(web::get().to(time)))
        .service(
            at("reports")
                .app_data(PayloadConfig::new(Report::MOST_BYTES))
                .route(web::post().to(reports::told)),
        )
        .service(
            at("visits")
                .app_data(JsonConfig::default().limit(64 * 1024))
                .route(web::post().to(reader::visit)),
        );
}

/// What time it is in the terminal's world.
async fn time(request: HttpRequest, service: Data<Service>) -> HttpResponse {
    let caller = Caller::of(&request, &service);
    match terminal(&caller) {
        Ok(_) => HttpResponse::Ok()
            .json(WorldTime { now: caller.now, mode: caller.world.clock.course().name().to_owned() }),
        Err(refused) => turn_away(refused, &request),
    }
}

/// The calling terminal, or the gate's refusal.
fn terminal(caller: &Caller) -> Result<String, Refused> {
    caller.admit().map(|admitted| admitted.certificate.facts.common_name.clone().unwrap_or_default())
}
