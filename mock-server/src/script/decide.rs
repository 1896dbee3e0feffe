//! Which rules apply to a request.
//!
//! Of each section the first rule that applies wins, those of the pack loaded last first. Every rule for which all but
//! its count and chance hold counts the request, whether it wins or not.

use std::cell::OnceCell;
use std::sync::Arc;

use jiff::Timestamp;
use messages::dialect::Role;
use messages::document::Document;
use messages::id::MessageId;
use messages::value::InstitutionCode;
use scenarios::Card;
use scenarios::script::{Chance, Placed, RuleIndex, RuleKind, Then, When};

use super::draw::{self, Dice};
use super::memory::{Memory, Reached, Tally, Turn, Turns};
use super::{Applied, Plan, keys, over};
use crate::clock::in_japan;

/// A request as scripts see it.
pub struct Asked<'a> {
    /// The message.
    pub message: MessageId,
    /// The institution that asks.
    pub institution: &'a InstitutionCode,
    /// The card that is meant.
    pub card: Option<&'a Card>,
    /// The account that asks.
    pub role: Role,
    /// The world's time.
    pub now: Timestamp,
    /// Where chance begins in the world, for rules that name no seed.
    pub seed: u64,
    /// Reads the request; called at most once, and only if a rule names an element.
    pub read: &'a dyn Fn() -> Option<Document>,
}

/// What happens to a request, and what has to be recorded before its answer leaves.
#[must_use]
pub fn decide(rules: &RuleIndex, asked: &Asked<'_>, turns: &Turns) -> (Plan, Option<Turn>) {
    let document = OnceCell::new();
    let mut candidates =
        rules.candidates(asked.card.map(|card| card.key.as_str()), asked.institution, asked.message);
    candidates.retain(|placed| holds(&placed.rule.when, asked, &document));
    let card = asked.card.filter(|card| !card.then.is_nothing());
    let remembers = |placed: &&Arc<Placed>| {
        placed.rule.counts()
            || !placed.rule.when.states.is_empty()
            || placed.rule.kinds.iter().any(|then| !then.goto.is_empty())
    };
    let needs_turn = candidates.iter().any(remembers)
        || card.is_some_and(|card| card.then.draws() || !card.then.goto.is_empty());
    if candidates.is_empty() && card.is_none() {
        return (Plan::default(), None);
    }
    if !needs_turn {
        return (choose(&candidates, card, asked, &Memory::default()).plan(asked.seed), None);
    }
    turns.take(|memory| {
        let chosen = choose(&candidates, card, asked, memory);
        let turn = chosen.turn(memory);
        memory.take(&turn);
        (chosen.plan(asked.seed), Some(turn))
    })
}

/// Whether everything holds but state, count and chance.
fn holds(when: &When, asked: &Asked<'_>, document: &OnceCell<Option<Document>>) -> bool {
    let has = |path, text: &str| {
        let texts = document.get_or_init(asked.read).as_ref().map(|document| document.texts(path));
        let texts = texts.unwrap_or_default();
        if text.is_empty() { texts.iter().all(|text| text.is_empty()) } else { texts.contains(&text) }
    };
    when.message.is_none_or(|message| message == asked.message)
        && when.institution.as_ref().is_none_or(|institution| institution == asked.institution)
        && when.card.as_deref().is_none_or(|key| asked.card.is_some_and(|card| card.key == key))
        && when.role.is_none_or(|role| role == asked.role)
        && when.time.includes(asked.now)
        && when.elements.iter().all(|(path, text)| has(path, text))
}

/// The rules that won, and how every rule that counts was asked.
#[derive(Default)]
struct Chosen {
    winners: Vec<(Arc<str>, RuleKind, u64, Arc<Then>)>,
    tallies: Vec<(Arc<str>, Tally)>,
}

fn choose(candidates: &[&Arc<Placed>], card: Option<&Card>, asked: &Asked<'_>, memory: &Memory) -> Chosen {
    let mut chosen = Chosen::default();
    for placed in candidates {
        let rule = &placed.rule;
        if rule.when.states.iter().any(|(machine, state)| memory.state(machine) != &**state) {
            continue;
        }
        let counts = rule.counts();
        let mut tally = if counts { memory.tally(&placed.key) } else { Tally::default() };
        tally.seen += u64::from(counts);
        let is_free = chosen.winners.iter().all(|(_, kind, ..)| *kind != rule.kind);
        let is_counted = rule.when.times.is_none_or(|times| times.includes(tally.seen));
        let kind = match &rule.chance {
            _ if !is_free || !is_counted => None,
            None => Some(0),
            Some(chance) => hit(chance, &tally, rule.kinds.len(), asked),
        };
        let applied = kind.and_then(|kind| rule.kinds.get(kind));
        tally.row = if applied.is_some() { tally.row + 1 } else { 0 };
        tally.hits += u64::from(applied.is_some());
        if let Some(then) = applied {
            chosen.winners.push((Arc::clone(&placed.key), rule.kind, tally.seen, Arc::clone(then)));
        }
        if counts {
            chosen.tallies.push((Arc::clone(&placed.key), tally));
        }
    }
    if let Some(card) = card.filter(|_| chosen.winners.iter().all(|(_, kind, ..)| *kind != RuleKind::Script))
    {
        let key: Arc<str> = format!("cards/{}", card.key).into();
        let mut number = 0;
        if card.then.draws() {
            let tally = memory.tally(&key);
            number = tally.seen + 1;
            let tally = Tally { seen: number, row: tally.row + 1, hits: tally.hits + 1 };
            chosen.tallies.push((Arc::clone(&key), tally));
        }
        chosen.winners.push((key, RuleKind::Script, number, Arc::new(card.then.clone())));
    }
    chosen
}

/// Which kind of a fault hits the request, if any does.
fn hit(chance: &Chance, tally: &Tally, kinds: usize, asked: &Asked<'_>) -> Option<usize> {
    let now = asked.now;
    let is_over = chance.until.is_some_and(|until| until.end(in_japan(now).date()) <= now);
    let is_spent = chance.in_a_row.is_some_and(|most| tally.row >= most)
        || chance.at_most.is_some_and(|most| tally.hits >= most);
    let mut dice = Dice::of_chance(chance.seed.unwrap_or(asked.seed), tally.seen);
    let happens = dice.happens(chance.rate);
    (happens && !is_over && !is_spent).then(|| dice.one_of(kinds))
}

impl Chosen {
    /// The plan: a fault goes over a script, and a habit under both.
    fn plan(self, seed: u64) -> Plan {
        let mut winners = self.winners;
        winners.sort_by_key(|(_, kind, ..)| match kind {
            RuleKind::Habit => 0,
            RuleKind::Script => 1,
            RuleKind::Fault => 2,
        });
        let mut plan = Plan::default();
        for (rule, kind, number, then) in winners {
            if let Some(delay) = then.delay {
                plan.delay = draw::delay(delay, seed, number);
            }
            let what = keys(&then);
            plan.then = over(&then, std::mem::take(&mut plan.then));
            plan.by.push(Applied { rule, kind, number, what });
        }
        plan
    }

    fn turn(&self, memory: &Memory) -> Turn {
        let gotos = self.winners.iter().flat_map(|(.., then)| &then.goto);
        let states = gotos.map(|(machine, state)| {
            let step = memory.next_step(machine);
            (Arc::clone(machine), Reached { state: Arc::clone(state), step })
        });
        Turn { states: states.collect(), tallies: self.tallies.clone() }
    }
}
