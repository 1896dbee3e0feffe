//! A change of a clock as it is asked for.

use jiff::{SignedDuration, Span, SpanRelativeTo, Timestamp};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::moments::Kind;

/// A change of the clock: exactly one of these.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case", try_from = "Members")]
pub(super) enum ClockChange {
    /// By how much, such as `25h`, `-90m` or `1d` (24 hours).
    #[schema(value_type = String)]
    Advance(SignedDuration),
    /// To when, RFC 3339.
    #[schema(value_type = String, format = DateTime)]
    Set(Timestamp),
    /// It stands still. Only `true`.
    Freeze(bool),
    /// It runs as the real time does, from where it is. Only `true`.
    Run(bool),
    /// It runs so many times as fast as the real time, from where it is: more than 0, at most 1,000,000.
    Scale(f64),
    /// To the moment at which something changes next.
    Jump(Jump),
    /// It follows the system's again, and cards follow each day again. Only `true`.
    Reset(bool),
}

/// The members that a change may have.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Members {
    advance: Option<String>,
    set: Option<String>,
    freeze: Option<bool>,
    run: Option<bool>,
    scale: Option<f64>,
    jump: Option<Jump>,
    reset: Option<bool>,
}

/// Why a body says no change of the clock.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
enum NoChange {
    #[error(
        "expected exactly one of `advance`, `set`, `freeze`, `run`, `scale`, `jump` and `reset`, such as {{\"advance\": \"25h\"}} \
         / advance、set、freeze、run、scale、jump、reset のいずれか一つを指定してください（例: {{\"advance\": \"25h\"}}）"
    )]
    NotOne,
    #[error(
        "advance {0:?}: expected a duration such as `25h`, `-90m` or `1d` (24 hours) \
         / 時間の長さを指定してください（例: 25h、-90m、1d は24時間）"
    )]
    Advance(String),
    #[error(
        "set {0:?}: expected a time with its offset (RFC 3339) such as `2027-01-01T00:00:00+09:00` \
         / 時差付きの日時を指定してください（例: 2027-01-01T00:00:00+09:00）"
    )]
    Set(String),
}

impl TryFrom<Members> for ClockChange {
    type Error = NoChange;

    fn try_from(members: Members) -> Result<Self, NoChange> {
        let Members { advance, set, freeze, run, scale, jump, reset } = members;
        let duration = |text: String| duration(&text).ok_or_else(|| NoChange::Advance(shortened(&text)));
        let time = |text: String| text.parse().map_err(|_| NoChange::Set(shortened(&text)));
        let given = [
            advance.map(|text| duration(text).map(Self::Advance)),
            set.map(|text| time(text).map(Self::Set)),
            freeze.map(|on| Ok(Self::Freeze(on))),
            run.map(|on| Ok(Self::Run(on))),
            scale.map(|scale| Ok(Self::Scale(scale))),
            jump.map(|jump| Ok(Self::Jump(jump))),
            reset.map(|on| Ok(Self::Reset(on))),
        ];
        let mut given = given.into_iter().flatten();
        match (given.next(), given.next()) {
            (Some(change), None) => change,
            (None | Some(_), _) => Err(NoChange::NotOne),
        }
    }
}

/// Reads a duration; a day has 24 hours, a week seven days.
fn duration(text: &str) -> Option<SignedDuration> {
    text.parse::<Span>().ok()?.to_duration(SpanRelativeTo::days_are_24_hours()).ok()
}

/// What was given, as far as a message repeats it.
fn shortened(text: &str) -> String {
    text.chars().take(40).collect()
}

/// Where to jump.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Jump {
    /// Whatever changes next.
    Next,
    /// A qualification or a card's certificate.
    Card,
    /// A limit certificate.
    Limit,
    /// A consent.
    Consent,
    /// A token of the Web API.
    Token,
    /// A bulk job.
    Job,
    /// A client certificate.
    Certificate,
    /// The registration of a line.
    Line,
    /// A notice of issuance.
    Notice,
    /// The next month.
    Month,
}

impl Jump {
    /// The kind of change that is waited for; any if absent.
    pub(super) fn kind(self) -> Option<Kind> {
        match self {
            Self::Next => None,
            Self::Card => Some(Kind::Card),
            Self::Limit => Some(Kind::Limit),
            Self::Consent => Some(Kind::Consent),
            Self::Token => Some(Kind::Token),
            Self::Job => Some(Kind::Job),
            Self::Certificate => Some(Kind::Certificate),
            Self::Line => Some(Kind::Line),
            Self::Notice => Some(Kind::Notice),
            Self::Month => Some(Kind::Month),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn advance(text: &str) -> Option<SignedDuration> {
        match serde_json::from_value(serde_json::json!({ "advance": text })) {
            Ok(ClockChange::Advance(by)) => Some(by),
            Ok(other) => panic!("{other:?}"),
            Err(_) => None,
        }
    }

    fn refused(body: &str) -> String {
        serde_json::from_str::<ClockChange>(body).unwrap_err().to_string()
    }

    #[test]
    fn a_clock_is_advanced_by_hours_days_and_weeks_but_not_by_months() {
        for (text, hours) in
            [("25h", 25), ("1d", 24), ("-1d", -24), ("P1D", 24), ("PT2H", 2), ("1d 2h", 26), ("2w", 14 * 24)]
        {
            assert_eq!(advance(text), Some(SignedDuration::from_hours(hours)), "{text}");
        }
        assert_eq!(advance("-90m"), Some(SignedDuration::from_mins(-90)));
        assert_eq!(advance("PT100000H"), Some(SignedDuration::from_hours(100_000)));
        for text in ["soon", "", "1mo", "1y", "1", "d"] {
            assert_eq!(advance(text), None, "{text}");
        }
    }

    #[test]
    fn what_says_no_change_is_told_what_is_expected_in_both_languages_and_in_our_own_words() {
        for (body, pieces) in [
            (r#"{"advance":"soon"}"#, ["`25h`", "1d は24時間", "\"soon\""]),
            (
                r#"{"set":"tomorrow"}"#,
                ["`2027-01-01T00:00:00+09:00`", "日時を指定してください", "\"tomorrow\""],
            ),
            ("{}", ["exactly one of `advance`, `set`", "いずれか一つ", "`reset`"]),
            (r#"{"freeze":true,"run":true}"#, ["exactly one of `advance`", "いずれか一つ", "`jump`"]),
            (r#"{"advnace":"1h"}"#, ["unknown field `advnace`", "`advance`", "`reset`"]),
        ] {
            let said = refused(body);
            for piece in pieces {
                assert!(said.contains(piece), "{body}: {said}");
            }
            assert!(!said.contains("jiff") && !said.contains("Span"), "{said}");
        }
    }
}
