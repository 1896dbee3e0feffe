//! What a service hands back: the answer, why, and what changes because of it.

use std::sync::Arc;

use messages::Given;
use messages::dialect::Coded;
use messages::oqs::header::{AcceptanceHeader, BulkResultHeader, PlainResultHeader};
use messages::oqs::quc::OutcomeHeader;
use messages::value::{CharacterCode, ResultCode, ResultMessage, Segment, ViewingResult};
use messages::{tkk, yzk};
use scenarios::Card;

use crate::reason::Reason;
use crate::world::Event;

/// An answer, and what comes with it.
#[derive(Debug, Clone)]
pub struct Served<A> {
    /// The answer.
    pub answer: A,
    /// The card that was meant, if one was.
    pub card: Option<Arc<Card>>,
    /// The decisions.
    pub reasons: Vec<Reason>,
    /// What changes in the world, before the answer leaves.
    pub events: Vec<Event>,
    /// How the answer travels.
    pub form: Form,
}

/// How an answer travels.
#[derive(Debug, Clone, Default)]
pub enum Form {
    /// As the message.
    #[default]
    Message,
    /// As a ZIP that holds the message as a file of this name.
    Archive(String),
    /// As a PDF, which says the same as the message.
    Document(Box<documents::Document>),
}

impl<A> Served<A> {
    /// An answer that changes nothing.
    #[must_use]
    pub fn plain(answer: A, reasons: Vec<Reason>) -> Self {
        Self { answer, card: None, reasons, events: Vec::new(), form: Form::Message }
    }
}

/// The header of a result, as far as every message has the same.
pub trait ResultHeader {
    /// Where the encoding is reported.
    fn character_code(&mut self) -> &mut Given<CharacterCode>;

    /// Marks the whole message as failed.
    fn fail(&mut self, coded: &Coded);

    /// The code with which the whole message failed.
    fn code(&self) -> Option<&ResultCode>;

    /// Marks the whole message as still being worked on, where there is such a thing.
    fn wait(&mut self);
}

macro_rules! segment_headers {
    ($($header:ty),*) => {$(
        impl ResultHeader for $header {
            fn character_code(&mut self) -> &mut Given<CharacterCode> {
                &mut self.character_code
            }

            fn fail(&mut self, coded: &Coded) {
                self.segment = Given::Good(Segment::Abnormal);
                (self.error_code, self.error_message) = given(coded);
            }

            fn code(&self) -> Option<&ResultCode> {
                self.error_code.good()
            }

            fn wait(&mut self) {
                self.segment = Given::Good(Segment::Processing);
            }
        }
    )*};
}

segment_headers!(OutcomeHeader, PlainResultHeader, AcceptanceHeader, BulkResultHeader);

macro_rules! viewing_headers {
    ($($header:ty),*) => {$(
        impl ResultHeader for $header {
            fn character_code(&mut self) -> &mut Given<CharacterCode> {
                &mut self.character_code
            }

            fn fail(&mut self, coded: &Coded) {
                self.result = Given::Good(ViewingResult::Abnormal);
                (self.message_id, self.message) = given(coded);
            }

            fn code(&self) -> Option<&ResultCode> {
                self.message_id.good()
            }

            fn wait(&mut self) {}
        }
    )*};
}

viewing_headers!(yzk::OutcomeHeader, tkk::OutcomeHeader);

/// A code and its text, ready for an answer.
#[must_use]
pub fn given(coded: &Coded) -> (Given<ResultCode>, Given<ResultMessage>) {
    (Given::Good(coded.code.clone()), Given::Good(coded.message.clone()))
}
