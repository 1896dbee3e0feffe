//! The certificate of a terminal (端末認証).

use std::fmt;
use std::fs;
use std::path::Path;

use crate::Error;

/// A certificate with its chain, and its key. `Debug` doesn't show the key.
#[derive(Clone)]
pub struct Identity(pub(crate) reqwest::Identity);

impl Identity {
    /// Reads the certificate and the PKCS#8 key from PEM files.
    ///
    /// # Errors
    /// [`Error::File`], or [`Error::Setting`] if they hold something else.
    pub fn from_pem(certificate: impl AsRef<Path>, key: impl AsRef<Path>) -> Result<Self, Error> {
        Self::from_pem_text(&fs::read(certificate)?, &fs::read(key)?)
    }

    /// The same for the content of the files.
    ///
    /// # Errors
    /// [`Error::Setting`] if they hold something else.
    pub fn from_pem_text(certificate: &[u8], key: &[u8]) -> Result<Self, Error> {
        reqwest::Identity::from_pkcs8_pem(certificate, key).map(Self).map_err(unusable)
    }

    /// Reads a PKCS#12 file, as it comes from the certificate's download.
    ///
    /// # Errors
    /// As above, and for a wrong password.
    pub fn from_pkcs12(file: impl AsRef<Path>, password: &str) -> Result<Self, Error> {
        reqwest::Identity::from_pkcs12_der(&fs::read(file)?, password).map(Self).map_err(unusable)
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Identity(…)")
    }
}

fn unusable(error: reqwest::Error) -> Error {
    Error::Setting(format!("certificate or key: {}", crate::client::words(&error)))
}
