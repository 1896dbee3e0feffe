//! Scripts: what happens to a request instead of a plain answer.
//!
//! [`decide`] is pure but for its [`Turns`], which count and remember; what it decides is a [`Plan`]. The exchange
//! carries it out. Nothing here knows sockets, files or the system clock.

mod decide;
mod draw;
mod loading;
mod memory;

use std::sync::Arc;
use std::time::Duration;

use scenarios::script::{RuleKind, Then};
use serde::Serialize;

pub use decide::{Asked, decide};
pub use draw::Dice;
pub use loading::{Loaded, Scenario, ScenarioError, Scenarios, Source};
pub use memory::{Memory, Reached, Tally, Turn, Turns};

/// What happens to one request.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Plan {
    /// Everything that was asked for; its delay is drawn and stands in `delay`.
    pub then: Then,
    /// How long to wait before answering.
    pub delay: Duration,
    /// Which rules asked for it.
    pub by: Vec<Applied>,
}

/// A rule that applies to a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Applied {
    /// Its pack and its name; the `then` of a card stands under `cards`.
    pub rule: Arc<str>,
    /// Its section.
    pub kind: RuleKind,
    /// The number of the request among those that it counts, from 1; 0 if it doesn't count.
    pub number: u64,
    /// What it does, by the keys of the language.
    pub what: Vec<&'static str>,
}

impl Plan {
    /// What is simulated, by the keys of the language, each once.
    #[must_use]
    pub fn simulated(&self) -> Vec<&'static str> {
        let mut all: Vec<_> = self.by.iter().flat_map(|applied| applied.what.iter().copied()).collect();
        let mut seen = std::collections::HashSet::new();
        all.retain(|what| seen.insert(*what));
        all
    }
}

/// The keys of the language for what a `then` does.
#[must_use]
pub fn keys(then: &Then) -> Vec<&'static str> {
    let Then {
        delay,
        answer,
        set,
        remove,
        reorder,
        duplicate,
        charset,
        truncate,
        http_status,
        drip,
        reset,
        no_answer,
        terminal,
        goto,
    } = then;
    let all = [
        (delay.is_some(), "delay"),
        (answer.is_some(), "answer"),
        (!set.is_empty(), "set"),
        (!remove.is_empty(), "remove"),
        (reorder.is_some(), "reorder"),
        (duplicate.is_some(), "duplicate"),
        (charset.is_some(), "encoding"),
        (truncate.is_some(), "truncate"),
        (http_status.is_some(), "http-status"),
        (drip.is_some(), "drip"),
        (reset.is_some(), "reset"),
        (no_answer.is_some(), "no-answer"),
        (terminal.is_some(), "terminal"),
        (!goto.is_empty(), "goto"),
    ];
    all.into_iter().filter_map(|(is_there, key)| is_there.then_some(key)).collect()
}

/// One `then` over another: what breaks goes before what merely changes.
fn over(upper: &Then, lower: Then) -> Then {
    // What needs an answer has no place beside none, and a changed message none beside another status.
    let lower = if upper.answers() {
        lower
    } else {
        Then { delay: lower.delay, goto: lower.goto, ..Then::default() }
    };
    if !lower.answers() {
        return Then {
            delay: upper.delay.or(lower.delay),
            goto: [&upper.goto[..], &lower.goto].concat(),
            ..lower
        };
    }
    Then {
        delay: upper.delay.or(lower.delay),
        answer: upper.answer.clone().or(lower.answer),
        set: [lower.set, upper.set.clone()].concat(),
        remove: [lower.remove, upper.remove.clone()].concat(),
        reorder: upper.reorder.or(lower.reorder),
        duplicate: upper.duplicate.clone().or(lower.duplicate),
        charset: upper.charset.or(lower.charset),
        truncate: upper.truncate.or(lower.truncate),
        http_status: upper.http_status.or(lower.http_status),
        drip: upper.drip.or(lower.drip),
        reset: upper.reset.or(lower.reset),
        no_answer: upper.no_answer.or(lower.no_answer),
        terminal: upper.terminal.clone().or(lower.terminal),
        goto: [lower.goto, upper.goto.clone()].concat(),
    }
}
