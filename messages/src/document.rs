//! A message as a tree that can be changed at will: what a scenario does to an answer, right or wrong.
//!
//! Whoever wants a message that keeps its rules uses the declared types; nothing is checked here.

use serde_json::{Map, Value};

use crate::ROOT;
use crate::charset::Encoding;
use crate::path::{ElementPath, Holds, Place};
use crate::tree::Element;
use crate::xml::escape;
use crate::{json, xml};

/// A document of the interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    root: Node,
}

/// An element with its text or its children.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Node {
    name: String,
    text: String,
    children: Vec<Node>,
}

impl From<&Element<'_>> for Node {
    fn from(element: &Element<'_>) -> Self {
        let children: Vec<_> = element.children.iter().map(Self::from).collect();
        let text = if children.is_empty() { element.text.as_ref().to_owned() } else { String::new() };
        Self { name: element.name.as_ref().to_owned(), text, children }
    }
}

impl Document {
    /// Reads XML; `None` if it isn't well-formed.
    #[must_use]
    pub fn of_xml(text: &str) -> Option<Self> {
        xml::read(text).ok().map(|root| Self { root: (&root).into() })
    }

    /// Reads JSON; `None` if it is no message in JSON.
    #[must_use]
    pub fn of_json(text: &str) -> Option<Self> {
        json::read(text, ROOT).ok().map(|root| Self { root: (&root).into() })
    }

    /// The texts of the elements that a path leads to.
    #[must_use]
    pub fn texts(&self, path: &ElementPath) -> Vec<&str> {
        let mut texts = Vec::new();
        collect(&self.root, &mut Vec::new(), 1, path, &mut texts);
        texts
    }

    /// Puts a text into every element that a path leads to; where a group that has such an element lacks it, it is
    /// added at the end of the group. `places` are those of the message. Returns how many elements have it now.
    pub fn set(&mut self, path: &ElementPath, text: &str, places: &[Place]) -> usize {
        let mut changed = 0;
        each(&mut self.root, &mut Vec::new(), 1, &mut |node, names| {
            if path.ends(names.iter().map(|(name, number)| (name.as_str(), *number))) {
                text.clone_into(&mut node.text);
                node.children.clear();
                changed += 1;
            }
        });
        for place in path.places(places) {
            let Some((name, above)) = place.names.split_last() else { continue };
            each(&mut self.root, &mut Vec::new(), 1, &mut |node, names| {
                let is_group = names.iter().map(|(name, _)| name).eq(above);
                if !is_group || node.children.iter().any(|child| child.name == *name) {
                    return;
                }
                let own = names.iter().map(|(name, number)| (name.as_str(), *number));
                if path.ends(own.chain([(name.as_str(), 1)])) {
                    let child = Node { name: name.clone(), text: text.to_owned(), children: Vec::new() };
                    node.children.push(child);
                    changed += 1;
                }
            });
        }
        changed
    }

    /// Takes out every element that a path leads to; returns how many.
    pub fn remove(&mut self, path: &ElementPath) -> usize {
        let mut removed = 0;
        each_list(&mut self.root, path, &mut |_| {
            removed += 1;
            Vec::new()
        });
        removed
    }

    /// Puts a copy behind every element that a path leads to; returns how many.
    pub fn duplicate(&mut self, path: &ElementPath) -> usize {
        let mut copied = 0;
        each_list(&mut self.root, path, &mut |node| {
            copied += 1;
            vec![node.clone(), node]
        });
        copied
    }

    /// Turns the order of the elements of every group around.
    pub fn reverse_elements(&mut self) {
        each(&mut self.root, &mut Vec::new(), 1, &mut |node, _| node.children.reverse());
    }

    /// Turns the order of siblings of one name around; returns how many stand elsewhere now.
    pub fn reverse_items(&mut self) -> usize {
        let mut moved = 0;
        each(&mut self.root, &mut Vec::new(), 1, &mut |node, _| {
            let mut at: std::collections::BTreeMap<String, Vec<usize>> = std::collections::BTreeMap::new();
            for (index, child) in node.children.iter().enumerate() {
                at.entry(child.name.clone()).or_default().push(index);
            }
            for places in at.values().filter(|places| places.len() > 1) {
                for (&one, &other) in places.iter().zip(places.iter().rev()).take(places.len() / 2) {
                    node.children.swap(one, other);
                    moved += 2;
                }
            }
        });
        moved
    }

    /// The document as XML, written as answers are, with a declaration that names an encoding.
    #[must_use]
    pub fn to_xml(&self, declared: Encoding) -> String {
        let mut out = format!("<?xml version=\"1.0\" encoding=\"{}\" standalone=\"no\"?>\n", declared.name());
        write(&self.root, 0, &mut out);
        out
    }

    /// The document as JSON, with lists where the places of the message say so.
    #[must_use]
    pub fn to_json(&self, places: &[Place]) -> Value {
        let mut names = vec![self.root.name.clone()];
        let content = object(&self.root, &mut names, places);
        Value::Object(Map::from_iter([(self.root.name.clone(), content)]))
    }
}

/// The way to an element: each name with its number among its namesakes, the root first.
type Way = Vec<(String, usize)>;

fn collect<'d>(
    node: &'d Node,
    names: &mut Vec<(&'d str, usize)>,
    number: usize,
    path: &ElementPath,
    texts: &mut Vec<&'d str>,
) {
    names.push((&node.name, number));
    if path.ends(names.iter().copied()) {
        texts.push(&node.text);
    }
    for (child, number) in node.children.iter().zip(numbers(&node.children)) {
        collect(child, names, number, path, texts);
    }
    names.pop();
}

/// The number of each node among its namesakes, from 1.
fn numbers(nodes: &[Node]) -> Vec<usize> {
    let mut counts: std::collections::HashMap<&str, usize> = std::collections::HashMap::new();
    let mut number = |node| {
        let count = counts.entry(node).or_default();
        *count += 1;
        *count
    };
    nodes.iter().map(|node| number(node.name.as_str())).collect()
}

/// Visits every element, the outer ones first.
fn each(node: &mut Node, names: &mut Way, number: usize, visit: &mut impl FnMut(&mut Node, &Way)) {
    names.push((node.name.clone(), number));
    visit(node, names);
    let numbers = numbers(&node.children);
    for (child, number) in node.children.iter_mut().zip(numbers) {
        each(child, names, number, visit);
    }
    names.pop();
}

/// Replaces every element that a path leads to by others.
fn each_list(root: &mut Node, path: &ElementPath, replace: &mut impl FnMut(Node) -> Vec<Node>) {
    each(root, &mut Vec::new(), 1, &mut |node, names| {
        let numbers = numbers(&node.children);
        let children = std::mem::take(&mut node.children);
        for (child, number) in children.into_iter().zip(numbers) {
            let own = names.iter().map(|(name, number)| (name.as_str(), *number));
            if path.ends(own.chain([(child.name.as_str(), number)])) {
                node.children.extend(replace(child));
            } else {
                node.children.push(child);
            }
        }
    });
}

fn write(node: &Node, level: usize, out: &mut String) {
    let indent = "    ".repeat(level);
    out.push_str(&indent);
    out.push('<');
    out.push_str(&node.name);
    out.push('>');
    if node.children.is_empty() {
        out.push_str(&escape(&node.text));
    } else {
        out.push('\n');
        for child in &node.children {
            write(child, level + 1, out);
        }
        out.push_str(&indent);
    }
    out.push_str("</");
    out.push_str(&node.name);
    out.push_str(">\n");
}

fn object(node: &Node, names: &mut Vec<String>, places: &[Place]) -> Value {
    let mut members: Map<String, Value> = Map::new();
    for child in &node.children {
        names.push(child.name.clone());
        let holds = places.iter().find(|place| place.names == *names).map(|place| place.holds);
        let value = match holds {
            Some(Holds::List) => Value::Array(
                child
                    .children
                    .iter()
                    .map(|item| {
                        names.push(item.name.clone());
                        let content = object(item, names, places);
                        names.pop();
                        Value::Object(Map::from_iter([(item.name.clone(), content)]))
                    })
                    .collect(),
            ),
            Some(Holds::Group | Holds::Items) => object(child, names, places),
            Some(Holds::Text) | None if child.children.is_empty() => Value::String(child.text.clone()),
            Some(Holds::Text) | None => object(child, names, places),
        };
        names.pop();
        match members.get_mut(&child.name) {
            Some(Value::Array(values)) => values.push(value),
            Some(first) => *first = Value::Array(vec![first.take(), value]),
            None if holds == Some(Holds::Items) => {
                members.insert(child.name.clone(), Value::Array(vec![value]));
            }
            None => {
                members.insert(child.name.clone(), value);
            }
        }
    }
    Value::Object(members)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{Half, MessageId};
    use crate::path::places;

    const RESULT: &str = "<XmlMsg><MessageHeader><SegmentOfResult>1</SegmentOfResult></MessageHeader><MessageBody>\
        <ResultList><ResultOfQualificationConfirmation><Name>一</Name></ResultOfQualificationConfirmation>\
        <ResultOfQualificationConfirmation><Name>二</Name></ResultOfQualificationConfirmation></ResultList>\
        </MessageBody></XmlMsg>";

    fn path(text: &str) -> ElementPath {
        text.parse().unwrap()
    }

    fn result() -> (Document, Vec<Place>) {
        (Document::of_xml(RESULT).unwrap(), places(MessageId::OqsSiQuc01, Half::Result))
    }

    #[test]
    fn elements_are_set_added_removed_and_doubled_by_path() {
        let (mut document, places) = result();
        assert_eq!(document.set(&path("ResultOfQualificationConfirmation[2]/Name"), "三", &places), 1);
        assert_eq!(document.texts(&path("Name")), ["一", "三"]);
        assert_eq!(document.set(&path("NameKana"), "ｻﾝ", &places), 2, "added to both results");
        assert_eq!(document.texts(&path("NameKana")), ["ｻﾝ", "ｻﾝ"]);
        assert_eq!(document.remove(&path("ResultOfQualificationConfirmation[1]/NameKana")), 1);
        assert_eq!(document.texts(&path("NameKana")), ["ｻﾝ"]);
        assert_eq!(document.duplicate(&path("SegmentOfResult")), 1);
        assert_eq!(document.texts(&path("SegmentOfResult")), ["1", "1"]);
        assert_eq!(document.set(&path("ErrorCode"), "X", &places), 1);
        assert_eq!(document.remove(&path("NoSuchElement")), 0);
    }

    #[test]
    fn items_and_elements_are_turned_around() {
        let (mut document, _) = result();
        assert_eq!(document.reverse_items(), 2);
        assert_eq!(document.texts(&path("Name")), ["二", "一"]);
        document.reverse_elements();
        let xml = document.to_xml(Encoding::ShiftJis);
        assert!(xml.starts_with("<?xml version=\"1.0\" encoding=\"Shift_JIS\""), "{xml}");
        assert!(xml.find("MessageBody") < xml.find("MessageHeader"), "{xml}");
    }

    #[test]
    fn as_json_it_is_what_the_declared_types_write() {
        let (document, places) = result();
        let message = crate::decode::<crate::oqs::quc::Outcome>(RESULT.as_bytes()).unwrap().message;
        let declared: Value = serde_json::from_slice(&crate::encode_json(&message, Encoding::Utf8)).unwrap();
        assert_eq!(document.to_json(&places), declared);
        let again = Document::of_json(&declared.to_string()).unwrap();
        assert_eq!(again.texts(&path("Name")), ["一", "二"]);
    }

    #[test]
    fn an_untouched_document_is_written_as_it_was() {
        let message = crate::decode::<crate::oqs::quc::Outcome>(RESULT.as_bytes()).unwrap().message;
        let declared = String::from_utf8(crate::encode(&message, Encoding::Utf8).bytes).unwrap();
        assert_eq!(Document::of_xml(&declared).unwrap().to_xml(Encoding::Utf8), declared);
    }
}
