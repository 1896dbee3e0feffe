//! From rules as written to rules as meant, with every problem collected.

mod then;

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use messages::id::{Half, MessageId};
use messages::path::{ElementPath, places};
use serde_saphyr::{Location, Spanned};

use super::when::{Hours, TimeRange, Times, When};
use super::{Chance, Institution, NamedCard, Rule, RuleKind, Then, raw, time};
use crate::error::{Problem, unknown};

/// Longest name of a rule.
const LONGEST_NAME: usize = 60;

/// The sections of a file that hold rules.
pub(crate) struct Sections {
    pub(crate) institutions: Vec<raw::Institution>,
    pub(crate) scripts: Vec<raw::Script>,
    pub(crate) faults: Vec<raw::Fault>,
    pub(crate) terminal: Vec<raw::TerminalHabit>,
}

/// What the sections mean.
#[derive(Default)]
pub(crate) struct Meant {
    pub(crate) institutions: Vec<Institution>,
    pub(crate) rules: Vec<Rule>,
    pub(crate) named_cards: Vec<NamedCard>,
}

/// Lowers the sections; what is wrong goes to `problems`.
pub(crate) fn sections(file: &str, sections: Sections, problems: &mut Vec<Problem>) -> Meant {
    let mut lowering = Lowering { file, problems, names: HashMap::new(), meant: Meant::default() };
    for institution in sections.institutions {
        lowering.institution(institution);
    }
    for script in sections.scripts {
        lowering.script(script);
    }
    for fault in sections.faults {
        lowering.fault(fault);
    }
    for habit in sections.terminal {
        lowering.habit(habit);
    }
    lowering.meant
}

/// Lowers the `then` of a card, which answers qualification confirmations.
pub(crate) fn card(file: &str, then: Option<Spanned<raw::Then>>, problems: &mut Vec<Problem>) -> Then {
    let mut lowering = Lowering { file, problems, names: HashMap::new(), meant: Meant::default() };
    then.map(|then| lowering.then(then, Some(MessageId::OqsSiQuc01))).unwrap_or_default()
}

struct Lowering<'a> {
    file: &'a str,
    problems: &'a mut Vec<Problem>,
    /// Each name with the line on which it is first used.
    names: HashMap<String, u64>,
    meant: Meant,
}

impl Lowering<'_> {
    fn problem(&mut self, at: Location, label: &'static str, text: impl Into<String>) {
        let (line, column) = (at.line(), at.column());
        self.problems.push(Problem { file: self.file.to_owned(), line, column, text: text.into(), label });
    }

    fn institution(&mut self, raw: raw::Institution) {
        for line in &raw.lines {
            let digits = |prefix, length| {
                line.value.strip_prefix(prefix).is_some_and(|rest: &str| {
                    rest.len() == length && rest.bytes().all(|b| b.is_ascii_digit())
                })
            };
            if !digits("CAF", 10) && !digits("COP", 8) {
                let text = format!("line `{}`: expected CAF and 10 digits, or COP and 8 digits", line.value);
                self.problem(line.referenced, "S118", text);
            }
        }
        let lines = raw.lines.into_iter().map(|line| line.value).collect();
        self.meant.institutions.push(Institution { code: raw.code.value, name: raw.name, lines });
    }

    fn script(&mut self, raw: raw::Script) {
        let at = raw.then.referenced;
        let name = self.name(raw.name);
        let when = self.when(raw.when);
        let before = self.problems.len();
        let then = self.then(raw.then, when.message);
        if then.is_nothing() && self.problems.len() == before {
            self.problem(at, "S116", "`then` says nothing; expected something to do, such as `delay: 3s`");
        }
        self.rule(Rule { name, kind: RuleKind::Script, when, chance: None, kinds: vec![Arc::new(then)] });
    }

    fn fault(&mut self, raw: raw::Fault) {
        let at = raw.name.referenced;
        let name = self.name(raw.name);
        let when = self.when(raw.when);
        if raw.kinds.is_empty() {
            self.problem(at, "S116", format!("fault `{name}` has no kinds; expected at least one"));
        }
        if !(0.0..=1.0).contains(&raw.rate.value) {
            self.problem(raw.rate.referenced, "S115", format!("rate {}: expected 0 to 1", raw.rate.value));
        }
        let mut kinds = Vec::with_capacity(raw.kinds.len());
        for kind in raw.kinds {
            let (at, before) = (kind.referenced, self.problems.len());
            let then = self.then(kind, when.message);
            if then.is_nothing() && self.problems.len() == before {
                self.problem(
                    at,
                    "S116",
                    "this kind says nothing; expected something to do, such as `delay: 3s`",
                );
            }
            kinds.push(Arc::new(then));
        }
        let chance = Some(Chance {
            rate: raw.rate.value,
            seed: raw.seed,
            in_a_row: raw.in_a_row,
            at_most: raw.at_most,
            until: raw.until,
        });
        self.rule(Rule { name, kind: RuleKind::Fault, when, chance, kinds });
    }

    fn habit(&mut self, raw: raw::TerminalHabit) {
        let name = self.name(raw.name);
        let when = self.when(raw.when);
        let chance = raw.percent.map(|percent| {
            if percent.value > 100 {
                let text = format!("{} hundredths; expected 0 to 100", percent.value);
                self.problem(percent.referenced, "S115", text);
            }
            let rate = f64::from(percent.value) / 100.0;
            Chance { rate, seed: raw.seed, in_a_row: None, at_most: None, until: None }
        });
        let then = Then { terminal: Some(raw.habit), ..Then::default() };
        self.rule(Rule { name, kind: RuleKind::Habit, when, chance, kinds: vec![Arc::new(then)] });
    }

    fn rule(&mut self, rule: Rule) {
        self.meant.rules.push(rule);
    }

    fn name(&mut self, Spanned { value: name, referenced: at, .. }: Spanned<String>) -> Arc<str> {
        if !is_name(&name) {
            let text = format!(
                "name `{name}`: expected lower-case letters, digits and hyphens, at least 1, at most {LONGEST_NAME}"
            );
            self.problem(at, "S109", text);
        }
        match self.names.entry(name.clone()) {
            Entry::Vacant(entry) => {
                entry.insert(at.line());
            }
            Entry::Occupied(entry) => {
                let text = format!("name `{name}` is already used on line {}", entry.get());
                self.problem(at, "S110", text);
            }
        }
        name.into()
    }

    fn when(&mut self, raw: raw::When) -> When {
        let message = raw.message.and_then(|Spanned { value: id, referenced: at, .. }| {
            let message = MessageId::parse(&id);
            if message.is_none() {
                let ids: Vec<_> = MessageId::ALL.iter().map(|id| id.as_str()).collect();
                self.problem(at, "S111", unknown("message", &id, &ids));
            }
            message
        });
        let card = raw.card.map(|Spanned { value: key, referenced: at, .. }| {
            let named = NamedCard { key: key.clone(), line: at.line(), column: at.column() };
            self.meant.named_cards.push(named);
            Arc::from(key)
        });
        let mut elements = Vec::with_capacity(raw.element.len());
        for (path, text) in raw.element {
            if let Some(path) = self.path(&path, text.referenced, message, Half::Request) {
                elements.push((path, text.value));
            }
        }
        When {
            message,
            institution: raw.institution,
            card,
            role: raw.role,
            elements,
            times: raw.times.and_then(|times| self.times(times)),
            states: self.states(raw.state),
            time: raw.time.map(|time| self.time(time)).unwrap_or_default(),
        }
    }

    fn times(&mut self, Spanned { value: raw, referenced: at, .. }: Spanned<raw::Times>) -> Option<Times> {
        let every = raw.every.unwrap_or(1);
        let times = Times { from: raw.from.unwrap_or(every).max(1), to: raw.first.or(raw.to), every };
        let text = if raw.first.is_some() && (raw.from.is_some() || raw.to.is_some()) {
            "`first` stands beside `from` or `to`; expected one of both ways to say it"
        } else if every == 0 || raw.from == Some(0) || times.to.is_some_and(|to| to < times.from) {
            "no request is ever counted so; expected numbers from 1, and `to` not before `from`"
        } else if raw.first.or(raw.from).or(raw.to).or(raw.every).is_none() {
            "`times` says nothing; expected `first`, `from`, `to` or `every`"
        } else {
            return Some(times);
        };
        self.problem(at, "S113", text);
        None
    }

    fn states(
        &mut self,
        raw: std::collections::BTreeMap<String, Spanned<String>>,
    ) -> Vec<(Arc<str>, Arc<str>)> {
        let mut states = Vec::with_capacity(raw.len());
        for (machine, Spanned { value: state, referenced: at, .. }) in raw {
            if !is_name(&machine) || !is_name(&state) {
                let text = format!(
                    "machine `{machine}`, state `{state}`: expected lower-case letters, digits and hyphens, at most {LONGEST_NAME}"
                );
                self.problem(at, "S109", text);
            }
            states.push((machine.into(), state.into()));
        }
        states
    }

    fn time(&mut self, raw: raw::TimeRange) -> TimeRange {
        let hours = raw.hours.and_then(|Spanned { value: raw::Hours { from, to }, referenced, .. }| {
            let hours = time::hour(&from).zip(time::hour(&to)).filter(|(from, to)| from != to);
            if hours.is_none() {
                let text = format!(
                    "hours `{from}` to `{to}`: expected two different ones such as \"08:00\" and \"21:00\""
                );
                self.problem(referenced, "S114", text);
            }
            hours.map(|(from, to)| Hours { from, to })
        });
        TimeRange { from: raw.from, to: raw.to, hours }
    }

    fn path(
        &mut self,
        written: &str,
        at: Location,
        message: Option<MessageId>,
        half: Half,
    ) -> Option<ElementPath> {
        let path: ElementPath = match written.parse() {
            Ok(path) => path,
            Err(error) => {
                self.problem(at, "S112", format!("path {error}"));
                return None;
            }
        };
        let messages = message.as_ref().map_or(MessageId::ALL, std::slice::from_ref);
        let known: Vec<_> = messages.iter().flat_map(|id| places(*id, half)).collect();
        if path.places(&known).next().is_some() {
            return Some(path);
        }
        let last = path.steps().last().map(|step| step.name.as_str()).unwrap_or_default();
        let what = match half {
            Half::Request => "request",
            Half::Result => "answer",
        };
        let of = message.map(|id| format!(" of {}", id.as_str())).unwrap_or_default();
        let nearest = known.iter().filter_map(|place| place.names.last());
        let nearest = nearest.min_by_key(|name| strsim::osa_distance(last, name));
        let nearest = nearest.map(|name| format!("; the nearest is `{name}`")).unwrap_or_default();
        self.problem(at, "S112", format!("path `{written}` leads to no element of the {what}{of}{nearest}"));
        None
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= LONGEST_NAME
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}
