//! Puts deliveries into the folder `face`: each whole, and once only, whenever the process may be killed.
//!
//! What was placed is remembered in the work folder, in the file `deliveries`, which is always replaced as a whole:
//!
//! | `deliveries` | `.<number>.tmp` in `face` | what happened | what to do at start |
//! |---|---|---|---|
//! | none, or up to a number | any | everything up to it is done with | ask for what comes after it |
//! | placing | yes | whole, not yet in place | rename into place, remember |
//! | placing | no | in place, perhaps already taken away | remember |

use std::{
    borrow::Cow,
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

use messages::channel::{Delivery, Folder};
use serde::{Deserialize, Serialize};

use crate::crypt::Encryption;
use crate::work::{DeliveryError, Work, ignore_missing};

const KEPT: &str = "deliveries";
const KEPT_TEMPORARY: &str = ".deliveries.tmp";

/// Characters in the longest name that is accepted.
const LONGEST_NAME: usize = 200;

/// The folder `face` with the memory of what was placed there.
#[derive(Debug)]
pub(crate) struct Face {
    work: Arc<Work>,
    memory: Memory,
    encryption: Option<Encryption>,
}

/// What the terminal remembers of its deliveries.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Memory {
    /// Everything up to this number is done with.
    up_to: u64,
    /// The delivery that lies whole in `face` under its temporary name and is about to be renamed.
    placing: Option<Placing>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Placing {
    number: u64,
    name: String,
}

/// What is to be done with one delivery.
#[derive(Debug)]
pub(crate) enum Step {
    /// Finish what an earlier terminal did not.
    Resume,
    /// Write the file.
    Place(Delivery, Vec<u8>),
    /// Nothing, and never ask for it again.
    Skip(u64),
}

impl Face {
    /// Remembers what an earlier terminal placed. If that can't be read, nothing: the service has only what was not
    /// acknowledged.
    pub(crate) fn open(work: Arc<Work>, encryption: Option<Encryption>) -> Self {
        let path = work.folders.work.join(KEPT);
        let kept = fs::read(&path).map_err(|error| error.to_string());
        let memory = kept.and_then(|kept| Memory::from_json(&kept)).unwrap_or_else(|error| {
            if path.exists() {
                tracing::warn!(path = %path.display(), %error, "can't read what was delivered; asking for everything");
            }
            Memory::default()
        });
        Self { work, memory, encryption }
    }

    /// Whether an earlier terminal left [`Step::Resume`] to do.
    pub(crate) fn is_unfinished(&self) -> bool {
        self.memory.placing.is_some()
    }

    /// Everything up to this number is done with.
    pub(crate) fn up_to(&self) -> u64 {
        self.memory.up_to
    }

    /// May be called again after an error, with the same step.
    pub(crate) fn take(&mut self, step: &Step) -> Result<(), DeliveryError> {
        match step {
            Step::Resume => {
                if let Some(placing) = self.memory.placing.clone() {
                    self.resume(&placing)?;
                }
            }
            Step::Place(delivery, bytes) if self.memory.up_to < delivery.number => {
                self.place(delivery, bytes)?;
            }
            // In place, only not yet remembered.
            Step::Place(..) => {}
            Step::Skip(number) => {
                // Written, but gone before it was placed: nobody else would tidy up.
                let _ = fs::remove_file(self.temporary(*number));
                self.memory = Memory::up_to(*number);
            }
        }
        self.keep(&self.memory)
    }

    fn resume(&mut self, placing: &Placing) -> Result<(), DeliveryError> {
        let (folder, temporary) = (self.folder(Folder::Face), self.temporary(placing.number));
        match fs::rename(&temporary, folder.join(&placing.name)) {
            Ok(()) => {}
            // A folder that went away takes the file along: then the file is not gone, only out of reach.
            Err(error)
                if error.kind() == io::ErrorKind::NotFound
                    && folder.is_dir()
                    && !temporary.try_exists().unwrap_or(true) => {}
            Err(error) => return Err(DeliveryError::during("rename the file into place")(error)),
        }
        self.memory = Memory::up_to(placing.number);
        Ok(())
    }

    fn place(&mut self, delivery: &Delivery, bytes: &[u8]) -> Result<(), DeliveryError> {
        let (name, bytes) = &self.sealed(&delivery.name, bytes)?;
        let temporary = self.temporary(delivery.number);
        write(&temporary, bytes).map_err(DeliveryError::during("write the file"))?;
        let placing = Placing { number: delivery.number, name: name.clone() };
        self.keep(&Memory { up_to: self.memory.up_to, placing: Some(placing) })?;
        let renamed = fs::rename(&temporary, self.folder(delivery.folder).join(name));
        if let Err(error) = renamed {
            // Not in place after all. If even that can't be kept, a kill at this moment may lose the file.
            let _ = self.keep(&self.memory);
            return Err(DeliveryError::during("rename the file into place")(error));
        }
        self.memory = Memory::up_to(delivery.number);
        Ok(())
    }

    /// Name and content of the file: of a ZIP, if it is to be encrypted (`encrypt_face.conf`).
    fn sealed<'a>(&self, name: &str, bytes: &'a [u8]) -> Result<(String, Cow<'a, [u8]>), DeliveryError> {
        let Some(encryption) = self.encryption.as_ref().filter(|encryption| encryption.covers(name)) else {
            return Ok((name.to_owned(), bytes.into()));
        };
        let zip = encryption.seal(name, bytes).map_err(io::Error::other);
        let zip = zip.map_err(DeliveryError::during("encrypt the file"))?;
        Ok((format!("{}.zip", name.trim_end_matches(".xml")), zip.into()))
    }

    fn keep(&self, memory: &Memory) -> Result<(), DeliveryError> {
        let (work, json) = (&self.work.folders.work, memory.to_json());
        let (temporary, path) = (work.join(KEPT_TEMPORARY), work.join(KEPT));
        write(&temporary, json.as_bytes())
            .and_then(|()| fs::rename(&temporary, path))
            .map_err(DeliveryError::during("remember what was delivered"))
    }

    fn folder(&self, folder: Folder) -> &Path {
        match folder {
            Folder::Face => &self.work.folders.face,
        }
    }

    fn temporary(&self, number: u64) -> PathBuf {
        self.work.folders.face.join(format!(".{number}.tmp"))
    }
}

impl Memory {
    fn up_to(number: u64) -> Self {
        Self { up_to: number, placing: None }
    }

    fn to_json(&self) -> String {
        serde_json::to_string(self).expect("a memory is numbers and a string")
    }

    fn from_json(bytes: &[u8]) -> Result<Self, String> {
        let memory: Self = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        match &memory.placing {
            Some(placing) if !is_ours(&placing.name) => Err("it names a file elsewhere".to_owned()),
            Some(_) | None => Ok(memory),
        }
    }
}

/// Whether a file of this name may be written: `[A-Za-z0-9_-]+\.xml`, so never one outside its folder.
pub(crate) fn is_accepted(name: &str) -> bool {
    name.len() <= LONGEST_NAME
        && name.strip_suffix(".xml").is_some_and(|stem| {
            !stem.is_empty() && stem.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
        })
}

/// The same, or encrypted.
fn is_ours(name: &str) -> bool {
    is_accepted(&name.strip_suffix(".zip").map_or_else(|| name.to_owned(), |stem| format!("{stem}.xml")))
}

/// Not only handed to the system, but on the disk, so that a power failure leaves no name without its content.
fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = fs::File::create(path)?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all());
    drop(file);
    written.inspect_err(|_| {
        // A full disk is not filled further; what remains is written over by the next attempt.
        let _ = fs::remove_file(path).or_else(ignore_missing);
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::work::tests::{folders, names};

    const NAME: &str = "OQSsiquc01res_face_1312345678abc_20260401090000.xml";

    fn delivery(number: u64) -> Step {
        let delivery = Delivery { number, folder: Folder::Face, name: NAME.to_owned() };
        Step::Place(delivery, b"<a/>".to_vec())
    }

    #[test]
    fn names_are_plain_names_of_xml_files() {
        let longest = format!("{}.xml", "a".repeat(196));
        for name in [NAME, "a.xml", "-_-.xml", &longest] {
            assert!(is_accepted(name), "{name}");
        }
        let too_long = format!("a{longest}");
        for name in [
            "",
            ".xml",
            "a",
            "a.XML",
            "a.xml.exe",
            "a.b.xml",
            "../a.xml",
            "/a.xml",
            "a/b.xml",
            "a\\b.xml",
            "C:a.xml",
            ".a.xml",
            "a b.xml",
            "a\n.xml",
            "\0.xml",
            "花.xml",
            &too_long,
        ] {
            assert!(!is_accepted(name), "{name}");
        }
    }

    #[test]
    fn a_rename_that_fails_is_not_remembered_as_done_even_if_the_folder_returns_empty() {
        let (_place, folders) = folders();
        let work = Arc::new(Work::open(folders.clone()).unwrap());
        let mut face = Face::open(Arc::clone(&work), None);
        let obstacle = folders.face.join(NAME);
        fs::create_dir(&obstacle).unwrap();
        let error = face.take(&delivery(7)).unwrap_err();
        assert!(error.to_string().starts_with("can't rename the file into place"), "{error}");
        fs::remove_dir_all(&folders.face).unwrap();

        let mut later = Face::open(work, None);
        assert!(!later.is_unfinished() && later.up_to() == 0);
        fs::create_dir(&folders.face).unwrap();
        later.take(&delivery(7)).unwrap();
        assert_eq!(names(&folders.face), [NAME]);
    }

    #[test]
    fn a_file_in_place_is_not_written_again_while_it_can_t_be_remembered() {
        let (_place, folders) = folders();
        let mut face = Face::open(Arc::new(Work::open(folders.clone()).unwrap()), None);
        face.take(&delivery(7)).unwrap();
        fs::remove_file(folders.face.join(NAME)).unwrap();
        fs::remove_file(folders.work.join(KEPT)).unwrap();
        let obstacle = folders.work.join(KEPT_TEMPORARY);
        fs::create_dir(&obstacle).unwrap();
        assert!(face.take(&delivery(7)).is_err());
        fs::remove_dir(&obstacle).unwrap();
        face.take(&delivery(7)).unwrap();
        assert!(names(&folders.face).is_empty());
        assert!(folders.work.join(KEPT).exists());
    }

    #[test]
    fn a_file_that_was_about_to_be_renamed_waits_for_a_folder_out_of_reach() {
        let (_place, folders) = folders();
        let json = Memory { up_to: 3, placing: Some(Placing { number: 7, name: NAME.to_owned() }) }.to_json();
        fs::write(folders.work.join(KEPT), json).unwrap();
        fs::write(folders.face.join(".7.tmp"), "<a/>").unwrap();
        let away = folders.face.with_extension("away");
        fs::rename(&folders.face, &away).unwrap();
        let mut face = Face::open(Arc::new(Work::open(folders.clone()).unwrap()), None);
        assert!(face.take(&Step::Resume).is_err() && face.is_unfinished());
        fs::rename(&away, &folders.face).unwrap();
        face.take(&Step::Resume).unwrap();
        assert_eq!((face.up_to(), names(&folders.face)), (7, vec![NAME.to_owned()]));
    }
}
