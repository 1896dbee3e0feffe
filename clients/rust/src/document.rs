//! Messages as XML, read from and written as UTF-8 or Shift_JIS (Windows-31J).

use std::fmt::Write;

use encoding_rs::{EncoderResult, SHIFT_JIS};
use roxmltree::Node;

use crate::Error;

/// The two encodings of the interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Encoding {
    /// UTF-8.
    #[default]
    Utf8,
    /// As Windows writes it, with 髙 and ①.
    ShiftJis,
}

/// An element that is to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Element {
    /// Name and text.
    Text(&'static str, String),
    /// Name and what stands in it.
    Group(&'static str, Vec<Element>),
}

/// A message that was received. Elements are found by path, since their order is not to be relied on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    text: String,
}

impl Document {
    /// Reads a message in the encoding that its declaration names.
    ///
    /// # Errors
    /// [`Error::BadRequest`] if it is no message.
    pub fn decode(bytes: &[u8]) -> Result<Self, Error> {
        let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
        let (declaration, body) = declaration(bytes);
        let no_message = |message: String| Error::BadRequest { label: None, message };
        let text = if declaration.to_ascii_lowercase().contains("shift_jis") {
            SHIFT_JIS.decode_without_bom_handling_and_without_replacement(body).map(Into::into)
        } else {
            String::from_utf8(body.to_owned()).ok()
        };
        let text: String =
            text.ok_or_else(|| no_message("the bytes are not in the declared encoding".to_owned()))?;
        roxmltree::Document::parse(&text).map_err(|error| no_message(error.to_string()))?;
        Ok(Self { text })
    }

    /// The text at a path below the root, such as `MessageHeader/SegmentOfResult`.
    #[must_use]
    pub fn text(&self, path: &str) -> Option<String> {
        self.texts(path).into_iter().next()
    }

    /// The text of every element at a path.
    #[must_use]
    pub fn texts(&self, path: &str) -> Vec<String> {
        self.with(path, |found| found.iter().map(|node| node.text().unwrap_or_default().to_owned()).collect())
    }

    /// How many elements there are at a path.
    #[must_use]
    pub fn count(&self, path: &str) -> usize {
        self.with(path, |found| found.len())
    }

    fn with<T: Default>(&self, path: &str, look: impl FnOnce(&[Node<'_, '_>]) -> T) -> T {
        // It was parsed before, so this never fails.
        let Ok(tree) = roxmltree::Document::parse(&self.text) else { return T::default() };
        let mut found = vec![tree.root_element()];
        for name in path.split('/') {
            let below = found.iter().flat_map(Node::children);
            found = below.filter(|node| node.has_tag_name(name)).collect();
        }
        look(&found)
    }
}

/// The XML declaration, and what follows it.
fn declaration(bytes: &[u8]) -> (String, &[u8]) {
    let end = bytes.windows(2).take(200).position(|window| window == b"?>");
    match end.filter(|_| bytes.starts_with(b"<?xml")).and_then(|end| bytes.split_at_checked(end + 2)) {
        Some((declaration, body)) => (String::from_utf8_lossy(declaration).into_owned(), body),
        None => (String::new(), bytes),
    }
}

/// Writes a request.
pub(crate) fn encode(header: &[Element], body: &[Element], encoding: Encoding) -> Result<Vec<u8>, Error> {
    let name = match encoding {
        Encoding::Utf8 => "UTF-8",
        Encoding::ShiftJis => "Shift_JIS",
    };
    let mut text = format!("<?xml version=\"1.0\" encoding=\"{name}\" standalone=\"no\"?>\n<XmlMsg>");
    group(&mut text, "MessageHeader", header);
    group(&mut text, "MessageBody", body);
    text += "</XmlMsg>";
    match encoding {
        Encoding::Utf8 => Ok(text.into_bytes()),
        Encoding::ShiftJis => shift_jis(&text),
    }
}

fn group(text: &mut String, name: &str, elements: &[Element]) {
    let _ = write!(text, "<{name}>");
    for element in elements {
        match element {
            Element::Group(name, elements) => group(text, name, elements),
            Element::Text(name, own) => {
                let own = own.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
                let _ = write!(text, "<{name}>{own}</{name}>");
            }
        }
    }
    let _ = write!(text, "</{name}>");
}

fn shift_jis(text: &str) -> Result<Vec<u8>, Error> {
    let mut encoder = SHIFT_JIS.new_encoder();
    let most = encoder.max_buffer_length_from_utf8_without_replacement(text.len());
    let mut bytes = Vec::with_capacity(most.unwrap_or_default());
    match encoder.encode_from_utf8_to_vec_without_replacement(text, &mut bytes, true).0 {
        EncoderResult::InputEmpty => Ok(bytes),
        EncoderResult::Unmappable(character) => {
            let message = format!("{character:?} has no place in Shift_JIS");
            Err(Error::BadRequest { label: None, message })
        }
        EncoderResult::OutputFull => {
            Err(Error::BadRequest { label: None, message: "the request is too large".to_owned() })
        }
    }
}
