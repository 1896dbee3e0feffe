//! The terminal between real folders and a real TLS service.
#![expect(clippy::unwrap_used, reason = "tests")]

mod asking;
mod certificates;
mod channel;
mod full;
mod habits;
mod intake;
mod mailbox;
mod place;
mod program;
mod recovery;
mod service;
mod stale;

/// A whole document that shows what it is for.
fn document(text: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?>\r\n<XmlMsg><A>{text}</A></XmlMsg>\r\n"
    )
}
