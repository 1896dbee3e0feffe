//! Cards whose relative dates are read on one day, so that a clock can move past them.

use jiff::civil::Date;

use crate::date_rule::DateRule;
use crate::pack::{Card, Coverage, CoverageKind, Person};

impl Card {
    /// The same card, every date of it as it is on a day. What it asks for stays relative.
    #[must_use]
    pub fn fixed_on(&self, day: Date) -> Self {
        let mut card = self.clone();
        card.person.fix(day);
        card
    }
}

impl Person {
    fn fix(&mut self, day: Date) {
        fix(&mut self.born, day);
        fix_some(&mut self.card_expires, day);
        self.coverages.iter_mut().for_each(|coverage| coverage.fix(day));
    }
}

impl Coverage {
    fn fix(&mut self, day: Date) {
        fix(&mut self.from, day);
        fix_some(&mut self.lost, day);
        match &mut self.kind {
            CoverageKind::Insurance(insurance) => {
                fix(&mut insurance.issued, day);
                fix(&mut insurance.card_from, day);
                fix_some(&mut insurance.card_to, day);
                if let Some(elderly) = &mut insurance.elderly {
                    fix(&mut elderly.from, day);
                    fix(&mut elderly.to, day);
                }
                if let Some(limit) = &mut insurance.limit {
                    fix(&mut limit.from, day);
                    fix(&mut limit.to, day);
                    fix_some(&mut limit.long_term, day);
                }
                for disease in &mut insurance.diseases {
                    fix(&mut disease.from, day);
                    fix_some(&mut disease.to, day);
                }
            }
            CoverageKind::Aid(aid) => aid.tickets.iter_mut().for_each(|ticket| fix(&mut ticket.month, day)),
        }
    }
}

fn fix(rule: &mut DateRule, day: Date) {
    *rule = DateRule::fixed(rule.on(day));
}

fn fix_some(rule: &mut Option<DateRule>, day: Date) {
    if let Some(rule) = rule {
        fix(rule, day);
    }
}
