//! Bad habits of a terminal with its files, which a scenario asks for and the terminal shows.
//!
//! The service tells the terminal in a header of the answer ([`HABIT_HEADER`]); the layout is our own (\[D]).

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Header of an answer that carries a [`Habit`] as JSON in ASCII.
pub const HABIT_HEADER: &str = "onshi-mock-habit";

/// What a terminal does with an answer instead of renaming the whole file into place at once.
///
/// As JSON: `{"late":{"by":"3s"}}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", rename_all_fields = "kebab-case", deny_unknown_fields)]
pub enum Habit {
    /// The file appears later than it could: `late: {by: 30s}`.
    Late {
        /// How much later.
        by: Lapse,
    },
    /// The file never appears: `lost: {}`.
    Lost {},
    /// The same file appears again after it was there: `duplicated: {times: 2, apart: 1s}`.
    Duplicated {
        /// How often it appears in all, 2 to 10; twice if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        times: Option<u8>,
        /// The time between two of them; one second if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        apart: Option<Lapse>,
    },
    /// The file appears under its name while only a part of it is written: `half-written: {percent: 50, completed-after: 2s}`.
    HalfWritten {
        /// How much is there at first, 0 to 99; half of it if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        percent: Option<u8>,
        /// When the rest follows; never if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        completed_after: Option<Lapse>,
    },
    /// The file has another name: `wrong-name: {name: "OQSsiquc01res_wrong.xml"}`.
    WrongName {
        /// The name, without any folder; if absent, that of the answer in lower case.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
    },
    /// An `.err` file instead of the answer: `err: {content: "…"}`.
    Err {
        /// What stands in it; if absent, what the dialect says (`files.err-content`).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        content: Option<String>,
    },
    /// The file is there, but another process keeps it locked: `locked: {for: 5s}`.
    Locked {
        /// How long.
        r#for: Lapse,
    },
    /// The file appears after later answers: `out-of-order: {behind: 1, at-most: 10s}`.
    OutOfOrder {
        /// After how many later answers, 1 to 100; one if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        behind: Option<u8>,
        /// How long it waits for them; ten seconds if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at_most: Option<Lapse>,
    },
    /// The content of the answer before this one stands under this one's name; for the first answer its own: `other-answer: {}`.
    OtherAnswer {},
    /// The folder takes nothing, as if its disk were full: `disk-full: {for: 10s}`.
    DiskFull {
        /// How long.
        r#for: Lapse,
    },
}

impl Habit {
    /// Its name as scenarios write it.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Late { .. } => "late",
            Self::Lost {} => "lost",
            Self::Duplicated { .. } => "duplicated",
            Self::HalfWritten { .. } => "half-written",
            Self::WrongName { .. } => "wrong-name",
            Self::Err { .. } => "err",
            Self::Locked { .. } => "locked",
            Self::OutOfOrder { .. } => "out-of-order",
            Self::OtherAnswer {} => "other-answer",
            Self::DiskFull { .. } => "disk-full",
        }
    }

    /// The value of [`HABIT_HEADER`]: JSON whose characters outside ASCII are escaped, as headers carry only ASCII.
    #[must_use]
    pub fn to_header(&self) -> String {
        let json = serde_json::to_string(self).unwrap_or_default();
        let mut header = String::with_capacity(json.len());
        for unit in json.chars() {
            if unit.is_ascii() {
                header.push(unit);
            } else {
                let mut units = [0; 2];
                for unit in unit.encode_utf16(&mut units) {
                    header.push_str(&format!("\\u{unit:04x}"));
                }
            }
        }
        header
    }

    /// Reads the value of [`HABIT_HEADER`]; `None` if it is none.
    #[must_use]
    pub fn of_header(header: &str) -> Option<Self> {
        serde_json::from_str(header).ok()
    }
}

/// A length of time as scenarios write it: `3s`, `500ms`, `1m 30s`; at most an hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Lapse(Duration);

/// A text that is no length of time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{sent:?}: expected a duration such as `3s` or `500ms`, at most `1h`")]
pub struct LapseError {
    /// The text.
    pub sent: String,
}

impl Lapse {
    /// The longest.
    pub const MOST: Self = Self(Duration::from_secs(3600));

    /// The length.
    #[must_use]
    pub fn duration(self) -> Duration {
        self.0
    }
}

impl TryFrom<Duration> for Lapse {
    type Error = LapseError;

    fn try_from(duration: Duration) -> Result<Self, LapseError> {
        let lapse = Self(duration);
        if lapse <= Self::MOST { Ok(lapse) } else { Err(LapseError { sent: format!("{duration:?}") }) }
    }
}

impl FromStr for Lapse {
    type Err = LapseError;

    fn from_str(text: &str) -> Result<Self, LapseError> {
        let duration = text.parse::<jiff::SignedDuration>().ok().and_then(|d| Duration::try_from(d).ok());
        duration
            .map(Self)
            .filter(|lapse| *lapse <= Self::MOST)
            .ok_or_else(|| LapseError { sent: text.to_owned() })
    }
}

impl fmt::Display for Lapse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let signed = jiff::SignedDuration::try_from(self.0).unwrap_or(jiff::SignedDuration::MAX);
        write!(f, "{signed:#}")
    }
}

impl<'de> Deserialize<'de> for Lapse {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl Serialize for Lapse {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Lapse {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Lapse".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "description": "A length of time: `3s`, `500ms`, `1m 30s`; at most an hour.",
            "examples": ["3s", "500ms"],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_habit_travels_in_a_header_of_ascii_and_comes_back() {
        let by: Lapse = "1m 30s".parse().unwrap();
        for habit in [
            Habit::Late { by },
            Habit::Lost {},
            Habit::Duplicated { times: None, apart: Some(by) },
            Habit::WrongName { name: Some("資格確認𠮷.xml".to_owned()) },
            Habit::Locked { r#for: by },
        ] {
            let header = habit.to_header();
            assert!(header.is_ascii(), "{header}");
            assert_eq!(Habit::of_header(&header), Some(habit), "{header}");
        }
        assert_eq!(Habit::Late { by }.to_header(), r#"{"late":{"by":"1m 30s"}}"#);
        assert_eq!(Habit::of_header("{\"late\":{}}"), None);
    }

    #[test]
    fn what_is_no_length_of_time_or_too_long_is_refused() {
        for text in ["", "3", "-3s", "61m", "3 apples"] {
            assert!(text.parse::<Lapse>().is_err(), "{text}");
        }
        assert_eq!("60m".parse::<Lapse>(), Ok(Lapse::MOST));
    }
}
