//! Every example in the documents is read and checked.

use std::fs;
use std::path::{Path, PathBuf};

use messages::dialect::Dialect;
use scenarios::{Pack, packs, schema, shipped};
use serde_json::{Value, json};

fn docs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("docs")
}

fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() {
            found.extend(files(&entry, extension));
        } else if entry.extension().is_some_and(|e| e == extension) {
            found.push(entry);
        }
    }
    found.sort();
    found
}

/// The blocks of YAML in a page.
fn blocks(page: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut open: Option<String> = None;
    for line in page.lines() {
        match (&mut open, line.trim_start()) {
            (None, "```yaml") => open = Some(String::new()),
            (Some(_), "```") => blocks.extend(open.take()),
            (Some(block), _) => *block = format!("{block}{line}\n"),
            (None, _) => {}
        }
    }
    blocks
}

/// A scenario, with the cards that it names.
fn check(name: &str, text: &str) -> Result<Pack, String> {
    let shipped: Vec<_> = packs().iter().filter_map(|(name, _)| shipped(name)).collect();
    let known = shipped.iter().flat_map(|pack| &pack.cards).map(|card| card.key.as_str());
    let pack = Pack::read(name, text).map_err(|error| error.to_string())?;
    pack.check_cards(name, known).map_err(|error| error.to_string())?;
    Ok(pack)
}

/// Parts of a scenario: each line that is not indented begins one, and some definition of the language has its key.
fn is_fragment(text: &str) -> bool {
    let mut parts: Vec<String> = Vec::new();
    for line in text.lines() {
        match parts.last_mut() {
            Some(part) if line.starts_with([' ', '#']) || line.is_empty() => {
                *part = format!("{part}\n{line}")
            }
            _ => parts.push(line.to_owned()),
        }
    }
    let schema: Value = serde_json::from_str(&schema()).unwrap();
    let definitions: Vec<&Value> = schema["$defs"].as_object().unwrap().values().collect();
    let choices = definitions.iter().filter_map(|schema| schema["oneOf"].as_array()).flatten();
    let owners: Vec<&Value> = choices.chain(definitions.iter().copied()).collect();
    parts.iter().all(|part| {
        let Ok(Value::Object(keys)) = serde_saphyr::from_str::<Value>(part) else { return false };
        keys.iter().all(|(key, value)| {
            let mut known = owners.iter().filter_map(|owner| owner["properties"].get(key));
            known.any(|known| {
                let mut known = known.clone();
                known["$defs"] = schema["$defs"].clone();
                jsonschema::draft202012::new(&known).unwrap().is_valid(value)
            })
        })
    })
}

/// Whether a block is no scenario but a pipeline, a compose file or the configuration of terminals: by its sections.
fn is_foreign(block: &str) -> bool {
    let sections = ["jobs:", "test:", "services:", "terminals:"];
    block.lines().any(|line| sections.iter().any(|section| line.starts_with(section)))
}

#[test]
fn every_block_of_yaml_in_the_documents_is_a_scenario_a_part_of_one_or_rows_of_the_dialect() {
    let mut seen = 0;
    for page in files(&docs(), "md") {
        for block in blocks(&fs::read_to_string(&page).unwrap()) {
            if is_foreign(&block) {
                continue;
            }
            seen += 1;
            let whole = check("block.yaml", &block);
            let fits = whole.is_ok() || is_fragment(&block) || Dialect::built_in().with(&block).is_ok();
            assert!(fits, "{}:\n{block}\n{}", page.display(), whole.unwrap_err());
        }
    }
    assert!(seen >= 20, "{seen}");
}

#[test]
fn every_example_file_is_checked_and_satisfies_the_schema() {
    let schema: Value = serde_json::from_str(&schema()).unwrap();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let examples = files(&docs(), "yaml");
    assert!(examples.len() >= 2);
    for path in examples {
        let text = fs::read_to_string(&path).unwrap();
        check(&path.display().to_string(), &text).unwrap_or_else(|error| panic!("{error}"));
        let value = serde_saphyr::from_str(&text).unwrap();
        let errors: Vec<_> =
            validator.iter_errors(&value).map(|e| format!("{}: {e}", e.instance_path())).collect();
        assert_eq!(json!(errors), json!([]), "{}", path.display());
        assert!(text.starts_with("# yaml-language-server: $schema=../../scenarios/pack.schema.json\n"));
    }
}

#[test]
fn every_shipped_pack_names_only_cards_that_exist() {
    for (name, text) in packs() {
        check(name, text).unwrap_or_else(|error| panic!("{error}"));
    }
}

#[test]
fn a_block_with_a_mistake_is_no_fragment() {
    assert!(is_fragment("ask: {branch: none}  # nothing\ntimes: {first: 2}\n"));
    for wrong in ["aks: {branch: none}", "ask: {brunch: none}", "times: {first: two}", "ask: x", "- ask"] {
        assert!(!is_fragment(wrong), "{wrong}");
    }
}
