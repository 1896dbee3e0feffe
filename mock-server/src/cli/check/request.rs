//! Checks a request: what the service would note in its journal, explained.

use std::path::Path;

use messages::charset;
use messages::file_name::RequestFileName;
use messages::finding::{Finding, Label, Place, Severity};
use messages::id::{Half, MessageId, Visit};
use messages::message::{Content, Field, Group};
use messages::misnamed::Misnamed;
use messages::refusal::Bilingual;
use messages::xml::XmlError;
use messages::{DecodeError, Decoded};
use scenarios::diagnostic::Weight;

use super::report::{Checked, Kind, Problem};
use crate::exchange::RequestRefused;

/// The message id that a file name says.
pub(super) fn named(file: &Path) -> Option<MessageId> {
    let name = RequestFileName::parse(file.file_name()?.to_str()?)?;
    MessageId::parse(name.message_id())
}

/// A remark on a name under which no terminal takes the file, if the name begins with a message id as those in `req` do.
pub(super) fn misnamed(file: &Path) -> Option<Problem> {
    let misnamed = Misnamed::of(file.file_name()?.to_str()?).filter(Misnamed::is_meant)?;
    let Bilingual { ja, en } = misnamed.advice();
    Some(Problem {
        label: "T203",
        weight: Weight::Note,
        line: 0,
        column: 0,
        text: Bilingual::made(
            format!("この名前のファイルを端末は取り込みません。{ja}"),
            format!("the terminal takes no file of this name: {en}"),
        ),
        element: None,
        help: vec!["docs/files.md (T203)".to_owned()],
    })
}

/// Checks a request of a message, or of the one whose layout fits best.
pub(super) fn check(file: &str, bytes: &[u8], chosen: Option<MessageId>) -> Checked {
    let body = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let source = charset::decode(body)
        .map_or_else(|_| String::from_utf8_lossy(body).into_owned(), |text| text.text.into_owned());
    let (id, read) = match chosen {
        Some(id) => (id, id.visit(Half::Request, Findings(bytes))),
        None => best(bytes),
    };
    let problems = match read {
        Ok(findings) => findings.iter().map(|finding| of(id, finding)).collect(),
        Err(refused) => vec![of_refused(&refused)],
    };
    Checked { file: file.to_owned(), kind: Kind::Request { id, chosen: chosen.is_some() }, source, problems }
}

/// The message under which the least is odd; of several the first.
fn best(bytes: &[u8]) -> (MessageId, Result<Vec<Finding>, RequestRefused>) {
    let read = MessageId::ALL.iter().map(|id| (*id, id.visit(Half::Request, Findings(bytes))));
    let oddness = |read: &Result<Vec<Finding>, RequestRefused>| {
        read.as_ref().map_or(usize::MAX, |findings| {
            findings.iter().filter(|finding| finding.severity > Severity::Note).count()
        })
    };
    read.min_by_key(|(_, read)| oddness(read)).unwrap_or_else(|| {
        (MessageId::OqsSiQuc01, MessageId::OqsSiQuc01.visit(Half::Request, Findings(bytes)))
    })
}

/// Decodes bytes as whatever message it is.
struct Findings<'a>(&'a [u8]);

impl Visit for Findings<'_> {
    type Output = Result<Vec<Finding>, RequestRefused>;

    fn visit<M: Group>(self) -> Self::Output {
        let is_json = self.0.trim_ascii_start().starts_with(b"{");
        let Decoded { findings, .. } = if is_json {
            messages::decode_json::<M>(self.0).map_err(RequestRefused::NotJson)?
        } else {
            messages::decode::<M>(self.0)?
        };
        Ok(findings)
    }
}

fn of(id: MessageId, finding: &Finding) -> Problem {
    let Finding { label, severity, place, element, sent, expected } = finding;
    let (line, column) = place.map_or((0, 0), at);
    let japanese = japanese(id.layout(Half::Request), element).unwrap_or_default();
    let meaning = label.meaning();
    let ja = if expected.ja.is_empty() {
        format!("{japanese} {element} {sent:?}：{}", meaning.ja)
    } else {
        format!("{japanese} {element} {sent:?}：{}。正しくは{}", meaning.ja, expected.ja)
    };
    let en = if expected.en.is_empty() {
        format!("{element} {sent:?}: {}", meaning.en)
    } else {
        format!("{element} {sent:?}: {}, expected {}", meaning.en, expected.en)
    };
    // What is said of a whole document has neither element nor text.
    let (ja, en) = match (element.is_empty(), sent.is_empty()) {
        (true, true) => (meaning.ja.into_owned(), meaning.en.into_owned()),
        (true, false) => (format!("{sent}：{}", meaning.ja), format!("{sent}: {}", meaning.en)),
        (false, _) => (ja, en),
    };
    Problem {
        label: label.code(),
        weight: match severity {
            Severity::Note => Weight::Note,
            Severity::Warning => Weight::Warning,
            Severity::Error => Weight::Error,
        },
        line,
        column,
        text: Bilingual::made(ja.trim_start().to_owned(), en),
        element: Some(element.clone()).filter(|element| !element.is_empty()),
        help: help(id, *label),
    }
}

/// Where to read on.
fn help(id: MessageId, label: Label) -> Vec<String> {
    let mut pages = vec![format!("docs/reference/findings.md ({label})")];
    if !matches!(label, Label::ByteOrderMark | Label::NoDeclaration | Label::MoreFindings) {
        pages.push(format!("docs/reference/{}.md", id.as_str()));
    }
    pages
}

fn of_refused(refused: &RequestRefused) -> Problem {
    let refusal = refused.refusal();
    let place = match refused {
        RequestRefused::Undecodable(DecodeError::Xml(
            XmlError::NotWellFormed { place, .. }
            | XmlError::DocumentType { place }
            | XmlError::Entity { place, .. }
            | XmlError::TooLarge { place, .. },
        )) => Some(*place),
        RequestRefused::Undecodable(_)
        | RequestRefused::NotJson(_)
        | RequestRefused::UnknownMessage(_)
        | RequestRefused::UnknownPath
        | RequestRefused::OtherRequest
        | RequestRefused::Method(_)
        | RequestRefused::TooLarge(_)
        | RequestRefused::Incomplete
        | RequestRefused::Failed(_)
        | RequestRefused::UnknownElement(_) => None,
    };
    let (line, column) = place.map_or((0, 0), at);
    Problem {
        label: refused.label(),
        weight: Weight::Error,
        line,
        column,
        text: refusal.reason,
        element: None,
        help: vec![refusal.mend.ja.into_owned(), refusal.mend.en.into_owned()],
    }
}

fn at(place: Place) -> (u64, u64) {
    (place.line as u64, place.column as u64)
}

/// The Japanese name of the element at the end of a path.
fn japanese(fields: &'static [Field], path: &str) -> Option<&'static str> {
    let (name, rest) = path.split_once('/').map_or((path, None), |(name, rest)| (name, Some(rest)));
    let name = name.split('[').next().unwrap_or_default();
    let is = |field: &&Field| {
        field.names.element == name || field.names.wrapper == Some(name) || field.names.also.contains(&name)
    };
    let field = fields.iter().find(is)?;
    let Some(rest) = rest else { return Some(field.japanese) };
    match field.content {
        Content::Group(inner) => japanese(inner, rest),
        Content::List(inner) | Content::EitherList(inner) => {
            let inside = rest.split_once('/').filter(|_| field.names.wrapper == Some(name));
            japanese(inner, inside.map_or(rest, |(_, rest)| rest))
        }
        Content::Text(_) | Content::Prefixed(_) | Content::Oral(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use messages::charset::Encoding;

    use super::*;

    #[test]
    fn an_element_is_called_by_its_japanese_name() {
        let fields = MessageId::OqsSiQuc01.layout(Half::Request);
        let name = |path| japanese(fields, path);
        assert_eq!(name("MessageBody/QualificationConfirmSearchInfo/InsurerNumber"), Some("保険者番号"));
        assert_eq!(name("MessageBody/NoSuchElement"), None);
        assert_eq!(name(""), None);
    }

    #[test]
    fn the_message_is_found_by_its_elements_where_no_name_says_it() {
        let card = scenarios::standard().cards.swap_remove(0);
        let asked = scenarios::Asked {
            institution: "1319999916".parse().unwrap(),
            today: jiff::civil::date(2026, 11, 22),
            file_identifier: None,
        };
        let bytes = messages::encode(&card.request(&asked), Encoding::ShiftJis).bytes;
        let checked = check("request.xml", &bytes, None);
        assert_eq!(checked.kind, Kind::Request { id: MessageId::OqsSiQuc01, chosen: false });
        assert!(checked.problems.is_empty(), "{:?}", checked.problems);
        assert_eq!(named(Path::new("a/oqssiimm01req_1.xml")), Some(MessageId::OqsSiImm01));
        assert_eq!(named(Path::new("request.xml")), None);
    }
}
