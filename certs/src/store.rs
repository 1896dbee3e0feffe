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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{clinic, now, terminal};
    use crate::{SERVER_NAMES, Trust};

    fn store() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path().join("onshi-data")).unwrap();
        (folder, store)
    }

    fn days(count: i64) -> SignedDuration {
        SignedDuration::from_hours(24 * count)
    }

    #[test]
    fn an_authority_is_made_once_and_read_ever_after() {
        let (_folder, store) = store();
        let first = store.authority().unwrap();
        let again = store.authority().unwrap();
        assert_eq!(again.root_facts(), first.root_facts());
        assert_eq!(first.trust(&terminal(&again).certificate_der(), &[]), Trust::Trusted);
    }

    #[test]
    fn processes_that_start_at_once_agree_on_one_authority() {
        let (_folder, store) = store();
        let roots: Vec<_> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(|| store.authority().unwrap())).collect();
            threads.into_iter().map(|thread| thread.join().unwrap().root_facts().fingerprint).collect()
        });
        assert!(roots.iter().all(|root| *root == roots[0]), "{roots:?}");
    }

    #[test]
    fn a_half_authority_is_an_error_that_names_the_missing_file() {
        for part in [Part::Root, Part::RootKey, Part::Issuing, Part::IssuingKey] {
            let (_folder, store) = store();
            store.authority().unwrap();
            let path = store.folder.join("ca").join(file_name(part));
            fs::remove_file(&path).unwrap();
            let error = store.authority().unwrap_err();
            assert!(matches!(&error, StoreError::Half { path: missing } if *missing == path), "{error}");
            assert!(!path.exists(), "nothing is mended silently");
        }
    }

    #[test]
    fn a_mixed_or_broken_authority_is_an_error_that_names_the_file() {
        let (_one, one) = store();
        let (_other, other) = store();
        one.authority().unwrap();
        other.authority().unwrap();
        let path = one.folder.join("ca/issuing.key");
        fs::copy(other.folder.join("ca/issuing.key"), &path).unwrap();
        let mixed = one.authority().unwrap_err();
        assert!(
            matches!(&mixed, StoreError::Authority { path: at, source: AuthorityError::Mismatch { .. } } if *at == path)
        );

        let text = fs::read_to_string(other.folder.join("ca/root.pem")).unwrap();
        fs::write(other.folder.join("ca/root.pem"), &text.as_bytes()[..text.len() / 2]).unwrap();
        let broken = other.authority().unwrap_err();
        assert!(broken.to_string().contains("root.pem"), "{broken}");
        assert!(matches!(broken, StoreError::Authority { source: AuthorityError::Unreadable { .. }, .. }));
    }

    #[test]
    fn leftovers_of_a_killed_start_are_no_obstacle() {
        let (_folder, store) = store();
        let leftover = store.folder.join(".ca.00000000.new");
        fs::create_dir(&leftover).unwrap();
        fs::write(leftover.join("root.key"), "half").unwrap();
        fs::create_dir(store.folder.join("ca")).unwrap();
        assert!(store.authority().is_ok());
    }

    #[test]
    fn an_identity_is_saved_loaded_and_listed() {
        let (_folder, store) = store();
        let authority = store.authority().unwrap();
        let identity = terminal(&authority);
        let name = clinic().common_name();
        assert!(store.load_identity(&name).unwrap().is_none());
        assert!(store.identities().unwrap().whole.is_empty());

        let folder = store.save_identity(&name, &identity, "changeit").unwrap();
        assert!(folder.ends_with("institutions/1319999916-01"), "{}", folder.display());
        let loaded = store.load_identity(&name).unwrap().unwrap();
        assert_eq!(loaded.facts(), identity.facts());
        assert_eq!(loaded.full_chain_pem(), identity.full_chain_pem());
        let pkcs12 = openssl::pkcs12::Pkcs12::from_der(&fs::read(folder.join(PKCS12)).unwrap()).unwrap();
        assert!(pkcs12.parse2("changeit").is_ok());

        store.save_identity("1319999916-00", &identity, "changeit").unwrap();
        let listed = store.identities().unwrap();
        let names: Vec<_> = listed.whole.iter().map(|identity| identity.name.as_str()).collect();
        assert_eq!(names, ["1319999916-00", "1319999916-01"]);
        assert_eq!(&listed.whole[0].facts, identity.facts());
    }

    #[test]
    fn saving_again_replaces_the_whole_identity() {
        let (_folder, store) = store();
        let authority = store.authority().unwrap();
        let renewed = terminal(&authority);
        store.save_identity("a-01", &terminal(&authority), "old").unwrap();
        store.save_identity("a-01", &renewed, "new").unwrap();
        assert_eq!(store.load_identity("a-01").unwrap().unwrap().facts(), renewed.facts());
        assert_eq!(
            fs::read_dir(store.folder.join("institutions")).unwrap().count(),
            1,
            "the old one is gone"
        );
    }

    #[test]
    fn one_broken_identity_does_not_hide_the_others() {
        let (_folder, store) = store();
        let identity = terminal(&store.authority().unwrap());
        for name in ["a-01", "b-01", "c-01"] {
            store.save_identity(name, &identity, "changeit").unwrap();
        }
        let institutions = store.folder.join("institutions");
        fs::write(institutions.join("a-01").join(CERTIFICATE), "rubbish").unwrap();
        fs::remove_file(institutions.join("b-01").join(CERTIFICATE)).unwrap();
        fs::create_dir(institutions.join(".x.00000000.old")).unwrap();
        fs::write(institutions.join("readme"), "").unwrap();

        let listed = store.identities().unwrap();
        assert_eq!(listed.whole.len(), 1);
        assert_eq!(listed.broken.len(), 2);
        assert!(matches!(store.load_identity("a-01"), Err(StoreError::Identity { .. })));
        assert!(matches!(store.load_identity("b-01"), Err(StoreError::Read { .. })));
    }

    #[test]
    fn a_name_never_leads_out_of_the_folder() {
        let (_folder, store) = store();
        let identity = terminal(&store.authority().unwrap());
        for name in ["", ".", "..", "../x", "a/b", "a\\b", ".hidden", "試験", "a\0", &"a".repeat(65)] {
            assert!(
                matches!(store.save_identity(name, &identity, "x"), Err(StoreError::Name { .. })),
                "{name:?}"
            );
            assert!(matches!(store.load_identity(name), Err(StoreError::Name { .. })), "{name:?}");
        }
        assert!(!store.folder.join("institutions").exists());
    }

    #[test]
    fn a_server_certificate_is_kept_while_it_has_30_days() {
        let (_folder, store) = store();
        let authority = store.authority().unwrap();
        let first = store.server(&authority, &SERVER_NAMES, now()).unwrap().facts().clone();
        let names_in_another_order: Vec<_> = SERVER_NAMES.iter().rev().collect();
        let last = first.not_after - days(30);
        for (names, now) in [(names_in_another_order, now()), (SERVER_NAMES.iter().collect(), last)] {
            assert_eq!(store.server(&authority, &names, now).unwrap().facts(), &first);
        }
        let late = last + SignedDuration::from_secs(1);
        let renewed = store.server(&authority, &SERVER_NAMES, late).unwrap().facts().clone();
        assert_ne!(renewed, first);
        assert_eq!(store.server(&authority, &SERVER_NAMES, late).unwrap().facts(), &renewed);
    }

    #[test]
    fn a_server_certificate_is_renewed_when_names_clock_or_authority_change() {
        let (_folder, store) = store();
        let authority = store.authority().unwrap();
        let stored = || store.server(&authority, &SERVER_NAMES, now()).unwrap().facts().clone();

        let first = stored();
        assert_ne!(
            store.server(&authority, &SERVER_NAMES[..4], now()).unwrap().facts(),
            &first,
            "fewer names"
        );
        let second = stored();
        assert_ne!(
            store.server(&authority, &SERVER_NAMES, now() - days(2)).unwrap().facts(),
            &second,
            "clock set back"
        );
        let third = stored();
        let other = Authority::create().unwrap();
        assert_ne!(store.server(&other, &SERVER_NAMES, now()).unwrap().facts(), &third, "another authority");
        let fourth = stored();
        fs::write(store.folder.join("server").join(KEY), "rubbish").unwrap();
        assert_ne!(stored(), fourth, "a broken key");
    }

    #[test]
    fn a_bad_server_name_is_refused_even_with_a_stored_certificate() {
        let (_folder, store) = store();
        let authority = store.authority().unwrap();
        store.server(&authority, &SERVER_NAMES, now()).unwrap();
        let result = store.server(&authority, &["localhost:8443"], now());
        assert!(matches!(result, Err(StoreError::Issue(IssueError::ServerName { .. }))));
    }

    #[test]
    fn a_file_in_place_of_the_data_folder_is_an_error_with_its_path() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, "").unwrap();
        let error = Store::open(&path).unwrap_err();
        assert!(matches!(&error, StoreError::Write { path: at, .. } if *at == path), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn keys_are_for_their_owner_only() {
        use std::os::unix::fs::PermissionsExt as _;

        let (_folder, store) = store();
        let authority = store.authority().unwrap();
        store.server(&authority, &SERVER_NAMES, now()).unwrap();
        store.save_identity("a-01", &terminal(&authority), "changeit").unwrap();
        let mode = |path: &str| fs::metadata(store.folder.join(path)).unwrap().permissions().mode() & 0o777;
        for folder in ["ca", "server", "institutions/a-01"] {
            assert_eq!(mode(folder), 0o700, "{folder}");
        }
        for file in [
            "ca/root.key",
            "ca/issuing.key",
            "server/key.pem",
            "institutions/a-01/key.pem",
            "institutions/a-01/terminal.p12",
        ] {
            assert_eq!(mode(file), 0o600, "{file}");
        }
    }
}
