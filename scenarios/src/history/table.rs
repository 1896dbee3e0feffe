//! The tables beside the profiles: drugs, treatments, places, and items of the check-up.

use std::collections::HashMap;

use super::amount::Amount;
use super::catalogue::catalogue;
use super::checkup::DataType;
use super::visit::{DentalAddition, Drug, DrugClass, Institution, Treatment, TreatmentClass};

/// What is wrong with a table or with the profiles.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}: {text}")]
pub(super) struct TableError {
    pub(super) file: &'static str,
    pub(super) text: String,
}

/// The tables.
#[derive(Debug)]
pub(super) struct Tables {
    pub(super) usages: HashMap<&'static str, Usage>,
    pub(super) drugs: Vec<Drug>,
    pub(super) treatments: HashMap<&'static str, Treatment>,
    pub(super) institutions: HashMap<&'static str, Institution>,
    pub(super) items: Vec<CheckupItem>,
}

/// How a drug is taken.
#[derive(Debug, Clone, Copy)]
pub(super) struct Usage {
    pub(super) code: Option<&'static str>,
    pub(super) name: Option<&'static str>,
}

/// An item of the health check-up (identifiers.md 7).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckupItem {
    /// Our name of what is measured, and how.
    pub key: &'static str,
    /// JLAC10 code, 17 characters.
    pub code: &'static str,
    /// Name.
    pub name: &'static str,
    /// Type of the value.
    pub data_type: DataType,
    /// Unit of a quantity.
    pub unit: Option<&'static str>,
    /// Digits after the point of a quantity.
    pub decimals: usize,
    /// Codes of a coded value, with their names.
    pub values: Vec<(&'static str, &'static str)>,
    /// First fiscal year.
    pub since: Option<i16>,
    /// Last fiscal year.
    pub until: Option<i16>,
}

/// Every product that a history may name, in the order of `data/drugs.tsv`, as it is typically prescribed.
#[must_use]
pub fn drugs() -> &'static [Drug] {
    &catalogue().tables.drugs
}

/// Every treatment that a history may name, by code.
#[must_use]
pub fn treatments() -> Vec<&'static Treatment> {
    let mut treatments: Vec<_> = catalogue().tables.treatments.values().collect();
    treatments.sort_by_key(|treatment| treatment.code);
    treatments
}

/// Every item of the check-up, in the order of `data/checkup-items.tsv`.
#[must_use]
pub fn checkup_items() -> &'static [CheckupItem] {
    &catalogue().tables.items
}

/// A table as it stands in the program.
struct Table {
    file: &'static str,
    text: &'static str,
}

macro_rules! table {
    ($file:literal) => {
        Table { file: concat!("data/", $file), text: include_str!(concat!("../../data/", $file)) }
    };
}

/// One line of a table.
struct Line<const N: usize> {
    file: &'static str,
    number: usize,
    fields: [&'static str; N],
}

impl Table {
    /// The lines: fields separated by tabs, without comments and empty lines.
    fn lines<const N: usize>(&self) -> impl Iterator<Item = Result<Line<N>, TableError>> {
        let file = self.file;
        let lines = self.text.lines().enumerate().map(|(index, line)| (index + 1, line));
        let lines = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
        lines.map(move |(number, line)| {
            let fields: Vec<_> = line.split('\t').collect();
            let found = fields.len();
            let fields = fields.try_into().map_err(|_| TableError {
                file,
                text: format!("line {number} has {found} fields; expected {N}"),
            })?;
            Ok(Line { file, number, fields })
        })
    }
}

impl<const N: usize> Line<N> {
    fn need<T>(&self, value: Option<T>, text: &str) -> Result<T, TableError> {
        value.ok_or_else(|| TableError {
            file: self.file,
            text: format!("line {}: {text:?} is not known here", self.number),
        })
    }

    fn parse<T: std::str::FromStr>(&self, text: &str) -> Result<T, TableError> {
        self.need(text.parse().ok(), text)
    }

    fn optional<T: std::str::FromStr>(&self, text: &'static str) -> Result<Option<T>, TableError> {
        given(text).map(|text| self.parse(text)).transpose()
    }
}

/// The field, unless it is `-`.
fn given(field: &'static str) -> Option<&'static str> {
    (field != "-").then_some(field)
}

impl Tables {
    pub(super) fn read() -> Result<Self, TableError> {
        let usages = usages()?;
        let drugs =
            table!("drugs.tsv").lines().map(|line| drug(&line?, &usages)).collect::<Result<_, _>>()?;
        let additions = dental_additions()?;
        let treatments = table!("treatments.tsv").lines().map(|line| treatment(&line?, &additions));
        let treatments = treatments.collect::<Result<_, _>>()?;
        let institutions = table!("institutions.tsv").lines().map(|line| {
            let line = line?;
            let [key, code, name] = line.fields;
            Ok((key, Institution { code: line.parse(code)?, name }))
        });
        let institutions = institutions.collect::<Result<_, TableError>>()?;
        let values = checkup_values()?;
        let items = table!("checkup-items.tsv").lines().map(|line| item(&line?, &values));
        let items = items.collect::<Result<_, _>>()?;
        Ok(Self { usages, drugs, treatments, institutions, items })
    }
}

fn usages() -> Result<HashMap<&'static str, Usage>, TableError> {
    let lines = table!("usages.tsv").lines().map(|line| {
        let [key, code, name] = line?.fields;
        Ok((key, Usage { code: given(code), name: given(name) }))
    });
    lines.collect()
}

fn drug(line: &Line<9>, usages: &HashMap<&'static str, Usage>) -> Result<Drug, TableError> {
    let [code, class, usage, amount, times, unit, name, ingredient, special] = line.fields;
    let usage = line.need(usages.get(usage), usage)?;
    Ok(Drug {
        class: line.need(DrugClass::of_code(class), class)?,
        usage_code: usage.code,
        usage: usage.name,
        special: given(special),
        code,
        name,
        ingredient: given(ingredient),
        unit,
        amount: line.parse(amount)?,
        times: line.parse(times)?,
    })
}

fn dental_additions() -> Result<HashMap<&'static str, DentalAddition>, TableError> {
    let lines = table!("dental-additions.tsv").lines().map(|line| {
        let line = line?;
        let [key, code, name, quantity, unit] = line.fields;
        let quantity = line.optional(quantity)?;
        Ok((key, DentalAddition { code, name, quantity, unit: given(unit) }))
    });
    lines.collect()
}

fn treatment(
    line: &Line<7>,
    additions: &HashMap<&'static str, DentalAddition>,
) -> Result<(&'static str, Treatment), TableError> {
    let [key, class, code, name, unit, quantity, added] = line.fields;
    let added = given(added).into_iter().flat_map(|keys| keys.split(','));
    let added = added.map(|key| line.need(additions.get(key).copied(), key));
    Ok((
        key,
        Treatment {
            class: line.need(TreatmentClass::of_code(class), class)?,
            code,
            name,
            unit: given(unit),
            quantity: line.optional::<Amount>(quantity)?,
            times: 1,
            additions: added.collect::<Result<_, _>>()?,
        },
    ))
}

/// Values of coded items by the name of their table.
type Values = HashMap<&'static str, Vec<(&'static str, &'static str)>>;

fn checkup_values() -> Result<Values, TableError> {
    let mut values = Values::new();
    for line in table!("checkup-values.tsv").lines() {
        let [table, code, name] = line?.fields;
        values.entry(table).or_default().push((code, name));
    }
    Ok(values)
}

fn item(line: &Line<9>, values: &Values) -> Result<CheckupItem, TableError> {
    let [key, code, name, data_type, unit, decimals, coded, since, until] = line.fields;
    let coded = given(coded).map(|table| line.need(values.get(table).cloned(), table)).transpose()?;
    Ok(CheckupItem {
        key,
        code,
        name,
        data_type: line.need(DataType::of_code(data_type), data_type)?,
        unit: given(unit),
        decimals: line.optional(decimals)?.unwrap_or_default(),
        values: coded.unwrap_or_default(),
        since: line.optional(since)?,
        until: line.optional(until)?,
    })
}
