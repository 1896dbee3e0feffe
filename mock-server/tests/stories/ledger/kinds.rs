//! Each kind of event, what must have happened before it, and what is true after it.

use std::sync::Arc;

use jiff::Timestamp;
use messages::channel::Folder;
use messages::dialect::Role;
use messages::id::MessageId;
use messages::value::{InstitutionCode, TreatmentFlag};
use onshi_mock::clock::Course;
use onshi_mock::gate::RevocationList;
use onshi_mock::line::Line;
use onshi_mock::papers::{Notice, Renewal};
use onshi_mock::portal::{Application, CertificateWanted, PortalAccount};
use onshi_mock::registered::{Institution, LineState, Purposes, Registration, Revocation, RevocationReason};
use onshi_mock::script::{Loaded, Reached, Source, Tally, Turn};
use onshi_mock::world::{
    Account, Consent, Delivery, Event, Foundation, Job, KeptAnswer, Mode, Object, PersonId, World,
};

use crate::told::{CLINIC, certificate};

pub(super) const TERMINAL: &str = "1319999916-01";

pub(super) fn clinic() -> InstitutionCode {
    CLINIC.parse().unwrap()
}

pub(super) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

pub(super) fn person() -> PersonId {
    PersonId::new("employee-valid")
}

pub(super) fn consent(object: Object, given: bool, treatment: TreatmentFlag) -> Consent {
    Consent { object, given, treatment, at: at(0), until: Some(at(86_400)), cancelled: None }
}

pub(super) fn job(number: u32) -> Job {
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

pub(super) fn delivery(number: u64) -> Delivery {
    Delivery {
        terminal: TERMINAL.into(),
        number,
        folder: Folder::Face,
        name: format!("OQSsiquc01res_face_{number}.xml"),
        text: "<?xml version=\"1.0\"?><XmlMsg>見本　花子</XmlMsg>".into(),
    }
}

pub(super) fn loaded() -> Loaded {
    let text = "scripts:\n  - {name: slow, then: {delay: 1s}}\n";
    Loaded { name: "evening".into(), source: Source::Api, at: at(0), text: text.into() }
}

pub(super) fn turn(number: u64) -> Turn {
    Turn {
        tallies: vec![("evening/slow".into(), Tally { seen: number, row: 1, hits: 2 })],
        states: vec![("maintenance".into(), Reached { state: "over".into(), step: number })],
    }
}

pub(super) fn applicant() -> PortalAccount {
    PortalAccount {
        id: "p1".to_owned(),
        institution: clinic(),
        name: "見本診療所".parse().unwrap(),
        mail: "office@clinic.example".to_owned(),
        at: at(1),
    }
}

pub(super) fn application() -> Application {
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

pub(super) fn wanted() -> CertificateWanted {
    CertificateWanted {
        application: 1,
        terminal: "1319999916-01".to_owned(),
        reference: "R1".to_owned(),
        at: at(2),
    }
}

pub(super) fn answer() -> KeptAnswer {
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

pub(super) fn notice() -> Notice {
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

pub(super) fn renewal(old_ends: bool) -> Renewal {
    let old = certificate(CLINIC, 77).facts.fingerprint;
    Renewal { old, certificate: certificate(CLINIC, 78), at: at(4), old_ends }
}

/// A world with an institution.
pub(super) fn foundation() -> Foundation {
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
pub(super) fn kinds() -> Vec<(&'static str, Vec<Event>, Event)> {
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
pub(super) fn holds(world: &World, event: &Event) -> bool {
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
