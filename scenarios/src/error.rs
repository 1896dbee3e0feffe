//! What is wrong with a pack.

use std::fmt;

use crate::diagnostic::{Diagnostic, Paint, Weight, draw};
use crate::label::meaning;
use crate::wording::wording;
use serde_saphyr::Error;

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
    /// Draws each problem into the text of the pack, with its meaning in Japanese.
    #[must_use]
    pub fn draw(&self, source: &str, paint: Paint) -> String {
        let drawn = self.problems.iter().map(|problem| {
            let notes: Vec<_> =
                meaning(problem.label).map(|label| label.ja.to_string()).into_iter().collect();
            let diagnostic = Diagnostic {
                label: problem.label,
                weight: Weight::Error,
                text: &problem.text,
                line: problem.line,
                column: problem.column,
                notes: &notes,
            };
            draw(&problem.file, source, &diagnostic, paint)
        });
        drawn.collect::<Vec<_>>().join("\n")
    }
}

impl Problem {
    /// From an error of the YAML reader.
    pub(crate) fn of_yaml(file: &str, error: &Error) -> Self {
        let (line, column) = error.location().map_or((0, 0), |at| (at.line(), at.column()));
        let (label, text) = wording(error.without_snippet());
        Self { file: file.to_owned(), line, column, text, label }
    }

    /// About a file as a whole.
    pub(crate) fn of_file(file: &str, text: String, label: &'static str) -> Self {
        Self { file: file.to_owned(), line: 0, column: 0, text, label }
    }
}

/// What is said about a name that is none of those expected.
pub(crate) fn unknown(what: &str, found: &str, expected: &[&str]) -> String {
    let nearest = nearest(found, expected);
    let hint = nearest.map(|name| format!("did you mean `{name}`? ")).unwrap_or_default();
    let expected: Vec<_> = expected.iter().map(|name| format!("`{name}`")).collect();
    format!("unknown {what} `{found}`; {hint}expected one of {}", expected.join(", "))
}

/// The expected name that a found one is likely to mean.
pub(crate) fn nearest<'a>(found: &str, expected: &[&'a str]) -> Option<&'a str> {
    let nearest = expected.iter().min_by_key(|name| strsim::osa_distance(found, name));
    nearest.copied().filter(|name| strsim::osa_distance(found, name) <= 1 + found.chars().count() / 4)
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
