//! The revocation list of a world.

use certs::RevocationList;
use jiff::{SignedDuration, Timestamp};

use super::{Office, OfficeError};
use crate::registered::{Revocation, RevocationReason};
use crate::world::World;

impl Office {
    /// The revocation list of a world as it is at a time.
    ///
    /// Its number is the second of that time and the count of entries, so that it grows with each.
    ///
    /// # Errors
    /// [`OfficeError::Issue`] if it can't be signed.
    pub fn revocation_list(&self, world: &World, now: Timestamp) -> Result<RevocationList, OfficeError> {
        let entry = |revocation: Revocation| {
            let certificate = world.registry.certificate(&revocation.fingerprint)?;
            let (serial, reason) = (certificate.facts.serial.clone(), as_published(revocation.reason));
            Some(certs::Revocation { serial, at: revocation.at, reason })
        };
        let revocations = world.registry.revocations().into_iter();
        let revoked: Vec<_> =
            revocations.filter(|revocation| revocation.at <= now).filter_map(entry).collect();
        let count = u64::try_from(revoked.len()).unwrap_or_default() & 0xffff;
        let number = u64::try_from(now.as_second()).unwrap_or_default() << 16 | count;
        let life = SignedDuration::from_hours(world.dialect().certificates.crl_hours.value.max(1).into());
        let next = now.saturating_add(life).unwrap_or(Timestamp::MAX);
        Ok(self.authority.revocation_list(&revoked, number, now, next)?)
    }
}

/// A reason as the list writes it.
fn as_published(reason: RevocationReason) -> certs::RevocationReason {
    match reason {
        RevocationReason::Loss => certs::RevocationReason::KeyCompromise,
        RevocationReason::Closing => certs::RevocationReason::CessationOfOperation,
        RevocationReason::Replacement => certs::RevocationReason::Superseded,
        RevocationReason::Unspecified => certs::RevocationReason::Unspecified,
    }
}
