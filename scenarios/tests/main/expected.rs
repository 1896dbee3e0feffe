//! The search rule of gaps.md 5.2 a second time, as plainly as it can be said, to judge the cards by.

use std::collections::HashSet;

use jiff::ToSpan;
use jiff::civil::Date;
use messages::oqs::quc::Request;
use messages::value::{Segment, Status, Validity};
use scenarios::{Asked, Card, Coverage, CoverageKind, Expectation, Match, People, Person};

/// The institution of the demo world.
pub(crate) const INSTITUTION: &str = "1319999916";

pub(crate) fn request(card: &Card, today: Date) -> Request {
    card.request(&Asked { institution: INSTITUTION.parse().unwrap(), today, file_identifier: None })
}

/// What the answer to a card shows.
pub(crate) fn answer(people: &People, card: &Card, today: Date) -> Expectation {
    if card.then.segment() == Some(Segment::Abnormal) {
        return Expectation::Segment(Segment::Abnormal);
    }
    assert_ne!(card.then.status(), Some(Status::Error), "{}: no code belongs to a scripted status", card.key);
    match validity(people, &request(card, today), today) {
        Ok(validity) => Expectation::Validity(validity),
        Err(code) => Expectation::Error(code.to_owned()),
    }
}

fn validity(people: &People, request: &Request, today: Date) -> Result<Validity, &'static str> {
    let search = request.body.search.as_ref().unwrap();
    let date = request.header.date.good().ok_or("confirmation-date")?.0;
    if date < today - 5.years() || date > today + 1.month() {
        return Err("confirmation-date");
    }
    let insurer = search.insurer.good().ok_or("insurer-number")?;
    let number = search.number.good().ok_or("number-missing")?;
    let born = search.born.good().ok_or("birth-date")?.0;
    let symbol = search.symbol.good();
    if insurer.is_late_elderly() && symbol.is_some() {
        return Err("symbol-for-late-elderly");
    }
    let mut found = people.find(insurer, number, symbol);
    found.retain(|m| m.person().born.on(today) == born);
    if let Some(branch) = search.branch.good() {
        found.retain(|m| m.coverage.insurance().and_then(|i| i.branch.as_ref()) == Some(branch));
    }
    let persons: HashSet<_> = found.iter().map(|m| &m.card.key).collect();
    Ok(match (persons.len(), found.as_slice()) {
        (0, _) => Validity::NotFound,
        (1, [Match { card, coverage }]) => validity_on(&card.person, coverage, date, today),
        (1, _) => panic!("one person has the same numbers twice: {persons:?}"),
        _ => Validity::Several,
    })
}

fn validity_on(person: &Person, coverage: &Coverage, date: Date, today: Date) -> Validity {
    let newer =
        |other: &Coverage| other.from.on(today) > coverage.from.on(today) && in_force(other, date, today);
    if in_force(coverage, date, today) {
        let without_ticket = coverage.aid().is_some_and(|aid| {
            let month = date.first_of_month();
            !aid.tickets.iter().any(|ticket| ticket.month.on(today).first_of_month() == month)
        });
        if without_ticket { Validity::ValidWithoutTicket } else { Validity::Valid }
    } else if date >= coverage.from.on(today) && person.coverages.iter().any(newer) {
        Validity::InvalidWithNewer
    } else {
        Validity::Invalid
    }
}

/// Whether a qualification holds on a date.
pub(crate) fn in_force(coverage: &Coverage, date: Date, today: Date) -> bool {
    let card_to = match &coverage.kind {
        CoverageKind::Insurance(insurance) => insurance.card_to,
        CoverageKind::Aid(_) => None,
    };
    coverage.from.on(today) <= date
        && coverage.lost.is_none_or(|lost| date < lost.on(today))
        && card_to.is_none_or(|to| date <= to.on(today))
}
