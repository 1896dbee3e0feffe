//! An exchange as people and machines read it.

use messages::charset;
use messages::finding::Finding;
use messages::id::{Half, MessageId};
use messages::refusal::Bilingual;
use serde::Serialize;

use super::Exchange;
use crate::clock::rfc3339;
use crate::line::FoundLine;

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
    /// HTTP status.
    pub status: u16,
    /// Label of the refusal, if it was refused.
    pub refused: Option<&'static str>,
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
            status: exchange.status,
            refused: exchange.refused,
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
        let id = MessageId::parse(&exchange.message);
        let decode = |bytes: &[u8], half| id.and_then(|id| messages::view(id, half, bytes));
        Self {
            summary: Summary::of(number, exchange),
            request: body(&exchange.request, decode(&exchange.request, Half::Request)),
            answer: body(&exchange.answer, decode(&exchange.answer, Half::Result)),
        }
    }
}

fn body(bytes: &[u8], message: Option<serde_json::Value>) -> Body {
    let text = charset::decode(bytes)
        .map_or_else(|_| String::from_utf8_lossy(bytes).into_owned(), |decoded| decoded.text.into_owned());
    Body { bytes: bytes.len(), text, message }
}
