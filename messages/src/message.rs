//! What a message is made of: groups of elements, declared once.
//!
//! [`message!`] turns one table into the struct, the reader, the writer and the description of a group. A line reads
//!
//! ```text
//! Element "日本語" => field: Shape, presence, [mark][mark];
//! ```
//!
//! where the shape is `Type` for text, `{Type}` for a group, `[Type]` for a repeated group (`Wrapper / Element` if it
//! stands in a list element), and `(Type)` for elements that share a prefix (a consent).

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
    /// May be missing or empty.
    Optional,
}

/// The description of one element, for reference pages.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// The element's name on the wire.
    pub element: &'static str,
    /// The list element around it, if any.
    pub wrapper: Option<&'static str>,
    /// Its Japanese name.
    pub japanese: &'static str,
    /// What else is to be known.
    pub about: &'static str,
    /// What it holds.
    pub content: Content,
    /// Whether it has to be there.
    pub presence: Presence,
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
    /// Several elements that share a prefix.
    Prefixed(&'static [(&'static str, Kind)]),
}

/// A group of elements.
pub trait Group: Sized {
    /// Its elements in the order of the specification.
    const FIELDS: &'static [Field];

    /// Reads the group from the children of an element; what is odd goes to `reading`.
    fn read(children: &mut Children<'_, '_>, reading: &mut Reading<'_>) -> Self;

    /// Writes its elements in the order of the specification; what is missing is left out.
    fn write<S: Sink>(&self, sink: &mut S);
}

/// Elements that share a prefix and stand flat among their siblings.
pub trait Prefixed: Sized {
    /// Suffixes and what they hold.
    const PARTS: &'static [(&'static str, Kind)];
    /// The names of the elements, made by [`message!`].
    type Names;

    /// Reads the elements.
    fn read(names: &Self::Names, children: &mut Children<'_, '_>, reading: &mut Reading<'_>) -> Self;

    /// Writes the elements that are there.
    fn write<S: Sink>(&self, names: &Self::Names, sink: &mut S);
}

/// Where a message is written to: XML, or JSON.
pub trait Sink {
    /// One element with text.
    fn text(&mut self, element: &'static str, text: &str);
    /// One element with elements.
    fn group(&mut self, element: &'static str, content: &impl Group);
    /// A repeated element, inside a list element if `wrapper` names one. Never called without items.
    fn list<G: Group>(&mut self, wrapper: Option<&'static str>, element: &'static str, items: &[G]);

    /// One element with a value, unless it is missing.
    fn value<V: Value>(&mut self, element: &'static str, value: &Given<V>) {
        match value {
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
            element: "MessageHeader",
            wrapper: None,
            japanese: "メッセージヘッダー",
            about: "",
            content: Content::Group(H::FIELDS),
            presence: Presence::Required,
            marks: &[Mark::S, Mark::C],
        },
        Field {
            element: "MessageBody",
            wrapper: None,
            japanese: "メッセージボディ",
            about: "",
            content: Content::Group(B::FIELDS),
            presence: Presence::Required,
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
}

/// A fault of a value: what rule it breaks and what the rule expects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The rule.
    pub label: Label,
    /// What would satisfy it.
    pub expected: crate::refusal::Bilingual,
}

/// Declares a group of elements. See the module's documentation.
macro_rules! message {
    (
        $(#[$meta:meta])*
        pub struct $name:ident {
            $(
                $(#[doc = $about:literal])*
                $element:ident $(/ $item:ident)? $japanese:literal
                    => $field:ident: $shape:tt, $presence:ident, $([$mark:ident])+;
            )*
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Default)]
        pub struct $name {
            $(
                #[doc = concat!("`", stringify!($element), $("/", stringify!($item),)? "`: ", $japanese, ".")]
                $(#[doc = $about])*
                pub $field: $crate::message::shape!(type $shape),
            )*
        }

        impl $crate::message::Group for $name {
            const FIELDS: &'static [$crate::message::Field] = &[$(
                $crate::message::Field {
                    element: $crate::message::shape!(inner $element $($item)?),
                    wrapper: $crate::message::shape!(wrapper $element $($item)?),
                    japanese: $japanese,
                    about: concat!("", $($about,)*),
                    content: $crate::message::shape!(content $shape),
                    presence: $crate::message::shape!(presence $presence),
                    marks: &[$($crate::message::Mark::$mark),+],
                }
            ),*];

            fn read(
                children: &mut $crate::reading::Children<'_, '_>,
                reading: &mut $crate::reading::Reading<'_>,
            ) -> Self {
                Self { $($field: $crate::message::shape!(
                    read $shape, children, reading, $crate::message::shape!(presence $presence), $element $($item)?
                ),)* }
            }

            fn write<S: $crate::message::Sink>(&self, sink: &mut S) {
                $($crate::message::shape!(write $shape, self.$field, sink, $element $($item)?);)*
            }
        }
    };
}

/// The parts of [`message!`] that depend on the shape of a line.
macro_rules! shape {
    (type {$t:ty}) => { Option<$t> };
    (type [$t:ty]) => { Vec<$t> };
    (type ($t:ty)) => { $t };
    (type $t:ty) => { $crate::given::Given<$t> };

    (content {$t:ty}) => { $crate::message::Content::Group(<$t as $crate::message::Group>::FIELDS) };
    (content [$t:ty]) => { $crate::message::Content::List(<$t as $crate::message::Group>::FIELDS) };
    (content ($t:ty)) => { $crate::message::Content::Prefixed(<$t as $crate::message::Prefixed>::PARTS) };
    (content $t:ty) => { $crate::message::Content::Text(<$t as $crate::value::Value>::KIND) };

    (inner $element:ident) => { stringify!($element) };
    (inner $element:ident $item:ident) => { stringify!($item) };
    (wrapper $element:ident) => { None };
    (wrapper $element:ident $item:ident) => { Some(stringify!($element)) };
    (presence required) => { $crate::message::Presence::Required };
    (presence optional) => { $crate::message::Presence::Optional };

    (read {$t:ty}, $c:ident, $r:ident, $p:expr, $element:ident) => { $c.group(stringify!($element), $p, $r) };
    (read [$t:ty], $c:ident, $r:ident, $p:expr, $element:ident) => { $c.list(None, stringify!($element), $p, $r) };
    (read [$t:ty], $c:ident, $r:ident, $p:expr, $element:ident $item:ident) => {
        $c.list(Some(stringify!($element)), stringify!($item), $p, $r)
    };
    (read ($t:ty), $c:ident, $r:ident, $p:expr, $element:ident) => {
        <$t as $crate::message::Prefixed>::read(&$crate::oqs::consent_names!($element), $c, $r)
    };
    (read $t:ty, $c:ident, $r:ident, $p:expr, $element:ident) => { $c.value(stringify!($element), $p, $r) };

    (write {$t:ty}, $f:expr, $s:ident, $element:ident) => {
        if let Some(group) = &$f { $s.group(stringify!($element), group); }
    };
    (write [$t:ty], $f:expr, $s:ident, $element:ident) => {
        if !$f.is_empty() { $s.list(None, stringify!($element), &$f); }
    };
    (write [$t:ty], $f:expr, $s:ident, $element:ident $item:ident) => {
        if !$f.is_empty() { $s.list(Some(stringify!($element)), stringify!($item), &$f); }
    };
    (write ($t:ty), $f:expr, $s:ident, $element:ident) => {
        $crate::message::Prefixed::write(&$f, &$crate::oqs::consent_names!($element), $s)
    };
    (write $t:ty, $f:expr, $s:ident, $element:ident) => { $s.value(stringify!($element), &$f) };
}

pub(crate) use {message, shape};
