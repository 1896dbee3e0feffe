//! Trees of elements: how the stories write requests and read answers, without our own codec.

use std::collections::BTreeSet;

/// An element: text, or other elements.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Node {
    pub(crate) name: String,
    pub(crate) text: String,
    pub(crate) children: Vec<Node>,
}

/// A group of elements.
pub(crate) fn group(name: &str, children: impl IntoIterator<Item = Node>) -> Node {
    Node { name: name.to_owned(), text: String::new(), children: children.into_iter().collect() }
}

/// An element with a text.
pub(crate) fn text(name: &str, text: impl Into<String>) -> Node {
    Node { name: name.to_owned(), text: text.into(), children: Vec::new() }
}

/// A whole message.
pub(crate) fn message(header: impl IntoIterator<Item = Node>, body: impl IntoIterator<Item = Node>) -> Node {
    group("XmlMsg", [group("MessageHeader", header), group("MessageBody", body)])
}

impl Node {
    /// Everything at a path like `MessageBody/BulkConfirmUnit`, below this element.
    pub(crate) fn all(&self, path: &str) -> Vec<&Node> {
        path.split('/').fold(vec![self], |found, name| {
            found.into_iter().flat_map(|node| node.children.iter().filter(|c| c.name == name)).collect()
        })
    }

    /// The one element at a path.
    pub(crate) fn get(&self, path: &str) -> Option<&Node> {
        let all = self.all(path);
        assert!(all.len() <= 1, "{path} stands {} times in {}", all.len(), self.to_xml());
        all.first().copied()
    }

    /// The text of the one element at a path.
    pub(crate) fn says(&self, path: &str) -> Option<&str> {
        self.get(path).map(|node| node.text.as_str())
    }

    /// The texts of all elements at a path.
    pub(crate) fn texts(&self, path: &str) -> Vec<&str> {
        self.all(path).into_iter().map(|node| node.text.as_str()).collect()
    }

    /// Every element of a name at any depth, as clients with `//Name` find it.
    pub(crate) fn anywhere(&self, name: &str) -> Vec<&Node> {
        let below = self.children.iter().flat_map(|child| child.anywhere(name));
        self.children.iter().filter(|child| child.name == name).chain(below).collect::<Vec<_>>()
    }

    /// The names of the children in their order.
    pub(crate) fn names(&self) -> Vec<&str> {
        self.children.iter().map(|child| child.name.as_str()).collect()
    }

    /// Names that stand more than once anywhere in the document.
    pub(crate) fn repeated(&self) -> Vec<String> {
        let (mut once, mut again) = (BTreeSet::new(), Vec::new());
        self.each(&mut |node| {
            if !once.insert(node.name.clone()) {
                again.push(node.name.clone());
            }
        });
        again
    }

    fn each(&self, see: &mut impl FnMut(&Node)) {
        see(self);
        self.children.iter().for_each(|child| child.each(see));
    }

    /// Every text with its path, in the order of the document.
    pub(crate) fn leaves(&self) -> Vec<(String, String)> {
        if self.children.is_empty() {
            return vec![(self.name.clone(), self.text.clone())];
        }
        let below = self.children.iter().flat_map(Node::leaves);
        below.map(|(path, text)| (format!("{}/{path}", self.name), text)).collect()
    }

    /// The document as UTF-8 XML, as a client would write it.
    pub(crate) fn to_xml(&self) -> String {
        let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?>\n");
        self.write(&mut xml);
        xml
    }

    fn write(&self, xml: &mut String) {
        let escaped = self.text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        xml.push_str(&format!("<{}>{escaped}", self.name));
        self.children.iter().for_each(|child| child.write(xml));
        xml.push_str(&format!("</{}>", self.name));
    }

    /// The document as the JSON of the Web API: the same names, every value a string, repeated elements a list.
    pub(crate) fn to_json(&self) -> String {
        serde_json::json!({ self.name.as_str(): self.value() }).to_string()
    }

    fn value(&self) -> serde_json::Value {
        if self.children.is_empty() {
            return self.text.clone().into();
        }
        let mut object = serde_json::Map::new();
        for child in &self.children {
            let same: Vec<_> = self.all(&child.name).into_iter().map(Node::value).collect();
            let value = if let [one] = same.as_slice() { one.clone() } else { same.into() };
            object.insert(child.name.clone(), value);
        }
        object.into()
    }

    /// Reads UTF-8 XML of the plain kind that answers are made of; anything else is a failed test.
    pub(crate) fn of_xml(bytes: &[u8]) -> Self {
        let xml = std::str::from_utf8(bytes).expect("an answer in UTF-8");
        let (declaration, rest) = xml.split_once("?>").expect("an XML declaration");
        assert!(declaration.starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\""), "{declaration}");
        let mut open: Vec<Node> = vec![Node::default()];
        for piece in rest.split('<').skip(1) {
            let (tag, text) = piece.split_once('>').expect("every tag ends");
            let node = open.last_mut().expect("no end without a start");
            if let Some(name) = tag.strip_prefix('/') {
                assert_eq!(node.name, name, "ends match starts");
                let mut done = open.pop().expect("just seen");
                if !done.children.is_empty() {
                    assert!(done.text.trim().is_empty(), "text beside elements in {name}");
                    done.text.clear();
                }
                open.last_mut().expect("the root ends last").children.push(done);
            } else if let Some(name) = tag.strip_suffix('/') {
                node.children.push(self::text(name.trim_end(), ""));
            } else {
                assert!(tag.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'), "a plain name: {tag}");
                open.push(self::text(tag, unescaped(text)));
            }
        }
        let [document] = open.try_into().expect("everything is closed");
        let [root] = document.children.try_into().expect("one root");
        root
    }
}

fn unescaped(text: &str) -> String {
    let named = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&amp;", "&")];
    named.iter().fold(text.to_owned(), |text, (name, character)| text.replace(name, character))
}

/// Every text of a JSON answer with its path, lists being repeated elements.
pub(crate) fn leaves_of_json(name: &str, value: &serde_json::Value) -> Vec<(String, String)> {
    match value {
        serde_json::Value::Object(object) if object.is_empty() => vec![(name.to_owned(), String::new())],
        serde_json::Value::Object(object) => object
            .iter()
            .flat_map(|(key, value)| leaves_of_json(key, value))
            .map(|(path, text)| (format!("{name}/{path}"), text))
            .collect(),
        serde_json::Value::Array(list) => list.iter().flat_map(|value| leaves_of_json(name, value)).collect(),
        serde_json::Value::String(text) => vec![(name.to_owned(), text.clone())],
        serde_json::Value::Null | serde_json::Value::Bool(_) | serde_json::Value::Number(_) => {
            panic!("every value is a string, not {value} ({name})")
        }
    }
}

#[test]
fn a_tree_that_is_written_is_read_as_it_was() {
    let tree = message([text("A", "  <&>")], [group("B", [text("C", "一"), text("C", "")])]);
    assert_eq!(Node::of_xml(tree.to_xml().as_bytes()), tree);
}
