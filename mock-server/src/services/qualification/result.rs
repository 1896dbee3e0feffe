//! One qualification of a person as it is answered to a typed query.

use jiff::civil::{Date, DateTime};
use messages::Given;
use messages::dialect::{Dialect, TypedConsents};
use messages::oqs::quc::{ElderlyRecipient, LimitCertificate, Qualification, Ticket};
use messages::oqs::{Consented, LimitConsented};
use messages::value::{
    CardClassification, Consent, Day, DesignatedInstitution, InstitutionCode, LimitConsent, Moment, Month,
    Preschool, YesNo,
};
use scenarios::{Coverage, DateRule, Insurance, LimitRule, Match, MedicalAid, Person, TicketRule};

use super::check::Sought;
use crate::reason::{LimitShown, Reason};

/// The circumstances of a typed query.
#[derive(Clone, Copy)]
pub(super) struct Typed<'a> {
    pub(super) sought: &'a Sought<'a>,
    pub(super) asker: &'a InstitutionCode,
    pub(super) dialect: &'a Dialect,
    pub(super) now: DateTime,
}

impl Typed<'_> {
    pub(super) fn qualification(self, found: Match<'_>, reasons: &mut Vec<Reason>) -> Qualification {
        let mut result = self.person(found.person(), found.coverage);
        if let Some(insurance) = found.coverage.insurance() {
            self.insurance(insurance, &mut result);
            self.limit(insurance, &mut result, reasons);
        }
        if let Some(aid) = found.coverage.aid() {
            result.card = Given::Good(CardClassification::MedicalAid);
            result.tickets = self.tickets(aid);
        }
        self.viewing_consents(&mut result);
        result
    }

    fn day(self, rule: DateRule) -> Given<Day> {
        Given::Good(Day(rule.on(self.now.date())))
    }

    fn maybe_day(self, rule: Option<DateRule>) -> Given<Day> {
        rule.map_or(Given::Missing, |rule| self.day(rule))
    }

    fn person(self, person: &Person, coverage: &Coverage) -> Qualification {
        Qualification {
            insurer: Given::Good(coverage.insurer.clone()),
            number: Given::Good(coverage.number.clone()),
            name: Given::Good(person.name.clone()),
            other_name: person.other_name.clone().into(),
            kana: Given::Good(person.kana.clone()),
            other_kana: person.other_kana.clone().into(),
            sex: Given::Good(person.sex),
            sex2: person.sex2.into(),
            born: self.day(person.born),
            address: person.address.clone().into(),
            post: person.post.clone().into(),
            from: self.day(coverage.from),
            lost: self.maybe_day(coverage.lost),
            insurer_name: Given::Good(coverage.insurer_name.clone()),
            ..Qualification::default()
        }
    }

    fn insurance(self, insurance: &Insurance, result: &mut Qualification) {
        result.card = insurance.class.or(self.dialect.answers.ordinary_card.value.0).into();
        result.symbol = insurance.symbol.clone().into();
        result.branch = insurance.branch.clone().into();
        result.relation = insurance.relation.into();
        result.insured_name = Given::Good(insurance.insured_name.clone());
        result.issued = self.day(insurance.issued);
        result.card_from = self.day(insurance.card_from);
        result.card_to = self.maybe_day(insurance.card_to);
        result.ratio = insurance.ratio.clone().into();
        result.preschool = insurance.preschool.then_some(Preschool::Yes).into();
        result.reason_of_loss = insurance.reason_of_loss.into();
        result.elderly = insurance.elderly.as_ref().map(|elderly| ElderlyRecipient {
            issued: self.day(elderly.from),
            from: self.day(elderly.from),
            to: self.day(elderly.to),
            ratio: Given::Good(elderly.ratio.clone()),
        });
    }

    /// The limit certificate is shown with consent, if it covers the day (gaps.md 5.3).
    fn limit(self, insurance: &Insurance, result: &mut Qualification, reasons: &mut Vec<Reason>) {
        let consent = self.sought.limit_consent;
        result.limit_consent = LimitConsented {
            flag: Given::Good(if consent { LimitConsent::Yes } else { LimitConsent::No }),
            at: consent.then_some(Moment(self.now)).into(),
            ..LimitConsented::default()
        };
        let shown = match &insurance.limit {
            None => LimitShown::None,
            Some(_) if !consent => LimitShown::NoConsent,
            Some(limit) if !self.covers(limit) => LimitShown::OutsidePeriod,
            Some(limit) => {
                result.limit = Some(LimitCertificate {
                    kind: Given::Good(limit.kind),
                    class: Given::Good(limit.class),
                    issued: self.day(limit.from),
                    from: self.day(limit.from),
                    to: self.day(limit.to),
                    long_term: self.maybe_day(limit.long_term),
                });
                LimitShown::Yes
            }
        };
        reasons.push(Reason::Limit(shown));
    }

    fn covers(self, limit: &LimitRule) -> bool {
        let today = self.now.date();
        (limit.from.on(today)..=limit.to.on(today)).contains(&self.sought.day)
    }

    fn tickets(self, aid: &MedicalAid) -> Vec<Ticket> {
        let today = self.now.date();
        let of_month = aid.tickets.iter().filter(|ticket| is_of_month(ticket, self.sought.day, today));
        of_month.map(|ticket| self.ticket(ticket)).collect()
    }

    fn ticket(self, ticket: &TicketRule) -> Ticket {
        let month = Month::of(ticket.month.on(self.now.date()));
        let institution = ticket.institution.as_ref().unwrap_or(self.asker);
        let designated = if institution == self.asker {
            DesignatedInstitution::Same
        } else {
            DesignatedInstitution::Different
        };
        let mut injuries = ticket.injuries.iter().cloned();
        let mut remarks = ticket.remarks.iter().cloned();
        Ticket {
            kind: Given::Good(ticket.kind),
            from: Given::Good(Day(month.first_day())),
            to: Given::Good(Day(month.first_day().last_of_month())),
            issue: Given::Good(ticket.issue.clone()),
            month: Given::Good(month),
            institution: Given::Good(institution.clone()),
            designated: Given::Good(designated),
            institution_name: ticket.institution_name.clone().into(),
            issuer: ticket.issuer.clone().into(),
            issuer_name: ticket.issuer_name.clone().into(),
            injury1: injuries.next().into(),
            injury2: injuries.next().into(),
            injury3: injuries.next().into(),
            treatment: Given::Good(ticket.treatment),
            self_pay: Given::Good(ticket.self_pay.clone()),
            use_: Given::Good(ticket.use_),
            social_insurance: Given::Good(ticket.social_insurance),
            infection: Given::Good(YesNo::No),
            late_elderly: Given::Good(YesNo::No),
            prefectural: Given::Good(YesNo::No),
            remarks1: remarks.next().into(),
            remarks2: remarks.next().into(),
            remarks3: remarks.next().into(),
            ..Ticket::default()
        }
    }

    /// Viewing needs the card, so that a typed query has no consent to it (elements.md 1.4, [I]).
    fn viewing_consents(self, result: &mut Qualification) {
        if self.dialect.answers.viewing_consents_when_typed.value == TypedConsents::Absent {
            return;
        }
        let no = || Consented { flag: Given::Good(Consent::No), ..Consented::default() };
        result.diseases_consent = no();
        result.checkups = no();
        result.drugs = no();
        result.diagnosis = no();
        result.operations = no();
    }
}

/// Whether there is a ticket for the month of a day.
pub(super) fn has_ticket(aid: &MedicalAid, day: Date, today: Date) -> bool {
    aid.tickets.iter().any(|ticket| is_of_month(ticket, day, today))
}

fn is_of_month(ticket: &TicketRule, day: Date, today: Date) -> bool {
    Month::of(ticket.month.on(today)) == Month::of(day)
}
