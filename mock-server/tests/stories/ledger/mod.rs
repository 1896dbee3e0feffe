//! The ledger: what a file holds is true again after it is reopened, and worlds know nothing of each other.

mod anew;
mod kinds;

use std::sync::Arc;

use messages::dialect::{Dialect, Role};
use messages::id::MessageId;
use messages::value::{InstitutionCode, TreatmentFlag};
use onshi_mock::registered::TerminalCertificate;
use onshi_mock::world::{Event, Mode, Object, PersonId, World, Worlds, file_of};
use proptest::prelude::*;

use crate::roles::request;
use crate::told::{CLINIC, PHARMACY, Told, YES_TO_ALL, certificate};
use kinds::{TERMINAL, at, clinic, consent, delivery, foundation, holds, job, kinds, turn};

#[test]
fn what_an_event_says_is_true_at_once_and_after_the_file_is_reopened() {
    for (name, before, event) in kinds() {
        let told = Told::kept();
        before.into_iter().for_each(|event| told.world.record(event).unwrap());
        assert!(!holds(&told.world, &event), "{name}: not yet");
        told.world.record(event.clone()).unwrap();
        assert!(holds(&told.world, &event), "{name}: at once");
        let told = told.restarted();
        assert!(holds(&told.world, &event), "{name}: after a restart");
        let told = told.restarted();
        assert!(holds(&told.world, &event), "{name}: after another");
        let text = std::fs::read_to_string(told.ledger()).unwrap();
        assert!(text.contains(&format!("\"event\":{{\"{name}\":")), "{name} is its name in the file: {text}");
    }
}

#[test]
fn what_happens_in_one_world_is_not_true_in_another() {
    for (name, before, event) in kinds() {
        let (told, other) = (Told::kept(), Told::kept());
        before.iter().for_each(|event| other.world.record(event.clone()).unwrap());
        before.into_iter().for_each(|event| told.world.record(event).unwrap());
        told.world.record(event.clone()).unwrap();
        assert!(holds(&told.world, &event) && !holds(&other.world, &event), "{name}");
        assert!(!holds(&other.restarted().world, &event), "{name}: nor after a restart");
    }
}

/// Everything that the random histories below can change.
fn state(world: &World) -> String {
    let mut lines = vec![format!(
        "{} {} {}",
        world.is_on(Mode::Disaster),
        world.is_on(Mode::SystemFailure),
        world.clock.shifted()
    )];
    for institution in [CLINIC, PHARMACY] {
        let institution: InstitutionCode = institution.parse().unwrap();
        for key in PERSONS {
            let person = PersonId::new(key);
            let number = world.references.of(&person, &institution);
            let consents = world.consents.of(&person, &institution);
            lines.push(format!("{institution} {person} {number:?} {consents:?}"));
        }
        lines.push(format!("{}", world.jobs.unfinished(&institution, at(1))));
    }
    for number in 1..6 {
        let job = job(number);
        let (received, keyed) = (
            world.jobs.received(&job.reception),
            job.key.and_then(|key| world.jobs.keyed(&job.institution, job.message, &key, job.accepted)),
        );
        lines.push(format!("{received:?} {keyed:?}"));
    }
    lines.push(format!("{:?}", world.deliveries.waiting(TERMINAL, 0)));
    let memory = world.turns.now();
    lines.push(format!("{:?} {:?}", memory.tallies(), memory.machines()));
    lines.join("\n")
}

const PERSONS: [&str; 3] = ["employee-valid", "late-elderly-10", "lost-newer"];

fn event() -> impl Strategy<Value = Event> {
    let person = prop::sample::select(&PERSONS[..]).prop_map(PersonId::new);
    let institution = prop::sample::select(vec![CLINIC, PHARMACY]).prop_map(|code| code.parse().unwrap());
    let treatment = prop::sample::select(vec![
        TreatmentFlag::Outpatient,
        TreatmentFlag::HomeVisit,
        TreatmentFlag::Online,
    ]);
    let object = prop::sample::select(&Object::ALL[..]);
    let who = (person, institution);
    let answers = prop::collection::vec((object, any::<bool>(), treatment.clone()), 1..4);
    prop_oneof![
        (who.clone(), 1..1000u32).prop_map(|((person, institution), number)| Event::ReferenceRegistered {
            person,
            institution,
            number: number.to_string().parse().unwrap()
        }),
        (who.clone(), answers).prop_map(|((person, institution), answers)| {
            let one = |(object, given, treatment)| consent(object, given, treatment);
            Event::ConsentsAnswered { person, institution, consents: answers.into_iter().map(one).collect() }
        }),
        (who, treatment, 0..100i64).prop_map(|((person, institution), treatment, second)| {
            Event::ConsentsCancelled { person, institution, treatment, at: at(second) }
        }),
        (1..6u32).prop_map(|number| Event::JobAccepted(job(number))),
        (1..9u64).prop_map(|number| Event::DeliveryQueued(delivery(number))),
        (0..9u64).prop_map(|up_to| Event::DeliveriesTaken { terminal: TERMINAL.into(), up_to }),
        (any::<bool>(), any::<bool>()).prop_map(|(disaster, on)| {
            Event::ModeSet(if disaster { Mode::Disaster } else { Mode::SystemFailure }, on)
        }),
        (-1_000_000..1_000_000i64).prop_map(Event::ClockShifted),
        (1..9u64).prop_map(|number| Event::ScriptsAsked(turn(number))),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_history_is_the_same_after_the_file_is_reopened_wherever_it_was_interrupted(
        events in prop::collection::vec(event(), 1..30),
        interrupted in any::<prop::sample::Index>(),
    ) {
        let (memory, mut told) = (Told::new(), Told::kept());
        let interrupted = interrupted.index(events.len());
        for told in [&memory, &told] {
            told.world.record(Event::ClockShifted(0)).unwrap();
        }
        for (position, event) in events.into_iter().enumerate() {
            if position == interrupted {
                told = told.restarted();
            }
            memory.world.record(event.clone()).unwrap();
            told.world.record(event).unwrap();
        }
        let before = state(&told.world);
        prop_assert_eq!(&before, &state(&memory.world), "a file and memory are alike");
        prop_assert_eq!(&before, &state(&told.restarted().world));
    }
}

#[test]
fn the_clock_of_a_kept_world_goes_on_where_it_was_set() {
    let mut told = Told::kept();
    let near = |told: &Told| told.world.clock.now().duration_since(told.now).abs().as_secs() < 60;
    assert!(near(&told));
    told.pass_hours(24 * 400);
    assert!(near(&told));
    assert!(near(&told.restarted()));
}

#[test]
fn a_refused_request_writes_nothing() {
    let told = Told::kept();
    let length = || std::fs::metadata(told.ledger()).unwrap().len();
    let before = length();
    told.clinic().register(&told.stranger(), "1");
    told.clinic().confirm(&told.insured("employee-valid"));
    for &id in MessageId::ALL {
        told.clinic().role(Role::Master).ask(id, &request(told.clinic(), &told, id));
        assert!(told.clinic().bytes(id, b"<XmlMsg>").is_err(), "{id:?}: not well-formed");
        assert!(told.clinic().bytes(id, b"<Another/>").is_err(), "{id:?}: another root");
    }
    assert_eq!(length(), before);
}

#[test]
fn one_worlds_visits_jobs_and_numbers_change_no_answer_of_another() {
    let (busy, quiet) = (Told::new(), Told::new());
    let insured = busy.insured("employee-valid");
    busy.clinic().comes("employee-valid", &YES_TO_ALL);
    busy.clinic().visit("employee-valid", &YES_TO_ALL, TreatmentFlag::HomeVisit);
    busy.clinic().register(&insured, "000123");
    busy.world.record(Event::ModeSet(Mode::Disaster, true)).unwrap();
    for &id in MessageId::ALL {
        busy.clinic().send(id, &request(busy.clinic(), &busy, id));
    }
    let untouched = Told::new();
    for &id in MessageId::ALL {
        let [one, other] =
            [&quiet, &untouched].map(|told| told.clinic().send(id, &request(told.clinic(), told, id)));
        assert_eq!(one.body, other.body, "{id:?}");
    }
}

#[test]
fn a_certificate_leads_to_its_own_world_also_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let add = |worlds: &Worlds, name: &str| {
        let (ledger, dialect) = (file_of(folder.path(), name), Arc::new(Dialect::built_in()));
        let (world, all) = World::open(name, clinic(), dialect, &ledger, worlds.syncer()).unwrap();
        let world = Arc::new(world);
        worlds.add(Arc::clone(&world), foundation(), &all);
        world
    };
    // The same institution code in two worlds: products hard-code theirs.
    let (first, second) = (certificate(CLINIC, 11), certificate(CLINIC, 12));
    let leads = |worlds: &Worlds, certificate: &TerminalCertificate| {
        worlds.of_certificate(&certificate.facts.fingerprint).map(|world| world.name.clone())
    };
    {
        let worlds = Worlds::new().unwrap();
        let (one, other) = (add(&worlds, "one"), add(&worlds, "other"));
        worlds.certificate_issued(&one, first.clone()).unwrap();
        worlds.certificate_issued(&other, second.clone()).unwrap();
        assert_eq!(leads(&worlds, &first).as_deref(), Some("one"));
        assert_eq!(leads(&worlds, &second).as_deref(), Some("other"));
        assert_eq!(leads(&worlds, &certificate(CLINIC, 13)), None);
    }
    let worlds = Worlds::new().unwrap();
    add(&worlds, "other");
    add(&worlds, "one");
    assert_eq!(leads(&worlds, &first).as_deref(), Some("one"));
    assert_eq!(leads(&worlds, &second).as_deref(), Some("other"));
}
