//! Conditions on exchanges, and what of them an exchange misses.

use std::collections::BTreeMap;

use jiff::Timestamp;
use messages::id::{Half, MessageId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::element::texts;
use super::view::decoded;
use super::{Exchange, Numbered, Outcome};

/// Which exchanges are meant: all conditions that are given must hold. `{}` means every exchange.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Match {
    /// Code of the institution whose certificate was presented.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub institution: Option<String>,
    /// Message id, such as `OQSsiquc01`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Key of the test card that was meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub card: Option<String>,
    /// How it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    /// HTTP status of the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Label of the refusal, such as `G102`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
    /// Label of a finding that it has, such as `X103`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finding: Option<String>,
    /// Name of something that was simulated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub simulated: Option<String>,
    /// Elements of the request: the end of a path, such as `InsurerNumber` or `MessageHeader/ArbitraryFileIdentifier`,
    /// and the text that one such element has; `null` says that there is none.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub request: BTreeMap<String, Option<String>>,
    /// Elements of the answer, likewise.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub answer: BTreeMap<String, Option<String>>,
    /// Only exchanges at this time of the world or later.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub since: Option<Timestamp>,
    /// Only exchanges before this time of the world.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub until: Option<Timestamp>,
    /// Only exchanges with a higher number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<u64>,
}

/// A condition that an exchange doesn't meet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Miss {
    /// The condition: `card`, or `request/InsurerNumber`.
    pub condition: String,
    /// What it asks for; `null` if the element must not be there.
    pub expected: Option<String>,
    /// What the exchange has; empty if nothing.
    pub found: Vec<String>,
}

impl Match {
    /// Whether an exchange is within the time and the numbers that are looked at.
    #[must_use]
    pub fn looks_at(&self, (number, exchange): &Numbered) -> bool {
        self.after.is_none_or(|after| *number > after)
            && self.since.is_none_or(|since| exchange.at >= since)
            && self.until.is_none_or(|until| exchange.at < until)
    }

    /// Whether an exchange meets every condition.
    #[must_use]
    pub fn meets(&self, numbered: &Numbered) -> bool {
        self.looks_at(numbered)
            && self.plain_misses(&numbered.1).is_empty()
            && self.element_misses(&numbered.1).is_empty()
    }

    /// The conditions that an exchange doesn't meet, time and number aside.
    #[must_use]
    pub fn misses(&self, exchange: &Exchange) -> Vec<Miss> {
        let mut misses = self.plain_misses(exchange);
        misses.extend(self.element_misses(exchange));
        misses
    }

    /// The number after which it looks.
    #[must_use]
    pub fn first_after(&self) -> u64 {
        self.after.unwrap_or_default()
    }

    fn plain_misses(&self, exchange: &Exchange) -> Vec<Miss> {
        let mut misses = Vec::new();
        let mut compare = |condition: &str, expected: Option<String>, found: Vec<String>| {
            if let Some(expected) = expected
                && !found.contains(&expected)
            {
                misses.push(Miss { condition: condition.to_owned(), expected: Some(expected), found });
            }
        };
        let one = |text: Option<String>| Vec::from_iter(text);
        let institution = || exchange.institution.as_ref().map(ToString::to_string);
        compare("institution", self.institution.clone(), one(institution()));
        compare(
            "message",
            self.message.as_deref().map(canonical),
            one(Some(canonical(&exchange.message)).filter(|id| !id.is_empty())),
        );
        compare("card", self.card.clone(), one(exchange.card.as_ref().map(|card| card.key.clone())));
        compare(
            "outcome",
            self.outcome.map(|outcome| outcome.name().to_owned()),
            vec![exchange.outcome().name().to_owned()],
        );
        compare("status", self.status.map(|status| status.to_string()), vec![exchange.status.to_string()]);
        compare("refused", self.refused.clone(), one(exchange.refused.map(str::to_owned)));
        let labels = || exchange.findings.iter().map(|finding| finding.label.to_string()).collect();
        compare("finding", self.finding.clone(), labels());
        let simulated = || exchange.simulated.iter().map(ToString::to_string).collect();
        compare("simulated", self.simulated.clone(), simulated());
        misses
    }

    fn element_misses(&self, exchange: &Exchange) -> Vec<Miss> {
        let mut misses = Vec::new();
        let halves = [
            ("request", &self.request, &exchange.request, Half::Request),
            ("answer", &self.answer, &exchange.answer, Half::Result),
        ];
        for (name, conditions, bytes, half) in halves {
            if conditions.is_empty() {
                continue;
            }
            let message = decoded(&exchange.message, half, bytes).unwrap_or_default();
            for (path, expected) in conditions {
                let found = texts(&message, path);
                let is_met = match expected {
                    Some(expected) => found.contains(&expected.as_str()),
                    None => found.is_empty(),
                };
                if !is_met {
                    misses.push(Miss {
                        condition: format!("{name}/{path}"),
                        expected: expected.clone(),
                        found: found.into_iter().map(str::to_owned).collect(),
                    });
                }
            }
        }
        misses
    }
}

/// The message id as it is declared, whatever case it was asked in.
fn canonical(message: &str) -> String {
    MessageId::parse(message).map_or_else(|| message.to_owned(), |id| id.as_str().to_owned())
}
