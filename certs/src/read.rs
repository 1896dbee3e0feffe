//! What a certificate says, as plain values. Nothing here judges it.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use openssl::nid::Nid;
use openssl::x509::X509Ref;
use serde::{Deserialize, Serialize};

use crate::x509;

/// The facts of one certificate, true or forged: signature and time are not checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertificateFacts {
    /// SHA-256 of the DER bytes; by it a request finds its world.
    pub fingerprint: Fingerprint,
    /// The subject as RFC 4514 writes it: `CN=1319999916-01,O=試験医院,C=JP`.
    pub subject: String,
    /// CN of the subject, if it has one.
    pub common_name: Option<String>,
    /// O of the subject, if it has one.
    pub organization: Option<String>,
    /// The issuer, written like [`CertificateFacts::subject`].
    pub issuer: String,
    /// The serial number in lower-case hexadecimal digits, an even number of them.
    pub serial: String,
    /// First instant of validity, whole seconds.
    pub not_before: Timestamp,
    /// Last instant of validity, whole seconds. The `99991231235959Z` of RFC 5280 ("never") becomes
    /// [`Timestamp::MAX`], a day earlier.
    pub not_after: Timestamp,
}

impl CertificateFacts {
    /// Reads the facts from DER bytes, which must be one certificate and nothing else. No bytes make it panic.
    ///
    /// # Errors
    /// [`ReadError::Certificate`] if the bytes are not a certificate in DER.
    pub fn from_der(der: &[u8]) -> Result<CertificateFacts, ReadError> {
        let certificate = x509::certificate(der).ok_or(ReadError::Certificate)?;
        CertificateFacts::of(&certificate).ok_or(ReadError::Certificate)
    }

    /// Reads the facts of the first certificate in a PEM text; what stands around it is ignored.
    ///
    /// # Errors
    /// [`ReadError::Pem`] if there is no readable `CERTIFICATE` block, [`ReadError::Certificate`] if its content is
    /// something else.
    pub fn from_pem(pem: &str) -> Result<CertificateFacts, ReadError> {
        let blocks = x509::pem_blocks(pem, "CERTIFICATE").ok_or(ReadError::Pem)?;
        CertificateFacts::from_der(blocks.first().ok_or(ReadError::Pem)?)
    }

    pub(crate) fn of(certificate: &X509Ref) -> Option<CertificateFacts> {
        let subject = certificate.subject_name();
        Some(CertificateFacts {
            fingerprint: Fingerprint::of(&certificate.to_der().ok()?),
            subject: x509::name_text(subject),
            common_name: x509::attribute(subject, Nid::COMMONNAME),
            organization: x509::attribute(subject, Nid::ORGANIZATIONNAME),
            issuer: x509::name_text(certificate.issuer_name()),
            serial: certificate.serial_number().to_bn().ok()?.to_hex_str().ok()?.to_ascii_lowercase(),
            not_before: x509::timestamp(certificate.not_before())?,
            not_after: x509::timestamp(certificate.not_after())?,
        })
    }
}

/// SHA-256 of a certificate's DER bytes; written as 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// The fingerprint of these bytes; whether they are a certificate isn't asked.
    pub fn of(der: &[u8]) -> Fingerprint {
        Fingerprint(openssl::sha::sha256(der))
    }

    /// The 32 bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl From<[u8; 32]> for Fingerprint {
    fn from(bytes: [u8; 32]) -> Fingerprint {
        Fingerprint(bytes)
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({self})")
    }
}

impl From<Fingerprint> for String {
    fn from(fingerprint: Fingerprint) -> String {
        fingerprint.to_string()
    }
}

impl TryFrom<String> for Fingerprint {
    type Error = FingerprintError;

    fn try_from(text: String) -> Result<Fingerprint, FingerprintError> {
        text.parse()
    }
}

/// Reads 64 hexadecimal digits in either case, with or without the colons that `openssl x509 -fingerprint` prints.
impl FromStr for Fingerprint {
    type Err = FingerprintError;

    fn from_str(text: &str) -> Result<Fingerprint, FingerprintError> {
        let error = || FingerprintError { text: text.to_owned() };
        let digits: Vec<u8> = text
            .chars()
            .filter(|char| *char != ':')
            .map(|char| char.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
            .collect::<Option<_>>()
            .ok_or_else(error)?;
        let (pairs, rest) = digits.as_chunks::<2>();
        let bytes: Vec<u8> = pairs.iter().map(|[high, low]| high << 4 | low).collect();
        match (<[u8; 32]>::try_from(bytes), rest) {
            (Ok(bytes), []) => Ok(Fingerprint(bytes)),
            _ => Err(error()),
        }
    }
}

/// Why a certificate can't be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The text holds no whole `CERTIFICATE` block.
    #[error("no readable block `-----BEGIN CERTIFICATE-----`")]
    Pem,
    /// The bytes aren't exactly one certificate.
    #[error("the bytes are not one X.509 certificate in DER")]
    Certificate,
}

/// A text that is no fingerprint.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("fingerprint {text:?}: expected 64 hexadecimal digits (SHA-256)")]
pub struct FingerprintError {
    text: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{authority, clinic, now, terminal};

    #[test]
    fn facts_are_the_same_from_der_and_from_pem() {
        let identity = terminal(&authority());
        let from_pem = CertificateFacts::from_pem(identity.certificate_pem()).unwrap();
        assert_eq!(CertificateFacts::from_der(&identity.certificate_der()).unwrap(), from_pem);
        assert_eq!(&from_pem, identity.facts());
    }

    #[test]
    fn facts_say_what_openssl_says() {
        let identity = terminal(&authority());
        let facts = identity.facts();
        let other = openssl::x509::X509::from_pem(identity.certificate_pem().as_bytes()).unwrap();

        let digest = other.digest(openssl::hash::MessageDigest::sha256()).unwrap();
        assert_eq!(facts.fingerprint.as_bytes().as_slice(), &*digest);
        let serial = other.serial_number().to_bn().unwrap().to_hex_str().unwrap().to_lowercase();
        assert_eq!((facts.serial.as_str(), facts.serial.len()), (serial.as_str(), 32));
        assert_eq!(facts.not_before, now());
        assert_eq!(other.not_before().to_string(), "Apr  1 00:00:00 2026 GMT");
        assert_eq!(facts.subject, format!("CN=1319999916-01,O={},C=JP", clinic().institution_name));
        assert!(facts.issuer.starts_with("CN=onshi-mock TEST issuing CA "), "{}", facts.issuer);
    }

    #[test]
    fn truncated_extended_and_changed_certificates_never_panic() {
        let der = terminal(&authority()).certificate_der();
        for end in 0..der.len() {
            assert_eq!(CertificateFacts::from_der(&der[..end]), Err(ReadError::Certificate), "cut at {end}");
        }
        assert_eq!(CertificateFacts::from_der(&[&der[..], &[0]].concat()), Err(ReadError::Certificate));
        for place in 0..der.len() {
            for bit in [0x01, 0x20, 0x80] {
                let mut changed = der.clone();
                changed[place] ^= bit;
                if let Ok(facts) = CertificateFacts::from_der(&changed) {
                    assert_eq!(facts.fingerprint, Fingerprint::of(&changed));
                }
            }
        }
    }

    #[test]
    fn garbage_is_not_a_certificate() {
        for bytes in [&b""[..], b"\0", b"\x30", b"\x30\x80\0\0", b"\x30\x84\xff\xff\xff\xff", &[0xff; 4096]] {
            assert_eq!(CertificateFacts::from_der(bytes), Err(ReadError::Certificate));
        }
        for text in [
            "",
            "hello",
            "-----BEGIN CERTIFICATE-----",
            "-----BEGIN CERTIFICATE-----\n%\n-----END CERTIFICATE-----",
        ] {
            assert_eq!(CertificateFacts::from_pem(text), Err(ReadError::Pem), "{text}");
        }
        let empty = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----";
        assert_eq!(CertificateFacts::from_pem(empty), Err(ReadError::Certificate));
    }

    #[test]
    fn a_fingerprint_is_written_in_lower_case_and_read_in_any_form() {
        let fingerprint = Fingerprint::from([0xab; 32]);
        let text = "ab".repeat(32);
        assert_eq!(fingerprint.to_string(), text);
        assert_eq!(serde_json::to_string(&fingerprint).unwrap(), format!("\"{text}\""));
        let colons = vec!["AB"; 32].join(":");
        for form in [text.clone(), text.to_uppercase(), colons] {
            assert_eq!(form.parse(), Ok(fingerprint));
            assert_eq!(serde_json::from_value::<Fingerprint>(form.into()).unwrap(), fingerprint);
        }
        for wrong in
            ["", "ab", &"a".repeat(63), &format!("{text}a"), &format!("{text}ab"), &text.replace('b', "g")]
        {
            assert!(wrong.parse::<Fingerprint>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_certificate_without_end_is_read_as_the_last_instant() {
        let time = openssl::asn1::Asn1Time::from_str_x509("99991231235959Z").unwrap();
        assert_eq!(x509::timestamp(&time), Some(Timestamp::MAX));
    }
}
