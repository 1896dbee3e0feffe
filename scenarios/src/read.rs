//! From text to a pack as written, with every mistake at once.

use std::borrow::Cow;

use serde_saphyr::Error;

use crate::error::{PackError, Problem, nearest};
use crate::{cut, raw};

/// Longest file, in bytes; room for 100,000 scripts.
const LONGEST: usize = 32 * 1024 * 1024;
/// Most problems that are told.
const MOST_PROBLEMS: usize = 25;
/// How often the file is read.
const MOST_READINGS: usize = 60;
/// Bytes that are read in all, after which no further mistakes are looked for: large files are read less often.
const MOST_WORK: usize = 64 * 1024 * 1024;

/// Reads a pack as it is written.
///
/// The reader of YAML stops at the first problem. So the key that has one is left out, or the whole item of a list (a
/// patient, a script) if that is not enough, and the rest is read again.
pub(crate) fn raw(file: &str, text: &str) -> Result<raw::Pack, PackError> {
    if text.len() > LONGEST {
        let text = format!("the file has {} bytes; expected at most {LONGEST}", text.len());
        return Err(PackError { problems: vec![Problem::of_file(file, text, "S002")] });
    }
    let mut reading = Recovery { text: Cow::Borrowed(text), missing: Vec::new() };
    let mut problems: Vec<Problem> = Vec::new();
    let readings = (MOST_WORK / text.len().max(1)).clamp(1, MOST_READINGS);
    for _ in 0..readings {
        let error = match parse(&reading.text) {
            Ok(pack) if problems.is_empty() => return Ok(pack),
            Ok(_) => break,
            Err(error) => error,
        };
        let line = error.location().map_or(0, |at| at.line());
        let follows = reading.follows(line, &error);
        if !follows {
            problems.push(Problem::of_yaml(file, &error));
        }
        if problems.len() == MOST_PROBLEMS
            || !concerns_one_item(&error)
            || !reading.leave_out(line, &error, follows)
        {
            break;
        }
    }
    problems.sort_by_key(|problem| (problem.line, problem.column));
    Err(PackError { problems })
}

/// What is still to be read, and what was left out of it.
struct Recovery<'a> {
    text: Cow<'a, str>,
    /// Items by their first line, each with a key that was left out.
    missing: Vec<(usize, String)>,
}

impl Recovery<'_> {
    /// Whether a problem only follows from what was left out.
    fn follows(&self, line: u64, error: &Error) -> bool {
        let Some(item) = cut::item(&self.text, line) else { return false };
        let mut keys = self.missing.iter().filter(|(start, _)| *start == item.start).map(|(_, key)| key);
        if let Error::SerdeMissingField { field, .. } = error.without_snippet() {
            return keys.any(|key| key == field);
        }
        // Nothing but a dash, or a key without its value, is left of what had a key.
        let rest =
            usize::try_from(line).ok().and_then(|line| self.text.split('\n').nth(line.checked_sub(1)?));
        let is_bare =
            rest.is_some_and(|rest| matches!(rest.trim_end().chars().last(), None | Some('-' | ':')));
        is_bare && keys.next().is_some()
    }

    /// Leaves out the key in a line, or its whole item. `false` if there is nothing that could be left out.
    fn leave_out(&mut self, line: u64, error: &Error, whole: bool) -> bool {
        // Where a key is missing, the place is that of one which is good.
        let whole = whole || matches!(error.without_snippet(), Error::SerdeMissingField { .. });
        let item = cut::item(&self.text, line);
        let smaller = if whole { None } else { cut::without_key(&self.text, line).zip(item) };
        let text = match smaller {
            Some(((text, key), item)) => {
                // A misspelt key stands for the one that is meant: it isn't missing as well.
                if let Error::SerdeUnknownField { field, expected, .. } = error.without_snippet()
                    && let Some(meant) = nearest(field, expected)
                {
                    self.missing.push((item.start, meant.to_owned()));
                }
                self.missing.push((item.start, key));
                Some(text)
            }
            None => cut::without_item(&self.text, line),
        };
        text.map(|text| self.text = Cow::Owned(text)).is_some()
    }
}

fn parse(text: &str) -> Result<raw::Pack, Error> {
    let options = serde_saphyr::options! {
        strict_booleans: true,
        strict_indentation: true,
        with_snippet: false,
        budget: serde_saphyr::budget! {
            max_events: 16_000_000,
            max_nodes: 8_000_000,
            max_depth: 32,
            max_aliases: 1_000,
            max_documents: 2,
        },
    };
    serde_saphyr::from_str_with_options(text, options)
}

/// Whether the rest of the file can be judged without the item: what is no YAML spoils everything behind it.
fn concerns_one_item(error: &Error) -> bool {
    matches!(
        error.without_snippet(),
        Error::Message { .. }
            | Error::Unexpected { .. }
            | Error::InvalidBooleanStrict { .. }
            | Error::NullIntoString { .. }
            | Error::ExternallyTaggedEnumExpectedScalarOrMapping { .. }
            | Error::ExpectedStringKeyForExternallyTaggedEnum { .. }
            | Error::UnexpectedValueForUnitEnumVariant { .. }
            | Error::UnexpectedSequenceEnd { .. }
            | Error::UnexpectedMappingEnd { .. }
            | Error::InvalidScalar { .. }
            | Error::NonFiniteFloat { .. }
            | Error::SerdeInvalidType { .. }
            | Error::SerdeInvalidValue { .. }
            | Error::SerdeInvalidLength { .. }
            | Error::SerdeUnknownVariant { .. }
            | Error::SerdeUnknownField { .. }
            | Error::SerdeMissingField { .. }
            | Error::DuplicateMappingKey { .. }
            | Error::SerdeVariantId { .. }
            | Error::ExpectedMappingEndAfterEnumVariantValue { .. }
    )
}
