//! The certificate revocation list (CRL), signed by the issuing CA.
//!
//! The real authority publishes one over HTTP and answers no OCSP (access.md 3, \[S\]); so does this one.

use jiff::Timestamp;
use rcgen::{CertificateRevocationListParams, KeyIdMethod, RevokedCertParams, SerialNumber};
use serde::{Deserialize, Serialize};

use crate::Cause;
use crate::authority::Authority;
use crate::issue::IssueError;
use crate::x509;

/// Why a certificate is no longer valid: the reasons of RFC 5280, 5.3.1 that the holder of a terminal can have.
/// `key-compromise` and so on in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RevocationReason {
    /// No reason is given.
    Unspecified,
    /// Terminal or key are lost, or somebody else may hold them.
    KeyCompromise,
    /// The institution's name or relation has changed.
    AffiliationChanged,
    /// A newer certificate takes its place.
    Superseded,
    /// The institution has closed, or the terminal is no longer used.
    CessationOfOperation,
    /// The right to use it was withdrawn.
    PrivilegeWithdrawn,
}

impl RevocationReason {
    /// Every reason.
    pub const ALL: [RevocationReason; 6] = [
        RevocationReason::Unspecified,
        RevocationReason::KeyCompromise,
        RevocationReason::AffiliationChanged,
        RevocationReason::Superseded,
        RevocationReason::CessationOfOperation,
        RevocationReason::PrivilegeWithdrawn,
    ];

    /// RFC 5280 wants no reason code rather than "unspecified".
    fn code(self) -> Option<rcgen::RevocationReason> {
        use rcgen::RevocationReason as Code;
        match self {
            RevocationReason::Unspecified => None,
            RevocationReason::KeyCompromise => Some(Code::KeyCompromise),
            RevocationReason::AffiliationChanged => Some(Code::AffiliationChanged),
            RevocationReason::Superseded => Some(Code::Superseded),
            RevocationReason::CessationOfOperation => Some(Code::CessationOfOperation),
            RevocationReason::PrivilegeWithdrawn => Some(Code::PrivilegeWithdrawn),
        }
    }
}

/// One certificate that is no longer valid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revocation {
    /// Its serial number, as [`crate::CertificateFacts::serial`] writes it.
    pub serial: String,
    /// Since when.
    pub at: Timestamp,
    /// Why.
    pub reason: RevocationReason,
}

/// A signed list.
#[derive(Debug, Clone)]
pub struct RevocationList {
    der: Vec<u8>,
    pem: String,
}

impl RevocationList {
    /// The list in DER, as the distribution point of a certificate serves it (RFC 5280, 4.2.1.13).
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The list in PEM (`X509 CRL`).
    pub fn pem(&self) -> &str {
        &self.pem
    }
}

impl Authority {
    /// Signs the list of revoked certificates, as of `this_update`, to be replaced by `next_update`.
    ///
    /// `number` has to grow with each list whose content differs. Times are truncated to seconds.
    ///
    /// # Errors
    /// [`IssueError::Library`] if `next_update` isn't later than `this_update`, a serial number isn't one, or no
    /// signature can be made.
    pub fn revocation_list(
        &self,
        revoked: &[Revocation],
        number: u64,
        this_update: Timestamp,
        next_update: Timestamp,
    ) -> Result<RevocationList, IssueError> {
        let sign = || {
            let params = CertificateRevocationListParams {
                this_update: x509::offset_time(this_update)?,
                next_update: x509::offset_time(next_update)?,
                crl_number: SerialNumber::from(number),
                issuing_distribution_point: None,
                revoked_certs: revoked.iter().map(entry).collect::<Result<_, Cause>>()?,
                // Of no effect: the issuer knows its key identifier.
                key_identifier_method: KeyIdMethod::Sha256,
            };
            let list = params.signed_by(self.issuer())?;
            Ok(RevocationList { der: list.der().to_vec(), pem: list.pem()? })
        };
        sign().map_err(IssueError::Library)
    }
}

fn entry(revocation: &Revocation) -> Result<RevokedCertParams, Cause> {
    let serial = x509::unhex(&revocation.serial).filter(|bytes| !bytes.is_empty());
    let serial = serial.ok_or("a serial number isn't hexadecimal")?;
    Ok(RevokedCertParams {
        serial_number: SerialNumber::from(serial),
        revocation_time: x509::offset_time(revocation.at)?,
        reason_code: revocation.reason.code(),
        invalidity_date: None,
    })
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use openssl::x509::{CrlStatus, ReasonCode, X509, X509Crl};

    use super::*;
    use crate::testing::{authority, now, terminal};

    const DAY: SignedDuration = SignedDuration::from_hours(24);

    fn revocation(identity: &crate::Identity, reason: RevocationReason) -> Revocation {
        Revocation { serial: identity.facts().serial.clone(), at: now(), reason }
    }

    #[test]
    fn the_list_is_signed_by_the_issuing_ca_and_says_when_the_next_one_comes() {
        let authority = authority();
        let list = authority.revocation_list(&[], 7, now(), now() + DAY).unwrap();
        let read = X509Crl::from_der(list.der()).unwrap();
        assert_eq!(
            read.to_der().unwrap(),
            X509Crl::from_pem(list.pem().as_bytes()).unwrap().to_der().unwrap()
        );
        let issuing = X509::from_pem(authority.issuing_pem().as_bytes()).unwrap();
        assert!(read.verify(&issuing.public_key().unwrap()).unwrap());
        assert!(issuing.subject_name().try_cmp(read.issuer_name()).unwrap().is_eq());
        assert_eq!(x509::timestamp(read.last_update()), Some(now()));
        assert_eq!(read.next_update().and_then(x509::timestamp), Some(now() + DAY));
        assert!(read.get_revoked().is_none());
    }

    #[test]
    fn the_list_names_the_revoked_with_their_reasons_and_nobody_else() {
        let authority = authority();
        let other = terminal(&authority);
        let identities: Vec<_> = RevocationReason::ALL.map(|reason| (terminal(&authority), reason)).into();
        let revoked: Vec<_> =
            identities.iter().map(|(identity, reason)| revocation(identity, *reason)).collect();
        let list = authority.revocation_list(&revoked, 8, now(), now() + DAY).unwrap();
        let read = X509Crl::from_der(list.der()).unwrap();
        for (identity, reason) in &identities {
            let CrlStatus::Revoked(entry) = read.get_by_cert(&identity.certificate) else {
                panic!("{reason:?} is not on the list")
            };
            assert_eq!(x509::timestamp(entry.revocation_date()), Some(now()));
            let code = entry.extension::<ReasonCode>().unwrap().map(|(_, code)| code.get_i64().unwrap());
            assert_eq!(code, reason.code().map(|code| code as i64), "{reason:?}");
        }
        assert!(matches!(read.get_by_cert(&other.certificate), CrlStatus::NotRevoked));
    }

    #[test]
    fn a_list_that_ends_before_it_begins_or_names_no_number_is_an_error() {
        let authority = authority();
        assert!(authority.revocation_list(&[], 1, now(), now()).is_err());
        for serial in ["", "0", "xy", "é"] {
            let odd =
                Revocation { serial: serial.to_owned(), at: now(), reason: RevocationReason::Unspecified };
            assert!(authority.revocation_list(&[odd], 1, now(), now() + DAY).is_err(), "{serial:?}");
        }
    }
}
