//! The search itself, and the nearest miss.

use std::sync::Arc;

use jiff::civil::Date;
use scenarios::{Match, People};

use super::{Found, Numbers};
use crate::reason::Reason;

impl Numbers<'_> {
    /// Looks for the person, and says what decided. Of several qualifications of one person with the same numbers
    /// the one that covers `day` is meant.
    pub fn find<'p>(
        &self,
        people: &'p People,
        day: Date,
        today: Date,
        reasons: &mut Vec<Reason>,
    ) -> Found<'p> {
        let Some(insurer) = self.insurer else {
            reasons.push(Reason::NobodyHasNumber);
            return Found::Nobody;
        };
        let mut matches = people.find(insurer, self.number, self.symbol);
        matches.retain(|found| differing(found, self, today).is_empty());
        one_per_person(&mut matches, day, today);
        match matches.as_slice() {
            [] => {
                reasons.push(nearest(people, self, today));
                Found::Nobody
            }
            [one] => {
                reasons.push(Reason::Matched(Arc::clone(one.card)));
                Found::One(*one)
            }
            several => {
                reasons.push(Reason::Several(several.len()));
                Found::Several(matches)
            }
        }
    }
}

/// Names of the given elements in which a person differs, apart from insurer, number and symbol.
fn differing(found: &Match<'_>, sought: &Numbers<'_>, today: Date) -> Vec<&'static str> {
    let mut elements = Vec::new();
    let own_branch = found.coverage.insurance().and_then(|insurance| insurance.branch.as_ref());
    // A branch number narrows down only where the card has one: late-elderly people and medical aid have none.
    if let (Some(asked), Some(own)) = (sought.branch, own_branch)
        && asked != own
    {
        elements.push("InsuredBranchNumber");
    }
    if sought.born.is_some_and(|born| found.person().born.on(today) != born) {
        elements.push("Birthdate");
    }
    elements
}

/// Keeps one qualification per person: the one that covers the day, else the latest.
fn one_per_person(matches: &mut Vec<Match<'_>>, day: Date, today: Date) {
    if matches.len() < 2 {
        return;
    }
    matches.sort_by_key(|found| {
        let from = found.coverage.from.on(today);
        (Arc::as_ptr(found.card), std::cmp::Reverse((from <= day, from)))
    });
    matches.dedup_by_key(|found| Arc::as_ptr(found.card));
    matches.sort_by(|a, b| a.card.key.cmp(&b.card.key));
}

/// Why nobody was found: who has the number, and what differs.
fn nearest(people: &People, sought: &Numbers<'_>, today: Date) -> Reason {
    let Some(insurer) = sought.insurer else { return Reason::NobodyHasNumber };
    let same_symbol = people.find(insurer, sought.number, sought.symbol);
    let near = |found: &Match<'_>, symbol_differs: bool| {
        let mut elements = differing(found, sought, today);
        if symbol_differs {
            elements.insert(0, "InsuredCardSymbol");
        }
        (Arc::clone(found.card), elements)
    };
    let with_symbol = same_symbol.iter().map(|found| near(found, false));
    let any_symbol = people.find(insurer, sought.number, None);
    let others = any_symbol.iter().map(|found| near(found, true)).take(if same_symbol.is_empty() {
        usize::MAX
    } else {
        0
    });
    match with_symbol.chain(others).min_by_key(|(_, elements)| elements.len()) {
        Some((card, elements)) => Reason::NearMiss { card, elements },
        None => Reason::NobodyHasNumber,
    }
}
