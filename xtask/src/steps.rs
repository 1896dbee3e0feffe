//! Steps one after the other, with their times and one closing line that nobody overlooks.

use std::fmt;
use std::io::IsTerminal;
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// One step.
pub(crate) struct Step {
    pub(crate) name: &'static str,
    pub(crate) does: &'static str,
    pub(crate) job: fn() -> anyhow::Result<()>,
}

/// The error of a step that cannot be done on this machine, with the reason. It is told and is no failure.
#[derive(Debug)]
pub(crate) struct Skipped(pub(crate) String);

impl fmt::Display for Skipped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Skipped {}

enum Outcome {
    Passed,
    Skipped(String),
    Failed(String),
}

/// Runs the steps until one fails, and tells at the end what became of each.
pub(crate) fn run(steps: &[Step]) -> ExitCode {
    let started = Instant::now();
    let mut report = Vec::new();
    for (index, step) in steps.iter().enumerate() {
        let number = format!("[{}/{}]", index + 1, steps.len());
        eprintln!("\n{}", bold(&format!("{number} {}: {}", step.name, step.does)));
        let began = Instant::now();
        let outcome = match (step.job)() {
            Ok(()) => Outcome::Passed,
            Err(error) if error.is::<Skipped>() => Outcome::Skipped(format!("{error:#}")),
            Err(error) => Outcome::Failed(format!("{error:#}")),
        };
        let took = began.elapsed();
        eprintln!("{number} {} {} after {}", step.name, word(&outcome), seconds(took));
        let failed = matches!(outcome, Outcome::Failed(_));
        report.push((step.name, outcome, took));
        if failed {
            break;
        }
    }
    close(steps, &report, started.elapsed())
}

fn close(steps: &[Step], report: &[(&str, Outcome, Duration)], took: Duration) -> ExitCode {
    let rule = "=".repeat(78);
    eprintln!("\n{rule}");
    let mut skipped = 0;
    let mut failure = None;
    for (name, outcome, took) in report {
        let why = match outcome {
            Outcome::Passed => String::new(),
            Outcome::Skipped(why) => {
                skipped += 1;
                format!(": {why}")
            }
            Outcome::Failed(why) => {
                failure = Some((name, why));
                String::new()
            }
        };
        eprintln!("  {:<8} {:>12}  {name}{why}", word(outcome), seconds(*took));
    }
    for step in steps.iter().skip(report.len()) {
        eprintln!("  {:<8} {:>12}  {}", "not run", "", step.name);
    }
    eprintln!("{rule}");
    let verdict = match failure {
        Some((name, why)) => colour("31", &format!("FAILED in step {name}: {why}")),
        None if skipped == report.len() => colour("33", "NOTHING WAS TESTED: skipped for the reason above"),
        None => {
            let note = if skipped == 0 {
                String::new()
            } else {
                format!(", {skipped} skipped for the reason above")
            };
            colour("32", &format!("ALL PASSED in {}{note}", seconds(took)))
        }
    };
    eprintln!("  {verdict}\n{rule}");
    if failure.is_some() { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn word(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Passed => "passed",
        Outcome::Skipped(_) => "skipped",
        Outcome::Failed(_) => "FAILED",
    }
}

fn seconds(took: Duration) -> String {
    let whole = took.as_secs();
    if whole < 60 {
        format!("{:.1} s", took.as_secs_f64())
    } else {
        format!("{} min {:02} s", whole / 60, whole % 60)
    }
}

fn bold(text: &str) -> String {
    colour("1", text)
}

fn colour(code: &str, text: &str) -> String {
    let plain = !std::io::stderr().is_terminal() || std::env::var_os("NO_COLOR").is_some();
    if plain { text.to_owned() } else { format!("\x1b[1;{code}m{text}\x1b[0m") }
}
