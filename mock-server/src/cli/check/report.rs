//! What was found, as text, as lines and as JSON.

use std::fmt::Write;

use messages::id::MessageId;
use messages::refusal::Bilingual;
use scenarios::diagnostic::{Diagnostic, Paint, Weight, draw};
use serde_json::{Value, json};

/// A file, and what was found in it.
#[derive(Debug)]
pub(super) struct Checked {
    pub(super) file: String,
    pub(super) kind: Kind,
    /// Its text, as far as it could be decoded.
    pub(super) source: String,
    pub(super) problems: Vec<Problem>,
}

/// As what a file was checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Scenario,
    /// A request of a message; `chosen` if its name or the caller says so, else by its elements.
    Request {
        id: MessageId,
        chosen: bool,
    },
}

/// One thing that is wrong or odd.
#[derive(Debug)]
pub(super) struct Problem {
    pub(super) label: &'static str,
    pub(super) weight: Weight,
    /// From 1; 0 if it is about the whole file.
    pub(super) line: u64,
    pub(super) column: u64,
    pub(super) text: Bilingual,
    pub(super) element: Option<String>,
    pub(super) help: Vec<String>,
}

impl Checked {
    pub(super) fn is_scenario(&self) -> bool {
        self.kind == Kind::Scenario
    }

    /// Drawn into the file, then one line with the number of problems.
    pub(super) fn text(&self, paint: Paint) -> String {
        let mut text = String::new();
        for problem in &self.problems {
            let mut notes = vec![problem.text.ja.to_string()];
            notes.extend(problem.help.iter().cloned());
            let diagnostic = Diagnostic {
                label: problem.label,
                weight: problem.weight,
                text: &problem.text.en,
                line: problem.line,
                column: problem.column,
                notes: &notes,
            };
            text.push_str(&draw(&self.file, &self.source, &diagnostic, paint));
            text.push('\n');
        }
        let found = match self.problems.len() {
            0 => "問題なし / no findings".to_owned(),
            n => format!("指摘 {n} 件 / {n} findings"),
        };
        let _ = writeln!(text, "{}: {}: {found}", self.file, self.taken_for());
        text
    }

    /// One line for each problem.
    pub(super) fn lines(&self) -> String {
        let mut text = String::new();
        for Problem { label, line, column, text: said, .. } in &self.problems {
            let _ = writeln!(text, "{}:{line}:{column}: {} [{label}]", self.file, said.en);
        }
        text
    }

    fn taken_for(&self) -> String {
        match self.kind {
            Kind::Scenario => "シナリオ / scenario".to_owned(),
            Kind::Request { id, chosen: true } => id.as_str().to_owned(),
            Kind::Request { id, chosen: false } => {
                format!("{}（要素から推定 / by its elements）", id.as_str())
            }
        }
    }

    fn json(&self) -> Value {
        let problems: Vec<_> = self.problems.iter().map(Problem::json).collect();
        let mut file = json!({"file": self.file, "kind": "scenario", "problems": problems});
        if let Kind::Request { id, chosen } = self.kind {
            file["kind"] = json!("request");
            file["message"] = json!(id.as_str());
            file["message_by_elements"] = json!(!chosen);
        }
        file
    }
}

impl Problem {
    fn json(&self) -> Value {
        let severity = match self.weight {
            Weight::Note => "note",
            Weight::Warning => "warning",
            Weight::Error => "error",
        };
        json!({
            "label": self.label,
            "severity": severity,
            "line": (self.line > 0).then_some(self.line),
            "column": (self.line > 0).then_some(self.column),
            "element": self.element,
            "text": {"ja": self.text.ja, "en": self.text.en},
            "help": self.help,
        })
    }
}

/// All files as one document.
pub(super) fn json(checked: &[Checked]) -> Value {
    json!({
        "problems": checked.iter().map(|file| file.problems.len()).sum::<usize>(),
        "files": checked.iter().map(Checked::json).collect::<Vec<_>>(),
    })
}
