//! Tests of all messages together: properties, golden bytes, findings.

mod findings;
mod golden;
mod properties;

use std::path::PathBuf;

use crate::id::{Half, MessageId};

/// A folder of test data.
fn test_data(folder: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("test-data").join(folder)
}

/// Every message and half.
fn halves() -> impl Iterator<Item = (MessageId, Half)> {
    MessageId::ALL.iter().flat_map(|id| Half::ALL.map(|half| (*id, half)))
}

/// The documents of `examples/` and `made/`: name of the file without its end, and bytes.
fn documents() -> Vec<(String, Vec<u8>)> {
    let mut documents = Vec::new();
    for folder in ["examples", "made"] {
        for entry in std::fs::read_dir(test_data(folder)).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            documents.push((name, std::fs::read(&path).unwrap()));
        }
    }
    documents.sort();
    documents
}

/// The message and half that a file of test data holds.
fn message_of(name: &str) -> (MessageId, Half) {
    let starts =
        |(id, half): &(MessageId, Half)| name.starts_with(&format!("{}{}", id.as_str(), half.as_str()));
    halves().find(starts).unwrap_or_else(|| panic!("{name} is no message"))
}
