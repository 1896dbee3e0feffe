//! Certificates for one test, made when it runs.

use openssl::{
    asn1::Asn1Time,
    bn::{BigNum, MsbOption},
    ec::{EcGroup, EcKey},
    hash::MessageDigest,
    nid::Nid,
    pkey::{PKey, Private},
    x509::{
        X509, X509Name,
        extension::{BasicConstraints, SubjectAlternativeName},
    },
};

pub(crate) type Pair = (X509, PKey<Private>);

pub(crate) struct Certificates {
    pub(crate) authority: Pair,
    pub(crate) server: Pair,
    pub(crate) client: Pair,
}

impl Certificates {
    pub(crate) fn fresh() -> Self {
        let authority = issue("TEST authority", None);
        let server = issue("TEST service", Some(&authority));
        let client = issue("1312345678-001", Some(&authority));
        Self { authority, server, client }
    }
}

fn issue(name: &str, issuer: Option<&Pair>) -> Pair {
    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
    let key = PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap();
    let mut subject = X509Name::builder().unwrap();
    subject.append_entry_by_nid(Nid::COMMONNAME, name).unwrap();
    let subject = subject.build();
    let mut serial = BigNum::new().unwrap();
    serial.rand(127, MsbOption::MAYBE_ZERO, false).unwrap();

    let mut builder = X509::builder().unwrap();
    builder.set_version(2).unwrap();
    builder.set_serial_number(&serial.to_asn1_integer().unwrap()).unwrap();
    builder.set_subject_name(&subject).unwrap();
    builder.set_issuer_name(issuer.map_or(&subject, |(certificate, _)| certificate.subject_name())).unwrap();
    builder.set_pubkey(&key).unwrap();
    builder.set_not_before(&Asn1Time::days_from_now(0).unwrap()).unwrap();
    builder.set_not_after(&Asn1Time::days_from_now(1).unwrap()).unwrap();
    if issuer.is_some() {
        let context = builder.x509v3_context(issuer.map(|(certificate, _)| &**certificate), None);
        let names = SubjectAlternativeName::new().ip("127.0.0.1").build(&context).unwrap();
        builder.append_extension(names).unwrap();
    } else {
        builder.append_extension(BasicConstraints::new().critical().ca().build().unwrap()).unwrap();
    }
    builder.sign(issuer.map_or(&key, |(_, key)| key), MessageDigest::sha256()).unwrap();
    (builder.build(), key)
}
