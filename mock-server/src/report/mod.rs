//! The report of a world: what came, what was odd about it, what was verified, what was simulated.
//!
//! For people as a page ([`html`]), for build servers as JUnit ([`junit`]), for scripts as JSON. It counts everything
//! since the journal was emptied, whether or not the journal still has it.

pub mod html;
pub mod junit;

use std::collections::BTreeMap;

use jiff::Timestamp;
use messages::finding::{Finding, Severity};
use messages::id::MessageId;
use messages::refusal::Bilingual;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::clock::rfc3339;
use crate::journal::verify::{Verdict, Verification};
use crate::journal::{Journal, Outcome};
use crate::schema;

/// From which severity on a finding fails the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum FailOn {
    /// From notes on: every finding.
    Note,
    /// From warnings on.
    Warning,
    /// Errors only.
    #[default]
    Error,
    /// No finding does.
    Never,
}

/// The report of a world.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Report {
    /// Name of the world.
    pub world: String,
    /// When it was made, by the world's clock, RFC 3339.
    pub at: String,
    /// Version of onshi-mock.
    #[schema(value_type = String)]
    pub version: &'static str,
    /// Whether there is no problem.
    pub passed: bool,
    /// Why it isn't passed.
    #[schema(value_type = Vec<schema::Bilingual>)]
    pub problems: Vec<Bilingual>,
    /// How many exchanges there were.
    pub exchanges: u64,
    /// The exchanges by message.
    pub messages: Vec<MessageRow>,
    /// The refusals by label.
    pub refused: Vec<NamedCount>,
    /// What was simulated, by name.
    pub simulated: Vec<NamedCount>,
    /// The findings by label.
    pub findings: Vec<FindingRow>,
    /// The verifications, oldest first.
    pub verifications: Vec<Verification>,
}

/// The exchanges of a message.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct MessageRow {
    /// Its id; `other` for whatever is none.
    pub message: String,
    /// How many were answered.
    pub answered: u64,
    /// How many were refused.
    pub refused: u64,
    /// How many failed because onshi-mock itself failed.
    pub failed: u64,
    /// How many a scenario or a fault changed.
    pub simulated: u64,
    /// How many ended before there was a request.
    pub handshake: u64,
}

/// Something and how often it came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct NamedCount {
    /// Its name.
    pub name: String,
    /// How often.
    pub count: u64,
}

/// The findings of one label.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FindingRow {
    /// How often.
    pub count: u64,
    /// What it means.
    #[schema(value_type = schema::Bilingual)]
    pub meaning: Bilingual,
    /// Whether it fails the report.
    pub fails: bool,
    /// The latest one.
    #[schema(value_type = schema::Finding)]
    pub latest: Finding,
}

impl FailOn {
    fn fails(self, severity: Severity) -> bool {
        match self {
            Self::Note => true,
            Self::Warning => severity >= Severity::Warning,
            Self::Error => severity >= Severity::Error,
            Self::Never => false,
        }
    }
}

impl Report {
    /// Reports on a world.
    #[must_use]
    pub fn of(world: &str, journal: &Journal, now: Timestamp, fail_on: FailOn) -> Self {
        let tally = journal.tally();
        let counted = |name: &str, count: u64| NamedCount { name: name.to_owned(), count };
        let findings = tally.findings.into_iter().map(|(label, (count, latest))| FindingRow {
            count,
            meaning: label.meaning(),
            fails: fail_on.fails(latest.severity),
            latest,
        });
        let mut report = Self {
            world: world.to_owned(),
            at: rfc3339(now),
            version: env!("CARGO_PKG_VERSION"),
            passed: false,
            problems: Vec::new(),
            exchanges: tally.messages.values().sum(),
            messages: rows(&tally.messages),
            refused: tally.refused.iter().map(|(label, count)| counted(label, *count)).collect(),
            simulated: tally.simulated.iter().map(|(name, count)| counted(name, *count)).collect(),
            findings: findings.collect(),
            verifications: journal.verifications(),
        };
        report.problems = report.find_problems();
        report.passed = report.problems.is_empty();
        report
    }

    fn find_problems(&self) -> Vec<Bilingual> {
        let failed = self.verifications.iter().filter(|verification| verification.verdict != Verdict::Passed);
        let findings = self.findings.iter().filter(|row| row.fails);
        let own: u64 = self.messages.iter().map(|row| row.failed).sum();
        let mut problems: Vec<_> = failed
            .map(|verification| {
                let Verification { name, text, .. } = verification;
                Bilingual::made(
                    format!("検証「{name}」: {}", text.ja),
                    format!("verification {name:?}: {}", text.en),
                )
            })
            .chain(findings.map(|row| {
                let label = row.latest.label;
                Bilingual::made(
                    format!("指摘 {label}（{}）: {} 件", row.meaning.ja, row.count),
                    format!("finding {label} ({}): {}", row.meaning.en, row.count),
                )
            }))
            .collect();
        if own > 0 {
            problems.push(Bilingual::made(
                format!("onshi-mock 自身の障害: {own} 件"),
                format!("failures of onshi-mock itself: {own}"),
            ));
        }
        problems
    }
}

fn rows(counts: &BTreeMap<(&'static str, Outcome), u64>) -> Vec<MessageRow> {
    let mut rows: BTreeMap<&str, MessageRow> = BTreeMap::new();
    for ((message, outcome), count) in counts {
        let row = rows.entry(message).or_default();
        let cell = match outcome {
            Outcome::Answered => &mut row.answered,
            Outcome::Refused => &mut row.refused,
            Outcome::Failed => &mut row.failed,
            Outcome::Simulated => &mut row.simulated,
            Outcome::Handshake => &mut row.handshake,
        };
        *cell += count;
    }
    rows.into_iter().map(|(message, row)| MessageRow { message: message.to_owned(), ..row }).collect()
}

impl MessageRow {
    /// What the message is.
    fn title(&self) -> Bilingual {
        MessageId::parse(&self.message).map_or(
            Bilingual::fixed("その他（電文でない要求・接続）", "no message: other requests, connections"),
            MessageId::name,
        )
    }
}

#[cfg(test)]
mod tests;
