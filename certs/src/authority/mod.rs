//! The two CAs, root and issuing, and the question whether a certificate is theirs.
//!
//! Issuing is in `issue`, files are in `store`; whether a certificate is valid at a time or revoked is asked elsewhere.

#[cfg(test)]
mod tests;

use std::fmt;

use jiff::Timestamp;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::stack::Stack;
use openssl::x509::store::X509Store;
use openssl::x509::{X509, X509StoreContext, X509VerifyResult};
use rcgen::{
    BasicConstraints, CertificateParams, IsCa, Issuer, KeyIdMethod, KeyPair, KeyUsagePurpose, PublicKeyData,
};

use crate::Cause;
use crate::identity::PrivateKey;
use crate::issue::KeyKind;
use crate::read::CertificateFacts;
use crate::x509;

const ORGANIZATION: &str = "onshi-mock";

/// A TEST certificate authority: a root CA and the issuing CA below it, with their keys.
///
/// Both are P-256 and valid from 2015 to the end of 2099, whatever the day, since worlds travel in time. Their names
/// end in eight random hexadecimal digits, by which people tell the CAs of two installations apart in a trust store.
pub struct Authority {
    root_pem: String,
    root_key: PrivateKey,
    root_facts: CertificateFacts,
    issuing: X509,
    issuing_pem: String,
    issuing_key: PrivateKey,
    issuing_facts: CertificateFacts,
    issuer: Issuer<'static, KeyPair>,
    trusted: X509Store,
}

impl Authority {
    /// Makes a new authority with fresh keys. It lives in memory; [`crate::Store::authority`] keeps one in a folder.
    ///
    /// # Errors
    /// [`AuthorityError::Create`] if the system gives no random bytes.
    pub fn create() -> Result<Authority, AuthorityError> {
        let [root, root_key, issuing, issuing_key] = new_pair().map_err(AuthorityError::Create)?;
        Authority::from_pem(&AuthorityPem {
            root: &root,
            root_key: &root_key,
            issuing: &issuing,
            issuing_key: &issuing_key,
        })
    }

    /// Takes up an authority that was made before. Makes no keys, so it is quick.
    pub(crate) fn from_pem(pem: &AuthorityPem<'_>) -> Result<Authority, AuthorityError> {
        let (root, _) = read_pair(pem.root, Part::Root, pem.root_key, Part::RootKey)?;
        let (issuing, issuing_key) =
            read_pair(pem.issuing, Part::Issuing, pem.issuing_key, Part::IssuingKey)?;
        if !x509::is_signed_by(&root, &root) {
            return Err(AuthorityError::Mismatch { part: Part::Root, with: Part::Root });
        }
        if !x509::is_signed_by(&issuing, &root) {
            return Err(AuthorityError::Mismatch { part: Part::Issuing, with: Part::Root });
        }

        let library = |part| move |cause: Cause| AuthorityError::Unusable { part, source: cause };
        let facts = |certificate: &X509, part| {
            CertificateFacts::of(certificate).ok_or(AuthorityError::Unreadable { part })
        };
        Ok(Authority {
            root_pem: x509::certificate_pem(&root).map_err(library(Part::Root))?,
            root_key: PrivateKey::new(pem.root_key.to_owned()),
            root_facts: facts(&root, Part::Root)?,
            issuing_pem: x509::certificate_pem(&issuing).map_err(library(Part::Issuing))?,
            issuing_key: PrivateKey::new(pem.issuing_key.to_owned()),
            issuing_facts: facts(&issuing, Part::Issuing)?,
            issuer: issuer(&issuing, &issuing_key).map_err(library(Part::Issuing))?,
            trusted: x509::client_trust_store(root, issuing.clone())
                .map_err(|error| library(Part::Root)(error.into()))?,
            issuing,
        })
    }

    /// The root certificate, PEM: what vendors put into their trust store.
    pub fn root_pem(&self) -> &str {
        &self.root_pem
    }

    /// What the root certificate says.
    pub fn root_facts(&self) -> &CertificateFacts {
        &self.root_facts
    }

    /// The certificate of the issuing CA, PEM.
    pub fn issuing_pem(&self) -> &str {
        &self.issuing_pem
    }

    /// What the certificate of the issuing CA says.
    pub fn issuing_facts(&self) -> &CertificateFacts {
        &self.issuing_facts
    }

    /// Whether a client certificate leads to this root by signatures.
    ///
    /// `leaf` is DER. `presented` are the other certificates that the client sent, DER, in any order; the issuing CA
    /// needn't be among them, and what isn't a certificate is passed over. The time is not looked at: an expired
    /// certificate of ours is [`Trust::Trusted`], and the gate refuses it by the world's clock.
    pub fn trust(&self, leaf: &[u8], presented: &[Vec<u8>]) -> Trust {
        let Some(leaf) = x509::certificate(leaf) else { return Trust::Malformed };
        let verdict = self.verify(&leaf, presented);
        x509::forget_errors();
        match verdict.map(|result| result.as_raw()) {
            Some(ok) if ok == X509VerifyResult::OK.as_raw() => suitability(&leaf),
            Some(x509::SIGNATURE_FAILURE) => Trust::BadSignature,
            Some(x509::INVALID_PURPOSE) => Trust::NotForClients,
            Some(x509::UNHANDLED_CRITICAL_EXTENSION | x509::INVALID_EXTENSION) => Trust::Malformed,
            // Every other answer says that no acceptable chain leads to our root.
            Some(_) => Trust::UnknownIssuer,
            None => Trust::Malformed,
        }
    }

    fn verify(&self, leaf: &X509, presented: &[Vec<u8>]) -> Option<X509VerifyResult> {
        let mut chain = Stack::new().ok()?;
        for certificate in presented.iter().filter_map(|der| x509::certificate(der)) {
            chain.push(certificate).ok()?;
        }
        let mut context = X509StoreContext::new().ok()?;
        context
            .init(&self.trusted, leaf, &chain, |context| {
                let ok = context.verify_cert()?;
                Ok(if ok { X509VerifyResult::OK } else { context.error() })
            })
            .ok()
    }

    /// Whether the issuing CA itself signed this certificate, whatever its purpose.
    pub(crate) fn signed(&self, certificate: &X509) -> bool {
        x509::is_signed_by(certificate, &self.issuing)
    }

    /// Signs with the issuing CA; the result has the leaf first.
    pub(crate) fn sign(
        &self,
        params: &CertificateParams,
        key: &impl PublicKeyData,
    ) -> Result<Vec<X509>, Cause> {
        let certificate = params.signed_by(key, &self.issuer)?;
        Ok(vec![X509::from_der(certificate.der())?, self.issuing.clone()])
    }

    /// What signs certificates and revocation lists.
    pub(crate) fn issuer(&self) -> &Issuer<'static, KeyPair> {
        &self.issuer
    }

    pub(crate) fn pem(&self) -> AuthorityPem<'_> {
        AuthorityPem {
            root: &self.root_pem,
            root_key: self.root_key.pem(),
            issuing: &self.issuing_pem,
            issuing_key: self.issuing_key.pem(),
        }
    }
}

impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authority")
            .field("root", &self.root_facts)
            .field("issuing", &self.issuing_facts)
            .finish_non_exhaustive()
    }
}

/// Where the signatures of a client certificate lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Trust {
    /// To our root, and the certificate is meant for clients.
    Trusted,
    /// To no CA of this installation: self-signed, another authority, or a chain of CAs that ours does not allow.
    UnknownIssuer,
    /// It names our CA as its issuer, but the signature isn't our CA's: forged or changed.
    BadSignature,
    /// It is ours, but not a client certificate (the server's, or a CA's).
    NotForClients,
    /// It is ours, but its key or its signature is of a kind that this authority doesn't issue: RSA below 2,048 bits,
    /// another curve than P-256, a digest older than SHA-256.
    Weak,
    /// The bytes are no certificate, or one with a critical extension that can't be understood.
    Malformed,
}

/// What OpenSSL's purposes leave open: it takes the certificate of a CA, and any key and digest, for a client's.
fn suitability(leaf: &X509) -> Trust {
    if x509::is_ca(leaf) {
        Trust::NotForClients
    } else if x509::has_usual_key(leaf) && x509::has_usual_digest(leaf) {
        Trust::Trusted
    } else {
        Trust::Weak
    }
}

/// One of the four things that make an authority.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Part {
    /// Certificate of the root CA.
    Root,
    /// Private key of the root CA.
    RootKey,
    /// Certificate of the issuing CA.
    Issuing,
    /// Private key of the issuing CA.
    IssuingKey,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Part::Root => "root certificate",
            Part::RootKey => "root key",
            Part::Issuing => "issuing certificate",
            Part::IssuingKey => "issuing key",
        })
    }
}

/// Why there is no authority.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AuthorityError {
    /// Keys or certificates can't be made.
    #[error("cannot create the test CA")]
    Create(#[source] Cause),
    /// One part isn't what it should be.
    #[error("the {part} is not readable PEM of exactly that")]
    Unreadable {
        /// The part at fault.
        part: Part,
    },
    /// Two parts come from different authorities.
    #[error("the {part} does not belong to the {with}")]
    Mismatch {
        /// The part at fault.
        part: Part,
        /// The part that it should fit.
        with: Part,
    },
    /// One part can be read but not used.
    #[error("the {part} cannot be used")]
    Unusable {
        /// The part at fault.
        part: Part,
        /// What the library says.
        #[source]
        source: Cause,
    },
}

impl AuthorityError {
    /// The part at fault, if it is one.
    pub fn part(&self) -> Option<Part> {
        match self {
            AuthorityError::Create(_) => None,
            AuthorityError::Unreadable { part }
            | AuthorityError::Mismatch { part, .. }
            | AuthorityError::Unusable { part, .. } => Some(*part),
        }
    }
}

/// The four parts as PEM.
#[derive(Clone, Copy)]
pub(crate) struct AuthorityPem<'a> {
    pub(crate) root: &'a str,
    pub(crate) root_key: &'a str,
    pub(crate) issuing: &'a str,
    pub(crate) issuing_key: &'a str,
}

/// First and last instant of both CAs.
pub(crate) fn life() -> (Timestamp, Timestamp) {
    let instant = |text: &str| text.parse().expect("a literal that a test reads");
    (instant("2015-01-01T00:00:00Z"), instant("2099-12-31T23:59:59Z"))
}

/// Root, its key, issuing CA, its key; all PEM.
fn new_pair() -> Result<[String; 4], Cause> {
    let installation = x509::random_hex()?;
    let root_key = x509::new_key(KeyKind::P256)?;
    let root_params = ca_params(&format!("onshi-mock TEST root CA {installation}"), 1)?;
    let root = root_params.self_signed(&root_key)?;

    let issuing_key = x509::new_key(KeyKind::P256)?;
    let issuing = ca_params(&format!("onshi-mock TEST issuing CA {installation}"), 0)?
        .signed_by(&issuing_key, &Issuer::from_params(&root_params, &root_key))?;
    Ok([root.pem(), root_key.serialize_pem(), issuing.pem(), issuing_key.serialize_pem()])
}

fn ca_params(common_name: &str, path_length: u8) -> Result<CertificateParams, Cause> {
    let (not_before, not_after) = life();
    let mut params = x509::params(x509::subject(ORGANIZATION, common_name)?, not_before, not_after)?;
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(path_length));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    Ok(params)
}

fn read_pair(
    certificate: &str,
    certificate_part: Part,
    key: &str,
    key_part: Part,
) -> Result<(X509, PKey<Private>), AuthorityError> {
    let unreadable = |part| AuthorityError::Unreadable { part };
    let certificates = x509::certificates(certificate).ok_or_else(|| unreadable(certificate_part))?;
    let [certificate] = <[X509; 1]>::try_from(certificates).map_err(|_| unreadable(certificate_part))?;
    let key = x509::private_key(key).ok_or_else(|| unreadable(key_part))?;
    if x509::is_pair(&certificate, &key) {
        Ok((certificate, key))
    } else {
        Err(AuthorityError::Mismatch { part: key_part, with: certificate_part })
    }
}

/// What rcgen must know of the issuing CA to sign: its name and key identifier, taken from the certificate.
fn issuer(certificate: &X509, key: &PKey<Private>) -> Result<Issuer<'static, KeyPair>, Cause> {
    let value =
        |nid| x509::attribute(certificate.subject_name(), nid).ok_or("its subject is not one of onshi-mock");
    let subject = x509::subject(&value(Nid::ORGANIZATIONNAME)?, &value(Nid::COMMONNAME)?)?;
    let (not_before, not_after) = life();
    let mut params = x509::params(subject, not_before, not_after)?;
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let key_id = certificate.subject_key_id().ok_or("it has no subject key identifier")?;
    params.key_identifier_method = KeyIdMethod::PreSpecified(key_id.as_slice().to_vec());
    Ok(Issuer::new(params, KeyPair::from_pem(&String::from_utf8(key.private_key_to_pem_pkcs8()?)?)?))
}
