//! The moments at which something in a world changes by itself, because its time has come. Pure: nothing is kept.

use certs::CertificateFacts;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan};
use scenarios::{Card, Coverage, CoverageKind, DateRule, Insurance};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::clock::{in_japan, start_of};
use crate::world::World;

/// What a moment belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A qualification begins or ends, or a card's certificates do.
    Card,
    /// A limit certificate begins or ends.
    Limit,
    /// A consent ends.
    Consent,
    /// A token of the Web API ends.
    Token,
    /// A bulk job becomes ready, or its result is no longer kept.
    Job,
    /// A client certificate begins or ends.
    Certificate,
    /// A line's registration changes its state.
    Line,
    /// A notice of issuance can no longer be used.
    Notice,
    /// A month begins.
    Month,
}

/// Something that changes when its time comes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
pub struct Moment {
    /// The first instant at which it has changed.
    #[serde(serialize_with = "as_rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// What it belongs to.
    pub kind: Kind,
    /// What changes, in English; it names cards and terminals.
    pub what: String,
}

fn as_rfc3339<S: serde::Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&crate::clock::rfc3339(*at))
}

/// Everything that changes next in a world, all at the same instant, in order; of one kind if one is wanted. Empty if
/// nothing ever will.
#[must_use]
pub fn next(world: &World, now: Timestamp, wanted: Option<Kind>) -> Vec<Moment> {
    let mut found = Next { now, wanted, moments: Vec::new() };
    found.cards(world);
    found.people(world);
    found.jobs(world);
    found.certificates(world);
    found.notices(world);
    found.lines(world);
    found.month();
    found.moments.sort();
    found.moments
}

/// The nearest moments seen so far.
struct Next {
    now: Timestamp,
    wanted: Option<Kind>,
    moments: Vec<Moment>,
}

impl Next {
    fn see(&mut self, kind: Kind, at: Timestamp, what: impl FnOnce() -> String) {
        let nearest = self.moments.first().map_or(Timestamp::MAX, |moment| moment.at);
        if at <= self.now || at > nearest || self.wanted.is_some_and(|wanted| wanted != kind) {
            return;
        }
        if at < nearest {
            self.moments.clear();
        }
        self.moments.push(Moment { at, kind, what: what() });
    }

    fn today(&self) -> Date {
        in_japan(self.now).date()
    }

    /// Something begins or ends with the first moment of a day.
    fn on(&mut self, kind: Kind, day: Date, what: impl FnOnce() -> String) {
        self.see(kind, start_of(day), what);
    }

    /// Something whose last day this is has ended on the next.
    fn after(&mut self, kind: Kind, last: Date, what: impl FnOnce() -> String) {
        if let Ok(day) = last.tomorrow() {
            self.on(kind, day, what);
        }
    }

    fn cards(&mut self, world: &World) {
        let people = world.people();
        for card in people.cards().filter(|card| !card.nobody) {
            if let Some(expires) = card.person.card_expires {
                let what = || format!("card {}: its certificate for authentication has expired", card.key);
                self.after(Kind::Card, expires.on(self.today()), what);
            }
            for coverage in &card.person.coverages {
                self.coverage(card, coverage);
            }
        }
    }

    fn coverage(&mut self, card: &Card, coverage: &Coverage) {
        let today = self.today();
        let day = |rule: DateRule| rule.on(today);
        self.on(Kind::Card, day(coverage.from), || format!("card {}: a qualification begins", card.key));
        if let Some(lost) = coverage.lost {
            self.on(Kind::Card, day(lost), || format!("card {}: a qualification is lost", card.key));
        }
        match &coverage.kind {
            CoverageKind::Insurance(insurance) => self.insurance(card, insurance),
            CoverageKind::Aid(aid) => {
                for ticket in &aid.tickets {
                    let month = day(ticket.month);
                    let text = |what| format!("card {}: a ticket's month {what}", card.key);
                    self.on(Kind::Card, month.first_of_month(), || text("begins"));
                    self.after(Kind::Card, month.last_of_month(), || text("is over"));
                }
            }
        }
    }

    fn insurance(&mut self, card: &Card, insurance: &Insurance) {
        let today = self.today();
        let text = |what: &str| format!("card {}: {what}", card.key);
        if let Some(last) = insurance.card_to {
            self.after(Kind::Card, last.on(today), || text("the card has expired"));
        }
        if let Some(elderly) = &insurance.elderly {
            self.on(Kind::Card, elderly.from.on(today), || {
                text("the elderly recipient's certificate begins")
            });
            self.after(Kind::Card, elderly.to.on(today), || {
                text("the elderly recipient's certificate has ended")
            });
        }
        if let Some(limit) = &insurance.limit {
            self.on(Kind::Limit, limit.from.on(today), || text("the limit certificate begins"));
            self.after(Kind::Limit, limit.to.on(today), || text("the limit certificate has ended"));
        }
        for disease in &insurance.diseases {
            self.on(Kind::Card, disease.from.on(today), || text("the certificate of a disease begins"));
            if let Some(to) = disease.to {
                self.after(Kind::Card, to.on(today), || text("the certificate of a disease has ended"));
            }
        }
    }

    fn people(&mut self, world: &World) {
        for (person, institution, consent) in world.consents.all() {
            if let Some(until) = consent.until.filter(|_| consent.holds(self.now)) {
                self.see(Kind::Consent, until, || {
                    format!("card {person} at {institution}: the consent to {:?} ends", consent.object)
                });
            }
        }
        if let Some(until) = world.tokens.next(self.now) {
            self.see(Kind::Token, until, || "a token of the Web API ends".to_owned());
        }
    }

    fn jobs(&mut self, world: &World) {
        for job in world.jobs.all() {
            let text = |what: &str| format!("job {} of {}: {what}", job.reception, job.message.as_str());
            self.see(Kind::Job, job.ready, || text("it is ready"));
            self.see(Kind::Job, job.until, || text("its result is no longer kept"));
        }
    }

    fn certificates(&mut self, world: &World) {
        for facts in world.registry.certificates().iter().map(|certificate| &certificate.facts) {
            let facts: &CertificateFacts = facts;
            let name = || facts.common_name.as_deref().unwrap_or("without a name").to_owned();
            self.see(Kind::Certificate, facts.not_before, || {
                format!("certificate {}: it becomes valid", name())
            });
            // Its last second belongs to it.
            let ended = facts.not_after.saturating_add(SignedDuration::from_secs(1));
            self.see(Kind::Certificate, ended.unwrap_or(Timestamp::MAX), || {
                format!("certificate {}: it has expired", name())
            });
        }
    }

    fn notices(&mut self, world: &World) {
        for issuance in world.papers.issuances().iter().filter(|issuance| issuance.used.is_none()) {
            let notice = &issuance.notice;
            // Its last instant belongs to it.
            let over = notice.until.saturating_add(SignedDuration::from_secs(1)).unwrap_or(Timestamp::MAX);
            self.see(Kind::Notice, over, || format!("notice {}: it can no longer be used", notice.reference));
        }
    }

    fn lines(&mut self, world: &World) {
        for registration in world.registry.lines() {
            for standing in &registration.standings {
                self.see(Kind::Line, standing.from, || {
                    format!("line {}: {:?}", registration.line, standing.state)
                });
            }
        }
    }

    fn month(&mut self) {
        let next = self.today().first_of_month().saturating_add(1.month());
        self.on(Kind::Month, next, || format!("{} begins", next.strftime("%Y-%m")));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use messages::dialect::Dialect;
    use messages::value::TreatmentFlag;
    use scenarios::People;

    use super::*;
    use crate::clock::Course;
    use crate::world::{Consent, Event, Object, PersonId};

    /// Noon of the 30th of November 2026 in Japan.
    const NOW: &str = "2026-11-30T03:00:00Z";

    fn world(with_cards: bool) -> World {
        let world = World::new("moments", "1319999916".parse().unwrap(), Arc::new(Dialect::built_in()));
        if with_cards {
            let mut people = People::default();
            people.add(scenarios::standard());
            world.load(people);
        }
        world
    }

    fn now() -> Timestamp {
        NOW.parse().unwrap()
    }

    fn consent(world: &World, seconds: i64) {
        let until = now() + SignedDuration::from_secs(seconds);
        let (object, treatment, at) = (Object::Drugs, TreatmentFlag::Outpatient, now());
        let consents =
            vec![Consent { object, given: true, treatment, at, until: Some(until), cancelled: None }];
        let (person, institution) = (PersonId::new("somebody"), "1319999916".parse().unwrap());
        world.record(Event::ConsentsAnswered { person, institution, consents }).unwrap();
    }

    #[test]
    fn the_nearest_comes_first_and_all_that_change_with_it() {
        let world = world(false);
        let what = |wanted| {
            let found = next(&world, now(), wanted);
            found.iter().map(|moment| (moment.at.to_string(), moment.kind)).collect::<Vec<_>>()
        };
        let midnight = "2026-11-30T15:00:00Z".to_owned();
        assert_eq!(what(None), [(midnight.clone(), Kind::Month)]);
        consent(&world, 12 * 3600);
        assert_eq!(what(None), [(midnight.clone(), Kind::Consent), (midnight, Kind::Month)]);
        consent(&world, 60);
        assert_eq!(what(None), [("2026-11-30T03:01:00Z".to_owned(), Kind::Consent)]);
        assert_eq!(what(Some(Kind::Job)), []);
        world.tokens.until(now() + SignedDuration::from_secs(59));
        assert_eq!(what(None), [("2026-11-30T03:00:59Z".to_owned(), Kind::Token)]);
        assert_eq!(what(Some(Kind::Month)), [("2026-11-30T15:00:00Z".to_owned(), Kind::Month)]);
    }

    #[test]
    fn jumping_from_moment_to_moment_passes_each_end_once_and_never_stands_still() {
        let world = world(true);
        world
            .record(Event::ClockSet {
                course: Course::Frozen { at: now() },
                cards_on: Some(in_japan(now()).date()),
            })
            .unwrap();
        let (mut at, mut seen) = (now(), Vec::new());
        for _ in 0..200 {
            let found = next(&world, at, None);
            let Some(first) = found.first() else { break };
            assert!(first.at > at, "{first:?}");
            at = first.at;
            seen.extend(found.into_iter().map(|moment| moment.what));
        }
        let limits = seen.iter().filter(|what| what.ends_with("the limit certificate has ended")).count();
        assert!(limits > 5, "{seen:#?}");
        let lost: Vec<_> = seen.iter().filter(|what| what.ends_with("a qualification is lost")).collect();
        let mut once = lost.clone();
        once.dedup();
        assert!(!lost.is_empty() && once.len() == lost.len(), "{lost:#?}");
    }
}
