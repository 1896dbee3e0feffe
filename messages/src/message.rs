//! What a message is made of: groups of elements, and what is known of each.
//!
//! Each group is declared once, with the macro `message!` of `declare.rs`.

use crate::finding::Label;
use crate::given::Given;
use crate::reading::{Children, Reading};
use crate::value::{Kind, Value};

/// How sure we are of an element (the confidence marks of the domain files).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub enum Mark {
    /// Seen in a real sample, a manual, an official or vendor page.
    S,
    /// Used by the code of a third-party client.
    C,
    /// Inferred from other facts.
    I,
    /// Defined here, because the real rule is unknown.
    D,
}

/// Whether an element has to be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// Missing is a finding.
    Required,
    /// Missing is a finding in a message about one person; in a bulk message it may be missing.
    RequiredInSingle,
    /// May be missing or empty.
    Optional,
}

/// Which of the messages that share a group have an element of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// All of them.
    Everywhere,
    /// The bulk confirmation (OQSmuquc).
    BulkCheck,
    /// Home visits and online care (OQS…hvq, OQS…onq).
    Visits,
    /// Online care in bulk (OQSmuonq).
    Online,
}

/// One of several elements that share a prefix.
#[derive(Debug, Clone, Copy)]
pub struct Suffix {
    /// How its name ends.
    pub end: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// Which messages have it.
    pub scope: Scope,
    /// Whether a consent given orally has it only in the messages of home visits and online care.
    pub lasting: bool,
    /// How sure we are, if not as sure as of the whole.
    pub marks: &'static [Mark],
}

/// The names of one element on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Names {
    /// Its name; empty if this part of the message has no such element.
    pub element: &'static str,
    /// Other spellings that are read, never written.
    pub also: &'static [&'static str],
    /// The list element around it, if any.
    pub wrapper: Option<&'static str>,
}

/// The description of one element, for reference pages.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// Its names.
    pub names: Names,
    /// Its Japanese name.
    pub japanese: &'static str,
    /// What else is to be known.
    pub about: &'static str,
    /// What it holds.
    pub content: Content,
    /// Whether it has to be there.
    pub presence: Presence,
    /// Which messages have it.
    pub scope: Scope,
    /// How sure we are.
    pub marks: &'static [Mark],
}

/// What an element holds.
#[derive(Debug, Clone, Copy)]
pub enum Content {
    /// Text of a kind.
    Text(Kind),
    /// One group.
    Group(&'static [Field]),
    /// Any number of groups.
    List(&'static [Field]),
    /// Any number of groups, inside the list element or without it.
    EitherList(&'static [Field]),
    /// Several elements that share a prefix.
    Prefixed(&'static [Suffix]),
    /// The same of a consent that is given orally: outside home visits and online care it doesn't last.
    Oral(&'static [Suffix]),
}

/// A group of elements.
pub trait Group: Sized + Clone + PartialEq + std::fmt::Debug {
    /// Its elements in the order of the specification.
    const FIELDS: &'static [Field];

    /// Reads the group from the children of an element; what is odd goes to `reading`.
    fn read(children: &mut Children<'_, '_>, reading: &mut Reading<'_>) -> Self;

    /// Writes its elements in the order of the specification; what is missing is left out.
    fn write<S: Sink>(&self, sink: &mut S);

    /// A random group whose values satisfy their rules.
    #[cfg(any(test, feature = "samples"))]
    fn sample(dice: &mut crate::samples::Dice<'_>) -> Self;
}

/// Elements that share a prefix and stand flat among their siblings.
pub trait Prefixed: Sized {
    /// Ends of the names, and what the elements hold.
    const PARTS: &'static [Suffix];
    /// The names of the elements, made by the declaration.
    type Names;

    /// Reads the elements.
    fn read(names: &Self::Names, children: &mut Children<'_, '_>, reading: &mut Reading<'_>) -> Self;

    /// Writes the elements that are there.
    fn write<S: Sink>(&self, names: &Self::Names, sink: &mut S);

    /// Random values.
    #[cfg(any(test, feature = "samples"))]
    fn sample(dice: &mut crate::samples::Dice<'_>) -> Self;
}

/// One of several parts of a message that have the same groups under different names.
pub trait Part {
    /// Which of the names in brackets are its own, from 0.
    const INDEX: usize;
}

/// Where a message is written to: XML, or JSON.
pub trait Sink {
    /// One element with text.
    fn text(&mut self, element: &'static str, text: &str);
    /// One element with elements.
    fn group(&mut self, element: &'static str, content: &impl Group);
    /// A repeated element, inside a list element if `wrapper` names one. Never called without items.
    fn list<G: Group>(&mut self, wrapper: Option<&'static str>, element: &'static str, items: &[G]);

    /// Whether missing values are written as empty elements.
    fn writes_empty(&self) -> bool {
        false
    }

    /// Whether list elements that only some sources know are left out.
    fn is_flat(&self) -> bool {
        false
    }

    /// One element with a value, unless it is missing.
    fn value<V: Value>(&mut self, element: &'static str, value: &Given<V>) {
        match value {
            _ if element.is_empty() => {}
            Given::Missing if self.writes_empty() => self.text(element, ""),
            Given::Missing => {}
            Given::Good(value) => self.text(element, &value.text()),
            Given::Odd(text) => self.text(element, text),
        }
    }
}

/// A whole message: `XmlMsg` with its header and body.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct XmlMsg<H, B> {
    /// `MessageHeader`.
    pub header: H,
    /// `MessageBody`.
    pub body: B,
}

impl<H: Group, B: Group> Group for XmlMsg<H, B> {
    const FIELDS: &'static [Field] = &[
        Field {
            names: Names { element: "MessageHeader", also: &[], wrapper: None },
            japanese: "メッセージヘッダー",
            about: "",
            content: Content::Group(H::FIELDS),
            presence: Presence::Required,
            scope: Scope::Everywhere,
            marks: &[Mark::S, Mark::C],
        },
        Field {
            names: Names { element: "MessageBody", also: &[], wrapper: None },
            japanese: "メッセージボディ",
            about: "",
            content: Content::Group(B::FIELDS),
            presence: Presence::Required,
            scope: Scope::Everywhere,
            marks: &[Mark::S, Mark::C],
        },
    ];

    fn read(children: &mut Children<'_, '_>, reading: &mut Reading<'_>) -> Self {
        Self {
            header: children.always("MessageHeader", reading),
            body: children.always("MessageBody", reading),
        }
    }

    fn write<S: Sink>(&self, sink: &mut S) {
        sink.group("MessageHeader", &self.header);
        sink.group("MessageBody", &self.body);
    }

    #[cfg(any(test, feature = "samples"))]
    fn sample(dice: &mut crate::samples::Dice<'_>) -> Self {
        Self { header: H::sample(dice), body: B::sample(dice) }
    }
}

/// A fault of a value: what rule it breaks and what the rule expects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The rule.
    pub label: Label,
    /// What would satisfy it.
    pub expected: crate::refusal::Bilingual,
}

pub(crate) use crate::declare::{group, message, shape};
