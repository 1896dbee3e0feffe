//! Why an exchange went as it did: one value per decision, made on the way of the request.
//!
//! Reasons are values, so that making one costs next to nothing; their texts are made when somebody reads them.

use std::sync::Arc;

use certs::CertificateFacts;
use ipnet::IpNet;
use jiff::Timestamp;
use jiff::civil::Date;
use messages::dialect::Role;
use messages::refusal::Bilingual;
use messages::value::{InstitutionCode, ResultCode, Validity};
use scenarios::Card;
use scenarios::script::RuleKind;

use crate::accept::Ending;
use crate::clock::rfc3339;
use crate::gate::{Admitted, Refused};
use crate::line::{FoundBy, FoundLine, Line};
use crate::registered::{Registration, role_name};
use crate::script::Applied;

/// One decision.
#[derive(Debug, Clone)]
pub enum Reason {
    /// The line was found.
    Line(FoundLine),
    /// The line is registered for the institution.
    LineRegistered(Line, InstitutionCode),
    /// The line has passed line authentication at this address prefix.
    LineAuthenticated(Line, IpNet),
    /// The certificate is accepted until then.
    Certificate {
        /// Its subject.
        subject: Arc<str>,
        /// Its end.
        until: Timestamp,
    },
    /// What was presented as a certificate, where nothing came of it.
    Presented(Arc<CertificateFacts>),
    /// A gate refuses.
    Gate(Refused),
    /// How a connection ended that never became a request, or got no answer.
    Ended(Ending),
    /// The request itself is refused.
    Request(Bilingual),
    /// So many findings in the request.
    Findings(usize),
    /// The asker gets nothing at all.
    Barred(Barred),
    /// An item of the search data is unusable.
    Item {
        /// The element.
        element: &'static str,
        /// The code that is answered.
        code: ResultCode,
    },
    /// One person matches.
    Matched(Arc<Card>),
    /// Several persons match.
    Several(usize),
    /// Nobody has this insurer and number.
    NobodyHasNumber,
    /// Somebody nearly matches.
    NearMiss {
        /// Who.
        card: Arc<Card>,
        /// The elements that differ.
        elements: Vec<&'static str>,
    },
    /// The qualification against the day of confirmation.
    Period {
        /// First day.
        from: Date,
        /// First day after it, or the last day of the card, whichever ends it.
        end: Option<Date>,
        /// The day asked for.
        day: Date,
        /// What comes of it.
        validity: Validity,
    },
    /// Another qualification of the same person is valid on the day.
    NewerElsewhere,
    /// No consent holds that would allow it.
    NoConsent,
    /// Disaster mode lets it through without a consent.
    Disaster,
    /// A bulk job of so many persons was accepted.
    JobAccepted(usize),
    /// The job was accepted before, under the same key of the terminal.
    JobKnown,
    /// It was answered then, under the same key.
    AnsweredBefore(Timestamp),
    /// The job isn't ready before then.
    JobNotReady(Timestamp),
    /// No such job, or its result is no longer kept.
    NoJob,
    /// So many persons of a bulk job were answered, so many of them with an error.
    JobDone(usize, usize),
    /// Medical aid without a ticket for the month.
    NoTicket,
    /// The limit certificate and why it is shown or not.
    Limit(LimitShown),
    /// A script, a fault or a habit applies.
    Simulated(Box<Applied>),
    /// A script waits.
    ScriptDelay(std::time::Duration),
    /// A terminal told what it could not do, and with which file.
    Told(Box<str>, Bilingual),
    /// Characters that became ●.
    Replaced(usize),
}

/// Why an asker gets nothing at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Barred {
    /// The institution code of the request isn't the one of the certificate.
    OtherInstitution,
    /// The account may not send the message.
    Role(Role),
}

/// Why a limit certificate is shown or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LimitShown {
    /// Shown.
    Yes,
    /// The request has no consent.
    NoConsent,
    /// There is none.
    None,
    /// It doesn't cover the day.
    OutsidePeriod,
}

impl Reason {
    /// The decisions that led to an admission.
    #[must_use]
    pub fn of_admission(admitted: &Admitted<'_>) -> Vec<Self> {
        let Registration { line, institution, .. } = admitted.registration;
        let facts = &admitted.certificate.facts;
        vec![
            Self::Line(admitted.line.clone()),
            Self::LineRegistered(line.clone(), institution.clone()),
            Self::Certificate { subject: facts.subject.as_str().into(), until: facts.not_after },
        ]
    }

    /// The field's code with which an unusable item is answered.
    #[must_use]
    pub fn code(&self) -> Option<&ResultCode> {
        if let Self::Item { code, .. } = self { Some(code) } else { None }
    }

    /// The reason in both languages.
    #[must_use]
    pub fn text(&self) -> Bilingual {
        match self {
            Self::Line(found) => line_found(found),
            Self::LineAuthenticated(line, prefix) => both(
                format!("回線認証: 回線 {line} はアドレス {prefix} で成功しました"),
                format!("line authentication: line {line} has passed it at address {prefix}"),
            ),
            Self::Presented(facts) => presented(facts),
            Self::Ended(ending) => ending.text(),
            Self::LineRegistered(id, institution) => both(
                format!("回線認証: 回線 {id} は医療機関 {institution} の登録済み回線です"),
                format!("line authentication: line {id} is registered for institution {institution}"),
            ),
            Self::Certificate { subject, until } => both(
                format!("端末認証: 証明書 {subject} は {} まで有効です", rfc3339(*until)),
                format!("terminal authentication: certificate {subject} is valid until {}", rfc3339(*until)),
            ),
            Self::Gate(refused) => {
                let text = refused.reason();
                both(
                    format!("拒否 [{}]: {}", refused.label(), text.ja),
                    format!("refused [{}]: {}", refused.label(), text.en),
                )
            }
            Self::Request(text) => both(format!("拒否: {}", text.ja), format!("refused: {}", text.en)),
            Self::Findings(count) => both(
                format!("要求に {count} 件の指摘があります"),
                format!("the request has {count} findings"),
            ),
            Self::Barred(Barred::Role(role)) => both(
                format!("アカウント種別 {} はこの電文を利用できません", role_name(*role)),
                format!("accounts of role {} may not send this message", role_name(*role)),
            ),
            Self::Barred(Barred::OtherInstitution) => Bilingual::fixed(
                "医療機関コードが端末の証明書と異なります",
                "MedicalInstitutionCode is not the one of the terminal's certificate",
            ),
            Self::Item { element, code } => {
                both(format!("{element} が使用できないため {code}"), format!("{element} is unusable: {code}"))
            }
            Self::Matched(card) => both(
                format!("患者: テストカード {} に一致", card.key),
                format!("patient: matches test card {}", card.key),
            ),
            Self::Several(count) => both(
                format!("{count} 人に一致（枝番で絞り込めません）"),
                format!("{count} persons match; a branch number would narrow them down"),
            ),
            Self::NobodyHasNumber => Bilingual::fixed(
                "この保険者番号・番号の患者はいません",
                "nobody has this insurer number and number",
            ),
            Self::NearMiss { card, elements } => both(
                format!("最も近いのはテストカード {}: {} が異なります", card.key, elements.join("、")),
                format!("the nearest is test card {}: {} differs", card.key, elements.join(", ")),
            ),
            Self::Period { from, end, day, validity } => {
                let end = end.map_or_else(|| "…".to_owned(), |end| end.to_string());
                both(
                    format!(
                        "資格期間 {from}～{end}、資格確認日 {day}: 資格有効性 {validity} {}",
                        validity.meaning()
                    ),
                    format!("qualification {from} to {end}, asked for {day}: validity {validity}"),
                )
            }
            Self::NewerElsewhere => Bilingual::fixed(
                "同じ患者の新しい資格があります",
                "the same person has a newer qualification",
            ),
            Self::NoConsent => {
                Bilingual::fixed("有効な同意がありません", "no consent holds that would allow it")
            }
            Self::Disaster => Bilingual::fixed(
                "災害時モードのため同意なしで表示します",
                "disaster mode: shown without a consent",
            ),
            Self::JobAccepted(persons) => both(
                format!("一括照会 {persons} 件を受け付けました"),
                format!("a bulk job of {persons} is accepted"),
            ),
            Self::JobKnown => Bilingual::fixed(
                "同じ要求は受付済みです",
                "the same request was accepted before and keeps its reception number",
            ),
            Self::AnsweredBefore(at) => both(
                format!("同じキーの要求に {} に回答済みのため、同じ回答を返します", rfc3339(*at)),
                format!("answered under the same key at {}: the same answer again", rfc3339(*at)),
            ),
            Self::JobNotReady(ready) => both(
                format!("処理中です（{} に完了）", rfc3339(*ready)),
                format!("not ready before {}", rfc3339(*ready)),
            ),
            Self::NoJob => Bilingual::fixed(
                "受付番号に該当する処理がありません（期限切れを含む）",
                "no job has this reception number, or its result is no longer kept",
            ),
            Self::JobDone(persons, errors) => both(
                format!("{persons} 件を処理、うちエラー {errors} 件"),
                format!("{persons} answered, {errors} with an error"),
            ),
            Self::NoTicket => Bilingual::fixed(
                "その月の医療券・調剤券がありません",
                "there is no medical-aid ticket for the month",
            ),
            Self::Limit(shown) => match shown {
                LimitShown::Yes => Bilingual::fixed(
                    "限度額適用認定証: 同意あり、表示します",
                    "limit certificate: consented, shown",
                ),
                LimitShown::NoConsent => Bilingual::fixed(
                    "限度額適用認定証: 同意がないため表示しません",
                    "limit certificate: no consent in the request, not shown",
                ),
                LimitShown::None => {
                    Bilingual::fixed("限度額適用認定証: ありません", "limit certificate: there is none")
                }
                LimitShown::OutsidePeriod => Bilingual::fixed(
                    "限度額適用認定証: 資格確認日が有効期間外です",
                    "limit certificate: the day is outside its period",
                ),
            },
            Self::Simulated(applied) => {
                let Applied { rule, kind, number, what } = &**applied;
                let (ja, en) = match kind {
                    RuleKind::Script => ("シナリオ", "script"),
                    RuleKind::Fault => ("障害", "fault"),
                    RuleKind::Habit => ("端末の癖", "habit"),
                };
                let what = what.join(", ");
                let (which, of) = match number {
                    0 => (String::new(), String::new()),
                    number => (format!("（{number} 回目）"), format!(", request {number}")),
                };
                both(
                    format!("{ja}: {rule}{which} を適用: {what}"),
                    format!("{en}: {rule}{of} applies: {what}"),
                )
            }
            Self::ScriptDelay(delay) => {
                both(format!("シナリオ: {delay:?} 待ちます"), format!("scenario: waits {delay:?}"))
            }
            Self::Told(file, text) if file.is_empty() => text.clone(),
            Self::Told(file, text) => both(format!("{file}: {}", text.ja), format!("{file}: {}", text.en)),
            Self::Replaced(count) => both(
                format!("Shift_JISにない {count} 文字を●に置き換えました"),
                format!("{count} characters that Shift_JIS does not have are answered as ●"),
            ),
        }
    }
}

fn line_found(FoundLine { line, by }: &FoundLine) -> Bilingual {
    match by {
        FoundBy::Port(port) => both(
            format!("回線: ポート {port} は回線 {line} です"),
            format!("line: port {port} is the end of line {line}"),
        ),
        FoundBy::Source(network) => both(
            format!("回線: 送信元 {network} は回線 {line} です"),
            format!("line: source {network} is line {line}"),
        ),
        FoundBy::Front(front) => both(
            format!("回線: 中継装置 {front} が回線 {line} と伝えました"),
            format!("line: the front at {front} says it is line {line}"),
        ),
    }
}

fn presented(facts: &CertificateFacts) -> Bilingual {
    let CertificateFacts { subject, serial, issuer, not_before, not_after, .. } = facts;
    let (from, until) = (rfc3339(*not_before), rfc3339(*not_after));
    both(
        format!("提示された証明書: {subject}（シリアル番号 {serial}、発行者 {issuer}、{from}～{until}）"),
        format!("certificate presented: {subject} (serial {serial}, issuer {issuer}, {from} to {until})"),
    )
}

fn both(ja: String, en: String) -> Bilingual {
    Bilingual::made(ja, en)
}
