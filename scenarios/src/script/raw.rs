//! Scripts, faults and habits as they are written.
//!
//! Choices are written as a mapping with one key (`delay: {uniform: {from: 1s, to: 3s}}`), so that every mistake keeps
//! its place; what a later check may complain about is [`Spanned`].

use std::collections::BTreeMap;

use messages::channel::Habit;
use messages::dialect::Role;
use messages::value::{InstitutionCode, OrganizationName, Segment, Status, Validity};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_saphyr::Spanned;

use super::delay::RawDelay;
use super::time::TimeRule;
use crate::schema::{MessageName, Wire};

/// An institution that takes part in the world of the scenario.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Institution {
    /// Its code of ten digits; the last is a check digit.
    #[schemars(with = "Wire<InstitutionCode>")]
    pub code: Spanned<InstitutionCode>,
    /// Its name.
    #[schemars(with = "Wire<OrganizationName>")]
    pub name: OrganizationName,
    /// Customer IDs of its registered lines (`CAF` and ten digits, or `COP` and eight digits).
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub lines: Vec<Spanned<String>>,
}

/// What to do instead of a plain answer, and when.
///
/// ```yaml
/// scripts:
///   - name: slow-then-fine
///     when: {message: OQSsiquc01, card: employee-valid, times: {first: 2}}
///     then: {delay: 3s}
/// ```
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Script {
    /// Its name, unique in the file: lower-case letters, digits and hyphens. The journal names it.
    #[schemars(with = "String")]
    pub name: Spanned<String>,
    /// When it applies; always if absent.
    #[serde(default)]
    pub when: When,
    /// What to do.
    #[schemars(with = "Then")]
    pub then: Spanned<Then>,
}

/// When a script, a fault or a habit applies: everything that is written must hold.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct When {
    /// The message: its id, for example `OQSsiquc01`.
    #[schemars(with = "Option<MessageName>")]
    pub message: Option<Spanned<String>>,
    /// The institution that asks: the one of the terminal's certificate.
    #[schemars(with = "Option<Wire<InstitutionCode>>")]
    pub institution: Option<InstitutionCode>,
    /// The card that is meant, by its key.
    #[schemars(with = "Option<String>")]
    pub card: Option<Spanned<String>>,
    /// The account that asks; files of a terminal come from `link-application`.
    #[schemars(with = "Option<String>")]
    pub role: Option<Role>,
    /// Elements of the request and the texts that they have; an empty text means that the element is missing or empty.
    ///
    /// A path is one name or several, the outer ones first: `InsurerNumber`, `SearchConditions/Birthdate`.
    ///
    /// ```yaml
    /// when: {element: {InsurerNumber: "06139992", LimitApplicationCertificateRelatedConsFlg: "1"}}
    /// ```
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, String>")]
    pub element: BTreeMap<String, Spanned<String>>,
    /// Which of the requests for which everything else holds.
    #[schemars(with = "Option<Times>")]
    pub times: Option<Spanned<Times>>,
    /// States that machines are in; every machine begins in `start`.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, String>")]
    pub state: BTreeMap<String, Spanned<String>>,
    /// The time, by the clock of the world.
    pub time: Option<TimeRange>,
}

/// Which requests, counted from 1 since the scenario was loaded.
///
/// ```yaml
/// times: {first: 2}            # the first and the second
/// times: {from: 3, to: 5}      # the third to the fifth
/// times: {every: 3}            # the third, the sixth, …
/// times: {from: 10, every: 2}  # the tenth, the twelfth, …
/// ```
#[derive(Debug, Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Times {
    /// So many at the beginning; the same as `to`.
    pub first: Option<u64>,
    /// From this one on.
    pub from: Option<u64>,
    /// Up to this one.
    pub to: Option<u64>,
    /// Each so-manieth.
    pub every: Option<u64>,
}

/// A range of time; an end that is absent is open.
///
/// ```yaml
/// time: {from: end of month - 2d}                          # the last three days of every month
/// time: {from: 2026-12-29, to: 2027-01-03}
/// time: {hours: {from: "21:00", to: "08:00"}}              # at night
/// ```
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct TimeRange {
    /// The first moment.
    pub from: Option<TimeRule>,
    /// The last day, or the last moment.
    pub to: Option<TimeRule>,
    /// The hours of each day, in Japan.
    #[schemars(with = "Option<Hours>")]
    pub hours: Option<Spanned<Hours>>,
}

/// Hours of a day in Japan, `hh:mm`; past midnight if the end is before the beginning.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Hours {
    /// The first minute.
    pub from: String,
    /// The first minute after it.
    pub to: String,
}

/// What to do; each at most once. The order of writing doesn't matter: things happen in the order of an answer's way.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Then {
    /// Wait before answering: `3s`, or drawn anew each time: `{uniform: {from: 1s, to: 3s}}`.
    pub delay: Option<RawDelay>,
    /// Answer with these codes instead of what the service says.
    #[schemars(with = "Option<Answer>")]
    pub answer: Option<Spanned<Answer>>,
    /// Elements of the answer and the texts to put there, right or wrong; one that is missing is added.
    ///
    /// A path is one name or several, the outer ones first; `[2]` behind a name means the second of its name:
    ///
    /// ```yaml
    /// set: {Name: 髙﨑　太郎, "ResultOfQualificationConfirmation[2]/InsurerName": ""}
    /// ```
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, String>")]
    pub set: BTreeMap<String, Spanned<String>>,
    /// Elements of the answer to leave out.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub remove: Vec<Spanned<String>>,
    /// Put something into another order.
    pub reorder: Option<Reorder>,
    /// Send something twice.
    pub duplicate: Option<Duplicate>,
    /// A wrong or mixed encoding.
    #[schemars(with = "Option<Charset>")]
    pub encoding: Option<Spanned<Charset>>,
    /// Send only the beginning of the answer, as if it were the whole.
    pub truncate: Option<Truncate>,
    /// Answer with this HTTP status (200 to 599) and a short text instead of the message.
    #[schemars(with = "Option<u16>", range(min = 200, max = 599))]
    pub http_status: Option<Spanned<u16>>,
    /// Send the answer slowly.
    pub drip: Option<Drip>,
    /// Cut the connection.
    pub reset: Option<Reset>,
    /// Keep the connection open and answer nothing, until the client goes or the time is over: `no-answer: {for: 60s}`.
    pub no_answer: Option<NoAnswer>,
    /// What the terminal does with the file of the answer.
    pub terminal: Option<Habit>,
    /// Machines and the states that they go to.
    ///
    /// ```yaml
    /// goto: {maintenance: over}
    /// ```
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, String>")]
    pub goto: BTreeMap<String, Spanned<String>>,
}

/// Codes of an answer.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Answer {
    /// 処理結果区分 of the whole message: `"9"` leaves out the body; `"2"` (処理中) is for bulk messages only.
    #[schemars(with = "Option<Wire<Segment>>")]
    pub segment: Option<Spanned<Segment>>,
    /// 処理結果状況: `"2"` leaves out every result.
    #[schemars(with = "Option<Wire<Status>>")]
    pub status: Option<Status>,
    /// The code beside segment 9 or status 2; if absent, a code of the dialect.
    #[schemars(with = "Option<String>")]
    pub code: Option<Spanned<String>>,
    /// The text beside the code; if absent, the one of the code table or of the dialect.
    #[schemars(with = "Option<String>")]
    pub message: Option<Spanned<String>>,
    /// 資格有効性 of every result in the answer.
    #[schemars(with = "Option<Wire<Validity>>")]
    pub validity: Option<Validity>,
}

/// What to put into another order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", rename_all_fields = "kebab-case", deny_unknown_fields)]
pub enum Reorder {
    /// The elements of every group: the last one first.
    Elements,
    /// The items of every list: the last one first.
    Items,
    /// This answer leaves after later ones: `reorder: {answers: {behind: 1, at-most: 10s}}`.
    Answers {
        /// After how many later answers to the same institution.
        behind: u8,
        /// How long it waits for them.
        at_most: messages::channel::Lapse,
    },
}

/// What to send twice.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Duplicate {
    /// The whole answer, one behind the other.
    Answer,
    /// Elements of the answer: `duplicate: {element: InsurerNumber}`.
    Element(#[schemars(with = "String")] Spanned<String>),
}

/// How the characters of the answer are written.
///
/// ```yaml
/// encoding: {declared: utf-8, written: shift_jis}   # the declaration is wrong
/// encoding: {mixed: true}                           # every second text is in the other encoding
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Charset {
    /// What the XML declaration says; as the world answers if absent.
    pub declared: Option<CharsetName>,
    /// In which the characters are written; as the world answers if absent.
    pub written: Option<CharsetName>,
    /// Whether every second text outside ASCII is written in the other of the two encodings.
    #[serde(default)]
    pub mixed: bool,
}

/// An encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum CharsetName {
    /// UTF-8.
    #[serde(rename = "utf-8")]
    Utf8,
    /// Windows-31J, which the interface calls Shift_JIS.
    #[serde(rename = "shift_jis")]
    ShiftJis,
}

/// How much of the answer is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Truncate {
    /// So many bytes: `truncate: {bytes: 100}`.
    Bytes(u64),
    /// So many hundredths: `truncate: {percent: 50}`.
    Percent(#[schemars(range(max = 100))] u8),
}

/// How slowly the answer is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Drip {
    /// Bytes in each second, at least 1.
    #[schemars(range(min = 1))]
    pub bytes_per_second: std::num::NonZeroU32,
}

/// Where the connection is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Reset {
    /// The point.
    pub at: ResetPoint,
}

/// A point of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ResetPoint {
    /// Before anything of the answer is sent.
    BeforeHeaders,
    /// After the headers, before the body.
    AfterHeaders,
    /// In the middle of the body.
    MidBody,
}

/// How long nothing is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct NoAnswer {
    /// The time after which the connection is closed; ten minutes if absent.
    pub r#for: Option<messages::channel::Lapse>,
}

/// Faults at random, with a budget. The same seed gives the same faults, byte for byte.
///
/// ```yaml
/// faults:
///   - name: bad-evening
///     kinds: [{delay: 3s}, {reset: {at: mid-body}}, {http-status: 503}]
///     rate: 0.1
///     seed: 7
///     in-a-row: 2
///     at-most: 50
///     until: 2027-03-31
/// ```
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Fault {
    /// Its name, unique among the scripts and faults of the file.
    #[schemars(with = "String")]
    pub name: Spanned<String>,
    /// Which requests may be hit; all if absent.
    #[serde(default)]
    pub when: When,
    /// What may happen; each hit draws one of them.
    #[schemars(with = "Vec<Then>", length(min = 1))]
    pub kinds: Vec<Spanned<Then>>,
    /// The share of requests that are hit, 0 to 1.
    #[schemars(with = "f64", range(min = 0.0, max = 1.0))]
    pub rate: Spanned<f64>,
    /// From which number the draws follow; the world's seed if absent.
    pub seed: Option<u64>,
    /// Most hits one after the other; no bound if absent.
    pub in_a_row: Option<u64>,
    /// Most hits in all; no bound if absent.
    pub at_most: Option<u64>,
    /// The last day, or the last moment; no end if absent. A rule such as `today at 22:00` follows the day of the request,
    /// so that one means every evening.
    pub until: Option<TimeRule>,
}

/// A bad habit of the terminals.
///
/// ```yaml
/// terminal:
///   - name: slow-share
///     when: {institution: "1319999916"}
///     habit: {late: {by: 30s}}
///     percent: 20
/// ```
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct TerminalHabit {
    /// Its name, unique among the scripts, faults and habits of the file.
    #[schemars(with = "String")]
    pub name: Spanned<String>,
    /// Which answers; all if absent.
    #[serde(default)]
    pub when: When,
    /// What the terminal does with their files.
    pub habit: Habit,
    /// How many hundredths of them; all if absent.
    #[schemars(with = "Option<u8>", range(max = 100))]
    pub percent: Option<Spanned<u8>>,
    /// From which number the draws follow; the world's seed if absent.
    pub seed: Option<u64>,
}
