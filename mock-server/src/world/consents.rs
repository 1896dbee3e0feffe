//! Consents: per person, institution and object, for a time (terminal.md 7, design "Decided").

use dashmap::DashMap;
use jiff::Timestamp;
use messages::value::{InstitutionCode, TreatmentFlag};
use serde::{Deserialize, Serialize};

use super::PersonId;

/// What a consent is about. The reader asks for these; the answer shows a consent for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Object {
    /// Limit certificate (限度額適用認定証情報).
    Limit,
    /// Certificates of specific diseases (特定疾病療養受療証情報, TSR).
    Diseases,
    /// Check-ups (特定健診情報, TKK).
    Checkups,
    /// Drugs and prescriptions (薬剤・処方, YZK).
    Drugs,
    /// Treatment, allergies and tests (診療・アレルギー・検査, SRJ).
    Diagnosis,
    /// Surgery, names of diseases and infections (手術・傷病名・感染症, SHJ).
    Operations,
}

impl Object {
    /// Every object, in the order in which the reader asks.
    pub const ALL: [Self; 6] =
        [Self::Checkups, Self::Drugs, Self::Diagnosis, Self::Operations, Self::Limit, Self::Diseases];
}

/// One answer of a person to the reader.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    /// What it is about.
    pub object: Object,
    /// Yes or no.
    pub given: bool,
    /// The kind of care it was asked for.
    pub treatment: TreatmentFlag,
    /// When it was answered.
    pub at: Timestamp,
    /// Until when a yes holds; without it until it is cancelled.
    pub until: Option<Timestamp>,
    /// When it was cancelled, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancelled: Option<Timestamp>,
}

impl Consent {
    /// Whether it is a yes that still holds.
    #[must_use]
    pub fn holds(&self, now: Timestamp) -> bool {
        self.given && self.cancelled.is_none() && self.at <= now && self.until.is_none_or(|until| now < until)
    }
}

/// The consents of a world.
#[derive(Debug)]
pub struct Consents {
    by_institution: DashMap<InstitutionCode, std::collections::BTreeMap<PersonId, Vec<Consent>>>,
}

impl Default for Consents {
    fn default() -> Self {
        Self { by_institution: super::map() }
    }
}

impl Consents {
    pub(super) fn answer(&self, person: &PersonId, institution: &InstitutionCode, consents: &[Consent]) {
        let mut people = self.by_institution.entry(institution.clone()).or_default();
        let known = people.entry(person.clone()).or_default();
        for consent in consents {
            known.retain(|old| old.object != consent.object);
            known.push(consent.clone());
        }
    }

    pub(super) fn cancel(
        &self,
        person: &PersonId,
        institution: &InstitutionCode,
        treatment: TreatmentFlag,
        at: Timestamp,
    ) {
        let Some(mut people) = self.by_institution.get_mut(institution) else { return };
        let known = people.get_mut(person).into_iter().flatten();
        for consent in known.filter(|consent| consent.treatment == treatment && consent.given) {
            consent.cancelled.get_or_insert(at);
        }
    }

    /// What a person answered at an institution.
    #[must_use]
    pub fn of(&self, person: &PersonId, institution: &InstitutionCode) -> Vec<Consent> {
        self.by_institution
            .get(institution)
            .and_then(|people| people.get(person).cloned())
            .unwrap_or_default()
    }

    /// Whether a person's consent to an object holds, for whatever kind of care.
    #[must_use]
    pub fn holds(
        &self,
        person: &PersonId,
        institution: &InstitutionCode,
        object: Object,
        now: Timestamp,
    ) -> bool {
        self.of(person, institution).iter().any(|consent| consent.object == object && consent.holds(now))
    }

    /// Every answer that counts: who, where, what.
    #[must_use]
    pub fn all(&self) -> Vec<(PersonId, InstitutionCode, Consent)> {
        let mut all = Vec::new();
        for entry in &self.by_institution {
            for (person, consents) in entry.value() {
                let whole = |consent: &Consent| (person.clone(), entry.key().clone(), consent.clone());
                all.extend(consents.iter().map(whole));
            }
        }
        all
    }

    /// Everybody who answered at an institution for a kind of care.
    #[must_use]
    pub fn at(
        &self,
        institution: &InstitutionCode,
        treatment: TreatmentFlag,
    ) -> Vec<(PersonId, Vec<Consent>)> {
        let Some(people) = self.by_institution.get(institution) else { return Vec::new() };
        let of_care = |(person, consents): (&PersonId, &Vec<Consent>)| {
            let consents: Vec<_> =
                consents.iter().filter(|consent| consent.treatment == treatment).cloned().collect();
            (!consents.is_empty()).then(|| (person.clone(), consents))
        };
        people.iter().filter_map(of_care).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn consent(object: Object, given: bool, from: i64, until: i64) -> Consent {
        let treatment = TreatmentFlag::Outpatient;
        Consent { object, given, treatment, at: at(from), until: Some(at(until)), cancelled: None }
    }

    fn person() -> PersonId {
        PersonId::new("somebody")
    }

    fn answered(consents: &Consents, institution: &str, answers: Vec<Consent>) {
        consents.answer(&person(), &institution.parse().unwrap(), &answers);
    }

    #[test]
    fn a_consent_holds_for_its_object_institution_and_time_only() {
        let consents = Consents::default();
        let clinic = "1319999916".parse().unwrap();
        let pharmacy = "1349999910".parse().unwrap();
        answered(&consents, "1319999916", vec![consent(Object::Drugs, true, 10, 20)]);
        for (institution, object, second, expected) in [
            (&clinic, Object::Drugs, 9, false),
            (&clinic, Object::Drugs, 10, true),
            (&clinic, Object::Drugs, 19, true),
            (&clinic, Object::Drugs, 20, false),
            (&clinic, Object::Checkups, 15, false),
            (&pharmacy, Object::Drugs, 15, false),
        ] {
            assert_eq!(
                consents.holds(&person(), institution, object, at(second)),
                expected,
                "{object:?} at {second}"
            );
        }
    }

    #[test]
    fn a_later_visit_replaces_the_objects_that_it_asked_about_and_no_others() {
        let consents = Consents::default();
        let clinic = "1319999916".parse().unwrap();
        answered(
            &consents,
            "1319999916",
            vec![consent(Object::Drugs, true, 10, 99), consent(Object::Checkups, true, 10, 99)],
        );
        answered(&consents, "1319999916", vec![consent(Object::Drugs, false, 20, 99)]);
        assert!(!consents.holds(&person(), &clinic, Object::Drugs, at(30)));
        assert!(consents.holds(&person(), &clinic, Object::Checkups, at(30)));
    }

    #[test]
    fn a_visit_for_another_kind_of_care_replaces_the_objects_that_it_asked_about() {
        let consents = Consents::default();
        let clinic = "1319999916".parse().unwrap();
        let home = Consent {
            treatment: TreatmentFlag::HomeVisit,
            until: None,
            ..consent(Object::Drugs, true, 10, 0)
        };
        answered(&consents, "1319999916", vec![home]);
        assert!(consents.holds(&person(), &clinic, Object::Drugs, at(1_000_000)), "until it is cancelled");
        answered(&consents, "1319999916", vec![consent(Object::Drugs, false, 20, 99)]);
        assert!(!consents.holds(&person(), &clinic, Object::Drugs, at(30)));
    }

    #[test]
    fn cancelling_ends_the_consents_of_one_kind_of_care() {
        let consents = Consents::default();
        let clinic: InstitutionCode = "1319999916".parse().unwrap();
        let home = Consent { treatment: TreatmentFlag::HomeVisit, ..consent(Object::Drugs, true, 10, 99) };
        answered(&consents, "1319999916", vec![home, consent(Object::Checkups, true, 10, 99)]);
        consents.cancel(&person(), &clinic, TreatmentFlag::HomeVisit, at(20));
        assert!(!consents.holds(&person(), &clinic, Object::Drugs, at(30)));
        assert!(consents.holds(&person(), &clinic, Object::Checkups, at(30)));
    }
}
