//! Finding people by the numbers on their cards.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use messages::value::{CardNumber, CardSymbol, InsurerNumber};

use crate::pack::{Card, Coverage, Pack, Person};
use crate::script::RuleIndex;

/// The people of one or more packs, indexed by insurer and number.
///
/// Packs are layers: the people of a pack hide those of earlier packs who have the same insurer, symbol and number.
/// A look-up costs the same with one card and with a million.
#[derive(Debug, Clone, Default)]
pub struct People {
    cards: Vec<Arc<Card>>,
    layers: usize,
    /// What may happen instead of plain answers.
    rules: RuleIndex,
    by_key: HashMap<Box<str>, usize>,
    /// Insurer, then number: both can be looked up as they are borrowed from a request.
    by_insurer: HashMap<Box<str>, HashMap<Box<str>, Vec<Place>>>,
}

/// Where a qualification stands, with its symbol as it is compared.
#[derive(Debug, Clone)]
struct Place {
    layer: usize,
    card: usize,
    coverage: usize,
    symbol: Option<Box<str>>,
}

/// A person's qualification that an insurer, number and symbol lead to.
#[derive(Debug, Clone, Copy)]
pub struct Match<'a> {
    /// The card.
    pub card: &'a Arc<Card>,
    /// Which of the person's qualifications it is.
    pub coverage: &'a Coverage,
}

impl<'a> Match<'a> {
    /// The person.
    #[must_use]
    pub fn person(&self) -> &'a Person {
        &self.card.person
    }
}

impl People {
    /// Adds the cards and the rules of a pack, as a layer above all others.
    pub fn add(&mut self, pack: Pack) {
        self.layers += 1;
        let layer = self.layers;
        if !pack.rules.is_empty() {
            self.rules.add(&pack.name, pack.rules);
        }
        for card in pack.cards {
            let index = self.cards.len();
            if !card.nobody {
                for (position, coverage) in card.person.coverages.iter().enumerate() {
                    let symbol = coverage.insurance().and_then(|i| i.symbol.as_ref());
                    let symbol = symbol.map(|symbol| symbol.key().into());
                    let numbers = self.by_insurer.entry(coverage.insurer.digits().into()).or_default();
                    let places = numbers.entry(coverage.number.key().into()).or_default();
                    // What an earlier pack has under the same symbol is hidden.
                    places.retain(|place| place.layer == layer || place.symbol != symbol);
                    places.push(Place { layer, card: index, coverage: position, symbol });
                }
            }
            self.by_key.insert(card.key.as_str().into(), index);
            self.cards.push(Arc::new(card));
        }
    }

    /// The same people, every date of theirs as it is on a day: they grow old when time passes.
    #[must_use]
    pub fn fixed_on(&self, day: jiff::civil::Date) -> Self {
        let cards = self.cards.iter().map(|card| Arc::new(card.fixed_on(day))).collect();
        Self {
            cards,
            layers: self.layers,
            rules: self.rules.clone(),
            by_key: self.by_key.clone(),
            by_insurer: self.by_insurer.clone(),
        }
    }

    /// Every card, in the order of the packs.
    pub fn cards(&self) -> impl Iterator<Item = &Arc<Card>> {
        self.cards.iter()
    }

    /// What may happen instead of plain answers, as the packs say; what a card itself says stands in the card.
    #[must_use]
    pub fn rules(&self) -> &RuleIndex {
        &self.rules
    }

    /// The card with a key; of two packs that use the same key, that of the one added last.
    #[must_use]
    pub fn card(&self, key: &str) -> Option<&Arc<Card>> {
        self.cards.get(*self.by_key.get(key)?)
    }

    /// Everybody with this insurer, number and, where one is given, symbol.
    ///
    /// The uppermost layer with a match ends the search. Padding, widths, hyphens and spaces don't count (gaps.md 5.2). A qualification without symbol (late-elderly
    /// people, medical aid) is found only without one.
    #[must_use]
    pub fn find(
        &self,
        insurer: &InsurerNumber,
        number: &CardNumber,
        symbol: Option<&CardSymbol>,
    ) -> Vec<Match<'_>> {
        let number = comparable(number.as_str(), || number.key());
        let places = self.by_insurer.get(insurer.digits()).and_then(|numbers| numbers.get(number.as_ref()));
        let symbol = symbol.map(|symbol| comparable(symbol.as_str(), || symbol.key()));
        let same_symbol =
            |place: &&Place| symbol.as_deref().is_none_or(|asked| place.symbol.as_deref() == Some(asked));
        let found = || places.into_iter().flatten().filter(same_symbol);
        let uppermost = found().map(|place| place.layer).max();
        found().filter(|place| Some(place.layer) == uppermost).filter_map(|place| self.at(place)).collect()
    }

    fn at(&self, place: &Place) -> Option<Match<'_>> {
        let card = self.cards.get(place.card)?;
        Some(Match { card, coverage: card.person.coverages.get(place.coverage)? })
    }
}

/// A text as it is compared. ASCII without spaces is its own key, and the common case on the way of every request.
fn comparable(text: &str, key: impl FnOnce() -> String) -> Cow<'_, str> {
    if text.bytes().all(|b| b.is_ascii_graphic()) { Cow::Borrowed(text) } else { Cow::Owned(key()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_ascii_text_without_spaces_is_its_own_key() {
        for byte in b'!'..=b'~' {
            let number: CardNumber = format!("1{}2", char::from(byte)).parse().unwrap();
            assert_eq!(number.key(), number.as_str());
        }
    }
}
