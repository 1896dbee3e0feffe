//! What is said about a pack with a fault: `test-data/err/<label>-<what>.yaml` and `.out`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::{env, fs};

use scenarios::Pack;
use scenarios::diagnostic::Paint;
use scenarios::label::labels;
use scenarios::standard;

pub(crate) fn fixtures() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("test-data/err");
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut packs: Vec<_> = entries.filter(|path| path.extension().is_some_and(|e| e == "yaml")).collect();
    packs.sort();
    packs
}

fn label(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().split('-').next().unwrap_or_default().to_owned()
}

#[test]
fn each_wrong_pack_is_refused_with_label_place_and_what_is_allowed() {
    let mut differing = Vec::new();
    // Cards of other packs are known only where packs come together.
    let known = standard().cards;
    for path in fixtures() {
        let text = fs::read_to_string(&path).unwrap();
        let error = Pack::read("pack.yaml", &text)
            .and_then(|pack| pack.check_cards("pack.yaml", known.iter().map(|card| card.key.as_str())))
            .expect_err(&path.to_string_lossy());
        let said = error.draw(&text, Paint::Plain);
        assert!(error.problems.iter().any(|p| p.label == label(&path)), "{}: {said}", path.display());
        let golden = path.with_extension("out");
        if env::var_os("UPDATE_GOLDEN").is_some() {
            fs::write(golden, said).unwrap();
        } else if fs::read_to_string(&golden).ok().as_deref() != Some(&*said) {
            differing.push(format!("{}:\n{said}", golden.display()));
        }
    }
    assert!(differing.is_empty(), "UPDATE_GOLDEN=1 rewrites these:\n{}", differing.join("\n"));
}

#[test]
fn every_label_has_a_fixture_and_every_fixture_a_label() {
    // A file that is too large is made, not kept: see hostile.rs.
    let mut found: BTreeSet<_> = fixtures().iter().map(|path| label(path)).collect();
    // What the service answers is asked where the service is: see `onshi-mock check`.
    found.extend(["S002".to_owned(), "S201".to_owned()]);
    assert_eq!(found, labels().map(|(label, _)| label.to_owned()).collect());
}

#[test]
fn no_text_stands_without_its_pack() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("test-data/err");
    let outs = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    for out in outs.filter(|path| path.extension().is_some_and(|e| e == "out")) {
        assert!(out.with_extension("yaml").exists(), "{} has no pack", out.display());
    }
}
