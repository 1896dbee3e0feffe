//! The two CAs, root and issuing, and the question whether a certificate is theirs.
//!
//! Issuing is in `issue`, files are in `store`; whether a certificate is valid at a time or revoked is asked elsewhere.

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

#[cfg(test)]
mod tests {
    use openssl::x509::store::X509StoreBuilder;

    use super::*;
    use crate::testing::{authority, clinic, now, terminal};
    use crate::{Identity, Months};

    fn certificate(pem: &str) -> X509 {
        X509::from_pem(pem.as_bytes()).unwrap()
    }

    #[test]
    fn both_cas_say_test_and_live_from_2015_to_2099() {
        let authority = authority();
        for (facts, name) in [
            (authority.root_facts(), "onshi-mock TEST root CA "),
            (authority.issuing_facts(), "onshi-mock TEST issuing CA "),
        ] {
            assert!(facts.common_name.as_ref().unwrap().starts_with(name));
            assert_eq!(facts.organization.as_deref(), Some("onshi-mock"));
            assert!(facts.subject.ends_with(",O=onshi-mock,C=JP"), "{}", facts.subject);
            assert_eq!((facts.not_before, facts.not_after), life());
            assert_eq!(facts.serial.len(), 32);
        }
        assert_eq!(authority.issuing_facts().issuer, authority.root_facts().subject);
        assert_ne!(authority.issuing_facts().subject, authority.root_facts().subject);
    }

    #[test]
    fn the_cas_are_constrained_to_what_they_do() {
        let authority = authority();
        for (pem, path_length) in [(authority.root_pem(), 1), (authority.issuing_pem(), 0)] {
            let text = String::from_utf8(certificate(pem).to_text().unwrap()).unwrap();
            assert!(text.contains(&format!("CA:TRUE, pathlen:{path_length}")), "{text}");
            assert!(
                text.contains("X509v3 Key Usage: critical\n                Certificate Sign, CRL Sign\n"),
                "{text}"
            );
            assert!(text.contains("NIST CURVE: P-256"), "{text}");
        }
        let (root, issuing) = (certificate(authority.root_pem()), certificate(authority.issuing_pem()));
        let root_id = root.subject_key_id().unwrap().as_slice();
        assert_eq!(issuing.authority_key_id().unwrap().as_slice(), root_id);
        assert_ne!(issuing.subject_key_id().unwrap().as_slice(), root_id);
    }

    #[test]
    fn openssl_verifies_the_chain_with_only_the_root_trusted() {
        let authority = authority();
        let identity = terminal(&authority);
        let mut trusted = X509StoreBuilder::new().unwrap();
        trusted.add_cert(certificate(authority.root_pem())).unwrap();
        let mut param = openssl::x509::verify::X509VerifyParam::new().unwrap();
        param.set_time(now().as_second() + 60);
        param.set_flags(openssl::x509::verify::X509VerifyFlags::X509_STRICT).unwrap();
        param.set_purpose(openssl::x509::X509PurposeId::SSL_CLIENT).unwrap();
        trusted.set_param(&param).unwrap();
        let trusted = trusted.build();

        let mut chain = Stack::new().unwrap();
        chain.push(certificate(identity.chain_pem())).unwrap();
        let verdict = X509StoreContext::new().unwrap().init(
            &trusted,
            &certificate(identity.certificate_pem()),
            &chain,
            |context| Ok((context.verify_cert()?, context.error().error_string())),
        );
        assert_eq!(verdict.unwrap(), (true, "ok"));
    }

    #[test]
    fn a_terminal_is_trusted_with_or_without_the_issuing_ca_in_its_chain() {
        let authority = authority();
        let leaf = terminal(&authority).certificate_der();
        let issuing = certificate(authority.issuing_pem()).to_der().unwrap();
        let root = certificate(authority.root_pem()).to_der().unwrap();
        for chain in
            [vec![], vec![issuing.clone()], vec![root, issuing.clone()], vec![b"rubbish".to_vec(), issuing]]
        {
            assert_eq!(authority.trust(&leaf, &chain), Trust::Trusted);
        }
    }

    #[test]
    fn an_expired_certificate_is_trusted_because_time_is_not_asked_here() {
        let authority = authority();
        for year in [2016, 2098] {
            let then = format!("{year}-06-01T00:00:00Z").parse().unwrap();
            let months = Months::try_from(1).unwrap();
            let leaf = authority.issue_terminal(&clinic(), then, months, KeyKind::P256).unwrap();
            assert_eq!(authority.trust(&leaf.certificate_der(), &[]), Trust::Trusted, "{year}");
        }
    }

    #[test]
    fn two_authorities_do_not_trust_each_other() {
        let (ours, theirs) = (authority(), authority());
        let leaf = terminal(&theirs).certificate_der();
        let chain = [theirs.issuing_pem(), theirs.root_pem()].map(|pem| certificate(pem).to_der().unwrap());
        assert_eq!(ours.trust(&leaf, &[]), Trust::UnknownIssuer);
        assert_eq!(ours.trust(&leaf, &chain), Trust::UnknownIssuer);
        assert_eq!(theirs.trust(&leaf, &chain), Trust::Trusted);
    }

    #[test]
    fn a_changed_certificate_has_a_bad_signature() {
        let authority = authority();
        let mut leaf = terminal(&authority).certificate_der();
        let code = leaf.windows(10).position(|window| window == b"1319999916").unwrap();
        leaf[code] = b'2';
        assert_eq!(authority.trust(&leaf, &[]), Trust::BadSignature);
    }

    #[test]
    fn a_forger_with_the_right_names_and_another_key_has_a_bad_signature() {
        let authority = authority();
        let leaf = terminal(&authority_with_other_key(&authority)).certificate_der();
        assert_eq!(authority.trust(&leaf, &[]), Trust::BadSignature);
    }

    /// An authority with the names and key identifiers of `model` but keys of its own.
    fn authority_with_other_key(model: &Authority) -> Authority {
        let mut forger = authority();
        let key = x509::private_key(forger.issuing_key.pem()).unwrap();
        forger.issuer = issuer(&model.issuing, &key).unwrap();
        forger
    }

    #[test]
    fn a_terminal_is_no_ca() {
        let authority = authority();
        let terminal = terminal(&authority);
        let key = x509::new_key(KeyKind::P256).unwrap();
        let terminal_key = KeyPair::from_pem(terminal.key().pem()).unwrap();
        let mut terminal_params =
            x509::params(x509::subject("試験医院", "1319999916-01").unwrap(), now(), life().1).unwrap();
        terminal_params.key_identifier_method = KeyIdMethod::PreSpecified(
            certificate(terminal.certificate_pem()).subject_key_id().unwrap().as_slice().to_vec(),
        );
        let below = x509::params(x509::subject("x", "y").unwrap(), now(), life().1)
            .unwrap()
            .signed_by(&key, &Issuer::new(terminal_params, terminal_key))
            .unwrap();
        assert_eq!(authority.trust(below.der(), &[terminal.certificate_der()]), Trust::UnknownIssuer);
    }

    #[test]
    fn certificates_that_are_not_for_clients_are_told_so() {
        let authority = authority();
        let server = authority.issue_server(&["localhost"], now()).unwrap();
        for pem in [server.certificate_pem(), authority.issuing_pem(), authority.root_pem()] {
            let der = certificate(pem).to_der().unwrap();
            assert_eq!(authority.trust(&der, &[]), Trust::NotForClients);
        }
    }

    #[test]
    fn a_self_signed_certificate_has_an_unknown_issuer() {
        let key = x509::new_key(KeyKind::P256).unwrap();
        let params = x509::params(x509::subject("x", "y").unwrap(), now(), life().1).unwrap();
        let leaf = params.self_signed(&key).unwrap();
        assert_eq!(authority().trust(leaf.der(), &[]), Trust::UnknownIssuer);
    }

    #[test]
    fn bytes_that_are_no_certificate_are_malformed() {
        let authority = authority();
        let leaf = terminal(&authority).certificate_der();
        for bytes in [&b""[..], b"hello", &leaf[..leaf.len() - 1]] {
            assert_eq!(authority.trust(bytes, &[]), Trust::Malformed);
        }
        for end in (0..leaf.len()).step_by(7) {
            let mut changed = leaf.clone();
            changed[end] ^= 0x01;
            assert_ne!(authority.trust(&changed, &[]), Trust::Trusted, "byte {end} changed");
        }
    }

    #[test]
    fn a_refusal_leaves_no_errors_for_the_next_tls_read_of_the_thread() {
        let authority = authority();
        let mut leaf = terminal(&authority).certificate_der();
        *leaf.last_mut().unwrap() ^= 1;
        assert_ne!(authority.trust(&leaf, &[b"rubbish".to_vec()]), Trust::Trusted);
        assert!(openssl::error::ErrorStack::get().errors().is_empty());
    }

    #[test]
    fn an_authority_read_again_issues_what_the_first_one_trusts() {
        let first = authority();
        let again = Authority::from_pem(&first.pem()).unwrap();
        let leaf = terminal(&again);
        assert_eq!(first.trust(&leaf.certificate_der(), &[]), Trust::Trusted);
        let (leaf, issuing) = (certificate(leaf.certificate_pem()), certificate(first.issuing_pem()));
        assert_eq!(leaf.authority_key_id().unwrap().as_slice(), issuing.subject_key_id().unwrap().as_slice());
        assert_eq!(again.root_facts(), first.root_facts());
    }

    #[test]
    fn parts_of_different_authorities_do_not_make_one() {
        let (one, other) = (authority(), authority());
        let (one, other) = (one.pem(), other.pem());
        let cases = [
            (AuthorityPem { root: other.root, ..one }, Part::RootKey),
            (AuthorityPem { root_key: other.root_key, ..one }, Part::RootKey),
            (AuthorityPem { root: other.root, root_key: other.root_key, ..one }, Part::Issuing),
            (AuthorityPem { issuing: other.issuing, ..one }, Part::IssuingKey),
            (AuthorityPem { issuing_key: other.issuing_key, ..one }, Part::IssuingKey),
            (AuthorityPem { root: one.issuing, root_key: one.issuing_key, ..one }, Part::Root),
        ];
        for (pem, part) in cases {
            let error = Authority::from_pem(&pem).unwrap_err();
            assert!(matches!(error, AuthorityError::Mismatch { .. }), "{error}");
            assert_eq!(error.part(), Some(part), "{error}");
        }
        let empty = Authority::from_pem(&AuthorityPem { issuing: "", ..one }).unwrap_err();
        assert!(matches!(empty, AuthorityError::Unreadable { part: Part::Issuing }), "{empty}");
    }

    #[test]
    fn debug_shows_no_key_of_the_authority() {
        assert!(!format!("{:?}", authority()).contains("PRIVATE KEY"));
    }

    #[test]
    fn an_authority_and_its_identities_can_be_shared_by_threads() {
        fn shared<T: Send + Sync + 'static>() {}
        shared::<Authority>();
        shared::<Identity>();
    }
}
