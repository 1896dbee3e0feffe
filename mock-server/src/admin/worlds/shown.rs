//! Worlds as the API shows them.

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use actix_web::http::header::HOST;
use openssl::base64;
use serde::Serialize;
use utoipa::ToSchema;

use super::answer::{Answer, to_json};
use crate::admin::Admin;
use crate::admin::problem::Problem;
use crate::clock::rfc3339;
use crate::founding::Created;
use crate::registered::role_name;
use crate::settings::PKCS12_PASSWORD;
use crate::world::{Account, Slot};

/// A world.
#[derive(Serialize, ToSchema)]
pub(super) struct WorldShown {
    /// Its name.
    pub(super) name: String,
    /// Where its resources are.
    pub(super) api: String,
    /// Its time: RFC 3339, with Japan's offset.
    #[schema(format = DateTime)]
    pub(super) now: String,
    /// Its first institution.
    pub(super) institution: InstitutionShown,
    /// Whether it survives a restart.
    pub(super) kept: bool,
    /// How many exchanges its journal has seen.
    pub(super) exchanges: u64,
}

/// An institution.
#[derive(Serialize, ToSchema)]
pub(super) struct InstitutionShown {
    /// Ten digits.
    pub(super) code: String,
    /// Its name.
    pub(super) name: String,
}

/// Worlds, by name.
#[derive(Serialize, ToSchema)]
pub(super) struct WorldsShown {
    pub(super) worlds: Vec<WorldShown>,
}

/// A new world, and everything that a client of it needs.
#[derive(Serialize, ToSchema)]
pub(super) struct CreatedShown {
    /// Its name.
    pub(super) name: String,
    /// Where its resources are.
    pub(super) api: String,
    /// Its time: RFC 3339, with Japan's offset.
    #[schema(format = DateTime)]
    pub(super) now: String,
    /// Its institution.
    pub(super) institution: InstitutionShown,
    /// The line that is registered for the institution.
    pub(super) line: LineShown,
    /// Its terminal: the common name of the certificate.
    pub(super) terminal: String,
    /// The terminal's certificate.
    pub(super) certificate: CertificateShown,
    /// The root that signs the service's certificate.
    pub(super) ca_pem: String,
    /// Accounts of the institution, one of each role.
    pub(super) accounts: Vec<AccountShown>,
}

/// A line, and where it ends.
#[derive(Serialize, ToSchema)]
pub(in crate::admin) struct LineShown {
    pub(in crate::admin) customer_id: String,
    pub(in crate::admin) port: u16,
    /// The service's address over it.
    pub(in crate::admin) service: String,
}

/// A certificate with its key. The key is told once and kept nowhere.
#[derive(Serialize, ToSchema)]
#[schema(as = CreatedCertificate)]
pub(super) struct CertificateShown {
    /// The certificate and the issuing authority's, PEM.
    pub(super) certificate_pem: String,
    /// The key, PEM (PKCS#8).
    pub(super) key_pem: String,
    /// Both as PKCS#12, base64.
    pub(super) pkcs12: String,
    /// Password of the PKCS#12.
    pub(super) password: &'static str,
    /// SHA-256 of the certificate, in hexadecimal digits.
    pub(super) fingerprint: String,
    /// When it ends.
    #[schema(format = DateTime)]
    pub(super) not_after: String,
}

/// An account.
#[derive(Serialize, ToSchema)]
#[schema(as = CreatedAccount)]
pub(super) struct AccountShown {
    pub(super) id: String,
    pub(super) role: String,
    pub(super) password: String,
}

/// Names of worlds.
#[derive(Serialize, ToSchema)]
pub(super) struct Names {
    pub(super) worlds: Vec<String>,
}

/// By which name the admin port was called, with its port.
pub(in crate::admin) fn host(request: &HttpRequest) -> String {
    let host = request.headers().get(HOST).and_then(|value| value.to_str().ok());
    host.unwrap_or("127.0.0.1").to_owned()
}

pub(super) fn shown(slot: &Slot, request: &HttpRequest) -> WorldShown {
    shown_at(slot, &host(request))
}

pub(super) fn api_of(world: &str, host: &str) -> String {
    format!("http://{host}/api/v1/worlds/{world}")
}

pub(super) fn shown_at(slot: &Slot, host: &str) -> WorldShown {
    let (world, institution) = (slot.world(), &slot.foundation().institution);
    WorldShown {
        name: world.name.clone(),
        api: api_of(&world.name, host),
        now: rfc3339(world.clock.now()),
        institution: InstitutionShown {
            code: institution.code.to_string(),
            name: institution.name.to_string(),
        },
        kept: world.is_kept(),
        exchanges: world.journal.written(),
    }
}

pub(super) fn created_response(admin: &Admin, created: &Created, port: u16, host: &str) -> Answer {
    let identity = &created.identity;
    let Ok(pkcs12) = identity.pkcs12(PKCS12_PASSWORD) else {
        let detail = "the certificate could not be written as PKCS#12";
        return Answer::Problem(Problem::new(StatusCode::INTERNAL_SERVER_ERROR, detail));
    };
    let (world, creator) = (shown_at(&created.slot, host), &admin.creator);
    let account = |account: &std::sync::Arc<Account>| AccountShown {
        id: account.id.clone(),
        role: role_name(account.role).to_owned(),
        password: account.password.clone(),
    };
    let shown = CreatedShown {
        line: LineShown {
            customer_id: creator.line.to_string(),
            port,
            service: format!("https://{}:{port}", name_of(host)),
        },
        terminal: identity.facts().common_name.clone().unwrap_or_default(),
        certificate: CertificateShown {
            certificate_pem: identity.full_chain_pem(),
            key_pem: identity.key().pem().to_owned(),
            pkcs12: base64::encode_block(&pkcs12),
            password: PKCS12_PASSWORD,
            fingerprint: identity.facts().fingerprint.to_string(),
            not_after: rfc3339(identity.facts().not_after),
        },
        ca_pem: admin.root_pem.clone(),
        accounts: created.slot.world().accounts.all().iter().map(account).collect(),
        name: world.name,
        api: world.api,
        now: world.now,
        institution: world.institution,
    };
    Answer::Created(shown.api.clone(), to_json(&shown))
}

/// A host without its port.
pub(in crate::admin) fn name_of(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        Some(_) | None => host,
    }
}
