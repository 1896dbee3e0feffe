//! Every line of shell in the documents does what its document says.

mod pages;
mod reader;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::recipes;

/// One test for each document that a reader can follow, named like its page.
macro_rules! documents {
    ($($page:ident: $path:literal),* $(,)?) => {
        $(
            #[test]
            fn $page() {
                let blocks = blocks($path, "sh");
                assert!(!blocks.is_empty(), "{}: nothing to run", $path);
                pages::$page(&blocks);
            }
        )*

        const FOLLOWED: &[&str] = &[$($path),*];
    };
}

documents! {
    readme: "README.md",
    cards: "docs/cards.md",
    certificates: "docs/certificates.md",
    files: "docs/files.md",
    journal: "docs/journal.md",
    lines: "docs/lines.md",
    packs: "docs/packs.md",
    portal: "docs/portal.md",
    scenarios: "docs/scenarios.md",
    service: "docs/service.md",
    terminal: "docs/terminal.md",
    worlds: "docs/worlds.md",
}

/// Languages of fences that would be shell without a test.
const OTHER_SHELLS: [&str; 4] = ["bash", "shell", "zsh", "shell-session"];

#[test]
fn no_document_has_lines_of_shell_that_no_test_runs() {
    let mut found = BTreeSet::new();
    for path in documents() {
        for language in OTHER_SHELLS {
            assert!(blocks(&path, language).is_empty(), "{path}: write sh, or console if it can't be run");
        }
        let blocks = blocks(&path, "sh");
        if path.starts_with("clients/") {
            // `cargo xtask clients` follows the one block of each client.
            assert_eq!(blocks.len(), 1, "{path}");
        } else if !blocks.is_empty() {
            found.insert(path);
        }
    }
    let followed = FOLLOWED.iter().chain(recipes::FOLLOWED).map(|path| (*path).to_owned());
    assert_eq!(found, followed.collect());
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The code blocks of a document in one language.
fn blocks(path: &str, language: &str) -> Vec<String> {
    let text = fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
    let fence = format!("```{language}\n");
    text.split(&fence).skip(1).map(|rest| rest.split_once("\n```").unwrap().0.to_owned()).collect()
}

/// Every document of the checkout, by its path from the root.
fn documents() -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![root()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            let is_ours = !name.starts_with('.') && !["target", "node_modules", "onshi-data"].contains(&name);
            if path.is_dir() && is_ours {
                folders.push(path);
            } else if name.ends_with(".md") {
                found.push(path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    assert!(found.len() > 20, "too few documents: {found:?}");
    found
}
