//! What is counted of every exchange, so that a report knows of those that the ring has forgotten.

use std::collections::BTreeMap;

use messages::finding::{Finding, Label};
use messages::id::MessageId;

use super::{Exchange, Outcome};

/// Most different names of what was simulated; further ones are counted together.
const MOST_NAMES: usize = 200;
/// Name under which everything is counted that has none of its own.
const OTHER: &str = "other";

/// Counts since the journal was cleared.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    /// Exchanges by message and outcome.
    pub messages: BTreeMap<(&'static str, Outcome), u64>,
    /// Refusals by label.
    pub refused: BTreeMap<&'static str, u64>,
    /// What was simulated, by name.
    pub simulated: BTreeMap<String, u64>,
    /// Findings by label, and the latest of each.
    pub findings: BTreeMap<Label, (u64, Finding)>,
}

impl Tally {
    pub(super) fn count(&mut self, exchange: &Exchange) {
        *self.messages.entry((message(&exchange.message), exchange.outcome())).or_default() += 1;
        if let Some(label) = exchange.refused {
            *self.refused.entry(label).or_default() += 1;
        }
        for name in &exchange.simulated {
            let known = self.simulated.len() < MOST_NAMES || self.simulated.contains_key(name.as_ref());
            *self.simulated.entry(if known { name.to_string() } else { OTHER.to_owned() }).or_default() += 1;
        }
        for finding in &exchange.findings {
            let (count, latest) = self.findings.entry(finding.label).or_insert_with(|| (0, finding.clone()));
            *count += 1;
            latest.clone_from(finding);
        }
    }
}

/// The message id, or one name for whatever is none: what clients make up isn't counted by name.
pub(crate) fn message(id: &str) -> &'static str {
    MessageId::parse(id).map_or(OTHER, MessageId::as_str)
}
