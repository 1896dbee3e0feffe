//! Names of the files that are exchanged through the folders: which one is a request, and what its answer is called.
//!
//! Source: messages.md 1.1 and 1.2.

use std::fmt;

/// The name of a file that claims to be a request: `<message id>req_<free part>.xml`, in any letter case.
///
/// Whether the message id is one that we know is not decided here: an unknown one still gets an answer (`.err`).
/// A name that is no request at all (temporary files, answers, anything else) is left untouched by the terminal.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RequestFileName {
    text: String,
    id_length: usize,
}

/// Ends of an answer's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Extension {
    /// Data.
    Xml,
    /// A document, where the request asked for one.
    Pdf,
    /// The result of a bulk job, or an encrypted answer.
    Zip,
    /// The request could not be processed.
    Err,
}

impl Extension {
    /// Every extension that an answer can have.
    pub const ALL: [Self; 4] = [Self::Xml, Self::Pdf, Self::Zip, Self::Err];

    /// The extension without its dot.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Xml => "xml",
            Self::Pdf => "pdf",
            Self::Zip => "zip",
            Self::Err => "err",
        }
    }
}

impl RequestFileName {
    /// Reads a file name. `None` if it is not of the form `XXX(si|mu)…req_….xml` (letter case is ignored).
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        let stem = strip_suffix_ignoring_case(name, ".xml")?;
        let id_length = stem.find('_')?.checked_sub("req".len())?;
        let (id, rest) = stem.split_at_checked(id_length)?;
        let free = strip_prefix_ignoring_case(rest, "req_")?;
        (is_message_id(id) && !free.is_empty()).then(|| Self { text: name.to_owned(), id_length })
    }

    /// The whole name, as the sender wrote it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The message id as the sender wrote it, for example `OQSsiquc01`.
    #[must_use]
    pub fn message_id(&self) -> &str {
        self.text.split_at(self.id_length).0
    }

    /// The part that the sender chose freely, between the first underscore and the extension.
    #[must_use]
    pub fn free_part(&self) -> &str {
        let start = self.id_length + "req_".len();
        let end = self.text.len() - ".xml".len();
        self.text.get(start..end).unwrap_or_default()
    }

    /// The name of the answer: `req` of the message id becomes `res` (in the sender's letter case), the rest stays.
    #[must_use]
    pub fn answer(&self, extension: Extension) -> String {
        let upper = self.text.as_bytes().get(self.id_length).is_some_and(u8::is_ascii_uppercase);
        let half = if upper { "RES" } else { "res" };
        format!("{}{half}_{}.{}", self.message_id(), self.free_part(), extension.as_str())
    }
}

/// Whether a name is that of an answer: `<message id>res_<free part>` with an extension of answers, in any letter case.
#[must_use]
pub fn is_answer(name: &str) -> bool {
    let Some((stem, extension)) = name.rsplit_once('.') else { return false };
    let known = Extension::ALL.iter().any(|known| extension.eq_ignore_ascii_case(known.as_str()));
    let Some((head, free)) = stem.split_once('_') else { return false };
    let id = strip_suffix_ignoring_case(head, "res");
    known && !free.is_empty() && id.is_some_and(is_message_id)
}

impl fmt::Display for RequestFileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Three letters, `si` or `mu`, then letters and digits: `OQSsiquc01`, `EPSsiDMP01`.
pub(crate) fn is_message_id(id: &str) -> bool {
    let Some((system, rest)) = id.split_at_checked(3) else { return false };
    let Some((mode, function)) = rest.split_at_checked(2) else { return false };
    system.bytes().all(|b| b.is_ascii_alphabetic())
        && (mode.eq_ignore_ascii_case("si") || mode.eq_ignore_ascii_case("mu"))
        && !function.is_empty()
        && function.bytes().all(|b| b.is_ascii_alphanumeric())
}

fn strip_prefix_ignoring_case<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let (head, tail) = text.split_at_checked(prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then_some(tail)
}

fn strip_suffix_ignoring_case<'a>(text: &'a str, suffix: &str) -> Option<&'a str> {
    let (head, tail) = text.split_at_checked(text.len().checked_sub(suffix.len())?)?;
    tail.eq_ignore_ascii_case(suffix).then_some(head)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_clients_write_are_requests_and_lead_to_the_name_of_their_answer() {
        for (request, id, free, answer) in [
            (
                "OQSsiquc01req_202609290001.xml",
                "OQSsiquc01",
                "202609290001",
                "OQSsiquc01res_202609290001.xml",
            ),
            (
                "OQSsiimm01req_2021081611906.xml",
                "OQSsiimm01",
                "2021081611906",
                "OQSsiimm01res_2021081611906.xml",
            ),
            (
                "YZKsiquc01req_00024XXXXXXXXXXXXXXX.xml",
                "YZKsiquc01",
                "00024XXXXXXXXXXXXXXX",
                "YZKsiquc01res_00024XXXXXXXXXXXXXXX.xml",
            ),
            ("oqssiquc01REQ_A.XML", "oqssiquc01", "A", "oqssiquc01RES_A.xml"),
            ("EPSsiDMP01req_1.xml", "EPSsiDMP01", "1", "EPSsiDMP01res_1.xml"),
            ("OQSsiquc01req_req_req.xml", "OQSsiquc01", "req_req", "OQSsiquc01res_req_req.xml"),
            ("OQSsiquc01req_受付１.xml", "OQSsiquc01", "受付１", "OQSsiquc01res_受付１.xml"),
        ] {
            let name = RequestFileName::parse(request).expect(request);
            assert_eq!((name.message_id(), name.free_part()), (id, free));
            assert_eq!(name.answer(Extension::Xml), answer);
        }
    }

    #[test]
    fn names_of_answers_are_told_from_others() {
        for name in
            ["OQSsiquc01res_1.xml", "oqssiquc01RES_A.ERR", "OQSmuquc02res_1.zip", "YZKsiquc01res_受付.pdf"]
        {
            assert!(is_answer(name), "{name}");
        }
        for name in [
            "OQSsiquc01req_1.xml",
            "OQSsiquc01res_.xml",
            "OQSsiquc01res_1.tmp",
            ".OQSsiquc01res_1.xml",
            "a.xml",
            "res_1.xml",
            "",
        ] {
            assert!(!is_answer(name), "{name}");
        }
    }

    #[test]
    fn every_other_name_is_no_request() {
        for name in [
            "",
            "_",
            ".xml",
            "req_.xml",
            "OQSsiquc01req_.xml",
            "OQSsiquc01req.xml",
            "OQSsiquc01res_1.xml",
            ".OQSsiquc01req_1.xml.tmp",
            "OQSsiquc01req_1.xml.tmp",
            "~OQSsiquc01req_1.xml",
            "OQSxxquc01req_1.xml",
            "OQSsireq_1.xml",
            "OQ1siquc01req_1.xml",
            "OQSsiquc01req_1.csv",
            "資格確認req_1.xml",
            "é_.xml",
        ] {
            assert_eq!(RequestFileName::parse(name), None, "{name}");
        }
    }
}
