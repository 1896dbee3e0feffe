//! What each event means: a world is a fold over its ledger.

use std::sync::atomic::Ordering;

use super::{Event, World};
use crate::clock::Course;
use crate::papers::Renewal;
use crate::registered::{Revocation, RevocationReason};

impl World {
    /// Lets an event be true.
    pub(super) fn apply(&self, event: &Event) {
        match event {
            Event::Founded(foundation) => {
                self.clock.set(foundation.course);
                self.seed.store(foundation.seed, Ordering::Relaxed);
                foundation.with.iter().for_each(|event| self.apply(event));
            }
            Event::SnapshotTaken { .. } | Event::WentBack { .. } => {}
            Event::InstitutionRegistered(institution) => self.registry.take_part(institution),
            Event::LineRegistered(registration) => self.registry.register(registration),
            Event::LineForgotten(line) => self.registry.forget(line),
            Event::LineAuthenticated { line, prefix } => self.registry.authenticate(line, *prefix),
            Event::RevocationListSet(state) => self.registry.set_revocation_list(*state),
            Event::CertificateIssued(certificate) => self.registry.issue(certificate),
            Event::CertificateRevoked { fingerprint, reason, at } => {
                self.registry.revoke(Revocation { fingerprint: *fingerprint, reason: *reason, at: *at });
            }
            Event::IssuanceNoticed(notice) => self.papers.noticed(notice),
            Event::IssuanceTried { reference } => self.papers.tried(reference),
            Event::IssuanceUsed { reference, certificate } => {
                self.registry.issue(certificate);
                self.papers.used(reference, certificate.facts.fingerprint);
            }
            Event::CertificateRenewed(renewal) => self.renew(renewal),
            Event::AccountOpened(account) => self.accounts.open(account),
            Event::ReferenceRegistered { person, institution, number } => {
                self.references.set(person, institution, number);
            }
            Event::ConsentsAnswered { person, institution, consents } => {
                self.consents.answer(person, institution, consents);
            }
            Event::ConsentsCancelled { person, institution, treatment, at } => {
                self.consents.cancel(person, institution, *treatment, *at);
            }
            Event::JobAccepted(job) => self.jobs.accept(job),
            Event::DeliveryQueued(delivery) => self.deliveries.queue(delivery),
            Event::DeliveriesTaken { terminal, up_to } => self.deliveries.taken(terminal, *up_to),
            Event::PortalAccountRegistered(account) => self.portal.register(account),
            Event::UsageApplied(application) => self.portal.apply(application),
            Event::CertificateApplied(certificate) => self.portal.want(certificate),
            Event::UsageCancelled { application, at } => self.portal.cancel(*application, *at),
            Event::AnswerKept(answer) => self.answers.keep(answer),
            Event::ModeSet(mode, on) => self.switch(*mode).store(*on, Ordering::Relaxed),
            Event::ClockShifted(seconds) => {
                self.clock.set(Course::Running { offset: jiff::SignedDuration::from_secs(*seconds) });
                self.hold_cards(None);
            }
            Event::ClockSet { course, cards_on } => {
                self.clock.set(*course);
                self.hold_cards(*cards_on);
            }
            Event::ScenarioLoaded(loaded) => self.scenario_loaded(loaded),
            Event::ScenarioRemoved(name) => self.scenario_removed(name),
            Event::ScriptsAsked(turn) => self.turns.recorded(turn),
        }
    }

    fn renew(&self, renewal: &Renewal) {
        let Renewal { old, certificate, at, old_ends } = renewal;
        self.registry.issue(certificate);
        if *old_ends {
            let reason = RevocationReason::Replacement;
            self.registry.revoke(Revocation { fingerprint: *old, reason, at: *at });
        }
        self.papers.renewed(*old, certificate.facts.fingerprint);
    }
}
