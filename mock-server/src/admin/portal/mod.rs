//! `/api/v1/worlds/{world}/portal`: applications for line and certificate, as an institution makes them.

mod complete;
mod shown;
mod turned;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::CONTENT_DISPOSITION;
use actix_web::web::{self, Data, Json, Path, ServiceConfig};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Admin;
use super::api::world;
use super::problem::Problem;
use crate::ledger::LedgerError;
use crate::office::{self, Office};
use crate::portal::desk;
use crate::portal::{
    self, AccountForm, CertificateWanted, CertificatesForm, Filed, Issued, LineForm, PaperError,
    SystemAccountForm, UsageForm, Wanted,
};
use crate::registered::{Purposes, role_name};
use crate::world::{Event, World};
use shown::{AccountShown, ApplicationShown, SystemAccountShown, master_accounts};
use turned::{Away, FormProblem};

/// What the OpenAPI says of this module.
#[derive(utoipa::OpenApi)]
#[openapi(
    paths(
        register,
        accounts,
        apply,
        application,
        certificates,
        change_line,
        change_terminals,
        cancel,
        account_notice,
        certificate_notice,
        open_account,
        complete::complete
    ),
    components(schemas(FormProblem))
)]
pub(super) struct Api;

pub(super) fn routes(config: &mut ServiceConfig) {
    let at = |path: &str| web::resource(format!("/api/v1/worlds/{{world}}/portal{path}"));
    let of = |path: &str| at(&format!("/applications/{{number}}{path}"));
    config
        .service(at("/accounts").route(web::get().to(accounts)).route(web::post().to(register)))
        .service(at("/accounts/{account}/applications").route(web::post().to(apply)))
        .service(at("/system-accounts").route(web::post().to(open_account)))
        .service(at("/complete").route(web::post().to(complete::complete)))
        .service(of("").route(web::get().to(application)))
        .service(of("/certificates").route(web::post().to(certificates)))
        .service(of("/line").route(web::put().to(change_line)))
        .service(of("/terminals").route(web::put().to(change_terminals)))
        .service(of("/cancellation").route(web::post().to(cancel)))
        .service(of("/notices/account").route(web::get().to(account_notice)))
        .service(of("/notices/certificates/{reference}").route(web::get().to(certificate_notice)));
}

type Answered = Result<HttpResponse, Away>;

fn filed(world: &World, number: u32) -> Result<Filed, Problem> {
    let missing = || Problem::new(StatusCode::NOT_FOUND, format!("there is no application {number}"));
    world.portal.filed(number).ok_or_else(missing)
}

fn record(world: &World, events: impl IntoIterator<Item = Event>) -> Result<(), Problem> {
    events
        .into_iter()
        .try_for_each(|event| world.record(event))
        .map_err(|error: LedgerError| internal(&error))
}

fn internal(error: &dyn std::fmt::Display) -> Problem {
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string())
}

fn shown(world: &World, number: u32, status: StatusCode) -> Answered {
    let filed = filed(world, number)?;
    Ok(HttpResponse::build(status).json(ApplicationShown::of(world, &filed, world.clock.now())))
}

/// Every account of the portal.
#[derive(Serialize, ToSchema)]
#[schema(as = PortalAccounts)]
struct Accounts {
    accounts: Vec<AccountShown>,
}

/// The accounts that registered at the portal.
#[utoipa::path(
    get, path = "/api/v1/worlds/{world}/portal/accounts", tag = "portal",
    params(("world" = String, Path, description = "Name of the world")),
    responses((status = 200, description = "The accounts.", body = Accounts))
)]
async fn accounts(admin: Data<Admin>, path: Path<String>) -> Answered {
    let world = world(&admin, &path)?;
    let accounts = world.portal.accounts();
    let accounts = accounts.iter().map(|account| AccountShown::of(&world, account)).collect();
    Ok(HttpResponse::Ok().json(Accounts { accounts }))
}

/// Registers an account for an institution (アカウント登録).
#[utoipa::path(
    post, path = "/api/v1/worlds/{world}/portal/accounts", tag = "portal", request_body = AccountForm,
    params(("world" = String, Path, description = "Name of the world")),
    responses(
        (status = 201, description = "The account.", body = AccountShown),
        (status = 409, description = "There are too many.", body = FormProblem, content_type = "application/problem+json"),
        (status = 422, description = "The form has mistakes.", body = FormProblem, content_type = "application/problem+json"),
    )
)]
async fn register(admin: Data<Admin>, path: Path<String>, form: Json<AccountForm>) -> Answered {
    let world = world(&admin, &path)?;
    let (account, events) = desk::register(&world, &form, world.clock.now())?;
    record(&world, events)?;
    Ok(HttpResponse::Created().json(AccountShown::of(&world, &account)))
}

/// Applies for use (オンライン資格確認利用申請): the line, its terminals, the first day.
#[utoipa::path(
    post, path = "/api/v1/worlds/{world}/portal/accounts/{account}/applications", tag = "portal",
    request_body = UsageForm,
    params(
        ("world" = String, Path, description = "Name of the world"),
        ("account" = String, Path, description = "Id of the account"),
    ),
    responses(
        (status = 201, description = "The application and its steps.", body = ApplicationShown),
        (status = 409, description = "The line is taken.", body = FormProblem, content_type = "application/problem+json"),
        (status = 422, description = "The form has mistakes.", body = FormProblem, content_type = "application/problem+json"),
    )
)]
async fn apply(admin: Data<Admin>, path: Path<(String, String)>, form: Json<UsageForm>) -> Answered {
    let (name, account) = path.into_inner();
    let world = world(&admin, &name)?;
    let account = world
        .portal
        .account(&account)
        .ok_or_else(|| Problem::new(StatusCode::NOT_FOUND, format!("there is no account {account:?}")))?;
    let (mut first, mut second) = (Some(password()?), Some(password()?));
    let passwords = || first.take().or_else(|| second.take()).unwrap_or_default();
    let (application, events) = desk::apply(&world, &account, &form, world.clock.now(), passwords)?;
    record(&world, events)?;
    shown(&world, application.number, StatusCode::CREATED)
}

/// An application, where it stands, and what its notices tell.
#[utoipa::path(
    get, path = "/api/v1/worlds/{world}/portal/applications/{number}", tag = "portal",
    params(
        ("world" = String, Path, description = "Name of the world"),
        ("number" = u32, Path, description = "Number of the application"),
    ),
    responses((status = 200, description = "The application.", body = ApplicationShown))
)]
async fn application(admin: Data<Admin>, path: Path<(String, u32)>) -> Answered {
    let (name, number) = path.into_inner();
    shown(&*world(&admin, &name)?, number, StatusCode::OK)
}

/// Applies for certificates (電子証明書発行申請): for further terminals, or anew for one that was lost.
#[utoipa::path(
    post, path = "/api/v1/worlds/{world}/portal/applications/{number}/certificates", tag = "portal",
    request_body = CertificatesForm,
    params(
        ("world" = String, Path, description = "Name of the world"),
        ("number" = u32, Path, description = "Number of the application"),
    ),
    responses(
        (status = 201, description = "The application with its certificates.", body = ApplicationShown),
        (status = 409, description = "A certificate or a notice stands against it.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The form has mistakes.", body = FormProblem, content_type = "application/problem+json"),
    )
)]
async fn certificates(
    admin: Data<Admin>,
    office: Data<Office>,
    path: Path<(String, u32)>,
    form: Json<CertificatesForm>,
) -> Answered {
    let (name, number) = path.into_inner();
    let world = world(&admin, &name)?;
    let (filed, now) = (filed(&world, number)?, world.clock.now());
    let terminals = filed.terminals();
    let held = u8::try_from(terminals.len()).unwrap_or(u8::MAX);
    let wanted = match form.check(filed.application.terminals.saturating_sub(held), &terminals)? {
        Wanted::Further(count) => vec![None; count.into()],
        Wanted::Again(terminal) => vec![Some(terminal)],
    };
    for lost in wanted {
        let wanted = want(&office, &world, &filed, lost.as_deref(), now)?;
        record(&world, [Event::CertificateApplied(wanted)])?;
    }
    shown(&world, number, StatusCode::CREATED)
}

/// Lets the office send a notice for a terminal: the next one, or anew for a lost one.
fn want(
    office: &Office,
    world: &World,
    filed: &Filed,
    lost: Option<&str>,
    now: Timestamp,
) -> Result<CertificateWanted, Problem> {
    let application = &filed.application;
    let wish = office::Application {
        institution: application.institution.clone(),
        terminal: lost.and_then(|terminal| terminal.rsplit_once('-')?.1.parse().ok()),
        purposes: if application.claims { Purposes::Both } else { Purposes::Qualification },
        lost: lost.is_some(),
    };
    let notice = office.apply(world, &wish, now)?;
    Ok(CertificateWanted {
        application: application.number,
        terminal: format!("{}-{:02}", notice.institution, notice.terminal),
        reference: notice.reference,
        at: now,
    })
}

/// Changes the line: the new one is confirmed first, and then takes the place of the old one.
#[utoipa::path(
    put, path = "/api/v1/worlds/{world}/portal/applications/{number}/line", tag = "portal",
    request_body = LineForm,
    params(
        ("world" = String, Path, description = "Name of the world"),
        ("number" = u32, Path, description = "Number of the application"),
    ),
    responses(
        (status = 200, description = "The application with its new line.", body = ApplicationShown),
        (status = 409, description = "The line is taken, or use has ended.", body = FormProblem, content_type = "application/problem+json"),
        (status = 422, description = "The form has mistakes.", body = FormProblem, content_type = "application/problem+json"),
    )
)]
async fn change_line(admin: Data<Admin>, path: Path<(String, u32)>, form: Json<LineForm>) -> Answered {
    let (name, number) = path.into_inner();
    let world = world(&admin, &name)?;
    let events = desk::change_line(&world, &filed(&world, number)?, &form, world.clock.now())?;
    record(&world, events)?;
    shown(&world, number, StatusCode::OK)
}

/// A number of terminals.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Terminals {
    /// How many there are now, 1 to 99.
    terminals: i64,
}

/// Changes the number of terminals.
#[utoipa::path(
    put, path = "/api/v1/worlds/{world}/portal/applications/{number}/terminals", tag = "portal",
    request_body = Terminals,
    params(
        ("world" = String, Path, description = "Name of the world"),
        ("number" = u32, Path, description = "Number of the application"),
    ),
    responses(
        (status = 200, description = "The application.", body = ApplicationShown),
        (status = 409, description = "More terminals have a certificate, or use has ended.", body = FormProblem, content_type = "application/problem+json"),
        (status = 422, description = "The form has mistakes.", body = FormProblem, content_type = "application/problem+json"),
    )
)]
async fn change_terminals(admin: Data<Admin>, path: Path<(String, u32)>, form: Json<Terminals>) -> Answered {
    let (name, number) = path.into_inner();
    let world = world(&admin, &name)?;
    let filed = filed(&world, number)?;
    let event = desk::change_terminals(&filed, form.terminals, world.clock.now())?;
    record(&world, [event])?;
    shown(&world, number, StatusCode::OK)
}

/// Ends use: the line is given up at once.
#[utoipa::path(
    post, path = "/api/v1/worlds/{world}/portal/applications/{number}/cancellation", tag = "portal",
    params(
        ("world" = String, Path, description = "Name of the world"),
        ("number" = u32, Path, description = "Number of the application"),
    ),
    responses(
        (status = 200, description = "The application.", body = ApplicationShown),
        (status = 409, description = "Use has ended already.", body = FormProblem, content_type = "application/problem+json"),
    )
)]
async fn cancel(admin: Data<Admin>, path: Path<(String, u32)>) -> Answered {
    let (name, number) = path.into_inner();
    let world = world(&admin, &name)?;
    let events = desk::cancel(&world, &filed(&world, number)?, world.clock.now())?;
    record(&world, events)?;
    shown(&world, number, StatusCode::OK)
}

/// The master account's notice (マスタアカウント通知): a ZIP with one PDF.
#[utoipa::path(
    get, path = "/api/v1/worlds/{world}/portal/applications/{number}/notices/account", tag = "portal",
    params(
        ("world" = String, Path, description = "Name of the world"),
        ("number" = u32, Path, description = "Number of the application"),
    ),
    responses(
        (status = 200, description = "The notice.", content_type = "application/zip", body = Vec<u8>),
        (status = 409, description = "It is not there yet.", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn account_notice(admin: Data<Admin>, path: Path<(String, u32)>) -> Answered {
    let (name, number) = path.into_inner();
    let world = world(&admin, &name)?;
    let (filed, now) = (filed(&world, number)?, world.clock.now());
    let application = &filed.application;
    due(application.noticed(&world.dialect().portal), now)?;
    let Some(holder) = world.portal.account(&application.account) else {
        return Err(internal(&"the application has no account").into());
    };
    let accounts = master_accounts(&world, &filed);
    let paper = portal::account_notice(&holder, application, &accounts, now);
    download(paper, "application/zip", "master-account.zip")
}

/// The notice of a certificate (電子証明書発行通知書) as PDF.
#[utoipa::path(
    get, path = "/api/v1/worlds/{world}/portal/applications/{number}/notices/certificates/{reference}", tag = "portal",
    params(
        ("world" = String, Path, description = "Name of the world"),
        ("number" = u32, Path, description = "Number of the application"),
        ("reference" = String, Path, description = "Terminal, or reference ID"),
    ),
    responses(
        (status = 200, description = "The notice.", content_type = "application/pdf", body = Vec<u8>),
        (status = 409, description = "It is not there yet.", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn certificate_notice(admin: Data<Admin>, path: Path<(String, u32, String)>) -> Answered {
    let (name, number, reference) = path.into_inner();
    let world = world(&admin, &name)?;
    let (filed, now) = (filed(&world, number)?, world.clock.now());
    let application = &filed.application;
    let is_meant =
        |wanted: &&CertificateWanted| wanted.reference == reference || wanted.terminal == reference;
    let wanted = filed.certificates.iter().rev().find(is_meant);
    let issuance = wanted.and_then(|wanted| Some((wanted, world.papers.issuance(&wanted.reference)?)));
    let Some((wanted, issuance)) = issuance else {
        let detail = format!("the application has no certificate for {reference:?}");
        return Err(Problem::new(StatusCode::NOT_FOUND, detail).into());
    };
    due(application.certified(wanted.at, &world.dialect().portal), now)?;
    let Some(holder) = world.portal.account(&application.account) else {
        return Err(internal(&"the application has no account").into());
    };
    let notice = &issuance.notice;
    let issued = Issued {
        terminal: &wanted.terminal,
        reference: &notice.reference,
        code: &notice.code,
        until: notice.until,
    };
    let paper = portal::certificate_notice(&holder, application, &issued, now);
    download(paper, "application/pdf", &format!("{}.pdf", wanted.terminal))
}

fn due(at: Timestamp, now: Timestamp) -> Result<(), Problem> {
    if at <= now {
        return Ok(());
    }
    let detail =
        format!("the notice can be downloaded from {} on, by the world's clock", crate::clock::rfc3339(at));
    Err(Problem::new(StatusCode::CONFLICT, detail))
}

fn download(paper: Result<Vec<u8>, PaperError>, kind: &str, name: &str) -> Answered {
    let bytes = paper.map_err(|error| internal(&error))?;
    let disposition = (CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\""));
    Ok(HttpResponse::Ok().content_type(kind).insert_header(disposition).body(bytes))
}

/// Opens an account of the national system: the master the administrator's, the administrator the others.
#[utoipa::path(
    post, path = "/api/v1/worlds/{world}/portal/system-accounts", tag = "portal", request_body = SystemAccountForm,
    params(("world" = String, Path, description = "Name of the world")),
    responses(
        (status = 201, description = "The account.", body = SystemAccountShown),
        (status = 403, description = "The asker's password is wrong, or its role may not.", body = FormProblem, content_type = "application/problem+json"),
        (status = 422, description = "The form has mistakes.", body = FormProblem, content_type = "application/problem+json"),
    )
)]
async fn open_account(admin: Data<Admin>, path: Path<String>, form: Json<SystemAccountForm>) -> Answered {
    let world = world(&admin, &path)?;
    let account = form.check(&world)?;
    let shown = SystemAccountShown { id: account.id.clone(), role: role_name(account.role), password: None };
    record(&world, [Event::AccountOpened(account)])?;
    Ok(HttpResponse::Created().json(shown))
}

/// A password that satisfies the rule of access.md 4.
fn password() -> Result<String, Problem> {
    const ALPHABET: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789";
    let mut random = [0; 16];
    openssl::rand::rand_bytes(&mut random).map_err(|error| internal(&error))?;
    let letters = random.iter().filter_map(|byte| ALPHABET.get(usize::from(*byte) % ALPHABET.len()));
    Ok(letters.map(|byte| char::from(*byte)).chain("-Aa1".chars()).collect())
}
