//! What a terminal has at a time: certificates with which it may connect, and notices that it may use.

use std::collections::BTreeSet;
use std::sync::Arc;

use certs::TerminalSubject;
use jiff::Timestamp;
use messages::value::InstitutionCode;

use super::{Application, OfficeError};
use crate::papers::{Claim, Issuance, NoticeState, state_at};
use crate::registered::TerminalCertificate;
use crate::world::World;

/// Highest number of a terminal.
const MOST_TERMINALS: u16 = 999;

/// Takes the terminal for oneself while a certificate is made for it.
pub(super) fn claim<'a>(world: &'a World, subject: &TerminalSubject) -> Result<Claim<'a>, OfficeError> {
    world.papers.claim(&subject.common_name()).ok_or(OfficeError::Busy)
}

pub(super) fn subject(
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
pub(super) fn terminal(world: &World, application: &Application, now: Timestamp) -> Result<u16, OfficeError> {
    match application.terminal {
        Some(terminal @ 1..=MOST_TERMINALS) => Ok(terminal),
        Some(_) => Err(OfficeError::NoTerminal),
        None => {
            let institution = &application.institution;
            let held = all_living(world, institution, now).filter_map(|held| terminal_number(&held));
            let noticed = open_notices(world, institution, now).map(|issuance| issuance.notice.terminal);
            let taken: BTreeSet<u16> = held.chain(noticed).collect();
            (1..=MOST_TERMINALS).find(|terminal| !taken.contains(terminal)).ok_or(OfficeError::NoTerminal)
        }
    }
}

/// The certificates with which a terminal may connect, the newest last: one, or after a renewal two.
pub(super) fn living(
    world: &World,
    institution: &InstitutionCode,
    terminal: u16,
    now: Timestamp,
) -> Vec<Arc<TerminalCertificate>> {
    all_living(world, institution, now).filter(|held| terminal_number(held) == Some(terminal)).collect()
}

fn all_living(
    world: &World,
    institution: &InstitutionCode,
    now: Timestamp,
) -> impl Iterator<Item = Arc<TerminalCertificate>> {
    world.registry.certificates().into_iter().filter(move |certificate| {
        let revocation = world.registry.revocation(&certificate.facts.fingerprint);
        let rules = &world.dialect().certificates;
        certificate.institution == *institution
            && state_at(&certificate.facts, revocation.as_ref(), rules, now).is_living()
    })
}

/// The number behind the institution code in the common name.
pub(super) fn terminal_number(certificate: &TerminalCertificate) -> Option<u16> {
    let (_, number) = certificate.facts.common_name.as_deref()?.rsplit_once('-')?;
    number.parse().ok()
}

pub(super) fn open_notices(
    world: &World,
    institution: &InstitutionCode,
    now: Timestamp,
) -> impl Iterator<Item = Arc<Issuance>> {
    world.papers.issuances().into_iter().filter(move |issuance| {
        issuance.notice.institution == *institution
            && issuance.state_at(&world.dialect().certificates, now) == NoticeState::Open
    })
}
