//! The folder of scenarios: loaded at start and whenever it changes, all of it or nothing.
//!
//! Events make it quick, looks make it sure: bind mounts bring no events. The files of the folder and of the world are
//! compared by text, so that an untouched scenario keeps its counts and states.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak, mpsc};
use std::thread;
use std::time::{Duration, SystemTime};

use notify::{RecursiveMode, Watcher};

use crate::ledger::LedgerError;
use crate::script::{Loaded, Scenario, ScenarioError, Source};
use crate::world::{DEFAULT, World, Worlds};

/// Longest time between two looks.
const LOOK: Duration = Duration::from_secs(1);
/// How long the folder has to be quiet after an event: files are often written in several steps.
const QUIET: Duration = Duration::from_millis(20);
/// Most files of the folder.
const MOST_FILES: usize = 200;
/// Most bytes of a file.
const MOST_BYTES: u64 = 4 * 1024 * 1024;

/// Why the folder isn't loaded. Then nothing has changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FolderError {
    /// A file or the folder cannot be read.
    #[error("cannot read {path}: {source}")]
    Read {
        /// Which one.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// Too much.
    #[error("{path}: expected at most {MOST_FILES} scenarios of at most {MOST_BYTES} bytes")]
    TooLarge {
        /// Where.
        path: PathBuf,
    },
    /// Scenarios are wrong.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Scenarios(Vec<ScenarioError>),
    /// The ledger.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

/// A watch over the folder; it ends when this is dropped.
#[derive(Debug)]
pub struct Watching {
    _alive: mpsc::Sender<()>,
}

/// Loads what the folder holds: every `.yaml` and `.yml`, in the order of their names. What stood there before and is
/// gone is removed.
///
/// # Errors
/// [`FolderError`] with everything that is wrong in any of them.
pub fn load(folder: &Path, world: &World) -> Result<(), FolderError> {
    let result = read(folder).and_then(|texts| replace(texts, world));
    world.scenarios.note(result.as_ref().err().map(|error| error.to_string().into()));
    result
}

/// Removes what an earlier start loaded from a folder.
///
/// # Errors
/// [`LedgerError`] if it cannot be recorded.
pub fn unload(world: &World) -> Result<(), LedgerError> {
    for scenario in world.scenarios.all().iter().filter(|one| one.loaded.source == Source::Folder) {
        world.remove_scenario(&scenario.loaded.name)?;
    }
    Ok(())
}

/// The texts of a folder by the names of its scenarios.
fn read(folder: &Path) -> Result<BTreeMap<String, String>, FolderError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| FolderError::Read { path, source }
    };
    let mut texts = BTreeMap::new();
    for (path, seen) in looked(folder).map_err(failed(folder))? {
        if seen.length > MOST_BYTES || texts.len() >= MOST_FILES {
            return Err(FolderError::TooLarge { path });
        }
        let text = fs::read_to_string(&path).map_err(failed(&path))?;
        let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        texts.insert(name, text);
    }
    Ok(texts)
}

fn replace(texts: BTreeMap<String, String>, world: &World) -> Result<(), FolderError> {
    let before = world.scenarios.all();
    let of_folder = |name: &str| {
        before.iter().find(|one| one.loaded.source == Source::Folder && &*one.loaded.name == name)
    };
    let (mut changed, mut errors) = (Vec::new(), Vec::new());
    for (name, text) in &texts {
        if of_folder(name).is_some_and(|known| *known.loaded.text == **text) {
            continue;
        }
        let (name, text) = (name.as_str().into(), text.as_str().into());
        match Scenario::of(Loaded { name, source: Source::Folder, at: world.clock.now(), text }) {
            Ok(scenario) => changed.push(scenario),
            Err(error) => errors.push(error),
        }
    }
    // Scenarios of one folder may name each other's cards.
    let people = world.people();
    let added = changed.iter().flat_map(|scenario| scenario.pack.cards.iter());
    let known: Vec<_> =
        people.cards().map(|card| &**card).chain(added).map(|card| card.key.as_str()).collect();
    for scenario in &changed {
        errors.extend(scenario.check_cards(known.iter().copied()).err());
    }
    if !errors.is_empty() {
        return Err(FolderError::Scenarios(errors));
    }
    let gone = before.iter().filter(|one| one.loaded.source == Source::Folder);
    for gone in gone.filter(|one| !texts.contains_key(&*one.loaded.name)) {
        world.remove_scenario(&gone.loaded.name)?;
    }
    for scenario in changed {
        tracing::info!(scenario = %scenario.loaded.name, "a scenario was loaded from the folder");
        world.load_scenario(scenario)?;
    }
    Ok(())
}

/// What a look tells of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Seen {
    length: u64,
    changed: Option<SystemTime>,
}

/// What a look finds, and for which world.
type Look = (BTreeMap<PathBuf, Seen>, Weak<World>);

fn looked(folder: &Path) -> io::Result<BTreeMap<PathBuf, Seen>> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let is_scenario =
            path.extension().is_some_and(|e| e.eq_ignore_ascii_case("yaml") || e.eq_ignore_ascii_case("yml"));
        let is_hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if is_scenario && !is_hidden {
            // It may have gone since it was listed.
            let Ok(metadata) = fs::metadata(&path) else { continue };
            if metadata.is_file() {
                files.insert(path, Seen { length: metadata.len(), changed: metadata.modified().ok() });
            }
        }
    }
    Ok(files)
}

/// Watches the folder for the default world, on a thread of its own.
///
/// # Errors
/// The system's reason if there can be no thread.
pub fn start(folder: PathBuf, worlds: Arc<Worlds>) -> io::Result<Watching> {
    let (alive, ended) = mpsc::channel();
    let watch = move || watch(&folder, &worlds, &ended);
    thread::Builder::new().name("onshi-mock scenarios".to_owned()).spawn(watch)?;
    Ok(Watching { _alive: alive })
}

fn watch(folder: &Path, worlds: &Worlds, ended: &mpsc::Receiver<()>) {
    let (events, happened) = mpsc::channel();
    let watcher = notify::recommended_watcher(move |_| {
        // Whoever listened may have ended.
        let _ = events.send(());
    });
    let listening = watcher.and_then(|mut watcher| {
        watcher.watch(folder, RecursiveMode::NonRecursive)?;
        Ok(watcher)
    });
    if let Err(error) = &listening {
        tracing::warn!(%error, "the folder of scenarios brings no events: it is looked at each second");
    }
    let mut seen: Option<Look> = None;
    let mut trouble: Option<Arc<str>> = None;
    loop {
        let event = happened.recv_timeout(LOOK).is_ok();
        if matches!(ended.try_recv(), Err(mpsc::TryRecvError::Disconnected)) {
            return;
        }
        while event && happened.recv_timeout(QUIET).is_ok() {}
        if listening.is_err() {
            // Without events the channel is closed, and doesn't wait.
            thread::sleep(LOOK);
        }
        let Some(world) = worlds.named(DEFAULT) else { continue };
        // A world that was reset is another one, without what the folder holds.
        let now = looked(folder).ok().map(|files| (files, Arc::downgrade(&world)));
        let is_seen = |(files, world): &Look| {
            seen.as_ref().is_some_and(|(before, of): &Look| before == files && of.ptr_eq(world))
        };
        if !event && now.as_ref().is_some_and(is_seen) {
            continue;
        }
        seen = now;
        if let Err(error) = load(folder, &world) {
            let now: Option<Arc<str>> = Some(error.to_string().into());
            if now != trouble {
                tracing::error!(%error, "the scenarios are not loaded; those before them stay");
            }
        }
        trouble = world.scenarios.trouble();
    }
}
