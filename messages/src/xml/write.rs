//! From messages to text.

use std::borrow::Cow;

use crate::message::{Group, Sink};
use crate::style::{Empty, Nesting, Order, Style, bucket};

/// Indentation of the deepest levels; real answers indent by four spaces.
const SPACES: &str = "                                                                ";

/// Writes a message as real answers are written: declaration, four spaces of indentation, LF.
#[derive(Debug)]
pub struct XmlSink {
    out: String,
    level: usize,
    style: Style,
    /// For each open element, its children so far and where they start; only if they are scrambled at its end.
    children: Vec<Vec<(&'static str, usize)>>,
}

impl XmlSink {
    /// A document whose declaration names the encoding of the style.
    #[must_use]
    pub fn new(style: Style) -> Self {
        let mut out = String::with_capacity(4096);
        out.push_str("<?xml version=\"1.0\" encoding=\"");
        out.push_str(style.encoding.name());
        out.push_str("\" standalone=\"no\"?>\n");
        Self { out, level: 0, style, children: Vec::new() }
    }

    /// The text of the document.
    #[must_use]
    pub fn finish(self) -> String {
        self.out
    }

    fn begin(&mut self, element: &'static str) {
        if let Some(siblings) = self.children.last_mut() {
            siblings.push((element, self.out.len()));
        }
        self.out.push_str(SPACES.get(..self.level * 4).unwrap_or(SPACES));
        self.tag("<", element, ">");
    }

    fn tag(&mut self, before: &str, element: &str, after: &str) {
        self.out.push_str(before);
        self.out.push_str(element);
        self.out.push_str(after);
    }

    /// Writes an element around what `content` writes.
    fn around(&mut self, element: &'static str, content: impl FnOnce(&mut Self)) {
        self.begin(element);
        let start = self.out.len();
        self.out.push('\n');
        self.level += 1;
        let scrambled = self.style.order == Order::Scrambled;
        if scrambled {
            self.children.push(Vec::new());
        }
        content(self);
        if scrambled && let Some(children) = self.children.pop() {
            self.scramble(&children);
        }
        self.level -= 1;
        if self.out.len() == start + 1 {
            self.out.truncate(start);
        } else {
            self.out.push_str(SPACES.get(..self.level * 4).unwrap_or(SPACES));
        }
        self.tag("</", element, ">\n");
    }

    /// Puts the last written siblings into the order of a hash map; those of one name stay together.
    fn scramble(&mut self, children: &[(&'static str, usize)]) {
        let Some((_, start)) = children.first().copied() else { return };
        let ends = children.iter().skip(1).map(|(_, at)| *at).chain([self.out.len()]);
        let mut pieces: Vec<_> =
            children.iter().zip(ends).map(|((name, at), end)| (*name, *at..end)).collect();
        let mut names: Vec<_> = children.iter().map(|(name, _)| *name).collect();
        names.sort_unstable();
        names.dedup();
        pieces.sort_by_key(|(name, _)| bucket(name, names.len()));
        let scrambled: String = pieces.into_iter().filter_map(|(_, piece)| self.out.get(piece)).collect();
        self.out.truncate(start);
        self.out.push_str(&scrambled);
    }
}

impl Sink for XmlSink {
    fn text(&mut self, element: &'static str, text: &str) {
        self.begin(element);
        self.out.push_str(&escape(text));
        self.tag("</", element, ">\n");
    }

    fn group(&mut self, element: &'static str, content: &impl Group) {
        self.around(element, |sink| content.write(sink));
    }

    fn list<G: Group>(&mut self, wrapper: Option<&'static str>, element: &'static str, items: &[G]) {
        let all = |sink: &mut Self| {
            for item in items {
                sink.group(element, item);
            }
        };
        match wrapper {
            Some(wrapper) => self.around(wrapper, all),
            None => all(self),
        }
    }

    fn writes_empty(&self) -> bool {
        self.style.empty == Empty::Write
    }

    fn is_flat(&self) -> bool {
        self.style.nesting == Nesting::Flat
    }
}

/// Escapes markup, and drops what XML cannot carry at all.
pub fn escape(text: &str) -> Cow<'_, str> {
    if !text.bytes().any(|b| matches!(b, b'<' | b'>' | b'&') || b < b' ') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '\r' => out.push_str("&#13;"),
            '\t' | '\n' => out.push(c),
            c if c < ' ' => {}
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}
