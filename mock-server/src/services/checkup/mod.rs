//! Specific health check-ups of five years (特定健診情報, TKKsiquc01).

mod document;

use jiff::ToSpan;
use messages::Given;
use messages::tkk::{
    Checkup, CheckupItem, Outcome, OutcomeBody, OutcomeHeader, Person, Request, RequestInfo,
};
use messages::value::{CharacterCode, CheckupFile, Day, Moment, ViewingResult};
use scenarios::Match;
use scenarios::history;

use super::Context;
use super::medical::answer_sex;
use super::served::{Form, Served, given};
use super::viewing::{self, Codes, Refused, value, viewed};
use crate::reason::Reason;
use crate::world::Object;

/// Answers a request for check-ups.
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
        Ok((found, file, checkups)) => {
            served.card = viewing::card(found);
            served.answer.header.person = Some(person(context, found));
            served.answer.body.checkups = checkups;
            if file == CheckupFile::Pdf {
                served.form = Form::Document(Box::new(document::of(&served.answer)));
            }
        }
    }
    served
}

fn seen<'a>(
    context: Context<'a>,
    request: &'a Request,
    reasons: &mut Vec<Reason>,
) -> Result<(Match<'a>, CheckupFile, Vec<Checkup>), Refused<'a>> {
    let codes = &context.dialect().codes;
    let family = Codes {
        institution: &codes.checkups_institution,
        role: &codes.checkups_role,
        person: &codes.checkups_person,
        item: &codes.checkups_item,
        consent: &codes.checkups_consent,
    };
    let found = viewed(context, &request.header, Object::Checkups, family, reasons)?;
    let file = *request.body.file.good().ok_or(Refused::Error(&codes.checkups_item.value))?;
    let years = i64::from(context.dialect().viewing.checkups_years.value).years();
    let oldest = context.today().saturating_sub(years);
    let all = found.person().checkups(context.today());
    let checkups: Vec<_> = all.iter().filter(|checkup| checkup.date > oldest).map(checkup).collect();
    if checkups.is_empty() {
        return Err(Refused::Error(&codes.checkups_none.value));
    }
    Ok((found, file, checkups))
}

fn checkup(checkup: &history::Checkup) -> Checkup {
    Checkup { day: Given::Good(Day(checkup.date)), items: checkup.items.iter().map(item).collect() }
}

fn item(item: &history::Item) -> CheckupItem {
    CheckupItem {
        code: value(item.code),
        name: value(item.name),
        kind: value(item.data_type.code()),
        value: value(&item.value),
        value_name: item.value_name.map_or(Given::Missing, value),
        oid: Given::Missing,
        unit: item.unit.map_or(Given::Missing, value),
    }
}

fn echo(request: &Request) -> RequestInfo {
    let header = &request.header;
    RequestInfo {
        institution: header.institution.clone(),
        insurer: header.insurer.clone(),
        symbol: header.symbol.clone(),
        number: header.number.clone(),
        branch: header.branch.clone(),
        file_identifier: header.file_identifier.clone(),
        file: request.body.file.clone(),
    }
}

fn person(context: Context<'_>, found: Match<'_>) -> Person {
    let own = super::qualification::person_of(context, found);
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
