//! The profiles of histories and check-ups: `data/histories.yaml` and `data/checkups.yaml`, read and resolved once.

use std::sync::LazyLock;

use jiff::civil::Date;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::dice;
use super::raw::{RawCheckups, RawCourse, RawDrug, RawHistories, RawProfile, one};
use super::table::{TableError, Tables};
use super::visit::{Drug, DrugClass, InOut, Institution, Treatment};
use crate::raw::Title;

/// A kind of history that a pack can give a patient.
#[derive(Debug)]
pub struct Profile {
    /// Its key, as packs write it.
    pub key: String,
    /// What it is.
    pub title: Title,
    /// What is known of everybody who has it.
    pub facts: Vec<Fact>,
    /// The key as a number to throw dice by.
    pub(super) id: u64,
    pub(super) courses: Vec<Course>,
}

/// A kind of check-up results that a pack can give a patient: the ranges in which the values move.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct CheckupProfile {
    /// Its key, as packs write it.
    #[serde(rename = "checkup")]
    pub key: String,
    /// What it is.
    pub title: Title,
    /// In how many years of a hundred the person comes.
    pub(super) attends: u8,
    /// Whether everything is examined, not only what everybody gets.
    #[serde(default)]
    pub(super) full: bool,
    pub(super) bmi: Range,
    pub(super) systolic: Range,
    pub(super) diastolic: Range,
    pub(super) triglyceride: Range,
    pub(super) hdl: Range,
    pub(super) ldl: Range,
    pub(super) alt: Range,
    pub(super) ggt: Range,
    pub(super) glucose: Range,
    pub(super) hba1c: Range,
    pub(super) creatinine: Option<Range>,
    #[serde(default)]
    pub(super) urine_sugar: bool,
    #[serde(default)]
    pub(super) urine_protein: bool,
    #[serde(default)]
    pub(super) anaemic: bool,
    #[serde(default)]
    pub(super) smokes: bool,
    #[serde(default)]
    pub(super) drinks: bool,
}

/// Smallest and greatest value.
pub(super) type Range = (f64, f64);

/// Something that the questionnaire of the check-up asks and a history answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fact {
    /// Takes drugs for blood pressure.
    BloodPressure,
    /// Takes drugs for blood glucose, or insulin.
    Glucose,
    /// Takes drugs for lipids.
    Lipids,
    /// Has had a stroke.
    Stroke,
    /// Has a heart disease.
    Heart,
    /// Has kidney failure, or is on dialysis.
    Kidney,
    /// Is anaemic.
    Anaemia,
}

/// Every kind of history.
#[must_use]
pub fn profiles() -> &'static [Profile] {
    &catalogue().profiles
}

/// Every kind of check-up results.
#[must_use]
pub fn checkup_profiles() -> &'static [CheckupProfile] {
    &catalogue().checkups
}

/// All that histories are made from.
#[derive(Debug)]
pub(super) struct Catalogue {
    pub(super) tables: Tables,
    pub(super) rules: Rules,
    pub(super) profiles: Vec<Profile>,
    pub(super) limits: Limits,
    pub(super) checkups: Vec<CheckupProfile>,
}

pub(super) fn catalogue() -> &'static Catalogue {
    static CATALOGUE: LazyLock<Catalogue> =
        LazyLock::new(|| Catalogue::read().expect("a test reads the same tables"));
    &CATALOGUE
}

/// Rules that hold for every history.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Rules {
    /// First day of the next month on which the receipts of a month are in.
    pub(super) receipts_from_day: i8,
    /// A day of the first month with electronic prescriptions.
    pub(super) electronic_since: Date,
    /// After how many months one product follows another.
    pub(super) product_months: ProductMonths,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ProductMonths {
    pub(super) from: i32,
    pub(super) to: i32,
}

/// From where a value counts as a risk.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Limits {
    pub(super) waist_male: f64,
    pub(super) waist_female: f64,
    pub(super) bmi: f64,
    pub(super) systolic: f64,
    pub(super) diastolic: f64,
    pub(super) triglyceride: f64,
    pub(super) hdl: f64,
    pub(super) glucose: f64,
    pub(super) hba1c: f64,
}

/// One thread of a history: visits to one place for one thing.
#[derive(Debug)]
pub(super) struct Course {
    pub(super) when: When,
    /// Places, of which the person keeps to one.
    pub(super) at: Vec<Institution>,
    pub(super) in_out: InOut,
    /// Pharmacies, of which the person keeps to one; none if the place gives the drugs itself.
    pub(super) pharmacies: Vec<Institution>,
    /// Days from prescription to dispensing.
    pub(super) dispensed_after: i32,
    pub(super) electronic: bool,
    /// Rows of products, of which the person gets one; its products follow each other.
    pub(super) drugs: Vec<Line<Vec<Vec<Drug>>>>,
    pub(super) treatments: Vec<Line<Treatment>>,
}

/// When somebody goes.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) enum When {
    /// Once in so many months.
    Monthly { every: i32 },
    /// In so many of a hundred months, and only in these of the year.
    Sometimes {
        percent: u8,
        #[serde(default)]
        months: Vec<i8>,
    },
    /// On these days of the week, once in so many weeks.
    Weekly {
        weekdays: Vec<DayOfWeek>,
        #[serde(default = "one")]
        every: i32,
    },
    /// So many days in hospital, once in so many months.
    Stay { every: i32, days: u16 },
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum DayOfWeek {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
}

/// Something given at a visit, but not always.
#[derive(Debug)]
pub(super) struct Line<T> {
    pub(super) what: T,
    /// Only in every so-many-th month.
    pub(super) every: i32,
    /// Only in so many of a hundred visits.
    pub(super) percent: u8,
    /// Days of a stay, from 1; the first if empty.
    pub(super) on: Vec<u16>,
}

const HISTORIES: &str = "data/histories.yaml";
const CHECKUPS: &str = "data/checkups.yaml";

impl Catalogue {
    fn read() -> Result<Self, TableError> {
        let tables = Tables::read()?;
        let raw: RawHistories = yaml(HISTORIES, include_str!("../../data/histories.yaml"))?;
        let profiles = raw.profiles.into_iter().map(|raw| profile(raw, &tables)).collect::<Result<_, _>>()?;
        let checkups: RawCheckups = yaml(CHECKUPS, include_str!("../../data/checkups.yaml"))?;
        Ok(Self { tables, rules: raw.rules, profiles, limits: checkups.limits, checkups: checkups.profiles })
    }
}

fn yaml<T: DeserializeOwned>(file: &'static str, text: &str) -> Result<T, TableError> {
    serde_saphyr::from_str(text).map_err(|error| TableError { file, text: error.to_string() })
}

fn profile(raw: RawProfile, tables: &Tables) -> Result<Profile, TableError> {
    let id = dice::hash(&raw.profile);
    let courses = raw.courses.into_iter().map(|raw| course(raw, tables)).collect::<Result<_, _>>()?;
    Ok(Profile { key: raw.profile, title: raw.title, facts: raw.facts, id, courses })
}

fn course(raw: RawCourse, tables: &Tables) -> Result<Course, TableError> {
    let places = |keys: Vec<String>| {
        let places = keys.iter().map(|key| known(tables.institutions.get(key.as_str()).cloned(), key));
        places.collect::<Result<Vec<_>, _>>()
    };
    let stay = matches!(raw.when, When::Stay { .. });
    let in_out = if stay { InOut::Inpatient } else { InOut::Outpatient };
    let in_out = raw.in_out.map_or(Ok(in_out), |code| known(InOut::of_code(&code), &code))?;
    let treatments = raw.treatments.into_iter().map(|raw| {
        let what = known(tables.treatments.get(raw.give.as_str()).cloned(), &raw.give)?;
        Ok(Line { what, every: raw.every, percent: raw.percent, on: raw.on })
    });
    Ok(Course {
        in_out,
        at: places(raw.at)?,
        pharmacies: places(raw.pharmacy)?,
        dispensed_after: raw.dispensed_after,
        electronic: raw.electronic,
        treatments: treatments.collect::<Result<_, TableError>>()?,
        drugs: raw.drugs.into_iter().map(|raw| drugs(raw, tables)).collect::<Result<_, _>>()?,
        when: raw.when,
    })
}

fn drugs(raw: RawDrug, tables: &Tables) -> Result<Line<Vec<Vec<Drug>>>, TableError> {
    let class = raw.class.map(|code| known(DrugClass::of_code(&code), &code)).transpose()?;
    let usage = raw.usage.map(|key| known(tables.usages.get(key.as_str()).copied(), &key)).transpose()?;
    let amount = raw.amount.map(|amount| known(amount.parse().ok(), &amount)).transpose()?;
    let prescribed = |code: &u32| {
        let code = code.to_string();
        let typical = tables.drugs.iter().find(|drug| drug.code == code);
        let typical = known(typical, &code)?;
        Ok(Drug {
            class: class.unwrap_or(typical.class),
            usage_code: usage.map_or(typical.usage_code, |usage| usage.code),
            usage: usage.map_or(typical.usage, |usage| usage.name),
            amount: amount.unwrap_or(typical.amount),
            times: raw.times.unwrap_or(typical.times),
            ..*typical
        })
    };
    let rows = raw.any.iter().map(|row| row.iter().map(prescribed).collect::<Result<Vec<_>, TableError>>());
    Ok(Line { what: rows.collect::<Result<_, _>>()?, every: raw.every, percent: raw.percent, on: raw.on })
}

fn known<T>(value: Option<T>, key: &str) -> Result<T, TableError> {
    value.ok_or_else(|| TableError { file: HISTORIES, text: format!("{key:?} is in none of the tables") })
}

impl DayOfWeek {
    /// Days since Monday.
    pub(super) fn number(self) -> i8 {
        match self {
            Self::Monday => 0,
            Self::Tuesday => 1,
            Self::Wednesday => 2,
            Self::Thursday => 3,
            Self::Friday => 4,
            Self::Saturday => 5,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_and_profile_reads() {
        if let Err(error) = Catalogue::read() {
            panic!("{error}");
        }
    }

    #[test]
    fn what_happens_in_some_visits_of_a_course_can_happen() {
        for profile in profiles() {
            for course in &profile.courses {
                let every = match course.when {
                    When::Monthly { every } | When::Stay { every, .. } => every,
                    When::Sometimes { .. } | When::Weekly { .. } => 1,
                };
                let lines = course.drugs.iter().map(|l| l.every);
                for line in lines.chain(course.treatments.iter().map(|l| l.every)) {
                    assert!(every >= 1 && line >= 1, "{}", profile.key);
                }
                assert!(!course.at.is_empty(), "{}: nowhere", profile.key);
            }
        }
    }
}
