//! The wire format of the online qualification confirmation system: bytes to messages and back.
//!
//! Each message is declared once ([`oqs`]); reading, writing, checking and describing it follow from its declaration.
//! [`decode`] is lenient: it yields the message and a list of findings, and fails only for what is no document at all.
//! [`encode`] is exact. This crate does no I/O, knows no clock and no service.

pub mod charset;
pub mod dialect;
pub mod file_name;
pub mod finding;
mod given;
pub mod id;
pub mod json;
pub mod message;
pub mod oqs;
mod reading;
pub mod refusal;
pub mod value;
pub mod xml;

pub use given::Given;
pub use reading::{Children, Reading};

use charset::{CharsetError, Encoding};
use finding::{Finding, Label};
use message::Group;
use refusal::Bilingual;
use xml::{XmlError, XmlSink};

/// The root element of every message (messages.md 4, [S][C]).
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
        findings.push(of_document(Label::ByteOrderMark, String::new()));
    }
    if !text.declared {
        findings.push(of_document(Label::NoDeclaration, String::new()));
    }
    findings.extend(reading.finish());
    Ok(Decoded { message, encoding: text.encoding, findings })
}

/// A message as bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encoded {
    /// The bytes, with a declaration and without a byte order mark.
    pub bytes: Vec<u8>,
    /// One finding for each character that had no place in the encoding.
    pub findings: Vec<Finding>,
}

/// Encodes a message.
#[must_use]
pub fn encode<M: Group>(message: &M, encoding: Encoding) -> Encoded {
    let mut sink = XmlSink::new(encoding);
    message::Sink::group(&mut sink, ROOT, message);
    let (bytes, replaced) = charset::encode(sink.finish(), encoding);
    let findings =
        replaced.into_iter().map(|c| of_document(Label::ReplacedCharacter, c.to_string())).collect();
    Encoded { bytes, findings }
}

fn of_document(label: Label, sent: String) -> Finding {
    Finding {
        label,
        severity: label.severity(),
        place: None,
        element: String::new(),
        sent,
        expected: Bilingual::fixed("", ""),
    }
}
