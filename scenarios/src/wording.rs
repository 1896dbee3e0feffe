//! What the reader of YAML says, in the words of a pack's author.

use std::borrow::Cow;

use serde_saphyr::{DefaultMessageFormatter, Error, MessageFormatter};

use crate::error::unknown;

/// The label of an error, and what is said about it.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the reader has dozens of errors; we reword the usual ones"
)]
pub(crate) fn wording(error: &Error) -> (&'static str, String) {
    match error {
        Error::Budget { .. }
        | Error::AliasReplayLimitExceeded { .. }
        | Error::AliasExpansionLimitExceeded { .. }
        | Error::AliasReplayStackDepthExceeded { .. } => (
            "S002",
            "there is more here than is read: too deep, too many things, or too many aliases".to_owned(),
        ),
        Error::SerdeUnknownField { field, expected, .. } => ("S003", unknown("key", field, expected)),
        // The place is a key of the mapping that lacks the field.
        Error::SerdeMissingField { field, .. } => {
            ("S004", format!("key `{field}` is missing beside this one"))
        }
        Error::DuplicateMappingKey { key: Some(key), .. } => ("S005", format!("key `{key}` stands twice")),
        Error::SerdeUnknownVariant { variant, expected, .. } => {
            ("S006", unknown("choice", variant, expected))
        }
        Error::ExpectedMappingEndAfterEnumVariantValue { .. } => {
            ("S006", "another key stands beside the choice; expected only one of them".to_owned())
        }
        Error::InvalidBooleanStrict { .. } => ("S007", "no boolean; expected `true` or `false`".to_owned()),
        Error::NullIntoString { .. } => ("S007", "nothing stands here; expected a text".to_owned()),
        Error::Unexpected { expected, .. } => ("S007", format!("expected {}", number(form(expected)))),
        Error::InvalidScalar { ty, .. } => ("S007", format!("expected {}", number(ty))),
        Error::SerdeInvalidType { unexpected, expected, .. } => {
            ("S007", format!("{unexpected} stands here; expected {}", number(expected)))
        }
        Error::SerdeInvalidValue { unexpected, expected, .. } => {
            ("S008", format!("{unexpected} stands here; expected {}", number(expected)))
        }
        // What the values themselves say.
        Error::Message { .. } => ("S008", said(error)),
        Error::Eof { .. } => ("S001", "the file ends here; expected more of a scenario".to_owned()),
        Error::MultipleDocuments { .. } => {
            ("S001", "a second document begins; expected one scenario in a file".to_owned())
        }
        _ => ("S001", said(error)),
    }
}

fn said(error: &Error) -> String {
    DefaultMessageFormatter.format_message(error).into_owned()
}

/// A form, which the reader calls by its events.
fn form(event: &str) -> &str {
    match event {
        "mapping start" => "keys with values",
        "sequence start" => "a list",
        "string scalar" => "a text, or a choice with its value such as `percent: 50`",
        other => other,
    }
}

/// A number, which the reader calls by its type.
fn number(kind: &str) -> Cow<'_, str> {
    let range = match kind {
        "u8" => "a whole number from 0 to 255",
        "u16" => "a whole number from 0 to 65535",
        "u32" | "u64" | "usize" => "a whole number from 0",
        "a nonzero u32" => "a whole number from 1",
        "f64" | "floating point" => "a number",
        other => return Cow::Borrowed(other),
    };
    Cow::Borrowed(range)
}
