//! What scripts remember: how often they were asked, and the states of machines.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use scenarios::script::START;
use serde::{Deserialize, Serialize};

/// How a rule was asked so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Requests for which everything but the count and chance held.
    pub seen: u64,
    /// How often it applied without a break until now.
    pub row: u64,
    /// How often it applied.
    pub hits: u64,
}

/// The state of a machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reached {
    /// The state.
    pub state: Arc<str>,
    /// How many changes there were, this one included.
    pub step: u64,
}

/// What one request changed: absolute numbers, so that the order in which turns are recorded doesn't matter.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turn {
    /// Rules, by pack and name, and how they were asked so far.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tallies: Vec<(Arc<str>, Tally)>,
    /// Machines and their states.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub states: Vec<(Arc<str>, Reached)>,
}

/// Everything that is remembered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Memory {
    tallies: HashMap<Arc<str>, Tally>,
    machines: HashMap<Arc<str>, Reached>,
}

impl Memory {
    /// How a rule was asked so far.
    #[must_use]
    pub fn tally(&self, rule: &str) -> Tally {
        self.tallies.get(rule).copied().unwrap_or_default()
    }

    /// The state of a machine.
    #[must_use]
    pub fn state(&self, machine: &str) -> &str {
        self.machines.get(machine).map_or(START, |reached| &reached.state)
    }

    pub(super) fn next_step(&self, machine: &str) -> u64 {
        self.machines.get(machine).map_or(0, |reached| reached.step) + 1
    }

    /// Takes over a turn, unless something later is known.
    pub(super) fn take(&mut self, turn: &Turn) {
        for (rule, tally) in &turn.tallies {
            let known = self.tallies.entry(Arc::clone(rule)).or_default();
            if tally.seen > known.seen {
                *known = *tally;
            }
        }
        for (machine, reached) in &turn.states {
            let step = self.machines.get(machine).map_or(0, |known| known.step);
            if reached.step > step {
                self.machines.insert(Arc::clone(machine), reached.clone());
            }
        }
    }

    fn forget(&mut self, pack: &str) {
        self.tallies.retain(|rule, _| rule.split_once('/').is_none_or(|(of, _)| of != pack));
    }

    /// Every rule that was asked, by name.
    #[must_use]
    pub fn tallies(&self) -> BTreeMap<Arc<str>, Tally> {
        self.tallies.iter().map(|(rule, tally)| (Arc::clone(rule), *tally)).collect()
    }

    /// Every machine that left its first state, by name.
    #[must_use]
    pub fn machines(&self) -> BTreeMap<Arc<str>, Arc<str>> {
        self.machines.iter().map(|(name, reached)| (Arc::clone(name), Arc::clone(&reached.state))).collect()
    }
}

/// The memory of a world. Requests take their turns one after the other, so that no count is given twice.
#[derive(Debug, Default)]
pub struct Turns(Mutex<Memory>);

impl Turns {
    /// Takes a turn: nothing else changes the memory meanwhile, so it must be short.
    pub(super) fn take<T>(&self, turn: impl FnOnce(&mut Memory) -> T) -> T {
        turn(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// What is remembered now.
    #[must_use]
    pub fn now(&self) -> Memory {
        self.take(|memory| memory.clone())
    }

    /// Takes over a turn that was recorded.
    pub(crate) fn recorded(&self, turn: &Turn) {
        self.take(|memory| memory.take(turn));
    }

    /// Forgets the counts of a pack, which was loaded or removed.
    pub(crate) fn forget(&self, pack: &str) {
        self.take(|memory| memory.forget(pack));
    }
}
