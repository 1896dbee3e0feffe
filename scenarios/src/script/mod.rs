//! Scripts as they are meant: what happens instead of a plain answer, and when.
//!
//! Scripts, faults and habits of terminals are one thing, a [`Rule`]; what tells a fault apart is its [`Chance`].

pub(crate) mod delay;
mod index;
pub(crate) mod lower;
pub mod raw;
pub(crate) mod time;
mod when;

use std::sync::Arc;
use std::time::Duration;

use messages::channel::Habit;
use messages::path::ElementPath;
use messages::value::{
    InstitutionCode, OrganizationName, ResultCode, ResultMessage, Segment, Status, Validity,
};

pub use index::{Placed, RuleIndex};
pub use raw::{Charset, CharsetName, Drip, Reorder, ResetPoint, Truncate};
pub use time::{TimeRule, TimeRuleError};
pub use when::{Hours, TimeRange, Times, When};

/// The state in which every machine begins.
pub const START: &str = "start";

/// Something that may happen instead of a plain answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// Its name, unique in its file.
    pub name: Arc<str>,
    /// In which section it stands.
    pub kind: RuleKind,
    /// When it applies.
    pub when: When,
    /// How often, where that is left to chance.
    pub chance: Option<Chance>,
    /// What happens: one of these, at least one.
    pub kinds: Vec<Arc<Then>>,
}

/// The section of a rule. Of each, at most one rule applies to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RuleKind {
    /// `scripts`, and the `then` of a card.
    Script,
    /// `faults`.
    Fault,
    /// `terminal`.
    Habit,
}

/// How often a rule applies.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Chance {
    /// The share of requests, 0 to 1.
    pub rate: f64,
    /// From which number the draws follow; the world's seed if absent.
    pub seed: Option<u64>,
    /// Most hits one after the other.
    pub in_a_row: Option<u64>,
    /// Most hits in all.
    pub at_most: Option<u64>,
    /// The end.
    pub until: Option<TimeRule>,
}

/// What happens. Nothing, if everything is absent.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Then {
    /// Wait before answering.
    pub delay: Option<Delay>,
    /// Other codes.
    pub answer: Option<Answer>,
    /// Elements and the texts to put there.
    pub set: Vec<(ElementPath, String)>,
    /// Elements to leave out.
    pub remove: Vec<ElementPath>,
    /// Another order.
    pub reorder: Option<Reorder>,
    /// What is sent twice.
    pub duplicate: Option<Duplicate>,
    /// How characters are written.
    pub charset: Option<Charset>,
    /// How much is sent.
    pub truncate: Option<Truncate>,
    /// Another HTTP status, without the message.
    pub http_status: Option<u16>,
    /// How slowly it is sent.
    pub drip: Option<Drip>,
    /// Where the connection is cut.
    pub reset: Option<ResetPoint>,
    /// How long nothing is answered.
    pub no_answer: Option<Duration>,
    /// What the terminal does with the file.
    pub terminal: Option<Habit>,
    /// Machines, and the states that they go to.
    pub goto: Vec<(Arc<str>, Arc<str>)>,
}

/// Codes of an answer.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Answer {
    /// Of the whole message.
    pub segment: Option<Segment>,
    /// Of the person.
    pub status: Option<Status>,
    /// The code beside one of them.
    pub code: Option<ResultCode>,
    /// The text beside the code.
    pub message: Option<ResultMessage>,
    /// Of every result.
    pub validity: Option<Validity>,
}

/// What is sent twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Duplicate {
    /// The whole answer.
    Answer,
    /// Elements of it.
    Element(ElementPath),
}

/// A delay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delay {
    /// Always the same.
    Fixed(Duration),
    /// Every length between two is as likely.
    Uniform {
        /// The shortest.
        from: Duration,
        /// The longest; not shorter than `from`.
        to: Duration,
        /// From which number the draws follow; the world's seed if absent.
        seed: Option<u64>,
    },
    /// Around a mean.
    Normal {
        /// The mean.
        mean: Duration,
        /// The standard deviation.
        deviation: Duration,
        /// From which number the draws follow; the world's seed if absent.
        seed: Option<u64>,
    },
    /// Mostly short, now and then long.
    Exponential {
        /// The mean.
        mean: Duration,
        /// From which number the draws follow; the world's seed if absent.
        seed: Option<u64>,
    },
}

/// An institution that takes part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Institution {
    /// Its code.
    pub code: InstitutionCode,
    /// Its name.
    pub name: OrganizationName,
    /// Customer IDs of its lines.
    pub lines: Vec<String>,
}

/// A card that a rule names, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedCard {
    /// Its key.
    pub key: String,
    /// Line of the file, from 1.
    pub line: u64,
    /// Column in characters, from 1.
    pub column: u64,
}

impl Then {
    /// Whether nothing happens.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }

    /// Whether the answer is the service's, changed or not: neither nothing nor another status.
    #[must_use]
    pub fn answers(&self) -> bool {
        self.http_status.is_none() && self.no_answer.is_none()
    }

    /// The segment that is answered instead.
    #[must_use]
    pub fn segment(&self) -> Option<Segment> {
        self.answer.as_ref().and_then(|answer| answer.segment)
    }

    /// The status that is answered instead.
    #[must_use]
    pub fn status(&self) -> Option<Status> {
        self.answer.as_ref().and_then(|answer| answer.status)
    }

    /// Whether something is drawn anew for each request.
    #[must_use]
    pub fn draws(&self) -> bool {
        !matches!(self.delay, None | Some(Delay::Fixed(_)))
    }
}

impl Rule {
    /// Whether it depends on how many requests there were before.
    #[must_use]
    pub fn counts(&self) -> bool {
        self.when.times.is_some() || self.chance.is_some() || self.kinds.iter().any(|then| then.draws())
    }
}
