//! Bulk messages (一括): 01 is accepted with a reception number, 02 fetches the result when it is ready.
//!
//! A result is worked out when it is fetched, as of the time at which the job became ready; so it needs no store and
//! survives a restart with its job. Source: messages.md 3.2, elements.md 3 to 6.1.

mod results;

use std::sync::Arc;

use jiff::SignedDuration;
use messages::Given;
use messages::dialect::BulkForm;
use messages::id::MessageId;
use messages::oqs::bulk::{Acceptance, ConsentedRequest, Fetch, Request, TicketRequest};
use messages::oqs::header::{AcceptanceBody, AcceptanceHeader, BulkResultHeader};
use messages::oqs::imm::BulkRequest;
use messages::value::{
    CharacterCode, Day, FileIdentifier, InstitutionCode, Moment, ReceptionNumber, Segment, Value,
};

pub use results::{consented, qualifications, references, tickets};

use super::served::{Form, ResultHeader, Served};
use super::{Context, reference};
use crate::reason::Reason;
use crate::world::Event;
use crate::world::Job;

/// A request that starts a job.
pub trait Starts {
    /// The institution code as written.
    fn institution(&self) -> &Given<InstitutionCode>;
    /// The identifier of the file.
    fn file_identifier(&self) -> &Given<FileIdentifier>;
    /// The day of confirmation, where there is one.
    fn day(&self) -> Given<Day> {
        Given::Missing
    }
    /// How many persons it names.
    fn persons(&self) -> usize;
    /// What changes when it is accepted.
    fn events(&self, _context: Context<'_>) -> Vec<Event> {
        Vec::new()
    }
}

impl Starts for Request {
    fn institution(&self) -> &Given<InstitutionCode> {
        &self.header.institution
    }

    fn file_identifier(&self) -> &Given<FileIdentifier> {
        &self.header.file_identifier
    }

    fn day(&self) -> Given<Day> {
        self.header.date.clone()
    }

    fn persons(&self) -> usize {
        self.body.searches.len()
    }
}

impl Starts for BulkRequest {
    fn institution(&self) -> &Given<InstitutionCode> {
        &self.header.institution
    }

    fn file_identifier(&self) -> &Given<FileIdentifier> {
        &self.header.file_identifier
    }

    fn persons(&self) -> usize {
        self.body.registrations.len()
    }

    fn events(&self, context: Context<'_>) -> Vec<Event> {
        self.body.registrations.iter().filter_map(|one| reference::one(context, Some(one)).event).collect()
    }
}

impl Starts for TicketRequest {
    fn institution(&self) -> &Given<InstitutionCode> {
        &self.header.institution
    }

    fn file_identifier(&self) -> &Given<FileIdentifier> {
        &self.header.file_identifier
    }

    fn persons(&self) -> usize {
        usize::from(self.body.search.is_some())
    }
}

impl Starts for ConsentedRequest {
    fn institution(&self) -> &Given<InstitutionCode> {
        &self.header.institution
    }

    fn file_identifier(&self) -> &Given<FileIdentifier> {
        &self.header.file_identifier
    }

    fn persons(&self) -> usize {
        usize::from(self.body.search.is_some())
    }
}

/// A request for a job as it came in.
#[derive(Debug, Clone, Copy)]
pub struct Arrival<'a> {
    /// The 01 message.
    pub message: MessageId,
    /// The request as UTF-8 XML.
    pub text: &'a str,
    /// The key of the terminal's work entry, if it sent one.
    pub key: Option<&'a str>,
}

/// Accepts a job, or refuses it.
#[must_use]
pub fn accept<R: Starts>(context: Context<'_>, request: &R, arrival: Arrival<'_>) -> Served<Acceptance> {
    let header = AcceptanceHeader {
        executed: Given::Good(Moment(context.japan())),
        date: request.day(),
        institution: request.institution().clone(),
        file_identifier: request.file_identifier().clone(),
        segment: Given::Good(Segment::Normal),
        error_code: Given::Missing,
        error_message: Given::Missing,
        character_code: Given::Good(CharacterCode::Utf8),
    };
    let mut served = Served::plain(Acceptance { header, body: AcceptanceBody::default() }, Vec::new());
    let rules = context.dialect();
    let refusal = if let Some((reason, coded)) = context.barred_with_code(request.institution()) {
        served.reasons.push(reason);
        Some(coded)
    } else if request.persons() == 0 {
        Some(&rules.codes.other_item.value)
    } else if request.persons() > rules.bulk.most_persons.value {
        Some(&rules.codes.too_many_persons.value)
    } else if context.world.jobs.unfinished(context.asker, context.now) >= rules.bulk.most_jobs.value {
        Some(&rules.codes.too_many_jobs.value)
    } else {
        None
    };
    if let Some(coded) = refusal {
        served.answer.header.fail(coded);
        return served;
    }
    let known = arrival.key.and_then(|key| context.world.jobs.keyed(key));
    let job = if let Some(job) =
        known.filter(|job| job.institution == *context.asker && job.message == arrival.message)
    {
        served.reasons.push(Reason::JobKnown);
        job
    } else {
        served.reasons.push(Reason::JobAccepted(request.persons()));
        let job = Arc::new(job(context, request, arrival));
        served.events = request.events(context);
        served.events.push(Event::JobAccepted(Job::clone(&job)));
        job
    };
    served.answer.body.reception = ReceptionNumber::read(&job.reception).ok().into();
    served
}

fn job<R: Starts>(context: Context<'_>, request: &R, arrival: Arrival<'_>) -> Job {
    let rules = &context.dialect().bulk;
    let after = |duration: SignedDuration| context.now.saturating_add(duration).unwrap_or(context.now);
    let ready = after(SignedDuration::from_secs(i64::from(rules.delay_seconds.value)));
    Job {
        reception: rules
            .reception_number
            .value
            .number(Moment(context.japan()), context.world.jobs.next_number())
            .as_str()
            .into(),
        message: arrival.message,
        institution: context.asker.clone(),
        key: arrival.key.map(Into::into),
        accepted: context.now,
        ready,
        until: after(SignedDuration::from_hours(24 * i64::from(rules.life_days.value))),
        file_identifier: request.file_identifier().good().cloned(),
        day: request.day().good().copied(),
        request: arrival.text.into(),
    }
}

/// A bulk result: its header and its body.
pub trait BulkResult {
    /// An empty result under a header.
    fn empty(header: BulkResultHeader) -> Self;
    /// Its header.
    fn header(&mut self) -> &mut BulkResultHeader;
}

impl<B: Default> BulkResult for messages::message::XmlMsg<BulkResultHeader, B> {
    fn empty(header: BulkResultHeader) -> Self {
        Self { header, body: B::default() }
    }

    fn header(&mut self) -> &mut BulkResultHeader {
        &mut self.header
    }
}

/// Fetches the result of a job; `fill` works it out.
#[must_use]
pub fn fetch<A: BulkResult>(
    context: Context<'_>,
    fetches: MessageId,
    request: &Fetch,
    fill: impl FnOnce(Context<'_>, &Job, &mut A) -> Filled,
) -> Served<A> {
    let header = BulkResultHeader {
        executed: Given::Good(Moment(context.japan())),
        institution: request.header.institution.clone(),
        file_identifier: request.header.file_identifier.clone(),
        reception: request.body.reception.clone(),
        segment: Given::Good(Segment::Normal),
        character_code: Given::Good(CharacterCode::Utf8),
        ..BulkResultHeader::default()
    };
    let mut served = Served::plain(A::empty(header), Vec::new());
    if let Some((reason, coded)) = context.barred_with_code(&request.header.institution) {
        served.reasons.push(reason);
        served.answer.header().fail(coded);
        return served;
    }
    let reception =
        request.body.reception.good().map(|number| number.as_str().to_owned()).unwrap_or_default();
    let job = context.world.jobs.received(&reception, context.now);
    let Some(job) = job.filter(|job| job.institution == *context.asker && job.message == fetches) else {
        served.reasons.push(Reason::NoJob);
        served.answer.header().fail(&context.dialect().codes.reception_number.value);
        return served;
    };
    let header = served.answer.header();
    header.file_identifier = job.file_identifier.clone().into();
    header.date = job.day.into();
    if context.now < job.ready {
        header.segment = Given::Good(Segment::Processing);
        served.reasons.push(Reason::JobNotReady(job.ready));
        return served;
    }
    // The persons are looked for as of the time at which the job became ready, whenever it is fetched.
    let Filled { persons, errors } = fill(Context { now: job.ready, ..context }, &job, &mut served.answer);
    let header = served.answer.header();
    header.count = count(persons);
    header.normal = count(persons - errors);
    header.errors = count(errors);
    served.reasons.push(Reason::JobDone(persons, errors));
    if context.dialect().bulk.form.value == BulkForm::Zip {
        let id = job.message.as_str().replace("01", "02");
        served.form = Form::Archive(format!("{id}res_{reception}.xml"));
    }
    served
}

/// How many persons a result has.
#[derive(Debug, Clone, Copy, Default)]
pub struct Filled {
    /// Persons in it.
    pub persons: usize,
    /// Persons with an error.
    pub errors: usize,
}

fn count(number: usize) -> Given<messages::value::PersonCount> {
    number.to_string().parse().ok().into()
}
