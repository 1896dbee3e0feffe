//! The service's HTTP: `POST /oqs/{message id}` carries a message as it stands in the file.

use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::http::StatusCode;
use actix_web::http::header::{ACCEPT, ALLOW};
use actix_web::web::{self, Bytes, BytesMut, Data};
use actix_web::{HttpRequest, HttpResponse};
use futures_util::StreamExt;
use messages::id::MessageId;
use messages::refusal::Refusal;

use super::{Answer, RequestRefused, answer};
use crate::gate::{self, Admitted, Presented, Refused};
use crate::journal::Exchange;
use crate::reason::Reason;
use crate::tls::Connection;
use crate::world::{DEFAULT, World, Worlds};

/// Longest time that a body may take to arrive.
const BODY_TIME: Duration = Duration::from_secs(30);

/// Everything that the service port needs.
#[derive(Debug)]
pub struct Service {
    /// The worlds.
    pub worlds: Arc<Worlds>,
    /// The world of connections without a known certificate.
    pub default: Arc<World>,
}

impl Service {
    /// A service over worlds, one of which is the default. `None` if there is no such world.
    #[must_use]
    pub fn new(worlds: Arc<Worlds>) -> Option<Self> {
        let default = worlds.named(DEFAULT)?;
        Some(Self { worlds, default })
    }
}

/// Routes of the service port.
pub fn routes(config: &mut web::ServiceConfig) {
    config.route("/oqs/{message}", web::to(serve)).default_service(web::to(serve));
}

async fn serve(request: HttpRequest, payload: web::Payload, service: Data<Service>) -> HttpResponse {
    let started = Instant::now();
    let nobody = Connection::default();
    let connection = request.conn_data::<Connection>().unwrap_or(&nobody);
    let known = connection
        .certificate
        .as_ref()
        .and_then(|peer| service.worlds.of_certificate(&peer.facts.fingerprint));
    let world = known.as_ref().unwrap_or(&service.default);
    let now = world.clock.now();
    let mut record = Record { world, connection, request: &request, now, started, body: Bytes::new() };

    let certificate =
        connection.certificate.as_ref().and_then(|peer| world.registry.certificate(&peer.facts.fingerprint));
    let presented = match (&connection.certificate, &certificate) {
        (None, _) => Presented::Nothing,
        (Some(peer), _) if !peer.trusted => Presented::Foreign,
        (Some(_), None) => Presented::Unknown,
        (Some(_), Some(certificate)) => Presented::Terminal(certificate),
    };
    let registration =
        connection.line.as_ref().and_then(|found| world.registry.line(&found.line.customer_id));
    let admitted = match gate::admit(connection.line.as_ref(), registration.as_deref(), presented, now) {
        Ok(admitted) => admitted,
        Err(refused) => return record.refuse_at_gate(refused),
    };
    let id = match record.message(&request) {
        Ok(id) => id,
        Err(refused) => return record.refuse(&admitted, &refused),
    };
    match read(payload, world.dialect().requests.most_bytes.value).await {
        Ok(body) => record.body = body,
        Err(refused) => return record.refuse(&admitted, &refused),
    }
    match answer(world, &admitted, id, &record.body, now) {
        Ok(answer) => record.answer(&admitted, answer).await,
        Err(refused) => record.refuse(&admitted, &refused),
    }
}

/// Reads a body of at most so many bytes.
async fn read(mut payload: web::Payload, most: usize) -> Result<Bytes, RequestRefused> {
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

/// What is known of an exchange while it goes on.
struct Record<'a> {
    world: &'a Arc<World>,
    connection: &'a Connection,
    request: &'a HttpRequest,
    now: jiff::Timestamp,
    started: Instant,
    body: Bytes,
}

impl Record<'_> {
    /// The message that is asked for.
    fn message(&self, request: &HttpRequest) -> Result<MessageId, RequestRefused> {
        let name = request.match_info().get("message").ok_or(RequestRefused::UnknownPath)?;
        let unknown = || RequestRefused::UnknownMessage(name.chars().take(40).collect());
        let id = MessageId::parse(name).ok_or_else(unknown)?;
        if request.method() == actix_web::http::Method::POST {
            Ok(id)
        } else {
            Err(RequestRefused::Method(request.method().as_str().chars().take(20).collect()))
        }
    }

    fn refuse_at_gate(&self, refused: Refused) -> HttpResponse {
        let reasons = self
            .connection
            .line
            .clone()
            .map(Reason::Line)
            .into_iter()
            .chain([Reason::Gate(refused)])
            .collect();
        self.refusal(&refused.refusal(), refused.label(), None, reasons)
    }

    fn refuse(&self, admitted: &Admitted<'_>, refused: &RequestRefused) -> HttpResponse {
        let refusal = refused.refusal();
        let mut reasons = admitted.reasons();
        reasons.push(Reason::Request(refusal.reason.clone()));
        self.refusal(&refusal, refused.label(), Some(admitted), reasons)
    }

    fn refusal(
        &self,
        refusal: &Refusal,
        label: &'static str,
        admitted: Option<&Admitted<'_>>,
        reasons: Vec<Reason>,
    ) -> HttpResponse {
        let accepts_json = self
            .request
            .headers()
            .get(ACCEPT)
            .and_then(|value| value.to_str().ok())
            .is_some_and(|v| v.contains("json"));
        let (content_type, body) = if accepts_json {
            (Refusal::JSON, refusal.to_json())
        } else {
            ("application/xml; charset=UTF-8", refusal.to_xml())
        };
        let body = Bytes::from(body);
        let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::BAD_REQUEST);
        let exchange = Exchange {
            status: refusal.status,
            refused: Some(label),
            answer: body.clone(),
            reasons,
            ..self.exchange(admitted)
        };
        self.write(exchange);
        let mut response = HttpResponse::build(status);
        if status == StatusCode::METHOD_NOT_ALLOWED {
            response.insert_header((ALLOW, "POST"));
        }
        response.content_type(content_type).body(body)
    }

    async fn answer(&self, admitted: &Admitted<'_>, answer: Answer) -> HttpResponse {
        let mut reasons = admitted.reasons();
        reasons.extend(answer.reasons);
        let exchange = Exchange {
            card: answer.card,
            answer: answer.body.clone(),
            findings: answer.findings,
            reasons,
            ..self.exchange(Some(admitted))
        };
        if !answer.delay.is_zero() {
            actix_web::rt::time::sleep(answer.delay).await;
        }
        self.write(exchange);
        HttpResponse::Ok().content_type("application/xml").body(answer.body)
    }

    fn exchange(&self, admitted: Option<&Admitted<'_>>) -> Exchange {
        Exchange {
            at: self.now,
            message: self
                .request
                .match_info()
                .get("message")
                .unwrap_or_else(|| self.request.path())
                .chars()
                .take(80)
                .collect(),
            line: self.connection.line.clone(),
            certificate: self.connection.certificate.as_ref().map(|peer| Arc::clone(&peer.facts)),
            institution: admitted.map(|admitted| admitted.certificate.institution.clone()),
            card: None,
            status: 200,
            refused: None,
            request: self.body.clone(),
            answer: Bytes::new(),
            findings: Vec::new(),
            reasons: Vec::new(),
            took: self.started.elapsed(),
        }
    }

    /// Writes the exchange before its answer leaves. The log names label and place, never a person.
    fn write(&self, exchange: Exchange) {
        let message = exchange.message.clone();
        let (status, card) = (exchange.status, exchange.card.clone());
        let label = exchange.refused.unwrap_or_default();
        let took = exchange.took;
        let number = self.world.journal.write(exchange);
        let card = card.as_ref().map_or("-", |card| card.key.as_str());
        tracing::info!(number, world = self.world.name, %message, status, label, card, ?took, "exchange");
    }
}
