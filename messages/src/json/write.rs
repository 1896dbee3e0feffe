//! From messages to JSON.

use serde_json::{Map, Value};

use crate::ROOT;
use crate::message::{Group, Sink};
use crate::style::{Empty, Nesting, Style};

/// Writes a message as the JSON of the Web API.
#[derive(Debug, Default)]
pub struct JsonSink {
    object: Map<String, Value>,
    style: Style,
}

/// A whole message: `{"XmlMsg": {…}}`. The encoding and the order of the style don't matter.
#[must_use]
pub fn document(message: &impl Group, style: Style) -> Value {
    Value::Object(Map::from_iter([(ROOT.to_owned(), styled(message, style))]))
}

/// A group as a JSON object.
#[must_use]
pub fn object(group: &impl Group) -> Value {
    styled(group, Style::default())
}

fn styled(group: &impl Group, style: Style) -> Value {
    let mut sink = JsonSink { object: Map::new(), style };
    group.write(&mut sink);
    Value::Object(sink.object)
}

impl Sink for JsonSink {
    fn text(&mut self, element: &'static str, text: &str) {
        self.object.insert(element.to_owned(), Value::String(text.to_owned()));
    }

    fn group(&mut self, element: &'static str, content: &impl Group) {
        self.object.insert(element.to_owned(), styled(content, self.style));
    }

    fn list<G: Group>(&mut self, wrapper: Option<&'static str>, element: &'static str, items: &[G]) {
        let objects = items.iter().map(|item| styled(item, self.style));
        let (name, list): (_, Value) = match wrapper {
            None => (element, objects.collect()),
            Some(wrapper) => {
                let wrap = |item| Value::Object(Map::from_iter([(element.to_owned(), item)]));
                (wrapper, objects.map(wrap).collect())
            }
        };
        self.object.insert(name.to_owned(), list);
    }

    fn writes_empty(&self) -> bool {
        self.style.empty == Empty::Write
    }

    fn is_flat(&self) -> bool {
        self.style.nesting == Nesting::Flat
    }
}
