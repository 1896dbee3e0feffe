//! `cargo xtask docker`: the image under a real engine, where one answers: its memory as the engine counts it, its ports,
//! its health, and Testcontainers of each language.

use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};

use crate::command::{cargo, run, succeeds, text};
use crate::place;
use crate::steps::{Skipped, Step};

pub(crate) const STEPS: &[Step] = &[
    Step { name: "image", does: "the image that container-test has built, given to the engine", job: image },
    Step { name: "idle", does: "health, ports and idle memory of a container", job: idle },
    Step { name: "clients", does: "Testcontainers in Python, TypeScript and Rust", job: clients },
];

const IMAGE: &str = "onshi-mock";
const CONTAINER: &str = "onshi-mock-under-test";
/// Most bytes of memory while idle, as `docker stats` shows them.
const MOST_MEMORY: f64 = 15.0 * 1024.0 * 1024.0;
/// Longest time until it is healthy.
const PATIENCE: Duration = Duration::from_secs(30);

fn docker(arguments: &[&str]) -> Command {
    let mut docker = Command::new("docker");
    docker.args(arguments);
    docker
}

fn engine() -> anyhow::Result<()> {
    if succeeds(&mut docker(&["info"])) {
        return Ok(());
    }
    Err(Skipped("no Docker engine answers here".to_owned()).into())
}

fn image() -> anyhow::Result<()> {
    engine()?;
    let archive = place::target().join("container/onshi-mock.tar");
    if archive.exists() {
        return run(docker(&["load", "--input"]).arg(archive));
    }
    ensure!(
        succeeds(&mut docker(&["image", "inspect", IMAGE])),
        "there is no image {IMAGE}: `cargo xtask image` or `cargo xtask container-test` builds it"
    );
    Ok(())
}

fn idle() -> anyhow::Result<()> {
    engine()?;
    succeeds(&mut docker(&["rm", "--force", CONTAINER]));
    let began = Instant::now();
    text(&mut docker(&["run", "--detach", "--name", CONTAINER, "--publish", "127.0.0.1::8080", IMAGE]))?;
    let found = observed(began);
    text(&mut docker(&["rm", "--force", CONTAINER]))?;
    found
}

fn observed(began: Instant) -> anyhow::Result<()> {
    let health = ["inspect", "--format", "{{.State.Health.Status}}", CONTAINER];
    while text(&mut docker(&health))? != "healthy" {
        ensure!(began.elapsed() < PATIENCE, "it is not healthy after {} s", PATIENCE.as_secs());
        thread::sleep(Duration::from_millis(100));
    }
    let healthy = began.elapsed();
    let admin = text(&mut docker(&["port", CONTAINER, "8080"]))?;
    let ready = text(Command::new("curl").args(["--fail", "--silent", &format!("http://{admin}/readyz")]))?;
    ensure!(ready == "ready", "/readyz at the published port says {ready:?}");
    let used = text(&mut docker(&["stats", "--no-stream", "--format", "{{.MemUsage}}", CONTAINER]))?;
    let bytes = bytes(&used)?;
    eprintln!("  healthy after {:.1} s, {used}", healthy.as_secs_f64());
    ensure!(bytes <= MOST_MEMORY, "{used} of memory while idle");
    Ok(())
}

/// The bytes of `5.078MiB / 23.54GiB`.
fn bytes(used: &str) -> anyhow::Result<f64> {
    let first = used.split('/').next().unwrap_or_default().trim();
    let (number, unit) = first.split_at(first.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(first.len()));
    let factor = match unit {
        "B" => 1.0,
        "KiB" => 1024.0,
        "MiB" => 1024.0 * 1024.0,
        "GiB" => 1024.0 * 1024.0 * 1024.0,
        _ => bail!("docker stats says {used:?}"),
    };
    let number: f64 = number.parse().with_context(|| format!("docker stats says {used:?}"))?;
    Ok(number * factor)
}

fn clients() -> anyhow::Result<()> {
    engine()?;
    let mut test =
        cargo(&["test", "--package", "system-tests", "--features", "clients", "--test", "clients"]);
    run(test.args(["--locked", "engine", "--", "--ignored"]).env("ONSHI_TEST_IMAGE", IMAGE))
}
