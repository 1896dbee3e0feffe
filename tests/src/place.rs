//! Where one test lives on the disk.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::Exchange;

/// Folder name of the clinic's identity.
pub const CLINIC: &str = "1319999916-01";
/// Folder name of the pharmacy's identity.
pub const PHARMACY: &str = "1349999910-01";

/// A temporary folder with room for exchange folders and data.
#[derive(Debug)]
pub struct Place {
    folder: TempDir,
}

impl Default for Place {
    fn default() -> Self {
        Self::new()
    }
}

impl Place {
    /// An empty one.
    #[must_use]
    pub fn new() -> Self {
        Self { folder: tempfile::Builder::new().prefix("onshi-system-test-").tempdir().unwrap() }
    }

    /// A path in it.
    #[must_use]
    pub fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Its path.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The exchange folder.
    #[must_use]
    pub fn exchange(&self) -> Exchange {
        Exchange::at(self.at("OQS"))
    }

    /// The data folder.
    #[must_use]
    pub fn data(&self) -> PathBuf {
        self.at("onshi-data")
    }

    /// A file of an identity in the data folder, for example of [`CLINIC`].
    #[must_use]
    pub fn identity_file(&self, identity: &str, file: &str) -> PathBuf {
        self.data().join("institutions").join(identity).join(file)
    }

    /// The certificates' part of the data folder.
    #[must_use]
    pub fn store(&self) -> certs::Store {
        certs::Store::open(self.data()).unwrap()
    }
}
