//! What must happen with each defect.

use certs::defects::Defect;
use messages::dialect::Certificates;

use crate::gate::Refused;

/// What must happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// The gate refuses, for this reason.
    Refused(Refused),
    /// The dialect lets it in.
    Admitted,
    /// The client itself can't use it: nothing is sent.
    Unusable,
}

/// What must happen with a defect over the registered line of its institution.
///
/// `registered` is whether the world knows the pack; without that, only what the certificates themselves say counts.
#[must_use]
pub fn expected(defect: Defect, registered: bool, rules: &Certificates) -> Expected {
    let known = |refused| Expected::Refused(if registered { refused } else { Refused::UnknownCertificate });
    match defect {
        Defect::ExpiredYesterday | Defect::ExpiredLongAgo => known(Refused::CertificateExpired),
        Defect::NotYetValid => known(Refused::CertificateNotYetValid),
        Defect::RevokedLoss | Defect::RevokedClosing | Defect::RevokedReplacement => {
            known(Refused::CertificateRevoked)
        }
        Defect::WrongInstitution => known(Refused::LineOfAnotherInstitution),
        Defect::ClaimsOnly => known(Refused::CertificateNotForPurpose),
        Defect::NeverRegistered | Defect::NoInstitution | Defect::MalformedCode | Defect::NameTooLong => {
            Expected::Refused(Refused::UnknownCertificate)
        }
        Defect::UnknownCa
        | Defect::SameNameCa
        | Defect::SelfSigned
        | Defect::PathLength
        | Defect::IssuedByTerminal
        | Defect::IssuerMayNotSign => Expected::Refused(Refused::ForeignCertificate),
        Defect::Forged | Defect::Altered => Expected::Refused(Refused::ForgedCertificate),
        Defect::ServerOnly | Defect::EmailOnly | Defect::WrongKeyUsage | Defect::CaAsClient => {
            Expected::Refused(Refused::NotForClients)
        }
        Defect::UnknownCriticalExtension => Expected::Refused(Refused::MalformedCertificate),
        Defect::Sha1 | Defect::Rsa1024 | Defect::OtherCurve => Expected::Refused(Refused::WeakCertificate),
        Defect::MissingIntermediate if rules.needs_chain.value => Expected::Refused(Refused::MissingIssuer),
        Defect::MissingIntermediate if registered => Expected::Admitted,
        Defect::MissingIntermediate => Expected::Refused(Refused::UnknownCertificate),
        Defect::KeyOfAnother => Expected::Unusable,
    }
}

/// Whether a world can know a certificate with this defect: it names an institution, and the authority could have
/// issued it. The others are refused in the world of the port.
#[must_use]
pub(super) fn is_registrable(defect: Defect) -> bool {
    !matches!(
        defect,
        Defect::NeverRegistered
            | Defect::NoInstitution
            | Defect::MalformedCode
            | Defect::NameTooLong
            | Defect::KeyOfAnother
    )
}

#[cfg(test)]
mod tests {
    use messages::dialect::Dialect;

    use super::*;

    #[test]
    fn a_missing_issuer_is_refused_only_where_the_dialect_says_so() {
        let mut rules = Dialect::built_in().certificates;
        let expected = |rules: &Certificates| expected(Defect::MissingIntermediate, true, rules);
        assert_eq!(expected(&rules), Expected::Admitted);
        rules.needs_chain.value = true;
        assert_eq!(expected(&rules), Expected::Refused(Refused::MissingIssuer));
    }
}
