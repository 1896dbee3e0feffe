//! Which rules may apply to a request, found without looking at the others.

use std::collections::HashMap;
use std::sync::Arc;

use messages::id::MessageId;
use messages::value::InstitutionCode;

use super::Rule;

/// A rule and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Placed {
    /// Its pack and its name: `troubles/slow`.
    pub key: Arc<str>,
    /// The rule.
    pub rule: Rule,
    /// How many packs with rules were added before its own.
    pack: usize,
    /// How many rules stand before it in its pack.
    position: usize,
}

/// The rules of packs, by what they name: a look-up costs the same with ten rules and with a hundred thousand, as long
/// as they name their card, their institution or another message.
#[derive(Debug, Clone, Default)]
pub struct RuleIndex {
    rules: Vec<Arc<Placed>>,
    packs: usize,
    by_card: HashMap<Arc<str>, Vec<usize>>,
    by_institution: HashMap<InstitutionCode, Vec<usize>>,
    by_message: HashMap<MessageId, Vec<usize>>,
    /// Those that name none of the three.
    anywhere: Vec<usize>,
}

impl RuleIndex {
    /// Adds the rules of a pack, which come before those of the packs added earlier.
    pub fn add(&mut self, pack: &str, rules: Vec<Rule>) {
        for (position, rule) in rules.into_iter().enumerate() {
            let index = self.rules.len();
            let place = match (&rule.when.card, &rule.when.institution, rule.when.message) {
                (Some(card), _, _) => self.by_card.entry(Arc::clone(card)).or_default(),
                (None, Some(institution), _) => self.by_institution.entry(institution.clone()).or_default(),
                (None, None, Some(message)) => self.by_message.entry(message).or_default(),
                (None, None, None) => &mut self.anywhere,
            };
            place.push(index);
            let key = format!("{pack}/{}", rule.name).into();
            self.rules.push(Arc::new(Placed { key, rule, pack: self.packs, position }));
        }
        self.packs += 1;
    }

    /// The rules that may apply, those of the pack added last first, and each pack's in the order of its file.
    #[must_use]
    pub fn candidates(
        &self,
        card: Option<&str>,
        institution: &InstitutionCode,
        message: MessageId,
    ) -> Vec<&Arc<Placed>> {
        let by_card = card.and_then(|card| self.by_card.get(card));
        let lists = [by_card, self.by_institution.get(institution), self.by_message.get(&message)];
        let found = lists.into_iter().flatten().flatten().chain(&self.anywhere);
        let mut candidates: Vec<_> = found.filter_map(|&index| self.rules.get(index)).collect();
        candidates.sort_by_key(|placed| (std::cmp::Reverse(placed.pack), placed.position));
        candidates
    }

    /// Every rule, in the order in which they were added.
    pub fn all(&self) -> impl Iterator<Item = &Arc<Placed>> {
        self.rules.iter()
    }
}
