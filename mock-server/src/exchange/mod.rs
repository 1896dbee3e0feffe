//! From the bytes of a request to the bytes of its answer: decode, service, script, encode.
//!
//! No HTTP here; it is in [`http`].

pub(crate) mod answering;
mod archive;
pub(crate) mod caller;
pub mod http;
mod once;
mod refused;

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use messages::charset::Encoding;
use messages::dialect::{Dialect, Role, Tolerance};
use messages::finding::{Finding, Label};
use messages::id::MessageId;
use messages::message::{Group, XmlMsg};
use messages::oqs::{bulk as bulk_messages, imm, quc, visit as visit_messages};
use messages::value::{CharacterCode, Segment, Status, TreatmentFlag};
use messages::{Decoded, Given, tkk, yzk};
use scenarios::Card;
use scenarios::script::Delay;

pub use caller::Service;
pub use refused::RequestRefused;

use crate::gate::Admitted;
use crate::reason::Reason;
use crate::services::bulk::{self, Arrival};
use crate::services::served::{Form, ResultHeader, Served};
use crate::services::{Context, checkup, medical, qualification, reference, visit};
use crate::world::World;

/// How a message is written on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Wire {
    /// XML, as in the files.
    #[default]
    Xml,
    /// JSON, as in the Web API.
    Json,
}

/// An admitted request.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// The world.
    pub world: &'a World,
    /// Who asks.
    pub admitted: &'a Admitted<'a>,
    /// The message.
    pub id: MessageId,
    /// The account that asks; the terminal's files come from the link application's.
    pub role: Role,
    /// How it is written.
    pub wire: Wire,
    /// The key of the terminal's work entry, if it sent one.
    pub key: Option<&'a str>,
    /// In which encoding the answer is to be, if the caller says so; else as the dialect says.
    pub encoding: Option<Encoding>,
    /// The request.
    pub body: &'a [u8],
    /// The world's time.
    pub now: Timestamp,
}

/// An answer to an admitted request.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Media type of the body.
    pub content_type: Cow<'static, str>,
    /// The message, or the file in which it travels.
    pub body: Bytes,
    /// How long to wait before sending it.
    pub delay: Duration,
    /// What the terminal is to do with it, as the value of the header `onshi-mock-habit`.
    pub habit: Option<Arc<str>>,
    /// The card that was meant.
    pub card: Option<Arc<Card>>,
    /// Findings of request and answer.
    pub findings: Vec<Finding>,
    /// The decisions.
    pub reasons: Vec<Reason>,
}

impl Answer {
    /// An answer that is no message.
    pub(crate) fn plain(content_type: &'static str, body: impl Into<Bytes>) -> Self {
        Self {
            content_type: content_type.into(),
            body: body.into(),
            delay: Duration::ZERO,
            habit: None,
            card: None,
            findings: Vec::new(),
            reasons: Vec::new(),
        }
    }
}

impl Call<'_> {
    /// Answers the request; once, if it has a key.
    ///
    /// # Errors
    /// [`RequestRefused`] if the bytes are no request at all, or the world could not be changed as the request wants.
    pub fn answer(self) -> Result<Answer, RequestRefused> {
        match self.answered_before()? {
            Some(answer) => Ok(answer),
            None => self.keep(self.answer_anew()?),
        }
    }

    fn answer_anew(self) -> Result<Answer, RequestRefused> {
        match self.id {
            MessageId::OqsSiQuc01 => self.serve(|context, request, _| {
                let mut served = qualification::confirm(context, request);
                script(&mut served, context.dialect());
                served
            }),
            MessageId::OqsSiHvq01 => self.serve(|context, request: &visit_messages::Request, _| {
                visit::confirm(context, request, TreatmentFlag::HomeVisit)
            }),
            MessageId::OqsSiOnq01 => self.serve(|context, request: &visit_messages::Request, _| {
                visit::confirm(context, request, TreatmentFlag::Online)
            }),
            MessageId::OqsSiHvd01 => self.serve(|context, request, _| visit::cancel(context, request)),
            MessageId::OqsSiImm01 => self.serve(|context, request, _| reference::register(context, request)),
            MessageId::YzkSiQuc01 => {
                self.serve(|context, request: &yzk::Request, _| medical::view(context, request))
            }
            MessageId::TkkSiQuc01 => {
                self.serve(|context, request: &tkk::Request, _| checkup::view(context, request))
            }
            MessageId::OqsMuQuc01 => self.serve(bulk::accept::<bulk_messages::Request>),
            MessageId::OqsMuImm01 => self.serve(bulk::accept::<imm::BulkRequest>),
            MessageId::OqsMuTic01 => self.serve(bulk::accept::<bulk_messages::TicketRequest>),
            MessageId::OqsMuHvq01 | MessageId::OqsMuOnq01 => {
                self.serve(bulk::accept::<bulk_messages::ConsentedRequest>)
            }
            MessageId::OqsMuQuc02 => self.serve(|context, request, _| {
                bulk::fetch(context, MessageId::OqsMuQuc01, request, bulk::qualifications)
            }),
            MessageId::OqsMuImm02 => self.serve(|context, request, _| {
                bulk::fetch(context, MessageId::OqsMuImm01, request, bulk::references)
            }),
            MessageId::OqsMuTic02 => self.serve(|context, request, _| {
                bulk::fetch(context, MessageId::OqsMuTic01, request, bulk::tickets)
            }),
            MessageId::OqsMuHvq02 => self.serve(|context, request, _| {
                bulk::fetch(context, MessageId::OqsMuHvq01, request, bulk::consented)
            }),
            MessageId::OqsMuOnq02 => self.serve(|context, request, _| {
                bulk::fetch(context, MessageId::OqsMuOnq01, request, bulk::consented)
            }),
        }
    }

    /// Decodes, lets the service answer, changes the world and encodes.
    fn serve<Q: Group, H: Group + ResultHeader, B: Group>(
        self,
        service: impl FnOnce(Context<'_>, &Q, Arrival<'_>) -> Served<XmlMsg<H, B>>,
    ) -> Result<Answer, RequestRefused> {
        let (decoded, text) = self.decode::<Q>()?;
        let mut findings = decoded.findings;
        let mut reasons = Vec::with_capacity(8);
        if !findings.is_empty() {
            reasons.push(Reason::Findings(findings.len()));
        }
        let people = self.world.people();
        let asker = &self.admitted.certificate.institution;
        let context = Context {
            world: self.world,
            people: &people,
            asker,
            role: self.role,
            message: self.id,
            now: self.now,
        };
        let arrival = Arrival { message: self.id, text: &text, key: self.key };
        let mut served = service(context, &decoded.message, arrival);
        for event in std::mem::take(&mut served.events) {
            self.world.record(event).map_err(|error| RequestRefused::Failed(error.to_string()))?;
        }
        reasons.append(&mut served.reasons);
        let delay = served.card.as_ref().and_then(|card| match card.then.delay {
            Some(Delay::Fixed(delay)) => Some(delay),
            _ => None,
        });
        if let Some(delay) = delay {
            reasons.push(Reason::ScriptDelay(delay));
        }
        let card = served.card.take();
        let (content_type, body) = self.encode(served, &mut findings, &mut reasons)?;
        let delay = delay.unwrap_or_default();
        Ok(Answer { content_type: content_type.into(), body, delay, habit: None, card, findings, reasons })
    }

    /// The request, and its text where a job keeps it.
    fn decode<Q: Group>(&self) -> Result<(Decoded<Q>, String), RequestRefused> {
        let decoded = match self.wire {
            Wire::Xml => messages::decode::<Q>(self.body)?,
            Wire::Json => messages::decode_json::<Q>(self.body).map_err(RequestRefused::NotJson)?,
        };
        if self.world.dialect().requests.unknown_element.value == Tolerance::Refuse
            && let Some(unknown) =
                decoded.findings.iter().find(|finding| finding.label == Label::UnknownElement)
        {
            return Err(RequestRefused::UnknownElement(Box::new(unknown.clone())));
        }
        let text = if self.id.is_bulk() {
            String::from_utf8(messages::encode(&decoded.message, Encoding::Utf8).bytes).unwrap_or_default()
        } else {
            String::new()
        };
        Ok((decoded, text))
    }

    fn encode<H: Group + ResultHeader, B: Group>(
        &self,
        served: Served<XmlMsg<H, B>>,
        findings: &mut Vec<Finding>,
        reasons: &mut Vec<Reason>,
    ) -> Result<(&'static str, Bytes), RequestRefused> {
        let mut style = self.world.dialect().style();
        style.encoding = self.encoding.unwrap_or(style.encoding);
        let mut answer = served.answer;
        let failed = |error: String| RequestRefused::Failed(error);
        if let Form::Document(document) = &served.form {
            let rendered = documents::render(document).map_err(|error| failed(error.to_string()))?;
            return Ok(("application/pdf", rendered.bytes.into()));
        }
        if self.wire == Wire::Json {
            *answer.header.character_code() = Given::Good(CharacterCode::Utf8);
            return Ok(("application/json; charset=UTF-8", messages::encode_json(&answer, style).into()));
        }
        *answer.header.character_code() = Given::Good(character_code(style.encoding));
        let encoded = messages::encode(&answer, style);
        if !encoded.findings.is_empty() {
            reasons.push(Reason::Replaced(encoded.findings.len()));
        }
        findings.extend(encoded.findings);
        match served.form {
            Form::Archive(name) => {
                let zip = archive::of(&name, &encoded.bytes).map_err(|error| failed(error.to_string()))?;
                Ok(("application/zip", zip.into()))
            }
            Form::Message | Form::Document(_) => Ok(("application/xml", encoded.bytes.into())),
        }
    }
}

/// Does what the card's script says instead of a plain answer.
fn script(served: &mut Served<quc::Outcome>, dialect: &Dialect) {
    let then = served.card.as_ref().map(|card| &card.then);
    let (status, segment) = then.map(|then| (then.status(), then.segment())).unwrap_or_default();
    if let Some(status @ Status::Error) = status {
        served.reasons.push(Reason::ScriptStatus(status));
        qualification::refuse(&mut served.answer.body, &dialect.codes.other_item.value);
    }
    if let Some(segment @ Segment::Abnormal) = segment {
        served.reasons.push(Reason::ScriptSegment(segment));
        served.answer.header.fail(&dialect.codes.system_error.value);
        served.answer.body = quc::OutcomeBody::default();
    }
}

fn character_code(encoding: Encoding) -> CharacterCode {
    match encoding {
        Encoding::Utf8 => CharacterCode::Utf8,
        Encoding::ShiftJis => CharacterCode::ShiftJis,
    }
}
