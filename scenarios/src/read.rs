//! From bytes to a pack as written, with a problem of each item of a list at once.

use std::borrow::Cow;

use serde_saphyr::Error;

use crate::error::{PackError, Problem};
use crate::raw;

/// Longest file, in bytes; room for 100,000 scripts.
const LONGEST: usize = 32 * 1024 * 1024;
/// Most problems that are looked for; the reader begins anew after each.
const MOST_PROBLEMS: usize = 25;

/// Reads a pack as it is written.
///
/// The reader of YAML stops at the first problem. So the item of a list that has one (a patient, a script) is left out,
/// and the rest is read again: each item tells its first problem.
pub(crate) fn raw(file: &str, text: &str) -> Result<raw::Pack, PackError> {
    if text.len() > LONGEST {
        let text = format!("the file has {} bytes; expected at most {LONGEST}", text.len());
        return Err(PackError { problems: vec![Problem::of_file(file, text, "S002")] });
    }
    let mut problems: Vec<Problem> = Vec::new();
    let mut rest = Cow::Borrowed(text);
    loop {
        let error = match parse(&rest) {
            Ok(pack) if problems.is_empty() => return Ok(pack),
            Ok(_) => break,
            Err(error) => error,
        };
        let problem = Problem::of_yaml(file, &error);
        let line = problem.line;
        problems.push(problem);
        let going_on = concerns_one_item(&error) && problems.len() < MOST_PROBLEMS;
        match going_on.then(|| without_item(&rest, line)).flatten() {
            Some(shorter) => rest = Cow::Owned(shorter),
            None => break,
        }
    }
    problems.sort_by_key(|problem| (problem.line, problem.column));
    Err(PackError { problems })
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

/// The text with empty lines instead of the item of a top-level list in which a line stands, so that places stay.
///
/// `None` if the line belongs to no such item, or the list is not written in lines of its own.
fn without_item(text: &str, line: u64) -> Option<String> {
    let lines: Vec<&str> = text.split('\n').collect();
    let at = usize::try_from(line).ok()?.checked_sub(1)?;
    let key = (0..=at).rev().find(|&i| lines.get(i).is_some_and(|line| is_key(line)))?;
    let first = (key + 1..=at).find(|&i| lines.get(i).is_some_and(|line| !is_filler(line)))?;
    let indent = indent(lines.get(first)?);
    let begins = |i: usize| lines.get(i).is_some_and(|line| self::indent(line) == indent && is_item(line));
    if !begins(first) {
        return None;
    }
    let start = (first..=at).rev().find(|&i| begins(i))?;
    let section_ends = |line: &str| !is_filler(line) && (self::indent(line) < indent || is_key(line));
    let section_end = (start + 1..lines.len()).find(|&i| lines.get(i).is_some_and(|line| section_ends(line)));
    let section_end = section_end.unwrap_or(lines.len());
    let end = (start + 1..section_end).find(|&i| begins(i)).unwrap_or(section_end);
    let alone = start == first && end == section_end;
    let kept = lines.iter().enumerate().map(|(i, line)| {
        if i == key && alone {
            Cow::Owned(format!("{} []", line.split('#').next().unwrap_or_default().trim_end()))
        } else if (start..end).contains(&i) {
            Cow::Borrowed("")
        } else {
            Cow::Borrowed(*line)
        }
    });
    Some(kept.collect::<Vec<_>>().join("\n"))
}

/// Whether a line begins a member of the file, with its value below.
fn is_key(line: &str) -> bool {
    let name = line.split('#').next().unwrap_or_default().trim_end();
    name.strip_suffix(':').is_some_and(|name| {
        !name.is_empty()
            && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-')
            && !name.starts_with('-')
    })
}

fn is_item(line: &str) -> bool {
    let rest = line.trim_start_matches(' ');
    rest.starts_with("- ") || rest.trim_end() == "-"
}

fn is_filler(line: &str) -> bool {
    let rest = line.trim_start();
    rest.is_empty() || rest.starts_with('#')
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_is_left_out_and_every_other_line_stays_where_it_is() {
        let text = "about: x\npatients: # two\n  # first\n  - card: one\n    ask:\n      - x\n  - card: two\nscripts:\n- a\n";
        let cut = |line| without_item(text, line).map(|text| text.replace('\n', "|"));
        let one = "about: x|patients: # two|  # first||||  - card: two|scripts:|- a|";
        assert_eq!(cut(5).as_deref(), Some(one));
        let two = "about: x|patients: # two|  # first|  - card: one|    ask:|      - x||scripts:|- a|";
        assert_eq!(cut(7).as_deref(), Some(two));
        let alone =
            "about: x|patients: # two|  # first|  - card: one|    ask:|      - x|  - card: two|scripts: []||";
        assert_eq!(cut(9).as_deref(), Some(alone));
        assert_eq!(cut(1), None);
        assert_eq!(cut(2), None);
        assert_eq!(cut(0), None);
        assert_eq!(without_item("patients: [{}]\n", 1), None);
    }
}
