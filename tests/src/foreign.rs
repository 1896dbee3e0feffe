//! Reads answers with Python's expat, so that our encoder isn't judged by our own decoder alone.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// An answer as Python reads it. Python has checked that declaration and bytes agree and that there is no byte order
/// mark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// The encoding that the declaration names.
    pub declared: String,
    /// Path below the root, and text, of each element without children, in order.
    pub leaves: Vec<(String, String)>,
}

impl Document {
    /// The text of the first element with a path below the root.
    #[must_use]
    pub fn text(&self, path: &str) -> Option<&str> {
        self.leaves.iter().find(|(own, _)| own == path).map(|(_, text)| text.as_str())
    }
}

/// Reads answers, in one run of Python.
///
/// # Panics
/// With Python's words, if one is no document or not what its declaration says.
#[must_use]
pub fn read(answers: &[&[u8]]) -> Vec<Document> {
    let folder = tempfile::tempdir().unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("read_answers.py");
    let mut python = Command::new("python3");
    python.arg(script);
    for (index, bytes) in answers.iter().enumerate() {
        let path = folder.path().join(format!("{index}.xml"));
        fs::write(&path, bytes).unwrap();
        python.arg(path);
    }
    let output = python.output().unwrap();
    assert!(output.status.success(), "Python: {}", String::from_utf8_lossy(&output.stderr));
    let documents: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    documents.iter().map(document).collect()
}

/// Reads one answer.
#[must_use]
pub fn read_one(answer: &[u8]) -> Document {
    read(&[answer]).pop().unwrap()
}

fn document(value: &Value) -> Document {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let leaves = value["leaves"].as_array().unwrap();
    Document {
        declared: text(&value["declared"]),
        leaves: leaves.iter().map(|leaf| (text(&leaf[0]), text(&leaf[1]))).collect(),
    }
}
