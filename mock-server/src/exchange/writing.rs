//! From the answer of a service to its bytes, with what a script wants changed on the way.

use bytes::Bytes;
use messages::Given;
use messages::charset::Encoding;
use messages::finding::{Finding, Label};
use messages::message::{Group, XmlMsg};
use messages::style::Style;
use messages::value::{CharacterCode, Segment};
use scenarios::script::Then;

use super::{Call, RequestRefused, Wire, archive, scripted};
use crate::reason::Reason;
use crate::services::served::{Form, ResultHeader, Served};

impl Call<'_> {
    /// Writes an answer as it is asked for: its media type and its bytes.
    ///
    /// # Errors
    /// [`RequestRefused::Failed`] if it cannot be written.
    pub(super) fn encode<H: Group + ResultHeader, B: Group + Default>(
        &self,
        then: &Then,
        served: Served<XmlMsg<H, B>>,
        findings: &mut Vec<Finding>,
        reasons: &mut Vec<Reason>,
    ) -> Result<(&'static str, Bytes), RequestRefused> {
        let answer = served.answer;
        // A message that failed as a whole is no document.
        let has_body = matches!(then.segment(), None | Some(Segment::Normal));
        let form = if has_body { served.form } else { Form::Message };
        let (content_type, bytes) = match form {
            Form::Document(document) => {
                let rendered = documents::render(&document).map_err(failed)?;
                ("application/pdf", rendered.bytes)
            }
            Form::Message | Form::Archive(_) if self.wire == Wire::Json => self.json(then, answer)?,
            Form::Message => ("application/xml", self.xml(then, answer, findings, reasons)?),
            Form::Archive(name) => {
                let bytes = self.xml(then, answer, findings, reasons)?;
                ("application/zip", archive::of(&name, &bytes).map_err(failed)?)
            }
        };
        Ok((content_type, scripted::body(then, bytes.into())))
    }

    fn json<H: Group + ResultHeader, B: Group>(
        &self,
        then: &Then,
        mut answer: XmlMsg<H, B>,
    ) -> Result<(&'static str, Vec<u8>), RequestRefused> {
        let dialect = self.world.dialect();
        let style = Style { encoding: Encoding::Utf8, ..dialect.style() };
        *answer.header.character_code() = Given::Good(CharacterCode::Utf8);
        let bytes = if is_changed(then) {
            let text = scripted::text(then, self.id, &answer, Wire::Json, style, dialect);
            scripted::bytes(then, text.ok_or_else(too_large)?, Encoding::Utf8).0
        } else {
            messages::encode_json(&answer, style)
        };
        Ok(match scripted::declared(then, Encoding::Utf8) {
            Encoding::Utf8 => ("application/json; charset=UTF-8", bytes),
            Encoding::ShiftJis => ("application/json; charset=Shift_JIS", bytes),
        })
    }

    fn xml<H: Group + ResultHeader, B: Group>(
        &self,
        then: &Then,
        mut answer: XmlMsg<H, B>,
        findings: &mut Vec<Finding>,
        reasons: &mut Vec<Reason>,
    ) -> Result<Vec<u8>, RequestRefused> {
        let dialect = self.world.dialect();
        let mut style = dialect.style();
        style.encoding = self.encoding.unwrap_or(style.encoding);
        *answer.header.character_code() = Given::Good(character_code(style.encoding));
        let (bytes, replaced) = if is_changed(then) {
            let declared = Style { encoding: scripted::declared(then, style.encoding), ..style };
            let text = scripted::text(then, self.id, &answer, Wire::Xml, declared, dialect);
            let (bytes, replaced) = scripted::bytes(then, text.ok_or_else(too_large)?, style.encoding);
            let finding = |c: char| Finding::of_document(Label::ReplacedCharacter, c.to_string());
            (bytes, replaced.into_iter().map(finding).collect())
        } else {
            let encoded = messages::encode(&answer, style);
            (encoded.bytes, encoded.findings)
        };
        if !replaced.is_empty() {
            reasons.push(Reason::Replaced(replaced.len()));
        }
        findings.extend(replaced);
        Ok(bytes)
    }
}

/// Whether a script changes the message or its characters, so that the declared types don't write it alone.
fn is_changed(then: &Then) -> bool {
    scripted::changes_elements(then) || then.charset.is_some()
}

fn failed(error: impl ToString) -> RequestRefused {
    RequestRefused::Failed(error.to_string())
}

fn too_large() -> RequestRefused {
    failed("the answer is too large for a script to change")
}

fn character_code(encoding: Encoding) -> CharacterCode {
    match encoding {
        Encoding::Utf8 => CharacterCode::Utf8,
        Encoding::ShiftJis => CharacterCode::ShiftJis,
    }
}
