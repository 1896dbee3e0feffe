//! Line authentication (回線認証): the page that a terminal opens once over its line (access.md 1.2, \[S]).
//!
//! It stands on the service port, since only there the line is known. Nothing is asked but the line: no certificate, no
//! name. Where the dialect demands it, the gate admits a line only after this step, and again after its address moved.

use actix_web::http::StatusCode;
use actix_web::http::header::ACCEPT;
use actix_web::web::{self, Data};
use actix_web::{HttpRequest, HttpResponse};
use messages::xml::escape;
use serde_json::json;

use crate::accept::Ending;
use crate::exchange::caller::Caller;
use crate::exchange::{Service, answering, http};
use crate::gate::Refused;
use crate::line::Line;
use crate::reason::Reason;
use crate::world::Event;

/// Where the page is.
pub const PATH: &str = "/lineauth";

/// Routes of line authentication.
pub fn routes(config: &mut web::ServiceConfig) {
    config.service(web::resource(PATH).route(web::get().to(page)).route(web::post().to(wish)));
}

async fn page(request: HttpRequest, service: Data<Service>) -> HttpResponse {
    let caller = Caller::of(&request, &service);
    match caller.admit_line() {
        Ok(found) => {
            html(StatusCode::OK, "回線認証を希望しますか", "Authenticate this line?", Some(&found.line), FORM)
        }
        Err(refused) => refuse(&request, &caller, refused),
    }
}

async fn wish(request: HttpRequest, service: Data<Service>) -> HttpResponse {
    let caller = Caller::of(&request, &service);
    let line = match caller.admit_line() {
        Ok(found) => found.line.clone(),
        Err(refused) => return refuse(&request, &caller, refused),
    };
    let Some(prefix) = caller.prefix else { return refuse(&request, &caller, Refused::NoLine) };
    if let Err(error) = caller.world.record(Event::LineAuthenticated { line: line.clone(), prefix }) {
        tracing::warn!(%error, "the ledger could not be written");
        let refusal = crate::exchange::RequestRefused::Failed(error.to_string()).refusal();
        return answering::respond(refusal.status, answering::body(&refusal, &request));
    }
    http::note(&request, &caller, 200, None, vec![Reason::LineAuthenticated(line.clone(), prefix)]);
    if wants_json(&request) {
        return HttpResponse::Ok().json(json!({
            "authenticated": true, "line": line.to_string(), "prefix": prefix, "message": "回線認証に成功しました",
        }));
    }
    html(StatusCode::OK, "回線認証に成功しました", "The line is authenticated", Some(&line), "")
}

/// The refusal of a line: as everywhere for machines, as a page for people.
fn refuse(request: &HttpRequest, caller: &Caller, refused: Refused) -> HttpResponse {
    let line = caller.line.clone().map(Reason::Line);
    let cut = answering::cut(request);
    let ended = cut.then_some(Reason::Ended(Ending::Cut));
    let reasons = line.into_iter().chain([Reason::Gate(refused)]).chain(ended).collect();
    http::note(request, caller, if cut { 0 } else { 403 }, Some(refused.label()), reasons);
    let (reason, mend) = (refused.reason(), refused.mend());
    if cut || wants_json(request) {
        return answering::turn_away(refused, request);
    }
    let more = format!(
        "<p>[{}] {}</p><p>{}</p><p lang=\"en\">{}; {}</p>",
        refused.label(),
        escape(&reason.ja),
        escape(&mend.ja),
        escape(&reason.en),
        escape(&mend.en)
    );
    let line = caller.line.as_ref().map(|found| &found.line);
    html(StatusCode::FORBIDDEN, "回線認証に失敗しました", "The line is not authenticated", line, &more)
}

fn wants_json(request: &HttpRequest) -> bool {
    let accept = request.headers().get(ACCEPT).and_then(|value| value.to_str().ok());
    accept.is_some_and(|accept| accept.contains("json"))
}

const FORM: &str = "<form method=\"post\" action=\"/lineauth\"><button>希望する</button></form>";

fn html(status: StatusCode, ja: &str, en: &str, line: Option<&Line>, more: &str) -> HttpResponse {
    let line =
        line.map_or_else(String::new, |line| format!("<p>回線 (line): {}</p>", escape(&line.to_string())));
    let page = format!(
        "<!doctype html>\n<html lang=\"ja\"><head><meta charset=\"utf-8\"><title>回線認証</title></head>\n\
         <body><h1>{ja}</h1><p lang=\"en\">{en}</p>{line}{more}</body></html>\n"
    );
    HttpResponse::build(status)
        .insert_header(("Content-Security-Policy", "default-src 'none'; form-action 'self'"))
        .content_type("text/html; charset=utf-8")
        .body(page)
}
