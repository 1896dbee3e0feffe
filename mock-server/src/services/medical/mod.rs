//! Drugs, treatment and operations (薬剤・診療・手術情報, YZKsiquc01).
//!
//! Shown only while a consent holds that was given at the reader (codes.md 3.2, \[I]); a typed query gives none.

mod document;
mod months;

use jiff::civil::Date;
use messages::Given;
use messages::oqs::quc::Qualification;
use messages::value::{
    AnswerSex, CharacterCode, DrugFile, Moment, Month, PrescriptionView, Sex, ViewingResult,
};
use messages::yzk::{Outcome, OutcomeBody, OutcomeHeader, Person, Request, RequestInfo};
use scenarios::Match;
use scenarios::history::{InOut, Visit};

use super::Context;
use super::served::{Form, Served, given};
use super::viewing::{self, Codes, Refused, may_see, viewed};
use crate::reason::Reason;
use crate::world::Object;

/// Answers a request for drugs and treatment.
#[must_use]
pub fn view(context: Context<'_>, request: &Request) -> Served<Outcome> {
    let header = OutcomeHeader {
        executed: Given::Good(Moment(context.japan())),
        request: Some(echo(request)),
        person: None,
        result: Given::Good(ViewingResult::Normal),
        message_id: Given::Missing,
        message: Given::Missing,
        character_code: Given::Good(CharacterCode::Utf8),
    };
    let mut served = Served::plain(Outcome { header, body: OutcomeBody::default() }, Vec::new());
    match seen(context, request, &mut served.reasons) {
        Err(refused) => {
            let (result, coded) = match refused {
                Refused::Failed(coded) => (ViewingResult::Abnormal, coded),
                Refused::Error(coded) => (ViewingResult::Error, coded),
            };
            let header = &mut served.answer.header;
            header.result = Given::Good(result);
            (header.message_id, header.message) = given(coded);
        }
        Ok(seen) => {
            served.card = viewing::card(seen.found);
            served.answer.header.person = Some(person(context, seen.found));
            served.answer.body = seen.body;
            if matches!(seen.file, DrugFile::DrugsPdf | DrugFile::TreatmentPdf) {
                served.form = Form::Document(Box::new(document::of(&served.answer, seen.from, seen.to)));
            }
        }
    }
    served
}

/// What may be seen.
struct Seen<'a> {
    found: Match<'a>,
    file: DrugFile,
    from: Month,
    to: Month,
    body: OutcomeBody,
}

fn seen<'a>(
    context: Context<'a>,
    request: &'a Request,
    reasons: &mut Vec<Reason>,
) -> Result<Seen<'a>, Refused<'a>> {
    let codes = &context.dialect().codes;
    let family = Codes {
        institution: &codes.drugs_institution,
        role: &codes.drugs_role,
        person: &codes.drugs_person,
        item: &codes.drugs_item,
        consent: &codes.drugs_consent,
    };
    let found = viewed(context, &request.header, Object::Drugs, family, reasons)?;
    let file = *request.body.file.good().ok_or(Refused::Error(&codes.drugs_item.value))?;
    let (from, to) = months_asked(context, request).ok_or(Refused::Error(&codes.drugs_period.value))?;

    if let Given::Odd(_) = request.body.since {
        return Err(Refused::Error(&codes.drugs_item.value));
    }
    let today = context.today();
    let mut visits = found.person().visits(today, from, to);
    if let Some(since) = request.body.since.good() {
        visits.retain(|visit| added(visit) >= since.0);
    }
    let with_treatment = matches!(file, DrugFile::TreatmentPdf | DrugFile::TreatmentXml);
    let operations = !context.dialect().viewing.operations_need_consent.value
        || may_see(context, found, Object::Operations);
    let shown = months::Shown {
        asker: context.asker,
        treatments: with_treatment && may_see(context, found, Object::Diagnosis),
        operations: with_treatment && operations,
    };
    let receipts: Vec<&Visit> = visits.iter().filter(|visit| visit.in_receipts(today)).collect();
    let mut body = OutcomeBody { receipts: shown.months(&receipts), ..OutcomeBody::default() };
    if request.body.prescriptions.good() == Some(&PrescriptionView::Yes) {
        let electronic: Vec<&Visit> =
            visits.iter().filter(|visit| visit.electronic && visit.in_out == InOut::Dispensing).collect();
        let drugs_only = months::Shown { treatments: false, operations: false, ..shown };
        body.dispensed = drugs_only.months(&electronic);
        body.prescribed = drugs_only.prescriptions(&electronic);
    }
    if body == OutcomeBody::default() {
        return Err(Refused::Error(&codes.drugs_none.value));
    }
    Ok(Seen { found, file, from, to, body })
}

/// The months of a request, if they are in order, not too early and not too many (terminal.md 7.4).
fn months_asked(context: Context<'_>, request: &Request) -> Option<(Month, Month)> {
    let rules = &context.dialect().viewing;
    let from = *request.body.from.good()?;
    let to = request.body.to.good()?.month(Month::of(context.today()));
    let months = |month: Month| {
        let day = month.first_day();
        i32::from(day.year()) * 12 + i32::from(day.month())
    };
    let count = months(to) - months(from) + 1;
    let fits = from >= rules.drugs_earliest_month.value
        && (1..=i32::from(rules.drugs_most_months.value)).contains(&count);
    fits.then_some((from, to))
}

/// The day on which a visit could first be seen.
fn added(visit: &Visit) -> Date {
    if visit.electronic { visit.date } else { visit.receipt_from }
}

fn echo(request: &Request) -> RequestInfo {
    let (header, body) = (&request.header, &request.body);
    RequestInfo {
        institution: header.institution.clone(),
        insurer: header.insurer.clone(),
        symbol: header.symbol.clone(),
        number: header.number.clone(),
        branch: header.branch.clone(),
        file_identifier: header.file_identifier.clone(),
        from: body.from.clone(),
        to: body.to.clone(),
        since: body.since.clone(),
        file: body.file.clone(),
    }
}

fn person(context: Context<'_>, found: Match<'_>) -> Person {
    let own: Qualification = super::qualification::person_of(context, found);
    Person {
        insurer: own.insurer,
        symbol: own.symbol,
        number: own.number,
        branch: own.branch,
        kana: own.kana,
        other_kana: own.other_kana,
        name: own.name,
        other_name: own.other_name,
        born: own.born,
        age: viewing::age(context, found),
        sex: answer_sex(own.sex),
        sex2: answer_sex(own.sex2),
        reference_number: context.reference(found.card).into(),
    }
}

/// The two sexes that these answers know.
pub(super) fn answer_sex(sex: Given<Sex>) -> Given<AnswerSex> {
    match sex.good() {
        Some(Sex::Male) => Given::Good(AnswerSex::Male),
        Some(Sex::Female) => Given::Good(AnswerSex::Female),
        Some(Sex::NotSet) | None => Given::Missing,
    }
}
