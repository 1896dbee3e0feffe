//! Qualification confirmation (資格確認, OQSsiquc01) by the data of an insurance card.
//!
//! The rule is that of gaps.md 5: normalise, search, count, compare the day with the qualification's period.

mod check;
mod period;
mod result;
mod search;

use std::sync::Arc;

use jiff::civil::DateTime;
use messages::Given;
use messages::dialect::{Coded, Dialect};
use messages::oqs::quc::{Outcome, OutcomeBody, OutcomeHeader, Request, SearchInfo};
use messages::value::{
    CharacterCode, InstitutionCode, Moment, ReferenceClassification, Segment, Status, Validity,
};
use scenarios::{Card, Match, People};

use crate::reason::Reason;
use period::Standing;
use search::Found;

/// Everything that an answer depends on.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// The request.
    pub request: &'a Request,
    /// The institution of the terminal's certificate.
    pub asker: &'a InstitutionCode,
    /// Everybody in the world.
    pub people: &'a People,
    /// The rules.
    pub dialect: &'a Dialect,
    /// The world's time, in Japan.
    pub now: DateTime,
}

/// An answer, and why.
#[derive(Debug, Clone)]
pub struct Confirmation {
    /// The answer.
    pub outcome: Outcome,
    /// The card that was meant, if one was.
    pub card: Option<Arc<Card>>,
    /// The decisions.
    pub reasons: Vec<Reason>,
}

impl Question<'_> {
    /// Answers the question.
    #[must_use]
    pub fn answer(self) -> Confirmation {
        let mut confirmation =
            Confirmation { outcome: self.outline(), card: None, reasons: Vec::with_capacity(4) };
        if self.request.header.institution.good() != Some(self.asker) {
            confirmation.reasons.push(Reason::OtherInstitution);
            fail(&mut confirmation.outcome, &self.dialect.codes.institution.value);
            return confirmation;
        }
        match check::check(self.request, self.dialect, self.now.date()) {
            Err(odd) => {
                confirmation.reasons.push(Reason::Item { element: odd.element, code: odd.code.code.clone() });
                refuse(&mut confirmation.outcome, odd.code);
            }
            Ok(sought) => self.look_up(&sought, &mut confirmation),
        }
        confirmation
    }

    /// The answer before anybody is looked for: header and echo.
    fn outline(self) -> Outcome {
        let header = &self.request.header;
        Outcome {
            header: OutcomeHeader {
                executed: Given::Good(Moment(self.now)),
                date: header.date.clone(),
                institution: header.institution.clone(),
                file_identifier: header.file_identifier.clone(),
                reference: Given::Good(ReferenceClassification::InsuranceData),
                segment: Given::Good(Segment::Normal),
                error_code: Given::Missing,
                error_message: Given::Missing,
                character_code: Given::Good(CharacterCode::Utf8),
            },
            body: OutcomeBody {
                search: self.request.body.search.clone(),
                status: Given::Good(Status::Normal),
                ..OutcomeBody::default()
            },
        }
    }

    fn look_up(self, sought: &check::Sought<'_>, confirmation: &mut Confirmation) {
        let Confirmation { outcome, card, reasons } = confirmation;
        let body = &mut outcome.body;
        match search::search(self.people, sought, self.now.date(), reasons) {
            Found::Nobody => body.validity = Given::Good(Validity::NotFound),
            Found::Several(matches) => {
                body.validity = Given::Good(Validity::Several);
                body.results = matches.iter().map(|found| self.result(*found, sought, reasons)).collect();
            }
            Found::One(found) => {
                *card = Some(Arc::clone(found.card));
                let validity = self.validity(found, sought, reasons);
                body.validity = Given::Good(validity);
                let shown =
                    validity != Validity::InvalidWithNewer || self.dialect.search.show_lost_with_newer.value;
                if shown {
                    body.results = vec![self.result(found, sought, reasons)];
                }
            }
        }
        if self.person_identifier().is_some() {
            for result in &mut body.results {
                result.person_identifier =
                    self.person_identifier().map_or(Given::Missing, |s| s.person_identifier.clone());
            }
        }
    }

    fn person_identifier(&self) -> Option<&SearchInfo> {
        self.request.body.search.as_ref().filter(|search| !search.person_identifier.is_missing())
    }

    fn validity(self, found: Match<'_>, sought: &check::Sought<'_>, reasons: &mut Vec<Reason>) -> Validity {
        let rules = &self.dialect.search;
        let today = self.now.date();
        let period = period::Period::of(found.coverage, today, rules);
        let validity = match period.standing(sought.day) {
            Standing::Inside
                if found.coverage.aid().is_some_and(|aid| !result::has_ticket(aid, sought.day, today)) =>
            {
                reasons.push(Reason::NoTicket);
                Validity::ValidWithoutTicket
            }
            Standing::Inside => Validity::Valid,
            Standing::Before => Validity::Invalid,
            Standing::After if period::has_newer(found, sought.day, today, rules) => {
                reasons.push(Reason::NewerElsewhere);
                Validity::InvalidWithNewer
            }
            Standing::After => Validity::Invalid,
        };
        reasons.push(Reason::Period { from: period.from, end: period.end, day: sought.day, validity });
        validity
    }

    fn result(
        self,
        found: Match<'_>,
        sought: &check::Sought<'_>,
        reasons: &mut Vec<Reason>,
    ) -> messages::oqs::quc::Qualification {
        result::Typed { sought, asker: self.asker, dialect: self.dialect, now: self.now }
            .qualification(found, reasons)
    }
}

/// Makes an answer an error of the person: status 2 with a code, no validity.
pub fn refuse(outcome: &mut Outcome, coded: &Coded) {
    let body = &mut outcome.body;
    body.status = Given::Good(Status::Error);
    body.code = Given::Good(coded.code.clone());
    body.message = Given::Good(coded.message.clone());
    body.validity = Given::Missing;
    body.results.clear();
}

/// Makes an answer a failure of the whole message: segment 9 with a code, empty body.
pub fn fail(outcome: &mut Outcome, coded: &Coded) {
    outcome.header.segment = Given::Good(Segment::Abnormal);
    outcome.header.error_code = Given::Good(coded.code.clone());
    outcome.header.error_message = Given::Good(coded.message.clone());
    outcome.body = OutcomeBody::default();
}

#[cfg(test)]
mod tests;
