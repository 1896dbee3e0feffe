//! `onshi-mock check`: what is wrong with scenarios and with requests, and what would be right.

mod expectation;
mod report;
mod request;
mod scenario;

use std::fs::File;
use std::io::{Read, Write, stdin, stdout};
use std::path::{Path, PathBuf};

use anstream::{AutoStream, ColorChoice};
use clap::{Args, ValueEnum};
use messages::id::MessageId;
use scenarios::diagnostic::{Paint, Weight};

use self::report::Checked;
use super::{Exit, complain};

/// Largest file that is read, in bytes.
const LARGEST: u64 = 64 * 1024 * 1024;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Scenarios (.yaml, .yml) and requests (.xml, .json); `-` is the standard input.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,

    /// How to tell what was found.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,

    /// Message id of the requests, where their file name does not say.
    #[arg(long, value_name = "ID", value_parser = message)]
    message: Option<MessageId>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Drawn into the file, for people.
    Text,
    /// One line each: file:line:column: text [label].
    Line,
    /// One document.
    Json,
}

fn message(text: &str) -> Result<MessageId, String> {
    MessageId::parse(text).ok_or_else(|| {
        let ids: Vec<_> = MessageId::ALL.iter().map(|id| id.as_str()).collect();
        format!("expected one of {}", ids.join(", "))
    })
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    let mut checked = Vec::new();
    for file in &arguments.files {
        match read(file) {
            Ok(bytes) => checked.push(check(file, &bytes, arguments.message)),
            Err(error) => {
                complain(&format!("error: cannot read {}: {error}", file.display()));
                return Ok(Exit::Usage);
            }
        }
    }
    let mut out = stdout().lock();
    match arguments.format {
        Format::Text => {
            let paint = match AutoStream::choice(&out) {
                ColorChoice::Never => Paint::Plain,
                ColorChoice::Auto | ColorChoice::AlwaysAnsi | ColorChoice::Always => Paint::Coloured,
            };
            for file in &checked {
                write!(out, "{}", file.text(paint))?;
            }
        }
        Format::Line => {
            for file in &checked {
                write!(out, "{}", file.lines())?;
            }
        }
        Format::Json => writeln!(out, "{:#}", report::json(&checked))?,
    }
    Ok(verdict(&checked))
}

/// Scenarios first: a wrong one is never served. Notes are seen in the field and accepted there.
fn verdict(checked: &[Checked]) -> Exit {
    let wrong = |file: &&Checked| file.problems.iter().any(|problem| problem.weight >= Weight::Warning);
    let mut wrong = checked.iter().filter(wrong);
    match (wrong.clone().any(Checked::is_scenario), wrong.next()) {
        (true, _) => Exit::Scenario,
        (false, Some(_)) => Exit::Findings,
        (false, None) => Exit::Done,
    }
}

fn read(file: &Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if file.as_os_str() == "-" {
        stdin().lock().take(LARGEST + 1).read_to_end(&mut bytes)?;
    } else {
        File::open(file)?.take(LARGEST + 1).read_to_end(&mut bytes)?;
    }
    if bytes.len() as u64 > LARGEST {
        return Err(std::io::Error::other(format!("it has more than {LARGEST} bytes")));
    }
    Ok(bytes)
}

/// Checks a file as what its name says that it is, else as what it looks like.
fn check(file: &Path, bytes: &[u8], message: Option<MessageId>) -> Checked {
    let name = if file.as_os_str() == "-" { "(stdin)".to_owned() } else { file.display().to_string() };
    let extension = file.extension().and_then(|e| e.to_str()).map(str::to_ascii_lowercase);
    let is_request = match extension.as_deref() {
        Some("xml" | "json") => true,
        Some("yaml" | "yml") => false,
        Some(_) | None => looks_like_a_request(bytes),
    };
    if is_request {
        let chosen = message.or_else(|| request::named(file));
        let mut checked = request::check(&name, bytes, chosen);
        checked.problems.extend(request::misnamed(file));
        checked
    } else {
        scenario::check(&name, bytes)
    }
}

fn looks_like_a_request(bytes: &[u8]) -> bool {
    let text = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes).trim_ascii_start();
    text.starts_with(b"<") || (text.starts_with(b"{") && text.windows(8).take(64).any(|w| w == b"\"XmlMsg\""))
}
