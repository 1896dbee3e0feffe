//! `onshi-mock report`: what a running one saw, for failing a build.

use std::io::{Write, stdout};
use std::path::{Path, PathBuf};

use anyhow::Context;
use bytes::Bytes;
use clap::{Args, ValueEnum};
use serde::Deserialize;

use super::remote::Remote;
use super::{Exit, block_on};
use crate::report::FailOn;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    of: Remote,

    /// Write the report as JUnit XML.
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,

    /// Write the report as a page.
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,

    /// Write the report as JSON.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,

    /// From which severity on a finding fails the report.
    #[arg(long, value_enum, default_value_t, value_name = "SEVERITY")]
    fail_on: FailOn,
}

/// What this command reads of a report.
#[derive(Debug, Deserialize)]
struct Summary {
    passed: bool,
    exchanges: u64,
    problems: Vec<Problem>,
}

#[derive(Debug, Deserialize)]
struct Problem {
    en: String,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    block_on(async {
        let json = match fetch(arguments, "json").await? {
            Ok(json) => json,
            Err(exit) => return Ok(exit),
        };
        for (format, path) in [("junit", &arguments.junit), ("html", &arguments.html)] {
            let Some(path) = path else { continue };
            match fetch(arguments, format).await? {
                Ok(text) => write(path, &text)?,
                Err(exit) => return Ok(exit),
            }
        }
        if let Some(path) = &arguments.json {
            write(path, &json)?;
        }
        let summary: Summary = serde_json::from_slice(&json).context("this is no report of onshi-mock")?;
        show(&arguments.of.world, &summary)?;
        Ok(if summary.passed { Exit::Done } else { Exit::Findings })
    })
}

/// The report in one form. What went wrong was said when there is an `Exit` instead.
async fn fetch(arguments: &Arguments, format: &str) -> anyhow::Result<Result<Bytes, Exit>> {
    let fail_on = ValueEnum::to_possible_value(&arguments.fail_on).unwrap_or_default();
    arguments.of.get(&["report"], &[("format", format), ("fail_on", fail_on.get_name())]).await
}

fn write(path: &Path, text: &[u8]) -> anyhow::Result<()> {
    std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

fn show(world: &str, summary: &Summary) -> std::io::Result<()> {
    let mut out = stdout().lock();
    let verdict = if summary.passed { "passed" } else { "failed" };
    writeln!(out, "world {world}: {} exchanges, {verdict}", summary.exchanges)?;
    for problem in &summary.problems {
        writeln!(out, "  {}", problem.en)?;
    }
    Ok(())
}
