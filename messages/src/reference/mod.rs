//! The reference pages: every message, code table and finding, written from the declarations as Markdown.
//!
//! `docs/reference/` and `docs/fidelity.md` hold what this module makes; a test compares them.

mod fidelity;
mod pages;
mod rows;

pub use fidelity::{fidelity, fidelity_page};
pub use pages::pages;

/// One generated page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Its path below `docs/`, with `/` between folders.
    pub path: String,
    /// Its text, Markdown.
    pub text: String,
}

/// What stands in a cell: no bar, no line feed.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace(['\n', '\r'], " ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::Dialect;
    use crate::finding::Label;
    use crate::id::MessageId;

    #[test]
    fn the_pages_in_docs_are_those_of_the_declarations() {
        let docs = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs");
        let mut pages = pages();
        pages.push(fidelity_page(&Dialect::built_in()));
        for Page { path, text } in pages {
            let path = docs.join(path);
            if std::env::var_os("UPDATE_GOLDEN").is_some() {
                std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                std::fs::write(&path, &text).unwrap();
            }
            let committed = std::fs::read_to_string(&path).unwrap_or_default();
            assert!(committed == text, "{} is not current; UPDATE_GOLDEN=1 writes it", path.display());
        }
    }

    #[test]
    fn every_message_label_and_table_has_its_place() {
        let pages = pages();
        let text = |path: &str| &pages.iter().find(|page| page.path == path).expect(path).text;
        for id in MessageId::ALL {
            assert!(text(&format!("reference/{}.md", id.as_str())).contains("MessageHeader"));
        }
        for label in Label::ALL {
            assert!(text("reference/findings.md").contains(label.code()));
        }
        let codes = text("reference/codes.md");
        assert!(codes.contains("OQSCD012") && codes.contains("現役並みⅢ") && codes.contains("TKK DataType"));
    }

    #[test]
    fn the_parts_of_the_drug_answer_have_their_own_names() {
        let pages = pages();
        let page = pages.iter().find(|page| page.path == "reference/YZKsiquc01.md").unwrap();
        for name in ["DrugC", "CzDrugC", "ShDrugC", "ShPrDateInfs/ShPrDateInf", "GrpNum1"] {
            assert_eq!(page.text.matches(&format!("`{name}`")).count(), 1, "{name}");
        }
    }
}
