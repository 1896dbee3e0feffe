//! PKCS#12, the one file by which people carry a certificate with its key (`terminal.p12`).

use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkcs12::Pkcs12;
use openssl::stack::Stack;

use crate::Cause;
use crate::identity::Identity;
use crate::x509;

impl Identity {
    /// The identity with its chain as one PKCS#12 file, under `password`.
    ///
    /// Key and certificates are encrypted with AES-256-CBC (PBES2), the MAC is SHA-256: OpenSSL 3, Java from 8u301 and
    /// Windows from 10 1709 and Server 2019 import it, older Windows doesn't. The friendly name is the CN. Java wants a
    /// password that isn't empty; letters beyond ASCII are read differently by different programs.
    ///
    /// # Errors
    /// [`Pkcs12Error::Password`] if the password contains U+0000.
    pub fn pkcs12(&self, password: &str) -> Result<Vec<u8>, Pkcs12Error> {
        self.pkcs12_with(password, Nid::AES_256_CBC, MessageDigest::sha256())
    }

    /// The same for programs of the years before 2020 (Windows 7 and 8, Server 2016, Java 6 to 8u300): 3DES and a MAC
    /// with SHA-1. OpenSSL 3 imports it without its legacy provider, since no RC2 is used.
    ///
    /// # Errors
    /// As [`Identity::pkcs12`].
    pub fn pkcs12_legacy(&self, password: &str) -> Result<Vec<u8>, Pkcs12Error> {
        self.pkcs12_with(password, Nid::PBE_WITHSHA1AND3_KEY_TRIPLEDES_CBC, MessageDigest::sha1())
    }

    fn pkcs12_with(&self, password: &str, cipher: Nid, mac: MessageDigest) -> Result<Vec<u8>, Pkcs12Error> {
        // The openssl crate panics on U+0000.
        if password.contains('\0') {
            return Err(Pkcs12Error::Password);
        }
        let key = x509::private_key(self.key().pem()).expect("an Identity has a readable key");
        let friendly_name = self.facts().common_name.as_deref().unwrap_or("onshi-mock").replace('\0', "");
        let build = || {
            let mut chain = Stack::new()?;
            for certificate in &self.chain {
                chain.push(certificate.clone())?;
            }
            Pkcs12::builder()
                .name(&friendly_name)
                .pkey(&key)
                .cert(&self.certificate)
                .ca(chain)
                .key_algorithm(cipher)
                .cert_algorithm(cipher)
                .mac_md(mac)
                .build2(password)?
                .to_der()
        };
        build().map_err(|error: openssl::error::ErrorStack| Pkcs12Error::Library(error.into()))
    }
}

/// Why there is no PKCS#12 file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Pkcs12Error {
    /// The password contains U+0000, which no program can type.
    #[error("the PKCS#12 password contains the character U+0000")]
    Password,
    /// OpenSSL failed for a reason of its own.
    #[error("cannot write PKCS#12")]
    Library(#[source] Cause),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{authority, clinic, now, terminal};
    use crate::{KeyKind, Months};

    #[test]
    fn a_p12_holds_key_certificate_and_issuing_ca() {
        let authority = authority();
        for kind in [KeyKind::P256, KeyKind::Rsa2048] {
            let identity = authority.issue_terminal(&clinic(), now(), Months::default(), kind).unwrap();
            let parsed =
                Pkcs12::from_der(&identity.pkcs12("changeit").unwrap()).unwrap().parse2("changeit").unwrap();

            let certificate = parsed.cert.unwrap();
            assert_eq!(certificate.to_der().unwrap(), identity.certificate_der());
            assert!(certificate.public_key().unwrap().public_eq(&parsed.pkey.unwrap()));
            assert_eq!(certificate.alias(), Some(&b"1319999916-01"[..]), "the friendly name is the CN");
            let chain: Vec<_> = parsed.ca.unwrap().iter().map(|ca| ca.to_pem().unwrap()).collect();
            assert_eq!(chain, [authority.issuing_pem().as_bytes()]);
        }
    }

    #[test]
    fn the_legacy_form_is_read_like_the_other_and_holds_no_newer_algorithm() {
        // 2.16.840.1.101.3.4, which begins the OIDs of AES and SHA-2; certificate and key are encrypted.
        const NEWER: [u8; 8] = [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01];
        let identity = terminal(&authority());
        let is_newer = |der: &[u8]| der.windows(NEWER.len()).any(|window| window == NEWER);
        let legacy = identity.pkcs12_legacy("changeit").unwrap();
        assert!(!is_newer(&legacy) && is_newer(&identity.pkcs12("changeit").unwrap()));
        let parsed = Pkcs12::from_der(&legacy).unwrap().parse2("changeit").unwrap();
        assert_eq!(parsed.cert.unwrap().to_der().unwrap(), identity.certificate_der());
    }

    #[test]
    fn a_p12_opens_only_with_its_password() {
        let file = Pkcs12::from_der(&terminal(&authority()).pkcs12("changeit").unwrap()).unwrap();
        assert!(file.parse2("changed").is_err());
        assert!(file.parse2("").is_err());
    }

    #[test]
    fn an_empty_password_is_possible_and_a_nul_is_not() {
        let identity = terminal(&authority());
        assert!(Pkcs12::from_der(&identity.pkcs12("").unwrap()).unwrap().parse2("").is_ok());
        assert!(matches!(identity.pkcs12("a\0b"), Err(Pkcs12Error::Password)));
    }
}
