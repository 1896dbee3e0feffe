//! A certificate as the admin port hands it out, and why it doesn't.

use actix_web::http::StatusCode;
use actix_web::http::header::HOST;
use actix_web::{HttpRequest, HttpResponse};
use certs::{IssueError, Pkcs12Error};
use openssl::base64::encode_block;
use serde::Serialize;
use serde::de::DeserializeOwned;
use utoipa::ToSchema;

use super::certificates::Making;
use super::problem::Problem;
use crate::clock::rfc3339;
use crate::office::{Made, OfficeError};
use crate::papers;
use crate::settings::PKCS12_PASSWORD;

/// Longest password of a PKCS#12 file, in bytes.
const LONGEST_PASSWORD: usize = 200;

/// A certificate with what a client needs to use it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Handed {
    /// SHA-256 of the certificate.
    fingerprint: String,
    /// Subject as RFC 4514 writes it.
    subject: String,
    /// The terminal: the common name.
    terminal: Option<String>,
    /// First moment of validity.
    #[schema(format = DateTime)]
    not_before: String,
    /// Last moment of validity.
    #[schema(format = DateTime)]
    not_after: String,
    /// The certificate and the issuing CA's, PEM.
    pub(super) certificate_pem: String,
    /// The key, PEM (PKCS#8); absent if a signing request was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(super) key_pem: Option<String>,
    /// Certificate, chain and key as PKCS#12, base64; absent if a signing request was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pkcs12: Option<String>,
    /// Password of the PKCS#12 file.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    password: Option<String>,
    #[serde(skip)]
    pub(super) pkcs12_bytes: Option<Vec<u8>>,
}

impl Handed {
    pub(super) fn new(made: &Made, making: &Making) -> Result<Self, Problem> {
        let password = making.password.as_deref().unwrap_or(PKCS12_PASSWORD);
        let facts = made.facts();
        let pkcs12 = made.identity().map(|identity| {
            if making.legacy { identity.pkcs12_legacy(password) } else { identity.pkcs12(password) }
        });
        let pkcs12 = pkcs12.transpose()?;
        Ok(Self {
            fingerprint: facts.fingerprint.to_string(),
            subject: facts.subject.clone(),
            terminal: facts.common_name.clone(),
            not_before: rfc3339(facts.not_before),
            not_after: rfc3339(facts.not_after),
            certificate_pem: made.full_chain_pem(),
            key_pem: made.identity().map(|identity| identity.key().pem().to_owned()),
            password: pkcs12.is_some().then(|| password.to_owned()),
            pkcs12: pkcs12.as_deref().map(encode_block),
            pkcs12_bytes: pkcs12,
        })
    }

    pub(super) fn created(&self) -> Result<HttpResponse, Problem> {
        Ok(HttpResponse::Created().json(self))
    }
}

impl Making {
    /// Looks at the password before anything is issued for it.
    pub(super) fn check(&self) -> Result<(), Problem> {
        match &self.password {
            Some(password) if password.len() > LONGEST_PASSWORD || password.contains('\0') => {
                let detail = "the password: at most 200 bytes, without U+0000";
                Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, detail))
            }
            Some(_) | None => Ok(()),
        }
    }
}

/// Reads a JSON body that may be absent; one that is there has to be right.
pub(super) fn read_or_default<T: DeserializeOwned + Default>(body: &[u8]) -> Result<T, Problem> {
    if body.is_empty() {
        return Ok(T::default());
    }
    serde_json::from_slice(body)
        .map_err(|error| Problem::new(StatusCode::BAD_REQUEST, format!("the body: {error}")))
}

/// Where the caller finds the revocation list of a world: at the address by which it reached this port.
pub(super) fn crl_url(request: &HttpRequest, world: &str) -> Option<String> {
    let host = request.headers().get(HOST)?.to_str().ok()?;
    Some(papers::crl_url(host, world))
}

impl From<OfficeError> for Problem {
    fn from(error: OfficeError) -> Self {
        let status = match &error {
            OfficeError::NoCertificate | OfficeError::NoNotice => StatusCode::NOT_FOUND,
            OfficeError::NoInstitution(_)
            | OfficeError::NoTerminal
            | OfficeError::Request(_)
            | OfficeError::Issue(
                IssueError::Name { .. } | IssueError::Validity { .. } | IssueError::Crl { .. },
            ) => StatusCode::UNPROCESSABLE_ENTITY,
            OfficeError::TooManyNotices(_)
            | OfficeError::AlreadyHolds(_)
            | OfficeError::OpenNotice(_)
            | OfficeError::Busy
            | OfficeError::NoticeUsed
            | OfficeError::TooEarly(_)
            | OfficeError::Expired(_)
            | OfficeError::Revoked
            | OfficeError::AlreadyRenewed(_) => StatusCode::CONFLICT,
            OfficeError::NoticeLocked => StatusCode::LOCKED,
            OfficeError::NoticeLapsed(_) => StatusCode::GONE,
            OfficeError::WrongCode { .. } => StatusCode::FORBIDDEN,
            OfficeError::Issue(_)
            | OfficeError::Store(_)
            | OfficeError::Ledger(_)
            | OfficeError::NoRandomNumbers
            | OfficeError::Stopped => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Self::new(status, error.to_string())
    }
}

impl From<Pkcs12Error> for Problem {
    fn from(error: Pkcs12Error) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string())
    }
}
