//! A visit at the card reader (顔認証付きカードリーダー): identification, consents, and the face file that comes of it.
//!
//! Source: terminal.md 7.1, messages.md 1.3, elements.md 1.4.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::{SignedDuration, ToSpan};
use messages::Given;
use messages::dialect::VisitLife;
use messages::oqs::quc::{Outcome, OutcomeBody, OutcomeHeader};
use messages::refusal::Bilingual;
use messages::value::{
    CharacterCode, ConfirmationKey, Day, FileIdentifier, Moment, PrescriptionIssue, ReferenceClassification,
    Segment, Status, TreatmentFlag, Validity,
};
use scenarios::{Card, Coverage, Match};
use serde::{Deserialize, Serialize};

use super::Context;
use super::qualification::{Period, Shown, Standing, has_newer, has_ticket};
use crate::reason::Reason;
use crate::world::{Consent, Object};

/// How a patient is identified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Identification {
    /// By the face (顔認証).
    #[default]
    Face,
    /// By the four-digit PIN (暗証番号).
    Pin,
    /// By the staff's eyes (目視).
    Sight,
}

/// What can go wrong at the reader before anything is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Failure {
    /// The card is not recognised (reader message 001).
    CardNotRecognised,
    /// It is no My Number card (reader message 002).
    NotAMyNumberCard,
    /// The PIN is locked after wrong entries.
    PinLocked,
    /// The card's certificate has ended.
    CardExpired,
    /// The face does not match.
    FaceNotRecognised,
    /// The card is not registered for use as an insurance card.
    NotRegistered,
}

impl Failure {
    /// What the reader's screen says.
    #[must_use]
    pub fn text(self) -> Bilingual {
        match self {
            Self::CardNotRecognised => Bilingual::fixed(
                "001 マイナンバーカードを認識できません。カードを置き直すか、窓口にお声がけください。",
                "001 the My Number card is not recognised; place it again or ask at the desk",
            ),
            Self::NotAMyNumberCard => Bilingual::fixed(
                "002 マイナンバーカード以外のカードです。カードを確認してください。",
                "002 this is no My Number card; check the card",
            ),
            Self::PinLocked => Bilingual::fixed(
                "暗証番号がロックされています。窓口にお声がけください。",
                "the PIN is locked; ask at the desk",
            ),
            Self::CardExpired => Bilingual::fixed(
                "マイナンバーカードの電子証明書の有効期限が切れています。",
                "the certificate of the My Number card has expired",
            ),
            Self::FaceNotRecognised => Bilingual::fixed(
                "顔認証ができません。暗証番号または目視で本人確認してください。",
                "the face does not match; use the PIN or sight",
            ),
            Self::NotRegistered => Bilingual::fixed(
                "健康保険証としての利用登録がされていません。",
                "the card is not registered for use as an insurance card",
            ),
        }
    }
}

/// A visit as it is played.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Visit {
    /// Key of the test card.
    pub card: String,
    /// How the patient is identified.
    #[serde(default)]
    pub identification: Identification,
    /// Answers to the consent questions; an object that isn't named is not asked about.
    #[serde(default)]
    #[schema(value_type = BTreeMap<String, bool>)]
    pub consents: BTreeMap<Object, bool>,
    /// The form of prescription that is chosen.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub prescription: Option<PrescriptionIssue>,
    /// The kind of care: `1` outpatient, `2` home visit, `3` online, `4` emergency (OQSCD028, codes.md 1). Only `1`
    /// writes a face file.
    #[serde(default = "outpatient")]
    #[schema(value_type = String, pattern = "^[1234]$")]
    pub treatment: TreatmentFlag,
    /// What goes wrong instead.
    #[serde(default)]
    pub failure: Option<Failure>,
}

fn outpatient() -> TreatmentFlag {
    TreatmentFlag::Outpatient
}

/// Tokens of a face file, drawn by the caller.
#[derive(Debug, Clone)]
pub struct Tokens {
    /// `ArbitraryFileIdentifier`: 16 characters.
    pub identifier: FileIdentifier,
    /// `QualificationConfirmationKey`: 64 characters.
    pub key: ConfirmationKey,
}

/// What comes of a visit.
#[derive(Debug, Clone)]
pub struct Played {
    /// The answers, as they are kept.
    pub consents: Vec<Consent>,
    /// The content of the face file; absent for other care than that of outpatients, which has none.
    pub face: Option<Outcome>,
    /// The decisions.
    pub reasons: Vec<Reason>,
}

/// Plays a visit of a card's holder.
///
/// # Errors
/// [`Failure`] if the reader stops before it asks: the one that was wished for, or an expired card.
pub fn play(
    context: Context<'_>,
    card: &Arc<Card>,
    visit: &Visit,
    tokens: &Tokens,
) -> Result<Played, Failure> {
    if let Some(failure) = visit.failure {
        return Err(failure);
    }
    let today = context.today();
    let expires = card.person.card_expires.map(|rule| rule.on(today));
    if expires.is_some_and(|last| last < today) {
        return Err(Failure::CardExpired);
    }
    let consents = answers(context, visit);
    let mut reasons = vec![Reason::Matched(Arc::clone(card))];
    let mut face = None;
    if visit.treatment == TreatmentFlag::Outpatient {
        let mut outcome = face_file(context, card, &consents, tokens, &mut reasons);
        outcome.body.prescription = visit.prescription.into();
        if expires.is_some_and(|last| last <= today.saturating_add(3.months())) {
            let coded = &context.dialect().codes.card_expires.value;
            outcome.body.code = Given::Good(coded.code.clone());
            outcome.body.message = Given::Good(coded.message.clone());
        }
        face = Some(outcome);
    }
    Ok(Played { consents, face, reasons })
}

/// The answers with their times: a day for a visit, longer for home visits and online care.
fn answers(context: Context<'_>, visit: &Visit) -> Vec<Consent> {
    let rules = &context.dialect().consents;
    let hours = match (visit.treatment, rules.visit_life.value) {
        (TreatmentFlag::Outpatient | TreatmentFlag::Emergency, _) => Some(rules.life_hours.value),
        (TreatmentFlag::HomeVisit | TreatmentFlag::Online, VisitLife::Days(days)) => Some(days * 24),
        (TreatmentFlag::HomeVisit | TreatmentFlag::Online, VisitLife::UntilCancelled) => None,
    };
    let until =
        hours.and_then(|hours| context.now.checked_add(SignedDuration::from_hours(hours.into())).ok());
    let answer = |(object, given): (&Object, &bool)| Consent {
        object: *object,
        given: *given,
        treatment: visit.treatment,
        at: context.now,
        until,
        cancelled: None,
    };
    visit.consents.iter().map(answer).collect()
}

fn face_file(
    context: Context<'_>,
    card: &Arc<Card>,
    consents: &[Consent],
    tokens: &Tokens,
    reasons: &mut Vec<Reason>,
) -> Outcome {
    let today = context.today();
    let (validity, coverages) = coverages(context, card);
    let shown = Shown::answered(context, today, consents);
    let mut results: Vec<_> = coverages
        .into_iter()
        .map(|coverage| shown.qualification(Match { card, coverage }, reasons))
        .collect();
    if context.dialect().answers.confirmation_key.value {
        for result in &mut results {
            result.key = Given::Good(tokens.key.clone());
        }
    }
    Outcome {
        header: OutcomeHeader {
            executed: Given::Good(Moment(context.japan())),
            date: Given::Good(Day(today)),
            institution: Given::Good(context.asker.clone()),
            file_identifier: Given::Good(tokens.identifier.clone()),
            reference: Given::Good(ReferenceClassification::Card),
            segment: Given::Good(Segment::Normal),
            error_code: Given::Missing,
            error_message: Given::Missing,
            character_code: Given::Good(CharacterCode::Utf8),
        },
        body: OutcomeBody {
            status: Given::Good(Status::Normal),
            validity: Given::Good(validity),
            results,
            ..OutcomeBody::default()
        },
    }
}

/// What holds today: the insurance first, then medical aid; without any, the one that was lost last.
pub(super) fn coverages<'a>(context: Context<'_>, card: &'a Arc<Card>) -> (Validity, Vec<&'a Coverage>) {
    let today = context.today();
    let rules = &context.dialect().search;
    let all = &card.person.coverages;
    let holds = |coverage: &&Coverage| Period::of(coverage, today, rules).standing(today) == Standing::Inside;
    let held: Vec<&Coverage> = all.iter().filter(holds).collect();
    if let Some(first) = held.first() {
        let without_ticket = first.aid().is_some_and(|aid| !has_ticket(aid, today, today));
        return (if without_ticket { Validity::ValidWithoutTicket } else { Validity::Valid }, held);
    }
    // One that has not begun is shown only if there is no other.
    let from = |coverage: &&Coverage| Period::of(coverage, today, rules).from;
    match all.iter().max_by_key(|coverage| (from(coverage) <= today, from(coverage))) {
        Some(last) if has_newer(Match { card, coverage: last }, today, today, rules) => {
            (Validity::InvalidWithNewer, vec![last])
        }
        Some(last) => (Validity::Invalid, vec![last]),
        None => (Validity::NotFound, Vec::new()),
    }
}
