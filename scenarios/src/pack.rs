//! A pack as it is meant.

use std::collections::BTreeSet;

use jiff::civil::Date;
use messages::value::*;

pub use crate::raw::{Expectation, Title};

use crate::date_rule::DateRule;
use crate::error::{PackError, Problem, nearest};
use crate::history::History;
use crate::script::{Institution, NamedCard, Rule, Then};
use crate::{lower, raw, read};

/// A set of test cards.
#[derive(Debug, Clone)]
pub struct Pack {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub about: Title,
    /// Its cards, in the order of the file.
    pub cards: Vec<Card>,
    /// Institutions that take part.
    pub institutions: Vec<Institution>,
    /// What may happen instead of plain answers: scripts, then faults, then habits, each in the order of the file.
    pub rules: Vec<Rule>,
    /// The cards that the rules name.
    pub named_cards: Vec<NamedCard>,
}

impl Pack {
    /// Reads a pack. `file` is only used in errors.
    ///
    /// # Errors
    /// [`PackError`] with file, line and column of everything that is wrong.
    pub fn read(file: &str, text: &str) -> Result<Self, PackError> {
        let raw = read::raw(file, text)?;
        lower::pack(file, raw)
    }

    /// Rules that name a card which neither this pack nor `known` has.
    ///
    /// # Errors
    /// [`PackError`] with each of them.
    pub fn check_cards<'k>(
        &'k self,
        file: &str,
        known: impl Iterator<Item = &'k str>,
    ) -> Result<(), PackError> {
        if self.named_cards.is_empty() {
            return Ok(());
        }
        let keys: BTreeSet<_> = known.chain(self.cards.iter().map(|card| card.key.as_str())).collect();
        let all: Vec<_> = keys.iter().copied().collect();
        let missing = self.named_cards.iter().filter(|named| !keys.contains(named.key.as_str()));
        let problems: Vec<_> = missing
            .map(|NamedCard { key, line, column }| {
                let nearest = nearest(key, &all).map(|known| format!("; did you mean `{known}`?"));
                let nearest = nearest.unwrap_or_default();
                let text = format!("there is no card `{key}`{nearest}");
                Problem { file: file.to_owned(), line: *line, column: *column, text, label: "S119" }
            })
            .collect();
        if problems.is_empty() { Ok(()) } else { Err(PackError { problems }) }
    }
}

/// A patient with a known number and a known outcome.
#[derive(Debug, Clone)]
pub struct Card {
    /// Its key, for example `employee-valid`.
    pub key: String,
    /// What it shows.
    pub title: Title,
    /// Who holds it.
    pub person: Person,
    /// Whether nobody has these numbers: the card only says what to ask.
    pub nobody: bool,
    /// What to ask.
    pub ask: Ask,
    /// What the answer shows.
    pub expect: Expectation,
    /// What to do instead of a plain answer.
    pub then: Then,
}

/// Somebody with qualifications.
#[derive(Debug, Clone)]
pub struct Person {
    /// Name.
    pub name: PersonName,
    /// Reading.
    pub kana: PersonKana,
    /// Another name.
    pub other_name: Option<PersonName>,
    /// Its reading.
    pub other_kana: Option<PersonKana>,
    /// Sex as printed.
    pub sex: Sex,
    /// Sex that the card leaves out.
    pub sex2: Option<Sex>,
    /// Date of birth.
    pub born: DateRule,
    /// Postal code.
    pub post: Option<PostNumber>,
    /// Address.
    pub address: Option<Address>,
    /// Last day of the My Number card's certificate, where it matters.
    pub card_expires: Option<DateRule>,
    /// Qualifications: insurances in the order of the pack, then medical aid.
    pub coverages: Vec<Coverage>,
    /// What visits and check-ups follow from.
    pub history: History,
}

/// A qualification: insurance or medical aid.
#[derive(Debug, Clone)]
pub struct Coverage {
    /// Insurer or public payer, padded as answers write it.
    pub insurer: InsurerNumber,
    /// Name of the insurer or welfare office.
    pub insurer_name: OrganizationName,
    /// Number of the card, or of the person on aid.
    pub number: CardNumber,
    /// First day.
    pub from: DateRule,
    /// First day without it.
    pub lost: Option<DateRule>,
    /// What only insurance or only aid has.
    pub kind: CoverageKind,
}

/// What only one kind of qualification has.
#[derive(Debug, Clone)]
pub enum CoverageKind {
    /// Medical insurance.
    Insurance(Box<Insurance>),
    /// Medical aid.
    Aid(MedicalAid),
}

/// What only insurance has.
#[derive(Debug, Clone)]
pub struct Insurance {
    /// Kind of card, where the pack says.
    pub class: Option<CardClassification>,
    /// Symbol.
    pub symbol: Option<CardSymbol>,
    /// Branch number.
    pub branch: Option<BranchNumber>,
    /// Insured person or family.
    pub relation: Option<PersonalFamily>,
    /// Name of the insured person or head of the household.
    pub insured_name: PersonName,
    /// Why it was lost.
    pub reason_of_loss: Option<ReasonOfLoss>,
    /// Day of issue of the card.
    pub issued: DateRule,
    /// First day of the card.
    pub card_from: DateRule,
    /// Last day of the card.
    pub card_to: Option<DateRule>,
    /// Share of the cost.
    pub ratio: Option<ContributionRatio>,
    /// Pre-school child.
    pub preschool: bool,
    /// Certificate of an elderly recipient.
    pub elderly: Option<ElderlyRule>,
    /// Limit certificate.
    pub limit: Option<LimitRule>,
    /// Certificates of specific diseases.
    pub diseases: Vec<DiseaseRule>,
}

/// What only medical aid has.
#[derive(Debug, Clone)]
pub struct MedicalAid {
    /// Tickets.
    pub tickets: Vec<TicketRule>,
}

pub use crate::raw::{
    Disease as DiseaseRule, Elderly as ElderlyRule, Limit as LimitRule, Ticket as TicketRule,
};

/// What to ask to see a card.
#[derive(Debug, Clone)]
pub struct Ask {
    /// What differs from the card's own data.
    pub changes: raw::Ask,
    /// Index of the coverage that is asked for.
    pub coverage: usize,
}

impl Person {
    /// Age in full years on a day.
    #[must_use]
    pub fn age_on(&self, day: Date) -> i16 {
        let born = self.born.on(day);
        let had_birthday = (day.month(), day.day()) >= (born.month(), born.day());
        day.year() - born.year() - i16::from(!had_birthday)
    }
}

impl Coverage {
    /// The part that only insurance has.
    #[must_use]
    pub fn insurance(&self) -> Option<&Insurance> {
        match &self.kind {
            CoverageKind::Insurance(insurance) => Some(insurance),
            CoverageKind::Aid(_) => None,
        }
    }

    /// The part that only medical aid has.
    #[must_use]
    pub fn aid(&self) -> Option<&MedicalAid> {
        match &self.kind {
            CoverageKind::Insurance(_) => None,
            CoverageKind::Aid(aid) => Some(aid),
        }
    }
}
