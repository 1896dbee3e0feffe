//! An exchange as people and machines read it.

use std::borrow::Cow;
use std::sync::Arc;

use messages::charset;
use messages::finding::Finding;
use messages::id::{Half, MessageId};
use messages::refusal::Bilingual;
use openssl::base64;
use serde::Serialize;

use super::{Exchange, Outcome};
use crate::clock::rfc3339;
use crate::line::FoundLine;
use crate::tls::TlsFacts;

/// What a list of exchanges shows.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Summary {
    /// Its number, from 1.
    pub number: u64,
    /// The world's time, RFC 3339.
    pub at: String,
    /// The message id.
    pub message: String,
    /// The line.
    pub line: Option<FoundLine>,
    /// Subject of the certificate.
    pub certificate: Option<String>,
    /// Code of the institution.
    pub institution: Option<String>,
    /// Key of the test card.
    pub card: Option<String>,
    /// Address and port of the client.
    pub client: Option<String>,
    /// The TLS connection.
    #[schema(value_type = Option<TlsFacts>)]
    pub tls: Option<Arc<TlsFacts>>,
    /// How it ended.
    pub outcome: Outcome,
    /// HTTP status; 0 if no answer was sent.
    pub status: u16,
    /// Label of the refusal, if it was refused.
    pub refused: Option<&'static str>,
    /// What a scenario or a fault changed, by name.
    #[schema(value_type = Vec<String>)]
    pub simulated: Vec<Cow<'static, str>>,
    /// The decisions in order.
    #[schema(value_type = Vec<crate::schema::Bilingual>)]
    pub reasons: Vec<Bilingual>,
    /// What was odd.
    #[schema(value_type = Vec<crate::schema::Finding>)]
    pub findings: Vec<Finding>,
    /// Work of the service in microseconds.
    pub took_micros: u64,
}

/// Everything about an exchange.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Detail {
    /// What a list shows.
    #[serde(flatten)]
    pub summary: Summary,
    /// The request.
    pub request: Body,
    /// The answer.
    pub answer: Body,
}

/// A body as text and, where it is a message, as data.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Body {
    /// Number of bytes.
    pub bytes: usize,
    /// The bytes themselves.
    pub base64: String,
    /// The text; bytes that are none are shown as �.
    pub text: String,
    /// The message.
    #[schema(value_type = Option<Object>)]
    pub message: Option<serde_json::Value>,
}

impl Summary {
    /// Summarises an exchange.
    #[must_use]
    pub fn of(number: u64, exchange: &Exchange) -> Self {
        Self {
            number,
            at: rfc3339(exchange.at),
            message: exchange.message.to_string(),
            line: exchange.line.clone(),
            certificate: exchange.certificate.as_ref().map(|facts| facts.subject.clone()),
            institution: exchange.institution.as_ref().map(ToString::to_string),
            card: exchange.card.as_ref().map(|card| card.key.clone()),
            client: exchange.client.map(|client| client.to_string()),
            tls: exchange.tls.clone(),
            outcome: exchange.outcome(),
            status: exchange.status,
            refused: exchange.refused,
            simulated: exchange.simulated.clone(),
            reasons: exchange.reasons.iter().map(crate::reason::Reason::text).collect(),
            findings: exchange.findings.clone(),
            took_micros: u64::try_from(exchange.took.as_micros()).unwrap_or(u64::MAX),
        }
    }
}

impl Detail {
    /// Shows an exchange whole.
    #[must_use]
    pub fn of(number: u64, exchange: &Exchange) -> Self {
        let body = |half, bytes| body(bytes, decoded(&exchange.message, half, bytes));
        Self {
            summary: Summary::of(number, exchange),
            request: body(Half::Request, &exchange.request),
            answer: body(Half::Result, &exchange.answer),
        }
    }
}

/// A body as data, if it is a message.
pub(super) fn decoded(message: &str, half: Half, bytes: &[u8]) -> Option<serde_json::Value> {
    MessageId::parse(message).and_then(|id| messages::view(id, half, bytes))
}

fn body(bytes: &[u8], message: Option<serde_json::Value>) -> Body {
    let text = charset::decode(bytes)
        .map_or_else(|_| String::from_utf8_lossy(bytes).into_owned(), |decoded| decoded.text.into_owned());
    Body { bytes: bytes.len(), base64: base64::encode_block(bytes), text, message }
}
