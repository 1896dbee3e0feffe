//! From JSON to the tree that XML is read into.
//!
//! A list is as many elements of its name; a key that stands twice is an element that stands twice.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::finding::Place;
use crate::tree::{Element, MOST_ELEMENTS, MOST_LEVELS};

/// Why bytes are no message in JSON.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JsonError {
    /// Not UTF-8.
    #[error("byte {offset} is not UTF-8")]
    Charset {
        /// Offset of the first byte that doesn't fit, from 0.
        offset: usize,
    },
    /// No JSON.
    #[error("{place}: no JSON: {what}")]
    Syntax {
        /// Where.
        place: Place,
        /// What is wrong.
        what: String,
    },
    /// JSON, but not an object with the one key `XmlMsg`.
    #[error("expected an object with the one key \"XmlMsg\"")]
    Root,
    /// A list inside a list, which has no name to be an element by.
    #[error("{place}: a list inside a list")]
    NestedList {
        /// Where.
        place: Place,
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

/// Reads a document and returns its root, the object under `root`.
///
/// # Errors
/// [`JsonError`] with the first thing that is wrong.
pub fn read<'a>(text: &'a str, root: &str) -> Result<Element<'a>, JsonError> {
    let whole: &RawValue = serde_json::from_str(text)
        .map_err(|error| JsonError::Syntax { place: place(text, &error), what: without_place(&error) })?;
    let mut tree = Tree { text, elements: 0 };
    let document = tree.element(Cow::Borrowed(""), whole, 0)?;
    let mut elements = document.children;
    match (elements.pop(), elements.is_empty()) {
        (Some(element), true) if element.name == root => Ok(element),
        _ => Err(JsonError::Root),
    }
}

struct Tree<'a> {
    text: &'a str,
    elements: usize,
}

impl<'a> Tree<'a> {
    fn element(
        &mut self,
        name: Cow<'a, str>,
        value: &'a RawValue,
        level: usize,
    ) -> Result<Element<'a>, JsonError> {
        let offset = self.offset(value);
        self.elements += 1;
        let too_large = |most, what| Err(JsonError::TooLarge { place: self.place(value), most, what });
        if self.elements > MOST_ELEMENTS {
            return too_large(MOST_ELEMENTS, "elements");
        }
        if level > MOST_LEVELS {
            return too_large(MOST_LEVELS, "levels");
        }
        let element = Element { name, offset, ..Element::default() };
        Ok(match value.get().as_bytes() {
            [b'{', ..] => Element { children: self.children(value, level)?, ..element },
            [b'"', ..] => Element { text: self.typed::<Text<'_>>(value)?.0, ..element },
            [b'[', ..] => return Err(JsonError::NestedList { place: self.place(value) }),
            b"null" => Element { no_string: true, ..element },
            _ => Element { text: Cow::Borrowed(value.get()), no_string: true, ..element },
        })
    }

    fn children(&mut self, value: &'a RawValue, level: usize) -> Result<Vec<Element<'a>>, JsonError> {
        let Entries(entries) = self.typed(value)?;
        let mut children = Vec::with_capacity(entries.len());
        for (Text(name), value) in entries {
            if value.get().starts_with('[') {
                for item in self.typed::<Vec<&RawValue>>(value)? {
                    children.push(self.element(name.clone(), item, level + 1)?);
                }
            } else {
                children.push(self.element(name, value, level + 1)?);
            }
        }
        Ok(children)
    }

    /// Reads a part that is known to be JSON.
    fn typed<T: Deserialize<'a>>(&self, value: &'a RawValue) -> Result<T, JsonError> {
        serde_json::from_str(value.get())
            .map_err(|error| JsonError::Syntax { place: self.place(value), what: without_place(&error) })
    }

    fn offset(&self, value: &RawValue) -> usize {
        (value.get().as_ptr() as usize).saturating_sub(self.text.as_ptr() as usize)
    }

    fn place(&self, value: &RawValue) -> Place {
        Place::of(self.text, self.offset(value))
    }
}

/// The place that serde_json gives in bytes of a line.
fn place(text: &str, error: &serde_json::Error) -> Place {
    let lines = text.split_inclusive('\n').take(error.line().saturating_sub(1));
    let offset = lines.map(str::len).sum::<usize>() + error.column().saturating_sub(1);
    Place::of(text, text.floor_char_boundary(offset))
}

/// What is wrong, without the place that serde_json appends.
fn without_place(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.rsplit_once(" at line ").map_or(text.as_str(), |(what, _)| what).to_owned()
}

/// A string, borrowed from the document where it has no escapes.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// The members of an object in their order, with those that stand twice.
struct Entries<'a>(Vec<(Text<'a>, &'a RawValue)>);

impl<'de> Deserialize<'de> for Entries<'de> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;

        impl<'de> Visitor<'de> for Members {
            type Value = Entries<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Entries(entries))
            }
        }

        deserializer.deserialize_map(Members)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_become_elements_of_one_name_and_values_keep_their_places() {
        let root = read("{\"XmlMsg\":\n {\"A\":[{\"B\":\"見\\u672c\"},{}],\"C\":\"\"}}", "XmlMsg").unwrap();
        let names: Vec<_> = root.children.iter().map(|child| child.name.as_ref()).collect();
        assert_eq!(names, ["A", "A", "C"]);
        let b = &root.children[0].children[0];
        assert_eq!((b.text.as_ref(), b.offset), ("見本", 23));
    }

    #[test]
    fn what_is_no_message_in_json_is_refused_with_its_place() {
        for (text, message) in [
            ("", "1:1: no JSON: EOF while parsing a value"),
            ("{\"XmlMsg\":", "1:10: no JSON: EOF while parsing a value"),
            ("{\"XmlMsg\":{}}x", "1:14: no JSON: trailing characters"),
            ("{\"XmlMsg\":{\"A\":[[]]}}", "1:17: a list inside a list"),
            ("{\"見\" 1}", "1:6: no JSON: expected `:`"),
            ("[]", "1:1: a list inside a list"),
            ("{}", "expected an object with the one key \"XmlMsg\""),
            ("\"XmlMsg\"", "expected an object with the one key \"XmlMsg\""),
            ("{\"XmlMsg\":{},\"XmlMsg\":{}}", "expected an object with the one key \"XmlMsg\""),
            ("{\"Xml\":{}}", "expected an object with the one key \"XmlMsg\""),
        ] {
            assert_eq!(read(text, "XmlMsg").unwrap_err().to_string(), message, "{text}");
        }
    }

    #[test]
    fn depth_and_number_of_elements_are_bounded() {
        let deep = "{\"XmlMsg\":".repeat(40) + "\"\"" + &"}".repeat(40);
        assert!(matches!(read(&deep, "XmlMsg"), Err(JsonError::TooLarge { what: "levels", .. })));
        let wide = format!("{{\"XmlMsg\":[{}\"\"]}}", "\"\",".repeat(MOST_ELEMENTS));
        assert!(matches!(read(&wide, "XmlMsg"), Err(JsonError::TooLarge { what: "elements", .. })));
        let deepest = "[".repeat(100_000);
        assert!(matches!(read(&deepest, "XmlMsg"), Err(JsonError::Syntax { .. })));
    }
}
