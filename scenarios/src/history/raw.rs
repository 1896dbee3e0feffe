//! The profiles as they are written.

use serde::Deserialize;

use super::catalogue::{CheckupProfile, Fact, Limits, Rules, When};
use crate::raw::Title;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawHistories {
    pub(super) rules: Rules,
    pub(super) profiles: Vec<RawProfile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawProfile {
    pub(super) profile: String,
    pub(super) title: Title,
    #[serde(default)]
    pub(super) facts: Vec<Fact>,
    pub(super) courses: Vec<RawCourse>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct RawCourse {
    pub(super) when: When,
    pub(super) at: Vec<String>,
    pub(super) in_out: Option<String>,
    #[serde(default)]
    pub(super) pharmacy: Vec<String>,
    #[serde(default)]
    pub(super) dispensed_after: i32,
    #[serde(default)]
    pub(super) electronic: bool,
    #[serde(default)]
    pub(super) drugs: Vec<RawDrug>,
    #[serde(default)]
    pub(super) treatments: Vec<RawTreatment>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawDrug {
    pub(super) any: Vec<Vec<u32>>,
    pub(super) class: Option<String>,
    pub(super) usage: Option<String>,
    pub(super) amount: Option<String>,
    pub(super) times: Option<u16>,
    #[serde(default = "one")]
    pub(super) every: i32,
    #[serde(default = "always")]
    pub(super) percent: u8,
    #[serde(default)]
    pub(super) on: Vec<u16>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawTreatment {
    pub(super) give: String,
    #[serde(default = "one")]
    pub(super) every: i32,
    #[serde(default = "always")]
    pub(super) percent: u8,
    #[serde(default)]
    pub(super) on: Vec<u16>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawCheckups {
    pub(super) limits: Limits,
    pub(super) profiles: Vec<CheckupProfile>,
}

pub(super) fn one() -> i32 {
    1
}

fn always() -> u8 {
    100
}
