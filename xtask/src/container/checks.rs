//! What the image promises.

use std::io::ErrorKind;
use std::process::Command;

use anyhow::{Context, ensure};

use super::buildah::folder;
use super::engine::{Container, Flags, Memory, drop_file, fresh, wait_for};
use super::image::Image;
use crate::command::text;
use crate::size::{self, compressed, megabytes};

/// A user that nobody has heard of.
const STRANGER: &str = "12345:12345";
const REQUEST: &str = "/OQS/req/OQSsiquc01req_container.xml";
const ANSWER: &str = "/OQS/res/OQSsiquc01res_container.xml";

/// Most kilobytes of memory of its own while it is idle.
const MOST_OWN_MEMORY: u64 = 15 * 1024;

/// How often the demo is played.
const DEMOS: usize = 20;

type Check = fn(&Image) -> anyhow::Result<String>;

const CHECKS: &[(&str, Check)] = &[
    ("runs without arguments, network and root", bare),
    ("runs with a read-only root, as any user, with a mounted exchange folder", mounted),
    ("serves on with an exchange folder of somebody else's, and says whose", foreign_folder),
    ("plays the demo, again and again", demo),
    ("has the terminal and the line", companions),
    ("is small", small),
];

/// Runs all checks and prints what each found; the first that fails ends it.
pub(super) fn run(image: &Image) -> anyhow::Result<()> {
    for (promise, check) in CHECKS {
        let found = check(image).with_context(|| format!("the image breaks a promise, \"{promise}\""))?;
        eprintln!("  ok  {promise}: {found}");
    }
    Ok(())
}

fn bare(image: &Image) -> anyhow::Result<String> {
    ensure!(image.user == "65534:65534", "its user is {:?}", image.user);
    let mut container = Container::start(image, "bare", &Flags::default())?;
    let ready = container.ready()?;
    let memory = works(&container)?;
    ends(&mut container)?;
    ensure!(memory.own <= MOST_OWN_MEMORY, "{} kB of memory of its own while idle", memory.own);
    let (own, mapped) = (memory.own, memory.mapped);
    Ok(format!(
        "ready after {} ms, {own} kB of its own, {mapped} kB of the program's file mapped",
        ready.as_millis()
    ))
}

fn mounted(image: &Image) -> anyhow::Result<String> {
    let exchange = fresh("mounted-exchange")?;
    text(Command::new("chown").arg(STRANGER).arg(&exchange))?;
    let flags = Flags {
        user: Some(STRANGER),
        read_only: true,
        volume: Some((&exchange, "/OQS")),
        ..Flags::default()
    };
    let mut container = Container::start(image, "mounted", &flags)?;
    let ready = container.ready()?;
    let write = std::fs::write(container.path("/file")?, "");
    ensure!(
        write.is_err_and(|error| error.kind() == ErrorKind::ReadOnlyFilesystem),
        "the root is not read-only, so this shows nothing"
    );
    works(&container)?;
    ensure!(exchange.join("res").is_dir(), "the mounted folder was not used");
    ends(&mut container)?;
    Ok(format!("ready after {} ms", ready.as_millis()))
}

/// What becomes of a bind mount whose folder the engine had to create: it belongs to root.
fn foreign_folder(image: &Image) -> anyhow::Result<String> {
    let exchange = fresh("foreign-exchange")?;
    let flags = Flags { volume: Some((&exchange, "/OQS")), ..Flags::default() };
    let mut container = Container::start(image, "foreign", &flags)?;
    container.ready()?;
    container.exec(&image.healthcheck)?;
    let log = container.stderr()?;
    ensure!(log.contains("/OQS belongs to 0:0"), "the log does not say whose the folder is:\n{log}");
    ends(&mut container)?;
    Ok("told in the log".to_owned())
}

/// Often, since threads that destroy each other's data do so now and then.
fn demo(image: &Image) -> anyhow::Result<String> {
    let flags = Flags { arguments: &["demo"], ..Flags::default() };
    for round in 1..=DEMOS {
        let mut container = Container::start(image, "demo", &flags)?;
        let status = container.end()?;
        let (told, log) = (container.stdout()?, container.stderr()?);
        ensure!(status.success(), "round {round} ended with {status}\n{told}\n{log}");
    }
    Ok(format!("{DEMOS} times"))
}

fn companions(image: &Image) -> anyhow::Result<String> {
    let mut container = Container::start(image, "terminal", &Flags::default())?;
    container.ready()?;
    let mut versions = Vec::new();
    for name in ["onshi-terminal", "onshi-line"] {
        let version = container.exec(&[format!("/{name}"), "--version".to_owned()])?;
        let version = String::from_utf8_lossy(&version).trim().to_owned();
        ensure!(version.starts_with(name), "/{name} says it is {version}");
        versions.push(version);
    }
    ends(&mut container)?;
    Ok(versions.join(", "))
}

fn small(image: &Image) -> anyhow::Result<String> {
    let archive = folder().join("onshi-mock.tar");
    image.save(&archive)?;
    let plain = size::file(&archive)?;
    let on_the_wire = compressed(&archive)?;
    let binary =
        |name: &str| anyhow::Ok(format!("{name} {}", megabytes(size::file(&image.root.join(name))?)));
    let limit = size::LIMIT;
    ensure!(on_the_wire <= limit, "{} compressed, more than {}", megabytes(on_the_wire), megabytes(limit));
    Ok(format!(
        "{} compressed, {} plain, {}, {}",
        megabytes(on_the_wire),
        megabytes(plain),
        binary("onshi-mock")?,
        binary("onshi-terminal")?
    ))
}

/// Healthy, and a request dropped into the folder is answered. Tells the memory in use before that.
fn works(container: &Container) -> anyhow::Result<Memory> {
    container.exec(&container.image().healthcheck).context("HEALTHCHECK")?;
    let memory = container.memory()?;
    let program = &container.image().entrypoint;
    let ask: Vec<String> =
        program.iter().cloned().chain(["cards", "employee-valid", "--request"].map(str::to_owned)).collect();
    drop_file(&container.path(REQUEST)?, &container.exec(&ask)?)?;
    let answer = wait_for(&container.path(ANSWER)?)
        .with_context(|| format!("no answer; stderr:\n{}", container.stderr().unwrap_or_default()))?;
    let answer = String::from_utf8_lossy(&answer);
    ensure!(answer.contains("<QualificationValidity>1</QualificationValidity>"), "the answer is:\n{answer}");
    Ok(memory)
}

/// SIGTERM, which an engine sends to the first process, ends it with status 0.
fn ends(container: &mut Container) -> anyhow::Result<()> {
    let status = container.terminate()?;
    ensure!(status.success(), "SIGTERM ended it with {status}; stderr:\n{}", container.stderr()?);
    let output = container.stdout()?;
    ensure!(output.lines().count() == 1, "more than the ready line on stdout:\n{output}");
    Ok(())
}
