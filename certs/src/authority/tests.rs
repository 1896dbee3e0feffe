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
