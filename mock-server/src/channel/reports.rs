//! What a terminal could not do, into the world's journal: `POST /terminal/v1/reports`.

use std::sync::Arc;

use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use messages::channel::Report;
use messages::refusal::Bilingual;

use crate::exchange::Service;
use crate::exchange::caller::Caller;
use crate::exchange::http::turn_away;
use crate::gate::Admitted;
use crate::journal::Exchange;
use crate::reason::Reason;

/// Name under which reports stand in the journal, where a message has its id.
const MESSAGE: &str = "terminal-report";
/// Most characters of a file's name and of a text.
const MOST_CHARACTERS: usize = 500;

/// The labels that a terminal reports; any other one is journaled as none of ours.
const LABELS: [&str; 9] = ["T101", "T102", "T103", "T104", "T105", "T106", "T201", "T202", "T203"];
const UNKNOWN: &str = "T999";

pub(super) async fn told(request: HttpRequest, service: Data<Service>, body: Bytes) -> HttpResponse {
    let caller = Caller::of(&request, &service);
    let admitted = match caller.admit() {
        Ok(admitted) => admitted,
        Err(refused) => return turn_away(&request, &caller, refused),
    };
    let Ok(report) = serde_json::from_slice::<Report>(&body) else {
        return HttpResponse::BadRequest().body("expected {\"label\", \"file\", \"text\": {\"ja\", \"en\"}}");
    };
    caller.world.journal.write(exchange(&caller, &admitted, &report, body));
    HttpResponse::Ok().json(serde_json::json!({}))
}

fn exchange(caller: &Caller, admitted: &Admitted<'_>, report: &Report, body: Bytes) -> Exchange {
    let shortened = |text: &str| text.chars().take(MOST_CHARACTERS).collect::<String>();
    let text = Bilingual::made(shortened(&report.text.ja), shortened(&report.text.en));
    let label = LABELS.into_iter().find(|label| *label == report.label).unwrap_or(UNKNOWN);
    let mut reasons = Reason::of_admission(admitted);
    reasons.push(Reason::Told(shortened(&report.file).into(), text));
    Exchange {
        at: caller.now,
        message: MESSAGE.into(),
        line: caller.line.clone(),
        client: caller.client,
        tls: caller.tls.clone(),
        certificate: caller.peer.as_ref().map(|peer| Arc::clone(&peer.facts)),
        institution: Some(admitted.certificate.institution.clone()),
        status: 200,
        refused: Some(label),
        request: body,
        reasons,
        ..Exchange::default()
    }
}
