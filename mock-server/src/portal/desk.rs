//! The portal's desk: what follows from a form, as events. Pure; whoever calls it records them.

use jiff::Timestamp;
use messages::dialect::Role;
use messages::refusal::Bilingual;
use messages::value::InstitutionCode;

use super::form::count;
use super::{AccountForm, Application, Filed, LineForm, Mistake, PortalAccount, UsageForm};
use crate::clock::in_japan;
use crate::registered::{Institution, LineState, role_name};
use crate::world::{Account, Event, World};

/// Why the desk takes no form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Turned {
    /// Mistakes in its fields.
    Mistakes(Vec<Mistake>),
    /// It does not go with what was applied for before.
    Conflict(Bilingual),
    /// The account may not do this, or its password is wrong.
    Denied(Bilingual),
}

impl From<Vec<Mistake>> for Turned {
    fn from(mistakes: Vec<Mistake>) -> Self {
        Self::Mistakes(mistakes)
    }
}

/// Most accounts of one world's portal.
const MOST_ACCOUNTS: u32 = 10_000;

fn conflict(ja: &'static str, en: &'static str) -> Turned {
    Turned::Conflict(Bilingual::fixed(ja, en))
}

/// Registers an account for an institution, which takes part from now on.
///
/// # Errors
/// [`Turned::Mistakes`]; [`Turned::Conflict`] if there are too many.
pub fn register(
    world: &World,
    form: &AccountForm,
    now: Timestamp,
) -> Result<(PortalAccount, Vec<Event>), Turned> {
    let applicant = form.check()?;
    let (number, _) = world.portal.next_numbers();
    if number > MOST_ACCOUNTS {
        return Err(conflict(
            "アカウントは1つのワールドに10,000件までです",
            "a world has at most 10,000 accounts at the portal",
        ));
    }
    let account = PortalAccount {
        id: format!("p{number}"),
        institution: applicant.institution.clone(),
        name: applicant.name.clone(),
        mail: applicant.mail,
        at: now,
    };
    let mut events = vec![Event::PortalAccountRegistered(account.clone())];
    let institution = Institution { code: applicant.institution, name: applicant.name };
    if world.registry.institution(&institution.code).as_deref() != Some(&institution) {
        events.push(Event::InstitutionRegistered(institution));
    }
    Ok((account, events))
}

/// Takes an application for use: the line is registered with its states to come, the master accounts are opened.
///
/// `password` makes one for each account.
///
/// # Errors
/// [`Turned::Mistakes`]; [`Turned::Conflict`] if somebody uses the line already.
pub fn apply(
    world: &World,
    account: &PortalAccount,
    form: &UsageForm,
    now: Timestamp,
    mut password: impl FnMut() -> String,
) -> Result<(Application, Vec<Event>), Turned> {
    let usage = form.check(&account.institution, in_japan(now).date())?;
    let (_, number) = world.portal.next_numbers();
    let application = Application::of(number, account, usage, now);
    free(world, &application, now)?;
    let registration = application.registration(&world.dialect().portal);
    let mut events = vec![Event::UsageApplied(application.clone()), Event::LineRegistered(registration)];
    for role in [Role::Master, Role::MasterReset] {
        let id = account_id(&account.institution, role);
        if world.accounts.of(&id).is_none() {
            let institution = account.institution.clone();
            events.push(Event::AccountOpened(Account { id, institution, role, password: password() }));
        }
    }
    Ok((application, events))
}

/// Takes a change of the line: the new one is confirmed first; only then the old one ends.
///
/// # Errors
/// [`Turned::Mistakes`]; [`Turned::Conflict`] if use has ended, or somebody uses the line already.
pub fn change_line(
    world: &World,
    filed: &Filed,
    form: &LineForm,
    now: Timestamp,
) -> Result<Vec<Event>, Turned> {
    running(filed, now)?;
    let old = &filed.application;
    let line = form.check(&old.institution)?;
    if line == old.line {
        return Err(conflict("現在の回線と同じです", "this is the present line"));
    }
    let application = Application { line, line_at: now, ..old.clone() };
    free(world, &application, now)?;
    let rules = &world.dialect().portal;
    let registration = application.registration(rules);
    let mut events = Vec::new();
    if let Some(before) = world.registry.line(&old.line).filter(|known| known.institution == old.institution)
    {
        let mut before = (*before).clone();
        before.turn(LineState::Cancelled, application.started(rules));
        events.push(Event::LineRegistered(before));
    }
    events.extend([Event::UsageApplied(application), Event::LineRegistered(registration)]);
    Ok(events)
}

/// Takes a new number of terminals, never fewer than have a certificate.
///
/// # Errors
/// [`Turned::Mistakes`]; [`Turned::Conflict`] if use has ended.
pub fn change_terminals(filed: &Filed, terminals: i64, now: Timestamp) -> Result<Event, Turned> {
    running(filed, now)?;
    let mut mistakes = Vec::new();
    let Some(terminals) = count("terminals", terminals, &mut mistakes) else { return Err(mistakes.into()) };
    if usize::from(terminals) < filed.terminals().len() {
        return Err(conflict(
            "証明書のある端末の台数より少なくできません",
            "there are more terminals with a certificate than that",
        ));
    }
    Ok(Event::UsageApplied(Application { terminals, ..filed.application.clone() }))
}

/// Ends use: the line is given up at once.
///
/// # Errors
/// [`Turned::Conflict`] if it has ended already.
pub fn cancel(world: &World, filed: &Filed, now: Timestamp) -> Result<Vec<Event>, Turned> {
    running(filed, now)?;
    let application = &filed.application;
    let mut events = vec![Event::UsageCancelled { application: application.number, at: now }];
    if let Some(registration) = world.registry.line(&application.line) {
        let mut registration = (*registration).clone();
        registration.turn(LineState::Cancelled, now);
        events.push(Event::LineRegistered(registration));
    }
    Ok(events)
}

/// The user id of an institution's first account of a role.
#[must_use]
pub fn account_id(institution: &InstitutionCode, role: Role) -> String {
    format!("{institution}-{}", role_name(role))
}

fn running(filed: &Filed, now: Timestamp) -> Result<(), Turned> {
    if filed.cancelled.is_some_and(|end| end <= now) {
        return Err(conflict("利用は終了しています", "use has ended"));
    }
    Ok(())
}

/// Whether nobody else is registered for the line, nor the same institution by another application.
fn free(world: &World, application: &Application, now: Timestamp) -> Result<(), Turned> {
    let Some(known) = world.registry.line(&application.line) else { return Ok(()) };
    if known.state_at(now) == Some(LineState::Cancelled) {
        return Ok(());
    }
    Err(if known.institution == application.institution {
        conflict("この回線は申請済みです", "this line has been applied for before")
    } else {
        conflict("この回線は別の医療機関が申請しています", "another institution has applied for this line")
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use messages::dialect::Dialect;

    use super::*;

    #[test]
    fn a_world_takes_so_many_accounts_and_no_more() {
        let world = World::new("full", "1319999916".parse().unwrap(), Arc::new(Dialect::built_in()));
        let form = AccountForm {
            institution: "1319999924".to_owned(),
            institution_name: "申請診療所".to_owned(),
            mail: "office@clinic.example".to_owned(),
        };
        for number in 1..=MOST_ACCOUNTS {
            let (account, events) = register(&world, &form, Timestamp::UNIX_EPOCH).unwrap();
            assert_eq!(account.id, format!("p{number}"));
            events.into_iter().for_each(|event| world.record(event).unwrap());
        }
        let one_more = register(&world, &form, Timestamp::UNIX_EPOCH);
        assert!(matches!(one_more, Err(Turned::Conflict(_))), "{one_more:?}");
    }
}
