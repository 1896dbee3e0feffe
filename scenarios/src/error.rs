//! What is wrong with a pack.

use std::fmt;

use serde_saphyr::{DefaultMessageFormatter, Error, MessageFormatter};

/// Everything that is wrong with a pack; at least one problem.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct PackError {
    /// The problems in the order of the file.
    pub problems: Vec<Problem>,
}

/// One thing that is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The file.
    pub file: String,
    /// Line, from 1; 0 if unknown.
    pub line: u64,
    /// Column in characters, from 1; 0 if unknown.
    pub column: u64,
    /// What is wrong, and what is expected.
    pub text: String,
    /// Our stable name of the rule.
    pub label: &'static str,
}

impl PackError {
    /// From an error of the YAML reader, which stops at the first.
    pub(crate) fn yaml(file: &str, error: &Error) -> Self {
        let (line, column) = error.location().map_or((0, 0), |at| (at.line(), at.column()));
        let text = wording(error.without_snippet());
        Self { problems: vec![Problem { file: file.to_owned(), line, column, text, label: "S001" }] }
    }
}

/// The words of the pack's author for what the reader calls fields, variants and policies.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the reader has dozens of errors; we reword the usual ones"
)]
fn wording(error: &Error) -> String {
    match error {
        Error::SerdeUnknownField { field, expected, .. } => unknown("key", field, expected),
        Error::SerdeUnknownVariant { variant, expected, .. } => unknown("choice", variant, expected),
        // The place is a key of the mapping that lacks the field.
        Error::SerdeMissingField { field, .. } => format!("key `{field}` is missing beside this one"),
        Error::DuplicateMappingKey { key: Some(key), .. } => format!("key `{key}` stands twice"),
        Error::InvalidBooleanStrict { .. } => "no boolean; expected `true` or `false`".to_owned(),
        Error::Eof { .. } => {
            "the file ends here; expected a pack with `pack`, `about` and `patients`".to_owned()
        }
        Error::NullIntoString { .. } => "nothing stands here; expected a text".to_owned(),
        Error::MultipleDocuments { .. } => "a second document begins; expected one pack in a file".to_owned(),
        other => DefaultMessageFormatter.format_message(other).into_owned(),
    }
}

/// What is said about a name that is none of those expected.
pub(crate) fn unknown(what: &str, found: &str, expected: &[&str]) -> String {
    let nearest = expected.iter().min_by_key(|name| distance(found, name));
    let nearest = nearest.filter(|name| distance(found, name) <= 1 + found.chars().count() / 4);
    let hint = nearest.map(|name| format!("did you mean `{name}`? ")).unwrap_or_default();
    let expected: Vec<_> = expected.iter().map(|name| format!("`{name}`")).collect();
    format!("unknown {what} `{found}`; {hint}expected one of {}", expected.join(", "))
}

/// How many characters have to be put in, taken out or replaced to turn one text into the other.
pub(crate) fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        for (cell, b) in row.iter_mut().skip(1).zip(&other) {
            let above = *cell;
            left = (diagonal + usize::from(a != *b)).min(above + 1).min(left + 1);
            diagonal = above;
            *cell = left;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}

impl fmt::Display for PackError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.problems.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{problem}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: {} [{}]", self.file, self.line, self.column, self.text, self.label)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distance_counts_the_characters_that_differ() {
        for (one, other, expected) in [
            ("", "abc", 3),
            ("born", "born", 0),
            ("bron", "born", 2),
            ("insurence", "insurance", 1),
            ("記号", "番号", 1),
        ] {
            assert_eq!(distance(one, other), expected, "{one} {other}");
        }
    }
}
