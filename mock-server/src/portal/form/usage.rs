//! Application for use.

use jiff::civil::Date;
use messages::value::InstitutionCode;
use serde::{Deserialize, Serialize};

use super::{LineForm, MOST_CHARACTERS, Mistake, count};
use crate::line::Line;

/// Application for use (オンライン資格確認利用申請).
#[derive(Debug, Clone, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct UsageForm {
    /// The line.
    pub line: LineForm,
    /// Number of terminals (資格確認端末の台数), 1 to 99.
    pub terminals: i64,
    /// First day of use, `2027-04-01`.
    pub start: String,
    /// Whether the terms (利用規約) are accepted.
    pub terms_accepted: bool,
    /// Who may be asked: name or telephone number, at most 100 characters.
    pub contact: String,
    /// Whether the line is applied for online claims (オンライン請求) as well; it is a separate application there.
    pub claims: bool,
    /// Whether every step follows at once instead of after days of the world's time.
    pub at_once: bool,
}

/// A checked [`UsageForm`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Usage {
    /// The line.
    pub line: Line,
    /// Number of terminals.
    pub terminals: u8,
    /// First day of use.
    pub start: Date,
    /// Contact.
    pub contact: String,
    /// Also for claims.
    pub claims: bool,
    /// Every step at once.
    pub at_once: bool,
}

impl UsageForm {
    /// Checks every field, for an institution and the day of the application.
    ///
    /// # Errors
    /// Every mistake, in the order of the fields.
    pub fn check(&self, institution: &InstitutionCode, today: Date) -> Result<Usage, Vec<Mistake>> {
        let mut mistakes = Vec::new();
        let line = self.line.check(institution).map_err(|wrong| mistakes.extend(wrong)).ok();
        let terminals = count("terminals", self.terminals, &mut mistakes);
        let start = start(&self.start, today).map_err(|wrong| mistakes.push(wrong)).ok();
        if !self.terms_accepted {
            mistakes.push(Mistake::fixed(
                "terms_accepted",
                "利用規約への同意が必要です",
                "the terms have to be accepted",
            ));
        }
        if self.contact.trim().is_empty() || self.contact.chars().count() > MOST_CHARACTERS {
            mistakes.push(Mistake::fixed(
                "contact",
                "連絡先を100文字以内で入力してください",
                "name a contact in at most 100 characters",
            ));
        }
        match (line, terminals, start) {
            (Some(line), Some(terminals), Some(start)) if mistakes.is_empty() => Ok(Usage {
                line,
                terminals,
                start,
                contact: self.contact.clone(),
                claims: self.claims,
                at_once: self.at_once,
            }),
            _ => Err(mistakes),
        }
    }
}

fn start(written: &str, today: Date) -> Result<Date, Mistake> {
    let date: Date = written.parse().map_err(|_| {
        Mistake::fixed("start", "日付の形式は 2027-04-01 です", "expected a date as 2027-04-01")
    })?;
    if date < today {
        return Err(Mistake::fixed(
            "start",
            "利用開始日は申請日以降の日付です",
            "the first day of use cannot lie before the day of the application",
        ));
    }
    Ok(date)
}
