//! The visits of a history, month by month of the calendar.

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};
use messages::value::Month;

use super::History;
use super::catalogue::{Course, Line, Profile, Rules, When, catalogue};
use super::dice::Dice;
use super::visit::{Drug, InOut, Institution, Treatment, Visit};

/// Last day on which a visit is planned, so that it stays in its month when it is moved to an open day.
const LAST_DAY: i32 = 27;

pub(super) fn visits(history: &History, born: Date, today: Date, from: Month, to: Month) -> Vec<Visit> {
    let first = from.first_day().max(born);
    let last = to.first_day().last_of_month().min(today);
    let mut visits = Vec::new();
    if history.profiles.is_empty() {
        return visits;
    }
    // A stay in hospital, or a dispensing some days later, reaches into the next month.
    let mut month = first.first_of_month().saturating_sub(1.month());
    while month <= last {
        for profile in &history.profiles {
            for (index, course) in (0..).zip(&profile.courses) {
                Thread { seed: history.seed, profile, index, course, month }.visits(&mut visits);
            }
        }
        month = month.saturating_add(1.month());
    }
    visits.retain(|visit| {
        first <= visit.date && visit.date <= last && (visit.in_receipts(today) || visit.electronic)
    });
    visits.sort_by_key(|visit| visit.date);
    joined(visits)
}

/// One course of one person in one month.
struct Thread<'a> {
    seed: u64,
    profile: &'a Profile,
    index: u64,
    course: &'a Course,
    /// Its first day.
    month: Date,
}

/// What the dice are thrown for.
#[derive(Clone, Copy)]
enum Decision {
    Phase,
    UsualDay,
    Day,
    Chance,
    Place,
    Pharmacy,
    Drug(u64),
    DrugRow(u64),
    DrugChange(u64),
    Treatment(u64),
}

impl Decision {
    fn number(self) -> u64 {
        match self {
            Self::Phase => 1,
            Self::UsualDay => 2,
            Self::Day => 3,
            Self::Chance => 4,
            Self::Place => 5,
            Self::Pharmacy => 6,
            Self::Drug(line) => 1000 + line,
            Self::DrugRow(line) => 2000 + line,
            Self::DrugChange(line) => 3000 + line,
            Self::Treatment(line) => 4000 + line,
        }
    }
}

impl Thread<'_> {
    fn visits(&self, visits: &mut Vec<Visit>) {
        match &self.course.when {
            When::Monthly { every } => {
                if self.is_due(*every) {
                    visits.extend(self.on(self.usual_day(), 1).into_iter().flatten());
                }
            }
            When::Sometimes { percent, months } => {
                let season = months.is_empty() || months.contains(&self.month.month());
                if season && self.dice(Decision::Chance, self.number()).percent(*percent) {
                    let day = self.dice(Decision::Day, self.number()).between(1, LAST_DAY);
                    visits.extend(self.on(open_day(self.day(day)), 1).into_iter().flatten());
                }
            }
            When::Weekly { weekdays, every } => {
                let first = day_number(self.month);
                let phase = self.phase(*every);
                for day in 0..i32::from(self.month.days_in_month()) {
                    let weekday = (first + day).rem_euclid(7);
                    let week = (first + day + phase).rem_euclid(*every * 7);
                    if week < 7 && weekdays.iter().any(|chosen| i32::from(chosen.number()) == weekday) {
                        visits.extend(self.on(self.day(day + 1), 1).into_iter().flatten());
                    }
                }
            }
            When::Stay { every, days } => {
                if self.is_due(*every) {
                    let admission = self.usual_day();
                    for day in 1..=*days {
                        let date = admission.saturating_add(i64::from(day - 1).days());
                        visits.extend(self.on(date, day).into_iter().flatten());
                    }
                }
            }
        }
    }

    /// What happens on a day: at the place itself, and at the pharmacy. `step` counts the days of a stay.
    fn on(&self, date: Date, step: u16) -> [Option<Visit>; 2] {
        let course = self.course;
        let drugs = self.drugs(date, step);
        let treatments = self.treatments(date, step);
        let Some(place) = self.one_of(Decision::Place, &course.at) else { return [None, None] };
        let visit =
            |date: Date, in_out, place: &Institution, drugs: Vec<Drug>, treatments: Vec<Treatment>| {
                let rules = &catalogue().rules;
                let (prescriber, prescribed_on, electronic) = (None, None, false);
                let receipt_from = receipts_from(date, rules);
                let place = place.clone();
                let some = !drugs.is_empty() || !treatments.is_empty();
                some.then_some(Visit {
                    date,
                    in_out,
                    place,
                    prescriber,
                    prescribed_on,
                    drugs,
                    treatments,
                    electronic,
                    receipt_from,
                })
            };
        let Some(pharmacy) = self.one_of(Decision::Pharmacy, &course.pharmacies) else {
            return [visit(date, course.in_out, place, drugs, treatments), None];
        };
        let dispensed = match course.dispensed_after {
            0 => date,
            after => open_day(date.saturating_add(i64::from(after).days())),
        };
        let dispensing =
            visit(dispensed, InOut::Dispensing, pharmacy, drugs, Vec::new()).map(|visit| Visit {
                prescriber: Some(place.clone()),
                prescribed_on: Some(date),
                electronic: course.electronic && date >= catalogue().rules.electronic_since,
                ..visit
            });
        [visit(date, course.in_out, place, Vec::new(), treatments), dispensing]
    }

    fn drugs(&self, date: Date, step: u16) -> Vec<Drug> {
        let lines = (0..).zip(&self.course.drugs);
        let given = lines.filter(|(index, line)| self.applies(line, Decision::Drug(*index), date, step));
        given.filter_map(|(index, line)| self.product(&line.what, index)).collect()
    }

    fn treatments(&self, date: Date, step: u16) -> Vec<Treatment> {
        let lines = (0..).zip(&self.course.treatments);
        let given = lines.filter(|(index, line)| self.applies(line, Decision::Treatment(*index), date, step));
        given.map(|(_, line)| line.what.clone()).collect()
    }

    fn applies<T>(&self, line: &Line<T>, decision: Decision, date: Date, step: u16) -> bool {
        let day = if line.on.is_empty() { step == 1 } else { line.on.contains(&step) };
        let number = u64::try_from(day_number(date)).unwrap_or_default();
        day && self.is_due(line.every)
            && (line.percent >= 100 || self.dice(decision, number).percent(line.percent))
    }

    /// The product of a line in this month: the person keeps to a row, whose products follow each other.
    fn product(&self, rows: &[Vec<Drug>], line: u64) -> Option<Drug> {
        let row = rows.get(self.choice(Decision::DrugRow(line), rows.len()))?;
        if let [only] = row.as_slice() {
            return Some(*only);
        }
        let mut dice = self.dice(Decision::DrugChange(line), 0);
        let months = &catalogue().rules.product_months;
        let period = dice.between(months.from, months.to).max(1);
        let shift = dice.between(0, period - 1);
        let index = (self.month_number() + shift).div_euclid(period);
        let count = i32::try_from(row.len()).ok().filter(|&count| count > 0)?;
        row.get(usize::try_from(index.rem_euclid(count)).ok()?).copied()
    }

    /// Whether something that happens every so many months happens in this one.
    fn is_due(&self, every: i32) -> bool {
        every <= 1 || (self.month_number() + self.phase(12_000)).rem_euclid(every) == 0
    }

    fn phase(&self, every: i32) -> i32 {
        self.dice(Decision::Phase, 0).between(0, every.max(1) * 7 - 1)
    }

    /// About the same day every month, and one on which the place is open.
    fn usual_day(&self) -> Date {
        let usual = self.dice(Decision::UsualDay, 0).between(3, LAST_DAY - 2);
        let moved = usual + self.dice(Decision::Day, self.number()).between(-2, 2);
        open_day(self.day(moved))
    }

    fn day(&self, day: i32) -> Date {
        self.month.saturating_add(i64::from(day - 1).days())
    }

    fn one_of<'a>(&self, decision: Decision, places: &'a [Institution]) -> Option<&'a Institution> {
        places.get(self.choice(decision, places.len()))
    }

    /// One of so many, always the same.
    fn choice(&self, decision: Decision, count: usize) -> usize {
        if count > 1 { self.dice(decision, 0).below(count) } else { 0 }
    }

    fn dice(&self, decision: Decision, number: u64) -> Dice {
        Dice::of(&[self.seed, self.profile.id, self.index, decision.number(), number])
    }

    /// The month, counted from the year 0.
    fn month_number(&self) -> i32 {
        i32::from(self.month.year()) * 12 + i32::from(self.month.month()) - 1
    }

    fn number(&self) -> u64 {
        u64::try_from(self.month_number()).unwrap_or_default()
    }
}

/// The next day that is no Sunday and not in the first three days of the year.
fn open_day(mut date: Date) -> Date {
    while date.weekday() == Weekday::Sunday || (date.month() == 1 && date.day() <= 3) {
        date = date.saturating_add(1.day());
    }
    date
}

/// Days, counted so that every Monday has a number divisible by seven.
fn day_number(date: Date) -> i32 {
    const MONDAY: Date = Date::constant(1900, 1, 1);
    date.since(MONDAY).map_or(0, |span| span.get_days())
}

/// First day on which the receipt of a day is in.
fn receipts_from(date: Date, rules: &Rules) -> Date {
    let next_month = date.first_of_month().saturating_add(1.month());
    next_month.saturating_add(i64::from(rules.receipts_from_day - 1).days())
}

/// Puts together what happens at one place on one day. The visits are in order of their dates.
fn joined(visits: Vec<Visit>) -> Vec<Visit> {
    let mut joined: Vec<Visit> = Vec::with_capacity(visits.len());
    for visit in visits {
        let of_the_day = joined.iter_mut().rev().take_while(|other| other.date == visit.date);
        let same = of_the_day.into_iter().find(|other| {
            (other.in_out, &other.place, &other.prescriber, other.prescribed_on, other.electronic)
                == (visit.in_out, &visit.place, &visit.prescriber, visit.prescribed_on, visit.electronic)
        });
        if let Some(same) = same {
            same.drugs.extend(visit.drugs);
            same.treatments.extend(visit.treatments);
        } else {
            joined.push(visit);
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn places_are_closed_on_sundays_and_at_new_year() {
        assert_eq!(open_day(date(2026, 11, 22)), date(2026, 11, 23));
        assert_eq!(open_day(date(2026, 1, 1)), date(2026, 1, 5));
        assert_eq!(open_day(date(2026, 11, 21)), date(2026, 11, 21));
    }

    #[test]
    fn receipts_of_a_month_are_in_on_the_11th_of_the_next() {
        let rules = &catalogue().rules;
        assert_eq!(receipts_from(date(2026, 12, 1), rules), date(2027, 1, 11));
        assert_eq!(receipts_from(date(2026, 1, 31), rules), date(2026, 2, 11));
    }
}
