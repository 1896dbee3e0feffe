//! Requests that are none: what is wrong with them, and how to mend it.

use messages::DecodeError;
use messages::charset::CharsetError;
use messages::finding::Finding;
use messages::json::JsonError;
use messages::refusal::{Bilingual, Refusal, Step};
use messages::xml::XmlError;

/// Why a request is refused as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RequestRefused {
    /// No such message.
    UnknownMessage(String),
    /// No such path.
    UnknownPath,
    /// Not `POST`.
    Method(String),
    /// The body is larger than so many bytes.
    TooLarge(usize),
    /// The body ended early, or not in time.
    Incomplete,
    /// The bytes are no message.
    Undecodable(DecodeError),
    /// The bytes are no JSON message.
    NotJson(JsonError),
    /// Something else was asked under the same `Idempotency-Key`.
    OtherRequest,
    /// The world could not be changed: a failure of onshi-mock itself.
    Failed(String),
    /// The layout has no such element, and the dialect refuses it.
    UnknownElement(Box<Finding>),
}

impl From<DecodeError> for RequestRefused {
    fn from(error: DecodeError) -> Self {
        Self::Undecodable(error)
    }
}

impl RequestRefused {
    /// Our stable name of the reason.
    #[must_use]
    pub fn label(&self) -> &'static str {
        match self {
            Self::UnknownMessage(_) => "X901",
            Self::UnknownPath => "X902",
            Self::Method(_) => "X903",
            Self::TooLarge(_) => "X904",
            Self::Incomplete => "X905",
            Self::UnknownElement(_) => "X906",
            Self::OtherRequest => "X907",
            Self::NotJson(_) => "X918",
            Self::Failed(_) => "X999",
            Self::Undecodable(error) => match error {
                DecodeError::Charset(CharsetError::Unsupported { .. }) => "X911",
                DecodeError::Charset(CharsetError::Malformed { .. }) => "X912",
                DecodeError::Xml(XmlError::DocumentType { .. }) => "X914",
                DecodeError::Xml(XmlError::Entity { .. }) => "X915",
                DecodeError::Xml(XmlError::TooLarge { .. }) => "X916",
                DecodeError::Root { .. } => "X917",
                DecodeError::Xml(XmlError::NotWellFormed { .. }) => "X913",
            },
        }
    }

    fn status(&self) -> u16 {
        match self {
            Self::UnknownMessage(_) | Self::UnknownPath => 404,
            Self::Method(_) => 405,
            Self::TooLarge(_) => 413,
            Self::OtherRequest => 422,
            Self::Incomplete | Self::Undecodable(_) | Self::NotJson(_) | Self::UnknownElement(_) => 400,
            Self::Failed(_) => 500,
        }
    }

    fn reason(&self) -> Bilingual {
        match self {
            Self::UnknownMessage(id) => unknown_message(id),
            Self::UnknownPath => Bilingual::fixed("このパスはありません", "there is nothing at this path"),
            Self::Method(method) => Bilingual::made(
                format!("メソッド {method} は使えません"),
                format!("method {method} is not allowed"),
            ),
            Self::TooLarge(most) => Bilingual::made(
                format!("本文が {most} バイトを超えています"),
                format!("the body has more than {most} bytes"),
            ),
            Self::Incomplete => Bilingual::fixed("本文が途中で終わりました", "the body ended early"),
            Self::Undecodable(error) => {
                Bilingual::made(format!("{}（{error}）", undecodable_in_japanese(error)), error.to_string())
            }
            Self::NotJson(error) => {
                Bilingual::made(format!("JSONの電文として読めません（{error}）"), error.to_string())
            }
            Self::Failed(error) => Bilingual::made(
                format!("onshi-mock 自身の障害です（{error}）"),
                format!("onshi-mock itself failed: {error}"),
            ),
            Self::OtherRequest => Bilingual::fixed(
                "同じ Idempotency-Key で別の要求が送られました",
                "another request was sent under the same Idempotency-Key",
            ),
            Self::UnknownElement(finding) => {
                Bilingual::made(format!("レイアウトにない要素です（{finding}）"), finding.to_string())
            }
        }
    }

    fn mend(&self) -> Bilingual {
        match self {
            Self::UnknownMessage(_) => Bilingual::fixed(
                "ファイル名またはパスの電文IDを確認してください（例: OQSsiquc01）",
                "check the message id of the file name or path, for example OQSsiquc01",
            ),
            Self::UnknownPath => {
                Bilingual::fixed("POST /oqs/{電文ID} を使ってください", "use POST /oqs/{message id}")
            }
            Self::Method(_) => Bilingual::fixed("POST を使ってください", "use POST"),
            Self::TooLarge(_) => Bilingual::fixed("要求を小さくしてください", "send a smaller request"),
            Self::Incomplete => {
                Bilingual::fixed("要求全体を送り直してください", "send the whole request again")
            }
            Self::UnknownElement(_) => Bilingual::fixed(
                "要素名の綴りと位置を確認してください",
                "check the spelling and the place of the element",
            ),
            Self::OtherRequest => {
                Bilingual::fixed("要求ごとに新しいキーを使ってください", "use a new key for each request")
            }
            Self::NotJson(_) => Bilingual::fixed(
                "{\"XmlMsg\":{\"MessageHeader\":{…},\"MessageBody\":{…}}} の形のUTF-8のJSONを送ってください",
                "send UTF-8 JSON of the form {\"XmlMsg\":{\"MessageHeader\":{…},\"MessageBody\":{…}}}",
            ),
            Self::Failed(_) => Bilingual::fixed(
                "データフォルダーの空き容量と権限を確認してください",
                "check space and rights of the data folder",
            ),
            Self::Undecodable(_) => Bilingual::fixed(
                "XML宣言の文字コードとXMLの形を確認してください（UTF-8またはShift_JIS、DTDなし、ルートはXmlMsg）",
                "check the declared encoding and the XML: UTF-8 or Shift_JIS, no DTD, root XmlMsg",
            ),
        }
    }

    /// The refusal as it is answered.
    #[must_use]
    pub fn refusal(&self) -> Refusal {
        Refusal {
            status: self.status(),
            label: self.label().into(),
            step: if matches!(self, Self::Failed(_)) { Step::Service } else { Step::Request },
            reason: self.reason(),
            mend: self.mend(),
        }
    }
}

/// Families outside the scope are named, so that nobody looks for a mistake of their own.
fn unknown_message(id: &str) -> Bilingual {
    match messages::id::foreign(id) {
        Some(family) => Bilingual::made(
            format!("電文 {id:?}（{}）には対応していません", family.name.ja),
            format!("message {id:?} ({}) is known, but is not supported", family.name.en),
        ),
        None => Bilingual::made(
            format!("電文 {id:?} には対応していません（未知の電文IDです）"),
            format!("message {id:?} is not supported: its id is unknown"),
        ),
    }
}

fn undecodable_in_japanese(error: &DecodeError) -> &'static str {
    match error {
        DecodeError::Charset(CharsetError::Unsupported { .. }) => "対応していない文字コードです",
        DecodeError::Charset(CharsetError::Malformed { .. }) => "宣言された文字コードとして読めません",
        DecodeError::Xml(XmlError::DocumentType { .. }) => "DTDは使えません",
        DecodeError::Xml(XmlError::Entity { .. }) => "実体参照は使えません",
        DecodeError::Xml(XmlError::TooLarge { .. }) => "要素の深さまたは数が多すぎます",
        DecodeError::Root { .. } => "ルート要素がXmlMsgではありません",
        DecodeError::Xml(XmlError::NotWellFormed { .. }) => "XMLの形が正しくありません",
    }
}
