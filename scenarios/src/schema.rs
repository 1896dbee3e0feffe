//! The JSON Schema of a pack, generated from the types that it is read into.
//!
//! What a schema cannot say (check digits, keys that refer to each other, bytes in Shift_JIS) is left to reading.

use std::borrow::Cow;
use std::marker::PhantomData;

use messages::dialect::Dialect;
use messages::id::MessageId;
use messages::value::Value;
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::json;

use crate::date_rule::DateRule;
use crate::history::{checkup_profiles, profiles};
use crate::raw;

/// The schema of a pack as JSON, ending in a line break: what `onshi-mock schema` prints.
#[must_use]
pub fn schema() -> String {
    let root = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<raw::Pack>();
    let mut document = root.to_value();
    without_null(&mut document);
    if let Some(root) = document.as_object_mut() {
        root.insert("title".to_owned(), json!("A pack of onshi-mock"));
    }
    format!("{document:#}\n")
}

/// Takes `null` out of what may be left out: nothing behind a key is a slip of the pen.
fn without_null(schema: &mut serde_json::Value) {
    let null = json!("null");
    if let Some(members) = schema.as_object_mut() {
        if let Some(types) = members.get_mut("type").and_then(serde_json::Value::as_array_mut) {
            types.retain(|kind| *kind != null);
            if let [only] = types.as_slice() {
                let only = only.clone();
                members.insert("type".to_owned(), only);
            }
        }
        let choices = members.get_mut("anyOf").and_then(serde_json::Value::as_array_mut);
        if let Some(choices) = choices {
            choices.retain(|choice| choice.get("type") != Some(&null));
            if let [serde_json::Value::Object(only)] = choices.as_slice() {
                let only = only.clone();
                members.remove("anyOf");
                members.extend(only);
            }
        }
        if members.get("default") == Some(&serde_json::Value::Null) {
            members.remove("default");
        }
        members.values_mut().for_each(without_null);
    } else if let Some(items) = schema.as_array_mut() {
        items.iter_mut().for_each(without_null);
    }
}

/// Stands for a value of the wire where a schema is generated: `#[schemars(with = "Option<Wire<Sex>>")]`.
///
/// `messages` knows no schemas, so its values can't describe themselves.
#[derive(Debug)]
pub struct Wire<V>(PhantomData<V>);

impl<V: Value> JsonSchema for Wire<V> {
    fn schema_name() -> Cow<'static, str> {
        V::KIND.name.into()
    }

    fn schema_id() -> Cow<'static, str> {
        format!("messages::value::{}", V::KIND.name).into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let kind = V::KIND;
        let description = format!("{} / {}", kind.ja, kind.en);
        if !kind.codes.is_empty() {
            let code = |(code, meaning): &(&str, &str)| json!({"const": code, "description": meaning});
            let codes: Vec<_> = kind.codes.iter().map(code).collect();
            return json_schema!({"description": description, "type": "string", "oneOf": codes});
        }
        let mut schema = json_schema!({"description": description, "type": "string"});
        if let Some(pattern) = V::pattern() {
            schema.insert("pattern".to_owned(), json!(pattern));
        }
        schema
    }
}

/// Declares names of which a schema knows all: what they are called, and each with its meaning.
macro_rules! named {
    ($($(#[$meta:meta])* $name:ident: $about:literal, $all:expr;)*) => {$(
        $(#[$meta])*
        #[derive(Debug)]
        pub(crate) struct $name;

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                let name = |(name, meaning): (String, String)| json!({"const": name, "description": meaning});
                let names: Vec<_> = $all.map(name).collect();
                json_schema!({"description": $about, "type": "string", "oneOf": names})
            }
        }
    )*};
}

named! {
    /// Stands for the key of a profile of visits.
    HistoryKey: "A kind of medical history.",
        profiles().iter().map(|profile| (profile.key.clone(), both(&profile.title)));
    /// Stands for the key of a profile of check-ups.
    CheckupKey: "A kind of results of the yearly check-ups.",
        checkup_profiles().iter().map(|profile| (profile.key.clone(), both(&profile.title)));
    /// Stands for a row of the dialect that holds a code.
    CodeRow: "A row of the dialect that holds a code of an error; the code is that of the built-in dialect.",
        Dialect::built_in().rows().into_iter().filter_map(|row| {
            Some((row.name.strip_prefix("codes.")?.to_owned(), row.value))
        });
    /// Stands for the id of a message.
    MessageName: "The id of a message.",
        MessageId::ALL.iter().map(|id| (id.as_str().to_owned(), format!("{} / {}", id.name().ja, id.name().en)));
}

fn both(title: &raw::Title) -> String {
    format!("{} / {}", title.ja, title.en)
}

impl JsonSchema for DateRule {
    fn schema_name() -> Cow<'static, str> {
        "DateRule".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A day: one of the calendar, or one that follows today, so that no pack grows old. \
                `today`, `start of` or `end of` `month`, `year` or `fiscal year` (April to March), `birthday 75`; \
                then any of `+ 1d`, `- 2w`, `+ 3m`, `- 4y`.",
            "type": "string",
            "pattern": DateRule::PATTERN,
            "examples": ["1980-01-01", "today - 1d", "end of month", "start of fiscal year - 1y", "birthday 75"],
        })
    }
}
