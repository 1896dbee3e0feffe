//! The service's HTTP: `POST /oqs/{message id}` carries a message as it stands in the file.

use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::ACCEPT_CHARSET;
use actix_web::middleware::Next;
use actix_web::web::{self, Bytes, BytesMut, Data};
use actix_web::{HttpMessage, HttpRequest, HttpResponse};
use futures_util::StreamExt;
use messages::charset::Encoding;
use messages::dialect::Role;
use messages::id::MessageId;
use messages::refusal::Refusal;

use super::caller::{Caller, Service};
use super::{Answer, Call, RequestRefused, Wire, answering, sending};
use crate::accept::Ending;
use crate::failure;
use crate::gate::{Admitted, Refused};
use crate::journal::Exchange;
use crate::reason::Reason;
use crate::registered::Purpose;
use crate::tls::Connection;
use crate::world::World;

/// Longest time that a body may take to arrive.
const BODY_TIME: Duration = Duration::from_secs(30);

/// Most bytes that are read of a request that is refused anyway.
const MOST_DISCARDED: usize = 32 * 1024 * 1024;
/// Longest time that is spent on it.
const DISCARD_TIME: Duration = Duration::from_secs(5);

/// Routes of the service port; whatever no other room serves is a message, or nothing.
pub fn routes(config: &mut web::ServiceConfig) {
    config.route("/oqs/{message}", web::to(serve)).default_service(web::to(serve));
}

/// Answers for a handler that panicked, so that our own failure is told apart from every one that is played.
pub(crate) async fn told_apart(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    if let Ok(answer) = failure::caught(next.call(request)).await {
        return answer.map(ServiceResponse::map_into_boxed_body);
    }
    let refusal = panicked().refusal();
    let response =
        answering::respond(refusal.status, ("application/xml; charset=UTF-8", refusal.to_xml().into()));
    Err(actix_web::error::InternalError::from_response("a handler panicked", response).into())
}

fn panicked() -> RequestRefused {
    RequestRefused::Failed("a panic; the log says where".to_owned())
}

async fn serve(request: HttpRequest, payload: web::Payload, service: Data<Service>) -> HttpResponse {
    let caller = Caller::of(&request, &service);
    let arrived =
        message(&request).map(|id| Arrived { id, role: Role::LinkApplication, wire: wire(&request) });
    exchange(&request, payload, &caller, arrived).await
}

/// What arrived: which message, from which account, in which writing.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Arrived {
    pub(crate) id: MessageId,
    pub(crate) role: Role,
    pub(crate) wire: Wire,
}

/// One exchange from the gate to the journal; `arrived` is looked at only once the caller is admitted.
pub(crate) async fn exchange(
    request: &HttpRequest,
    mut payload: web::Payload,
    caller: &Caller,
    arrived: Result<Arrived, RequestRefused>,
) -> HttpResponse {
    let mut record = Record { caller, request, started: Instant::now(), body: Bytes::new() };
    let admitted = match caller.admit() {
        Ok(admitted) => admitted,
        Err(refused) => {
            discard(&mut payload).await;
            return record.refuse_at_gate(refused);
        }
    };
    let answered = failure::caught(carried(&mut record, &admitted, arrived, &mut payload)).await;
    // A panic ends here, so that the journal and the report tell of it.
    match answered.unwrap_or_else(|failure::Panicked| Err(panicked())) {
        Ok(answer) => record.answer(&admitted, answer).await,
        Err(refused) => {
            discard(&mut payload).await;
            record.refuse(&admitted, &refused)
        }
    }
}

/// One exchange that carries no message: the gate judges for a purpose, and who is admitted gets a plain answer.
pub(crate) async fn plain(
    request: &HttpRequest,
    mut payload: web::Payload,
    caller: &Caller,
    purpose: Purpose,
    answer: impl FnOnce(&Admitted<'_>) -> Answer,
) -> HttpResponse {
    let record = Record { caller, request, started: Instant::now(), body: Bytes::new() };
    discard(&mut payload).await;
    match caller.admit_for(purpose) {
        Ok(admitted) => record.answer(&admitted, answer(&admitted)).await,
        Err(refused) => record.refuse_at_gate(refused),
    }
}

/// Turns away a caller whom the gate refuses, and writes it into the journal.
pub(crate) fn turn_away(request: &HttpRequest, caller: &Caller, refused: Refused) -> HttpResponse {
    Record { caller, request, started: Instant::now(), body: Bytes::new() }.refuse_at_gate(refused)
}

/// Writes into the journal what was answered without a message and without an admission.
pub(crate) fn note(
    request: &HttpRequest,
    caller: &Caller,
    status: u16,
    refused: Option<&'static str>,
    reasons: Vec<Reason>,
) {
    let record = Record { caller, request, started: Instant::now(), body: Bytes::new() };
    record.write(Exchange { status, refused, reasons, ..record.exchange() });
}

/// The answer to an admitted caller.
async fn carried(
    record: &mut Record<'_>,
    admitted: &Admitted<'_>,
    arrived: Result<Arrived, RequestRefused>,
    payload: &mut web::Payload,
) -> Result<Answer, RequestRefused> {
    let caller = record.caller;
    let Arrived { id, role, wire } = match arrived {
        Ok(arrived) => arrived,
        Err(refused) => {
            // Refused whatever it says; the journal shows it. What is too large or too slow is kept of no request.
            let most = caller.world.dialect().requests.most_bytes.value;
            let reading = actix_web::rt::time::timeout(DISCARD_TIME, read(payload, most)).await;
            record.body = reading.ok().and_then(Result::ok).unwrap_or_default();
            return Err(refused);
        }
    };
    record.body = read(payload, most_bytes(id, &caller.world)).await?;
    let key = record.request.headers().get("Idempotency-Key").and_then(|key| key.to_str().ok());
    let key = key.filter(|key| key.len() <= 200);
    let encoding = encoding(record.request);
    let (world, now) = (&*caller.world, caller.now);
    Call { world, admitted, id, role, wire, key, encoding, body: &record.body, now }.answer()
}

/// The encoding that the caller wants to be answered in (`Accept-Charset`), if it is one of the two.
fn encoding(request: &HttpRequest) -> Option<Encoding> {
    let wanted = request.headers().get(ACCEPT_CHARSET)?.to_str().ok()?;
    Encoding::named(wanted.split([',', ';']).next().unwrap_or_default().trim())
}

/// JSON where the request says so; everything else is read as XML, as it stands in a file.
fn wire(request: &HttpRequest) -> Wire {
    if request.content_type().ends_with("json") { Wire::Json } else { Wire::Xml }
}

fn most_bytes(id: MessageId, world: &World) -> usize {
    let rules = &world.dialect().requests;
    if id.is_bulk() { rules.most_bulk_bytes.value } else { rules.most_bytes.value }
}

/// The message that is asked for.
fn message(request: &HttpRequest) -> Result<MessageId, RequestRefused> {
    let name = request.match_info().get("message").ok_or(RequestRefused::UnknownPath)?;
    let unknown = || RequestRefused::UnknownMessage(name.chars().take(40).collect());
    let id = MessageId::parse(name).ok_or_else(unknown)?;
    if request.method() == actix_web::http::Method::POST {
        Ok(id)
    } else {
        Err(RequestRefused::Method(request.method().as_str().chars().take(20).collect()))
    }
}

/// Reads a body of at most so many bytes.
async fn read(payload: &mut web::Payload, most: usize) -> Result<Bytes, RequestRefused> {
    let reading = async {
        let mut body = BytesMut::new();
        while let Some(chunk) = payload.next().await {
            let chunk = chunk.map_err(|_| RequestRefused::Incomplete)?;
            if body.len() + chunk.len() > most {
                return Err(RequestRefused::TooLarge(most));
            }
            if body.is_empty() {
                body = BytesMut::from(chunk);
            } else {
                body.extend_from_slice(&chunk);
            }
        }
        Ok(body.freeze())
    };
    actix_web::rt::time::timeout(BODY_TIME, reading).await.unwrap_or(Err(RequestRefused::Incomplete))
}

/// Reads on without keeping anything, so that a refusal reaches its client: over HTTP/2 a body that is dropped unread
/// resets the stream, and the answer is lost with it.
pub(crate) async fn discard(payload: &mut web::Payload) {
    let reading = async {
        let mut left = MOST_DISCARDED;
        while let Some(Ok(chunk)) = payload.next().await {
            left = left.saturating_sub(chunk.len());
            if left == 0 {
                break;
            }
        }
    };
    // Out of time is as good as done: the answer goes out either way.
    let _ = actix_web::rt::time::timeout(DISCARD_TIME, reading).await;
}

/// What is known of an exchange while it goes on.
struct Record<'a> {
    caller: &'a Caller,
    request: &'a HttpRequest,
    started: Instant,
    body: Bytes,
}

impl Record<'_> {
    fn refuse_at_gate(&self, refused: Refused) -> HttpResponse {
        let line = self.caller.line.clone().map(Reason::Line);
        let mut reasons: Vec<_> = line.into_iter().chain([Reason::Gate(refused)]).collect();
        let (label, status) = (Some(refused.label()), 0);
        if answering::cut(self.request) {
            reasons.push(Reason::Ended(Ending::Cut));
            self.write(Exchange { status, refused: label, reasons, ..self.exchange() });
            return answering::turn_away(refused, self.request);
        }
        self.refusal(&refused.refusal(), refused.label(), reasons)
    }

    fn refuse(&self, admitted: &Admitted<'_>, refused: &RequestRefused) -> HttpResponse {
        let refusal = refused.refusal();
        let mut reasons = Reason::of_admission(admitted);
        reasons.push(Reason::Request(refusal.reason.clone()));
        self.refusal(&refusal, refused.label(), reasons)
    }

    fn refusal(&self, refusal: &Refusal, label: &'static str, reasons: Vec<Reason>) -> HttpResponse {
        let (content_type, body) = answering::body(refusal, self.request);
        let (answer, status) = (body.clone(), refusal.status);
        self.write(Exchange { status, refused: Some(label), answer, reasons, ..self.exchange() });
        answering::respond(status, (content_type, body))
    }

    async fn answer(&self, admitted: &Admitted<'_>, mut answer: Answer) -> HttpResponse {
        let mut reasons = Reason::of_admission(admitted);
        reasons.append(&mut answer.reasons);
        let exchange = Exchange {
            card: answer.card.take(),
            status: sending::status(&answer.plan.then),
            answer: answer.body.clone(),
            code: answer.code.take(),
            findings: std::mem::take(&mut answer.findings),
            reasons,
            simulated: answer.plan.simulated().into_iter().map(Into::into).collect(),
            ..self.exchange()
        };
        let (world, institution) = (&self.caller.world, &admitted.certificate.institution);
        if sending::lets_others_pass(&answer.plan.then) {
            // The journal has the order in which answers leave.
            sending::wait(&answer.plan, world, institution).await;
            self.write(exchange);
        } else {
            // A client that gives up before a delay is over, for which delays are played, finds itself in the journal.
            self.write(exchange);
            sending::wait(&answer.plan, world, institution).await;
        }
        world.departures.leave(institution);
        let cut = self.request.conn_data::<Connection>().map(|connection| connection.cut.clone());
        sending::respond(&answer, self.caller.now, cut).await
    }

    fn exchange(&self) -> Exchange {
        let message = self.request.match_info().get("message").unwrap_or_else(|| self.request.path());
        Exchange {
            at: self.caller.now,
            message: message.chars().take(80).collect(),
            line: self.caller.line.clone(),
            client: self.caller.client,
            tls: self.caller.tls.clone(),
            certificate: self.caller.peer.as_ref().map(|peer| Arc::clone(&peer.facts)),
            institution: self.caller.institution(),
            status: 200,
            request: self.body.clone(),
            took: self.started.elapsed(),
            ..Exchange::default()
        }
    }

    /// Writes the exchange before its answer leaves. The log names label, the field's code and place, never a person.
    fn write(&self, exchange: Exchange) {
        let (message, card, code) = (exchange.message.clone(), exchange.card.clone(), exchange.code.clone());
        let (status, label, took) = (exchange.status, exchange.refused.unwrap_or_default(), exchange.took);
        let world = &self.caller.world;
        self.caller.metrics.count(&exchange);
        let number = world.journal.write(exchange);
        let card = card.as_ref().map_or("-", |card| card.key.as_str());
        let code = code.as_ref().map(|code| code.as_str());
        tracing::info!(number, world = world.name, %message, status, label, code, card, ?took, "exchange");
    }
}

#[cfg(test)]
mod tests {
    use actix_web::middleware::from_fn;
    use actix_web::{App, test};

    use super::*;

    #[actix_web::test]
    async fn a_handler_that_panics_answers_500_with_the_header_that_nothing_played_carries() {
        async fn panics() -> HttpResponse {
            panic!("on purpose")
        }
        let app = App::new().wrap(from_fn(told_apart)).default_service(web::to(panics));
        let app = test::init_service(app).await;
        let error = test::try_call_service(&app, test::TestRequest::post().to_request()).await.unwrap_err();
        let answer = error.error_response();
        assert_eq!(answer.status(), 500);
        assert!(answer.headers().contains_key(failure::HEADER));
        let body = actix_web::body::to_bytes(answer.into_body()).await.unwrap();
        assert!(body.windows(4).any(|bytes| bytes == failure::LABEL.as_bytes()), "the refusal is labelled");
    }
}
