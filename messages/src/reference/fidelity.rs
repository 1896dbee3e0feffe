//! How sure we are: of every element of every message, and of every row of the dialect.

use std::fmt::Write as _;

use super::rows::{Row, rows};
use super::{Page, cell};
use crate::dialect::Dialect;
use crate::id::{Half, MessageId};
use crate::message::Mark;

/// The marks in the order of confidence, and what they mean.
const MARKS: [(Mark, &str); 4] = [
    (Mark::S, "seen in a real sample, a manual, an official or vendor page"),
    (Mark::C, "used by the code of a client"),
    (Mark::I, "inferred from other facts"),
    (Mark::D, "defined here, because the real rule is unknown"),
];

/// The fidelity table of a dialect, as `onshi-mock fidelity` prints it: totals, elements by mark, rows of the dialect.
///
/// An element counts under the strongest of its marks, but not as surer than the message that it stands in.
#[must_use]
pub fn fidelity(dialect: &Dialect) -> String {
    let mut text = "# Fidelity\n\nHow sure onshi-mock is of what it answers. An element counts under the strongest of its marks,\nbut not as surer than the message that it stands in.\n\n".to_owned();
    for (mark, meaning) in MARKS {
        line(&mut text, format_args!("- **{mark:?}**: {meaning}"));
    }
    totals(&mut text);
    text.push_str("\n## Elements\n");
    for (id, half) in halves() {
        elements(&mut text, id, half);
    }
    rules(&mut text, dialect);
    text
}

/// [`fidelity`] as the page `docs/fidelity.md`.
#[must_use]
pub fn fidelity_page(dialect: &Dialect) -> Page {
    Page { path: "fidelity.md".to_owned(), text: fidelity(dialect) }
}

fn halves() -> impl Iterator<Item = (MessageId, Half)> {
    MessageId::ALL.iter().flat_map(|id| Half::ALL.map(|half| (*id, half)))
}

fn mark(id: MessageId, row: &Row) -> Mark {
    row.mark().max(id.marks().iter().copied().min().unwrap_or(Mark::D))
}

fn count<'a>(marks: impl Iterator<Item = Mark> + Clone + 'a) -> [usize; 4] {
    MARKS.map(|(mark, _)| marks.clone().filter(|m| *m == mark).count())
}

fn totals(text: &mut String) {
    text.push_str("\n## Totals\n\n| message | elements | S | C | I | D |\n|---|---:|---:|---:|---:|---:|\n");
    let mut sums = [0; 4];
    for (id, half) in halves() {
        let rows = rows(id, half);
        let counts = count(rows.iter().map(|row| mark(id, row)));
        for (sum, count) in sums.iter_mut().zip(counts) {
            *sum += count;
        }
        let [s, c, i, d] = counts;
        line(
            text,
            format_args!("| {}{} | {} | {s} | {c} | {i} | {d} |", id.as_str(), half.as_str(), rows.len()),
        );
    }
    let [s, c, i, d] = sums;
    line(text, format_args!("| **all** | {} | {s} | {c} | {i} | {d} |", s + c + i + d));
}

fn elements(text: &mut String, id: MessageId, half: Half) {
    line(text, format_args!("\n### {}{}\n", id.as_str(), half.as_str()));
    let rows = rows(id, half);
    for (mark, _) in MARKS {
        let names: Vec<_> =
            rows.iter().filter(|row| self::mark(id, row) == mark).map(|row| row.element.as_str()).collect();
        if !names.is_empty() {
            line(text, format_args!("- **{mark:?}** ({}): {}", names.len(), names.join(", ")));
        }
    }
}

fn rules(text: &mut String, dialect: &Dialect) {
    let rows = dialect.rows();
    let [s, c, i, d] = count(rows.iter().map(|row| row.mark));
    line(
        text,
        format_args!("\n## Rules of the dialect\n\n{} rows: S {s}, C {c}, I {i}, D {d}.\n", rows.len()),
    );
    text.push_str("| rule | value | mark | source |\n|---|---|---|---|\n");
    for row in rows {
        let (value, source) = (cell(&row.value), cell(&row.source));
        line(text, format_args!("| {} | `{value}` | {:?} | {source} |", row.name, row.mark));
    }
}

fn line(text: &mut String, what: std::fmt::Arguments<'_>) {
    text.write_fmt(what).expect("writing to a string does not fail");
    text.push('\n');
}
