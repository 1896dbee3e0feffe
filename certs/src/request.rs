//! Certificate signing requests (CSR, PKCS#10): a terminal that makes its key itself sends its public half only.

use openssl::bn::BigNumContext;
use openssl::ec::PointConversionForm;
use openssl::pkey::{PKey, Public};
use openssl::x509::{X509, X509Req};
use rcgen::{PublicKeyData, SignatureAlgorithm};

use crate::Cause;
use crate::read::CertificateFacts;
use crate::x509;

/// Longest request that is read, in bytes of PEM: RSA with 8,192 bits and a long subject stay below a quarter of it.
const LONGEST: usize = 16 * 1024;

/// A request whose signature is good: its sender holds the key.
#[derive(Debug)]
pub struct SigningRequest {
    key: RequestedKey,
}

impl SigningRequest {
    /// Reads a request in PEM (`CERTIFICATE REQUEST`, or `NEW CERTIFICATE REQUEST` as older Windows writes it).
    ///
    /// # Errors
    /// [`RequestError`], by what is wrong with it.
    pub fn from_pem(text: &str) -> Result<SigningRequest, RequestError> {
        if text.len() > LONGEST {
            return Err(RequestError::TooLong);
        }
        let found = ["CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"]
            .into_iter()
            .find_map(|label| x509::pem_blocks(text, label).filter(|blocks| !blocks.is_empty()));
        let [der] = <[Vec<u8>; 1]>::try_from(found.unwrap_or_default()).map_err(|_| RequestError::Pem)?;
        let read = read(&der);
        x509::forget_errors();
        read
    }

    pub(crate) fn key(&self) -> &RequestedKey {
        &self.key
    }

    pub(crate) fn is_rsa(&self) -> bool {
        self.key.is_rsa
    }
}

fn read(der: &[u8]) -> Result<SigningRequest, RequestError> {
    let request = X509Req::from_der(der).map_err(|_| RequestError::Pem)?;
    let key = request.public_key().map_err(|_| RequestError::Key)?;
    // Checked before the signature, so that nobody makes us work with keys of any size.
    if !x509::is_usual_key(&key) {
        return Err(RequestError::Key);
    }
    if !request.verify(&key).unwrap_or(false) {
        return Err(RequestError::Signature);
    }
    let key = RequestedKey::of(&key).ok_or(RequestError::Key)?;
    Ok(SigningRequest { key })
}

/// The key of a request, as rcgen wants it.
#[derive(Debug)]
pub(crate) struct RequestedKey {
    bits: Vec<u8>,
    is_rsa: bool,
}

impl RequestedKey {
    fn of(key: &PKey<Public>) -> Option<RequestedKey> {
        if let Ok(rsa) = key.rsa() {
            return Some(RequestedKey { bits: rsa.public_key_to_der_pkcs1().ok()?, is_rsa: true });
        }
        let ec = key.ec_key().ok()?;
        let mut context = BigNumContext::new().ok()?;
        let point = ec.public_key().to_bytes(ec.group(), PointConversionForm::UNCOMPRESSED, &mut context);
        Some(RequestedKey { bits: point.ok()?, is_rsa: false })
    }
}

impl PublicKeyData for RequestedKey {
    fn der_bytes(&self) -> &[u8] {
        &self.bits
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        if self.is_rsa { &rcgen::PKCS_RSA_SHA256 } else { &rcgen::PKCS_ECDSA_P256_SHA256 }
    }
}

/// A certificate whose key somebody else holds.
#[derive(Debug, Clone)]
pub struct Certified {
    certificate_pem: String,
    chain_pem: String,
    facts: CertificateFacts,
}

impl Certified {
    /// `certificates` with the leaf first.
    pub(crate) fn new(certificates: Vec<X509>) -> Result<Certified, Cause> {
        let mut certificates = certificates.into_iter();
        let leaf = certificates.next().ok_or("no certificate")?;
        let chain: Vec<_> = certificates.map(|ca| x509::certificate_pem(&ca)).collect::<Result<_, _>>()?;
        Ok(Certified {
            facts: CertificateFacts::of(&leaf).ok_or("the certificate is not readable")?,
            certificate_pem: x509::certificate_pem(&leaf)?,
            chain_pem: chain.concat(),
        })
    }

    /// What the certificate says.
    pub fn facts(&self) -> &CertificateFacts {
        &self.facts
    }

    /// The certificate and its chain in one PEM text, leaf first.
    pub fn full_chain_pem(&self) -> String {
        format!("{}{}", self.certificate_pem, self.chain_pem)
    }
}

/// Why a request is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RequestError {
    /// Far longer than any request.
    #[error("the certificate signing request is longer than 16 KiB")]
    TooLong,
    /// There isn't exactly one readable request.
    #[error("expected one PEM block `-----BEGIN CERTIFICATE REQUEST-----`")]
    Pem,
    /// The key is of a kind that isn't certified.
    #[error("the key of the request must be RSA with 2,048 to 8,192 bits, or P-256")]
    Key,
    /// The signature isn't the key's: the sender need not hold it.
    #[error("the request is not signed with its own key")]
    Signature,
}

#[cfg(test)]
mod tests {
    use openssl::ec::{EcGroup, EcKey};
    use openssl::hash::MessageDigest;
    use openssl::nid::Nid;
    use openssl::pkey::Private;
    use openssl::rsa::Rsa;
    use openssl::x509::X509Name;

    use super::*;
    use crate::testing::{authority, clinic, now};
    use crate::{Identity, Months, Terms, Trust};

    fn curve(nid: Nid) -> PKey<Private> {
        let group = EcGroup::from_curve_name(nid).unwrap();
        PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap()
    }

    fn rsa(bits: u32) -> PKey<Private> {
        PKey::from_rsa(Rsa::generate(bits).unwrap()).unwrap()
    }

    fn request(key: &PKey<Private>, signed_by: &PKey<Private>) -> String {
        let mut name = X509Name::builder().unwrap();
        name.append_entry_by_nid(Nid::COMMONNAME, "administrator").unwrap();
        let mut builder = X509Req::builder().unwrap();
        builder.set_subject_name(&name.build()).unwrap();
        builder.set_pubkey(key).unwrap();
        builder.sign(signed_by, MessageDigest::sha256()).unwrap();
        String::from_utf8(builder.build().to_pem().unwrap()).unwrap()
    }

    fn read_key(key: &PKey<Private>) -> Result<SigningRequest, RequestError> {
        SigningRequest::from_pem(&request(key, key))
    }

    #[test]
    fn the_subject_is_ours_and_the_key_is_the_senders() {
        let authority = authority();
        for key in [rsa(2048), curve(Nid::X9_62_PRIME256V1)] {
            let terms = Terms { now: now(), months: Months::default(), crl: None };
            let issued = authority.issue_requested(&clinic(), terms, &read_key(&key).unwrap()).unwrap();
            assert_eq!(issued.facts().common_name.as_deref(), Some("1319999916-01"));
            let private = String::from_utf8(key.private_key_to_pem_pkcs8().unwrap()).unwrap();
            let identity = Identity::from_pem(&issued.full_chain_pem(), &private).unwrap();
            assert_eq!(authority.trust(&identity.certificate_der(), &[]), Trust::Trusted);
        }
    }

    #[test]
    fn keys_that_are_weak_or_unusual_are_refused() {
        for key in [rsa(1024), curve(Nid::SECP384R1), curve(Nid::SECP256K1)] {
            assert_eq!(read_key(&key).unwrap_err(), RequestError::Key);
        }
        let ed25519 = PKey::generate_ed25519().unwrap();
        let mut builder = X509Req::builder().unwrap();
        builder.set_pubkey(&ed25519).unwrap();
        builder.sign(&ed25519, MessageDigest::null()).unwrap();
        let pem = String::from_utf8(builder.build().to_pem().unwrap()).unwrap();
        assert_eq!(SigningRequest::from_pem(&pem).unwrap_err(), RequestError::Key);
    }

    #[test]
    fn a_request_for_a_key_that_its_sender_does_not_hold_is_refused() {
        let (own, other) = (curve(Nid::X9_62_PRIME256V1), curve(Nid::X9_62_PRIME256V1));
        let error = SigningRequest::from_pem(&request(&own, &other)).unwrap_err();
        assert_eq!(error, RequestError::Signature);
    }

    #[test]
    fn what_is_no_request_is_refused_and_never_panics() {
        let good = request(&curve(Nid::X9_62_PRIME256V1), &curve(Nid::X9_62_PRIME256V1));
        for text in
            ["", "hello", "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----"]
        {
            assert_eq!(SigningRequest::from_pem(text).unwrap_err(), RequestError::Pem);
        }
        assert_eq!(SigningRequest::from_pem(&good.repeat(2)).unwrap_err(), RequestError::Pem);
        assert_eq!(SigningRequest::from_pem(&good.repeat(60)).unwrap_err(), RequestError::TooLong);
        for end in 0..good.len() {
            assert!(SigningRequest::from_pem(good.get(..end).unwrap()).is_err(), "cut at {end}");
        }
    }
}
