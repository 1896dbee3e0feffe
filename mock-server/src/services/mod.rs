//! What the service answers: one module per message family, each a pure function of the world and the request.

pub mod bulk;
pub mod checkup;
pub mod identify;
pub mod medical;
pub mod qualification;
pub mod reader;
pub mod reference;
pub mod served;
mod viewing;
pub mod visit;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use messages::Given;
use messages::dialect::{Coded, Dialect, Role};
use messages::id::MessageId;
use messages::oqs::header::{PlainHeader, PlainResultHeader};
use messages::value::{CharacterCode, InstitutionCode, Moment, ReferenceNumber, Segment, TreatmentFlag};
use scenarios::{Card, People};

use crate::clock::in_japan;
use crate::reason::{Barred, Reason};
use crate::world::{Consent, PersonId, World};

/// Everything that an answer depends on besides the request.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The world.
    pub world: &'a World,
    /// Everybody in it.
    pub people: &'a People,
    /// The institution that asks: the one of the terminal's certificate.
    pub asker: &'a InstitutionCode,
    /// The account that asks.
    pub role: Role,
    /// The message that is asked.
    pub message: MessageId,
    /// The world's time.
    pub now: Timestamp,
}

impl<'a> Context<'a> {
    /// The world's time as the wire writes it.
    #[must_use]
    pub fn japan(&self) -> DateTime {
        in_japan(self.now)
    }

    /// Today, in Japan.
    #[must_use]
    pub fn today(&self) -> Date {
        self.japan().date()
    }

    /// The rules.
    #[must_use]
    pub fn dialect(&self) -> &'a Dialect {
        self.world.dialect()
    }

    /// What the holder of a card answered to the asker for a kind of care.
    #[must_use]
    pub fn consents(&self, card: &Card, treatment: TreatmentFlag) -> Vec<Consent> {
        let mut consents = self.world.consents.of(&PersonId::of(card), self.asker);
        consents.retain(|consent| consent.treatment == treatment);
        consents
    }

    /// Why the asker gets nothing at all: the institution code of the request isn't the certificate's, or the account
    /// may not send the message.
    #[must_use]
    pub fn barred(&self, written: &Given<InstitutionCode>) -> Option<Barred> {
        if written.good() != Some(self.asker) {
            Some(Barred::OtherInstitution)
        } else if !self.dialect().accounts.roles.value.may_fetch(self.role, self.message) {
            Some(Barred::Role(self.role))
        } else {
            None
        }
    }

    /// The same with the code that OQS messages answer.
    #[must_use]
    pub fn barred_with_code(&self, written: &Given<InstitutionCode>) -> Option<(Reason, &'a Coded)> {
        let codes = &self.dialect().codes;
        self.barred(written).map(|barred| {
            let row = match barred {
                Barred::OtherInstitution => &codes.institution,
                Barred::Role(_) => &codes.role,
            };
            (Reason::Barred(barred), &row.value)
        })
    }

    /// The header of a normal result of one of the messages without a day of confirmation.
    #[must_use]
    pub fn plain_header(&self, request: &PlainHeader) -> PlainResultHeader {
        PlainResultHeader {
            executed: Given::Good(Moment(self.japan())),
            institution: request.institution.clone(),
            file_identifier: request.file_identifier.clone(),
            segment: Given::Good(Segment::Normal),
            error_code: Given::Missing,
            error_message: Given::Missing,
            character_code: Given::Good(CharacterCode::Utf8),
        }
    }

    /// The number by which the asker knows the holder of a card.
    #[must_use]
    pub fn reference(&self, card: &Card) -> Option<ReferenceNumber> {
        self.world.references.of(&PersonId::of(card), self.asker)
    }
}
