//! The path of a newcomer: the lines under "Start" of each client's README, as they stand but for place and port.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use system_tests::{CLINIC, Mock};

use crate::ground::{OLD_TERMINAL, place_with_old_terminal};
use crate::languages::{Language, place, root};

/// Runs the lines, and expects what the example says at its end.
pub(crate) fn follow(language: Language) {
    let own = language.folder();
    let text = fs::read_to_string(root().join("clients").join(own).join("README.md")).unwrap();
    let (_, start) = text.split_once("## Start\n").unwrap();
    let (_, block) = start.split_once("```sh\n").unwrap();
    let (lines, _) = block.split_once("\n```").unwrap();

    let mock = Mock::plan().without_terminal().start_in(place_with_old_terminal());
    let folder = checkout(language, mock.service);
    symlink(mock.place.data(), folder.join("onshi-data")).unwrap();
    keep(&folder);
    let cargo = format!(
        "cargo run --manifest-path '{}/Cargo.toml' --target-dir '{}'",
        root().display(),
        place().parent().unwrap().display()
    );
    let mut lines =
        lines.replace("cargo run", &cargo).replace("localhost:8443", &format!("localhost:{}", mock.service));
    if language == Language::CSharp {
        // The tests' own key is none for Mono.
        lines = lines.replace(CLINIC, OLD_TERMINAL);
    }
    let output = Command::new("sh").args(["-euc", &lines]).current_dir(&folder).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (told, complaints) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{lines}\n{told}{complaints}");
    assert!(told.trim_end().ends_with("validity 1"), "{lines}\n{told}{complaints}");
    assert_eq!(
        git(&folder, &["ls-files", "--others", "--exclude-standard"]),
        "",
        "left behind and not ignored"
    );
}

/// Gives a folder to git, with what the repository ignores.
fn keep(folder: &Path) {
    fs::copy(root().join(".gitignore"), folder.join(".gitignore")).unwrap();
    git(folder, &["init", "--quiet"]);
    git(folder, &["add", "--all"]);
}

fn git(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git").args(arguments).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// A folder with the client as in a clean checkout, whose examples call our port.
fn checkout(language: Language, port: u16) -> PathBuf {
    let folder = place().join("newcomer").join(language.folder());
    if folder.exists() {
        fs::remove_dir_all(&folder).unwrap();
    }
    let client = language.copied(&format!("newcomer/{}/clients", language.folder()));
    for example in fs::read_dir(client.join("examples")).unwrap() {
        retarget(&example.unwrap().path(), port);
    }
    folder
}

fn retarget(example: &Path, port: u16) {
    let text = fs::read_to_string(example).unwrap();
    fs::write(example, text.replace("localhost:8443", &format!("localhost:{port}"))).unwrap();
}
