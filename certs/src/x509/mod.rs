//! The only module that speaks with openssl, rcgen and `time` about encodings: PEM, DER, names, keys, times.
//!
//! PEM is read here and not by OpenSSL, because OpenSSL asks for a passphrase at the terminal when a block says that it
//! is encrypted: a PEM sent by a client would stop the server.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use jiff::Timestamp;
use openssl::asn1::{Asn1Time, Asn1TimeRef};
use openssl::error::ErrorStack;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private, Public};
use openssl::rsa::Rsa;
use openssl::x509::store::{X509Store, X509StoreBuilder};
use openssl::x509::verify::X509VerifyFlags;
use openssl::x509::{X509, X509NameRef, X509PurposeId, X509Ref};
use rcgen::{CertificateParams, DistinguishedName, DnType, DnValue, KeyPair, SerialNumber};
use time::OffsetDateTime;

use crate::Cause;
use crate::issue::KeyKind;
use crate::turn::Turn;

// `x509_vfy.h`; rust-openssl names only `OK`.
/// `X509_V_ERR_CERT_SIGNATURE_FAILURE`
pub(crate) const SIGNATURE_FAILURE: i32 = 7;
/// `X509_V_ERR_INVALID_PURPOSE`
pub(crate) const INVALID_PURPOSE: i32 = 26;
/// `X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION`
pub(crate) const UNHANDLED_CRITICAL_EXTENSION: i32 = 34;
/// `X509_V_ERR_INVALID_EXTENSION`
pub(crate) const INVALID_EXTENSION: i32 = 41;

/// The contents of all blocks `-----BEGIN <label>-----`, or `None` if one of them is not base64 or has no end.
pub(crate) fn pem_blocks(text: &str, label: &str) -> Option<Vec<Vec<u8>>> {
    let (begin, end) = (format!("-----BEGIN {label}-----"), format!("-----END {label}-----"));
    text.split(begin.as_str())
        .skip(1)
        .map(|rest| {
            let (body, _) = rest.split_once(end.as_str())?;
            let base64: String = body.split_ascii_whitespace().collect();
            openssl::base64::decode_block(&base64).ok()
        })
        .collect()
}

/// The certificate in these bytes, if they are one certificate and nothing else.
pub(crate) fn certificate(der: &[u8]) -> Option<X509> {
    let certificate = X509::from_der(der).ok()?;
    // OpenSSL ignores what follows the certificate and accepts BER; then two fingerprints would mean one certificate.
    (certificate.to_der().ok()? == der).then_some(certificate)
}

/// All certificates of a PEM text, or `None` if one of them is broken.
pub(crate) fn certificates(pem: &str) -> Option<Vec<X509>> {
    pem_blocks(pem, "CERTIFICATE")?.iter().map(|der| certificate(der)).collect()
}

pub(crate) fn certificate_pem(certificate: &X509Ref) -> Result<String, Cause> {
    Ok(String::from_utf8(certificate.to_pem()?)?)
}

/// The first unencrypted PKCS#8 key of a PEM text.
pub(crate) fn private_key(pem: &str) -> Option<PKey<Private>> {
    let blocks = pem_blocks(pem, "PRIVATE KEY")?;
    PKey::private_key_from_pkcs8(blocks.first()?).ok()
}

/// Whether the private key belongs to the certificate.
pub(crate) fn is_pair(certificate: &X509Ref, key: &PKey<Private>) -> bool {
    certificate.public_key().is_ok_and(|public| public.public_eq(key))
}

/// Whether `issuer` signed `subject`, by name and by signature.
pub(crate) fn is_signed_by(subject: &X509Ref, issuer: &X509Ref) -> bool {
    let names = subject.issuer_name().try_cmp(issuer.subject_name()).is_ok_and(std::cmp::Ordering::is_eq);
    let signature = issuer.public_key().and_then(|key| subject.verify(&key)).unwrap_or(false);
    forget_errors();
    names && signature
}

/// Whether basic constraints say that this is a CA.
///
/// The openssl crate doesn't tell, so the extension is looked up in the encoding: its OID, perhaps `critical`, then an
/// octet string with a sequence that begins with TRUE.
pub(crate) fn is_ca(certificate: &X509Ref) -> bool {
    const BASIC_CONSTRAINTS: [u8; 5] = [0x06, 0x03, 0x55, 0x1d, 0x13];
    const TRUE: [u8; 3] = [0x01, 0x01, 0xff];
    let Ok(der) = certificate.to_der() else { return false };
    let places = der.windows(BASIC_CONSTRAINTS.len()).enumerate();
    let mut values = places
        .filter(|(_, window)| *window == BASIC_CONSTRAINTS)
        .filter_map(|(place, _)| der.get(place + BASIC_CONSTRAINTS.len()..))
        .map(|rest| rest.strip_prefix(&TRUE).unwrap_or(rest));
    values.any(|value| matches!(value, [0x04, _, 0x30, _, rest @ ..] if rest.starts_with(&TRUE)))
}

/// Whether the key is of a kind that this authority certifies: RSA with at least 2,048 bits, or P-256.
pub(crate) fn has_usual_key(certificate: &X509Ref) -> bool {
    let is_usual = certificate.public_key().is_ok_and(|key| is_usual_key(&key));
    forget_errors();
    is_usual
}

pub(crate) fn is_usual_key(key: &PKey<Public>) -> bool {
    match (key.rsa(), key.ec_key()) {
        (Ok(rsa), _) => (2048..=8192).contains(&(rsa.size() * 8)),
        (_, Ok(ec)) => ec.group().curve_name() == Some(Nid::X9_62_PRIME256V1),
        _ => false,
    }
}

/// Whether the signature uses SHA-256 or longer.
pub(crate) fn has_usual_digest(certificate: &X509Ref) -> bool {
    let algorithm = certificate.signature_algorithm().object().nid();
    let digest = algorithm.signature_algorithms().map(|algorithms| algorithms.digest);
    forget_errors();
    matches!(digest, Some(Nid::SHA256 | Nid::SHA384 | Nid::SHA512))
}

/// The bytes that hexadecimal digits stand for; `None` if there is an odd number of them, or another character.
pub(crate) fn unhex(digits: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = digits
        .chars()
        .map(|char| char.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
        .collect::<Option<_>>()?;
    let (pairs, rest) = digits.as_chunks::<2>();
    rest.is_empty().then(|| pairs.iter().map(|[high, low]| high << 4 | low).collect())
}

pub(crate) fn offset_time(instant: Timestamp) -> Result<OffsetDateTime, Cause> {
    Ok(OffsetDateTime::from_unix_timestamp(instant.as_second())?)
}

/// Empties OpenSSL's error queue of this thread.
///
/// A verification that says "no" leaves its reasons there, and the next TLS read of the same thread would take them for
/// its own.
pub(crate) fn forget_errors() {
    let _ = ErrorStack::get();
}

/// A fresh key pair.
pub(crate) fn new_key(kind: KeyKind) -> Result<KeyPair, Cause> {
    Ok(match kind {
        // rcgen with ring signs with RSA keys but cannot make them.
        KeyKind::Rsa2048 => {
            let turn = Turn::wait();
            let key = PKey::from_rsa(Rsa::generate(2048)?)?;
            drop(turn);
            KeyPair::from_pem(&String::from_utf8(key.private_key_to_pem_pkcs8()?)?)?
        }
        KeyKind::P256 => KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256)?,
    })
}

/// Parameters with everything set that rcgen would otherwise choose itself: it gives all subjects the same default
/// name, and OpenSSL then takes a leaf for self-signed.
pub(crate) fn params(
    subject: DistinguishedName,
    not_before: Timestamp,
    not_after: Timestamp,
) -> Result<CertificateParams, Cause> {
    let mut params = CertificateParams::default();
    params.distinguished_name = subject;
    params.not_before = offset_time(not_before)?;
    params.not_after = offset_time(not_after)?;
    params.serial_number = Some(random_serial()?);
    params.use_authority_key_identifier_extension = true;
    Ok(params)
}

/// `C=JP, O=…, CN=…` in the order of the encoding; RFC 4514 text shows it the other way round.
pub(crate) fn subject(organization: &str, common_name: &str) -> Result<DistinguishedName, Cause> {
    let mut name = DistinguishedName::new();
    // X.520 wants a PrintableString for the country; the others are UTF8String.
    name.push(DnType::CountryName, DnValue::PrintableString("JP".try_into()?));
    name.push(DnType::OrganizationName, organization);
    name.push(DnType::CommonName, common_name);
    Ok(name)
}

/// 16 random bytes, positive, never shorter.
fn random_serial() -> Result<SerialNumber, ErrorStack> {
    let mut bytes = [0; 16];
    openssl::rand::rand_bytes(&mut bytes)?;
    // With the top bit DER would need a 17th byte; without the next, a small number would be shorter.
    bytes[0] = (bytes[0] & 0x7f) | 0x40;
    Ok(SerialNumber::from_slice(&bytes))
}

/// Eight random hexadecimal digits.
pub(crate) fn random_hex() -> Result<String, ErrorStack> {
    let mut bytes = [0; 4];
    openssl::rand::rand_bytes(&mut bytes)?;
    Ok(hex(&bytes))
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A store that trusts `root`, knows `issuing`, wants client certificates, and leaves the time to others.
pub(crate) fn client_trust_store(root: X509, issuing: X509) -> Result<X509Store, ErrorStack> {
    let mut builder = X509StoreBuilder::new()?;
    builder.add_cert(root)?;
    builder.add_cert(issuing)?;
    builder.set_purpose(X509PurposeId::SSL_CLIENT)?;
    builder.set_flags(X509VerifyFlags::NO_CHECK_TIME)?;
    Ok(builder.build())
}

/// Certificates give years up to 9999-12-31, a little more than a [`Timestamp`]: what lies beyond is cut.
pub(crate) fn timestamp(time: &Asn1TimeRef) -> Option<Timestamp> {
    let since_epoch = Asn1Time::from_unix(0).ok()?.diff(time).ok()?;
    let seconds = i64::from(since_epoch.days) * 86_400 + i64::from(since_epoch.secs);
    Some(Timestamp::from_second(seconds).unwrap_or(if seconds > 0 { Timestamp::MAX } else { Timestamp::MIN }))
}

/// The first value of one attribute of a name.
pub(crate) fn attribute(name: &X509NameRef, nid: Nid) -> Option<String> {
    let value = name.entries_by_nid(nid).next().and_then(|entry| entry.data().to_string().ok());
    forget_errors();
    value
}

/// The name as RFC 4514 writes it: last attribute first, `,` between, special and control characters escaped.
pub(crate) fn name_text(name: &X509NameRef) -> String {
    let mut parts: Vec<String> = name
        .entries()
        .map(|entry| {
            let kind = match entry.object().nid() {
                Nid::UNDEF => entry.object().to_string(),
                nid => nid.short_name().unwrap_or("?").to_owned(),
            };
            let value = match entry.data().to_string() {
                Ok(value) => escape(&value),
                Err(_) => format!("#{}", hex(entry.data().as_slice())),
            };
            format!("{kind}={value}")
        })
        .collect();
    forget_errors();
    parts.reverse();
    parts.join(",")
}

fn escape(value: &str) -> String {
    let last = value.chars().count().saturating_sub(1);
    let mut escaped = String::with_capacity(value.len());
    for (place, char) in value.chars().enumerate() {
        match char {
            ',' | '+' | '"' | '\\' | '<' | '>' | ';' => escaped.extend(['\\', char]),
            '#' if place == 0 => escaped.push_str("\\#"),
            ' ' if place == 0 || place == last => escaped.push_str("\\ "),
            control if control.is_control() => {
                for byte in control.to_string().bytes() {
                    escaped.push_str(&format!("\\{byte:02X}"));
                }
            }
            other => escaped.push(other),
        }
    }
    escaped
}

/// One name that a server certificate is good for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ServerName {
    /// In lower case.
    Dns(String),
    Ip(IpAddr),
}

/// The subject alternative names of a certificate; `None` if one is neither a DNS name nor an address.
pub(crate) fn server_names(certificate: &X509Ref) -> Option<BTreeSet<ServerName>> {
    let Some(names) = certificate.subject_alt_names() else { return Some(BTreeSet::new()) };
    names
        .iter()
        .map(|name| {
            if let Some(dns) = name.dnsname() {
                return Some(ServerName::Dns(dns.to_ascii_lowercase()));
            }
            let bytes = name.ipaddress()?;
            let v4 = <[u8; 4]>::try_from(bytes).map(|octets| IpAddr::V4(Ipv4Addr::from(octets)));
            let v6 = <[u8; 16]>::try_from(bytes).map(|octets| IpAddr::V6(Ipv6Addr::from(octets)));
            v4.or(v6).ok().map(ServerName::Ip)
        })
        .collect()
}
