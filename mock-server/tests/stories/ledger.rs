//! The ledger: what a file holds is true again after it is reopened, and worlds know nothing of each other.

use std::sync::Arc;

use jiff::Timestamp;
use messages::channel::Folder;
use messages::dialect::{Dialect, Role};
use messages::id::MessageId;
use messages::value::{InstitutionCode, TreatmentFlag};
use onshi_mock::clock::Course;
use onshi_mock::gate::RevocationList;
use onshi_mock::line::Line;
use onshi_mock::papers::{Notice, Renewal};
use onshi_mock::portal::{Application, CertificateWanted, PortalAccount};
use onshi_mock::registered::{
    Institution, LineState, Purposes, Registration, Revocation, RevocationReason, TerminalCertificate,
};
use onshi_mock::script::{Loaded, Reached, Source, Tally, Turn};
use onshi_mock::world::{
    Account, Consent, Delivery, Event, Foundation, Furniture, Job, KeptAnswer, Mode, Object, PersonId, World,
    Worlds, file_of,
};
use proptest::prelude::*;
use scenarios::People;

use crate::roles::request;
use crate::told::{CLINIC, PHARMACY, Told, YES_TO_ALL, certificate};

const TERMINAL: &str = "1319999916-01";

fn clinic() -> InstitutionCode {
    CLINIC.parse().unwrap()
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

fn person() -> PersonId {
    PersonId::new("employee-valid")
}

fn consent(object: Object, given: bool, treatment: TreatmentFlag) -> Consent {
    Consent { object, given, treatment, at: at(0), until: Some(at(86_400)), cancelled: None }
}

fn job(number: u32) -> Job {
    Job {
        reception: format!("2026112209301200000000000000{number:04}").as_str().into(),
        message: MessageId::OqsMuQuc01,
        institution: clinic(),
        key: Some(format!("entry-{number}").as_str().into()),
        accepted: at(0),
        ready: at(3),
        until: at(86_400),
        file_identifier: Some("yoyaku".parse().unwrap()),
        day: Some("20261122".parse().unwrap()),
        request: "<?xml version=\"1.0\"?><XmlMsg>一</XmlMsg>".into(),
    }
}

fn delivery(number: u64) -> Delivery {
    Delivery {
        terminal: TERMINAL.into(),
        number,
        folder: Folder::Face,
        name: format!("OQSsiquc01res_face_{number}.xml"),
        text: "<?xml version=\"1.0\"?><XmlMsg>見本　花子</XmlMsg>".into(),
    }
}

fn loaded() -> Loaded {
    let text = "scripts:\n  - {name: slow, then: {delay: 1s}}\n";
    Loaded { name: "evening".into(), source: Source::Api, at: at(0), text: text.into() }
}

fn turn(number: u64) -> Turn {
    Turn {
        tallies: vec![("evening/slow".into(), Tally { seen: number, row: 1, hits: 2 })],
        states: vec![("maintenance".into(), Reached { state: "over".into(), step: number })],
    }
}

fn applicant() -> PortalAccount {
    PortalAccount {
        id: "p1".to_owned(),
        institution: clinic(),
        name: "見本診療所".parse().unwrap(),
        mail: "office@clinic.example".to_owned(),
        at: at(1),
    }
}

fn application() -> Application {
    Application {
        number: 1,
        account: "p1".to_owned(),
        institution: clinic(),
        line: "CAF0000000009".parse().unwrap(),
        terminals: 2,
        start: jiff::civil::Date::constant(2027, 4, 1),
        contact: "事務長".to_owned(),
        claims: true,
        at_once: false,
        at: at(1),
        line_at: at(1),
    }
}

fn wanted() -> CertificateWanted {
    CertificateWanted {
        application: 1,
        terminal: "1319999916-01".to_owned(),
        reference: "R1".to_owned(),
        at: at(2),
    }
}

fn answer() -> KeptAnswer {
    KeptAnswer {
        institution: clinic(),
        key: "0123456789abcdef00000001".into(),
        request: "c0ffee".into(),
        status: 200,
        content_type: "application/xml".into(),
        body: "<?xml version=\"1.0\"?><XmlMsg>見本</XmlMsg>".into(),
        habit: Some(r#"{"lost":{}}"#.into()),
        at: at(0),
    }
}

fn notice() -> Notice {
    Notice {
        reference: "0123456789".to_owned(),
        code: "ABCDEFGHJKLMNPQR".to_owned(),
        institution: clinic(),
        terminal: 2,
        purposes: Purposes::Both,
        applied: at(0),
        until: at(86_400),
    }
}

fn renewal(old_ends: bool) -> Renewal {
    let old = certificate(CLINIC, 77).facts.fingerprint;
    Renewal { old, certificate: certificate(CLINIC, 78), at: at(4), old_ends }
}

/// A world with an institution.
fn foundation() -> Foundation {
    let institution = Institution { code: clinic(), name: "見本診療所".parse().unwrap() };
    Foundation {
        with: vec![Event::InstitutionRegistered(institution.clone())],
        institution,
        packs: vec![],
        dialect: None,
        seed: 7,
        clock: None,
        course: Course::Frozen { at: at(5) },
    }
}

/// Each kind of event: its name in the file, what must have happened before, and the event.
fn kinds() -> Vec<(&'static str, Vec<Event>, Event)> {
    let answered = |consents| Event::ConsentsAnswered { person: person(), institution: clinic(), consents };
    let given = vec![
        consent(Object::Drugs, true, TreatmentFlag::HomeVisit),
        consent(Object::Checkups, false, TreatmentFlag::HomeVisit),
    ];
    let cancelled = Event::ConsentsCancelled {
        person: person(),
        institution: clinic(),
        treatment: TreatmentFlag::HomeVisit,
        at: at(9),
    };
    let institution = Institution {
        code: "1319999924".parse().unwrap(),
        name: "他院見本クリニック".parse().unwrap(),
    };
    let line = |text: &str| text.parse::<Line>().unwrap();
    let mut registration = Registration::active(line("ipsec:MIND:77"), clinic());
    registration.turn(LineState::Suspended, at(5));
    let fingerprint = certificate(CLINIC, 77).facts.fingerprint;
    let revoked = Event::CertificateRevoked { fingerprint, reason: RevocationReason::Loss, at: at(3) };
    let account = Account {
        id: "1319999916-general".to_owned(),
        institution: clinic(),
        role: Role::General,
        password: "Onshi-Mock-0001!".to_owned(),
    };
    let number = Event::ReferenceRegistered {
        person: person(),
        institution: clinic(),
        number: "000123".parse().unwrap(),
    };
    let taken = Event::DeliveriesTaken { terminal: TERMINAL.into(), up_to: 5 };
    vec![
        ("institution-registered", vec![], Event::InstitutionRegistered(institution)),
        ("line-registered", vec![], Event::LineRegistered(registration.clone())),
        (
            "line-registered",
            vec![],
            Event::LineRegistered(Registration::active(line("COP01234567"), clinic())),
        ),
        (
            "line-forgotten",
            vec![Event::LineRegistered(registration.clone())],
            Event::LineForgotten(registration.line),
        ),
        ("certificate-issued", vec![], Event::CertificateIssued(certificate(CLINIC, 77))),
        (
            "line-authenticated",
            vec![],
            Event::LineAuthenticated {
                line: line("COP01234567"),
                prefix: "2001:db8:1:100::/56".parse().unwrap(),
            },
        ),
        ("revocation-list-set", vec![], Event::RevocationListSet(RevocationList::Stale)),
        ("certificate-revoked", vec![], revoked),
        ("issuance-noticed", vec![], Event::IssuanceNoticed(notice())),
        (
            "issuance-tried",
            vec![Event::IssuanceNoticed(notice())],
            Event::IssuanceTried { reference: notice().reference },
        ),
        (
            "issuance-used",
            vec![Event::IssuanceNoticed(notice())],
            Event::IssuanceUsed { reference: notice().reference, certificate: certificate(CLINIC, 78) },
        ),
        ("certificate-renewed", vec![], Event::CertificateRenewed(renewal(true))),
        ("certificate-renewed", vec![], Event::CertificateRenewed(renewal(false))),
        ("account-opened", vec![], Event::AccountOpened(account)),
        ("reference-registered", vec![], number),
        ("consents-answered", vec![], answered(given.clone())),
        ("consents-cancelled", vec![answered(given)], cancelled),
        ("portal-account-registered", vec![], Event::PortalAccountRegistered(applicant())),
        ("usage-applied", vec![], Event::UsageApplied(application())),
        (
            "certificate-applied",
            vec![Event::UsageApplied(application())],
            Event::CertificateApplied(wanted()),
        ),
        (
            "usage-cancelled",
            vec![Event::UsageApplied(application())],
            Event::UsageCancelled { application: 1, at: at(9) },
        ),
        ("job-accepted", vec![], Event::JobAccepted(job(1))),
        ("delivery-queued", vec![], Event::DeliveryQueued(delivery(5))),
        ("deliveries-taken", vec![Event::DeliveryQueued(delivery(5))], taken),
        ("answer-kept", vec![], Event::AnswerKept(answer())),
        ("mode-set", vec![], Event::ModeSet(Mode::Disaster, true)),
        (
            "mode-set",
            vec![Event::ModeSet(Mode::SystemFailure, true)],
            Event::ModeSet(Mode::SystemFailure, false),
        ),
        ("clock-shifted", vec![], Event::ClockShifted(86_400)),
        ("scenario-loaded", vec![], Event::ScenarioLoaded(loaded())),
        ("scenario-removed", vec![Event::ScenarioLoaded(loaded())], Event::ScenarioRemoved("evening".into())),
        ("scripts-asked", vec![], Event::ScriptsAsked(turn(3))),
        (
            "clock-set",
            vec![],
            Event::ClockSet {
                course: Course::Frozen { at: at(7) },
                cards_on: Some("2026-11-22".parse().unwrap()),
            },
        ),
        ("founded", vec![], Event::Founded(Arc::new(foundation()))),
    ]
}

/// Whether what an event says is true in a world. Every kind of event needs an answer here.
fn holds(world: &World, event: &Event) -> bool {
    match event {
        Event::InstitutionRegistered(one) => world.registry.institution(&one.code).as_deref() == Some(one),
        Event::LineRegistered(one) => world.registry.line(&one.line).as_deref() == Some(one),
        Event::LineForgotten(line) => {
            world.registry.line(line).is_none() && world.registry.lines().len() == 2
        }
        Event::LineAuthenticated { line, prefix } => world.registry.authenticated(line) == Some(*prefix),
        Event::RevocationListSet(state) => world.registry.revocation_list() == *state,
        Event::CertificateRevoked { fingerprint, reason, at } => {
            let revocation = Revocation { fingerprint: *fingerprint, reason: *reason, at: *at };
            world.registry.revocation(fingerprint) == Some(revocation)
                && world.registry.revocations() == [revocation]
        }
        Event::CertificateIssued(one) => {
            world.registry.certificate(&one.facts.fingerprint).as_deref() == Some(one)
                && world.registry.fingerprints().contains(&one.facts.fingerprint)
        }
        Event::IssuanceNoticed(one) => {
            let known = world.papers.issuance(&one.reference);
            known.is_some_and(|known| (&known.notice, known.tries, known.used) == (one, 0, None))
        }
        Event::IssuanceTried { reference } => {
            world.papers.issuance(reference).is_some_and(|known| known.tries == 1)
        }
        Event::IssuanceUsed { reference, certificate } => {
            let fingerprint = certificate.facts.fingerprint;
            world.papers.issuance(reference).is_some_and(|known| known.used == Some(fingerprint))
                && world.registry.certificate(&fingerprint).as_deref() == Some(certificate)
        }
        Event::CertificateRenewed(Renewal { old, certificate, at, old_ends }) => {
            let fingerprint = certificate.facts.fingerprint;
            let ended = world.registry.revocation(old).map(|revocation| revocation.at);
            world.papers.successor(old) == Some(fingerprint)
                && world.registry.certificate(&fingerprint).as_deref() == Some(certificate)
                && ended == old_ends.then_some(*at)
        }
        Event::AccountOpened(one) => {
            world.accounts.of(&one.id).as_deref() == Some(one) && world.accounts.all().len() == 1
        }
        Event::ReferenceRegistered { person, institution, number } => {
            world.references.of(person, institution).as_ref() == Some(number)
        }
        Event::ConsentsAnswered { person, institution, consents } => {
            let known = world.consents.of(person, institution);
            consents.iter().all(|consent| known.contains(consent))
        }
        Event::ConsentsCancelled { person, institution, treatment, at } => {
            let mut known = world.consents.of(person, institution);
            known.retain(|consent| consent.treatment == *treatment && consent.given);
            !known.is_empty() && known.iter().all(|consent| consent.cancelled == Some(*at))
        }
        Event::JobAccepted(one) => {
            let received = world.jobs.received(&one.reception);
            let unfinished = world.jobs.unfinished(&one.institution, one.accepted);
            received.as_deref() == Some(one) && unfinished == 1
        }
        Event::DeliveryQueued(one) => {
            let waiting = world.deliveries.waiting(&one.terminal, 0).deliveries;
            world.deliveries.numbered(&one.terminal, one.number).as_deref() == Some(one)
                && waiting.iter().any(|waiting| waiting.number == one.number && waiting.name == one.name)
        }
        Event::DeliveriesTaken { terminal, up_to } => {
            !world.deliveries.has_up_to(terminal, *up_to)
                && world.deliveries.waiting(terminal, 0).deliveries.is_empty()
        }
        Event::PortalAccountRegistered(one) => world.portal.account(&one.id).as_ref() == Some(one),
        Event::UsageApplied(one) => {
            world.portal.filed(one.number).is_some_and(|filed| filed.application == *one)
        }
        Event::CertificateApplied(one) => {
            world.portal.filed(one.application).is_some_and(|filed| filed.certificates.contains(one))
        }
        Event::UsageCancelled { application, at } => {
            world.portal.filed(*application).is_some_and(|filed| filed.cancelled == Some(*at))
        }
        Event::AnswerKept(one) => {
            world.answers.under(&one.institution, &one.key, one.at, 24).as_deref() == Some(one)
        }
        Event::ModeSet(mode, on) => world.is_on(*mode) == *on,
        Event::ClockShifted(seconds) => world.clock.shifted() == *seconds,
        Event::ScenarioLoaded(one) => {
            world.scenarios.named(&one.name).is_some_and(|scenario| scenario.loaded == *one)
                && world.people().rules().all().count() == 1
        }
        Event::ScenarioRemoved(name) => {
            world.scenarios.named(name).is_none() && world.people().rules().all().count() == 0
        }
        Event::ScriptsAsked(turn) => {
            let memory = world.turns.now();
            turn.tallies.iter().all(|(rule, tally)| memory.tally(rule) == *tally)
                && turn.states.iter().all(|(machine, reached)| memory.state(machine) == &*reached.state)
        }
        Event::ClockSet { course, cards_on } => {
            world.clock.course() == *course && world.cards_on() == *cards_on
        }
        Event::Founded(one) => {
            world.clock.course() == one.course && one.with.iter().all(|event| holds(world, event))
        }
        // What these say stands in the history, and the stories of worlds look at it.
        Event::SnapshotTaken { .. } | Event::WentBack { .. } => false,
    }
}

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
    let open = |worlds: &Worlds, name: &str| {
        let (ledger, dialect) = (file_of(folder.path(), name), Arc::new(Dialect::built_in()));
        Arc::new(World::open(name, clinic(), dialect, &ledger, worlds.syncer()).unwrap())
    };
    // The same institution code in two worlds: products hard-code theirs.
    let (first, second) = (certificate(CLINIC, 11), certificate(CLINIC, 12));
    let leads = |worlds: &Worlds, certificate: &TerminalCertificate| {
        worlds.of_certificate(&certificate.facts.fingerprint).map(|world| world.name.clone())
    };
    {
        let worlds = Worlds::new().unwrap();
        let (one, other) = (open(&worlds, "one"), open(&worlds, "other"));
        worlds.add(Arc::clone(&one), foundation()).unwrap();
        worlds.add(Arc::clone(&other), foundation()).unwrap();
        worlds.certificate_issued(&one, first.clone()).unwrap();
        worlds.certificate_issued(&other, second.clone()).unwrap();
        assert_eq!(leads(&worlds, &first).as_deref(), Some("one"));
        assert_eq!(leads(&worlds, &second).as_deref(), Some("other"));
        assert_eq!(leads(&worlds, &certificate(CLINIC, 13)), None);
    }
    let worlds = Worlds::new().unwrap();
    worlds.add(open(&worlds, "other"), foundation()).unwrap();
    worlds.add(open(&worlds, "one"), foundation()).unwrap();
    assert_eq!(leads(&worlds, &first).as_deref(), Some("one"));
    assert_eq!(leads(&worlds, &second).as_deref(), Some("other"));
}

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

#[test]
fn a_file_that_has_grown_much_is_written_anew_without_what_counts_for_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let furniture = Furniture { dialect: Arc::new(Dialect::built_in()), people: Arc::new(People::default()) };
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
    let furniture = Furniture { dialect: Arc::new(Dialect::built_in()), people: Arc::new(People::default()) };
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
