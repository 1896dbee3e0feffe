//! What drugs and check-ups have in common: who is meant, and whether the asker may look.

use std::sync::Arc;

use messages::Given;
use messages::dialect::{Coded, Row};
use messages::value::Value;
use messages::viewing::ViewingHeader;
use scenarios::Match;

use super::Context;
use super::identify::{Found, Written};
use crate::reason::{Barred, Reason};
use crate::world::{Mode, Object, PersonId};

/// The codes of one family of messages.
#[derive(Clone, Copy)]
pub(super) struct Codes<'a> {
    pub(super) institution: &'a Row<Coded>,
    pub(super) role: &'a Row<Coded>,
    pub(super) person: &'a Row<Coded>,
    pub(super) item: &'a Row<Coded>,
    pub(super) consent: &'a Row<Coded>,
}

/// Why nothing is shown.
pub(super) enum Refused<'a> {
    /// The whole message fails: ResultCode 9.
    Failed(&'a Coded),
    /// The request cannot be answered: ResultCode 2.
    Error(&'a Coded),
}

/// The person whose data may be shown.
pub(super) fn viewed<'a>(
    context: Context<'a>,
    header: &'a ViewingHeader,
    object: Object,
    codes: Codes<'a>,
    reasons: &mut Vec<Reason>,
) -> Result<Match<'a>, Refused<'a>> {
    if let Some(barred) = context.barred(&header.institution) {
        reasons.push(Reason::Barred(barred));
        let row = match barred {
            Barred::OtherInstitution => codes.institution,
            Barred::Role(_) => codes.role,
        };
        return Err(Refused::Failed(&row.value));
    }
    let ViewingHeader { insurer, symbol, number, branch, .. } = header;
    let written = Written { insurer, symbol, number, branch, born: None };
    let numbers = written.check(context.dialect()).map_err(|odd| {
        reasons.push(Reason::Item { element: odd.element, code: codes.item.value.code.clone() });
        Refused::Error(&codes.item.value)
    })?;
    let found = match numbers.find(context.people, context.today(), context.today(), reasons) {
        Found::One(found) => found,
        Found::Nobody => return Err(Refused::Error(&codes.person.value)),
        // Somebody who can't be told apart has consented to nothing.
        Found::Several(_) => {
            reasons.push(Reason::NoConsent);
            return Err(Refused::Error(&codes.consent.value));
        }
    };
    if may_see(context, found, object) {
        if context.world.is_on(Mode::Disaster) {
            reasons.push(Reason::Disaster);
        }
        Ok(found)
    } else {
        reasons.push(Reason::NoConsent);
        Err(Refused::Error(&codes.consent.value))
    }
}

/// Whether a consent to an object holds, or disaster mode does without.
pub(super) fn may_see(context: Context<'_>, found: Match<'_>, object: Object) -> bool {
    let person = PersonId::of(found.card);
    context.world.is_on(Mode::Disaster)
        || context.world.consents.holds(&person, context.asker, object, context.now)
}

/// The card of a match, for the journal.
pub(super) fn card(found: Match<'_>) -> Option<Arc<scenarios::Card>> {
    Some(Arc::clone(found.card))
}

/// A text of a history as a value of the wire; what would not fit is left out.
pub(super) fn value<V: Value>(text: &str) -> Given<V> {
    V::read(text).ok().into()
}

/// Age in full years.
pub(super) fn age(context: Context<'_>, found: Match<'_>) -> Given<messages::value::Age> {
    value(&found.person().age_on(context.today()).max(0).to_string())
}
