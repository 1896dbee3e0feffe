//! What the service says when it does not answer: which step refused, why, and how to mend it.
//!
//! The layout is our own (\[D]): the real service says nothing of the kind. The terminal turns it into an `.err` file.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// One text in both languages of the interface.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bilingual {
    /// Japanese.
    pub ja: Cow<'static, str>,
    /// English.
    pub en: Cow<'static, str>,
}

impl Bilingual {
    /// Nothing to say.
    pub const NOTHING: Self = Self::fixed("", "");

    /// A text known when the program is built.
    #[must_use]
    pub const fn fixed(ja: &'static str, en: &'static str) -> Self {
        Self { ja: Cow::Borrowed(ja), en: Cow::Borrowed(en) }
    }

    /// A text put together while the program runs.
    #[must_use]
    pub fn made(ja: String, en: String) -> Self {
        Self { ja: Cow::Owned(ja), en: Cow::Owned(en) }
    }
}

/// A step on the way of a request that can refuse it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// Line authentication (回線認証).
    Line,
    /// Terminal authentication by client certificate (端末認証).
    Certificate,
    /// The request itself: method, message id, size, encoding, XML.
    Request,
    /// The service, which could not answer although it should.
    Service,
}

impl Step {
    /// The word used on the wire and in logs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Line => "line",
            Self::Certificate => "certificate",
            Self::Request => "request",
            Self::Service => "service",
        }
    }
}

/// A refusal, as it travels from the service to the terminal (`application/problem+json`) or to a person (XML).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// HTTP status code.
    pub status: u16,
    /// Our stable name of the reason, for example `G102`.
    pub label: Cow<'static, str>,
    /// Which step refused.
    pub step: Step,
    /// What is wrong.
    pub reason: Bilingual,
    /// How to mend it.
    pub mend: Bilingual,
}

impl Refusal {
    /// Media type of [`Refusal::to_json`].
    pub const JSON: &'static str = "application/problem+json";

    /// The refusal as JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("a refusal is plain text and numbers")
    }

    /// The refusal as XML, for clients that read nothing else. UTF-8.
    #[must_use]
    pub fn to_xml(&self) -> String {
        use crate::xml::escape;
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Refusal>\n  <Step>{}</Step>\n  <Label>{}</Label>\n  \
             <Reason xml:lang=\"ja\">{}</Reason>\n  <Reason xml:lang=\"en\">{}</Reason>\n  \
             <Mend xml:lang=\"ja\">{}</Mend>\n  <Mend xml:lang=\"en\">{}</Mend>\n</Refusal>\n",
            self.step.as_str(),
            escape(&self.label),
            escape(&self.reason.ja),
            escape(&self.reason.en),
            escape(&self.mend.ja),
            escape(&self.mend.en),
        )
    }
}
