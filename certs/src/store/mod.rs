//! Authority and identities as files in the data folder.
//!
//! ```text
//! ca/            root.pem  root.key  issuing.pem  issuing.key
//! server/        certificate.pem (with the issuing CA)  key.pem
//! institutions/1319999916-01/
//!                certificate.pem (with the issuing CA)  key.pem  terminal.p12
//! ```
//!
//! On Unix the three kinds of folders are open to their owner only (0700), as are keys and PKCS#12 files (0600), from
//! the moment they are created. Each folder appears as a whole or not at all. Names that begin with a dot are what a
//! kill left behind; nothing reads them.

#[cfg(test)]
mod tests;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};

use crate::authority::{Authority, AuthorityError, AuthorityPem, Part};
use crate::files::{self, Content};
use crate::identity::{Identity, IdentityError};
use crate::issue::{IssueError, server_names};
use crate::pkcs12::Pkcs12Error;
use crate::read::{CertificateFacts, ReadError};
use crate::x509;

const CERTIFICATE: &str = "certificate.pem";
const KEY: &str = "key.pem";
const PKCS12: &str = "terminal.p12";

/// A server certificate with less than this left is renewed.
const SERVER_RESERVE: SignedDuration = SignedDuration::from_hours(30 * 24);

/// The certificates' part of a data folder.
#[derive(Debug, Clone)]
pub struct Store {
    folder: PathBuf,
}

impl Store {
    /// Opens a data folder, creating it if it isn't there. Nothing is written yet: whether the folder is writable
    /// shows at the first writing.
    ///
    /// # Errors
    /// [`StoreError::Write`] if it can't be created or is a file.
    pub fn open(folder: impl Into<PathBuf>) -> Result<Store, StoreError> {
        let folder = folder.into();
        fs::create_dir_all(&folder).map_err(write_error(&folder))?;
        Ok(Store { folder })
    }

    /// The authority of this folder; made and written at the first call, read ever after.
    ///
    /// If two processes start at once, one makes it and both use it.
    ///
    /// # Errors
    /// [`StoreError::Half`] if some of the four files are missing, [`StoreError::Authority`] if one is broken or of
    /// another authority; neither is mended silently, since certificates out in the field depend on the old keys.
    /// [`StoreError::Read`] and [`StoreError::Write`] as the file system says.
    pub fn authority(&self) -> Result<Authority, StoreError> {
        let folder = self.folder.join("ca");
        if files::is_vacant(&folder).map_err(read_error(&folder))? {
            let authority = Authority::create()
                .map_err(|source| StoreError::Authority { path: folder.clone(), source })?;
            if create_authority(&folder, &authority)? {
                return Ok(authority);
            }
        }
        load_authority(&folder)
    }

    /// The certificate of the server: the stored one if it has at least 30 days left at `now` (real time), covers
    /// exactly `names` and comes from `authority`; else a new one, which replaces it.
    ///
    /// # Errors
    /// [`StoreError::Issue`] if a name is none, [`StoreError::Write`] if the new one can't be written. A stored one
    /// that can't be read is replaced.
    pub fn server<N: AsRef<str>>(
        &self,
        authority: &Authority,
        names: &[N],
        now: Timestamp,
    ) -> Result<Identity, StoreError> {
        let folder = self.folder.join("server");
        let wanted = server_names(names)?.into_iter().collect();
        if let Ok(stored) = read_identity(&folder)
            && stored.facts().not_before <= now
            && stored.facts().not_after.duration_since(now) >= SERVER_RESERVE
            && x509::server_names(&stored.certificate) == Some(wanted)
            && authority.signed(&stored.certificate)
        {
            return Ok(stored);
        }

        let renewed = authority.issue_server(names, now)?;
        let full_chain = renewed.full_chain_pem();
        let contents =
            [Content::public(CERTIFICATE, &full_chain), Content::secret(KEY, renewed.key().pem().as_bytes())];
        files::replace_folder(&folder, &contents).map_err(write_error(&folder))?;
        Ok(renewed)
    }

    /// Writes the identity of a terminal under `name`, usually its CN ([`crate::TerminalSubject::common_name`]), as PEM
    /// and as PKCS#12 with `password`. One that is there already is replaced as a whole. Returns the folder.
    ///
    /// # Errors
    /// [`StoreError::Name`] if `name` can't be a folder, [`StoreError::Pkcs12`] if the password can't be one,
    /// [`StoreError::Write`] as the file system says.
    pub fn save_identity(
        &self,
        name: &str,
        identity: &Identity,
        password: &str,
    ) -> Result<PathBuf, StoreError> {
        let folder = self.identity_folder(name)?;
        let full_chain = identity.full_chain_pem();
        let pkcs12 = identity.pkcs12(password)?;
        let contents = [
            Content::public(CERTIFICATE, &full_chain),
            Content::secret(KEY, identity.key().pem().as_bytes()),
            Content::secret(PKCS12, &pkcs12),
        ];
        files::replace_folder(&folder, &contents).map_err(write_error(&folder))?;
        Ok(folder)
    }

    /// Reads the identity that was saved under `name`; `None` if there is none.
    ///
    /// # Errors
    /// [`StoreError::Name`] if `name` can't be a folder, [`StoreError::Read`] if a file is missing or closed,
    /// [`StoreError::Identity`] if certificate and key can't be read or don't belong together.
    pub fn load_identity(&self, name: &str) -> Result<Option<Identity>, StoreError> {
        let folder = self.identity_folder(name)?;
        if files::is_vacant(&folder).map_err(read_error(&folder))? {
            return Ok(None);
        }
        read_identity(&folder).map(Some)
    }

    /// All identities of terminals in this folder, by name. Keys aren't read.
    ///
    /// # Errors
    /// [`StoreError::Read`] if the folder itself can't be read; a single broken identity doesn't hide the others, see
    /// [`Identities::broken`].
    pub fn identities(&self) -> Result<Identities, StoreError> {
        let folder = self.folder.join("institutions");
        let mut found = Identities::default();
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(found),
            Err(error) => return Err(read_error(&folder)(error)),
        };
        for entry in entries {
            let entry = entry.map_err(read_error(&folder))?;
            let name = entry.file_name().into_string().unwrap_or_default();
            if !is_identity_name(&name) || !entry.path().is_dir() {
                continue;
            }
            match read_facts(&entry.path().join(CERTIFICATE)) {
                Ok(facts) => found.whole.push(StoredIdentity { name, facts }),
                Err(error) => found.broken.push(error),
            }
        }
        found.whole.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(found)
    }

    fn identity_folder(&self, name: &str) -> Result<PathBuf, StoreError> {
        if !is_identity_name(name) {
            return Err(StoreError::Name { name: name.to_owned() });
        }
        Ok(self.folder.join("institutions").join(name))
    }
}

/// What [`Store::identities`] finds.
#[derive(Debug, Default)]
pub struct Identities {
    /// Those whose certificate can be read, by name.
    pub whole: Vec<StoredIdentity>,
    /// Why others can't be read; each names its file.
    pub broken: Vec<StoreError>,
}

/// One identity in the data folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredIdentity {
    /// Name of its folder below `institutions`.
    pub name: String,
    /// What its certificate says.
    pub facts: CertificateFacts,
}

/// What is wrong with the files.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// A file or folder can't be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// Which one.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// A file or folder can't be written.
    #[error("cannot write {}", path.display())]
    Write {
        /// Which one.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// The folder of the CA lacks a file.
    #[error("{} is missing although its folder holds a test CA: put it back, or remove the folder for a new CA", path.display())]
    Half {
        /// The missing file.
        path: PathBuf,
    },
    /// A file of the CA is broken, or of another CA.
    #[error("{}: put the right file back, or remove the folder for a new CA", path.display())]
    Authority {
        /// The file at fault, or the folder.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: AuthorityError,
    },
    /// Certificate and key of an identity can't be read or don't fit.
    #[error("no identity in {}", path.display())]
    Identity {
        /// Its folder.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: IdentityError,
    },
    /// The certificate of an identity can't be read.
    #[error("no certificate in {}", path.display())]
    Certificate {
        /// Its file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: ReadError,
    },
    /// A name that can't be a folder everywhere.
    #[error("identity {name:?}: expected 1 to 64 ASCII letters, digits, `-` and `_`")]
    Name {
        /// What was given.
        name: String,
    },
    /// The server's certificate can't be issued.
    #[error("no certificate for the server")]
    Issue(#[from] IssueError),
    /// The PKCS#12 file can't be made.
    #[error("no PKCS#12 file")]
    Pkcs12(#[from] Pkcs12Error),
}

/// `false` if another process was quicker.
fn create_authority(folder: &Path, authority: &Authority) -> Result<bool, StoreError> {
    let pem = authority.pem();
    let contents = [
        Content::public(file_name(Part::Root), pem.root),
        Content::secret(file_name(Part::RootKey), pem.root_key.as_bytes()),
        Content::public(file_name(Part::Issuing), pem.issuing),
        Content::secret(file_name(Part::IssuingKey), pem.issuing_key.as_bytes()),
    ];
    files::create_folder(folder, &contents).map_err(write_error(folder))
}

fn load_authority(folder: &Path) -> Result<Authority, StoreError> {
    let read = |part| {
        let path = folder.join(file_name(part));
        fs::read_to_string(&path).map_err(|source| {
            if source.kind() == io::ErrorKind::NotFound {
                StoreError::Half { path }
            } else {
                StoreError::Read { path, source }
            }
        })
    };
    let (root, root_key) = (read(Part::Root)?, read(Part::RootKey)?);
    let (issuing, issuing_key) = (read(Part::Issuing)?, read(Part::IssuingKey)?);
    let pem = AuthorityPem { root: &root, root_key: &root_key, issuing: &issuing, issuing_key: &issuing_key };
    Authority::from_pem(&pem).map_err(|source| {
        let path = source.part().map_or_else(|| folder.to_owned(), |part| folder.join(file_name(part)));
        StoreError::Authority { path, source }
    })
}

fn file_name(part: Part) -> &'static str {
    match part {
        Part::Root => "root.pem",
        Part::RootKey => "root.key",
        Part::Issuing => "issuing.pem",
        Part::IssuingKey => "issuing.key",
    }
}

fn read_identity(folder: &Path) -> Result<Identity, StoreError> {
    let read = |name| {
        let path = folder.join(name);
        fs::read_to_string(&path).map_err(read_error(&path))
    };
    Identity::from_pem(&read(CERTIFICATE)?, &read(KEY)?)
        .map_err(|source| StoreError::Identity { path: folder.to_owned(), source })
}

fn read_facts(path: &Path) -> Result<CertificateFacts, StoreError> {
    let pem = fs::read_to_string(path).map_err(read_error(path))?;
    CertificateFacts::from_pem(&pem)
        .map_err(|source| StoreError::Certificate { path: path.to_owned(), source })
}

/// No dots and no separators, so a name never leads out of its folder.
fn is_identity_name(name: &str) -> bool {
    (1..=64).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

fn read_error(path: &Path) -> impl Fn(io::Error) -> StoreError {
    move |source| StoreError::Read { path: path.to_owned(), source }
}

fn write_error(path: &Path) -> impl Fn(io::Error) -> StoreError {
    move |source| StoreError::Write { path: path.to_owned(), source }
}
