//! How a process begins: its authority, the institutions of the default world and their identities.
//!
//! Everything comes out of the data folder, or, where that cannot be written, lives in memory until the process ends.

mod creation;
mod founder;
mod route;

use std::cell::RefCell;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use certs::{Authority, Identity, KeyKind, SERVER_NAMES, Store};
use messages::dialect::{AnswerEncoding, Dialect, DialectError};
use scenarios::People;

use crate::clock::system_now;
use crate::ledger::{self, Entries, LedgerError};
use crate::line::{CustomerId, Line};
use crate::papers::crl_url;
use crate::registered::Institution;
use crate::settings::{Encoding, Settings};
use crate::world::{DEFAULT, Event, Foundation, Furniture, World, WorldError, Worlds, file_of};

use founder::Founder;

pub use creation::{Created, Creation, CreationError, Creator, exported};

/// A second institution, whose certificate meets a line that isn't its own.
const PHARMACY: (&str, &str) = ("1349999910", "見本薬局");
/// The line that is registered for the demo institution.
const REGISTERED_LINE: &str = "CAF0000000001";
/// A line that exists but isn't registered.
const UNREGISTERED_LINE: &str = "CAF0000000002";

/// Password of the accounts that the demo institution begins with; it satisfies the rule of access.md 4.
pub const DEMO_PASSWORD: &str = "Onshi-Mock-0001!";

/// What a process begins with.
#[derive(Debug)]
pub struct Founding {
    /// The test authority.
    pub authority: Arc<Authority>,
    /// The data folder, unless everything stays in memory.
    pub store: Option<Store>,
    /// The service's own identity.
    pub server: Identity,
    /// The identity of the built-in terminal.
    pub terminal: Identity,
    /// The worlds; the default one is there.
    pub worlds: Arc<Worlds>,
    /// The registered line, then the unregistered one.
    pub lines: [Line; 2],
    /// What further worlds are furnished with.
    pub furniture: Furniture,
    /// Folder of the kept worlds, if it can be written.
    pub worlds_folder: Option<PathBuf>,
}

/// Why a process cannot begin.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FoundingError {
    /// The data folder holds something unusable.
    #[error(transparent)]
    Store(#[from] certs::StoreError),
    /// The authority could not be made.
    #[error(transparent)]
    Authority(#[from] certs::AuthorityError),
    /// A certificate could not be issued.
    #[error(transparent)]
    Issue(#[from] certs::IssueError),
    /// The ledger cannot be used.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// A kept world cannot be taken up again.
    #[error("world {name}")]
    World {
        /// Its name.
        name: String,
        /// Why.
        #[source]
        source: WorldError,
    },
    /// The system has no thread for the ledgers.
    #[error("the system gives no thread")]
    NoThread(#[source] std::io::Error),
    /// The folder of the worlds cannot be read.
    #[error("cannot read the folder {path}")]
    WorldsFolder {
        /// The folder.
        path: PathBuf,
        /// The system's reason.
        #[source]
        source: std::io::Error,
    },
    /// The dialect file cannot be read.
    #[error("cannot read the dialect file {path}")]
    DialectFile {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        #[source]
        source: std::io::Error,
    },
    /// A row of the dialect file is wrong.
    #[error("{path}:{error}")]
    Dialect {
        /// The file.
        path: PathBuf,
        /// The place, and what is wrong.
        error: DialectError,
    },
    /// A built-in constant is malformed.
    #[error("built-in {what} is malformed")]
    BuiltIn {
        /// Which one.
        what: &'static str,
    },
}

impl Founding {
    /// Begins with the data folder, or in memory if it cannot be written. `admin` is where the admin port is reached: new
    /// certificates name the revocation list there.
    ///
    /// # Errors
    /// [`FoundingError`] if the folder holds a broken authority, or keys cannot be made.
    pub fn begin(settings: &Settings, admin: SocketAddr) -> Result<Self, FoundingError> {
        let (store, authority, server) = keep(&settings.data, &names(settings))?;
        let worlds = Arc::new(Worlds::new().map_err(FoundingError::NoThread)?);
        let worlds_folder = store.is_some().then(|| settings.data.join("worlds"));
        let furniture = furniture(settings)?;
        let (world, held) = world(settings, &furniture, worlds_folder.as_deref(), &worlds)?;
        let world = Arc::new(world);

        let lines = lines()?;
        let registered = RefCell::default();
        let founder = Founder {
            world: &world,
            authority: &authority,
            store: store.as_ref(),
            crl: crl_url(&admin.to_string(), DEFAULT),
            registered: &registered,
        };
        let clinic =
            Institution { code: settings.institution.clone(), name: settings.institution_name.clone() };
        let [own_line, _] = &lines;
        founder.register_stored()?;
        founder.register(&clinic)?;
        founder.register_line(own_line, &clinic)?;
        founder.open_accounts(&clinic)?;
        let terminal = founder.identity(&clinic, settings.client_key.into())?;
        let pharmacy = pharmacy()?;
        if pharmacy.code != clinic.code {
            founder.register(&pharmacy)?;
            founder.identity(&pharmacy, KeyKind::P256)?;
        }
        worlds.add(world, foundation(settings, clinic, registered.into_inner()), &held);
        if let Some(folder) = &worlds_folder {
            reopen(&worlds, folder, &furniture)?;
        }
        let authority = Arc::new(authority);
        Ok(Self { authority, store, server, terminal, worlds, lines, furniture, worlds_folder })
    }
}

/// What a reset of the default world begins with: what this start has registered. An export takes packs and rows along.
fn foundation(settings: &Settings, institution: Institution, with: Vec<Event>) -> Foundation {
    let rows = settings.dialect.as_deref().and_then(|file| std::fs::read_to_string(file).ok());
    Foundation {
        institution,
        packs: settings.packs.clone(),
        dialect: rows.map(Into::into),
        seed: 0,
        clock: None,
        course: crate::clock::Course::default(),
        with,
    }
}

/// Takes up the worlds that were kept besides the default one.
fn reopen(worlds: &Worlds, folder: &Path, furniture: &Furniture) -> Result<(), FoundingError> {
    let unreadable = |source| FoundingError::WorldsFolder { path: folder.to_owned(), source };
    ledger::sweep(folder).map_err(unreadable)?;
    for file in std::fs::read_dir(folder).map_err(unreadable)? {
        let path = file.map_err(unreadable)?.path();
        let is_ledger = path.extension().is_some_and(|extension| extension == "jsonl");
        let name = path.file_stem().and_then(|stem| stem.to_str()).filter(|_| is_ledger);
        let Some(name) = name.filter(|&name| name != DEFAULT) else { continue };
        match worlds.reopen(name, &path, furniture) {
            Ok(_) => {}
            // Its creation was cut off before anybody was told of it.
            Err(WorldError::NoFoundation) if is_blank(&path) => {
                tracing::warn!(
                    world = name,
                    "the creation of a world was interrupted; what it left is taken away"
                );
                std::fs::remove_file(&path).map_err(unreadable)?;
            }
            Err(source) => return Err(FoundingError::World { name: name.to_owned(), source }),
        }
    }
    Ok(())
}

/// The names of the service: what everybody calls it, what the settings add, and where others find it if they can.
fn names(settings: &Settings) -> Vec<String> {
    let mut names: Vec<_> = SERVER_NAMES.map(str::to_owned).into();
    names.extend(settings.sans.iter().cloned());
    if settings.service_address.is_unspecified() {
        names.extend(route::addresses().iter().map(ToString::to_string));
    }
    names
}

/// The authority and the server's identity: kept in the folder, or only in memory.
fn keep(data: &Path, names: &[String]) -> Result<(Option<Store>, Authority, Identity), FoundingError> {
    let now = system_now();
    let kept = Store::open(data).and_then(|store| {
        let authority = store.authority()?;
        let server = store.server(&authority, names, now)?;
        Ok((Some(store), authority, server))
    });
    match kept {
        Ok(kept) => Ok(kept),
        Err(error @ certs::StoreError::Write { .. }) => {
            let error = format!("{:#}", anyhow::Error::from(error));
            tracing::warn!(folder = %data.display(), error, "the data folder cannot be written: keys and certificates stay in memory and are new at each start");
            let authority = Authority::create()?;
            let server = authority.issue_server(names, now)?;
            Ok((None, authority, server))
        }
        Err(error) => Err(error.into()),
    }
}

/// Whether a ledger's file holds nothing.
fn is_blank(path: &Path) -> bool {
    let text = std::fs::read(path).unwrap_or_default();
    ledger::read::<Event>(&text).is_ok_and(|(entries, _)| entries.is_empty())
}

/// Rules and people of every world that says nothing else.
fn furniture(settings: &Settings) -> Result<Furniture, FoundingError> {
    let mut dialect = dialect(settings.dialect.as_deref())?;
    if settings.encoding == Encoding::ShiftJis {
        dialect.answers.encoding.value = AnswerEncoding::ShiftJis;
    }
    let mut people = People::default();
    people.add(scenarios::standard());
    for pack in settings.packs.iter().filter_map(|name| scenarios::shipped(name)) {
        people.add(pack);
    }
    Ok(Furniture { dialect: Arc::new(dialect), people: Arc::new(people) })
}

/// The default world, and what its ledger holds.
fn world(
    settings: &Settings,
    furniture: &Furniture,
    folder: Option<&Path>,
    worlds: &Worlds,
) -> Result<(World, Entries<Event>), FoundingError> {
    let (home, dialect) = (settings.institution.clone(), Arc::clone(&furniture.dialect));
    let (world, held) = match folder {
        Some(folder) => World::open(DEFAULT, home, dialect, &file_of(folder, DEFAULT), worlds.syncer())?,
        None => (World::new(DEFAULT, home, dialect), Entries::new()),
    };
    world.furnish(&furniture.people);
    Ok((world, held))
}

/// The built-in dialect, with the rows of a file.
///
/// # Errors
/// [`FoundingError::DialectFile`] or [`FoundingError::Dialect`] with what is wrong in the file.
pub fn dialect(file: Option<&Path>) -> Result<Dialect, FoundingError> {
    let Some(file) = file else { return Ok(Dialect::built_in()) };
    let text = std::fs::read_to_string(file)
        .map_err(|source| FoundingError::DialectFile { path: file.to_owned(), source })?;
    Dialect::built_in().with(&text).map_err(|error| FoundingError::Dialect { path: file.to_owned(), error })
}

fn lines() -> Result<[Line; 2], FoundingError> {
    let line = |id: &str| -> Result<Line, FoundingError> {
        let customer_id: CustomerId =
            id.parse().map_err(|_| FoundingError::BuiltIn { what: "customer ID" })?;
        Ok(customer_id.into())
    };
    Ok([line(REGISTERED_LINE)?, line(UNREGISTERED_LINE)?])
}

fn pharmacy() -> Result<Institution, FoundingError> {
    let malformed = |_| FoundingError::BuiltIn { what: "institution" };
    let (code, name) = PHARMACY;
    Ok(Institution { code: code.parse().map_err(malformed)?, name: name.parse().map_err(malformed)? })
}
