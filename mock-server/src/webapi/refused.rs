//! Why the Web API refuses, each reason with an answer of its own.

use messages::refusal::{Bilingual, Refusal, Step};

use crate::failure;
use crate::gate::Refused;

/// A reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum WebRefused {
    /// A gate refuses.
    Gate(Refused),
    /// Not `application/json`.
    ContentType,
    /// The body is no login.
    Body(String),
    /// Unknown account, wrong password, or an account of another institution.
    Login,
    /// Accounts of this role may not log in here.
    Role,
    /// No token.
    NoToken,
    /// A token that isn't ours, or not an id token.
    BadToken,
    /// A token whose time is over.
    ExpiredToken,
    /// onshi-mock itself failed.
    Failed,
}

impl WebRefused {
    /// Our stable name of the reason.
    pub(super) fn label(&self) -> &'static str {
        match self {
            Self::Gate(refused) => refused.label(),
            Self::ContentType => "W101",
            Self::Body(_) => "W102",
            Self::Login => "W103",
            Self::Role => "W104",
            Self::NoToken => "W105",
            Self::BadToken => "W106",
            Self::ExpiredToken => "W107",
            Self::Failed => failure::LABEL,
        }
    }

    /// The refusal: status, label, reason and mend.
    pub(super) fn refusal(&self) -> Refusal {
        let (status, reason, mend) = match self {
            Self::Gate(refused) => return refused.refusal(),
            Self::ContentType => (
                415,
                Bilingual::fixed(
                    "Content-Typeがapplication/jsonではありません",
                    "the content type is not application/json",
                ),
                Bilingual::fixed(
                    "Content-Type: application/json;charset=UTF-8 を付けてください",
                    "send Content-Type: application/json;charset=UTF-8",
                ),
            ),
            Self::Body(error) => (
                400,
                Bilingual::made(
                    format!("ログインの本文が読めません（{error}）"),
                    format!("the body is no login: {error}"),
                ),
                Bilingual::fixed(
                    r#"{"userId":…,"password":…} を送ってください"#,
                    r#"send {"userId":…,"password":…}"#,
                ),
            ),
            Self::Login => (
                401,
                Bilingual::fixed("ユーザーIDまたはパスワードが違います", "unknown user id or wrong password"),
                Bilingual::fixed(
                    "この医療機関のアカウントを使ってください",
                    "use an account of the institution of the certificate",
                ),
            ),
            Self::Role => (
                403,
                Bilingual::fixed(
                    "このアカウント種別はWeb APIを利用できません",
                    "accounts of this role may not use the Web API",
                ),
                Bilingual::fixed("Web API用アカウントを使ってください", "use an account for the Web API"),
            ),
            Self::NoToken => (
                401,
                Bilingual::fixed(
                    "AuthorizationヘッダーにIDトークンがありません",
                    "there is no id token in the Authorization header",
                ),
                Bilingual::fixed(
                    "ログイン結果のidTokenをそのまま付けてください（Bearerは不要）",
                    "send the idToken of the login as it is, without Bearer",
                ),
            ),
            Self::BadToken => (
                401,
                Bilingual::fixed("IDトークンが正しくありません", "the id token is not valid"),
                Bilingual::fixed("ログインし直してください", "log in again"),
            ),
            Self::ExpiredToken => (
                401,
                Bilingual::fixed("IDトークンの有効期限が切れています", "the id token has expired"),
                Bilingual::fixed("ログインし直してください", "log in again"),
            ),
            Self::Failed => (
                500,
                Bilingual::fixed("onshi-mock 自身の障害です", "onshi-mock itself failed"),
                Bilingual::fixed("ログを確認してください", "look into the log"),
            ),
        };
        Refusal { status, label: self.label().into(), step: Step::Request, reason, mend }
    }

    /// The refusal in the form of the login's answer (\[D]).
    pub(super) fn body(&self, refusal: &Refusal) -> String {
        let msg = format!("{} {} / {}", refusal.label, refusal.reason.ja, refusal.reason.en);
        serde_json::json!({ "status": "error", "msg": msg, "result": null }).to_string()
    }
}
