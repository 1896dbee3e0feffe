//! The notices on paper: what the portal lets an institution download.

use documents::{Column, Document, Entry, RenderError, Section, Table};
use jiff::Timestamp;
use messages::dialect::Role;

use super::{Application, PortalAccount};
use crate::archive;
use crate::clock::in_japan;
use crate::world::Account;

/// Name of the notice inside its archive (access.md 2, step 6, \[S]).
pub const ACCOUNT_NOTICE: &str = "オンライン資格確認等システムユーザ設定情報.pdf";

/// Why a notice cannot be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PaperError {
    /// The document.
    #[error(transparent)]
    Render(#[from] RenderError),
    /// The archive.
    #[error("cannot write the archive")]
    Archive(#[from] zip::result::ZipError),
}

/// What a certificate's notice tells.
#[derive(Debug, Clone, Copy)]
pub struct Issued<'a> {
    /// The terminal.
    pub terminal: &'a str,
    /// Reference ID (リファレンスID).
    pub reference: &'a str,
    /// Authentication code (認証コード).
    pub code: &'a str,
    /// Last moment at which both can be used.
    pub until: Timestamp,
}

/// The master account's notice (マスタアカウント通知): a ZIP with one PDF.
///
/// # Errors
/// [`PaperError`] if it cannot be written.
pub fn account_notice(
    holder: &PortalAccount,
    application: &Application,
    accounts: &[Account],
    at: Timestamp,
) -> Result<Vec<u8>, PaperError> {
    let rows = accounts
        .iter()
        .map(|account| vec![role(account.role).to_owned(), account.id.clone(), account.password.clone()]);
    let table = Table {
        caption: String::new(),
        columns: vec![
            Column::new("アカウント", 30),
            Column::new("ユーザID", 40),
            Column::new("初期パスワード", 40),
        ],
        rows: rows.collect(),
    };
    let section = Section {
        heading: "本番環境・接続検証環境（試験用の認証情報です）".to_owned(),
        subheading: "マスタアカウントは管理アカウントの作成だけに使用します。".to_owned(),
        tables: vec![table],
    };
    let title = "オンライン資格確認等システム　ユーザ設定情報";
    let pdf = document(title, holder, application, vec![section], at)?;
    Ok(archive::of(ACCOUNT_NOTICE, &pdf)?)
}

/// The notice of a certificate (電子証明書発行通知書) as PDF.
///
/// # Errors
/// [`PaperError`] if it cannot be written.
pub fn certificate_notice(
    holder: &PortalAccount,
    application: &Application,
    issued: &Issued<'_>,
    at: Timestamp,
) -> Result<Vec<u8>, PaperError> {
    let row = |label: &str, value: &str| vec![label.to_owned(), value.to_owned()];
    let until = in_japan(issued.until).strftime("%Y年%m月%d日 %H:%M").to_string();
    let table = Table {
        caption: String::new(),
        columns: vec![Column::new("項目", 30), Column::new("内容", 80)],
        rows: vec![
            row("端末", issued.terminal),
            row("リファレンスID", issued.reference),
            row("認証コード", issued.code),
            row("ダウンロード期限", &until),
        ],
    };
    let section = Section {
        heading: "電子証明書のダウンロードに必要な情報".to_owned(),
        subheading: "1回だけ使用できます。5回間違えると使用できなくなります。".to_owned(),
        tables: vec![table],
    };
    document("電子証明書発行通知書", holder, application, vec![section], at)
}

fn document(
    title: &str,
    holder: &PortalAccount,
    application: &Application,
    sections: Vec<Section>,
    at: Timestamp,
) -> Result<Vec<u8>, PaperError> {
    let document = Document {
        title: title.to_owned(),
        running: holder.name.to_string(),
        person: vec![
            Entry::new("医療機関名", holder.name.to_string()),
            Entry::new("医療機関コード", holder.institution.to_string()),
            Entry::new("回線", application.line.to_string()),
            Entry::new("利用開始日", application.start.strftime("%Y年%m月%d日").to_string()),
        ],
        period: String::new(),
        made_at: in_japan(at).strftime("%Y年%m月%d日 %H:%M").to_string(),
        sections,
    };
    Ok(documents::render(&document)?.bytes)
}

fn role(role: Role) -> &'static str {
    match role {
        Role::Master => "マスタアカウント",
        Role::MasterReset => "マスタアカウントリセット用",
        Role::Administrator => "管理アカウント",
        Role::General => "一般アカウント",
        Role::MedicalViewer => "医療情報閲覧アカウント",
        Role::LinkApplication => "連携アプリ用アカウント",
        Role::Face => "顔認証用アカウント",
        Role::WebApi => "Web API用アカウント",
    }
}
