//! The wire format of the online qualification confirmation system: bytes to messages and back.
//!
//! Each message is declared once ([`oqs`]); reading, writing, checking and describing it follow from its declaration.
//! [`decode`] is lenient: it yields the message and a list of findings, and fails only for what is no document at all.
//! [`encode`] is exact. This crate does no I/O, knows no clock and no service.

pub mod channel;
pub mod charset;
mod declare;
pub mod dialect;
pub mod document;
pub mod file_name;
pub mod finding;
mod given;
pub mod habit;
pub mod id;
pub mod json;
pub mod message;
pub mod misnamed;
pub mod oqs;
pub mod path;
mod reading;
pub mod real_service;
pub mod reference;
pub mod refusal;
#[cfg(any(test, feature = "samples"))]
pub mod samples;
pub mod style;
pub mod tkk;
mod tree;
pub mod value;
pub mod viewing;
pub mod xml;
pub mod yzk;

pub use given::Given;
pub use reading::{Children, Reading};

use charset::{CharsetError, Encoding};
use finding::{Finding, Label};
use id::{Half, MessageId};
use json::JsonError;
use message::Group;
use style::Style;
use xml::{XmlError, XmlSink};

/// The root element of every message (messages.md 4, \[S]\[C]).
pub const ROOT: &str = "XmlMsg";

/// A message, and what was odd about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Decoded<M> {
    /// The message.
    pub message: M,
    /// The encoding it came in.
    pub encoding: Encoding,
    /// Everything odd, sorted by place.
    pub findings: Vec<Finding>,
}

/// Why bytes are no message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// Not text in a known encoding.
    #[error(transparent)]
    Charset(#[from] CharsetError),
    /// Not a document that is read.
    #[error(transparent)]
    Xml(#[from] XmlError),
    /// Another root element.
    #[error("the root element is {found:?}; expected \"XmlMsg\"")]
    Root {
        /// The name found.
        found: String,
    },
}

/// Decodes a message from the bytes of a file or a request.
///
/// # Errors
/// [`DecodeError`] if the bytes are no document of the interface. Everything less is a finding.
pub fn decode<M: Group>(bytes: &[u8]) -> Result<Decoded<M>, DecodeError> {
    let text = charset::decode(bytes)?;
    let root = xml::read(&text.text)?;
    if root.name != ROOT {
        return Err(DecodeError::Root { found: root.name.chars().take(80).collect() });
    }
    let mut reading = Reading::new(&text.text);
    let message = reading.group(&root);
    let mut findings = Vec::new();
    if text.byte_order_mark {
        findings.push(Finding::of_document(Label::ByteOrderMark, String::new()));
    }
    if !text.declared {
        findings.push(Finding::of_document(Label::NoDeclaration, String::new()));
    }
    findings.extend(reading.finish());
    Ok(Decoded { message, encoding: text.encoding, findings })
}

/// Decodes a message from JSON, as the Web API sends it.
///
/// # Errors
/// [`JsonError`] if the bytes are no document of the interface. Everything less is a finding.
pub fn decode_json<M: Group>(bytes: &[u8]) -> Result<Decoded<M>, JsonError> {
    let body = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let text = std::str::from_utf8(body)
        .map_err(|error| JsonError::Charset { offset: error.valid_up_to() + bytes.len() - body.len() })?;
    let root = json::read(text, ROOT)?;
    let mut reading = Reading::new(text);
    let message = reading.group(&root);
    let mut findings = Vec::new();
    if body.len() != bytes.len() {
        findings.push(Finding::of_document(Label::ByteOrderMark, String::new()));
    }
    findings.extend(reading.finish());
    Ok(Decoded { message, encoding: Encoding::Utf8, findings })
}

/// Encodes a message as JSON, as the Web API answers: `{"XmlMsg": {…}}` in UTF-8, every value a string.
///
/// Of the style only empty elements and nesting matter.
#[must_use]
pub fn encode_json<M: Group>(message: &M, style: impl Into<Style>) -> Vec<u8> {
    json::document(message, style.into()).to_string().into_bytes()
}

/// A message as bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encoded {
    /// The bytes, with a declaration and without a byte order mark.
    pub bytes: Vec<u8>,
    /// One finding for each character that had no place in the encoding.
    pub findings: Vec<Finding>,
}

/// Encodes a message as XML in a style, or in an encoding and the default style.
#[must_use]
pub fn encode<M: Group>(message: &M, style: impl Into<Style>) -> Encoded {
    let style = style.into();
    let mut sink = XmlSink::new(style);
    message::Sink::group(&mut sink, ROOT, message);
    let (bytes, replaced) = charset::encode(sink.finish(), style.encoding);
    let findings =
        replaced.into_iter().map(|c| Finding::of_document(Label::ReplacedCharacter, c.to_string())).collect();
    Encoded { bytes, findings }
}

/// A message as JSON, as the journal shows it: bytes in XML of either encoding, or in JSON.
///
/// `None` if the bytes are no document of the interface.
#[must_use]
pub fn view(id: MessageId, half: Half, bytes: &[u8]) -> Option<serde_json::Value> {
    id.visit(half, View(bytes))
}

struct View<'a>(&'a [u8]);

impl id::Visit for View<'_> {
    type Output = Option<serde_json::Value>;

    fn visit<M: Group>(self) -> Self::Output {
        let Self(bytes) = self;
        let is_json = bytes.trim_ascii_start().starts_with(b"{");
        let message =
            if is_json { decode_json::<M>(bytes).ok()?.message } else { decode::<M>(bytes).ok()?.message };
        Some(json::object(&message))
    }
}

#[cfg(test)]
mod tests;
