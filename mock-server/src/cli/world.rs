//! `onshi-mock world`: the worlds of a running one.

use std::fs;
use std::io::{Read as _, Write as _, stdin, stdout};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Args, Subcommand};
use messages::value::{InstitutionCode, OrganizationName};
use reqwest::Method;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::remote::{AdminPort, Body};
use super::{Exit, block_on, complain};
use crate::tls::Style;
use crate::world::DEFAULT;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Make a world, and print what a client needs, as JSON
    Create(Box<Create>),
    /// List the worlds, with their times
    List(List),
    /// Write the ledger of a world, to be imported elsewhere
    Export(Export),
    /// Make a world of an exported ledger, and print what a client needs, as JSON
    Import(Import),
    /// Delete a world
    Delete(Delete),
}

#[derive(Debug, Args)]
pub(super) struct Create {
    /// Its name; a made-up one if absent.
    name: Option<String>,
    /// Code of its institution; that of the running one if absent.
    #[arg(long, value_name = "CODE")]
    institution: Option<InstitutionCode>,
    /// Name of its institution.
    #[arg(long, value_name = "NAME")]
    institution_name: Option<OrganizationName>,
    /// When its time begins, for example 2027-01-01T00:00:00+09:00.
    #[arg(long, value_name = "TIME", conflicts_with = "frozen")]
    set: Option<jiff::Timestamp>,
    /// When its time stands still.
    #[arg(long, value_name = "TIME")]
    frozen: Option<jiff::Timestamp>,
    /// Further pack of test cards.
    #[arg(long = "pack", value_delimiter = ',', value_name = "NAME")]
    packs: Vec<String>,
    /// File with a scenario.
    #[arg(long, value_name = "FILE")]
    scenario: Option<PathBuf>,
    /// File with rows of the dialect.
    #[arg(long, value_name = "FILE")]
    dialect: Option<PathBuf>,
    /// Where chance begins.
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Open a port of its own that refuses in this style.
    #[arg(long, value_enum, value_name = "STYLE")]
    style: Option<Style>,
    /// Let it survive a restart.
    #[arg(long)]
    keep: bool,
    #[command(flatten)]
    port: AdminPort,
}

#[derive(Debug, Args)]
pub(super) struct List {
    /// Print JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    port: AdminPort,
}

#[derive(Debug, Args)]
pub(super) struct Export {
    /// Its name.
    #[arg(default_value = DEFAULT)]
    name: String,
    /// File to write; standard output if absent.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    port: AdminPort,
}

#[derive(Debug, Args)]
pub(super) struct Import {
    /// Exported ledger; `-` is standard input.
    file: PathBuf,
    /// Name of the new world; a made-up one if absent.
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Let it survive a restart.
    #[arg(long)]
    keep: bool,
    #[command(flatten)]
    port: AdminPort,
}

#[derive(Debug, Args)]
pub(super) struct Delete {
    /// Its name.
    name: String,
    #[command(flatten)]
    port: AdminPort,
}

pub(super) fn run(command: &Command) -> anyhow::Result<Exit> {
    block_on(async {
        match command {
            Command::Create(create) => create.run().await,
            Command::List(list) => list.run().await,
            Command::Export(export) => export.run().await,
            Command::Import(import) => import.run().await,
            Command::Delete(delete) => {
                let answer =
                    delete.port.call(Method::DELETE, &[delete.name.as_str()], &[], Body::Nothing).await?;
                Ok(answer.map_or_else(|exit| exit, |_| Exit::Done))
            }
        }
    })
}

impl Create {
    async fn run(&self) -> anyhow::Result<Exit> {
        match self.description() {
            Ok(world) => printed(self.port.call(Method::POST, &[], &[], Body::Json(world)).await?),
            Err(error) => Ok(unusable(&error)),
        }
    }

    fn description(&self) -> anyhow::Result<Value> {
        let mut world = Map::new();
        let mut put = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                world.insert(name.to_owned(), value);
            }
        };
        put("name", self.name.clone().map(Value::from));
        put("institution", self.institution.as_ref().map(|code| code.to_string().into()));
        put("institution_name", self.institution_name.as_ref().map(|name| name.to_string().into()));
        put("clock", self.set.map(|at| json!({ "set": at })));
        put("clock", self.frozen.map(|at| json!({ "frozen": at })));
        put("packs", (!self.packs.is_empty()).then(|| json!(self.packs)));
        put("scenario", self.scenario.as_deref().map(text).transpose()?);
        put("dialect", self.dialect.as_deref().map(text).transpose()?);
        put("seed", self.seed.map(Value::from));
        put("style", self.style.map(|style| json!(style)));
        put("keep", self.keep.then_some(Value::Bool(true)));
        Ok(Value::Object(world))
    }
}

/// A file that the command line names can't be used.
fn unusable(error: &anyhow::Error) -> Exit {
    complain(&format!("error: {error:#}"));
    Exit::Usage
}

fn text(file: &Path) -> anyhow::Result<Value> {
    let text = fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    Ok(text.into())
}

/// What this command reads of the list.
#[derive(Debug, Deserialize)]
struct Listed {
    worlds: Vec<World>,
}

#[derive(Debug, Deserialize)]
struct World {
    name: String,
    now: String,
    kept: bool,
    exchanges: u64,
    institution: Institution,
}

#[derive(Debug, Deserialize)]
struct Institution {
    code: String,
    name: String,
}

impl List {
    async fn run(&self) -> anyhow::Result<Exit> {
        let body = match self.port.call(Method::GET, &[], &[], Body::Nothing).await? {
            Ok(body) => body,
            Err(exit) => return Ok(exit),
        };
        if self.json {
            return printed(Ok(body));
        }
        let mut table = comfy_table::Table::new();
        table.set_header(["world", "time", "institution", "", "exchanges", "kept"]);
        let listed: Listed = serde_json::from_slice(&body)?;
        for World { name, now, kept, exchanges, institution } in listed.worlds {
            let kept = if kept { "yes" } else { "no" };
            table.add_row([
                name,
                now,
                institution.code,
                institution.name,
                exchanges.to_string(),
                kept.to_owned(),
            ]);
        }
        writeln!(stdout(), "{table}")?;
        Ok(Exit::Done)
    }
}

impl Export {
    async fn run(&self) -> anyhow::Result<Exit> {
        let body =
            match self.port.call(Method::GET, &[self.name.as_str(), "ledger"], &[], Body::Nothing).await? {
                Ok(body) => body,
                Err(exit) => return Ok(exit),
            };
        match &self.out {
            Some(file) => {
                let written =
                    fs::write(file, &body).with_context(|| format!("cannot write {}", file.display()));
                if let Err(error) = written {
                    return Ok(unusable(&error));
                }
            }
            None => stdout().write_all(&body)?,
        }
        Ok(Exit::Done)
    }
}

impl Import {
    async fn run(&self) -> anyhow::Result<Exit> {
        let mut text = Vec::new();
        if self.file == Path::new("-") {
            stdin().read_to_end(&mut text)?;
        } else {
            match fs::read(&self.file).with_context(|| format!("cannot read {}", self.file.display())) {
                Ok(read) => text = read,
                Err(error) => return Ok(unusable(&error)),
            }
        }
        let mut query = vec![("keep", if self.keep { "true" } else { "false" })];
        query.extend(self.name.as_deref().map(|name| ("name", name)));
        printed(self.port.call(Method::POST, &["import"], &query, Body::Lines(text)).await?)
    }
}

/// Prints an answer's JSON, as people read it.
fn printed(answer: Result<bytes::Bytes, Exit>) -> anyhow::Result<Exit> {
    match answer {
        Ok(body) => {
            let value: Value = serde_json::from_slice(&body)?;
            writeln!(stdout(), "{}", serde_json::to_string_pretty(&value)?)?;
            Ok(Exit::Done)
        }
        Err(exit) => Ok(exit),
    }
}
