//! Each defect is found by OpenSSL or by this crate for its own reason, and for no other: with that one check repaired
//! the same certificate passes.

use jiff::{SignedDuration, Timestamp};
use openssl::stack::Stack;
use openssl::x509::store::X509StoreBuilder;
use openssl::x509::verify::{X509VerifyFlags, X509VerifyParam};
use openssl::x509::{X509, X509PurposeId, X509StoreContext};

use super::*;
use crate::testing::{authority, clinic, now};
use crate::{Authority, Trust};

const DAY: SignedDuration = SignedDuration::from_hours(24);

/// Under which circumstances a certificate is looked at.
struct Look {
    at: Timestamp,
    purpose: Option<X509PurposeId>,
    level: i32,
    flags: X509VerifyFlags,
    also_trusted: Option<X509>,
    knows_issuing: bool,
}

impl Look {
    fn strict() -> Look {
        Look {
            at: now(),
            purpose: Some(X509PurposeId::SSL_CLIENT),
            level: 2,
            flags: X509VerifyFlags::empty(),
            also_trusted: None,
            knows_issuing: false,
        }
    }

    /// OpenSSL's error, 0 for none.
    fn at(&self, authority: &Authority, sent: &str) -> i32 {
        let certificates = X509::stack_from_pem(sent.as_bytes()).unwrap();
        let mut chain = Stack::new().unwrap();
        certificates.iter().skip(1).for_each(|ca| chain.push(ca.clone()).unwrap());
        let mut store = X509StoreBuilder::new().unwrap();
        store.add_cert(X509::from_pem(authority.root_pem().as_bytes()).unwrap()).unwrap();
        if self.knows_issuing {
            store.add_cert(X509::from_pem(authority.issuing_pem().as_bytes()).unwrap()).unwrap();
        }
        if let Some(also) = &self.also_trusted {
            store.add_cert(also.clone()).unwrap();
        }
        let mut param = X509VerifyParam::new().unwrap();
        param.set_time(self.at.as_second());
        param.set_auth_level(self.level);
        param.set_flags(self.flags).unwrap();
        if let Some(purpose) = self.purpose {
            param.set_purpose(purpose).unwrap();
        }
        store.set_param(&param).unwrap();
        let store = store.build();
        let mut context = X509StoreContext::new().unwrap();
        let verify = |context: &mut openssl::x509::X509StoreContextRef| {
            Ok(if context.verify_cert()? { 0 } else { context.error().as_raw() })
        };
        context.init(&store, certificates.first().unwrap(), &chain, verify).unwrap()
    }
}

/// What OpenSSL says (`x509_vfy.h`), what this crate says, and how the one check is repaired.
fn expected(wrong: &Wrong) -> (i32, Trust, Look) {
    let strict = Look::strict();
    let anchor = || wrong.anchor.clone();
    let partial = X509VerifyFlags::PARTIAL_CHAIN;
    match wrong.defect {
        Defect::ExpiredYesterday => (10, Trust::Trusted, Look { at: now() - DAY * 2, ..strict }),
        Defect::ExpiredLongAgo => (10, Trust::Trusted, Look { at: now() - DAY * 1100, ..strict }),
        Defect::NotYetValid => (9, Trust::Trusted, Look { at: now() + DAY * 2, ..strict }),
        Defect::UnknownCa | Defect::SameNameCa => {
            (19, Trust::UnknownIssuer, Look { also_trusted: anchor(), flags: partial, ..strict })
        }
        Defect::PathLength => {
            (25, Trust::UnknownIssuer, Look { also_trusted: anchor(), flags: partial, ..strict })
        }
        Defect::SelfSigned => {
            let own = X509::from_pem(wrong.full_chain_pem().as_bytes()).unwrap();
            (18, Trust::UnknownIssuer, Look { also_trusted: Some(own), ..strict })
        }
        Defect::IssuedByTerminal => (79, Trust::UnknownIssuer, strict),
        Defect::IssuerMayNotSign => (79, Trust::UnknownIssuer, strict),
        Defect::Forged | Defect::Altered => (7, Trust::BadSignature, strict),
        Defect::ServerOnly | Defect::EmailOnly | Defect::WrongKeyUsage => {
            (26, Trust::NotForClients, Look { purpose: None, ..strict })
        }
        Defect::UnknownCriticalExtension => {
            (34, Trust::Malformed, Look { flags: X509VerifyFlags::IGNORE_CRITICAL, ..strict })
        }
        Defect::Sha1 => (68, Trust::Weak, Look { level: 0, ..strict }),
        Defect::Rsa1024 => (66, Trust::Weak, Look { level: 0, ..strict }),
        Defect::MissingIntermediate => (20, Trust::Trusted, Look { knows_issuing: true, ..strict }),
        Defect::CaAsClient => (0, Trust::NotForClients, strict),
        Defect::OtherCurve => (0, Trust::Weak, strict),
        Defect::RevokedLoss
        | Defect::RevokedClosing
        | Defect::RevokedReplacement
        | Defect::WrongInstitution
        | Defect::ClaimsOnly
        | Defect::NeverRegistered
        | Defect::NoInstitution
        | Defect::MalformedCode
        | Defect::NameTooLong
        | Defect::KeyOfAnother => (0, Trust::Trusted, strict),
    }
}

/// Those whose check can't be loosened: the same certificate, rightly signed, has to pass instead.
fn is_beyond_repair(defect: Defect) -> bool {
    matches!(defect, Defect::IssuedByTerminal | Defect::IssuerMayNotSign | Defect::Forged | Defect::Altered)
}

#[test]
fn every_client_certificate_is_refused_for_its_own_reason_only() {
    let authority = authority();
    for &defect in Defect::ALL {
        let wrong = authority.wrong(defect, &clinic(), now()).unwrap();
        let (error, trust, repaired) = expected(&wrong);
        let name = defect.name();
        assert_eq!(Look::strict().at(&authority, wrong.full_chain_pem()), error, "{name}");
        let certificates = X509::stack_from_pem(wrong.full_chain_pem().as_bytes()).unwrap();
        let ders: Vec<_> = certificates.iter().map(|one| one.to_der().unwrap()).collect();
        assert_eq!(authority.trust(&ders[0], &ders[1..]), trust, "{name}");
        if !is_beyond_repair(defect) {
            assert_eq!(repaired.at(&authority, wrong.full_chain_pem()), 0, "{name}, repaired");
        }
    }
}

#[test]
fn the_same_certificate_rightly_signed_passes() {
    let authority = authority();
    let good = authority.wrong(Defect::NeverRegistered, &clinic(), now()).unwrap();
    assert_eq!(Look::strict().at(&authority, good.full_chain_pem()), 0);
    let same = |wrong: &Wrong| {
        let facts = wrong.facts();
        (facts.subject.clone(), facts.not_before, facts.not_after)
    };
    for defect in [Defect::IssuedByTerminal, Defect::IssuerMayNotSign, Defect::Forged] {
        let wrong = authority.wrong(defect, &clinic(), now()).unwrap();
        assert_eq!(same(&wrong), same(&good), "{}", defect.name());
    }
    let altered = authority.wrong(Defect::Altered, &clinic(), now()).unwrap();
    assert_eq!(altered.facts().common_name.as_deref(), Some("1319999916-00"), "and no other byte");
}

#[test]
fn names_are_unique_and_there_are_enough() {
    let mut names: Vec<_> = Defect::ALL.iter().map(|defect| defect.name()).collect();
    names.sort_unstable();
    names.dedup();
    assert!(names.len() == Defect::ALL.len() && names.len() >= 20, "{}", names.len());
    let json = serde_json::to_string(&Defect::Sha1).unwrap();
    assert_eq!(json, format!("\"{}\"", Defect::Sha1.name()));
}

#[test]
fn only_the_key_of_another_certificate_makes_no_identity() {
    let authority = authority();
    for &defect in Defect::ALL {
        let wrong = authority.wrong(defect, &clinic(), now()).unwrap();
        assert_eq!(wrong.identity().is_none(), defect == Defect::KeyOfAnother, "{}", defect.name());
    }
}

#[test]
fn every_server_certificate_is_refused_for_its_own_reason_only() {
    let authority = authority();
    for &defect in ServerDefect::ALL {
        let wrong = authority.wrong_server(defect, &["localhost", "127.0.0.1"], now()).unwrap();
        let sent = wrong.identity.full_chain_pem();
        let server = Look { purpose: Some(X509PurposeId::SSL_SERVER), ..Look::strict() };
        let own = || X509::from_pem(sent.as_bytes()).unwrap();
        let other = || X509::stack_from_pem(sent.as_bytes()).unwrap().remove(1);
        let partial = X509VerifyFlags::PARTIAL_CHAIN;
        let strict = || Look { purpose: Some(X509PurposeId::SSL_SERVER), ..Look::strict() };
        let (error, repaired) = match defect {
            ServerDefect::Expired => (10, Look { at: now() - DAY * 2, ..strict() }),
            ServerDefect::NotYetValid => (9, Look { at: now() + DAY * 2, ..strict() }),
            // The chain is good; the name is compared by the client.
            ServerDefect::WrongHost => (0, strict()),
            ServerDefect::UnknownCa => (20, Look { also_trusted: Some(other()), flags: partial, ..strict() }),
            ServerDefect::SelfSigned => (18, Look { also_trusted: Some(own()), ..strict() }),
            // The signature can't be repaired.
            ServerDefect::Forged => (7, strict()),
            ServerDefect::ClientOnly => (26, Look { purpose: Some(X509PurposeId::SSL_CLIENT), ..strict() }),
            ServerDefect::MissingIntermediate => (20, Look { knows_issuing: true, ..strict() }),
        };
        assert_eq!(server.at(&authority, &sent), error, "{}", defect.name());
        if defect != ServerDefect::Forged {
            assert_eq!(repaired.at(&authority, &sent), 0, "{}, repaired", defect.name());
        }
    }
}
