//! Rows that replace built-in ones.

use serde_saphyr::{DefaultMessageFormatter, Error, MessageFormatter};

use super::{Dialect, some};

/// What is wrong with rows that replace built-in ones, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{line}:{column}: {text}")]
pub struct DialectError {
    /// Line, from 1; 0 if unknown.
    pub line: u64,
    /// Column in characters, from 1; 0 if unknown.
    pub column: u64,
    /// What is wrong, and what is expected.
    pub text: String,
}

impl Dialect {
    /// This dialect with some rows replaced: YAML of the same form, with only the rows to replace.
    ///
    /// # Errors
    /// [`DialectError`] with the first row that doesn't exist or doesn't fit.
    pub fn with(mut self, overlay: &str) -> Result<Self, DialectError> {
        if overlay.lines().all(|line| matches!(line.trim(), "" | "---") || line.trim().starts_with('#')) {
            return Ok(self);
        }
        let options =
            serde_saphyr::options! { strict_booleans: true, strict_indentation: true, with_snippet: false };
        let rows: some::Dialect = serde_saphyr::from_str_with_options(overlay, options).map_err(|error| {
            let (line, column) = error.location().map_or((0, 0), |at| (at.line(), at.column()));
            DialectError { line, column, text: wording(error.without_snippet()) }
        })?;
        self.replace(rows);
        Ok(self)
    }
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the reader has dozens of errors; we reword the usual ones"
)]
fn wording(error: &Error) -> String {
    match error {
        Error::SerdeUnknownField { field, expected, .. } => unknown("row", field, expected),
        Error::SerdeUnknownVariant { variant, expected, .. } => unknown("choice", variant, expected),
        Error::SerdeMissingField { field, .. } => format!("`{field}` is missing in this row"),
        Error::DuplicateMappingKey { key: Some(key), .. } => format!("`{key}` stands twice"),
        other => DefaultMessageFormatter.format_message(other).into_owned(),
    }
}

/// Names what is unknown and the nearest name that isn't.
fn unknown(what: &str, found: &str, expected: &[&str]) -> String {
    let distance = |name: &str| strsim::damerau_levenshtein(found, name);
    let nearest = expected.iter().min_by_key(|name| distance(name));
    let near_enough = nearest.filter(|name| distance(name) <= 1 + found.chars().count() / 3);
    match near_enough {
        Some(name) => format!("unknown {what} `{found}`; did you mean `{name}`?"),
        None => format!("unknown {what} `{found}`; expected one of `{}`", expected.join("`, `")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Mark;
    use crate::style::{Nesting, Order};

    #[test]
    fn rows_are_replaced_by_name_and_the_others_stay() {
        let built_in = Dialect::built_in();
        let text = "
codes:
  insurer-number: {value: {code: OQSB0001E, message: 保険者番号が不正です。}, mark: S, source: 別紙6-1}
answers:
  order: {value: scrambled, mark: S, source: seen}
bulk:
  nesting: {value: flat, mark: S, source: 別紙3-1}
  delay-seconds: {value: 7200, mark: D, source: realistic}
";
        let dialect = built_in.clone().with(text).unwrap();
        assert_eq!(dialect.codes.insurer_number.value.code.as_str(), "OQSB0001E");
        assert_eq!(dialect.codes.insurer_number.mark, Mark::S);
        assert_eq!((dialect.style().order, dialect.style().nesting), (Order::Scrambled, Nesting::Flat));
        assert_eq!(dialect.bulk.delay_seconds.value, 7200);
        assert_eq!(dialect.codes.birth_date, built_in.codes.birth_date);
        assert_eq!(built_in.clone().with("# nothing\n").unwrap(), built_in);
    }

    #[test]
    fn what_does_not_fit_is_told_with_its_place_and_the_nearest_name() {
        for (text, expected) in [
            (
                "codes:\n  insurer-numbr: {value: 1}",
                "2:3: unknown row `insurer-numbr`; did you mean `insurer-number`?",
            ),
            ("coeds: {}", "1:1: unknown row `coeds`; did you mean `codes`?"),
            (
                "answers:\n  order: {value: specified, mark: S, source: x}",
                "2:18: unknown choice `specified`; expected one of `specification`, `scrambled`",
            ),
            ("bulk:\n  form: {value: zip, mark: S}", "2:22: `source` is missing in this row"),
        ] {
            let error = Dialect::built_in().with(text).unwrap_err();
            assert_eq!(error.to_string(), expected, "{text}");
        }
        let long = "codes:\n  institution: {value: {code: OQSX00001E, message: a}, mark: S, source: x}";
        assert!(Dialect::built_in().with(long).is_err());
    }
}
