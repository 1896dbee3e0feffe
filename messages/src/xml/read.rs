//! From text to a tree.

use std::borrow::Cow;

use quick_xml::Reader;
use quick_xml::events::{BytesRef, BytesStart, Event};

use crate::charset;
use crate::finding::Place;
use crate::tree::{Element, MOST_ELEMENTS, MOST_LEVELS};

/// Why a text is no document that we read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum XmlError {
    /// Not well-formed.
    #[error("{place}: not well-formed: {what}")]
    NotWellFormed {
        /// Where.
        place: Place,
        /// What is wrong.
        what: String,
    },
    /// A document type declaration.
    #[error("{place}: a document type declaration (DTD) is not allowed")]
    DocumentType {
        /// Where.
        place: Place,
    },
    /// A reference to an entity that XML itself doesn't define.
    #[error("{place}: entity reference &{name}; is not allowed")]
    Entity {
        /// Where.
        place: Place,
        /// Name of the entity.
        name: String,
    },
    /// Nested too deeply, or too many elements.
    #[error("{place}: more than {most} {what}")]
    TooLarge {
        /// Where the bound is passed.
        place: Place,
        /// The bound.
        most: usize,
        /// What is counted.
        what: &'static str,
    },
}

/// Whether the bytes are a whole document: decodable, well-formed and closed.
#[must_use]
pub fn is_whole(bytes: &[u8]) -> bool {
    charset::decode(bytes).is_ok_and(|decoded| read(&decoded.text).is_ok())
}

/// Reads a document and returns its root.
///
/// # Errors
/// [`XmlError`] with the place of the first thing that is wrong.
pub fn read(text: &str) -> Result<Element<'_>, XmlError> {
    Tree { text, open: Vec::new(), root: None, elements: 0 }.read()
}

struct Tree<'a> {
    text: &'a str,
    open: Vec<Element<'a>>,
    root: Option<Element<'a>>,
    elements: usize,
}

impl<'a> Tree<'a> {
    fn read(mut self) -> Result<Element<'a>, XmlError> {
        self.check_characters()?;
        let mut reader = Reader::from_str(self.text);
        reader.config_mut().check_comments = true;
        loop {
            let offset = position(reader.buffer_position());
            let event = reader.read_event().map_err(|error| {
                self.not_well_formed(position(reader.error_position()), error.to_string())
            })?;
            match event {
                Event::Start(tag) => self.start(&tag, offset)?,
                Event::Empty(tag) => {
                    self.start(&tag, offset)?;
                    self.end();
                }
                Event::End(_) => self.end(),
                Event::Text(text) => {
                    let content = if text.contains('\r') {
                        text.xml10_content().into_owned().into()
                    } else {
                        text.into_inner()
                    };
                    self.append(content, offset)?;
                }
                Event::CData(data) => self.append(data.xml10_content().into_owned().into(), offset)?,
                Event::GeneralRef(reference) => {
                    let character = self.resolve(&reference, offset)?;
                    self.append(character.to_string().into(), offset)?;
                }
                Event::Decl(_) if offset == 0 => {}
                Event::Decl(_) => {
                    return Err(self.not_well_formed(offset, "an XML declaration not at the start"));
                }
                Event::DocType(_) => return Err(XmlError::DocumentType { place: self.place(offset) }),
                Event::Comment(_) | Event::PI(_) => {}
                Event::Eof => return self.finish(),
            }
        }
    }

    fn check_characters(&self) -> Result<(), XmlError> {
        let forbidden = |b: &u8| *b < 0x20 && !matches!(b, b'\t' | b'\n' | b'\r');
        let bytes = self.text.as_bytes();
        // Counting looks at every byte without stopping, and is much faster for that.
        if bytes.iter().filter(|b| forbidden(b)).count() == 0 {
            return Ok(());
        }
        let offset = bytes.iter().position(forbidden).unwrap_or_default();
        Err(self.not_well_formed(offset, "a control character"))
    }

    fn start(&mut self, tag: &BytesStart<'a>, offset: usize) -> Result<(), XmlError> {
        self.elements += 1;
        if self.elements > MOST_ELEMENTS {
            return Err(XmlError::TooLarge {
                place: self.place(offset),
                most: MOST_ELEMENTS,
                what: "elements",
            });
        }
        if self.open.len() == MOST_LEVELS {
            return Err(XmlError::TooLarge { place: self.place(offset), most: MOST_LEVELS, what: "levels" });
        }
        if self.root.is_some() {
            return Err(self.not_well_formed(offset, "a second root element"));
        }
        if tag.len() != tag.name().as_ref().len()
            && let Some(error) = tag.attributes().find_map(Result::err)
        {
            return Err(self.not_well_formed(offset, error.to_string()));
        }
        let name = tag.name().into_inner();
        if !is_name(name) {
            return Err(self.not_well_formed(offset, format!("{name:?} is no name of an element")));
        }
        // The tag borrows its name for too short a time; the same name stands in the text.
        let start = offset + "<".len();
        let name = match self.text.get(start..start + name.len()) {
            Some(in_text) if in_text == name => Cow::Borrowed(in_text),
            _ => Cow::Owned(name.to_owned()),
        };
        self.open.push(Element { name, offset, ..Element::default() });
        Ok(())
    }

    fn end(&mut self) {
        let Some(element) = self.open.pop() else { return };
        match self.open.last_mut() {
            Some(parent) => parent.children.push(element),
            None => self.root = Some(element),
        }
    }

    fn append(&mut self, piece: Cow<'a, str>, offset: usize) -> Result<(), XmlError> {
        match self.open.last_mut() {
            Some(element) if element.text.is_empty() => element.text = piece,
            Some(element) => element.text.to_mut().push_str(&piece),
            None if piece.trim().is_empty() => {}
            None => return Err(self.not_well_formed(offset, "text outside the root element")),
        }
        Ok(())
    }

    fn resolve(&self, reference: &BytesRef<'a>, offset: usize) -> Result<char, XmlError> {
        if let Some(character) =
            reference.resolve_char_ref().map_err(|error| self.not_well_formed(offset, error.to_string()))?
        {
            let allowed = character >= ' ' || matches!(character, '\t' | '\n' | '\r');
            return if allowed {
                Ok(character)
            } else {
                Err(self.not_well_formed(offset, "a reference to a control character"))
            };
        }
        match &**reference {
            "lt" => Ok('<'),
            "gt" => Ok('>'),
            "amp" => Ok('&'),
            "apos" => Ok('\''),
            "quot" => Ok('"'),
            name => {
                Err(XmlError::Entity { place: self.place(offset), name: name.chars().take(40).collect() })
            }
        }
    }

    fn finish(self) -> Result<Element<'a>, XmlError> {
        if let Some(open) = self.open.last() {
            return Err(self.not_well_formed(open.offset, format!("<{}> is not closed", open.name)));
        }
        let end = self.text.len();
        let none = self.not_well_formed(end, "no root element");
        self.root.ok_or(none)
    }

    fn place(&self, offset: usize) -> Place {
        Place::of(self.text, offset)
    }

    fn not_well_formed(&self, offset: usize, what: impl Into<String>) -> XmlError {
        XmlError::NotWellFormed { place: self.place(offset), what: what.into() }
    }
}

fn position(offset: u64) -> usize {
    usize::try_from(offset).unwrap_or(usize::MAX)
}

/// Names as this interface and XML in general write them; close enough to refuse what is no name at all.
fn is_name(name: &str) -> bool {
    if name.is_ascii() {
        let bytes = name.as_bytes();
        return bytes.first().is_some_and(|b| b.is_ascii_alphabetic() || matches!(b, b'_' | b':'))
            && bytes.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b':' | b'-' | b'.'));
    }
    let mut characters = name.chars();
    characters.next().is_some_and(|c| c.is_alphabetic() || c == '_' || c == ':')
        && characters.all(|c| c.is_alphanumeric() || matches!(c, '_' | ':' | '-' | '.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_before_the_closing_bracket_is_read() {
        let root = read("<A ><B >1</B ><C/>\r\n</A >\n").unwrap();
        assert_eq!(root.children.len(), 2);
        assert_eq!((root.children[0].name.as_ref(), root.children[0].text.as_ref()), ("B", "1"));
        assert_eq!(root.text, "\n");
    }

    #[test]
    fn predefined_entities_character_references_and_cdata_are_text() {
        assert_eq!(read("<A>a&amp;b&#x898B;<![CDATA[<c>]]></A>").unwrap().text, "a&b見<c>");
    }

    #[test]
    fn what_is_no_document_is_refused_with_its_place() {
        for (text, message) in [
            ("", "1:1: not well-formed: no root element"),
            ("<A>", "1:1: not well-formed: <A> is not closed"),
            (
                "<A>\n <B></A>",
                "2:5: not well-formed: ill-formed document: expected `</B>`, but `</A>` was found",
            ),
            ("<A/><B/>", "1:5: not well-formed: a second root element"),
            ("<A/>x", "1:5: not well-formed: text outside the root element"),
            ("<A>\u{1}</A>", "1:4: not well-formed: a control character"),
            ("<A>&#1;</A>", "1:4: not well-formed: a reference to a control character"),
            ("<A b=1/>", "1:1: not well-formed: position 4: attribute value must be enclosed in `\"` or `'`"),
            (" <?xml version='1.0'?><A/>", "1:2: not well-formed: an XML declaration not at the start"),
            ("<1/>", "1:1: not well-formed: \"1\" is no name of an element"),
            (
                "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
                "1:1: a document type declaration (DTD) is not allowed",
            ),
            ("<a>&b;</a>", "1:4: entity reference &b; is not allowed"),
        ] {
            assert_eq!(read(text).unwrap_err().to_string(), message, "{text}");
        }
    }

    #[test]
    fn depth_and_number_of_elements_are_bounded() {
        let deep = "<A>".repeat(40) + &"</A>".repeat(40);
        assert!(matches!(read(&deep), Err(XmlError::TooLarge { what: "levels", .. })));
        let wide = format!("<A>{}</A>", "<B/>".repeat(MOST_ELEMENTS));
        assert!(matches!(read(&wide), Err(XmlError::TooLarge { what: "elements", .. })));
    }

    #[test]
    fn a_document_is_whole_when_its_last_tag_has_arrived() {
        let text = "<?xml version=\"1.0\"?><A><B>1</B></A>\n";
        for end in 0..text.len() - 1 {
            assert!(!is_whole(&text.as_bytes()[..end]), "{end}");
        }
        assert!(is_whole(text.as_bytes()));
    }
}
