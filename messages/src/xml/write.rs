//! From messages to text.

use std::borrow::Cow;

use crate::charset::Encoding;
use crate::message::{Group, Sink};

/// Writes a message as real answers are written: declaration, four spaces of indentation, LF.
pub struct XmlSink {
    out: String,
    level: usize,
}

impl XmlSink {
    /// A document whose declaration names `encoding`.
    #[must_use]
    pub fn new(encoding: Encoding) -> Self {
        let mut out = String::with_capacity(4096);
        out.push_str("<?xml version=\"1.0\" encoding=\"");
        out.push_str(encoding.name());
        out.push_str("\" standalone=\"no\"?>\n");
        Self { out, level: 0 }
    }

    /// The text of the document.
    #[must_use]
    pub fn finish(self) -> String {
        self.out
    }

    fn indent(&mut self) {
        for _ in 0..self.level {
            self.out.push_str("    ");
        }
    }

    fn tag(&mut self, before: &str, element: &str, after: &str) {
        self.out.push_str(before);
        self.out.push_str(element);
        self.out.push_str(after);
    }
}

impl Sink for XmlSink {
    fn text(&mut self, element: &'static str, text: &str) {
        self.indent();
        self.tag("<", element, ">");
        self.out.push_str(&escape(text));
        self.tag("</", element, ">\n");
    }

    fn group(&mut self, element: &'static str, content: &impl Group) {
        self.indent();
        self.tag("<", element, ">");
        let start = self.out.len();
        self.out.push('\n');
        self.level += 1;
        content.write(self);
        self.level -= 1;
        if self.out.len() == start + 1 {
            self.out.truncate(start);
        } else {
            self.indent();
        }
        self.tag("</", element, ">\n");
    }

    fn list<G: Group>(&mut self, wrapper: Option<&'static str>, element: &'static str, items: &[G]) {
        if let Some(wrapper) = wrapper {
            self.indent();
            self.tag("<", wrapper, ">\n");
            self.level += 1;
        }
        for item in items {
            self.group(element, item);
        }
        if let Some(wrapper) = wrapper {
            self.level -= 1;
            self.indent();
            self.tag("</", wrapper, ">\n");
        }
    }
}

/// Escapes markup, and drops what XML cannot carry at all.
pub(crate) fn escape(text: &str) -> Cow<'_, str> {
    let needs = |c: char| matches!(c, '<' | '>' | '&') || c < ' ';
    if !text.contains(needs) {
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
