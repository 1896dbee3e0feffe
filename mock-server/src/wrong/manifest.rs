//! The manifest of a pack: what each identity is, and what must happen with it.

use certs::defects::{Defect, ServerDefect};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Expected;
use crate::gate::Refused;
use crate::settings::PKCS12_PASSWORD;
use crate::tls::Alert;

/// Name and content of the configuration with which OpenSSL loads weak certificates.
pub(super) const WEAK_CONF: (&str, &str) = (
    "weak.cnf",
    "openssl_conf = init\n[init]\nssl_conf = ssl\n[ssl]\nsystem_default = weak\n[weak]\nCipherString = DEFAULT@SECLEVEL=0\n",
);

/// The manifest, as `manifest.json` has it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Manifest {
    /// The world whose time and institution it was made for.
    pub world: String,
    /// The world's time at which it was made; it is good for a day.
    #[schema(format = DateTime)]
    pub made: String,
    /// Whether the world knows the identities, so that each is refused for its own reason there.
    pub registered: bool,
    /// Where to connect: the registered line, as host and port.
    pub service: Option<String>,
    /// File with the root certificate that clients trust.
    pub ca: String,
    /// Code of the institution for which the certificates were issued.
    pub institution: String,
    /// The client certificates.
    pub identities: Vec<IdentityShown>,
    /// The server certificates that a client must refuse, each opened by a call.
    pub servers: Vec<ServerShown>,
}

/// One client certificate.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct IdentityShown {
    /// What is wrong.
    pub defect: String,
    /// The same in words.
    pub about: String,
    /// SHA-256 of the certificate.
    pub fingerprint: String,
    /// Its subject.
    pub subject: String,
    /// Certificate and what is sent with it, PEM.
    pub certificate: String,
    /// Only what is sent with it, PEM; absent if nothing is.
    pub chain: Option<String>,
    /// Key, PEM.
    pub key: String,
    /// PKCS#12; absent where the key isn't the certificate's.
    pub pkcs12: Option<String>,
    /// Password of the PKCS#12.
    pub password: String,
    /// On a line in style `explained`.
    pub explained: Refusal,
    /// On a line in style `field`.
    pub field: Refusal,
    /// How to present it.
    pub clients: Clients,
}

/// What must happen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Refusal {
    /// HTTP 403 with this label.
    Label(String),
    /// The connection is reset after the handshake, at the latest when something is asked; the label is in the journal.
    Reset,
    /// The handshake ends with this alert (RFC 8446, 6); the label is in the journal.
    Alert(String),
    /// It is admitted: the dialect demands no chain.
    Admitted,
    /// The client can't load it, and nothing is sent.
    NotSent,
}

/// Options with which a client presents the certificate; file names are those of the pack.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Clients {
    /// Arguments of `openssl s_client`.
    pub openssl: Vec<String>,
    /// Arguments of `curl`.
    pub curl: Vec<String>,
    /// The file that `OPENSSL_CONF` has to name for `curl`, as it loads no weak certificate otherwise.
    pub openssl_conf: Option<String>,
    /// Python's `ssl.SSLContext`: for `load_cert_chain`, then for `set_ciphers`.
    pub python: Vec<String>,
    /// Java: whether its default key manager sends the certificate. It sends none whose issuer the server doesn't name,
    /// so that the refusal is C101 then.
    pub java_sends: bool,
}

/// A server certificate.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ServerShown {
    /// What is wrong.
    pub defect: String,
    /// The same in words.
    pub about: String,
    /// The body of `POST …/servers` that opens it.
    #[schema(value_type = Object)]
    pub open: serde_json::Value,
    /// What must happen.
    pub must: String,
}

impl IdentityShown {
    pub(super) fn new(wrong: &certs::defects::Wrong, expected: Expected) -> Self {
        let (defect, facts) = (wrong.defect, wrong.facts());
        let file = |name: &str| format!("{}/{name}", defect.name());
        let has_chain = wrong.full_chain_pem().matches("BEGIN CERTIFICATE").count() > 1;
        let (certificate, key) = (file("certificate.pem"), file("key.pem"));
        let chain = has_chain.then(|| file("chain.pem"));
        let (explained, field) = match expected {
            Expected::Refused(refused) => (Refusal::Label(refused.label().to_owned()), field(refused)),
            Expected::Admitted => (Refusal::Admitted, Refusal::Admitted),
            Expected::Unusable => (Refusal::NotSent, Refusal::NotSent),
        };
        Self {
            defect: defect.name().to_owned(),
            about: defect.about().to_owned(),
            fingerprint: facts.fingerprint.to_string(),
            subject: facts.subject.clone(),
            clients: Clients::new(defect, &certificate, chain.as_deref(), &key),
            certificate,
            chain,
            key,
            pkcs12: wrong.identity().map(|_| file("terminal.p12")),
            password: PKCS12_PASSWORD.to_owned(),
            explained,
            field,
        }
    }
}

/// What a refusal becomes on a line in style `field`: the certificate alone is judged in the handshake, line and
/// certificate together after it, and the purpose when somebody asks.
fn field(refused: Refused) -> Refusal {
    if matches!(refused, Refused::LineOfAnotherInstitution | Refused::CertificateNotForPurpose) {
        Refusal::Reset
    } else {
        Refusal::Alert(Alert::of(refused, true).name().to_owned())
    }
}

impl Clients {
    fn new(defect: Defect, certificate: &str, chain: Option<&str>, key: &str) -> Self {
        // Clients with OpenSSL's usual security level don't load them.
        let is_weak = matches!(defect, Defect::Sha1 | Defect::Rsa1024);
        let strings = |list: &[&str]| list.iter().map(|&text| text.to_owned()).collect::<Vec<_>>();
        let mut openssl = strings(&["-CAfile", "ca.pem", "-cert", certificate, "-key", key]);
        if let Some(chain) = chain {
            openssl.extend(strings(&["-cert_chain", chain]));
        }
        let curl = strings(&["--cacert", "ca.pem", "--cert", certificate, "--key", key]);
        let mut python = strings(&[certificate, key]);
        if is_weak {
            openssl.extend(strings(&["-cipher", "DEFAULT@SECLEVEL=0"]));
            python.push("DEFAULT@SECLEVEL=0".to_owned());
        }
        let java_sends = !matches!(defect, Defect::UnknownCa | Defect::SelfSigned | Defect::KeyOfAnother);
        let openssl_conf = is_weak.then(|| WEAK_CONF.0.to_owned());
        Self { openssl, curl, openssl_conf, python, java_sends }
    }
}

impl ServerShown {
    pub(super) fn of(defect: ServerDefect) -> Self {
        Self {
            defect: defect.name().to_owned(),
            about: defect.about().to_owned(),
            open: serde_json::json!({ "defect": defect.name() }),
            must: "the client ends the handshake and sends no request".to_owned(),
        }
    }
}
