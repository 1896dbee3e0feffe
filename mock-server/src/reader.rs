//! A visit at a terminal's card reader from its beginning to what it changes: played over the admin API, by the console,
//! or at the terminal itself.

use messages::channel::Folder;
use messages::dialect::Role;
use messages::id::MessageId;
use messages::refusal::Bilingual;
use messages::value::{CharacterCode, InstitutionCode};
use messages::{Given, charset};
use openssl::base64;
use openssl::rand::rand_bytes;
use serde::Serialize;
use utoipa::ToSchema;

use crate::clock::{in_japan, system_now};
use crate::ledger::LedgerError;
use crate::schema;
use crate::services::Context;
use crate::services::reader::{self, Failure, Played, Tokens, Visit};
use crate::world::{Delivery, Event, PersonId, World};

/// What came of a visit.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
#[schema(as = VisitOutcome)]
pub enum Outcome {
    /// The patient was identified.
    Identified {
        /// Name of the face file, if one is written.
        face: Option<String>,
        /// The decisions in order.
        #[schema(value_type = Vec<schema::Bilingual>)]
        reasons: Vec<Bilingual>,
    },
    /// The patient was not identified.
    Failed {
        /// Why.
        failure: Failure,
        /// What the reader's screen says.
        #[schema(value_type = schema::Bilingual)]
        screen: Bilingual,
    },
}

/// Why a visit can't be played.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VisitError {
    /// The world has no such terminal.
    #[error(
        "there is no terminal {terminal:?}; a terminal has a certificate, and is named as in it: {home}-01 (more: `onshi-mock certificate issue`)"
    )]
    NoTerminal {
        /// The name that was given.
        terminal: String,
        /// The world's first institution.
        home: InstitutionCode,
    },
    /// The world has no such card.
    #[error("there is no test card {0:?}")]
    NoCard(String),
    /// The system has no random numbers.
    #[error("no random numbers")]
    NoRandomNumbers,
    /// It can't be recorded.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

/// Plays a visit at a terminal, which is named as in its certificate: `<code>-<number>`. Records what the patient
/// answered, and queues the face file for the terminal.
///
/// # Errors
/// [`VisitError`] if there is no such terminal or card, or nothing can be recorded.
pub fn play(world: &World, terminal: &str, visit: &Visit) -> Result<Outcome, VisitError> {
    let asker = institution_of(world, terminal)?;
    let people = world.people();
    let card = people.card(&visit.card).ok_or_else(|| VisitError::NoCard(visit.card.clone()))?;
    let context = Context {
        world,
        people: &people,
        asker: &asker,
        role: Role::Face,
        message: MessageId::OqsSiQuc01,
        now: world.clock.now(),
    };
    let (token, tokens) = tokens().ok_or(VisitError::NoRandomNumbers)?;
    let played = match reader::play(context, card, visit, &tokens) {
        Ok(played) => played,
        Err(failure) => {
            return Ok(Outcome::Failed { failure, screen: failure.text() });
        }
    };
    let person = PersonId::of(card);
    let name =
        format!("OQSsiquc01res_face_{asker}{token}_{}.xml", in_japan(context.now).strftime("%Y%m%d%H%M%S"));
    let file = keep(world, terminal, &asker, person, &played, name)?;
    let reasons = played.reasons.iter().map(crate::reason::Reason::text).collect();
    Ok(Outcome::Identified { face: file, reasons })
}

/// Records the answers and queues the face file; returns its name.
fn keep(
    world: &World,
    terminal: &str,
    institution: &InstitutionCode,
    person: PersonId,
    played: &Played,
    name: String,
) -> Result<Option<String>, LedgerError> {
    if !played.consents.is_empty() {
        let consents = played.consents.clone();
        world.record(Event::ConsentsAnswered { person, institution: institution.clone(), consents })?;
    }
    let Some(mut face) = played.face.clone() else { return Ok(None) };
    let style = world.dialect().style();
    face.header.character_code = Given::Good(match style.encoding {
        charset::Encoding::Utf8 => CharacterCode::Utf8,
        charset::Encoding::ShiftJis => CharacterCode::ShiftJis,
    });
    let bytes = messages::encode(&face, style).bytes;
    let text = charset::decode(&bytes).map(|decoded| decoded.text.into_owned()).unwrap_or_default();
    // Terminals remember the last number they placed, whatever the world's clock does: numbers follow the real time.
    let number = world.deliveries.next_number(terminal, system_now());
    let delivery = Delivery {
        terminal: terminal.into(),
        number,
        folder: Folder::Face,
        name: name.clone(),
        text: text.into(),
    };
    world.record(Event::DeliveryQueued(delivery))?;
    Ok(Some(name))
}

/// The institution of a terminal, named as in its certificate: `<code>-<number>`. Where no certificate was issued there is
/// no terminal: its face file would wait for nobody.
fn institution_of(world: &World, terminal: &str) -> Result<InstitutionCode, VisitError> {
    let named = terminal.rsplit_once('-').filter(|_| world.registry.has_terminal(terminal));
    let code = named.and_then(|(code, _)| code.parse().ok());
    code.filter(|code| world.registry.institution(code).is_some())
        .ok_or_else(|| VisitError::NoTerminal { terminal: terminal.to_owned(), home: world.home.clone() })
}

/// Ten random bytes as hex for the name, and the tokens inside the file.
fn tokens() -> Option<(String, Tokens)> {
    let mut random = [0; 54];
    rand_bytes(&mut random).ok()?;
    let (name, rest) = random.split_at(10);
    let (identifier, key) = rest.split_at(12);
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let tokens =
        Tokens { identifier: base64::encode_block(identifier).parse().ok()?, key: hex(key).parse().ok()? };
    Some((hex(name), tokens))
}
