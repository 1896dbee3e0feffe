//! A file that has grown much is written anew, and tells the same.

use std::sync::Arc;

use messages::dialect::Dialect;
use onshi_mock::world::{Event, Furniture, KeptAnswer, Mode, Worlds, file_of};
use scenarios::People;

use super::kinds::{TERMINAL, at, clinic, delivery, foundation};

/// A small answer that is told still.
fn told_at_the_snapshot() -> KeptAnswer {
    KeptAnswer {
        institution: clinic(),
        key: "snapshot".into(),
        request: "0".into(),
        status: 200,
        content_type: "application/xml".into(),
        body: "x".into(),
        habit: None,
        at: at(0),
    }
}

/// A large answer that was kept for whoever asks again, until its day was over.
fn answered(number: usize) -> Event {
    Event::AnswerKept(KeptAnswer {
        key: number.to_string().into(),
        body: "x".repeat(60_000).into(),
        at: at(-100_000),
        ..told_at_the_snapshot()
    })
}

fn furniture() -> Furniture {
    Furniture { dialect: Arc::new(Dialect::built_in()), people: Arc::new(People::default()) }
}

#[test]
fn a_file_that_has_grown_much_is_written_anew_without_what_counts_for_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let furniture = furniture();
    let path = file_of(folder.path(), "one");
    let length = || std::fs::metadata(&path).unwrap().len();
    let is_on = |worlds: &Worlds| worlds.named("one").unwrap().is_on(Mode::Disaster);
    let tells = |worlds: &Worlds| {
        worlds.named("one").unwrap().answers.under(&clinic(), "snapshot", at(5), 24).is_some()
    };
    {
        let worlds = Worlds::new().unwrap();
        let slot = worlds.found("one", foundation(), furniture.clone(), Some(folder.path())).unwrap();
        let grow = |count| (0..count).for_each(|number| slot.world().record(answered(number)).unwrap());
        grow(10);
        slot.take_snapshot("before").unwrap();
        slot.world().record(Event::ModeSet(Mode::Disaster, true)).unwrap();
        slot.world().record(Event::AnswerKept(told_at_the_snapshot())).unwrap();
        slot.take_snapshot("after").unwrap();
        worlds.go_back("one", "before").unwrap();
        assert!(!tells(&worlds));
        grow(10);
        worlds.tidy();
        let whole = length();
        assert!(whole > 1_000_000, "a small file stays as it is: {whole}");

        grow(400);
        assert!(length() > 16 * 1024 * 1024);
        slot.world().record(Event::ModeSet(Mode::SystemFailure, true)).unwrap();
        worlds.tidy();
        assert!(length() < 10_000, "{}", length());
        slot.world().record(Event::ModeSet(Mode::Disaster, false)).unwrap();
        assert!(slot.world().is_on(Mode::SystemFailure) && !is_on(&worlds));
        worlds.go_back("one", "after").unwrap();
        assert!(is_on(&worlds), "places that one may go back to have moved with it");
        assert!(tells(&worlds), "and an answer that is told there is there");
    }
    std::fs::write(folder.path().join("gone.jsonl.new"), "left by a crash").unwrap();
    onshi_mock::ledger::sweep(folder.path()).unwrap();
    let worlds = Worlds::new().unwrap();
    let slot = worlds.reopen("one", &path, &furniture).unwrap();
    assert!(is_on(&worlds) && !slot.world().is_on(Mode::SystemFailure));
    worlds.go_back("one", "before").unwrap();
    assert!(!is_on(&worlds));
    worlds.reset("one").unwrap();
    slot.take_snapshot("anew").unwrap();
    slot.world().record(Event::ModeSet(Mode::Disaster, true)).unwrap();
    worlds.go_back("one", "anew").unwrap();
    assert!(!is_on(&worlds), "numbers go on after a reset");
    worlds.delete("one").unwrap();
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn what_happens_while_a_file_is_written_anew_is_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let furniture = furniture();
    let path = file_of(folder.path(), "one");
    let waiting = |worlds: &Worlds| {
        let world = worlds.named("one").unwrap();
        world.deliveries.waiting(TERMINAL, 0).deliveries.len()
    };
    let rounds = 600;
    {
        let worlds = Worlds::new().unwrap();
        let slot = worlds.found("one", foundation(), furniture.clone(), Some(folder.path())).unwrap();
        let world = slot.world();
        std::thread::scope(|scope| {
            let writing = scope.spawn(|| {
                for number in 1..=rounds {
                    world.record(answered(number)).unwrap();
                    world.record(Event::DeliveryQueued(delivery(number as u64))).unwrap();
                }
            });
            while !writing.is_finished() {
                worlds.tidy();
            }
        });
        worlds.tidy();
        assert_eq!(waiting(&worlds), rounds);
        let (written, now) = (rounds * 80_000, std::fs::metadata(&path).unwrap().len());
        assert!(now < written as u64 / 2, "it was written anew at least once: {now}");
    }
    let worlds = Worlds::new().unwrap();
    worlds.reopen("one", &path, &furniture).unwrap();
    assert_eq!(waiting(&worlds), rounds);
}
