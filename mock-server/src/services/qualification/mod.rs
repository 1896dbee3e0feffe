//! Qualification confirmation (資格確認, OQSsiquc01) by the data of an insurance card.
//!
//! The rule is that of gaps.md 5: normalise, search, count, compare the day with the qualification's period.

mod check;
mod period;
mod result;

use std::sync::Arc;

use jiff::civil::Date;
use messages::Given;
use messages::dialect::Coded;
use messages::oqs::quc::{Outcome, OutcomeBody, OutcomeHeader, Qualification, Request, SearchInfo};
use messages::value::{
    CharacterCode, Day, Moment, ReferenceClassification, Segment, Status, TreatmentFlag, Validity,
};
use scenarios::{Card, Match};

pub(super) use period::{Period, Standing, has_newer};
pub(super) use result::{Shown, consented, has_ticket, is_of_month};

use super::Context;
use super::identify::Found;
use super::served::{ResultHeader, Served, given};
use crate::reason::Reason;
use check::Sought;

/// Answers a typed query.
#[must_use]
pub fn confirm(context: Context<'_>, request: &Request) -> Served<Outcome> {
    confirm_for(context, request, Care::Typed)
}

pub(super) fn confirm_for(context: Context<'_>, request: &Request, care: Care) -> Served<Outcome> {
    let header = header(context, request);
    let mut served = Served::plain(Outcome { header, body: OutcomeBody::default() }, Vec::with_capacity(4));
    if let Some((reason, coded)) = context.barred_with_code(&request.header.institution) {
        served.reasons.push(reason);
        served.answer.header.fail(coded);
        return served;
    }
    let search = request.body.search.as_ref();
    let confirmed = person(context, &request.header.date, search, care, &mut served.reasons);
    served.answer.body = confirmed.body;
    served.card = confirmed.card;
    served
}

/// Whose consents count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Care {
    /// The oral one of a typed query.
    Typed,
    /// Those that were given for home visits or online care.
    Consented(TreatmentFlag),
}

/// One person's answer.
#[derive(Debug)]
pub(super) struct Confirmed {
    pub(super) body: OutcomeBody,
    pub(super) card: Option<Arc<Card>>,
}

/// Answers for one person: the echo, the status, and what was found.
pub(super) fn person(
    context: Context<'_>,
    day: &Given<Day>,
    search: Option<&SearchInfo>,
    care: Care,
    reasons: &mut Vec<Reason>,
) -> Confirmed {
    let body = OutcomeBody {
        search: search.cloned(),
        status: Given::Good(Status::Normal),
        ..OutcomeBody::default()
    };
    let mut confirmed = Confirmed { body, card: None };
    match check::check(day, search, context.dialect(), context.today()) {
        Err(odd) => {
            reasons.push(Reason::Item { element: odd.element, code: odd.code.code.clone() });
            refuse(&mut confirmed.body, odd.code);
        }
        Ok(sought) => look_up(context, &sought, care, &mut confirmed, reasons),
    }
    confirmed
}

fn header(context: Context<'_>, request: &Request) -> OutcomeHeader {
    let header = &request.header;
    OutcomeHeader {
        executed: Given::Good(Moment(context.japan())),
        date: header.date.clone(),
        institution: header.institution.clone(),
        file_identifier: header.file_identifier.clone(),
        reference: Given::Good(ReferenceClassification::InsuranceData),
        segment: Given::Good(Segment::Normal),
        error_code: Given::Missing,
        error_message: Given::Missing,
        character_code: Given::Good(CharacterCode::Utf8),
    }
}

fn look_up(
    context: Context<'_>,
    sought: &Sought<'_>,
    care: Care,
    confirmed: &mut Confirmed,
    reasons: &mut Vec<Reason>,
) {
    let body = &mut confirmed.body;
    match sought.numbers.find(context.people, sought.day, context.today(), reasons) {
        Found::Nobody => body.validity = Given::Good(Validity::NotFound),
        Found::Several(matches) => {
            body.validity = Given::Good(Validity::Several);
            body.results =
                matches.iter().map(|found| result(context, *found, sought, care, reasons)).collect();
        }
        Found::One(found) => {
            confirmed.card = Some(Arc::clone(found.card));
            if let Some(coded) = missing_consent(context, found.card, care, reasons) {
                return refuse(body, coded);
            }
            let validity = validity(context, found, sought.day, reasons);
            body.validity = Given::Good(validity);
            let shown =
                validity != Validity::InvalidWithNewer || context.dialect().search.show_lost_with_newer.value;
            if shown {
                body.results = vec![result(context, found, sought, care, reasons)];
            }
        }
    }
    if let Some(search) = &body.search {
        for result in &mut body.results {
            result.person_identifier = search.person_identifier.clone();
        }
    }
}

/// A query for home visits or online care needs a consent that was given for it (terminal.md 7.5).
fn missing_consent<'a>(
    context: Context<'a>,
    card: &Card,
    care: Care,
    reasons: &mut Vec<Reason>,
) -> Option<&'a Coded> {
    let Care::Consented(treatment) = care else { return None };
    let consents = context.consents(card, treatment);
    if consents.iter().any(|consent| consent.holds(context.now)) {
        return None;
    }
    reasons.push(Reason::NoConsent);
    Some(&context.dialect().codes.visit_consent.value)
}

/// What a qualification is worth on a day.
pub(super) fn validity(
    context: Context<'_>,
    found: Match<'_>,
    day: Date,
    reasons: &mut Vec<Reason>,
) -> Validity {
    let rules = &context.dialect().search;
    let today = context.today();
    let period = Period::of(found.coverage, today, rules);
    let validity = match period.standing(day) {
        Standing::Inside if found.coverage.aid().is_some_and(|aid| !has_ticket(aid, day, today)) => {
            reasons.push(Reason::NoTicket);
            Validity::ValidWithoutTicket
        }
        Standing::Inside => Validity::Valid,
        Standing::Before => Validity::Invalid,
        Standing::After if has_newer(found, day, today, rules) => {
            reasons.push(Reason::NewerElsewhere);
            Validity::InvalidWithNewer
        }
        Standing::After => Validity::Invalid,
    };
    reasons.push(Reason::Period { from: period.from, end: period.end, day, validity });
    validity
}

fn result(
    context: Context<'_>,
    found: Match<'_>,
    sought: &Sought<'_>,
    care: Care,
    reasons: &mut Vec<Reason>,
) -> Qualification {
    match care {
        Care::Typed => Shown::typed(context, sought.day, sought.limit_consent).qualification(found, reasons),
        Care::Consented(treatment) => {
            let consents = context.consents(found.card, treatment);
            Shown::answered(context, sought.day, &consents).qualification(found, reasons)
        }
    }
}

/// Whose qualification it is, without certificates and consents.
pub(super) fn person_of(context: Context<'_>, found: Match<'_>) -> Qualification {
    Shown::typed(context, context.today(), false).qualification(found, &mut Vec::new())
}

/// Makes an answer an error of the person: status 2 with a code, no validity.
pub fn refuse(body: &mut OutcomeBody, coded: &Coded) {
    body.status = Given::Good(Status::Error);
    (body.code, body.message) = given(coded);
    body.validity = Given::Missing;
    body.results.clear();
}

#[cfg(test)]
mod tests;
