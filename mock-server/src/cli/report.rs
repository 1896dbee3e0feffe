//! `onshi-mock report`: what a running one saw, for failing a build.

use std::io::{Write, stdout};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use clap::Args;
use reqwest::{Client, Response, StatusCode, Url};
use serde::Deserialize;

use super::{Exit, block_on, complain};
use crate::report::FailOn;
use crate::world::DEFAULT;

/// Longest time for one question.
const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Admin port of the running one.
    #[arg(long, env = "ONSHI_ADMIN_URL", default_value = "http://127.0.0.1:8080", value_name = "URL")]
    admin: Url,

    /// Bearer token of its admin port.
    #[arg(long, env = "ONSHI_ADMIN_TOKEN", hide_env_values = true, value_name = "TOKEN")]
    admin_token: Option<String>,

    /// World to report on.
    #[arg(long, default_value = DEFAULT, value_name = "NAME")]
    world: String,

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

/// Why there is no report.
enum NoReport {
    Unreachable(reqwest::Error),
    Refused(StatusCode, String),
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    block_on(async {
        let json = match fetch(arguments, "json").await? {
            Ok(json) => json,
            Err(NoReport::Unreachable(error)) => {
                complain(&format!("error: nothing answers at {}: {error}", arguments.admin));
                return Ok(Exit::Unreachable);
            }
            Err(NoReport::Refused(status, detail)) => {
                complain(&format!("error: {} answers {status}: {detail}", arguments.admin));
                return Ok(if status.is_server_error() { Exit::Internal } else { Exit::Usage });
            }
        };
        for (format, path) in [("junit", &arguments.junit), ("html", &arguments.html)] {
            let Some(path) = path else { continue };
            match fetch(arguments, format).await? {
                Ok(text) => write(path, &text)?,
                Err(_) => {
                    complain(&format!("error: {} went away", arguments.admin));
                    return Ok(Exit::Unreachable);
                }
            }
        }
        if let Some(path) = &arguments.json {
            write(path, &json)?;
        }
        let summary: Summary = serde_json::from_str(&json).context("this is no report of onshi-mock")?;
        show(&arguments.world, &summary)?;
        Ok(if summary.passed { Exit::Done } else { Exit::Findings })
    })
}

/// The report in one form.
async fn fetch(arguments: &Arguments, format: &str) -> anyhow::Result<Result<String, NoReport>> {
    let client = Client::builder().no_proxy().timeout(PATIENCE).build()?;
    let mut url = arguments.admin.clone();
    let base = url.path().trim_end_matches('/').to_owned();
    url.set_path(&base);
    url.path_segments_mut()
        .map_err(|()| anyhow::anyhow!("{} is no address of an admin port", arguments.admin))?
        .pop_if_empty()
        .extend(["api", "v1", "worlds", &arguments.world, "report"]);
    let fail_on = clap::ValueEnum::to_possible_value(&arguments.fail_on).unwrap_or_default();
    url.query_pairs_mut().append_pair("format", format).append_pair("fail_on", fail_on.get_name());
    let mut call = client.get(url);
    if let Some(token) = arguments.admin_token.as_deref().filter(|token| *token != "none") {
        call = call.bearer_auth(token);
    }
    let read = async |response: Response| {
        let status = response.status();
        let text = response.text().await.map_err(NoReport::Unreachable)?;
        if status.is_success() { Ok(text) } else { Err(NoReport::Refused(status, text)) }
    };
    Ok(match call.send().await {
        Ok(response) => read(response).await,
        Err(error) => Err(NoReport::Unreachable(error)),
    })
}

fn write(path: &Path, text: &str) -> anyhow::Result<()> {
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
