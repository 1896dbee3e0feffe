//! Home visits (訪問診療等) and online care (オンライン診療等): a query without the card, and the end of a consent.
//!
//! Source: elements.md 6.2 and 6.3, terminal.md 7.5 and 7.6.

use std::sync::Arc;

use messages::Given;
use messages::dialect::Coded;
use messages::oqs::visit::{
    CancelOutcome, CancelOutcomeBody, CancelRequest, ConsentCancel, Outcome, Request,
};
use messages::value::{Segment, Status, TreatmentFlag};

use super::Context;
use super::identify::{Found, Written};
use super::qualification::{self, Care};
use super::served::{ResultHeader, Served, given};
use crate::reason::Reason;
use crate::world::Event;
use crate::world::PersonId;

/// Answers a query for a kind of care with the consents that were given for it.
#[must_use]
pub fn confirm(context: Context<'_>, request: &Request, treatment: TreatmentFlag) -> Served<Outcome> {
    let mut served = qualification::confirm_for(context, request, Care::Consented(treatment));
    let asked = request.body.search.as_ref().map(|search| &search.treatment);
    if asked.is_some_and(|asked| !asked.is_missing() && asked.good() != Some(&treatment)) {
        qualification::refuse(&mut served.answer.body, &context.dialect().codes.treatment_flag.value);
    }
    if served.answer.header.segment == Given::Good(Segment::Normal) {
        served.answer.body.treatment = Given::Good(treatment);
    }
    served
}

/// Cancels the consents of a person for a kind of care.
#[must_use]
pub fn cancel(context: Context<'_>, request: &CancelRequest) -> Served<CancelOutcome> {
    let header = context.plain_header(&request.header);
    let mut served = Served::plain(CancelOutcome { header, body: CancelOutcomeBody::default() }, Vec::new());
    if let Some((reason, coded)) = context.barred_with_code(&request.header.institution) {
        served.reasons.push(reason);
        served.answer.header.fail(coded);
        return served;
    }
    match request.body.cancel.as_ref().map(|cancel| find(context, cancel, &mut served)) {
        Some(Ok(event)) => {
            served.events.push(event);
            served.answer.body.status = Given::Good(Status::Normal);
        }
        Some(Err(coded)) => refuse(&mut served.answer.body, coded),
        None => refuse(&mut served.answer.body, &context.dialect().codes.other_item.value),
    }
    served
}

fn refuse(body: &mut CancelOutcomeBody, coded: &Coded) {
    body.status = Given::Good(Status::Error);
    (body.code, body.message) = given(coded);
}

fn find<'a>(
    context: Context<'a>,
    cancel: &'a ConsentCancel,
    served: &mut Served<CancelOutcome>,
) -> Result<Event, &'a Coded> {
    let codes = &context.dialect().codes;
    let ConsentCancel { insurer, symbol, number, branch, born, treatment } = cancel;
    let written = Written { insurer, symbol, number, branch, born: Some(born) };
    let numbers = written.check(context.dialect()).map_err(|odd| {
        served.reasons.push(Reason::Item { element: odd.element, code: odd.code.code.clone() });
        odd.code
    })?;
    let treatment = *treatment.good().ok_or(&codes.other_item.value)?;
    let today = context.today();
    match numbers.find(context.people, today, today, &mut served.reasons) {
        Found::Nobody | Found::Several(_) => Err(&codes.consent_to_cancel.value),
        Found::One(found) => {
            served.card = Some(Arc::clone(found.card));
            let consents = context.consents(found.card, treatment);
            if !consents.iter().any(|consent| consent.holds(context.now)) {
                served.reasons.push(Reason::NoConsent);
                return Err(&codes.consent_to_cancel.value);
            }
            let (person, institution) = (PersonId::of(found.card), context.asker.clone());
            Ok(Event::ConsentsCancelled { person, institution, treatment, at: context.now })
        }
    }
}
