//! What must be true of the exchanges: at least, exactly, never, in order. Pure: a snapshot in, a verdict out.
//!
//! The ring is bounded. Where an exchange that fell out of it could change the verdict, the verdict is
//! [`Verdict::Unknown`], never a wrong "no".

use jiff::Timestamp;
use messages::refusal::Bilingual;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::condition::{Match, Miss};
use super::{Numbered, Snapshot};
use crate::clock::rfc3339;
use crate::schema;

/// Most matches of an order.
const MOST_STEPS: usize = 100;
/// Most numbers that a verification lists.
const MOST_NUMBERS: usize = 100;
/// Nearest misses that are shown.
const NEAREST: usize = 3;
/// Latest exchanges among which the nearest misses are looked for.
const SEARCHED: usize = 1000;

/// What must be true: exactly one of `at_least`, `exactly`, `never`, `in_order`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = VerificationRequest)]
pub struct Request {
    /// What the report calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// At least so many exchanges match.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least: Option<Counted>,
    /// Exactly so many exchanges match.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exactly: Option<Counted>,
    /// No exchange matches.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub never: Option<Uncounted>,
    /// Exchanges match one after the other; others may come between.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_order: Option<Vec<Match>>,
}

/// Conditions and a number.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Counted {
    /// How many.
    #[serde(default = "one")]
    pub count: u64,
    /// Which exchanges are meant.
    #[serde(default, rename = "match")]
    pub matching: Match,
}

/// Conditions without a number.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Uncounted {
    /// Which exchanges are meant.
    #[serde(default, rename = "match")]
    pub matching: Match,
}

fn one() -> u64 {
    1
}

/// A request for no verification at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RequestError {
    /// None or several of the four.
    #[error("give exactly one of `at_least`, `exactly`, `never` and `in_order`")]
    NotOne,
    /// No match in an order, or too many.
    #[error("`in_order` takes 1 to {MOST_STEPS} matches")]
    Steps,
}

/// What is expected of the exchanges.
#[derive(Debug, Clone, PartialEq)]
pub enum Expectation {
    /// At least so many match.
    AtLeast(u64, Match),
    /// Exactly so many match; none, for `never`.
    Exactly(u64, Match),
    /// They match one after the other.
    InOrder(Vec<Match>),
}

impl TryFrom<Request> for Expectation {
    type Error = RequestError;

    fn try_from(request: Request) -> Result<Self, RequestError> {
        match request {
            Request {
                at_least: Some(Counted { count, matching }),
                exactly: None,
                never: None,
                in_order: None,
                ..
            } => Ok(Self::AtLeast(count, matching)),
            Request {
                at_least: None,
                exactly: Some(Counted { count, matching }),
                never: None,
                in_order: None,
                ..
            } => Ok(Self::Exactly(count, matching)),
            Request {
                at_least: None,
                exactly: None,
                never: Some(Uncounted { matching }),
                in_order: None,
                ..
            } => Ok(Self::Exactly(0, matching)),
            Request { at_least: None, exactly: None, never: None, in_order: Some(steps), .. } => {
                if (1..=MOST_STEPS).contains(&steps.len()) {
                    Ok(Self::InOrder(steps))
                } else {
                    Err(RequestError::Steps)
                }
            }
            Request { .. } => Err(RequestError::NotOne),
        }
    }
}

/// Whether an expectation is met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It is.
    Passed,
    /// It is not.
    Failed,
    /// It depends on exchanges that have fallen out of the bounded journal.
    Unknown,
}

/// An expectation and what came of it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Verification {
    /// What the report calls it.
    pub name: String,
    /// When it was asked, by the world's clock: RFC 3339, Japanese time.
    #[schema(format = DateTime)]
    pub at: String,
    /// Whether it is met.
    pub verdict: Verdict,
    /// The verdict in words.
    #[schema(value_type = schema::Bilingual)]
    pub text: Bilingual,
    /// How many exchanges match; of an order, how many of its matches.
    pub count: u64,
    /// How many exchanges, of those that it looks at, have fallen out of the journal.
    pub forgotten: u64,
    /// Numbers of the matching exchanges, the first 100.
    pub numbers: Vec<u64>,
    /// The exchanges that come nearest, and what each misses; only where it isn't met.
    pub nearest: Vec<Near>,
}

/// An exchange that nearly matches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Near {
    /// Its number.
    pub number: u64,
    /// Its message id.
    pub message: String,
    /// What it misses.
    pub misses: Vec<Miss>,
}

impl Expectation {
    /// Judges what a journal holds.
    #[must_use]
    pub fn verify(&self, name: Option<String>, snapshot: &Snapshot, at: Timestamp) -> Verification {
        let forgotten = snapshot.forgotten_after(self.first_after());
        let (verdict, numbers, unmet) = match self {
            Self::AtLeast(count, matching) => {
                let numbers = matching_numbers(matching, &snapshot.exchanges);
                let is_met = numbers.len() as u64 >= *count;
                (Verdict::of(is_met, forgotten), numbers, (!is_met).then_some((matching, 0)))
            }
            Self::Exactly(count, matching) => {
                let numbers = matching_numbers(matching, &snapshot.exchanges);
                let found = numbers.len() as u64;
                let verdict = match found.cmp(count) {
                    std::cmp::Ordering::Greater => Verdict::Failed,
                    _ if forgotten > 0 => Verdict::Unknown,
                    std::cmp::Ordering::Equal => Verdict::Passed,
                    std::cmp::Ordering::Less => Verdict::Failed,
                };
                (verdict, numbers, (found < *count).then_some((matching, 0)))
            }
            Self::InOrder(steps) => {
                let numbers = ordered_numbers(steps, &snapshot.exchanges);
                let unmet = steps.get(numbers.len());
                let last = numbers.last().copied().unwrap_or_default();
                (Verdict::of(unmet.is_none(), forgotten), numbers, unmet.map(|step| (step, last)))
            }
        };
        let count = numbers.len() as u64;
        Verification {
            name: name.unwrap_or_else(|| self.describe().en.into_owned()),
            at: rfc3339(at),
            verdict,
            text: self.text(verdict, count, forgotten),
            count,
            forgotten,
            numbers: numbers.into_iter().take(MOST_NUMBERS).collect(),
            nearest: unmet.map(|(step, last)| nearest(step, last, &snapshot.exchanges)).unwrap_or_default(),
        }
    }

    /// The number after which it looks.
    #[must_use]
    pub fn first_after(&self) -> u64 {
        match self {
            Self::AtLeast(_, matching) | Self::Exactly(_, matching) => matching.first_after(),
            Self::InOrder(steps) => steps.first().map(Match::first_after).unwrap_or_default(),
        }
    }

    fn describe(&self) -> Bilingual {
        match self {
            Self::AtLeast(count, _) => {
                Bilingual::made(format!("{count} 件以上"), format!("at least {count}"))
            }
            Self::Exactly(0, _) => Bilingual::fixed("0 件", "never"),
            Self::Exactly(count, _) => {
                Bilingual::made(format!("ちょうど {count} 件"), format!("exactly {count}"))
            }
            Self::InOrder(steps) => {
                Bilingual::made(format!("順に {} 件", steps.len()), format!("{} in order", steps.len()))
            }
        }
    }

    fn text(&self, verdict: Verdict, count: u64, forgotten: u64) -> Bilingual {
        let expected = self.describe();
        let (ja, en) = match verdict {
            Verdict::Passed => (String::new(), String::new()),
            Verdict::Failed => ("（不成立）".to_owned(), ": failed".to_owned()),
            Verdict::Unknown => (
                format!("（不明: {forgotten} 件が記録から失われています）"),
                format!(": unknown, as {forgotten} have fallen out of the journal"),
            ),
        };
        Bilingual::made(
            format!("期待: {}、一致: {count} 件{ja}", expected.ja),
            format!("expected {}, matched {count}{en}", expected.en),
        )
    }
}

impl Near {
    /// The near miss in words.
    #[must_use]
    pub fn text(&self) -> Bilingual {
        let quoted = |texts: &[String], nothing: &str| match texts {
            [] => nothing.to_owned(),
            texts => texts.iter().map(|text| format!("{text:?}")).collect::<Vec<_>>().join(", "),
        };
        let ja = self.misses.iter().map(|Miss { condition, expected, found }| {
            format!("{condition} 期待 {} 実際 {}", quoted(expected.as_slice(), "なし"), quoted(found, "なし"))
        });
        let en = self.misses.iter().map(|Miss { condition, expected, found }| {
            let (expected, found) = (quoted(expected.as_slice(), "nothing"), quoted(found, "nothing"));
            format!("{condition}: expected {expected}, found {found}")
        });
        let (ja, en): (Vec<_>, Vec<_>) = (ja.collect(), en.collect());
        let Self { number, message, .. } = self;
        Bilingual::made(
            format!("近いもの: {number} 番 {message}: {}", ja.join("; ")),
            format!("nearest: exchange {number} {message}: {}", en.join("; ")),
        )
    }
}

impl Verdict {
    /// A verdict that more exchanges could only turn into "passed".
    fn of(is_met: bool, forgotten: u64) -> Self {
        match (is_met, forgotten) {
            (true, _) => Self::Passed,
            (false, 0) => Self::Failed,
            (false, _) => Self::Unknown,
        }
    }
}

fn matching_numbers(matching: &Match, exchanges: &[Numbered]) -> Vec<u64> {
    exchanges.iter().filter(|numbered| matching.meets(numbered)).map(|(number, _)| *number).collect()
}

/// The first exchange that matches the first step, the first after it that matches the second, and so on: if there is
/// an order at all, this finds one.
fn ordered_numbers(steps: &[Match], exchanges: &[Numbered]) -> Vec<u64> {
    let mut left = exchanges.iter();
    let next = |step: &Match| left.find(|numbered| step.meets(numbered)).map(|(number, _)| *number);
    steps.iter().map_while(next).collect()
}

/// The latest exchanges after a number that miss the fewest conditions, fewest first.
pub(crate) fn nearest(matching: &Match, after: u64, exchanges: &[Numbered]) -> Vec<Near> {
    let candidates = exchanges.iter().rev().take_while(|(number, _)| *number > after).take(SEARCHED);
    let mut near: Vec<Near> = candidates
        .filter(|numbered| matching.looks_at(numbered))
        .map(|(number, exchange)| Near {
            number: *number,
            message: exchange.message.to_string(),
            misses: matching.misses(exchange),
        })
        .filter(|near| !near.misses.is_empty())
        .collect();
    near.sort_by_key(|near| near.misses.len());
    near.truncate(NEAREST);
    near
}
