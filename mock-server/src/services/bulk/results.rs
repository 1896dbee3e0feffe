//! The results of bulk jobs, one kind after the other.

use std::sync::Arc;

use jiff::civil::Date;
use messages::Given;
use messages::oqs::bulk::{
    ConsentSearch, ConsentedOutcome, ConsentedRequest, Outcome, Request, TicketRequest, Unit,
};
use messages::oqs::imm::{BulkOutcome, BulkRequest};
use messages::oqs::quc::{Qualification, SearchInfo};
use messages::value::{DesignatedInstitution, LimitChanged, Status, TreatmentFlag, Validity};
use scenarios::{Card, Match};

use super::Filled;
use crate::clock::in_japan;
use crate::services::qualification::{self, Care, Shown, is_of_month};
use crate::services::{Context, reader, reference};
use crate::world::{Consent, Job};

/// OQSmuquc02: each person as a single query would answer, without the limit certificate itself.
pub fn qualifications(context: Context<'_>, job: &Job, answer: &mut Outcome) -> Filled {
    let Some(request) = decoded::<Request>(job) else { return Filled::default() };
    let units = &mut answer.body.units;
    for search in &request.body.searches {
        let mut reasons = Vec::new();
        let confirmed =
            qualification::person(context, &request.header.date, Some(search), Care::Typed, &mut reasons);
        let mut body = confirmed.body;
        let mut reference_number = Given::Missing;
        for result in &mut body.results {
            reference_number = std::mem::take(&mut result.reference_number);
            without_certificate(result, search, confirmed.card.as_ref(), context);
        }
        units.push(Unit {
            search: body.search,
            status: body.status,
            code: body.code,
            message: body.message,
            validity: body.validity,
            results: body.results,
            reference_number,
            ..Unit::default()
        });
    }
    let errors = units.iter().filter(|unit| unit.status == Given::Good(Status::Error)).count();
    Filled { persons: units.len(), errors }
}

/// A bulk result tells only whether the certificate is still the one that the asker knows (terminal.md 7.3).
fn without_certificate(
    result: &mut Qualification,
    search: &SearchInfo,
    card: Option<&Arc<Card>>,
    context: Context<'_>,
) {
    let today = context.today();
    let own = card
        .and_then(|card| {
            card.person.coverages.iter().find_map(|coverage| coverage.insurance()?.limit.as_ref())
        })
        .filter(|limit| (limit.from.on(today)..=limit.to.on(today)).contains(&today));
    let known = search.known_limit.as_ref();
    let same = known.and_then(|known| known.class.good()) == own.map(|limit| &limit.class)
        && known.and_then(|known| known.kind.good()) == own.map(|limit| &limit.kind);
    result.limit = None;
    result.limit_changed = Given::Good(if same { LimitChanged::Same } else { LimitChanged::Changed });
}

/// OQSmuimm02: each registration with its status. The numbers were registered when the job was accepted.
pub fn references(context: Context<'_>, job: &Job, answer: &mut BulkOutcome) -> Filled {
    let Some(request) = decoded::<BulkRequest>(job) else { return Filled::default() };
    let units: Vec<_> =
        request.body.registrations.iter().map(|one| reference::one(context, Some(one)).body).collect();
    let errors = units.iter().filter(|unit| unit.status == Given::Good(Status::Error)).count();
    let persons = units.len();
    answer.body.units = units;
    Filled { persons, errors }
}

/// OQSmutic02: everybody with a ticket of the month for the asking institution.
pub fn tickets(context: Context<'_>, job: &Job, answer: &mut Outcome) -> Filled {
    let Some(request) = decoded::<TicketRequest>(job) else { return Filled::default() };
    let month = request.body.search.as_ref().and_then(|search| search.month.good().copied());
    let today = context.today();
    for card in context.people.cards().filter(|card| !card.nobody) {
        for coverage in &card.person.coverages {
            let Some((aid, month)) = coverage.aid().zip(month) else { continue };
            let day = month.first_day();
            let ours = aid.tickets.iter().any(|ticket| {
                is_of_month(ticket, day, today)
                    && ticket.institution.as_ref().is_none_or(|code| code == context.asker)
            });
            if ours {
                let found = Match { card, coverage };
                let mut unit = unit(context, found, Shown::answered(context, day, &[]), day);
                for result in &mut unit.results {
                    result
                        .tickets
                        .retain(|ticket| ticket.designated == Given::Good(DesignatedInstitution::Same));
                }
                answer.body.units.push(unit);
            }
        }
    }
    let persons = answer.body.units.len();
    Filled { persons, errors: 0 }
}

/// OQSmuhvq02 and OQSmuonq02: everybody who consented in the days that are asked for.
pub fn consented(context: Context<'_>, job: &Job, answer: &mut ConsentedOutcome) -> Filled {
    let Some(request) = decoded::<ConsentedRequest>(job) else { return Filled::default() };
    let search = request.body.search.clone().unwrap_or_default();
    let treatment = search.treatment.good().copied().unwrap_or(TreatmentFlag::HomeVisit);
    for (person, consents) in context.world.consents.at(context.asker, treatment) {
        let within = |consent: &&Consent| consent.given && is_within(&search, in_japan(consent.at).date());
        let Some(first) = consents.iter().find(within) else { continue };
        let Some(card) = context.people.card(person.as_str()) else { continue };
        let today = context.today();
        let shown = Shown::answered(context, today, &consents);
        let (validity, coverages) = reader::coverages(context, card);
        let Some(mut unit) = coverages
            .into_iter()
            .map(|coverage| unit(context, Match { card, coverage }, shown, today))
            .reduce(|mut first, next| {
                first.results.extend(next.results);
                first
            })
        else {
            continue;
        };
        unit.validity = Given::Good(validity);
        unit.consent = qualification::consented(Some(first), context.now);
        answer.body.units.push(unit);
    }
    answer.body.search = Some(search);
    answer.body.status = Given::Good(Status::Normal);
    let persons = answer.body.units.len();
    Filled { persons, errors: 0 }
}

/// Whether a day lies in the days of consent or, for online care, of examination.
fn is_within(search: &ConsentSearch, day: Date) -> bool {
    let good = |given: &Given<messages::value::Day>| given.good().map(|day| day.0);
    let from = good(&search.consent_from).or(good(&search.examined_from));
    let to = good(&search.consent_to).or(good(&search.examined_to));
    from.is_none_or(|from| from <= day) && to.is_none_or(|to| day <= to)
}

fn unit(context: Context<'_>, found: Match<'_>, shown: Shown<'_>, day: Date) -> Unit {
    let mut reasons = Vec::new();
    let mut result = shown.qualification(found, &mut reasons);
    let reference_number = std::mem::take(&mut result.reference_number);
    let validity: Validity = qualification::validity(context, found, day, &mut reasons);
    Unit {
        status: Given::Good(Status::Normal),
        validity: Given::Good(validity),
        results: vec![result],
        reference_number,
        ..Unit::default()
    }
}

/// The request of a job. It was decoded when it was accepted, so that it decodes again.
fn decoded<M: messages::message::Group>(job: &Job) -> Option<M> {
    messages::decode(job.request.as_bytes()).ok().map(|decoded| decoded.message)
}
