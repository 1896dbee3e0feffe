//! `/api/v1/worlds/{world}/certificates`: certificates of terminals, issued, shown, revoked and renewed.

use actix_web::http::StatusCode;
use actix_web::web::{self, Bytes, Data, Json, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use certs::{Fingerprint, KeyKind};
use messages::value::InstitutionCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Admin;
use super::api::world;
use super::handed::{Handed, crl_url, read_or_default};
use super::problem::Problem;
use crate::clock::rfc3339;
use crate::office::{Application, Office, Wanted};
use crate::papers::{CertificateState, renewable_from, state_at};
use crate::registered::{Purposes, RevocationReason, TerminalCertificate};
use crate::world::World;

/// What the OpenAPI says of this module.
#[derive(utoipa::OpenApi)]
#[openapi(paths(list, show, issue, renew, revoke))]
pub(super) struct Api;

pub(super) fn routes(config: &mut ServiceConfig) {
    let at = |path: &str| web::resource(format!("/api/v1/worlds/{{world}}/certificates{path}"));
    config
        .service(at("").route(web::get().to(list)).route(web::post().to(issue)))
        .service(at("/{fingerprint}").route(web::get().to(show)))
        .service(at("/{fingerprint}/renew").route(web::post().to(renew)))
        .service(at("/{fingerprint}/revoke").route(web::post().to(revoke)));
}

/// A certificate of a terminal, and where it stands in its life.
#[derive(Debug, Serialize, ToSchema)]
struct CertificateShown {
    /// SHA-256 of the certificate, 64 hexadecimal digits.
    fingerprint: String,
    /// Serial number, hexadecimal.
    serial: String,
    /// Subject as RFC 4514 writes it.
    subject: String,
    /// Code of the institution.
    institution: String,
    /// The terminal: the common name.
    terminal: Option<String>,
    /// `qualification`, `claims` or `both`.
    #[schema(value_type = String)]
    purposes: Purposes,
    /// First moment of validity.
    #[schema(format = DateTime)]
    not_before: String,
    /// Last moment of validity.
    #[schema(format = DateTime)]
    not_after: String,
    /// Where it stands at the world's time.
    state: CertificateState,
    /// From when on it may be renewed.
    #[schema(format = DateTime)]
    renewable_from: String,
    /// Its revocation.
    revoked: Option<RevokedShown>,
    /// Fingerprint of the certificate that renewed it.
    renewed_by: Option<String>,
}

/// A revocation.
#[derive(Debug, Serialize, ToSchema)]
struct RevokedShown {
    /// `loss`, `closing`, `replacement` or `unspecified`.
    #[schema(value_type = String)]
    reason: RevocationReason,
    /// Since when.
    #[schema(format = DateTime)]
    at: String,
}

/// The certificates of a world.
#[derive(Debug, Serialize, ToSchema)]
struct Certificates {
    certificates: Vec<CertificateShown>,
}

impl CertificateShown {
    fn of(world: &World, certificate: &TerminalCertificate) -> Self {
        let facts = &certificate.facts;
        let (rules, now) = (&world.dialect().certificates, world.clock.now());
        let revocation = world.registry.revocation(&facts.fingerprint);
        Self {
            fingerprint: facts.fingerprint.to_string(),
            serial: facts.serial.clone(),
            subject: facts.subject.clone(),
            institution: certificate.institution.to_string(),
            terminal: facts.common_name.clone(),
            purposes: certificate.purposes,
            not_before: rfc3339(facts.not_before),
            not_after: rfc3339(facts.not_after),
            state: state_at(facts, revocation.as_ref(), rules, now),
            renewable_from: rfc3339(renewable_from(facts, rules)),
            revoked: revocation
                .map(|revocation| RevokedShown { reason: revocation.reason, at: rfc3339(revocation.at) }),
            renewed_by: world.papers.successor(&facts.fingerprint).map(|new| new.to_string()),
        }
    }
}

/// The certificates of a world.
///
/// The earliest first; the wrong ones on purpose that were registered too.
#[utoipa::path(
    get, path = "/api/v1/worlds/{world}/certificates", tag = "certificates",
    operation_id = "list_certificates",
    params(("world" = String, Path, description = "Name of the world")),
    responses((status = 200, description = "The certificates.", body = Certificates))
)]
async fn list(admin: Data<Admin>, path: Path<String>) -> Result<Json<Certificates>, Problem> {
    let world = world(&admin, &path)?;
    let all = world.registry.certificates();
    let certificates = all.iter().map(|certificate| CertificateShown::of(&world, certificate)).collect();
    Ok(Json(Certificates { certificates }))
}

/// One certificate.
#[utoipa::path(
    get, path = "/api/v1/worlds/{world}/certificates/{fingerprint}", tag = "certificates",
    operation_id = "show_certificate",
    params(("world" = String, Path, description = "Name of the world"),
           ("fingerprint" = String, Path, description = "SHA-256 of the certificate")),
    responses((status = 200, description = "The certificate.", body = CertificateShown))
)]
async fn show(
    admin: Data<Admin>,
    path: Path<(String, Fingerprint)>,
) -> Result<Json<CertificateShown>, Problem> {
    let (name, fingerprint) = path.into_inner();
    shown(&*world(&admin, &name)?, &fingerprint)
}

fn shown(world: &World, fingerprint: &Fingerprint) -> Result<Json<CertificateShown>, Problem> {
    let missing = || Problem::new(StatusCode::NOT_FOUND, "no certificate has this fingerprint");
    let certificate = world.registry.certificate(fingerprint).ok_or_else(missing)?;
    Ok(Json(CertificateShown::of(world, &certificate)))
}

/// What certificate is wanted, and for whom.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Order {
    /// Code of the institution; the world's first if absent.
    #[schema(value_type = Option<String>)]
    pub(super) institution: Option<InstitutionCode>,
    /// Number of the terminal, 1 to 999; the first without certificate if absent.
    pub(super) terminal: Option<u16>,
    /// `qualification`, `claims` or `both`.
    #[schema(value_type = Option<String>)]
    pub(super) purposes: Purposes,
    /// The terminal or its key is lost: its certificate is revoked.
    pub(super) lost: bool,
}

impl Order {
    pub(super) fn application(self, world: &World) -> Application {
        let Self { institution, terminal, purposes, lost } = self;
        let institution = institution.unwrap_or_else(|| world.home.clone());
        Application { institution, terminal, purposes, lost }
    }
}

/// In what form the certificate is made.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Making {
    /// `p256` (the default, made in a moment) or `rsa2048`.
    #[schema(value_type = Option<String>)]
    pub(super) key: Option<KeyKind>,
    /// A certificate signing request in PEM: then the key stays with its sender.
    pub(super) csr: Option<String>,
    /// Password of the PKCS#12 file; `onshi-mock` if absent.
    pub(super) password: Option<String>,
    /// PKCS#12 with 3DES and SHA-1, for programs from before 2020.
    pub(super) legacy: bool,
}

impl Making {
    pub(super) fn wanted(&self, request: &HttpRequest, world: &World) -> Wanted {
        let key = self.key.unwrap_or(KeyKind::P256);
        Wanted { key, csr: self.csr.clone(), crl: crl_url(request, &world.name) }
    }
}

/// An order with the form of its certificate: the members of both.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
struct Issue {
    /// Code of the institution; the world's first if absent.
    #[schema(value_type = Option<String>)]
    institution: Option<InstitutionCode>,
    /// Number of the terminal, 1 to 999; the first without certificate if absent.
    terminal: Option<u16>,
    /// `qualification`, `claims` or `both`.
    #[schema(value_type = Option<String>)]
    purposes: Purposes,
    /// The terminal or its key is lost: its certificate is revoked.
    lost: bool,
    /// `p256` (the default, made in a moment) or `rsa2048`.
    #[schema(value_type = Option<String>)]
    key: Option<KeyKind>,
    /// A certificate signing request in PEM: then the key stays with its sender.
    csr: Option<String>,
    /// Password of the PKCS#12 file; `onshi-mock` if absent.
    password: Option<String>,
    /// PKCS#12 with 3DES and SHA-1, for programs from before 2020.
    legacy: bool,
}

impl Issue {
    fn split(self) -> (Order, Making) {
        let Self { institution, terminal, purposes, lost, key, csr, password, legacy } = self;
        (Order { institution, terminal, purposes, lost }, Making { key, csr, password, legacy })
    }
}

/// Issues a certificate at once, without notice.
///
/// The body may be absent: then the first terminal of the world's first institution that has none gets one.
#[utoipa::path(
    post, path = "/api/v1/worlds/{world}/certificates", tag = "certificates", request_body = Option<Issue>,
    operation_id = "issue_certificate",
    params(("world" = String, Path, description = "Name of the world")),
    responses((status = 201, description = "The certificate with its key.", body = Handed),
              (status = 409, description = "The terminal has one.", body = Problem, content_type = "application/problem+json"),
              (status = 422, description = "The order is wrong.", body = Problem, content_type = "application/problem+json"))
)]
async fn issue(
    request: HttpRequest,
    admin: Data<Admin>,
    office: Data<Office>,
    path: Path<String>,
    body: Bytes,
) -> Result<HttpResponse, Problem> {
    let world = world(&admin, &path)?;
    let (order, making) = read_or_default::<Issue>(&body)?.split();
    making.check()?;
    let (application, wanted) = (order.application(&world), making.wanted(&request, &world));
    let made = office.issue(&world, &application, wanted, world.clock.now()).await?;
    Handed::new(&made, &making)?.created()
}

/// Renews a certificate, from 90 days before its end on.
#[utoipa::path(
    post, path = "/api/v1/worlds/{world}/certificates/{fingerprint}/renew", tag = "certificates",
    operation_id = "renew_certificate", request_body = Option<Making>,
    params(("world" = String, Path, description = "Name of the world"),
           ("fingerprint" = String, Path, description = "SHA-256 of the certificate")),
    responses((status = 201, description = "The new certificate with its key.", body = Handed),
              (status = 409, description = "Outside its window, or renewed before.", body = Problem, content_type = "application/problem+json"),
              (status = 422, description = "The order is wrong.", body = Problem, content_type = "application/problem+json"))
)]
async fn renew(
    request: HttpRequest,
    admin: Data<Admin>,
    office: Data<Office>,
    path: Path<(String, Fingerprint)>,
    body: Bytes,
) -> Result<HttpResponse, Problem> {
    let (name, fingerprint) = path.into_inner();
    let world = world(&admin, &name)?;
    let making: Making = read_or_default(&body)?;
    making.check()?;
    let wanted = making.wanted(&request, &world);
    let made = office.renew(&world, &fingerprint, wanted, world.clock.now()).await?;
    Handed::new(&made, &making)?.created()
}

/// Why a certificate is revoked.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Revoke {
    /// `loss`, `closing`, `replacement` or `unspecified`.
    #[schema(value_type = String)]
    reason: RevocationReason,
}

/// Revokes a certificate, from now on and for good.
#[utoipa::path(
    post, path = "/api/v1/worlds/{world}/certificates/{fingerprint}/revoke", tag = "certificates",
    operation_id = "revoke_certificate", request_body = Revoke,
    params(("world" = String, Path, description = "Name of the world"),
           ("fingerprint" = String, Path, description = "SHA-256 of the certificate")),
    responses((status = 200, description = "The certificate.", body = CertificateShown),
              (status = 409, description = "It was revoked before.", body = Problem, content_type = "application/problem+json"))
)]
async fn revoke(
    admin: Data<Admin>,
    office: Data<Office>,
    path: Path<(String, Fingerprint)>,
    body: Json<Revoke>,
) -> Result<Json<CertificateShown>, Problem> {
    let (name, fingerprint) = path.into_inner();
    let world = world(&admin, &name)?;
    office.revoke(&world, &fingerprint, body.reason, world.clock.now())?;
    shown(&world, &fingerprint)
}
