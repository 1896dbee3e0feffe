//! How each client is built and its driver started. Whatever comes of it lies under `target/clients`.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use system_tests::names;

/// A client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    Rust,
    Python,
    Java,
    TypeScript,
    CSharp,
    Shell,
}

impl Language {
    /// In the order of the columns.
    pub(crate) const ALL: &[Self] =
        &[Self::Rust, Self::Python, Self::Java, Self::TypeScript, Self::CSharp, Self::Shell];

    /// Its column.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Rust => "Rust",
            Self::Python => "Python",
            Self::Java => "Java",
            Self::TypeScript => "TypeScript",
            Self::CSharp => "C#",
            Self::Shell => "shell",
        }
    }

    /// Its folder in `clients/`.
    pub(crate) fn folder(self) -> &'static str {
        match self {
            Self::Rust => "rust",
            Self::Python => "python",
            Self::Java => "java",
            Self::TypeScript => "typescript",
            Self::CSharp => "csharp",
            Self::Shell => "curl",
        }
    }

    /// Whether it can be run here. Only C# need not be.
    pub(crate) fn is_here(self) -> bool {
        self != Self::CSharp || is_there("mcs") && is_there("mono")
    }

    /// Builds the client; its driver, ready to be started.
    ///
    /// # Panics
    /// If it can't be built.
    pub(crate) fn driver(self) -> Command {
        let place = self.copied("behaviours");
        match self {
            Self::Rust => rust(),
            Self::Python => with(python(&place), place.join("tests/behaviours.py")),
            Self::Java => java(&place),
            Self::TypeScript => {
                typescript(&place);
                with("node", place.join("dist/tests/behaviours.js"))
            }
            Self::CSharp => csharp(&place),
            Self::Shell => with("sh", place.join("tests/behaviours.sh")),
        }
    }

    /// A fresh copy of the client's folder.
    pub(crate) fn copied(self, purpose: &str) -> PathBuf {
        let from = root().join("clients").join(self.folder());
        let to = place().join(purpose).join(self.folder());
        if to.exists() {
            fs::remove_dir_all(&to).unwrap();
        }
        copy(&from, &to);
        to
    }
}

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
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
    python_with(package, "python-environment", "pkcs12")
}

/// Python with the package and an extra of it, in the environment of a name.
pub(crate) fn python_with(package: &Path, environment: &str, extra: &str) -> PathBuf {
    let environment = place().join(environment);
    let python = environment.join("bin/python");
    if !python.exists() {
        run(Command::new("python3").args(["-m", "venv"]).arg(&environment));
    }
    // Without a cache: a package of the same version would not be built again.
    let what = format!("{}[{extra}]", package.display());
    run(Command::new(&python).args(["-m", "pip", "install", "--quiet", "--force-reinstall", &what]));
    python
}

/// Installs what the TypeScript client takes, and builds it.
pub(crate) fn typescript(place: &Path) {
    run(Command::new("npm").args(["ci", "--no-audit", "--no-fund"]).current_dir(place));
    run(Command::new("npm").args(["run", "build"]).current_dir(place));
}

/// A program with one argument.
fn with(program: impl AsRef<OsStr>, argument: PathBuf) -> Command {
    let mut command = Command::new(program);
    command.arg(argument);
    command
}

fn java(place: &Path) -> Command {
    let classes = place.join("classes");
    let mut javac = Command::new("javac");
    javac.args(["-encoding", "UTF-8", "-Xlint:all,-serial", "-Werror", "-d"]).arg(&classes);
    run(javac.args(sources(&place.join("src"), "java")));
    let mut driver = Command::new("java");
    driver.arg("-cp").arg(classes).arg("Behaviours");
    driver
}

fn csharp(place: &Path) -> Command {
    let program = place.join("behaviours.exe");
    let mut mcs = Command::new("mcs");
    // 7.2 is the newest that it knows below 7.3.
    mcs.args(["-langversion:7.2", "-warnaserror", "-codepage:utf8", "-main:Behaviours"]);
    for library in ["System.Runtime.Serialization", "System.Xml", "System.Xml.Linq"] {
        mcs.arg(format!("-r:{library}.dll"));
    }
    run(mcs.arg(format!("-out:{}", program.display())).args(sources(place, "cs")));
    let mut driver = with("sh", place.join("tests/mono.sh"));
    driver.arg(program);
    driver
}

/// The driver of the Rust client, built beside the other binaries.
fn rust() -> Command {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let target = place().parent().unwrap().to_owned();
    let mut build = Command::new(cargo);
    build
        .args([
            "build",
            "--package",
            "onshi-client",
            "--features",
            "testing",
            "--example",
            "behaviours",
            "--target-dir",
        ])
        .arg(&target);
    run(build.current_dir(env!("CARGO_MANIFEST_DIR")));
    Command::new(target.join("debug/examples/behaviours"))
}

/// Every source below a folder.
fn sources(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let paths = names(folder).into_iter().map(|name| folder.join(name));
    let found = paths.flat_map(|path| match path.extension() {
        _ if path.is_dir() => sources(&path, ending),
        Some(own) if own == ending => vec![path],
        _ => vec![],
    });
    found.collect()
}

fn is_there(program: &str) -> bool {
    Command::new(program).arg("--version").output().is_ok()
}

/// Runs a command to its end.
pub(crate) fn run(command: &mut Command) {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{command:?}\n{}{}", text(&output.stdout), text(&output.stderr));
}
