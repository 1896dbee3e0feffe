//! What a plan does to a message: codes on the typed answer, elements on its tree, and at last its bytes.

use bytes::Bytes;
use messages::charset::{self, Encoding};
use messages::dialect::{Coded, Dialect};
use messages::document::Document;
use messages::id::{Half, MessageId};
use messages::message::{Group, XmlMsg};
use messages::path::{ElementPath, Holds, Place, places};
use messages::style::Style;
use messages::value::{Segment, Status, Value};
use scenarios::script::{Answer, Charset, CharsetName, Duplicate, Reorder, Then, Truncate};

use super::Wire;
use crate::services::served::ResultHeader;

/// Answers with the segment that a script asks for; the body goes with an abnormal end.
pub(super) fn segment<H: ResultHeader, B: Default>(
    then: &Then,
    answer: &mut XmlMsg<H, B>,
    dialect: &Dialect,
) {
    let Some(Answer { segment: Some(segment), code, message, .. }) = &then.answer else { return };
    match segment {
        Segment::Normal => {}
        Segment::Processing => {
            answer.header.wait();
            answer.body = B::default();
        }
        Segment::Abnormal => {
            answer.header.fail(&coded(&dialect.codes.system_error.value, code.as_ref(), message.as_ref()));
            answer.body = B::default();
        }
    }
}

/// A row of the dialect, with what a script says instead.
fn coded(
    row: &Coded,
    code: Option<&messages::value::ResultCode>,
    message: Option<&messages::value::ResultMessage>,
) -> Coded {
    Coded { code: code.unwrap_or(&row.code).clone(), message: message.unwrap_or(&row.message).clone() }
}

/// Whether the elements of the answer change, so that its tree is needed.
pub(super) fn changes_elements(then: &Then) -> bool {
    let by_answer =
        then.answer.as_ref().is_some_and(|answer| answer.status.is_some() || answer.validity.is_some());
    by_answer
        || !then.set.is_empty()
        || !then.remove.is_empty()
        || matches!(then.reorder, Some(Reorder::Elements | Reorder::Items))
        || matches!(then.duplicate, Some(Duplicate::Element(_)))
}

/// Writes an answer as a script wants it: as text, with the declaration of an encoding in which it isn't written yet.
pub(super) fn text<M: Group>(
    then: &Then,
    id: MessageId,
    answer: &M,
    wire: Wire,
    style: Style,
    dialect: &Dialect,
) -> Option<String> {
    let utf8 = Style { encoding: Encoding::Utf8, ..style };
    let mut document = Document::of_xml(&String::from_utf8(messages::encode(answer, utf8).bytes).ok()?)?;
    let places = places(id, Half::Result);
    elements(then, &mut document, &places, dialect);
    Some(match wire {
        Wire::Xml => document.to_xml(style.encoding),
        Wire::Json => document.to_json(&places).to_string(),
    })
}

fn elements(then: &Then, document: &mut Document, places: &[Place], dialect: &Dialect) {
    if let Some(answer) = &then.answer {
        codes(answer, document, places, dialect);
    }
    for (path, text) in &then.set {
        document.set(path, text, places);
    }
    for path in &then.remove {
        document.remove(path);
    }
    if let Some(Duplicate::Element(path)) = &then.duplicate {
        document.duplicate(path);
    }
    match then.reorder {
        Some(Reorder::Elements) => document.reverse_elements(),
        Some(Reorder::Items) => {
            document.reverse_items();
        }
        Some(Reorder::Answers { .. }) | None => {}
    }
}

/// Status and validity, wherever the message has them.
fn codes(answer: &Answer, document: &mut Document, places: &[Place], dialect: &Dialect) {
    let path = |name: &str| name.parse::<ElementPath>();
    let set = |document: &mut Document, name: &str, text: &str| {
        if let Ok(path) = path(name) {
            document.set(&path, text, places);
        }
    };
    if let Some(validity) = answer.validity {
        set(document, "QualificationValidity", validity.code());
    }
    let Some(status) = answer.status else { return };
    set(document, "ProcessingResultStatus", status.code());
    if status == Status::Error {
        let coded = coded(&dialect.codes.other_item.value, answer.code.as_ref(), answer.message.as_ref());
        set(document, "ProcessingResultCode", &coded.code.text());
        set(document, "ProcessingResultMessage", &coded.message.text());
        // An error of a person has neither validity nor results.
        let with_results = places.iter().filter(|place| matches!(place.holds, Holds::List));
        let names = with_results.filter_map(|place| place.names.last()).map(String::as_str);
        for name in names.chain(["QualificationValidity", "ResultOfQualificationConfirmation"]) {
            if let Ok(path) = path(name) {
                document.remove(&path);
            }
        }
    }
}

/// The bytes of a text, and how many characters became ●.
pub(super) fn bytes(then: &Then, text: String, encoding: Encoding) -> (Vec<u8>, Vec<char>) {
    let Some(charset) = then.charset else { return charset::encode(text, encoding) };
    let written = charset.written.map_or(encoding, encoding_of);
    if !charset.mixed {
        return charset::encode(text, written);
    }
    let other = match written {
        Encoding::Utf8 => Encoding::ShiftJis,
        Encoding::ShiftJis => Encoding::Utf8,
    };
    let (mut bytes, mut replaced, mut count) = (Vec::with_capacity(text.len()), Vec::new(), 0_usize);
    // Tags are ASCII; so a piece that ends with `<` holds the text of one element, or a value of JSON up to its end.
    for piece in text.split_inclusive(['<', '"']) {
        count += usize::from(!piece.is_ascii());
        let is_other = !piece.is_ascii() && count.is_multiple_of(2);
        let (piece, lost) = charset::encode(piece.to_owned(), if is_other { other } else { written });
        bytes.extend(piece);
        replaced.extend(lost);
    }
    (bytes, replaced)
}

/// The encoding that an answer declares.
pub(super) fn declared(then: &Then, encoding: Encoding) -> Encoding {
    then.charset.and_then(|Charset { declared, .. }| declared).map_or(encoding, encoding_of)
}

fn encoding_of(name: CharsetName) -> Encoding {
    match name {
        CharsetName::Utf8 => Encoding::Utf8,
        CharsetName::ShiftJis => Encoding::ShiftJis,
    }
}

/// The body as it is sent: twice, or only its beginning.
pub(super) fn body(then: &Then, body: Bytes) -> Bytes {
    let body = match then.duplicate {
        Some(Duplicate::Answer) => [&body[..], &body[..]].concat().into(),
        Some(Duplicate::Element(_)) | None => body,
    };
    let length = match then.truncate {
        None => return body,
        Some(Truncate::Bytes(bytes)) => usize::try_from(bytes).unwrap_or(usize::MAX),
        Some(Truncate::Percent(percent)) => body.len().saturating_mul(percent.into()) / 100,
    };
    body.slice(..length.min(body.len()))
}
