//! A certificate together with its private key.
//!
//! How it gets into the formats of the world is `pkcs12`'s business, where it is kept is `store`'s.

use std::fmt;

use openssl::x509::X509;

use crate::Cause;
use crate::read::CertificateFacts;
use crate::x509;

/// A certificate with the key that proves it, and the CA certificates between it and the root.
///
/// The root is not part of it: whom to trust is the receiver's decision; see [`crate::Authority::root_pem`].
#[derive(Debug, Clone)]
pub struct Identity {
    pub(crate) certificate: X509,
    pub(crate) chain: Vec<X509>,
    certificate_pem: String,
    chain_pem: String,
    key: PrivateKey,
    facts: CertificateFacts,
}

impl Identity {
    /// Reads an identity from a certificate with its chain (leaf first) and a key, as [`Identity::full_chain_pem`] and
    /// [`PrivateKey::pem`] give them.
    ///
    /// # Errors
    /// [`IdentityError::Certificate`] or [`IdentityError::Key`] if one can't be read, [`IdentityError::Pair`] if the
    /// key belongs to another certificate.
    pub fn from_pem(full_chain: &str, key: &str) -> Result<Identity, IdentityError> {
        let certificates = x509::certificates(full_chain).ok_or(IdentityError::Certificate)?;
        Identity::new(certificates, PrivateKey::new(key.to_owned()))
    }

    /// `certificates` with the leaf first.
    pub(crate) fn new(certificates: Vec<X509>, key: PrivateKey) -> Result<Identity, IdentityError> {
        let mut certificates = certificates.into_iter();
        let certificate = certificates.next().ok_or(IdentityError::Certificate)?;
        let chain: Vec<X509> = certificates.collect();

        let private = x509::private_key(key.pem()).ok_or(IdentityError::Key)?;
        if !x509::is_pair(&certificate, &private) {
            return Err(IdentityError::Pair);
        }
        let pem = |certificate: &X509| x509::certificate_pem(certificate).map_err(IdentityError::Library);
        Ok(Identity {
            facts: CertificateFacts::of(&certificate).ok_or(IdentityError::Certificate)?,
            certificate_pem: pem(&certificate)?,
            chain_pem: chain.iter().map(pem).collect::<Result<_, _>>()?,
            certificate,
            chain,
            key,
        })
    }

    /// What the certificate says.
    pub fn facts(&self) -> &CertificateFacts {
        &self.facts
    }

    /// The certificate alone, PEM.
    pub fn certificate_pem(&self) -> &str {
        &self.certificate_pem
    }

    /// The certificate alone, DER.
    pub fn certificate_der(&self) -> Vec<u8> {
        self.certificate.to_der().expect("a certificate that was read can be written")
    }

    /// The CA certificates between this one and the root, nearest first, PEM: usually the issuing CA.
    pub fn chain_pem(&self) -> &str {
        &self.chain_pem
    }

    /// The certificate and its chain in one PEM text, as TLS servers and `curl --cert` want it.
    pub fn full_chain_pem(&self) -> String {
        format!("{}{}", self.certificate_pem, self.chain_pem)
    }

    /// The private key.
    pub fn key(&self) -> &PrivateKey {
        &self.key
    }
}

/// A private key as PEM text (PKCS#8, `BEGIN PRIVATE KEY`, not encrypted). It doesn't show itself by accident: no
/// `Display`, no serde, and `Debug` tells nothing.
#[derive(Clone)]
pub struct PrivateKey(String);

impl PrivateKey {
    pub(crate) fn new(pem: String) -> PrivateKey {
        PrivateKey(pem)
    }

    /// The secret itself.
    pub fn pem(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PrivateKey(redacted)")
    }
}

/// Why certificate and key are no identity.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IdentityError {
    /// There is no certificate, or one of them can't be read.
    #[error("no readable certificate in PEM")]
    Certificate,
    /// There is no key, or not in PKCS#8, or it is encrypted.
    #[error("no readable private key in PEM (PKCS#8, not encrypted)")]
    Key,
    /// Certificate and key come from different pairs.
    #[error("the private key does not belong to the certificate")]
    Pair,
    /// OpenSSL failed for a reason of its own.
    #[error("cannot write the certificate as PEM")]
    Library(#[source] Cause),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{authority, terminal};

    #[test]
    fn an_identity_survives_being_written_and_read() {
        let identity = terminal(&authority());
        let again = Identity::from_pem(&identity.full_chain_pem(), identity.key().pem()).unwrap();
        assert_eq!(again.facts(), identity.facts());
        assert_eq!(again.chain_pem(), identity.chain_pem());
    }

    #[test]
    fn a_key_of_another_certificate_is_refused() {
        let authority = authority();
        let (one, other) = (terminal(&authority), terminal(&authority));
        let error = Identity::from_pem(&one.full_chain_pem(), other.key().pem()).unwrap_err();
        assert!(matches!(error, IdentityError::Pair), "{error}");
    }

    #[test]
    fn an_identity_needs_both_halves() {
        let identity = terminal(&authority());
        let no_certificate = Identity::from_pem("", identity.key().pem()).unwrap_err();
        assert!(matches!(no_certificate, IdentityError::Certificate));
        for key in
            ["", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----", identity.certificate_pem()]
        {
            let error = Identity::from_pem(identity.certificate_pem(), key).unwrap_err();
            assert!(matches!(error, IdentityError::Key), "{error}");
        }
    }

    #[test]
    fn debug_shows_no_key() {
        let identity = terminal(&authority());
        let shown = format!("{identity:?}");
        assert!(shown.contains("redacted") && !shown.contains("PRIVATE KEY"), "{shown}");
    }

    #[test]
    fn the_private_key_is_pkcs8() {
        assert!(terminal(&authority()).key().pem().starts_with("-----BEGIN PRIVATE KEY-----"));
    }
}
