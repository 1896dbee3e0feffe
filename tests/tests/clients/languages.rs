//! How each client is built and its driver started. Whatever comes of it lies under `target/clients`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use system_tests::names;

/// A client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    Python,
}

impl Language {
    pub(crate) const ALL: &[Self] = &[Self::Python];

    /// Its column.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Python => "Python",
        }
    }

    /// Its folder in `clients/`.
    pub(crate) fn folder(self) -> &'static str {
        match self {
            Self::Python => "python",
        }
    }

    /// The programs that it takes.
    pub(crate) fn needs(self) -> &'static str {
        match self {
            Self::Python => "python3 with venv",
        }
    }

    /// Builds the client; its driver, ready to be started. `None` where it can't be run and need not be.
    ///
    /// # Panics
    /// If it can't be built.
    pub(crate) fn driver(self) -> Option<Command> {
        let place = self.copied("behaviours");
        match self {
            Self::Python => {
                let mut driver = Command::new(python(&place));
                driver.arg(place.join("tests/behaviours.py"));
                Some(driver)
            }
        }
    }

    /// A fresh copy of the client's folder.
    pub(crate) fn copied(self, purpose: &str) -> PathBuf {
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("../clients").join(self.folder());
        let to = place().join(purpose).join(self.folder());
        if to.exists() {
            fs::remove_dir_all(&to).unwrap();
        }
        copy(&from, &to);
        to
    }
}

/// `target/clients`.
pub(crate) fn place() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap().join("clients")
}

/// What a developer's own builds leave behind.
const LEFT: [&str; 9] =
    [".venv", "__pycache__", "node_modules", "dist", "build", "target", "bin", "obj", "out"];

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for name in names(from).iter().filter(|name| !LEFT.contains(&name.as_str())) {
        let (from, to) = (from.join(name), to.join(name));
        if from.is_dir() {
            copy(&from, &to);
        } else {
            fs::copy(from, to).unwrap();
        }
    }
}

/// Python with the package installed, in an environment of its own.
fn python(package: &Path) -> PathBuf {
    let environment = place().join("python-environment");
    let python = environment.join("bin/python");
    if !python.exists() {
        run(Command::new("python3").args(["-m", "venv"]).arg(&environment));
    }
    // Without a cache: a package of the same version would not be built again.
    let what = format!("{}[pkcs12]", package.display());
    run(Command::new(&python).args(["-m", "pip", "install", "--quiet", "--force-reinstall", &what]));
    python
}

/// Runs a command to its end.
pub(crate) fn run(command: &mut Command) {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{command:?}\n{}{}", text(&output.stdout), text(&output.stderr));
}
