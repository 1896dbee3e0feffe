//! Bulk messages (一括): 01 is accepted with a reception number, 02 fetches the result when it is ready.
//!
//! A result is worked out when it is fetched, as of the time at which the job became ready; so it needs no store and
//! survives a restart with its job. Source: messages.md 3.2, elements.md 3 to 6.1.

mod results;

use std::sync::Arc;

use jiff::SignedDuration;
use messages::Given;
use messages::dialect::{BulkForm, Coded, Codes, Row};
use messages::id::MessageId;
use messages::oqs::bulk::{Acceptance, ConsentedRequest, Fetch, Request, TicketRequest};
use messages::oqs::header::{AcceptanceBody, AcceptanceHeader, BulkResultHeader};
use messages::oqs::imm::BulkRequest;
use messages::value::{
    CharacterCode, Day, FileIdentifier, InstitutionCode, Moment, ReceptionNumber, Segment, TreatmentFlag,
    Value,
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
    /// What is wrong with it as a whole.
    fn fault<'a>(&self, _message: MessageId, _codes: &'a Codes) -> Option<&'a Row<Coded>> {
        None
    }
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

    fn fault<'a>(&self, _message: MessageId, codes: &'a Codes) -> Option<&'a Row<Coded>> {
        let month = self.body.search.as_ref().and_then(|search| search.month.good());
        month.is_none().then_some(&codes.ticket_month)
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

    fn fault<'a>(&self, message: MessageId, codes: &'a Codes) -> Option<&'a Row<Coded>> {
        let search = self.body.search.as_ref()?;
        let care =
            if message == MessageId::OqsMuOnq01 { TreatmentFlag::Online } else { TreatmentFlag::HomeVisit };
        if search.treatment.good() != Some(&care) {
            return Some(&codes.treatment_flag);
        }
        let ordered = |from: &Given<Day>, to: &Given<Day>| matches!((from, to), (Given::Good(from), Given::Good(to)) if from <= to);
        let unused = |from: &Given<Day>, to: &Given<Day>| from.is_missing() && to.is_missing();
        let (consent_from, consent_to) = (&search.consent_from, &search.consent_to);
        let (examined_from, examined_to) = (&search.examined_from, &search.examined_to);
        // Days of examination stand instead of those of consent, for online care only (elements.md 6.1).
        let by_examination = care == TreatmentFlag::Online && unused(consent_from, consent_to);
        let fits = if by_examination {
            ordered(examined_from, examined_to)
        } else {
            ordered(consent_from, consent_to) && unused(examined_from, examined_to)
        };
        (!fits).then_some(&codes.consent_dates)
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
    let job = match admitted(context, request, arrival, &mut served.reasons) {
        Err(coded) => {
            served.answer.header.fail(coded);
            return served;
        }
        Ok(Some(known)) => known,
        Ok(None) => {
            served.reasons.push(Reason::JobAccepted(request.persons()));
            let job = Arc::new(job(context, request, arrival));
            served.events = request.events(context);
            served.events.push(Event::JobAccepted(Job::clone(&job)));
            job
        }
    };
    served.answer.body.reception = ReceptionNumber::read(&job.reception).ok().into();
    served
}

/// Whether a job may start; the job itself if it was accepted before, under the same key of the terminal.
fn admitted<'a, R: Starts>(
    context: Context<'a>,
    request: &R,
    arrival: Arrival<'_>,
    reasons: &mut Vec<Reason>,
) -> Result<Option<Arc<Job>>, &'a Coded> {
    let rules = context.dialect();
    if let Some((reason, coded)) = context.barred_with_code(request.institution()) {
        reasons.push(reason);
        return Err(coded);
    }
    let jobs = &context.world.jobs;
    let known = arrival.key.and_then(|key| jobs.keyed(context.asker, arrival.message, key, context.now));
    if known.is_some() {
        reasons.push(Reason::JobKnown);
        return Ok(known);
    }
    if let Some(row) = request.fault(arrival.message, &rules.codes) {
        Err(&row.value)
    } else if request.persons() == 0 {
        Err(&rules.codes.other_item.value)
    } else if request.persons() > rules.bulk.most_persons.value {
        Err(&rules.codes.too_many_persons.value)
    } else if jobs.unfinished(context.asker, context.now) >= rules.bulk.most_jobs.value {
        Err(&rules.codes.too_many_jobs.value)
    } else {
        Ok(None)
    }
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
    let job = context.world.jobs.received(&reception);
    let codes = &context.dialect().codes;
    let Some(job) = job.filter(|job| job.institution == *context.asker && job.message == fetches) else {
        served.reasons.push(Reason::NoJob);
        served.answer.header().fail(&codes.reception_number.value);
        return served;
    };
    if job.until <= context.now {
        served.reasons.push(Reason::NoJob);
        served.answer.header().fail(&codes.job_expired.value);
        return served;
    }
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
