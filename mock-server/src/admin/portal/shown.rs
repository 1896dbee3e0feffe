//! What the portal shows of accounts and applications.

use jiff::Timestamp;
use messages::dialect::Role;
use serde::Serialize;
use utoipa::ToSchema;

use crate::clock::rfc3339;
use crate::papers::NoticeState;
use crate::portal::desk::account_id;
use crate::portal::{CertificateWanted, Filed, PortalAccount, Stage, Step};
use crate::registered::role_name;
use crate::world::{Account, World};

/// An account of the portal.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PortalAccount)]
pub(super) struct AccountShown {
    /// Its id, for the paths below.
    id: String,
    /// Medical institution code.
    institution: String,
    /// Name of the institution.
    institution_name: String,
    /// Mail address.
    mail: String,
    /// When it was registered, by the world's clock.
    #[schema(format = DateTime)]
    registered: String,
    /// Numbers of its applications.
    applications: Vec<u32>,
}

/// A step of an application.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct StepShown {
    /// The step.
    step: Step,
    /// When it is, or was, reached.
    #[schema(format = DateTime)]
    at: String,
    /// Whether it is reached.
    reached: bool,
    /// The step in Japanese.
    ja: String,
    /// The step in English.
    en: String,
}

/// An account of the national system, as its notice tells it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SystemAccountShown {
    /// User id.
    pub(super) id: String,
    /// Its role.
    pub(super) role: &'static str,
    /// Its password; only in notices, and for whoever has just chosen it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(super) password: Option<String>,
}

/// A certificate that was applied for.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AppliedCertificate)]
pub(super) struct CertificateShown {
    /// The terminal.
    terminal: String,
    /// When it was applied for.
    #[schema(format = DateTime)]
    applied: String,
    /// When its notice can be downloaded.
    #[schema(format = DateTime)]
    notice_from: String,
    /// The notice, once it is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    notice: Option<NoticeShown>,
}

/// What the notice of a certificate (電子証明書発行通知書) tells.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CertificateNotice)]
pub(super) struct NoticeShown {
    /// Reference ID (リファレンスID).
    reference: String,
    /// Authentication code (認証コード).
    code: String,
    /// Last moment of the download.
    #[schema(format = DateTime)]
    until: String,
    /// Whether it may still be used.
    state: NoticeState,
}

/// An application and where it stands.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ApplicationShown {
    /// Its number.
    number: u32,
    /// The account that applied.
    account: String,
    /// Medical institution code.
    institution: String,
    /// The line: a customer ID, `ipv4:CARRIER:LINE` or `ipsec:PROVIDER:CONNECTION`.
    line: String,
    /// Number of terminals.
    terminals: u8,
    /// First day of use.
    #[schema(format = Date)]
    start: String,
    /// Whether it is for online claims as well.
    claims: bool,
    /// Every step, in the order of time.
    steps: Vec<StepShown>,
    /// What the master account's notice (マスタアカウント通知) tells, once it is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    account_notice: Option<Vec<SystemAccountShown>>,
    /// Certificates, in the order in which they were applied for.
    certificates: Vec<CertificateShown>,
}

impl AccountShown {
    pub(super) fn of(world: &World, account: &PortalAccount) -> Self {
        let applications = world.portal.of_account(&account.id);
        Self {
            id: account.id.clone(),
            institution: account.institution.to_string(),
            institution_name: account.name.to_string(),
            mail: account.mail.clone(),
            registered: rfc3339(account.at),
            applications: applications.iter().map(|filed| filed.application.number).collect(),
        }
    }
}

impl SystemAccountShown {
    pub(super) fn with_password(account: &Account) -> Self {
        let password = Some(account.password.clone());
        Self { id: account.id.clone(), role: role_name(account.role), password }
    }
}

impl ApplicationShown {
    pub(super) fn of(world: &World, filed: &Filed, now: Timestamp) -> Self {
        let rules = &world.dialect().portal;
        let application = &filed.application;
        let is_noticed = application.noticed(rules) <= now;
        Self {
            number: application.number,
            account: application.account.clone(),
            institution: application.institution.to_string(),
            line: application.line.to_string(),
            terminals: application.terminals,
            start: application.start.to_string(),
            claims: application.claims,
            steps: filed.stages(rules).into_iter().map(|stage| step(stage, now)).collect(),
            account_notice: is_noticed.then(|| {
                master_accounts(world, filed).iter().map(SystemAccountShown::with_password).collect()
            }),
            certificates: filed
                .certificates
                .iter()
                .map(|wanted| certificate(world, filed, wanted, now))
                .collect(),
        }
    }
}

fn step(Stage { step, at }: Stage, now: Timestamp) -> StepShown {
    let text = step.text();
    let (ja, en) = (text.ja.into_owned(), text.en.into_owned());
    StepShown { step, at: rfc3339(at), reached: at <= now, ja, en }
}

fn certificate(world: &World, filed: &Filed, wanted: &CertificateWanted, now: Timestamp) -> CertificateShown {
    let from = filed.application.certified(wanted.at, &world.dialect().portal);
    let issuance = world.papers.issuance(&wanted.reference).filter(|_| from <= now);
    let notice = issuance.map(|issuance| NoticeShown {
        reference: issuance.notice.reference.clone(),
        code: issuance.notice.code.clone(),
        until: rfc3339(issuance.notice.until),
        state: issuance.state_at(&world.dialect().certificates, now),
    });
    let (terminal, applied) = (wanted.terminal.clone(), rfc3339(wanted.at));
    CertificateShown { terminal, applied, notice_from: rfc3339(from), notice }
}

/// The accounts that the master account's notice tells of.
pub(super) fn master_accounts(world: &World, filed: &Filed) -> Vec<Account> {
    let ids = [Role::Master, Role::MasterReset].map(|role| account_id(&filed.application.institution, role));
    ids.iter().filter_map(|id| world.accounts.of(id)).map(|account| (*account).clone()).collect()
}
