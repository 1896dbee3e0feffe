//! From the bytes of a request to the bytes of its answer: decode, service, script, encode.
//!
//! No HTTP here; it is in [`http`].

pub(crate) mod answering;
pub(crate) mod caller;
pub mod http;
mod once;
mod refused;
mod scripted;
pub(crate) mod sending;
mod writing;

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;
use messages::charset::{self, Encoding};
use messages::dialect::{Role, Tolerance};
use messages::document::Document;
use messages::finding::{Finding, Label};
use messages::id::MessageId;
use messages::message::{Group, XmlMsg};
use messages::oqs::{bulk as bulk_messages, imm, visit as visit_messages};
use messages::value::{ResultCode, TreatmentFlag};
use messages::{Decoded, tkk, yzk};
use scenarios::{Card, People};

pub use caller::Service;
pub use refused::RequestRefused;

use crate::archive;
use crate::gate::Admitted;
use crate::reason::Reason;
use crate::script::{self, Asked, Plan};
use crate::services::bulk::{self, Arrival};
use crate::services::served::{ResultHeader, Served};
use crate::services::{Context, checkup, medical, qualification, reference, visit};
use crate::world::{Event, World};

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
    /// What was planned for it: how it is sent, and what is simulated.
    pub plan: Plan,
    /// What the terminal is to do with it, as the value of the header `onshi-mock-habit`.
    pub habit: Option<Arc<str>>,
    /// The card that was meant.
    pub card: Option<Arc<Card>>,
    /// The field's code, if the request is rejected with one.
    pub code: Option<ResultCode>,
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
            plan: Plan::default(),
            habit: None,
            card: None,
            code: None,
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
            MessageId::OqsSiQuc01 => {
                self.serve(|context, request, _| qualification::confirm(context, request))
            }
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
    fn serve<Q: Group, H: Group + ResultHeader, B: Group + Default>(
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
        let plan = self.plan(&people, served.card.as_deref())?;
        // What answers with another status stands in front of the service: nothing changes behind it.
        if plan.then.http_status.is_none() {
            for event in std::mem::take(&mut served.events) {
                self.world.record(event).map_err(|error| RequestRefused::Failed(error.to_string()))?;
            }
        }
        reasons.append(&mut served.reasons);
        reasons.extend(plan.by.iter().map(|applied| Reason::Simulated(Box::new(applied.clone()))));
        if !plan.delay.is_zero() {
            reasons.push(Reason::ScriptDelay(plan.delay));
        }
        let card = served.card.take();
        let mut code = None;
        let (content_type, body) = if plan.then.answers() {
            scripted::segment(&plan.then, &mut served.answer, self.world.dialect());
            // What a script answers about one person is not what the service decided.
            let item = || reasons.iter().find_map(Reason::code).filter(|_| plan.then.answer.is_none());
            code = served.answer.header.code().or_else(item).cloned();
            self.encode(&plan.then, served, &mut findings, &mut reasons)?
        } else {
            sending::without_message(&plan.then)
        };
        let habit = plan.then.terminal.as_ref().map(|habit| habit.to_header().into());
        Ok(Answer { content_type: content_type.into(), body, plan, habit, card, code, findings, reasons })
    }

    /// What the scripts of the world want to happen; their turn is recorded before anything of the answer leaves.
    fn plan(&self, people: &People, card: Option<&Card>) -> Result<Plan, RequestRefused> {
        let read = || match self.wire {
            Wire::Xml => charset::decode(self.body).ok().and_then(|decoded| Document::of_xml(&decoded.text)),
            Wire::Json => std::str::from_utf8(self.body).ok().and_then(Document::of_json),
        };
        let asked = Asked {
            message: self.id,
            institution: &self.admitted.certificate.institution,
            card,
            role: self.role,
            now: self.now,
            seed: self.world.seed(),
            read: &read,
        };
        let (plan, turn) = script::decide(people.rules(), &asked, &self.world.turns);
        if let Some(turn) = turn {
            let recorded = self.world.record(Event::ScriptsAsked(turn));
            recorded.map_err(|error| RequestRefused::Failed(error.to_string()))?;
        }
        Ok(plan)
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
}
