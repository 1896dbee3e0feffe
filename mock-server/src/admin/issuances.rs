//! `/api/v1/worlds/{world}/issuances`: applications for certificates, their notices, and the download.

use actix_web::web::{self, Bytes, Data, Json, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use certs::KeyKind;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Admin;
use super::api::world;
use super::certificates::{Making, Order};
use super::handed::{Handed, read_or_default};
use super::problem::Problem;
use crate::clock::rfc3339;
use crate::office::Office;
use crate::papers::{Issuance, NoticeState};
use crate::registered::Purposes;
use crate::world::World;

/// What the OpenAPI says of this module.
#[derive(utoipa::OpenApi)]
#[openapi(paths(list, apply, download))]
pub(super) struct Api;

pub(super) fn routes(config: &mut ServiceConfig) {
    let at = |path: &str| web::resource(format!("/api/v1/worlds/{{world}}/issuances{path}"));
    config
        .service(at("").route(web::get().to(list)).route(web::post().to(apply)))
        .service(at("/{reference}/download").route(web::post().to(download)));
}

/// An issuance notice (電子証明書発行通知書) and what became of it.
#[derive(Debug, Serialize, ToSchema)]
struct NoticeShown {
    /// Reference ID (リファレンスID).
    reference: String,
    /// Authentication code (認証コード).
    code: String,
    /// Code of the institution.
    institution: String,
    /// Number of the terminal.
    terminal: u16,
    /// `qualification`, `claims` or `both`.
    #[schema(value_type = String)]
    purposes: Purposes,
    /// When the institution applied.
    #[schema(format = DateTime)]
    applied: String,
    /// Last moment of the download.
    #[schema(format = DateTime)]
    until: String,
    /// Whether it may still be used.
    state: NoticeState,
    /// Wrong codes that were tried.
    wrong_tries: u8,
    /// Fingerprint of the certificate that was downloaded.
    certificate: Option<String>,
}

impl NoticeShown {
    fn of(world: &World, issuance: &Issuance) -> Self {
        let notice = &issuance.notice;
        Self {
            reference: notice.reference.clone(),
            code: notice.code.clone(),
            institution: notice.institution.to_string(),
            terminal: notice.terminal,
            purposes: notice.purposes,
            applied: rfc3339(notice.applied),
            until: rfc3339(notice.until),
            state: issuance.state_at(&world.dialect().certificates, world.clock.now()),
            wrong_tries: issuance.tries,
            certificate: issuance.used.map(|fingerprint| fingerprint.to_string()),
        }
    }
}

/// The notices of a world.
#[derive(Debug, Serialize, ToSchema)]
struct Notices {
    issuances: Vec<NoticeShown>,
}

/// The issuance notices of a world, with their codes: a trainer may look them up.
#[utoipa::path(
    get, path = "/api/v1/worlds/{world}/issuances", tag = "certificates", operation_id = "list_issuances",
    params(("world" = String, Path, description = "Name of the world")),
    responses((status = 200, description = "The notices.", body = Notices))
)]
async fn list(admin: Data<Admin>, path: Path<String>) -> Result<Json<Notices>, Problem> {
    let world = world(&admin, &path)?;
    let all = world.papers.issuances();
    Ok(Json(Notices { issuances: all.iter().map(|issuance| NoticeShown::of(&world, issuance)).collect() }))
}

/// Applies for the certificate of a terminal; the notice is sent at once.
#[utoipa::path(
    post, path = "/api/v1/worlds/{world}/issuances", tag = "certificates", operation_id = "apply_for_certificate",
    request_body = Option<Order>,
    params(("world" = String, Path, description = "Name of the world")),
    responses((status = 201, description = "The notice.", body = NoticeShown),
              (status = 409, description = "The terminal has a certificate or a notice.", body = Problem, content_type = "application/problem+json"),
              (status = 422, description = "The order is wrong.", body = Problem, content_type = "application/problem+json"))
)]
async fn apply(
    admin: Data<Admin>,
    office: Data<Office>,
    path: Path<String>,
    body: Bytes,
) -> Result<HttpResponse, Problem> {
    let world = world(&admin, &path)?;
    let application = read_or_default::<Order>(&body)?.application(&world);
    let notice = office.apply(&world, &application, world.clock.now())?;
    let shown = NoticeShown::of(&world, &Issuance { notice, tries: 0, used: None });
    Ok(HttpResponse::Created().json(shown))
}

/// How a certificate is downloaded.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Download {
    /// Authentication code (認証コード).
    code: String,
    /// What is answered.
    #[serde(default)]
    form: Form,
    /// `p256` (the default, made in a moment) or `rsa2048`.
    #[schema(value_type = Option<String>)]
    #[serde(default)]
    key: Option<KeyKind>,
    /// A certificate signing request in PEM: then the key stays with its sender.
    #[serde(default)]
    csr: Option<String>,
    /// Password of the PKCS#12 file; `onshi-mock` if absent.
    #[serde(default)]
    password: Option<String>,
    /// PKCS#12 with 3DES and SHA-1, for programs from before 2020.
    #[serde(default)]
    legacy: bool,
}

/// What a download answers.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
enum Form {
    /// Everything, as JSON.
    #[default]
    Json,
    /// Certificate, chain and key as one PEM text; without the key if a signing request was sent.
    Pem,
    /// The PKCS#12 file itself. With a signing request there is none, and JSON is answered.
    Pkcs12,
}

/// Downloads the certificate of a notice, once.
#[utoipa::path(
    post, path = "/api/v1/worlds/{world}/issuances/{reference}/download", tag = "certificates",
    operation_id = "download_certificate", request_body = Download,
    params(("world" = String, Path, description = "Name of the world"),
           ("reference" = String, Path, description = "Reference ID (リファレンスID)")),
    responses((status = 201, description = "The certificate.",
               content((Handed = "application/json"), (String = "application/x-pem-file"), (Vec<u8> = "application/x-pkcs12"))),
              (status = 409, description = "The notice was used, or the terminal has a certificate.", body = Problem, content_type = "application/problem+json"),
              (status = 410, description = "The notice has lapsed.", body = Problem, content_type = "application/problem+json"),
              (status = 422, description = "The signing request is wrong.", body = Problem, content_type = "application/problem+json"),
              (status = 423, description = "The notice is locked.", body = Problem, content_type = "application/problem+json"))
)]
async fn download(
    request: HttpRequest,
    admin: Data<Admin>,
    office: Data<Office>,
    path: Path<(String, String)>,
    body: Json<Download>,
) -> Result<HttpResponse, Problem> {
    let (name, reference) = path.into_inner();
    let world = world(&admin, &name)?;
    let Download { code, form, key, csr, password, legacy } = body.into_inner();
    let making = Making { key, csr, password, legacy };
    making.check()?;
    let wanted = making.wanted(&request, &world);
    let made = office.download(&world, &reference, &code, wanted, world.clock.now()).await?;
    let mut handed = Handed::new(&made, &making)?;
    let mut answer = HttpResponse::Created();
    Ok(match (form, handed.pkcs12_bytes.take()) {
        (Form::Pkcs12, Some(file)) => answer.content_type("application/x-pkcs12").body(file),
        (Form::Pem, _) => {
            let key = handed.key_pem.unwrap_or_default();
            answer.content_type("application/x-pem-file").body(handed.certificate_pem + &key)
        }
        (Form::Json | Form::Pkcs12, _) => answer.json(handed),
    })
}
