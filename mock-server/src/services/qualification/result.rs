//! One qualification of a person as it is answered: to a typed query, or after a visit at the reader.

use jiff::Timestamp;
use jiff::civil::Date;
use messages::Given;
use messages::dialect::TypedConsents;
use messages::oqs::quc::{DiseaseCertificate, ElderlyRecipient, LimitCertificate, Qualification, Ticket};
use messages::oqs::{Consented, LimitConsented};
use messages::value::{
    CardClassification, Consent as Flag, ConsentExpiry, Day, DesignatedInstitution, LimitConsent, Moment,
    Month, Preschool, TreatmentFlag, YesNo,
};
use scenarios::{Coverage, DateRule, Insurance, LimitRule, Match, MedicalAid, Person, TicketRule};

use crate::clock::in_japan;
use crate::reason::{LimitShown, Reason};
use crate::services::Context;
use crate::world::{Consent, Object};

/// What may be shown, and of which day.
#[derive(Clone, Copy)]
pub(in crate::services) struct Shown<'a> {
    context: Context<'a>,
    day: Date,
    consents: Consents<'a>,
}

/// Where the consents come from.
#[derive(Clone, Copy)]
enum Consents<'a> {
    /// Oral, at the desk: the limit certificate only.
    Typed { limit: bool },
    /// Answered at the reader.
    Answered(&'a [Consent]),
}

impl<'a> Shown<'a> {
    pub(in crate::services) fn typed(context: Context<'a>, day: Date, limit: bool) -> Self {
        Self { context, day, consents: Consents::Typed { limit } }
    }

    pub(in crate::services) fn answered(context: Context<'a>, day: Date, consents: &'a [Consent]) -> Self {
        Self { context, day, consents: Consents::Answered(consents) }
    }

    pub(in crate::services) fn qualification(
        self,
        found: Match<'_>,
        reasons: &mut Vec<Reason>,
    ) -> Qualification {
        let mut result = self.person(found.person(), found.coverage);
        if let Some(insurance) = found.coverage.insurance() {
            self.insurance(insurance, &mut result);
            self.limit(insurance, &mut result, reasons);
            self.diseases(insurance, &mut result);
        }
        if let Some(aid) = found.coverage.aid() {
            result.card = Given::Good(CardClassification::MedicalAid);
            result.tickets = self.tickets(aid);
        }
        self.viewing_consents(&mut result);
        result.reference_number = self.context.reference(found.card).into();
        result
    }

    fn day(self, rule: DateRule) -> Given<Day> {
        Given::Good(Day(rule.on(self.context.today())))
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
        result.card = insurance.class.or(self.context.dialect().answers.ordinary_card.value.0).into();
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
        // It is a certificate of those who are 70 to 74 (elements.md, 26 of OQSsiquc01).
        let elderly = insurance.elderly.as_ref().filter(|elderly| self.covers(elderly.from, elderly.to));
        result.elderly = elderly.map(|elderly| ElderlyRecipient {
            issued: self.day(elderly.from),
            from: self.day(elderly.from),
            to: self.day(elderly.to),
            ratio: Given::Good(elderly.ratio.clone()),
        });
    }

    /// The limit certificate is shown with consent, if it covers the day (gaps.md 5.3).
    fn limit(self, insurance: &Insurance, result: &mut Qualification, reasons: &mut Vec<Reason>) {
        let (consent, at) = match self.consents {
            Consents::Typed { limit } => (limit, limit.then_some(self.context.now)),
            Consents::Answered(_) => {
                let answer = self.answer(Object::Limit).filter(|consent| consent.holds(self.context.now));
                (answer.is_some(), answer.map(|consent| consent.at))
            }
        };
        result.limit_consent = LimitConsented {
            flag: Given::Good(if consent { LimitConsent::Yes } else { LimitConsent::No }),
            at: at.map(moment).into(),
            ..LimitConsented::default()
        };
        let shown = match &insurance.limit {
            None => LimitShown::None,
            Some(_) if !consent => LimitShown::NoConsent,
            Some(limit) if !self.covers(limit.from, limit.to) => LimitShown::OutsidePeriod,
            Some(limit) => {
                result.limit = Some(self.certificate(limit));
                LimitShown::Yes
            }
        };
        reasons.push(Reason::Limit(shown));
    }

    fn certificate(self, limit: &LimitRule) -> LimitCertificate {
        LimitCertificate {
            kind: Given::Good(limit.kind),
            class: Given::Good(limit.class),
            issued: self.day(limit.from),
            from: self.day(limit.from),
            to: self.day(limit.to),
            long_term: self.maybe_day(limit.long_term),
        }
    }

    /// Whether the day that is asked about is in a period; both ends belong to it.
    fn covers(self, from: DateRule, to: DateRule) -> bool {
        let today = self.context.today();
        (from.on(today)..=to.on(today)).contains(&self.day)
    }

    /// Certificates of specific diseases are shown with a consent that only the reader asks for.
    fn diseases(self, insurance: &Insurance, result: &mut Qualification) {
        if !self.answer(Object::Diseases).is_some_and(|consent| consent.holds(self.context.now)) {
            return;
        }
        let today = self.context.today();
        let covers = |disease: &&scenarios::DiseaseRule| {
            disease.from.on(today) <= self.day && disease.to.is_none_or(|to| self.day <= to.on(today))
        };
        result.diseases = insurance
            .diseases
            .iter()
            .filter(covers)
            .map(|disease| DiseaseCertificate {
                disease: Given::Good(disease.disease),
                issued: self.day(disease.from),
                from: self.day(disease.from),
                to: self.maybe_day(disease.to),
                self_pay: Given::Good(disease.self_pay.clone()),
            })
            .collect();
    }

    fn tickets(self, aid: &MedicalAid) -> Vec<Ticket> {
        let today = self.context.today();
        let of_month = aid.tickets.iter().filter(|ticket| is_of_month(ticket, self.day, today));
        of_month.map(|rule| ticket(self.context, rule)).collect()
    }

    /// The latest answer to an object at the reader.
    fn answer(self, object: Object) -> Option<&'a Consent> {
        match self.consents {
            Consents::Typed { .. } => None,
            Consents::Answered(consents) => {
                consents.iter().filter(|consent| consent.object == object).max_by_key(|c| c.at)
            }
        }
    }

    /// Viewing needs the card, so that a typed query has no consent to it (elements.md 1.4, \[I]).
    fn viewing_consents(self, result: &mut Qualification) {
        if let Consents::Typed { .. } = self.consents
            && self.context.dialect().answers.viewing_consents_when_typed.value == TypedConsents::Absent
        {
            return;
        }
        let of = |object| consented(self.answer(object), self.context.now);
        result.diseases_consent = Consented { until: Given::Missing, ..of(Object::Diseases) };
        result.checkups = of(Object::Checkups);
        result.drugs = of(Object::Drugs);
        result.diagnosis = of(Object::Diagnosis);
        result.operations = of(Object::Operations);
        // Since 2025 the reader asks for these together with an older object (codes.md 1, OQSCD036).
        if let Consents::Answered(_) = self.consents {
            result.diseases_named = of(Object::Operations);
            result.infections = of(Object::Operations);
            result.allergies = of(Object::Diagnosis);
            result.contraindications = of(Object::Diagnosis);
            result.tests = of(Object::Diagnosis);
            result.prescriptions = of(Object::Drugs);
        }
    }
}

/// A consent as the wire writes it: 0 without one, 1 with its times, 2 when it has ended.
pub(in crate::services) fn consented(consent: Option<&Consent>, now: Timestamp) -> Consented {
    let no = Consented { flag: Given::Good(Flag::No), ..Consented::default() };
    match consent {
        None => no,
        Some(consent) if !consent.given => no,
        Some(consent) => Consented {
            flag: Given::Good(if consent.holds(now) { Flag::Yes } else { Flag::Expired }),
            at: Given::Good(moment(consent.at)),
            until: consent.until.map(moment).into(),
            ended: ended(consent, now).into(),
        },
    }
}

/// Why a consent ended; told for home visits and online care only (elements.md 6.1).
fn ended(consent: &Consent, now: Timestamp) -> Option<ConsentExpiry> {
    match consent.treatment {
        TreatmentFlag::Outpatient | TreatmentFlag::Emergency => None,
        TreatmentFlag::HomeVisit | TreatmentFlag::Online if consent.holds(now) => None,
        TreatmentFlag::HomeVisit | TreatmentFlag::Online if consent.cancelled.is_some() => {
            Some(ConsentExpiry::ByInstitution)
        }
        TreatmentFlag::HomeVisit | TreatmentFlag::Online => Some(ConsentExpiry::Expired),
    }
}

fn moment(at: Timestamp) -> Moment {
    Moment(in_japan(at))
}

/// A ticket as the wire writes it.
pub(in crate::services) fn ticket(context: Context<'_>, ticket: &TicketRule) -> Ticket {
    let month = Month::of(ticket.month.on(context.today()));
    let institution = ticket.institution.as_ref().unwrap_or(context.asker);
    let designated = if institution == context.asker {
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

/// Whether there is a ticket for the month of a day.
pub(in crate::services) fn has_ticket(aid: &MedicalAid, day: Date, today: Date) -> bool {
    aid.tickets.iter().any(|ticket| is_of_month(ticket, day, today))
}

pub(in crate::services) fn is_of_month(ticket: &TicketRule, day: Date, today: Date) -> bool {
    Month::of(ticket.month.on(today)) == Month::of(day)
}
