//! Every reference client against a real onshi-mock: the same list of behaviours, one column of the table each.
//!
//! A client's driver gets its ground from the environment (`ground.rs` lists the names) and prints one line of JSON per
//! behaviour. What it passes is compared with `docs/reference/clients.md`; `UPDATE_GOLDEN=1` writes its column anew.
#![cfg(feature = "clients")]
#![expect(clippy::unwrap_used, reason = "tests")]

mod behaviours;
mod containers;
mod ground;
mod languages;
mod newcomer;
mod table;
mod troubles;

use behaviours::{BEHAVIOURS, Outcome};
use ground::Ground;
use languages::Language;

#[test]
fn the_rust_client_behaves_as_the_table_says() {
    judge(Language::Rust);
}

#[test]
fn the_python_client_behaves_as_the_table_says() {
    judge(Language::Python);
}

#[test]
fn the_java_client_behaves_as_the_table_says() {
    judge(Language::Java);
}

#[test]
fn the_typescript_client_behaves_as_the_table_says() {
    judge(Language::TypeScript);
}

#[test]
fn the_csharp_client_behaves_as_the_table_says() {
    judge(Language::CSharp);
}

#[test]
fn the_shell_client_behaves_as_the_table_says() {
    judge(Language::Shell);
}

/// Runs the driver of a client and holds its outcomes against its column.
fn judge(language: Language) {
    if !language.is_here() {
        eprintln!("NOT RUN HERE: {}", language.name());
        return;
    }
    let driver = language.driver();
    let ground = Ground::lay();
    let outcomes = behaviours::play(driver, &ground);
    for (behaviour, sentence) in BEHAVIOURS {
        let outcome = outcomes.get(*behaviour).unwrap_or(&Outcome::Missing);
        eprintln!("{:<12} {:<20} {outcome:<16} {sentence}", language.name(), behaviour);
    }
    let failed: Vec<_> = BEHAVIOURS
        .iter()
        .filter_map(|(behaviour, _)| {
            let outcome = outcomes.get(*behaviour).unwrap_or(&Outcome::Missing);
            (!outcome.is_fine()).then(|| format!("{behaviour}: {outcome}"))
        })
        .collect();
    assert!(failed.is_empty(), "{}:\n{}", language.name(), failed.join("\n"));
    let unknown: Vec<_> =
        outcomes.keys().filter(|name| !BEHAVIOURS.iter().any(|(known, _)| known == name)).collect();
    assert!(unknown.is_empty(), "behaviours that nobody asked for: {unknown:?}");
    ground.judge();
    table::hold(language, &outcomes);
}

#[test]
fn the_lines_of_each_readme_lead_a_newcomer_to_an_answer() {
    for language in Language::ALL.iter().filter(|language| language.is_here()) {
        newcomer::follow(*language);
    }
}

#[test]
fn the_table_has_a_column_for_every_client_and_a_row_for_every_behaviour() {
    table::is_complete();
}
