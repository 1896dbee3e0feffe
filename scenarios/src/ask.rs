//! The request that shows a card.

use jiff::civil::Date;
use messages::Given;
use messages::oqs::quc::{Request, RequestBody, RequestHeader, SearchInfo};
use messages::value::{Day, FileIdentifier, InstitutionCode, LimitConsent, Value};

use crate::pack::Card;
use crate::raw::Instead;

/// Who asks, and when.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The asking institution.
    pub institution: InstitutionCode,
    /// Today, in Japan.
    pub today: Date,
    /// Identifier of the file, to come back in the answer.
    pub file_identifier: Option<FileIdentifier>,
}

impl Card {
    /// The request (OQSsiquc01) whose answer is what the card shows.
    #[must_use]
    pub fn request(&self, asked: &Asked) -> Request {
        let changes = &self.ask.changes;
        let coverage = self.person.coverages.get(self.ask.coverage);
        let insurance = coverage.and_then(|c| c.insurance());
        let search = SearchInfo {
            insurer: given(changes.insurer.as_ref(), coverage.map(|c| c.insurer.clone())),
            symbol: given(changes.symbol.as_ref(), insurance.and_then(|i| i.symbol.clone())),
            number: given(changes.number.as_ref(), coverage.map(|c| c.number.clone())),
            branch: given(changes.branch.as_ref(), insurance.and_then(|i| i.branch.clone())),
            born: given(changes.born.as_ref(), Some(Day(self.person.born.on(asked.today)))),
            limit_consent: Given::Good(changes.limit_consent.unwrap_or(LimitConsent::No)),
            ..SearchInfo::default()
        };
        let date = changes.date.map_or(asked.today, |rule| rule.on(asked.today));
        Request {
            header: RequestHeader {
                date: Given::Good(Day(date)),
                institution: Given::Good(asked.institution.clone()),
                file_identifier: asked.file_identifier.clone().into(),
            },
            body: RequestBody { search: Some(search) },
        }
    }
}

/// The card's own value, or what is asked instead: as it would be read from a request, so that a text which breaks
/// the rules stays as it is.
fn given<V: Value>(instead: Option<&Instead>, own: Option<V>) -> Given<V> {
    match instead {
        None => own.into(),
        Some(Instead::Nothing) => Given::Missing,
        Some(Instead::Text(text)) => V::read(text).map_or_else(|_| Given::Odd(text.clone()), Given::Good),
    }
}
