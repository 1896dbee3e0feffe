//! From when until when a qualification holds.

use jiff::civil::Date;
use messages::dialect::Search;
use scenarios::{Coverage, Match};

/// A day against a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::services) enum Standing {
    Before,
    Inside,
    After,
}

/// The days of a qualification.
#[derive(Debug, Clone, Copy)]
pub(in crate::services) struct Period {
    /// First day.
    pub(in crate::services) from: Date,
    /// First day after it; absent if it has no end.
    pub(in crate::services) end: Option<Date>,
}

impl Period {
    /// The day of loss is the first without the qualification; the last day of the card is the last with it.
    pub(in crate::services) fn of(coverage: &Coverage, today: Date, rules: &Search) -> Self {
        let lost = coverage.lost.map(|rule| rule.on(today));
        let card_to = coverage.insurance().and_then(|insurance| insurance.card_to).map(|rule| rule.on(today));
        let after_card = card_to.filter(|_| rules.ends_with_card.value).and_then(|day| day.tomorrow().ok());
        Self { from: coverage.from.on(today), end: lost.into_iter().chain(after_card).min() }
    }

    pub(in crate::services) fn standing(&self, day: Date) -> Standing {
        if day < self.from {
            Standing::Before
        } else if self.end.is_some_and(|end| day >= end) {
            Standing::After
        } else {
            Standing::Inside
        }
    }
}

/// Whether the same person has another, later qualification that holds on the day.
pub(in crate::services) fn has_newer(found: Match<'_>, day: Date, today: Date, rules: &Search) -> bool {
    let own = Period::of(found.coverage, today, rules);
    let others = found.person().coverages.iter().filter(|coverage| !std::ptr::eq(*coverage, found.coverage));
    others
        .map(|coverage| Period::of(coverage, today, rules))
        .any(|other| other.from > own.from && other.standing(day) == Standing::Inside)
}
