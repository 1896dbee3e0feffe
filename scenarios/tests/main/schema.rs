//! The schema: current, and agreeing with what is read.

use std::path::Path;
use std::{env, fs};

use scenarios::{Pack, packs, schema};
use serde_json::Value;

fn validator() -> jsonschema::Validator {
    let schema: Value = serde_json::from_str(&schema()).unwrap();
    jsonschema::draft202012::new(&schema).unwrap()
}

/// What a schema sees of a file.
fn as_json(text: &str) -> Value {
    serde_saphyr::from_str(text).unwrap()
}

#[test]
fn the_schema_file_is_what_the_types_say() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("pack.schema.json");
    if env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, schema()).unwrap();
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == schema(), "UPDATE_GOLDEN=1 cargo test -p scenarios renews {}", path.display());
}

#[test]
fn every_shipped_pack_satisfies_the_schema_and_names_it_in_its_first_line() {
    let validator = validator();
    for (name, text) in packs() {
        let errors: Vec<_> =
            validator.iter_errors(&as_json(text)).map(|e| format!("{}: {e}", e.instance_path())).collect();
        assert!(errors.is_empty(), "{name}: {errors:#?}");
        let modeline = "# yaml-language-server: $schema=../pack.schema.json";
        assert_eq!(text.lines().next(), Some(modeline), "{name}");
    }
}

#[test]
fn what_the_schema_refuses_is_refused_when_it_is_read() {
    let validator = validator();
    let mut refused = 0;
    for path in crate::pack_errors::fixtures() {
        let text = fs::read_to_string(&path).unwrap();
        let Ok(json) = serde_saphyr::from_str::<Value>(&text) else { continue };
        if !validator.is_valid(&json) {
            refused += 1;
            assert!(Pack::read("pack.yaml", &text).is_err(), "{}", path.display());
        }
    }
    assert!(refused >= 12, "{refused}");
}

#[test]
fn the_schema_knows_the_forms_of_values_and_the_keys() {
    let validator = validator();
    let pack = |changed: &str, to: &str| {
        let text = "{pack: p, about: {ja: あ, en: a}, patients: [{card: one, title: {ja: あ, en: a}, name: 見本　太郎, \
                    kana: ﾐﾎﾝ ﾀﾛｳ, sex: '1', born: 1980-01-01, insurance: [{insurer: '06139992', insurer-name: あ, \
                    number: '1', from: start of year - 1y}], expect: {validity: '1'}}]}";
        assert!(text.contains(changed), "{changed}");
        validator.is_valid(&as_json(&text.replace(changed, to)))
    };
    assert!(pack("sex: '1'", "sex: '2'"));
    for (changed, to) in [
        ("sex: '1'", "sex: '4'"),
        ("1980-01-01", "yesterday"),
        ("start of year - 1y", "start of year -1y"),
        ("06139992", "0613999"),
        ("name: 見本", "nane: 見本"),
        ("expect: {validity: '1'}", "expect: {}"),
        ("expect: {validity: '1'}", "expect: {validity: '1', segment: '9'}"),
        ("kana: ﾐﾎﾝ ﾀﾛｳ", "kana: ミホン"),
        ("number: '1'", "number: null"),
    ] {
        assert!(!pack(changed, to), "{to}");
    }
}
