//! The reference page of the language, made from the schema; its examples come from a file that has every key.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs};

use scenarios::label::labels;
use scenarios::schema;
use serde_json::{Map, Value};

const PAGE: &str = "docs/reference/scenario-language.md";
const HEAD: &str = "<!-- Written by `UPDATE_GOLDEN=1 cargo test -p scenarios` from the types. -->

# The scenario language

A scenario is one YAML file in UTF-8. `onshi-mock check FILE` says what is wrong with one, and where; `onshi-mock schema`
prints the same rules as a JSON Schema for editors. Every example below is taken from
[docs/examples/every-key.yaml](../examples/every-key.yaml), which a test checks. [docs/packs.md](../packs.md) shows the
packs that are shipped.

Codes stand as on the wire, in quotation marks (`\"1\"`, `\"06139992\"`). Bold keys are required.
";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// The schema with its definitions in the order in which the file leads to them.
struct Language {
    schema: Value,
    names: Vec<String>,
    /// The first example of each definition.
    examples: BTreeMap<String, Value>,
    /// Keys of definitions that the examples use.
    used: BTreeSet<(String, String)>,
}

impl Language {
    fn read(example: &str) -> Self {
        let schema = serde_json::from_str(&schema()).unwrap();
        let empty = BTreeMap::new();
        let mut language = Self { schema, names: Vec::new(), examples: empty, used: BTreeSet::new() };
        let schema = language.schema.clone();
        language.name(&schema);
        let example = serde_saphyr::from_str(example).unwrap();
        language.walk(&schema, "", &example);
        language
    }

    fn definition(&self, name: &str) -> &Value {
        &self.schema["$defs"][name]
    }

    fn name(&mut self, schema: &Value) {
        if let Some(name) = reference(schema).map(str::to_owned)
            && !self.names.contains(&name)
        {
            self.names.push(name.clone());
            let definition = self.definition(&name).clone();
            self.name(&definition);
        }
        for (key, inner) in schema.as_object().into_iter().flatten().filter(|(key, _)| *key != "$defs") {
            match inner {
                Value::Object(inner) if key == "properties" => inner.values().for_each(|s| self.name(s)),
                Value::Object(_) => self.name(inner),
                Value::Array(items) => items.iter().for_each(|item| self.name(item)),
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
            }
        }
    }

    /// Goes along an example and its schema at once.
    fn walk(&mut self, schema: &Value, owner: &str, value: &Value) {
        if let Some(name) = reference(schema).map(str::to_owned) {
            self.examples.entry(name.clone()).or_insert_with(|| value.clone());
            let definition = self.definition(&name).clone();
            self.walk(&definition, &name, value);
        }
        for choice in ["oneOf", "anyOf"].iter().filter_map(|key| schema[key].as_array()).flatten() {
            let keys = choice["properties"].as_object();
            let fits = keys.map_or_else(
                || !value.is_object() || reference(choice).is_some(),
                |keys| value.as_object().is_some_and(|given| given.keys().all(|key| keys.contains_key(key))),
            );
            if fits {
                self.walk(choice, owner, value);
            }
        }
        let one = |value: &Value| value.as_str().or(value["const"].as_str()).map(str::to_owned);
        if let Some(text) = value.as_str() {
            let texts = schema["enum"].as_array().into_iter().flatten().chain(Some(schema));
            if texts.filter_map(one).any(|known| known == text) {
                self.used.insert((owner.to_owned(), text.to_owned()));
            }
        }
        for (key, inner) in value.as_object().into_iter().flatten() {
            let (known, others) = (&schema["properties"][key], &schema["additionalProperties"]);
            if known.is_object() {
                self.used.insert((owner.to_owned(), key.clone()));
                self.walk(known, owner, inner);
            } else if others.is_object() {
                self.walk(others, owner, inner);
            }
        }
        for item in value.as_array().into_iter().flatten() {
            self.walk(&schema["items"], owner, item);
        }
    }

    fn page(&self) -> String {
        let mut page = HEAD.to_owned();
        self.section(&mut page, "A file", "", &self.schema);
        for name in &self.names {
            self.section(&mut page, name, name, self.definition(name));
        }
        page.push_str("\n## What can be wrong\n\nA label never changes its meaning.\n\n| label | meaning | 日本語 |\n|---|---|---|\n");
        for (label, meaning) in labels() {
            let _ = writeln!(page, "| {label} | {} | {} |", meaning.en, meaning.ja);
        }
        page
    }

    fn section(&self, page: &mut String, title: &str, name: &str, schema: &Value) {
        let _ = writeln!(page, "\n## {title}\n\n{}", description(schema));
        if let Some(keys) = schema["properties"].as_object() {
            let _ = writeln!(page, "\n| key | value | meaning |\n|---|---|---|");
            rows(page, schema, keys);
        }
        for choices in ["oneOf", "anyOf"].iter().filter_map(|key| schema[key].as_array()) {
            let _ = writeln!(page, "\n| one of | meaning |\n|---|---|");
            for choice in choices {
                let _ = writeln!(page, "| {} | {} |", choice_name(choice), in_a_row(&description(choice)));
            }
            for (key, inner) in choices.iter().filter_map(|c| c["properties"].as_object()).flatten() {
                if let Some(keys) = inner["properties"].as_object().filter(|keys| !keys.is_empty()) {
                    let _ = writeln!(page, "\n| key of `{key}` | value | meaning |\n|---|---|---|");
                    rows(page, inner, keys);
                }
            }
        }
        if let Some(pattern) = schema["pattern"].as_str() {
            let _ = writeln!(page, "\nPattern: `{pattern}`");
        }
        let has_example = description(schema).contains("```yaml");
        if let Some(example) = self.examples.get(name).filter(|example| example.is_object() && !has_example) {
            let _ = writeln!(page, "\n```yaml\n{}```", yaml(example));
        } else if let Some(example) = self.examples.get(name).filter(|example| !example.is_object()) {
            let _ = writeln!(page, "\nFor example `{}`.", flow(example));
        }
    }
}

fn rows(page: &mut String, schema: &Value, keys: &Map<String, Value>) {
    for (key, inner) in keys {
        let required = schema["required"].as_array().is_some_and(|keys| keys.iter().any(|k| k == key));
        let key = if required { format!("**`{key}`**") } else { format!("`{key}`") };
        let _ = writeln!(page, "| {key} | {} | {} |", kind(inner), in_a_row(&description(inner)));
    }
}

fn reference(schema: &Value) -> Option<&str> {
    schema["$ref"].as_str()?.strip_prefix("#/$defs/")
}

fn link(name: &str) -> String {
    format!("[{name}](#{})", name.to_lowercase())
}

/// What stands behind a key.
fn kind(schema: &Value) -> String {
    if let Some(name) = reference(schema) {
        return link(name);
    }
    match schema["type"].as_str() {
        Some("array") => format!("list of {}", kind(&schema["items"])),
        Some("object") if schema["additionalProperties"].is_object() => {
            format!("names, each with {}", kind(&schema["additionalProperties"]))
        }
        Some("object") => "keys".to_owned(),
        Some("integer") => "whole number".to_owned(),
        Some("boolean") => "`true` or `false`".to_owned(),
        Some("string") => "text".to_owned(),
        other => other.unwrap_or("one of several").to_owned(),
    }
}

fn choice_name(choice: &Value) -> String {
    let keys = choice["properties"].as_object().into_iter().flatten().map(|(key, inner)| {
        let value = if inner["properties"].is_object() { "{…}".to_owned() } else { kind(inner) };
        format!("`{key}:` {value}")
    });
    let texts = choice["enum"].as_array().into_iter().flatten().chain(choice.get("const"));
    let texts = texts.filter_map(Value::as_str).map(|text| format!("`{text}`"));
    let name = keys.chain(texts).chain(reference(choice).map(link)).collect::<Vec<_>>().join(", ");
    if name.is_empty() { kind(choice) } else { name }
}

fn description(schema: &Value) -> String {
    let text = schema["description"].as_str().unwrap_or_default();
    text.replace("\\[", "[").trim_end().to_owned()
}

/// A description inside a table: its first paragraph.
fn in_a_row(text: &str) -> String {
    let paragraph = text.split("\n\n").next().unwrap_or_default();
    paragraph.replace('\n', " ").replace('|', "\\|")
}

fn yaml(value: &Value) -> String {
    let mut text = String::new();
    for (key, inner) in value.as_object().into_iter().flatten() {
        let items = inner.as_array().filter(|items| items.iter().any(Value::is_object));
        let _ = match items {
            Some(items) => {
                let items: Vec<_> =
                    items.iter().take(2).map(|item| format!("  - {}\n", flow(item))).collect();
                writeln!(text, "{key}:\n{}", items.concat().trim_end())
            }
            None => writeln!(text, "{key}: {}", flow(inner)),
        };
    }
    text
}

fn flow(value: &Value) -> String {
    match value {
        Value::Object(keys) => {
            let keys: Vec<_> = keys.iter().map(|(key, inner)| format!("{key}: {}", flow(inner))).collect();
            format!("{{{}}}", keys.join(", "))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", ")),
        Value::String(text) => {
            let plain = text.chars().next().is_some_and(char::is_alphabetic)
                && !text.contains([':', '#', ',', '[', ']', '{', '}']);
            let is_day =
                text.len() == 10 && text.starts_with("19") | text.starts_with("20") && text.contains('-');
            if plain || is_day { text.clone() } else { format!("{text:?}") }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}

fn example() -> String {
    fs::read_to_string(root().join("docs/examples/every-key.yaml")).unwrap()
}

#[test]
fn the_reference_page_is_what_the_types_say() {
    let page = Language::read(&example()).page();
    let path = root().join(PAGE);
    if env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, &page).unwrap();
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == page, "UPDATE_GOLDEN=1 cargo test -p scenarios renews {}", path.display());
}

#[test]
fn every_key_and_every_choice_of_the_language_stands_in_the_example() {
    let language = Language::read(&example());
    let mut missing = Vec::new();
    for (name, schema) in
        language.schema["$defs"].as_object().unwrap().iter().chain([(&String::new(), &language.schema)])
    {
        let choices = schema["oneOf"].as_array().into_iter().flatten();
        let keys = choices.chain([schema]).filter_map(|schema| schema["properties"].as_object()).flatten();
        let keys = keys.map(|(key, _)| (name.clone(), key.clone()));
        missing.extend(keys.filter(|key| !language.used.contains(key)));
    }
    assert!(missing.is_empty(), "{missing:?}");
    let without: Vec<_> =
        language.names.iter().filter(|name| !language.examples.contains_key(*name)).collect();
    assert!(without.is_empty(), "{without:?}");
}
