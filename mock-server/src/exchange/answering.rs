//! How a refusal is written for its reader.

use actix_web::http::StatusCode;
use actix_web::http::header::{ACCEPT, ALLOW};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};
use messages::refusal::Refusal;

use crate::failure;
use crate::gate::Refused;
use crate::tls::{Connection, Style};

/// The body of a refusal and its media type: JSON for who accepts it, else XML.
pub(crate) fn body(refusal: &Refusal, request: &HttpRequest) -> (&'static str, Bytes) {
    let accept = request.headers().get(ACCEPT).and_then(|value| value.to_str().ok());
    if accept.is_some_and(|accept| accept.contains("json")) {
        (Refusal::JSON, refusal.to_json().into())
    } else {
        ("application/xml; charset=UTF-8", refusal.to_xml().into())
    }
}

/// The answer to a caller whom the gate refuses. On a port of style `field` there is none: the connection is cut.
pub(crate) fn turn_away(refused: Refused, request: &HttpRequest) -> HttpResponse {
    cut(request);
    let refusal = refused.refusal();
    respond(refusal.status, body(&refusal, request))
}

/// Cuts the connection of a refused caller if its port refuses as the field does; whether it did.
pub(crate) fn cut(request: &HttpRequest) -> bool {
    let connection = request.conn_data::<Connection>().filter(|one| one.style == Style::Field);
    connection.is_some_and(|connection| {
        connection.cut.now();
        true
    })
}

/// The answer to a refused request.
pub(crate) fn respond(status: u16, (content_type, body): (&'static str, Bytes)) -> HttpResponse {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
    let mut response = HttpResponse::build(status);
    if status == StatusCode::METHOD_NOT_ALLOWED {
        response.insert_header((ALLOW, "POST"));
    }
    if status == StatusCode::INTERNAL_SERVER_ERROR {
        // No simulated fault ever carries this header.
        response.insert_header((failure::HEADER, "1"));
    }
    response.content_type(content_type).body(body)
}
