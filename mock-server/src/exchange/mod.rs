//! From the bytes of a request to the bytes of its answer: decode, service, script, encode.
//!
//! A pure function of the world; HTTP is in [`http`].

pub mod http;
mod refused;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use messages::Given;
use messages::charset::Encoding;
use messages::dialect::Tolerance;
use messages::finding::{Finding, Label};
use messages::id::MessageId;
use messages::oqs::quc;
use messages::value::{CharacterCode, Segment, Status};
use scenarios::{Card, Then};

pub use refused::RequestRefused;

use crate::clock::in_japan;
use crate::gate::Admitted;
use crate::reason::Reason;
use crate::services::qualification::{self, Question};
use crate::world::World;

/// An answer to an admitted request.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The message.
    pub body: Bytes,
    /// How long to wait before sending it.
    pub delay: Duration,
    /// The card that was meant.
    pub card: Option<Arc<Card>>,
    /// Findings of request and answer.
    pub findings: Vec<Finding>,
    /// The decisions.
    pub reasons: Vec<Reason>,
}

/// Answers a request.
///
/// # Errors
/// [`RequestRefused`] if the bytes are no request at all.
pub fn answer(
    world: &World,
    admitted: &Admitted<'_>,
    id: MessageId,
    body: &[u8],
    now: Timestamp,
) -> Result<Answer, RequestRefused> {
    match id {
        MessageId::OqsSiQuc01 => confirm(world, admitted, body, now),
    }
}

fn confirm(
    world: &World,
    admitted: &Admitted<'_>,
    body: &[u8],
    now: Timestamp,
) -> Result<Answer, RequestRefused> {
    let dialect = world.dialect();
    let mut decoded = messages::decode::<quc::Request>(body)?;
    if dialect.requests.unknown_element.value == Tolerance::Refuse
        && let Some(unknown) = decoded.findings.iter().find(|finding| finding.label == Label::UnknownElement)
    {
        return Err(RequestRefused::UnknownElement(Box::new(unknown.clone())));
    }
    let mut reasons = Vec::with_capacity(8);
    if !decoded.findings.is_empty() {
        reasons.push(Reason::Findings(decoded.findings.len()));
    }
    let people = world.people();
    let question = Question {
        request: &decoded.message,
        asker: &admitted.certificate.institution,
        people: &people,
        dialect,
        now: in_japan(now),
    };
    let mut confirmation = question.answer();
    reasons.append(&mut confirmation.reasons);
    let then = confirmation.card.as_ref().map(|card| card.then).unwrap_or_default();
    script(then, &mut confirmation.outcome, dialect, &mut reasons);
    let encoding = Encoding::from(dialect.answers.encoding.value);
    confirmation.outcome.header.character_code = Given::Good(character_code(encoding));
    let encoded = messages::encode(&confirmation.outcome, encoding);
    if !encoded.findings.is_empty() {
        reasons.push(Reason::Replaced(encoded.findings.len()));
    }
    decoded.findings.extend(encoded.findings);
    Ok(Answer {
        body: encoded.bytes.into(),
        delay: then.delay.unwrap_or_default(),
        card: confirmation.card,
        findings: decoded.findings,
        reasons,
    })
}

/// Does what the card's script says instead of a plain answer.
fn script(
    then: Then,
    outcome: &mut quc::Outcome,
    dialect: &messages::dialect::Dialect,
    reasons: &mut Vec<Reason>,
) {
    if let Some(status @ Status::Error) = then.status {
        reasons.push(Reason::ScriptStatus(status));
        qualification::refuse(outcome, &dialect.codes.other_item.value);
    }
    if let Some(segment @ Segment::Abnormal) = then.segment {
        reasons.push(Reason::ScriptSegment(segment));
        qualification::fail(outcome, &dialect.codes.system_error.value);
    }
    if let Some(delay) = then.delay {
        reasons.push(Reason::ScriptDelay(delay));
    }
}

fn character_code(encoding: Encoding) -> CharacterCode {
    match encoding {
        Encoding::Utf8 => CharacterCode::Utf8,
        Encoding::ShiftJis => CharacterCode::ShiftJis,
    }
}
