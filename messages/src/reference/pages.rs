//! One page for each message, one for the code tables, one for the findings, and their index.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::rows::{Form, Row, rows};
use super::{Page, cell};
use crate::finding::{Label, Severity};
use crate::id::{Half, MessageId};
use crate::message::{Mark, Presence};
use crate::value::Kind;

const GENERATED: &str =
    "<!-- Written by `UPDATE_GOLDEN=1 cargo test -p messages` from the declarations. -->\n\n";

/// The pages of `docs/reference/`.
#[must_use]
pub fn pages() -> Vec<Page> {
    let mut pages = vec![index(), codes(), findings()];
    pages.extend(MessageId::ALL.iter().map(|id| message(*id)));
    pages
}

fn page(name: &str, text: String) -> Page {
    Page { path: format!("reference/{name}.md"), text: GENERATED.to_owned() + &text }
}

fn index() -> Page {
    let mut text = "# Messages\n\n\
        Every message that onshi-mock answers. The marks: S seen in a real sample, manual or official page; C used by a\n\
        client's code; I inferred; D defined here. See also [code tables](codes.md) and [findings](findings.md).\n\n\
        | message | name | Japanese | layouts | mark |\n|---|---|---|---|---|\n"
        .to_owned();
    for id in MessageId::ALL {
        let name = id.name();
        put(
            &mut text,
            format_args!(
                "| [{0}]({0}.md) | {1} | {2} | {3} / {4} | {5} |\n",
                id.as_str(),
                name.en,
                name.ja,
                id.layout_number(Half::Request),
                id.layout_number(Half::Result),
                marks(id.marks()),
            ),
        );
    }
    page("README", text)
}

fn message(id: MessageId) -> Page {
    let name = id.name();
    let mut text = format!("# {}: {}\n\n{}.", id.as_str(), name.en, name.ja);
    if let Some(first) = id.fetches() {
        put(
            &mut text,
            format_args!(" Fetches the result of a job that [{0}]({0}.md) started.", first.as_str()),
        );
    }
    text.push('\n');
    for half in Half::ALL {
        let title = match half {
            Half::Request => "Request",
            Half::Result => "Result",
        };
        put(&mut text, format_args!("\n## {title} ({})\n\n", id.layout_number(half)));
        text.push_str("| element | Japanese | form | presence | mark | notes |\n|---|---|---|---|---|---|\n");
        for row in rows(id, half) {
            element(&mut text, &row);
        }
    }
    page(id.as_str(), text)
}

fn element(text: &mut String, row: &Row) {
    let form = match row.form {
        Form::Text(kind) => form_of(&kind),
        Form::Group => "group".to_owned(),
        Form::List => "group, repeated".to_owned(),
        Form::EitherList => "group, repeated; with or without the list element".to_owned(),
    };
    let presence = match row.presence {
        Presence::Required => "required",
        Presence::RequiredInSingle => "required in single messages",
        Presence::Optional => "optional",
    };
    let mut notes = cell(row.about.trim());
    for other in row.also {
        put(&mut notes, format_args!(" Also read as `{other}`."));
    }
    put(
        text,
        format_args!(
            "| {}`{}` | {} | {form} | {presence} | {} | {} |\n",
            "· ".repeat(row.level),
            row.element,
            row.japanese,
            marks(row.marks),
            notes.trim(),
        ),
    );
}

fn form_of(kind: &Kind) -> String {
    if kind.codes.is_empty() {
        cell(kind.en)
    } else {
        let codes: Vec<_> = kind.codes.iter().map(|(code, _)| *code).collect();
        match codes.as_slice() {
            [first, .., last] if codes.len() > 6 => {
                format!("[{}](codes.md#{}) {first} … {last}", kind.name, kind.name.to_lowercase())
            }
            _ => format!("[{}](codes.md#{}) {}", kind.name, kind.name.to_lowercase(), codes.join(" ")),
        }
    }
}

fn marks(marks: &[Mark]) -> String {
    marks.iter().map(|mark| format!("{mark:?}")).collect::<Vec<_>>().join(" ")
}

/// The code tables that any message uses, by name of their type.
fn codes() -> Page {
    let mut tables = BTreeMap::new();
    for id in MessageId::ALL {
        for row in Half::ALL.into_iter().flat_map(|half| rows(*id, half)) {
            if let Form::Text(kind) = row.form
                && !kind.codes.is_empty()
            {
                let elements: &mut Vec<String> = &mut tables.entry(kind.name).or_insert((kind, Vec::new())).1;
                if !elements.contains(&row.element) {
                    elements.push(row.element);
                }
            }
        }
    }
    let mut text = "# Code tables\n\nThe tables that the messages use, named as in the code; their numbers are those of 別紙5-1.\n".to_owned();
    for (name, (kind, elements)) in tables {
        let elements: Vec<_> = elements.iter().map(|element| format!("`{element}`")).collect();
        put(
            &mut text,
            format_args!("\n## {name}\n\n{}. Elements: {}.\n\n", cell(kind.en), elements.join(", ")),
        );
        text.push_str("| code | meaning |\n|---|---|\n");
        for (code, meaning) in kind.codes {
            put(&mut text, format_args!("| {code} | {} |\n", cell(meaning)));
        }
    }
    page("codes", text)
}

fn findings() -> Page {
    let mut text = "# Findings\n\n\
        What can be odd about a message. A request with findings is answered as the real service would; the findings go\n\
        to the journal, the console and the conformance report. A label never changes its meaning.\n\n\
        | label | severity | meaning | 日本語 |\n|---|---|---|---|\n"
        .to_owned();
    for label in Label::ALL {
        let severity = match label.severity() {
            Severity::Note => "note",
            Severity::Warning => "warning",
            Severity::Error => "error",
        };
        let meaning = label.meaning();
        put(&mut text, format_args!("| {label} | {severity} | {} | {} |\n", meaning.en, meaning.ja));
    }
    page("findings", text)
}

fn put(text: &mut String, what: std::fmt::Arguments<'_>) {
    text.write_fmt(what).expect("writing to a string does not fail");
}
