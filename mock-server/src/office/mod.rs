//! The office that issues certificates to terminals (共通認証局's part, access.md 3).
//!
//! It decides by the pure functions of [`crate::papers`], lets [`certs`] make the certificate, and records the event.
//! It knows no HTTP: [`crate::admin`] is its counter.

mod error;
mod made;

use std::sync::Arc;

use certs::{Authority, Fingerprint, Months, RevocationList, SigningRequest, Store, TerminalSubject};
use jiff::{SignedDuration, Timestamp};
use messages::value::InstitutionCode;

pub use error::OfficeError;
pub use made::{Made, Wanted};

use crate::papers::{
    CertificateState, Claim, Issuance, Notice, NoticeState, Renewal, renewable_from, state_at,
};
use crate::registered::{Purposes, Revocation, RevocationReason, TerminalCertificate};
use crate::settings::PKCS12_PASSWORD;
use crate::world::{Event, World, Worlds};

/// Most notices of one world, used or not.
const MOST_NOTICES: usize = 10_000;
/// Highest number of a terminal.
const MOST_TERMINALS: u16 = 999;

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
        if let Some(open) = open_notice(world, institution, terminal, now) {
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

    /// The revocation list of a world as it is at a time.
    ///
    /// Its number is the second of that time and the count of entries, so that it grows with each.
    ///
    /// # Errors
    /// [`OfficeError::Issue`] if it can't be signed.
    pub fn revocation_list(&self, world: &World, now: Timestamp) -> Result<RevocationList, OfficeError> {
        let entry = |revocation: Revocation| {
            let certificate = world.registry.certificate(&revocation.fingerprint)?;
            let (serial, reason) = (certificate.facts.serial.clone(), as_published(revocation.reason));
            Some(certs::Revocation { serial, at: revocation.at, reason })
        };
        let revocations = world.registry.revocations().into_iter();
        let revoked: Vec<_> =
            revocations.filter(|revocation| revocation.at <= now).filter_map(entry).collect();
        let count = u64::try_from(revoked.len()).unwrap_or_default() & 0xffff;
        let number = u64::try_from(now.as_second()).unwrap_or_default() << 16 | count;
        let life = SignedDuration::from_hours(world.dialect().certificates.crl_hours.value.max(1).into());
        let next = now.saturating_add(life).unwrap_or(Timestamp::MAX);
        Ok(self.authority.revocation_list(&revoked, number, now, next)?)
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

fn claim<'a>(world: &'a World, subject: &TerminalSubject) -> Result<Claim<'a>, OfficeError> {
    world.papers.claim(&subject.common_name()).ok_or(OfficeError::Busy)
}

fn subject(
    world: &World,
    institution: &InstitutionCode,
    terminal: u16,
) -> Result<TerminalSubject, OfficeError> {
    let registered = world.registry.institution(institution);
    let registered = registered.ok_or_else(|| OfficeError::NoInstitution(institution.clone()))?;
    Ok(TerminalSubject {
        institution_code: institution.to_string(),
        terminal_number: terminal,
        institution_name: registered.name.to_string(),
    })
}

/// The terminal that is applied for: as said, or the first without certificate and notice.
fn terminal(world: &World, application: &Application, now: Timestamp) -> Result<u16, OfficeError> {
    let institution = &application.institution;
    match application.terminal {
        Some(terminal @ 1..=MOST_TERMINALS) => Ok(terminal),
        Some(_) => Err(OfficeError::NoTerminal),
        None => {
            let is_free = |terminal: &u16| {
                living(world, institution, *terminal, now).is_empty()
                    && open_notice(world, institution, *terminal, now).is_none()
            };
            (1..=MOST_TERMINALS).find(is_free).ok_or(OfficeError::NoTerminal)
        }
    }
}

/// The certificates with which a terminal may connect, the newest last: one, or after a renewal two.
fn living(
    world: &World,
    institution: &InstitutionCode,
    terminal: u16,
    now: Timestamp,
) -> Vec<Arc<TerminalCertificate>> {
    let rules = &world.dialect().certificates;
    let is_living = |certificate: &Arc<TerminalCertificate>| {
        let revocation = world.registry.revocation(&certificate.facts.fingerprint);
        certificate.institution == *institution
            && terminal_number(certificate) == Some(terminal)
            && state_at(&certificate.facts, revocation.as_ref(), rules, now).is_living()
    };
    world.registry.certificates().into_iter().filter(is_living).collect()
}

/// The number behind the institution code in the common name.
fn terminal_number(certificate: &TerminalCertificate) -> Option<u16> {
    let (_, number) = certificate.facts.common_name.as_deref()?.rsplit_once('-')?;
    number.parse().ok()
}

fn open_notice(
    world: &World,
    institution: &InstitutionCode,
    terminal: u16,
    now: Timestamp,
) -> Option<Arc<Issuance>> {
    let rules = &world.dialect().certificates;
    world.papers.issuances().into_iter().find(|issuance| {
        issuance.notice.institution == *institution
            && issuance.notice.terminal == terminal
            && issuance.state_at(rules, now) == NoticeState::Open
    })
}

/// A reason as the list writes it.
fn as_published(reason: RevocationReason) -> certs::RevocationReason {
    match reason {
        RevocationReason::Loss => certs::RevocationReason::KeyCompromise,
        RevocationReason::Closing => certs::RevocationReason::CessationOfOperation,
        RevocationReason::Replacement => certs::RevocationReason::Superseded,
        RevocationReason::Unspecified => certs::RevocationReason::Unspecified,
    }
}
