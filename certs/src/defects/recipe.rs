//! A certificate as a list of ingredients, one of which may be bad. Made with OpenSSL's builder, which asks no questions.

use jiff::Timestamp;
use openssl::asn1::{Asn1Integer, Asn1Object, Asn1OctetString, Asn1Time, Asn1Type};
use openssl::bn::{BigNum, MsbOption};
use openssl::ec::{EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::rsa::Rsa;
use openssl::x509::extension::{
    AuthorityKeyIdentifier, BasicConstraints, ExtendedKeyUsage, KeyUsage, SubjectAlternativeName,
    SubjectKeyIdentifier,
};
use openssl::x509::{X509, X509Builder, X509Extension, X509Name, X509NameRef};

use crate::issue::TerminalSubject;
use crate::x509::ServerName;
use crate::{Authority, Cause};

/// Who signs: the certificate that names it, and the key that does it.
#[derive(Clone)]
pub(super) struct Signer {
    pub(super) certificate: X509,
    pub(super) key: PKey<Private>,
}

/// What the certificate may be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Usage {
    DigitalSignature,
    KeyEnciphermentOnly,
    CertSign,
}

/// What it is meant for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extended {
    ClientAuth,
    ServerAuth,
    EmailProtection,
    Nothing,
}

pub(super) struct Recipe {
    pub(super) subject: X509Name,
    /// Signs itself if absent.
    pub(super) signer: Option<Signer>,
    pub(super) key: PKey<Private>,
    pub(super) digest: MessageDigest,
    pub(super) not_before: Timestamp,
    pub(super) not_after: Timestamp,
    pub(super) is_ca: bool,
    pub(super) usage: Usage,
    pub(super) extended: Extended,
    pub(super) names: Vec<ServerName>,
    pub(super) has_unknown_critical_extension: bool,
}

impl Recipe {
    /// A good one, signed by the issuing CA.
    pub(super) fn good(
        authority: &Authority,
        subject: X509Name,
        [not_before, not_after]: [Timestamp; 2],
    ) -> Result<Recipe, Cause> {
        Ok(Recipe {
            subject,
            signer: Some(authority.signer()?),
            key: p256()?,
            digest: MessageDigest::sha256(),
            not_before,
            not_after,
            is_ca: false,
            usage: Usage::DigitalSignature,
            extended: Extended::ClientAuth,
            names: Vec::new(),
            has_unknown_critical_extension: false,
        })
    }

    /// A CA below a signer, valid as long as this authority's CAs.
    pub(super) fn ca(subject: &X509NameRef, signer: Option<Signer>) -> Result<Recipe, Cause> {
        let (not_before, not_after) = crate::authority::life();
        Ok(Recipe {
            subject: subject.to_owned()?,
            signer,
            key: p256()?,
            digest: MessageDigest::sha256(),
            not_before,
            not_after,
            is_ca: true,
            usage: Usage::CertSign,
            extended: Extended::Nothing,
            names: Vec::new(),
            has_unknown_critical_extension: false,
        })
    }

    pub(super) fn build(&self) -> Result<X509, Cause> {
        let mut builder = X509Builder::new()?;
        builder.set_version(2)?;
        let mut serial = BigNum::new()?;
        serial.rand(127, MsbOption::ONE, false)?;
        builder.set_serial_number(&*Asn1Integer::from_bn(&serial)?)?;
        builder.set_subject_name(&self.subject)?;
        builder.set_not_before(&*Asn1Time::from_unix(self.not_before.as_second())?)?;
        builder.set_not_after(&*Asn1Time::from_unix(self.not_after.as_second())?)?;
        builder.set_pubkey(&self.key)?;
        let issuer = self.signer.as_ref().map(|signer| &signer.certificate);
        builder.set_issuer_name(issuer.map_or(&*self.subject, |issuer| issuer.subject_name()))?;
        for extension in self.extensions()? {
            builder.append_extension(extension)?;
        }
        let key_id = SubjectKeyIdentifier::new().build(&builder.x509v3_context(None, None))?;
        builder.append_extension(key_id)?;
        if let Some(issuer) = issuer {
            let context = builder.x509v3_context(Some(issuer), None);
            let authority_key_id = AuthorityKeyIdentifier::new().keyid(true).build(&context)?;
            builder.append_extension(authority_key_id)?;
        }
        if !self.names.is_empty() {
            let mut names = SubjectAlternativeName::new();
            for name in &self.names {
                match name {
                    ServerName::Dns(name) => names.dns(name),
                    ServerName::Ip(address) => names.ip(&address.to_string()),
                };
            }
            let names = names.build(&builder.x509v3_context(None, None))?;
            builder.append_extension(names)?;
        }
        let key = self.signer.as_ref().map_or(&self.key, |signer| &signer.key);
        builder.sign(key, self.digest)?;
        Ok(builder.build())
    }

    fn extensions(&self) -> Result<Vec<X509Extension>, Cause> {
        let mut constraints = BasicConstraints::new();
        let mut usage = KeyUsage::new();
        if self.is_ca {
            constraints.ca();
        }
        match self.usage {
            Usage::DigitalSignature => usage.digital_signature(),
            Usage::KeyEnciphermentOnly => usage.key_encipherment(),
            Usage::CertSign => usage.key_cert_sign().crl_sign(),
        };
        let mut extensions = vec![constraints.critical().build()?, usage.critical().build()?];
        let mut extended = ExtendedKeyUsage::new();
        match self.extended {
            Extended::ClientAuth => extensions.push(extended.client_auth().build()?),
            Extended::ServerAuth => extensions.push(extended.server_auth().build()?),
            Extended::EmailProtection => extensions.push(extended.email_protection().build()?),
            Extended::Nothing => {}
        }
        if self.has_unknown_critical_extension {
            // Below the arc for examples (2.999), with NULL as its value.
            let (oid, value) = (Asn1Object::from_str("2.999.1")?, Asn1OctetString::new_from_bytes(&[5, 0])?);
            extensions.push(X509Extension::new_from_der(&oid, true, &value)?);
        }
        Ok(extensions)
    }
}

impl Authority {
    /// The issuing CA as a signer.
    pub(super) fn signer(&self) -> Result<Signer, Cause> {
        signer(self.pem().issuing, self.pem().issuing_key)
    }

    /// The root as a signer.
    pub(super) fn root_signer(&self) -> Result<Signer, Cause> {
        signer(self.pem().root, self.pem().root_key)
    }
}

fn signer(certificate: &str, key: &str) -> Result<Signer, Cause> {
    let key = crate::x509::private_key(key).ok_or("a CA key is not readable")?;
    Ok(Signer { certificate: X509::from_pem(certificate.as_bytes())?, key })
}

/// The subject of a terminal, without any of the checks of [`TerminalSubject`].
pub(super) fn subject(common_name: Option<&str>, subject: &TerminalSubject) -> Result<X509Name, Cause> {
    let mut name = X509Name::builder()?;
    // With a type said, OpenSSL doesn't look at the length.
    name.append_entry_by_nid_with_type(Nid::COUNTRYNAME, "JP", Asn1Type::PRINTABLESTRING)?;
    let organization = &subject.institution_name;
    name.append_entry_by_nid_with_type(Nid::ORGANIZATIONNAME, organization, Asn1Type::UTF8STRING)?;
    if let Some(common_name) = common_name {
        name.append_entry_by_nid_with_type(Nid::COMMONNAME, common_name, Asn1Type::UTF8STRING)?;
    }
    Ok(name.build())
}

pub(super) fn p256() -> Result<PKey<Private>, Cause> {
    curve(Nid::X9_62_PRIME256V1)
}

pub(super) fn curve(nid: Nid) -> Result<PKey<Private>, Cause> {
    Ok(PKey::from_ec_key(EcKey::generate(&*EcGroup::from_curve_name(nid)?)?)?)
}

pub(super) fn rsa(bits: u32) -> Result<PKey<Private>, Cause> {
    Ok(PKey::from_rsa(Rsa::generate(bits)?)?)
}
