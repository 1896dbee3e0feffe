//! Worlds that begin anew and go back, seen from inside: what is under way, what leads where, what a file remembers.

use std::sync::Arc;

use messages::dialect::Dialect;
use messages::value::InstitutionCode;
use onshi_mock::clock::Course;
use onshi_mock::registered::Institution;
use onshi_mock::world::{Event, Foundation, Furniture, Mode, World, Worlds};
use scenarios::People;

use crate::told::{CLINIC, certificate};

fn clinic() -> InstitutionCode {
    CLINIC.parse().unwrap()
}

fn foundation() -> Foundation {
    let institution = Institution { code: clinic(), name: "見本診療所".parse().unwrap() };
    Foundation {
        with: vec![
            Event::InstitutionRegistered(institution.clone()),
            Event::CertificateIssued(certificate(CLINIC, 1)),
        ],
        institution,
        packs: vec![],
        dialect: None,
        seed: 0,
        clock: None,
        course: Course::default(),
    }
}

fn furniture() -> Furniture {
    Furniture { dialect: Arc::new(Dialect::built_in()), people: Arc::new(People::default()) }
}

fn is_on(worlds: &Worlds) -> bool {
    worlds.named("one").unwrap().is_on(Mode::Disaster)
}

fn switch(world: &World, on: bool) {
    world.record(Event::ModeSet(Mode::Disaster, on)).unwrap();
}

#[test]
fn what_is_under_way_finishes_in_the_world_as_it_was_and_leaves_no_trace_in_the_new_one() {
    for folder in [None, Some(tempfile::tempdir().unwrap())] {
        let path = folder.as_ref().map(tempfile::TempDir::path);
        let worlds = Worlds::new().unwrap();
        worlds.found("one", foundation(), furniture(), path).unwrap();
        let before = worlds.named("one").unwrap();
        worlds.reset("one").unwrap();
        switch(&before, true);
        assert!(before.is_on(Mode::Disaster), "it sees what it did");
        assert!(!is_on(&worlds), "nobody else does");
        drop((before, worlds));
        if let Some(path) = path {
            let worlds = Worlds::new().unwrap();
            worlds.reopen("one", &onshi_mock::world::file_of(path, "one"), &furniture()).unwrap();
            assert!(!is_on(&worlds), "nor after a restart");
        }
    }
}

#[test]
fn certificates_lead_to_their_world_as_long_as_its_state_knows_them() {
    let worlds = Worlds::new().unwrap();
    let slot = worlds.found("one", foundation(), furniture(), None).unwrap();
    let leads = |seed| worlds.of_certificate(&certificate(CLINIC, seed).facts.fingerprint).is_some();
    assert!(leads(1), "the first one");
    worlds.certificate_issued(&slot.world(), certificate(CLINIC, 2)).unwrap();
    slot.take_snapshot("two").unwrap();
    worlds.certificate_issued(&slot.world(), certificate(CLINIC, 3)).unwrap();
    worlds.go_back("one", "two").unwrap();
    assert_eq!([1, 2, 3].map(leads), [true, true, false]);
    worlds.reset("one").unwrap();
    assert_eq!([1, 2, 3].map(leads), [true, false, false]);
    worlds.found("other", Foundation { with: vec![], ..foundation() }, furniture(), None).unwrap();
    assert!(worlds.delete("default").is_err());
    worlds.delete("one").unwrap();
    assert_eq!([1, 2, 3].map(leads), [false; 3]);
}

#[test]
fn a_ledger_in_memory_does_not_grow_by_resets_and_returns() {
    let worlds = Worlds::new().unwrap();
    let slot = worlds.found("one", foundation(), furniture(), None).unwrap();
    slot.take_snapshot("here").unwrap();
    let length = |worlds: &Worlds| worlds.slot("one").unwrap().take_snapshot("probe").unwrap().entries;
    for _ in 0..50 {
        switch(&slot.world(), true);
        worlds.go_back("one", "here").unwrap();
        assert!(!is_on(&worlds));
    }
    assert!(length(&worlds) < 10, "{}", length(&worlds));
    for _ in 0..50 {
        switch(&slot.world(), true);
        worlds.reset("one").unwrap();
    }
    assert!(length(&worlds) < 10);
}

#[test]
fn a_clock_that_was_moved_holds_the_cards_until_it_is_reset() {
    let world = World::new("one", clinic(), Arc::new(Dialect::built_in()));
    let mut people = People::default();
    people.add(scenarios::standard());
    world.load(people);
    let today = |world: &World| onshi_mock::clock::in_japan(world.clock.now()).date();
    let lost = |world: &World| {
        let people = world.people();
        people.card("lost-tomorrow").unwrap().person.coverages[0].lost.unwrap().on(today(world))
    };
    let first = lost(&world);
    let turn = |follow, by: i64| {
        let moved = world.turn_clock::<onshi_mock::ledger::LedgerError>(follow, |course, real| {
            Ok(course.moved_to(course.at(real) + jiff::SignedDuration::from_hours(by), real))
        });
        moved.unwrap();
    };
    turn(false, 24 * 400);
    assert_eq!(lost(&world), first, "it was lost long ago");
    turn(false, 24 * 400);
    assert_eq!(lost(&world), first, "still seen from the first day");
    turn(true, 0);
    assert_eq!(lost(&world), today(&world).tomorrow().unwrap(), "tomorrow, whatever day it is");
}
