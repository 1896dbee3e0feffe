//! What the folder `res` shows for which outcome. Pure.

use jiff::Timestamp;
use messages::{
    dialect::ErrContent,
    file_name::{Extension, RequestFileName},
    habit::Habit,
    refusal::{Bilingual, Refusal, Step},
};

/// The content of one file in `res`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) extension: Extension,
    pub(crate) bytes: Vec<u8>,
    /// The label of the reason if it is an `.err`; for the log.
    pub(crate) label: Option<String>,
    /// Its name, where it isn't the regular one.
    pub(crate) name: Option<String>,
    /// What a scenario wants the terminal to do with the file.
    pub(crate) habit: Option<Habit>,
    /// The world's time of it, if the service told.
    pub(crate) at: Option<Timestamp>,
}

/// How one asking of the service ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// With a result.
    Result(Extension, Vec<u8>),
    /// The service won't answer this request, however often it is asked.
    Refused(Refusal),
    /// Asking again may help. Why it failed.
    Failed(String),
}

impl Outcome {
    /// Reads an answer of the service (design.md, "What the folder shows").
    pub(crate) fn of_response(status: u16, content_type: Option<&str>, body: Vec<u8>) -> Self {
        match status {
            200 => match content_type.and_then(extension) {
                Some(extension) => Self::Result(extension, body),
                None => {
                    Self::Failed(format!("HTTP 200 with Content-Type {}", content_type.unwrap_or("missing")))
                }
            },
            408 | 429 => Self::Failed(format!("HTTP {status}")),
            400..=499 => Self::Refused(refusal(status, &body)),
            _ => Self::Failed(format!("HTTP {status}")),
        }
    }
}

impl Answer {
    pub(crate) fn result(extension: Extension, bytes: Vec<u8>) -> Self {
        Self { extension, bytes, label: None, name: None, habit: None, at: None }
    }

    /// Its name in `res`.
    pub(crate) fn name(&self, request: &RequestFileName) -> String {
        self.name.clone().unwrap_or_else(|| request.answer(self.extension))
    }

    pub(crate) fn refused(request: &RequestFileName, refusal: &Refusal, content: ErrContent) -> Self {
        let bytes = match content {
            ErrContent::Explained => err_text(request, refusal).into_bytes(),
            ErrContent::Label => format!("{}\r\n", refusal.label).into_bytes(),
            ErrContent::Empty => Vec::new(),
        };
        Self { label: Some(refusal.label.clone().into_owned()), ..Self::result(Extension::Err, bytes) }
    }
}

/// The content of an `.err` file; its format is our own (gaps.md row 2, \[D\]). UTF-8, CRLF.
fn err_text(request: &RequestFileName, refusal: &Refusal) -> String {
    let Refusal { label, reason, mend, .. } = refusal;
    let first = format!("{label} {}", reason.ja);
    let lines = [&*first, &reason.en, &mend.ja, &mend.en, request.as_str()];
    // One line each, whatever stands in them, so that the first one is always label and reason.
    lines.map(|line| line.replace(char::is_control, " ") + "\r\n").concat()
}

fn extension(content_type: &str) -> Option<Extension> {
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    [
        ("application/xml", Extension::Xml),
        ("application/pdf", Extension::Pdf),
        ("application/zip", Extension::Zip),
    ]
    .into_iter()
    .find_map(|(name, extension)| media_type.eq_ignore_ascii_case(name).then_some(extension))
}

fn refusal(status: u16, body: &[u8]) -> Refusal {
    serde_json::from_slice(body).unwrap_or_else(|_| own::refused_otherwise(status, body))
}

/// Reasons that the terminal itself gives. Their labels begin with T.
pub(crate) mod own {
    use std::{io, time::Duration};

    use super::{Bilingual, Refusal, Step};
    use crate::work::LONGEST_REQUEST;

    /// The claimed file can't be read.
    pub(crate) fn unreadable(error: &io::Error) -> Refusal {
        Refusal {
            status: 400,
            label: "T101".into(),
            step: Step::Request,
            reason: Bilingual::made(
                format!("端末がファイルを読み取れません（{error}）。"),
                format!("The terminal can't read the file ({error})."),
            ),
            mend: Bilingual::fixed(
                "端末の利用者に読み取り権限を与えて、もう一度置いてください。",
                "Let the terminal's user read the file and place it again.",
            ),
        }
    }

    /// The file exceeds what the terminal carries.
    pub(crate) fn too_long() -> Refusal {
        let mebibytes = LONGEST_REQUEST / 1024 / 1024;
        Refusal {
            status: 413,
            label: "T102".into(),
            step: Step::Request,
            reason: Bilingual::made(
                format!("ファイルが{mebibytes} MiBを超えています。"),
                format!("The file exceeds {mebibytes} MiB."),
            ),
            mend: Bilingual::fixed("要求を分割してください。", "Split the request."),
        }
    }

    /// The service gave no usable answer in time.
    pub(crate) fn no_answer(patience: Duration, last: &str) -> Refusal {
        Refusal {
            status: 504,
            label: "T103".into(),
            step: Step::Service,
            reason: Bilingual::made(
                format!("{patience:?}以内にサービスから応答がありません（最後の結果: {last}）。"),
                format!("The service gave no answer within {patience:?} (last: {last})."),
            ),
            mend: Bilingual::fixed(
                "サービスの稼働、回線、端末のサービス接続先と証明書を確認して、もう一度置いてください。",
                "Check that the service runs, the line, and the terminal's service address and certificate; \
                 then place the file again.",
            ),
        }
    }

    /// A scenario wants an `.err`.
    pub(crate) fn wished() -> Refusal {
        Refusal {
            status: 400,
            label: "T105".into(),
            step: Step::Service,
            reason: Bilingual::fixed(
                "シナリオの指定によるエラーファイルです。",
                "A scenario asks for this error file.",
            ),
            mend: Bilingual::fixed("シナリオを確認してください。", "See the scenario."),
        }
    }

    /// The answer could not be encrypted.
    pub(crate) fn not_encrypted(why: &str) -> Refusal {
        Refusal {
            status: 500,
            label: "T106".into(),
            step: Step::Service,
            reason: Bilingual::made(
                format!("回答ファイルを暗号化できません（{why}）。"),
                format!("The answer could not be encrypted ({why})."),
            ),
            mend: Bilingual::fixed(
                "暗号化の設定を確認してください。",
                "Check the settings of the encryption.",
            ),
        }
    }

    /// The service refused, but not in a form that we know.
    pub(crate) fn refused_otherwise(status: u16, body: &[u8]) -> Refusal {
        let text: String = String::from_utf8_lossy(body).chars().take(500).collect();
        Refusal {
            status,
            label: "T104".into(),
            step: Step::Service,
            reason: Bilingual::made(
                format!("サービスがHTTP {status}で拒否しました: {text}"),
                format!("The service refused with HTTP {status}: {text}"),
            ),
            mend: Bilingual::fixed(
                "端末のサービス接続先を確認してください。",
                "Check the terminal's service address.",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_gets_the_extension_of_its_content_type() {
        for (content_type, extension) in [
            ("application/xml", Extension::Xml),
            ("application/xml; charset=Shift_JIS", Extension::Xml),
            ("Application/PDF", Extension::Pdf),
            ("application/zip", Extension::Zip),
        ] {
            let outcome = Outcome::of_response(200, Some(content_type), b"x".to_vec());
            assert_eq!(outcome, Outcome::Result(extension, b"x".to_vec()), "{content_type}");
        }
    }

    #[test]
    fn what_may_be_mended_by_asking_again_fails_and_what_may_not_is_refused() {
        for (status, content_type) in [
            (200, None),
            (200, Some("text/html")),
            (204, None),
            (301, None),
            (408, None),
            (429, None),
            (500, None),
            (503, None),
        ] {
            let outcome = Outcome::of_response(status, content_type, Vec::new());
            assert!(matches!(outcome, Outcome::Failed(_)), "{status} {outcome:?}");
        }
        for status in [400, 401, 403, 404, 405, 413, 415, 499] {
            let outcome = Outcome::of_response(status, None, Vec::new());
            assert!(
                matches!(outcome, Outcome::Refused(Refusal { status: s, .. }) if s == status),
                "{outcome:?}"
            );
        }
    }

    #[test]
    fn an_err_file_has_label_and_reason_then_the_mend_then_the_name_in_both_languages() {
        let refusal = Refusal {
            status: 403,
            label: "G102".into(),
            step: Step::Line,
            reason: Bilingual::fixed("回線が未登録です。", "The line is not registered."),
            mend: Bilingual::fixed("回線を登録してください。", "Register\nthe line."),
        };
        let request = RequestFileName::parse("OQSsiquc01req_受付１.xml").unwrap();
        let outcome = Outcome::of_response(403, Some(Refusal::JSON), refusal.to_json().into_bytes());
        assert_eq!(outcome, Outcome::Refused(refusal.clone()));
        let answer = Answer::refused(&request, &refusal, ErrContent::Label);
        assert_eq!(answer.bytes, b"G102\r\n");
        assert_eq!(Answer::refused(&request, &refusal, ErrContent::Empty).bytes, b"");
        let answer = Answer::refused(&request, &refusal, ErrContent::Explained);
        assert_eq!((answer.extension, answer.label.as_deref()), (Extension::Err, Some("G102")));
        assert_eq!(
            String::from_utf8(answer.bytes).unwrap(),
            "G102 回線が未登録です。\r\nThe line is not registered.\r\n\
             回線を登録してください。\r\nRegister the line.\r\nOQSsiquc01req_受付１.xml\r\n"
        );
    }

    #[test]
    fn a_refusal_of_unknown_form_shows_status_and_the_first_500_characters() {
        let Outcome::Refused(refusal) = Outcome::of_response(404, None, "あ".repeat(600).into_bytes())
        else {
            panic!("404 is a refusal")
        };
        assert_eq!(refusal.label, "T104");
        assert!(refusal.reason.ja.contains("HTTP 404"));
        assert_eq!(refusal.reason.en.chars().filter(|c| *c == 'あ').count(), 500);
    }
}
