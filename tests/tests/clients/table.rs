//! `docs/reference/clients.md`: which client does what.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use crate::behaviours::{BEHAVIOURS, Outcome};
use crate::languages::Language;

const HEAD: &str = "\
<!-- Written by `UPDATE_GOLDEN=1 cargo xtask clients` from what the clients did. -->

# What each reference client does

Every client plays the same list against a running onshi-mock. ✓ passed, – not offered (the client's page says why).
C# is run with Mono where that is installed.

";

/// Compares a client's column with what it did, or writes it.
pub(crate) fn hold(language: Language, outcomes: &BTreeMap<String, Outcome>) {
    static WRITING: Mutex<()> = Mutex::new(());
    let own = |behaviour: &str| match outcomes[behaviour] {
        Outcome::Passed => "✓",
        Outcome::NotOffered => "–",
        Outcome::Failed(_) | Outcome::Missing => panic!("{behaviour} was judged before"),
    };
    if env::var_os("UPDATE_GOLDEN").is_some() {
        let _one_at_a_time = WRITING.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let mut cells = read();
        for (behaviour, _) in BEHAVIOURS {
            cells.insert(((*behaviour).to_owned(), language.name().to_owned()), own(behaviour).to_owned());
        }
        fs::write(file(), written(&cells)).unwrap();
        return;
    }
    let cells = read();
    for (behaviour, _) in BEHAVIOURS {
        let kept = cells.get(&((*behaviour).to_owned(), language.name().to_owned())).map(String::as_str);
        assert_eq!(kept, Some(own(behaviour)), "{behaviour}: {} differs", file().display());
    }
}

/// The page is exactly what would be written, and no cell is missing.
pub(crate) fn is_complete() {
    if env::var_os("UPDATE_GOLDEN").is_some() {
        return;
    }
    let cells = read();
    assert_eq!(fs::read_to_string(file()).unwrap(), written(&cells), "{}", file().display());
    for (behaviour, _) in BEHAVIOURS {
        for language in Language::ALL {
            let key = ((*behaviour).to_owned(), language.name().to_owned());
            assert!(cells.contains_key(&key), "no cell for {key:?}");
        }
    }
}

type Cells = BTreeMap<(String, String), String>;

/// The cells by behaviour and client.
fn read() -> Cells {
    let text = fs::read_to_string(file()).unwrap_or_default();
    let mut rows = text
        .lines()
        .filter(|line| line.starts_with('|'))
        .map(|line| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>());
    let Some(head) = rows.next() else { return Cells::new() };
    let mut cells = Cells::new();
    for row in rows.skip(1) {
        let Some((behaviour, _)) = BEHAVIOURS.iter().find(|(name, _)| row[0] == format!("`{name}`")) else {
            continue;
        };
        for (client, cell) in head.iter().zip(&row).skip(2).filter(|(_, cell)| !cell.is_empty()) {
            cells.insert(((*behaviour).to_owned(), client.clone()), cell.clone());
        }
    }
    cells
}

fn written(cells: &Cells) -> String {
    let clients: Vec<_> = Language::ALL.iter().map(|language| language.name()).collect();
    let mut text = format!("{HEAD}| | behaviour | {} |\n|---|---|", clients.join(" | "));
    text += &":-:|".repeat(clients.len());
    text.push('\n');
    for (behaviour, sentence) in BEHAVIOURS {
        text += &format!("| `{behaviour}` | {sentence} |");
        for client in &clients {
            let cell = cells.get(&((*behaviour).to_owned(), (*client).to_owned()));
            text += &format!(" {} |", cell.map_or("", String::as_str));
        }
        text.push('\n');
    }
    text
}

fn file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/reference/clients.md")
}
