//! From what a rule does as written to what it does as meant.

use std::time::Duration;

use messages::channel::Lapse;
use messages::id::{Half, MessageId};
use messages::value::{ResultCode, Segment};
use serde_saphyr::{Location, Spanned};

use super::Lowering;
use crate::script::delay::{RawDelay, RawDistribution};
use crate::script::{Answer, Delay, Duplicate, Then, raw};

/// How long nothing is answered where a scenario doesn't say.
const NO_ANSWER: Duration = Duration::from_secs(600);

impl Lowering<'_> {
    pub(super) fn then(&mut self, then: Spanned<raw::Then>, message: Option<MessageId>) -> Then {
        let Spanned { value: raw, referenced: at, .. } = then;
        self.check_together(&raw, at);
        let mut set = Vec::with_capacity(raw.set.len());
        for (path, text) in raw.set {
            if let Some(path) = self.path(&path, text.referenced, message, Half::Result) {
                set.push((path, text.value));
            }
        }
        let mut remove = Vec::with_capacity(raw.remove.len());
        for path in raw.remove {
            remove.extend(self.path(&path.value, path.referenced, message, Half::Result));
        }
        let duplicate = raw.duplicate.and_then(|duplicate| match duplicate {
            raw::Duplicate::Answer => Some(Duplicate::Answer),
            raw::Duplicate::Element(path) => {
                let path = self.path(&path.value, path.referenced, message, Half::Result);
                path.map(Duplicate::Element)
            }
        });
        Then {
            delay: raw.delay.and_then(|delay| self.delay(delay)),
            answer: raw.answer.and_then(|answer| self.answer(answer, message)),
            set,
            remove,
            reorder: raw.reorder,
            duplicate,
            charset: raw.encoding.and_then(|charset| self.charset(charset)),
            truncate: raw.truncate,
            http_status: raw.http_status.map(|status| {
                if !(200..=599).contains(&status.value) {
                    let text = format!("HTTP status {}: expected 200 to 599", status.value);
                    self.problem(status.referenced, "S115", text);
                }
                status.value
            }),
            drip: raw.drip,
            reset: raw.reset.map(|reset| reset.at),
            no_answer: raw.no_answer.map(|none| none.r#for.map_or(NO_ANSWER, Lapse::duration)),
            terminal: raw.terminal,
            goto: self.states(raw.goto),
        }
    }

    /// What cannot happen together.
    fn check_together(&mut self, raw: &raw::Then, at: Location) {
        let changes = raw.answer.is_some()
            || !raw.set.is_empty()
            || !raw.remove.is_empty()
            || matches!(raw.reorder, Some(raw::Reorder::Elements | raw::Reorder::Items))
            || raw.duplicate.is_some()
            || raw.encoding.is_some()
            || raw.truncate.is_some()
            || raw.terminal.is_some();
        let sends = raw.drip.is_some() || raw.reset.is_some() || raw.http_status.is_some();
        if raw.no_answer.is_some() && (changes || sends) {
            self.problem(at, "S116", "`no-answer` stands beside something that needs an answer");
        } else if raw.http_status.is_some() && changes {
            self.problem(
                at,
                "S116",
                "`http-status` stands beside something that changes the message, which isn't sent",
            );
        }
    }

    fn delay(&mut self, raw: RawDelay) -> Option<Delay> {
        Some(match raw {
            RawDelay::Fixed(text) => Delay::Fixed(self.lapse(&text)?),
            RawDelay::Drawn(RawDistribution::Uniform { from: shortest, to, seed }) => {
                let (from, to_value) = (self.lapse(&shortest)?, self.lapse(&to)?);
                if to_value < from {
                    let text = format!(
                        "delay from `{}` to `{}`: expected the shorter one first",
                        shortest.value, to.value
                    );
                    self.problem(to.referenced, "S105", text);
                }
                Delay::Uniform { from, to: to_value, seed }
            }
            RawDelay::Drawn(RawDistribution::Normal { mean, deviation, seed }) => {
                Delay::Normal { mean: self.lapse(&mean)?, deviation: self.lapse(&deviation)?, seed }
            }
            RawDelay::Drawn(RawDistribution::Exponential { mean, seed }) => {
                Delay::Exponential { mean: self.lapse(&mean)?, seed }
            }
        })
    }

    fn lapse(&mut self, Spanned { value: text, referenced: at, .. }: &Spanned<String>) -> Option<Duration> {
        let lapse = text.parse::<Lapse>().ok();
        if lapse.is_none() {
            let text = format!("delay `{text}`: expected a duration such as `3s` or `500ms`, at most `1h`");
            self.problem(*at, "S105", text);
        }
        lapse.map(Lapse::duration)
    }

    fn answer(&mut self, answer: Spanned<raw::Answer>, message: Option<MessageId>) -> Option<Answer> {
        let Spanned { value: raw, referenced: at, .. } = answer;
        let segment = raw.segment.map(|Spanned { value: segment, referenced: at, .. }| {
            if segment == Segment::Processing && !message.is_some_and(MessageId::is_bulk) {
                let text = "segment 2 (処理中) is for bulk messages only; expected 1 or 9";
                self.problem(at, "S106", text);
            }
            segment
        });
        let code = raw.code.and_then(|code| self.value::<ResultCode>(&code));
        let message = raw.message.and_then(|message| self.value(&message));
        if segment.is_none() && raw.status.is_none() && raw.validity.is_none() {
            let text = "`answer` has no `segment`, `status` or `validity`; expected at least one of them";
            self.problem(at, "S116", text);
        }
        Some(Answer { segment, status: raw.status, code, message, validity: raw.validity })
    }

    fn value<V: std::str::FromStr<Err: std::fmt::Display>>(&mut self, text: &Spanned<String>) -> Option<V> {
        text.value
            .parse()
            .map_err(|error: V::Err| self.problem(text.referenced, "S117", error.to_string()))
            .ok()
    }

    fn charset(&mut self, charset: Spanned<raw::Charset>) -> Option<raw::Charset> {
        let Spanned { value: raw, referenced: at, .. } = charset;
        if raw.declared.is_none() && raw.written.is_none() && !raw.mixed {
            self.problem(
                at,
                "S116",
                "`encoding` says nothing; expected `declared`, `written` or `mixed: true`",
            );
            return None;
        }
        Some(raw)
    }
}
