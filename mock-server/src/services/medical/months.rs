//! Visits as the wire groups them: month × kind of care × places, then days, then drugs and treatments.

use std::collections::BTreeMap;

use messages::Given;
use messages::message::Part;
use messages::value::{Day, InstitutionCode, Month, Organization};
use messages::yzk::{DateInfo, DentalAddition, Dispensing, Drug, MonthInfo, Prescriptions, Treatment};
use scenarios::history::{self, Institution, TreatmentClass, Visit};

use crate::services::viewing::value;

/// What may be shown of a visit, and to whom.
#[derive(Clone, Copy)]
pub(super) struct Shown<'a> {
    pub(super) asker: &'a InstitutionCode,
    pub(super) treatments: bool,
    pub(super) operations: bool,
}

/// What one group has in common.
type Key<'v> = (Month, &'static str, &'v InstitutionCode, Option<&'v InstitutionCode>);

impl Shown<'_> {
    /// The months of one part, in order.
    pub(super) fn months<P: Part>(self, visits: &[&Visit]) -> Vec<MonthInfo<P>> {
        let mut groups: BTreeMap<Key<'_>, Vec<&Visit>> = BTreeMap::new();
        for visit in visits {
            let prescriber = visit.prescriber.as_ref().map(|prescriber| &prescriber.code);
            let key = (Month::of(visit.date), visit.in_out.code(), &visit.place.code, prescriber);
            groups.entry(key).or_default().push(visit);
        }
        let mut numbers = Numbers::default();
        let months = groups.into_values().filter_map(|visits| self.month(&visits, &mut numbers));
        months.collect()
    }

    fn month<P: Part>(self, visits: &[&Visit], numbers: &mut Numbers) -> Option<MonthInfo<P>> {
        let first = visits.first()?;
        let dates: Vec<_> =
            visits.iter().map(|visit| self.date(visit)).filter(|date| !is_empty(date)).collect();
        if dates.is_empty() {
            return None;
        }
        let month = Month::of(first.date);
        let prescriber = first.prescriber.as_ref();
        let number = |institution: &Institution, numbers: &mut Numbers| {
            value(&numbers.of(month, &institution.code).to_string())
        };
        Some(MonthInfo {
            month: Given::Good(month),
            in_out: value(first.in_out.code()),
            place_number: number(&first.place, numbers),
            own_place: Given::Good(self.organization(&first.place)),
            prescriber_number: prescriber.map_or(Given::Missing, |prescriber| number(prescriber, numbers)),
            own_prescriber: prescriber.map(|prescriber| self.organization(prescriber)).into(),
            place: Given::Good(first.place.code.clone()),
            place_name: value(first.place.name),
            prescriber: prescriber.map(|prescriber| prescriber.code.clone()).into(),
            prescriber_name: prescriber.map_or(Given::Missing, |prescriber| value(prescriber.name)),
            dates,
            ..MonthInfo::default()
        })
    }

    /// The part of prescriptions: what was dispensed, seen from where it was prescribed.
    pub(super) fn prescriptions(self, dispensed: &[&Visit]) -> Vec<MonthInfo<Prescriptions>> {
        let prescribed: Vec<Visit> = dispensed
            .iter()
            .filter_map(|visit| {
                let prescriber = visit.prescriber.clone()?;
                let date = visit.prescribed_on.unwrap_or(visit.date);
                let in_out = history::InOut::Outpatient;
                Some(Visit {
                    place: prescriber,
                    prescriber: None,
                    date,
                    prescribed_on: Some(date),
                    in_out,
                    ..(*visit).clone()
                })
            })
            .collect();
        let prescribed: Vec<&Visit> = prescribed.iter().collect();
        let mut months = self.months(&prescribed);
        for month in &mut months {
            month.own_prescriber = month.own_place.clone();
        }
        months
    }

    fn organization(self, institution: &Institution) -> Organization {
        if institution.code == *self.asker { Organization::Own } else { Organization::Other }
    }

    fn date<P: Part>(self, visit: &Visit) -> DateInfo<P> {
        let is_shown = |treatment: &&history::Treatment| match treatment.class {
            TreatmentClass::Surgery | TreatmentClass::Anaesthesia => self.operations,
            TreatmentClass::Management
            | TreatmentClass::Home
            | TreatmentClass::Procedure
            | TreatmentClass::Examination
            | TreatmentClass::Imaging
            | TreatmentClass::Other => self.treatments,
        };
        let of_part =
            |day| if P::INDEX == Prescriptions::INDEX { Given::Missing } else { Given::Good(Day(day)) };
        DateInfo {
            day: of_part(visit.date),
            prescribed: visit.prescribed_on.map(Day).into(),
            drugs: visit.drugs.iter().map(drug).collect(),
            treatments: visit.treatments.iter().filter(is_shown).map(treatment).collect(),
            ..DateInfo::default()
        }
    }
}

fn is_empty<P: Part>(date: &DateInfo<P>) -> bool {
    date.drugs.is_empty() && date.treatments.is_empty()
}

/// Running numbers of the places within a month; treating, dispensing and prescribing ones share them.
#[derive(Default)]
struct Numbers(BTreeMap<Month, Vec<InstitutionCode>>);

impl Numbers {
    fn of(&mut self, month: Month, code: &InstitutionCode) -> usize {
        let places = self.0.entry(month).or_default();
        let position = places.iter().position(|place| place == code).unwrap_or_else(|| {
            places.push(code.clone());
            places.len() - 1
        });
        position + 1
    }
}

fn drug<P: Part>(drug: &history::Drug) -> Drug<P> {
    let in_receipts = P::INDEX != Dispensing::INDEX && P::INDEX != Prescriptions::INDEX;
    let receipts_only = |text: Option<&'static str>| text.filter(|_| in_receipts);
    Drug {
        class: value(drug.class.code()),
        usage_code: receipts_only(drug.usage_code).map_or(Given::Missing, value),
        usage: drug.usage.map_or(Given::Missing, value),
        instruction: drug.special.map_or(Given::Missing, value),
        code: value(drug.code),
        name: value(drug.name),
        ingredient: drug.ingredient.map_or(Given::Missing, value),
        unit: value(drug.unit),
        quantity: value(&drug.amount.to_string()),
        // 0 is what was seen in practice (elements.md 7.3).
        dose: receipts_only(Some("0")).map_or(Given::Missing, value),
        times: value(&drug.times.to_string()),
        ..Drug::default()
    }
}

fn treatment(treatment: &history::Treatment) -> Treatment {
    Treatment {
        class: value(treatment.class.code()),
        code: value(treatment.code),
        name: value(treatment.name),
        unit: treatment.unit.map_or(Given::Missing, value),
        quantity: treatment.quantity.map_or(Given::Missing, |quantity| value(&quantity.to_string())),
        times: value(&treatment.times.to_string()),
        additions: treatment.additions.iter().map(addition).collect(),
        ..Treatment::default()
    }
}

fn addition(addition: &history::DentalAddition) -> DentalAddition {
    DentalAddition {
        code: value(addition.code),
        name: value(addition.name),
        quantity: addition.quantity.map_or(Given::Missing, |quantity| value(&quantity.to_string())),
        unit: addition.unit.map_or(Given::Missing, value),
    }
}
