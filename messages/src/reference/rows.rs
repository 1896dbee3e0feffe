//! The elements of a layout as rows, in the order of the specification.

use crate::id::{Half, MessageId};
use crate::message::{Content, Field, Mark, Presence, Scope, Suffix};
use crate::value::Kind;

/// One element of a layout.
#[derive(Debug, Clone)]
pub(super) struct Row {
    /// How deep it stands, from 0.
    pub(super) level: usize,
    /// Its name, with that of the list element in front.
    pub(super) element: String,
    /// Other spellings that are read.
    pub(super) also: &'static [&'static str],
    /// Its Japanese name.
    pub(super) japanese: &'static str,
    /// What else is to be known.
    pub(super) about: &'static str,
    /// What it holds.
    pub(super) form: Form,
    /// Whether it has to be there.
    pub(super) presence: Presence,
    /// How sure we are.
    pub(super) marks: &'static [Mark],
}

/// What an element holds.
#[derive(Debug, Clone, Copy)]
pub(super) enum Form {
    Text(Kind),
    Group,
    List,
    EitherList,
}

impl Row {
    /// The strongest of its marks.
    pub(super) fn mark(&self) -> Mark {
        self.marks.iter().copied().min().unwrap_or(Mark::D)
    }
}

/// Every element of one half of a message; groups before what they hold.
pub(super) fn rows(id: MessageId, half: Half) -> Vec<Row> {
    let mut all = Vec::new();
    walk(id, id.layout(half), 0, &mut all);
    all
}

fn walk(id: MessageId, fields: &'static [Field], level: usize, all: &mut Vec<Row>) {
    for field in fields.iter().filter(|f| !f.names.element.is_empty() && id.includes(f.scope)) {
        let name = match field.names.wrapper {
            Some(wrapper) => format!("{wrapper}/{}", field.names.element),
            None => field.names.element.to_owned(),
        };
        let row = |end: &str, form, marks| Row {
            level,
            element: format!("{name}{end}"),
            also: field.names.also,
            japanese: field.japanese,
            about: field.about,
            form,
            presence: field.presence,
            marks,
        };
        let suffixes = |parts: &'static [Suffix], oral: bool| {
            let has = move |part: &&Suffix| {
                id.includes(part.scope) && (!oral || !part.lasting || id.includes(Scope::Visits))
            };
            parts.iter().filter(has).map(|part| {
                let marks = if part.marks.is_empty() { field.marks } else { part.marks };
                row(part.end, Form::Text(part.kind), marks)
            })
        };
        let (form, inner) = match field.content {
            Content::Text(kind) => (Form::Text(kind), &[][..]),
            Content::Group(inner) => (Form::Group, inner),
            Content::List(inner) => (Form::List, inner),
            Content::EitherList(inner) => (Form::EitherList, inner),
            Content::Prefixed(parts) => {
                all.extend(suffixes(parts, false));
                continue;
            }
            Content::Oral(parts) => {
                all.extend(suffixes(parts, true));
                continue;
            }
        };
        all.push(row("", form, field.marks));
        walk(id, inner, level + 1, all);
    }
}
