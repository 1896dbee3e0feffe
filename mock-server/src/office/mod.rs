//! The office that issues certificates to terminals (共通認証局's part, access.md 3).
//!
//! It decides by the pure functions of [`crate::papers`], lets [`certs`] make the certificate, and records the event.
//! It knows no HTTP: [`crate::admin`] is its counter.

mod error;
mod held;
mod list;
mod made;

use std::sync::Arc;

use certs::{Authority, Fingerprint, Months, SigningRequest, Store, TerminalSubject};
use jiff::Timestamp;
use messages::value::InstitutionCode;

pub use error::OfficeError;
use held::{claim, living, open_notices, subject, terminal, terminal_number};
pub use made::{Made, Wanted};

use crate::papers::{CertificateState, Issuance, Notice, NoticeState, Renewal, renewable_from, state_at};
use crate::registered::{Purposes, RevocationReason};
use crate::settings::PKCS12_PASSWORD;
use crate::world::{Event, World, Worlds};

/// Most notices of one world, used or not.
const MOST_NOTICES: usize = 10_000;

/// The office.
#[derive(Debug)]
pub struct Office {
    authority: Arc<Authority>,
    worlds: Arc<Worlds>,
    store: Option<Store>,
}

/// What an institution applies for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Application {
    /// The institution.
    pub institution: InstitutionCode,
    /// The terminal, or the first that has no certificate.
    pub terminal: Option<u16>,
    /// What the certificate is to be valid for.
    pub purposes: Purposes,
    /// The terminal or its key is lost: the certificate that it has is revoked.
    pub lost: bool,
}

impl Office {
    /// The office of an authority; `store` is where identities of the built-in terminal are kept, if they are.
    #[must_use]
    pub fn new(authority: Arc<Authority>, worlds: Arc<Worlds>, store: Option<Store>) -> Self {
        Self { authority, worlds, store }
    }

    /// The test authority.
    #[must_use]
    pub fn authority(&self) -> &Arc<Authority> {
        &self.authority
    }

    /// Takes an application and sends its notice.
    ///
    /// # Errors
    /// [`OfficeError`]: the institution or terminal is wrong, or the terminal has a certificate or an open notice.
    pub fn apply(
        &self,
        world: &World,
        application: &Application,
        now: Timestamp,
    ) -> Result<Notice, OfficeError> {
        let Application { institution, purposes, lost, .. } = application;
        if world.papers.issuances().len() >= MOST_NOTICES {
            return Err(OfficeError::TooManyNotices(MOST_NOTICES));
        }
        let terminal = terminal(world, application, now)?;
        let subject = subject(world, institution, terminal)?;
        let _claim = claim(world, &subject)?;
        let open = open_notices(world, institution, now).find(|open| open.notice.terminal == terminal);
        if let Some(open) = open {
            return Err(OfficeError::OpenNotice(open.notice.reference.clone()));
        }
        let living = living(world, institution, terminal, now);
        if let Some(held) = living.first().filter(|_| !lost) {
            return Err(OfficeError::AlreadyHolds(held.facts.fingerprint));
        }
        for held in living {
            let (fingerprint, reason) = (held.facts.fingerprint, RevocationReason::Loss);
            world.record(Event::CertificateRevoked { fingerprint, reason, at: now })?;
        }
        let rules = &world.dialect().certificates;
        let notice = Notice::new(institution.clone(), terminal, *purposes, rules, now)
            .ok_or(OfficeError::NoRandomNumbers)?;
        world.record(Event::IssuanceNoticed(notice.clone()))?;
        Ok(notice)
    }

    /// Hands out the certificate of a notice, once.
    ///
    /// # Errors
    /// [`OfficeError`]: no such notice, used, locked, lapsed, or the code is wrong (which is counted).
    pub async fn download(
        &self,
        world: &Arc<World>,
        reference: &str,
        code: &str,
        wanted: Wanted,
        now: Timestamp,
    ) -> Result<Made, OfficeError> {
        let issuance = world.papers.issuance(reference).ok_or(OfficeError::NoNotice)?;
        let Notice { institution, terminal, purposes, .. } = &issuance.notice;
        let subject = subject(world, institution, *terminal)?;
        let _claim = claim(world, &subject)?;
        // Once more, now that nobody else is at it.
        let issuance = world.papers.issuance(reference).ok_or(OfficeError::NoNotice)?;
        admit(world, &issuance, code, now)?;
        if let Some(held) = living(world, institution, *terminal, now).first() {
            return Err(OfficeError::AlreadyHolds(held.facts.fingerprint));
        }
        let made = self.make(world, subject, wanted, now).await?;
        let certificate = made.registered(institution.clone(), *purposes);
        let event = Event::IssuanceUsed { reference: reference.to_owned(), certificate };
        self.worlds.record_issue(world, made.facts().fingerprint, event)?;
        Ok(made)
    }

    /// Issues a certificate without paperwork, as tests want it.
    ///
    /// # Errors
    /// [`OfficeError`]: the institution or terminal is wrong, or the terminal has a certificate.
    pub async fn issue(
        &self,
        world: &Arc<World>,
        application: &Application,
        wanted: Wanted,
        now: Timestamp,
    ) -> Result<Made, OfficeError> {
        let Application { institution, purposes, lost, .. } = application;
        let terminal = terminal(world, application, now)?;
        let subject = subject(world, institution, terminal)?;
        let _claim = claim(world, &subject)?;
        let living = living(world, institution, terminal, now);
        if let Some(held) = living.first().filter(|_| !lost) {
            return Err(OfficeError::AlreadyHolds(held.facts.fingerprint));
        }
        let made = self.make(world, subject, wanted, now).await?;
        for held in living {
            let (fingerprint, reason) = (held.facts.fingerprint, RevocationReason::Loss);
            world.record(Event::CertificateRevoked { fingerprint, reason, at: now })?;
        }
        self.worlds.certificate_issued(world, made.registered(institution.clone(), *purposes))?;
        Ok(made)
    }

    /// Renews a certificate. If it can't be followed to its end (the key, the disk, the ledger), the old certificate
    /// stays in use, and in the data folder too.
    ///
    /// # Errors
    /// [`OfficeError`]: unknown, outside its window, or renewed before.
    pub async fn renew(
        &self,
        world: &Arc<World>,
        old: &Fingerprint,
        wanted: Wanted,
        now: Timestamp,
    ) -> Result<Made, OfficeError> {
        let held = world.registry.certificate(old).ok_or(OfficeError::NoCertificate)?;
        let number = terminal_number(&held).ok_or(OfficeError::NoTerminal)?;
        let subject = subject(world, &held.institution, number)?;
        let name = subject.common_name();
        let _claim = claim(world, &subject)?;
        let rules = &world.dialect().certificates;
        match state_at(&held.facts, world.registry.revocation(old).as_ref(), rules, now) {
            CertificateState::Renewable => {}
            CertificateState::NotYetValid | CertificateState::Valid => {
                return Err(OfficeError::TooEarly(renewable_from(&held.facts, rules)));
            }
            CertificateState::Expired => return Err(OfficeError::Expired(held.facts.not_after)),
            CertificateState::Revoked => return Err(OfficeError::Revoked),
        }
        if let Some(successor) = world.papers.successor(old) {
            return Err(OfficeError::AlreadyRenewed(successor));
        }
        let made = self.make(world, subject, wanted, now).await?;
        let renewal = Renewal {
            old: *old,
            certificate: made.registered(held.institution.clone(), held.purposes),
            at: now,
            old_ends: !rules.old_stays_after_renewal.value,
        };
        let (kept, event) = (self.keep(&name, old, &made)?, Event::CertificateRenewed(renewal));
        if let Err(error) = self.worlds.record_issue(world, made.facts().fingerprint, event) {
            self.restore(&name, kept)?;
            return Err(error.into());
        }
        Ok(made)
    }

    /// Revokes a certificate from now on.
    ///
    /// # Errors
    /// [`OfficeError::NoCertificate`], or [`OfficeError::Revoked`] if it was revoked before.
    pub fn revoke(
        &self,
        world: &World,
        certificate: &Fingerprint,
        reason: RevocationReason,
        now: Timestamp,
    ) -> Result<(), OfficeError> {
        if world.registry.certificate(certificate).is_none() {
            return Err(OfficeError::NoCertificate);
        }
        if world.registry.revocation(certificate).is_some_and(|revocation| revocation.at <= now) {
            return Err(OfficeError::Revoked);
        }
        Ok(world.record(Event::CertificateRevoked { fingerprint: *certificate, reason, at: now })?)
    }

    /// RSA keys take a second of work, so none is made on a thread that answers requests.
    async fn make(
        &self,
        world: &World,
        subject: TerminalSubject,
        wanted: Wanted,
        now: Timestamp,
    ) -> Result<Made, OfficeError> {
        let months = Months::try_from(u16::from(world.dialect().certificates.life_months.value));
        let months = months.unwrap_or_default();
        let request = wanted.csr.as_deref().map(SigningRequest::from_pem).transpose()?;
        let authority = Arc::clone(&self.authority);
        let work = move || made::make(&authority, &subject, &wanted, request.as_ref(), months, now);
        Ok(actix_web::web::block(work).await.map_err(|_| OfficeError::Stopped)??)
    }

    /// Puts a renewed identity into the data folder if the old one is kept there; gives back the old one.
    fn keep(
        &self,
        name: &str,
        old: &Fingerprint,
        made: &Made,
    ) -> Result<Option<certs::Identity>, OfficeError> {
        let (Some(store), Made::Identity(new)) = (&self.store, made) else { return Ok(None) };
        let kept = store.load_identity(name)?.filter(|kept| kept.facts().fingerprint == *old);
        if kept.is_some() {
            store.save_identity(name, new, PKCS12_PASSWORD)?;
        }
        Ok(kept)
    }

    fn restore(&self, name: &str, kept: Option<certs::Identity>) -> Result<(), OfficeError> {
        if let (Some(store), Some(kept)) = (&self.store, kept) {
            store.save_identity(name, &kept, PKCS12_PASSWORD)?;
        }
        Ok(())
    }
}

/// Whether a notice may be used with a code; a wrong one is counted.
fn admit(world: &World, issuance: &Issuance, code: &str, now: Timestamp) -> Result<(), OfficeError> {
    let (notice, rules) = (&issuance.notice, &world.dialect().certificates);
    match issuance.state_at(rules, now) {
        NoticeState::Open => {}
        NoticeState::Used => return Err(OfficeError::NoticeUsed),
        NoticeState::Locked => return Err(OfficeError::NoticeLocked),
        NoticeState::Lapsed => return Err(OfficeError::NoticeLapsed(notice.until)),
    }
    if issuance.opens_with(code) {
        return Ok(());
    }
    world.record(Event::IssuanceTried { reference: notice.reference.clone() })?;
    let left = rules.notice_tries.value.saturating_sub(issuance.tries.saturating_add(1));
    Err(OfficeError::WrongCode { left })
}
