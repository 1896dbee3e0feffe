//! Reference numbers (照会番号登録, OQSsiimm01): an institution tells by which number it knows a person.

use messages::Given;
use messages::dialect::Coded;
use messages::oqs::imm::{Outcome, OutcomeBody, Registration, Request};
use messages::value::{ReferenceNumber, Status};

use super::Context;
use super::identify::{Found, Written};
use super::served::{ResultHeader, Served, given};
use crate::reason::Reason;
use crate::world::Event;
use crate::world::PersonId;

/// Registers one number.
#[must_use]
pub fn register(context: Context<'_>, request: &Request) -> Served<Outcome> {
    let header = context.plain_header(&request.header);
    let mut served = Served::plain(Outcome { header, body: OutcomeBody::default() }, Vec::new());
    if let Some((reason, coded)) = context.barred_with_code(&request.header.institution) {
        served.reasons.push(reason);
        served.answer.header.fail(coded);
        return served;
    }
    let Registered { body, event, reasons } = one(context, request.body.registration.as_ref());
    Served {
        answer: Outcome { body, ..served.answer },
        reasons,
        events: event.into_iter().collect(),
        ..served
    }
}

/// What comes of one registration.
pub(super) struct Registered {
    pub(super) body: OutcomeBody,
    pub(super) event: Option<Event>,
    pub(super) reasons: Vec<Reason>,
}

/// Registers one number: the echo with its status, and the event if somebody was found.
pub(super) fn one(context: Context<'_>, registration: Option<&Registration>) -> Registered {
    let mut reasons = Vec::new();
    let body = OutcomeBody { registration: registration.cloned(), ..OutcomeBody::default() };
    match registration.map(|registration| find(context, registration, &mut reasons)) {
        Some(Ok((person, number))) => {
            let institution = context.asker.clone();
            let event = Some(Event::ReferenceRegistered { person, institution, number });
            Registered { body: OutcomeBody { status: Given::Good(Status::Normal), ..body }, event, reasons }
        }
        Some(Err(coded)) => Registered { body: refused(body, coded), event: None, reasons },
        None => Registered {
            body: refused(body, &context.dialect().codes.other_item.value),
            event: None,
            reasons,
        },
    }
}

fn refused(body: OutcomeBody, coded: &Coded) -> OutcomeBody {
    let (code, message) = given(coded);
    OutcomeBody { status: Given::Good(Status::Error), code, message, ..body }
}

fn find<'a>(
    context: Context<'a>,
    registration: &'a Registration,
    reasons: &mut Vec<Reason>,
) -> Result<(PersonId, ReferenceNumber), &'a Coded> {
    let codes = &context.dialect().codes;
    let Registration { reference_number, insurer, symbol, number, branch } = registration;
    let reference = match reference_number {
        Given::Good(number) => number.clone(),
        Given::Odd(_) => return Err(&codes.reference_number.value),
        Given::Missing => return Err(&codes.other_item.value),
    };
    let written = Written { insurer, symbol, number, branch, born: None };
    let numbers = match written.check(context.dialect()) {
        Ok(numbers) => numbers,
        Err(odd) => {
            reasons.push(Reason::Item { element: odd.element, code: odd.code.code.clone() });
            return Err(odd.code);
        }
    };
    match numbers.find(context.people, context.today(), context.today(), reasons) {
        Found::One(found) => Ok((PersonId::of(found.card), reference)),
        Found::Nobody | Found::Several(_) => Err(&codes.registration_not_found.value),
    }
}
