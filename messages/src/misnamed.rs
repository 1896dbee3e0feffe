//! Names in the folder of the requests that are none of a request, though somebody may wait for an answer.
//!
//! Neighbour of `file_name.rs`, which alone decides what is taken; here is only what to say of the rest.

use crate::file_name::{RequestFileName, is_message_id};
use crate::refusal::Bilingual;

/// The name of a request, where nothing in a wrong one says which.
const EXAMPLE: &str = "OQSsiquc01req_1.xml";
/// The halves of an exchange in names, also as people spell them out; the longer ones first.
const HALVES: [&str; 4] = ["request", "response", "req", "res"];

/// An XML file that is not named as a request, and not as a temporary file either.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misnamed {
    /// How a request of the same message id is called, if the name begins with one.
    meant: Option<String>,
}

impl Misnamed {
    /// Judges a file name. `None` for requests, for whatever is not `.xml`, and for what begins with a mark, as
    /// temporary files do (`.a.xml`, `~a.xml`).
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        let (stem, extension) = name.rsplit_once('.')?;
        let is_own = extension.eq_ignore_ascii_case("xml")
            && name.starts_with(char::is_alphanumeric)
            && RequestFileName::parse(name).is_none();
        is_own.then(|| Self { meant: meant(stem) })
    }

    /// Whether the name begins with a message id, so that it was surely meant as a request or an answer.
    #[must_use]
    pub fn is_meant(&self) -> bool {
        self.meant.is_some()
    }

    /// How a request is called, as near to the wrong name as can be.
    #[must_use]
    pub fn right_name(&self) -> &str {
        self.meant.as_deref().unwrap_or(EXAMPLE)
    }

    /// What the name should look like.
    #[must_use]
    pub fn advice(&self) -> Bilingual {
        let right = self.right_name();
        Bilingual::made(
            format!("要求の名前は「<電文ID>req_<任意の文字列>.xml」です（例: {right}）"),
            format!("a request is called <message id>req_<free part>.xml, for example {right}"),
        )
    }
}

/// The name of the request that begins with the same message id and ends with the same free part.
fn meant(stem: &str) -> Option<String> {
    let (id, rest) = around_half(stem).or_else(|| after_id(stem))?;
    let free = rest.trim_start_matches(is_mark);
    let free = if free.is_empty() { "1" } else { free };
    Some(format!("{id}req_{free}.xml"))
}

/// Message id and what follows, where a half stands between them: `OQSsiquc01res_1`, `OQSsiquc01-req1`.
fn around_half(stem: &str) -> Option<(&str, &str)> {
    let lower = stem.to_ascii_lowercase();
    HALVES.iter().find_map(|half| {
        lower.match_indices(half).find_map(|(at, _)| {
            let (id, rest) = (stem.get(..at)?.trim_end_matches(is_mark), stem.get(at + half.len()..)?);
            // Known ids end with their edition; `res` may stand within a function.
            (is_message_id(id) && id.ends_with(|c: char| c.is_ascii_digit())).then_some((id, rest))
        })
    })
}

/// Message id and what follows, where no half does: `OQSsiquc01_0002`.
fn after_id(stem: &str) -> Option<(&str, &str)> {
    let end = stem.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(stem.len());
    Some(stem.split_at(end)).filter(|(id, _)| is_message_id(id))
}

fn is_mark(c: char) -> bool {
    !c.is_alphanumeric()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_name_leads_to_the_right_one_of_the_same_message() {
        for (wrong, right) in [
            ("OQSsiquc01_0002.xml", "OQSsiquc01req_0002.xml"),
            ("OQSsiquc01req.xml", "OQSsiquc01req_1.xml"),
            ("OQSsiquc01req_.xml", "OQSsiquc01req_1.xml"),
            ("OQSsiquc01res_0006.xml", "OQSsiquc01req_0006.xml"),
            ("OQSsiquc01.XML", "OQSsiquc01req_1.xml"),
            ("OQSsiquc01req0002.xml", "OQSsiquc01req_0002.xml"),
            ("OQSsiquc01-req-7.xml", "OQSsiquc01req_7.xml"),
            ("OQSmuquc02REQUEST_A.xml", "OQSmuquc02req_A.xml"),
            ("YZKsiquc01_受付１.xml", "YZKsiquc01req_受付１.xml"),
            ("EPSsiPres01_3.xml", "EPSsiPres01req_3.xml"),
        ] {
            let misnamed = Misnamed::of(wrong).unwrap_or_else(|| panic!("{wrong}"));
            assert_eq!((misnamed.is_meant(), misnamed.right_name()), (true, right), "{wrong}");
            assert!(RequestFileName::parse(right).is_some(), "{right}");
            let Bilingual { ja, en } = misnamed.advice();
            assert!(ja.contains(right) && en.contains(right) && en.contains("req_<free part>.xml"));
        }
    }

    #[test]
    fn a_name_without_a_message_id_leads_to_an_example() {
        for name in ["request.xml", "資格確認.xml", "OQSxxquc01req_1.xml", "1.xml", "é_.xml"] {
            let misnamed = Misnamed::of(name).unwrap_or_else(|| panic!("{name}"));
            assert_eq!((misnamed.is_meant(), misnamed.right_name()), (false, EXAMPLE), "{name}");
        }
    }

    #[test]
    fn requests_temporary_files_and_others_are_not_misnamed() {
        for name in [
            "OQSsiquc01req_1.xml",
            "oqssiquc01REQ_A.XML",
            ".OQSsiquc01req_1.xml",
            "~OQSsiquc01req_1.xml",
            "_upload.xml",
            "OQSsiquc01req_1.xml.tmp",
            "OQSsiquc01req_1.xml.part",
            "OQSsiquc01req_1.csv",
            "readme.txt",
            "OQSsiquc01req_1",
            ".xml",
            "",
        ] {
            assert_eq!(Misnamed::of(name), None, "{name}");
        }
    }
}
