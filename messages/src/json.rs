//! Messages as JSON: the same names, every value a string (messages.md 6).

use serde_json::{Map, Value};

use crate::message::{Group, Sink};

/// Writes a message as the JSON of the Web API.
#[derive(Debug, Default)]
pub struct JsonSink(Map<String, Value>);

/// A group as a JSON object.
#[must_use]
pub fn object(group: &impl Group) -> Value {
    let mut sink = JsonSink::default();
    group.write(&mut sink);
    Value::Object(sink.0)
}

impl Sink for JsonSink {
    fn text(&mut self, element: &'static str, text: &str) {
        self.0.insert(element.to_owned(), Value::String(text.to_owned()));
    }

    fn group(&mut self, element: &'static str, content: &impl Group) {
        self.0.insert(element.to_owned(), object(content));
    }

    fn list<G: Group>(&mut self, wrapper: Option<&'static str>, element: &'static str, items: &[G]) {
        let objects = items.iter().map(object);
        match wrapper {
            None => self.0.insert(element.to_owned(), objects.collect()),
            Some(wrapper) => {
                let wrapped = objects.map(|item| Value::Object(Map::from_iter([(element.to_owned(), item)])));
                self.0.insert(wrapper.to_owned(), wrapped.collect())
            }
        };
    }
}
