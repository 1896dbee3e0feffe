//! What rows of the dialect can hold.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::charset::Encoding;
use crate::id::MessageId;
use crate::value::{
    CardClassification, Moment, ReceptionNumber, ResultCode, ResultMessage, Value, ValueError,
};

/// A code of the field with the text that belongs to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Coded {
    /// The code.
    pub code: ResultCode,
    /// The text.
    pub message: ResultMessage,
}

/// Declares choices written in kebab case.
macro_rules! choices {
    ($($(#[$meta:meta])* $name:ident { $($(#[$vmeta:meta])* $variant:ident,)* })*) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum $name { $($(#[$vmeta])* $variant,)* }

        impl $name {
            /// Every choice.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];
        }
    )*};
}

choices! {
    /// What to do with something odd.
    Tolerance {
        /// Note it and answer.
        Accept,
        /// Refuse the request.
        Refuse,
    }
    /// Encoding of answers.
    AnswerEncoding {
        /// UTF-8.
        #[serde(rename = "utf-8")]
        Utf8,
        /// Windows-31J.
        ShiftJis,
    }
    /// How viewing consents are answered to a typed query.
    TypedConsents {
        /// Left out.
        Absent,
        /// As 0.
        Zero,
    }
    /// Form of a bulk result in the folder.
    BulkForm {
        /// The message itself.
        Xml,
        /// An archive with the message in it.
        Zip,
    }
    /// What stands in an `.err` file.
    ErrContent {
        /// Code and reason in both languages, and what to do.
        Explained,
        /// Only our label of the reason.
        Label,
        /// Nothing.
        Empty,
    }
    /// Kind of an account of the national system (terminal.md 6).
    Role {
        /// Creates the administrator's account (マスタアカウント).
        Master,
        /// Resets the master account (マスタアカウントリセット用).
        MasterReset,
        /// Creates and locks the others (管理アカウント).
        Administrator,
        /// Desk staff (一般アカウント).
        General,
        /// Qualified staff (医療情報閲覧アカウント).
        MedicalViewer,
        /// The link application (連携アプリ用アカウント).
        LinkApplication,
        /// The reader (顔認証用アカウント).
        Face,
        /// The JSON interface (Web API用アカウント).
        WebApi,
    }
    /// Where an account logs in.
    Door {
        /// The staff's browser.
        Browser,
        /// The link application.
        Terminal,
        /// The card reader.
        Reader,
        /// The JSON interface.
        WebApi,
    }
    /// What an account fetches.
    Subject {
        /// The qualification of one person.
        Qualification,
        /// Registration of reference numbers.
        ReferenceNumbers,
        /// Everything in bulk.
        Bulk,
        /// Home visits and online care.
        Visits,
        /// Drugs, treatment and operations.
        Drugs,
        /// Check-ups.
        Checkups,
    }
}

impl From<AnswerEncoding> for Encoding {
    fn from(encoding: AnswerEncoding) -> Self {
        match encoding {
            AnswerEncoding::Utf8 => Self::Utf8,
            AnswerEncoding::ShiftJis => Self::ShiftJis,
        }
    }
}

impl Subject {
    /// What a message is about.
    #[must_use]
    pub fn of(id: MessageId) -> Self {
        match id {
            MessageId::OqsSiQuc01 => Self::Qualification,
            MessageId::OqsSiImm01 => Self::ReferenceNumbers,
            MessageId::OqsMuQuc01
            | MessageId::OqsMuQuc02
            | MessageId::OqsMuImm01
            | MessageId::OqsMuImm02
            | MessageId::OqsMuTic01
            | MessageId::OqsMuTic02
            | MessageId::OqsMuHvq01
            | MessageId::OqsMuHvq02
            | MessageId::OqsMuOnq01
            | MessageId::OqsMuOnq02 => Self::Bulk,
            MessageId::OqsSiHvq01 | MessageId::OqsSiOnq01 | MessageId::OqsSiHvd01 => Self::Visits,
            MessageId::YzkSiQuc01 => Self::Drugs,
            MessageId::TkkSiQuc01 => Self::Checkups,
        }
    }
}

/// What accounts of one role may do.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rights {
    /// Where they may log in.
    pub login: Vec<Door>,
    /// What they may fetch.
    pub fetch: Vec<Subject>,
}

/// What each role may do. A role that isn't listed may do nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Roles(pub BTreeMap<Role, Rights>);

impl Roles {
    /// Whether accounts of a role may log in somewhere.
    #[must_use]
    pub fn may_enter(&self, role: Role, door: Door) -> bool {
        self.0.get(&role).is_some_and(|rights| rights.login.contains(&door))
    }

    /// Whether accounts of a role may send a message.
    #[must_use]
    pub fn may_fetch(&self, role: Role, id: MessageId) -> bool {
        self.0.get(&role).is_some_and(|rights| rights.fetch.contains(&Subject::of(id)))
    }
}

/// Values that are written as one text.
macro_rules! as_text {
    ($name:ident) => {
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                Self::read(&text).map_err(serde::de::Error::custom)
            }
        }

        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
    };
}

/// Class of an ordinary insurance card; `none` leaves the element out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OrdinaryCard(pub Option<CardClassification>);

impl OrdinaryCard {
    fn read(text: &str) -> Result<Self, ValueError> {
        if text == "none" { Ok(Self(None)) } else { text.parse().map(|class| Self(Some(class))) }
    }
}

impl fmt::Display for OrdinaryCard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.map_or("none", CardClassification::code))
    }
}

as_text!(OrdinaryCard);

/// How long a consent to home visits or online care lasts: `until-cancelled`, or days (`365d`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VisitLife {
    /// Until somebody cancels it.
    UntilCancelled,
    /// So many days.
    Days(u32),
}

impl VisitLife {
    const UNTIL_CANCELLED: &'static str = "until-cancelled";

    fn read(text: &str) -> Result<Self, String> {
        if text == Self::UNTIL_CANCELLED {
            return Ok(Self::UntilCancelled);
        }
        let days = text.strip_suffix('d').and_then(|days| days.parse().ok());
        days.map(Self::Days)
            .ok_or_else(|| format!("{text:?}: expected `until-cancelled` or days, as in `365d`"))
    }
}

impl fmt::Display for VisitLife {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UntilCancelled => f.write_str(Self::UNTIL_CANCELLED),
            Self::Days(days) => write!(f, "{days}d"),
        }
    }
}

as_text!(VisitLife);

/// How reception numbers are made: text with `{time}` (14 digits) and `{counter:N}` (N digits).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceptionForm {
    before: String,
    between: String,
    digits: usize,
    after: String,
}

impl ReceptionForm {
    fn read(text: &str) -> Result<Self, String> {
        let parts = text.split_once("{time}").and_then(|(before, rest)| {
            let (between, rest) = rest.split_once("{counter:")?;
            let (digits, after) = rest.split_once('}')?;
            let form = Self {
                before: before.to_owned(),
                between: between.to_owned(),
                digits: digits.parse().ok()?,
                after: after.to_owned(),
            };
            (form.length() <= 38 && (4..=19).contains(&form.digits) && text.is_ascii()).then_some(form)
        });
        parts.ok_or_else(|| {
            format!("{text:?}: expected `{{time}}` and `{{counter:N}}`, N from 4 to 19, at most 38 characters in all")
        })
    }

    fn length(&self) -> usize {
        self.before.len() + 14 + self.between.len() + self.digits + self.after.len()
    }

    /// The number of a job that was accepted at a time, as the n-th of its world.
    ///
    /// # Panics
    /// Never: the form was checked when it was read.
    #[must_use]
    pub fn number(&self, at: Moment, counter: u64) -> ReceptionNumber {
        let Self { before, between, digits, after } = self;
        let text = format!("{before}{}{between}{counter:0digits$}{after}", at.text());
        ReceptionNumber::read(&text).expect("the form was checked")
    }
}

impl fmt::Display for ReceptionForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{{time}}{}{{counter:{}}}{}", self.before, self.between, self.digits, self.after)
    }
}

as_text!(ReceptionForm);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reception_numbers_have_the_form_of_the_dialect() {
        let at = "20251004100010".parse().unwrap();
        let form = ReceptionForm::read("{time}{counter:18}").unwrap();
        assert_eq!(form.number(at, 1).as_str(), "20251004100010000000000000000001");
        assert_eq!(form.to_string(), "{time}{counter:18}");
        for wrong in ["", "{time}", "{counter:18}{time}", "{time}{counter:3}", "{time}{counter:18}1234567"] {
            assert!(ReceptionForm::read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn consents_to_visits_last_until_cancelled_or_for_days() {
        assert_eq!(VisitLife::read("until-cancelled"), Ok(VisitLife::UntilCancelled));
        assert_eq!(VisitLife::read("90d"), Ok(VisitLife::Days(90)));
        assert!(VisitLife::read("90").is_err());
    }
}
