//! Shapes of values that other crates declare, for the OpenAPI document only.

use utoipa::ToSchema;

/// One text in both languages.
#[derive(Debug, ToSchema)]
pub struct Bilingual {
    /// Japanese.
    pub ja: String,
    /// English.
    pub en: String,
}

/// One thing that is odd in a request, or had to be changed in its answer.
#[derive(Debug, ToSchema)]
pub struct Finding {
    /// What kind of oddity it is, such as `X101`.
    pub label: String,
    /// How much it matters.
    pub severity: Severity,
    /// Where it stands in the request; absent for what is not there, and for answers.
    #[schema(nullable = false)]
    pub place: Option<Place>,
    /// Names of the elements that lead there, joined by `/`, without the root.
    pub element: String,
    /// What was sent.
    pub sent: String,
    /// What is expected.
    pub expected: Bilingual,
}

/// A place in a document: line and column from 1, columns counted in characters.
#[derive(Debug, ToSchema)]
pub struct Place {
    /// Line.
    pub line: u64,
    /// Column.
    pub column: u64,
}

/// How much a finding matters.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "kebab-case")]
pub enum Severity {
    /// Seen in the field and accepted there.
    Note,
    /// Accepted here; the real service may not.
    Warning,
    /// The value is unusable.
    Error,
}

/// What an account may do.
#[derive(Debug, ToSchema)]
pub struct Role(pub String);
