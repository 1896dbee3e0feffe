//! The whole path in one call: account, application, confirmation, notices, certificate and accounts.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Json, Path};
use actix_web::{HttpRequest, HttpResponse};
use certs::KeyKind;
use messages::dialect::Role;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::Admin;
use super::super::api::world;
use super::super::certificates::Making;
use super::super::handed::Handed;
use super::super::problem::Problem;
use super::super::worlds::{LineShown, host, name_of};
use super::shown::{ApplicationShown, SystemAccountShown};
use super::turned::{Away, FormProblem};
use super::{password, record, want};
use crate::clock::in_japan;
use crate::line::Line;
use crate::office::Office;
use crate::portal::desk::{self, account_id};
use crate::portal::{AccountForm, LineForm, UsageForm};
use crate::registered::LineState;
use crate::world::{Account, Event, World};

/// Who is to have everything.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Wish {
    /// Medical institution code, ten digits.
    institution: String,
    /// Name of the institution.
    #[serde(default = "default_name")]
    institution_name: String,
    /// Kind of the key: `p256` (the default) or `rsa2048`.
    #[schema(value_type = Option<String>)]
    key: Option<KeyKind>,
}

fn default_name() -> String {
    "見本医院".to_owned()
}

/// Everything that a client needs.
#[derive(Serialize, ToSchema)]
pub(super) struct Completed {
    /// The application, every step of which is over.
    application: ApplicationShown,
    /// The line, and where it ends.
    line: LineShown,
    /// The terminal's certificate and key.
    certificate: Handed,
    /// The root that signs the service's certificate.
    ca_pem: String,
    /// Accounts of the national system, one of each role.
    accounts: Vec<SystemAccountShown>,
}

/// Plays the whole path at once, for a line of this process that nobody in the world has yet.
#[utoipa::path(
    post, path = "/api/v1/worlds/{world}/portal/complete", tag = "portal", request_body = Wish,
    params(("world" = String, Path, description = "Name of the world")),
    responses(
        (status = 201, description = "Everything that a client needs.", body = Completed),
        (status = 409, description = "No line is free, or the institution's terminal has a certificate.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The form has mistakes.", body = FormProblem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn complete(
    request: HttpRequest,
    admin: Data<Admin>,
    office: Data<Office>,
    path: Path<String>,
    wish: Json<Wish>,
) -> Result<HttpResponse, Away> {
    let world = world(&admin, &path)?;
    let now = world.clock.now();
    let form = AccountForm {
        institution: wish.institution.clone(),
        institution_name: wish.institution_name.clone(),
        mail: "office@clinic.example".to_owned(),
    };
    let (account, events) = desk::register(&world, &form, now)?;
    let (port, line) = free_line(&admin, &world)?;
    record(&world, events)?;
    let usage = UsageForm {
        line: LineForm::of(&line),
        terminals: 1,
        start: in_japan(now).date().to_string(),
        terms_accepted: true,
        contact: account.name.to_string(),
        claims: false,
        at_once: true,
    };
    let passwords = [password()?, password()?];
    let mut passwords = passwords.into_iter();
    let (application, events) =
        desk::apply(&world, &account, &usage, now, || passwords.next().unwrap_or_default())?;
    record(&world, events)?;
    open_accounts(&world, &account.institution)?;

    let filed = super::filed(&world, application.number)?;
    let wanted = want(&office, &world, &filed, None, now)?;
    let reference = wanted.reference.clone();
    record(&world, [Event::CertificateApplied(wanted)])?;
    let code = world.papers.issuance(&reference).map(|issuance| issuance.notice.code.clone());
    let making = Making { key: wish.key, ..Making::default() };
    let made = office
        .download(&world, &reference, &code.unwrap_or_default(), making.wanted(&request, &world), now)
        .await
        .map_err(Problem::from)?;

    let filed = super::filed(&world, application.number)?;
    let host = host(&request);
    let accounts = world.accounts.all();
    let own = accounts.iter().filter(|one| one.institution == account.institution);
    Ok(HttpResponse::Created().json(Completed {
        application: ApplicationShown::of(&world, &filed, now),
        line: LineShown {
            customer_id: line.to_string(),
            port,
            service: format!("https://{}:{port}", name_of(&host)),
        },
        certificate: Handed::new(&made, &making)?,
        ca_pem: admin.root_pem.clone(),
        accounts: own.map(|account| SystemAccountShown::with_password(account)).collect(),
    }))
}

/// The first port whose line nobody in the world is registered for.
fn free_line(admin: &Admin, world: &World) -> Result<(u16, Line), Problem> {
    let is_free = |line: &Line| {
        let known = world.registry.line(line);
        known.is_none_or(|known| known.state_at(world.clock.now()) == Some(LineState::Cancelled))
    };
    let table = admin.ports.network().table();
    let free = table.ports().find(|(_, line)| is_free(line)).map(|(port, line)| (port, line.clone()));
    free.ok_or_else(|| {
        let detail = "somebody in this world is registered for every line of this process; open a port with another line: POST …/ports";
        Problem::new(StatusCode::CONFLICT, detail)
    })
}

/// What the master and the administrator would do one by one.
fn open_accounts(world: &World, institution: &messages::value::InstitutionCode) -> Result<(), Problem> {
    for &role in Role::ALL {
        let id = account_id(institution, role);
        if world.accounts.of(&id).is_none() {
            let account = Account { id, institution: institution.clone(), role, password: password()? };
            record(world, [Event::AccountOpened(account)])?;
        }
    }
    Ok(())
}
