//! Worlds that are made while the process runs: in milliseconds, with everything that a client needs.

use std::path::PathBuf;
use std::sync::Arc;

use certs::{Authority, Identity, IssueError, KeyKind, Months, TerminalSubject, Terms};
use jiff::Timestamp;
use messages::value::{InstitutionCode, OrganizationName};
use serde::Deserialize;
use utoipa::ToSchema;

use super::founder::{accounts, certificate, registration};
use crate::clock::system_now;
use crate::ledger::{self, Entry};
use crate::line::{CustomerId, Line};
use crate::papers::crl_url;
use crate::registered::{Institution, Registration};
use crate::script::{Loaded, Scenario, ScenarioError, Source};
use crate::tls::Style;
use crate::world::{
    Event, Foundation, Furniture, FurnitureError, Slot, Start, WorldError, Worlds, check_name,
};

/// Makes worlds.
#[derive(Debug)]
pub struct Creator {
    /// Who issues their certificates.
    pub authority: Arc<Authority>,
    /// Where they live.
    pub worlds: Arc<Worlds>,
    /// What they are furnished with unless they say otherwise.
    pub furniture: Furniture,
    /// Where worlds are kept that shall survive a restart.
    pub folder: Option<PathBuf>,
    /// Their institution unless they say otherwise.
    pub institution: Institution,
    /// The line of the port that all worlds share; it is registered for the institution of each.
    pub line: Line,
    /// That port.
    pub port: u16,
}

/// What a new world shall be. Everything may be left out.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Creation {
    /// Its name; a made-up one if absent.
    pub name: Option<String>,
    /// Code of its institution.
    #[schema(value_type = Option<String>)]
    pub institution: Option<InstitutionCode>,
    /// Name of its institution.
    #[schema(value_type = Option<String>)]
    pub institution_name: Option<OrganizationName>,
    /// When its time begins.
    pub clock: Option<Start>,
    /// Packs beside `standard`.
    #[serde(default)]
    pub packs: Vec<String>,
    /// A scenario of its own, as YAML.
    #[schema(value_type = Option<String>)]
    pub scenario: Option<Arc<str>>,
    /// Rows of the dialect, as YAML.
    #[schema(value_type = Option<String>)]
    pub dialect: Option<Arc<str>>,
    /// Where chance begins; 0 if absent.
    #[serde(default)]
    pub seed: u64,
    /// Kind of the client's key; `p256` if absent.
    #[serde(default)]
    pub client_key: ClientKey,
    /// Opens a port of its own that refuses in this style; the shared port if absent.
    pub style: Option<Style>,
    /// Whether it survives a restart.
    #[serde(default)]
    pub keep: bool,
}

/// Kind of a client's key.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ClientKey {
    /// Elliptic curve P-256: quick.
    #[default]
    P256,
    /// RSA with 2,048 bits, as in the field.
    Rsa2048,
}

/// A new world, and the identity of its first terminal.
#[derive(Debug)]
pub struct Created {
    /// The world.
    pub slot: Arc<Slot>,
    /// The terminal's certificate and key; nobody else has them.
    pub identity: Identity,
}

/// Why there is no new world.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CreationError {
    /// The world itself.
    #[error(transparent)]
    World(#[from] WorldError),
    /// Its certificate.
    #[error(transparent)]
    Issue(#[from] IssueError),
    /// It shall be kept, but nothing is.
    #[error("the data folder cannot be written, so no world can be kept")]
    NotKept,
    /// The system has no random numbers.
    #[error("the system has no random numbers")]
    NoRandomNumbers,
}

impl Creator {
    /// Makes a world. Its certificate names the revocation list at `host`, where the admin port is reached. An RSA key
    /// takes its time, so call it where waiting is allowed.
    ///
    /// # Errors
    /// [`CreationError`] with what is wrong.
    pub fn create(&self, creation: Creation, host: &str) -> Result<Created, CreationError> {
        let (real, folder) = (system_now(), self.folder(creation.keep)?);
        let course = creation.clock.map(|start| start.course(real)).unwrap_or_default();
        let institution = Institution {
            code: creation.institution.unwrap_or_else(|| self.institution.code.clone()),
            name: creation.institution_name.unwrap_or_else(|| self.institution.name.clone()),
        };
        let name = named(creation.name)?;
        let crl = crl_url(host, &name);
        let identity = self.identity(&institution, course.at(real), creation.client_key, &crl)?;
        let mut foundation = Foundation {
            packs: creation.packs,
            dialect: creation.dialect,
            seed: creation.seed,
            clock: creation.clock,
            course,
            with: self.registered(&institution, &identity),
            institution,
        };
        let furniture = self.furniture.of(&foundation).map_err(WorldError::from)?;
        if let Some(text) = creation.scenario {
            let events = scenario(text, course.at(real), &furniture).map_err(FurnitureError::from);
            foundation.with.extend(events.map_err(WorldError::from)?);
        }
        let slot = self.worlds.found(&name, foundation, furniture, folder)?;
        Ok(Created { slot, identity })
    }

    /// Makes a world of an exported ledger, with a new certificate, since the keys of the old ones are elsewhere.
    ///
    /// # Errors
    /// [`CreationError`] with what is wrong.
    pub fn import(
        &self,
        name: Option<String>,
        keep: bool,
        text: &[u8],
        host: &str,
    ) -> Result<Created, CreationError> {
        let folder = self.folder(keep)?;
        let (entries, whole) = ledger::read(text).map_err(WorldError::from)?;
        if whole < text.len() {
            let line = entries.len() + 2;
            let torn = ledger::LineError::Damaged { line, what: "the line does not end".to_owned() };
            return Err(WorldError::from(torn).into());
        }
        let entries: Vec<Arc<Entry<Event>>> = entries.into_iter().map(Arc::new).collect();
        let mut history = ledger::history(&entries);
        let Some(Event::Founded(foundation)) = history.first().map(|entry| &entry.event) else {
            return Err(WorldError::NoFoundation.into());
        };
        let mut foundation = Foundation::clone(foundation);
        let begins = earliest(&foundation, &history, system_now());
        let name = named(name)?;
        let crl = crl_url(host, &name);
        let identity = self.identity(&foundation.institution, begins, ClientKey::P256, &crl)?;
        let code = &foundation.institution.code;
        let registered = [
            Event::CertificateIssued(certificate(code, identity.facts())),
            Event::LineRegistered(registration(&self.line, &foundation.institution)),
        ];
        foundation.with.extend(registered);
        if let Some(first) = history.first_mut() {
            *first = Arc::new(Entry { at: first.at, event: Event::Founded(Arc::new(foundation)) });
        }
        let slot = self.worlds.import(&name, &history, &self.furniture, folder)?;
        Ok(Created { slot, identity })
    }

    fn folder(&self, keep: bool) -> Result<Option<&std::path::Path>, CreationError> {
        if keep { self.folder.as_deref().ok_or(CreationError::NotKept).map(Some) } else { Ok(None) }
    }

    fn identity(
        &self,
        institution: &Institution,
        now: Timestamp,
        key: ClientKey,
        crl: &str,
    ) -> Result<Identity, IssueError> {
        let subject = TerminalSubject {
            institution_code: institution.code.to_string(),
            terminal_number: 1,
            institution_name: institution.name.to_string(),
        };
        let key = match key {
            ClientKey::P256 => KeyKind::P256,
            ClientKey::Rsa2048 => KeyKind::Rsa2048,
        };
        let terms = Terms { now, months: Months::default(), crl: Some(crl) };
        self.authority.issue_terminal_on(&subject, terms, key)
    }

    fn registered(&self, institution: &Institution, identity: &Identity) -> Vec<Event> {
        let mut events = vec![
            Event::InstitutionRegistered(institution.clone()),
            Event::LineRegistered(registration(&self.line, institution)),
            Event::CertificateIssued(certificate(&institution.code, identity.facts())),
        ];
        events.extend(accounts(institution).map(Event::AccountOpened));
        events
    }
}

/// The earliest time that an imported world may show just now or after a reset: its certificate must be valid then.
fn earliest(foundation: &Foundation, history: &[Arc<Entry<Event>>], real: Timestamp) -> Timestamp {
    let set = history.iter().rev().find_map(|entry| {
        if let Event::ClockSet { course, .. } = &entry.event { Some(*course) } else { None }
    });
    let begun = foundation.clock.map_or(real, |start| start.course(real).at(real));
    set.unwrap_or(foundation.course).at(real).min(begun)
}

/// What a world's own scenario brings: its institutions with their lines, and itself.
fn scenario(text: Arc<str>, at: Timestamp, furniture: &Furniture) -> Result<Vec<Event>, ScenarioError> {
    let says = scenarios::Pack::read("scenario", &text)?.name;
    let name = if says.is_empty() { "scenario".into() } else { says.into() };
    let scenario = Scenario::read(Loaded { name, source: Source::Api, at, text }, &furniture.people)?;
    let mut events = Vec::new();
    for institution in &scenario.pack.institutions {
        let (code, name) = (institution.code.clone(), institution.name.clone());
        events.push(Event::InstitutionRegistered(Institution { code: code.clone(), name }));
        // The scenario was checked: every line is a customer ID.
        let lines = institution.lines.iter().filter_map(|line| line.parse::<CustomerId>().ok());
        events.extend(lines.map(|line| Event::LineRegistered(Registration::active(line, code.clone()))));
    }
    events.push(Event::ScenarioLoaded(scenario.loaded));
    Ok(events)
}

/// The name that a world shall have, or one that nobody else has.
fn named(name: Option<String>) -> Result<String, CreationError> {
    let name = name.map_or_else(made_up, Ok)?;
    check_name(&name)?;
    Ok(name)
}

/// A name that nobody else has.
fn made_up() -> Result<String, CreationError> {
    let mut random = [0; 6];
    openssl::rand::rand_bytes(&mut random).map_err(|_| CreationError::NoRandomNumbers)?;
    Ok(random.iter().fold("world-".to_owned(), |name, byte| name + &format!("{byte:02x}")))
}

/// The exported form of a world: its foundation, then all that happened since and counts.
///
/// # Errors
/// [`WorldError`] if its ledger cannot be read.
pub fn exported(slot: &Slot) -> Result<Vec<u8>, WorldError> {
    let history = slot.world().history()?;
    let begins = history.first().is_some_and(|entry| matches!(entry.event, Event::Founded(_)));
    let at = history.first().map_or_else(|| slot.world().clock.now(), |entry| entry.at);
    let foundation =
        (!begins).then(|| Entry { at, event: Event::Founded(Arc::new(slot.foundation().clone())) });
    let counted = |entry: &&Arc<Entry<Event>>| {
        !matches!(entry.event, Event::SnapshotTaken { .. } | Event::WentBack { .. })
    };
    let entries = foundation.iter().chain(history.iter().filter(counted).map(AsRef::as_ref));
    ledger::write(entries)
        .map_err(|error| ledger::LineError::Damaged { line: 0, what: error.to_string() }.into())
}
