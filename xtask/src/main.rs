//! The project's own chores: `cargo xtask test` and its neighbours.

mod bench_start;
mod clients;
mod command;
mod container;
mod docker;
mod fuzz;
mod image;
mod needs;
mod place;
mod size;
mod soak;
mod steps;
mod suite;
mod windows;

use std::io::Write;
use std::process::ExitCode;

use anyhow::bail;

const HELP: &str = "\
Usage: cargo xtask <command>

Commands:
  test            install or name what the tests need, then check format, lints, documentation, all tests, a bounded fuzz run and the image
  clients         run the reference clients in every language, and the lines of their READMEs
  container-test  build the image without a container engine, run it and check it; skips where that is not possible
  docker          the image of container-test under a Docker engine: health, memory, Testcontainers; skips without one
  fuzz [SECONDS]  run the decoder on mutated documents, 60 seconds unless told otherwise
  image [ARG…]    build the image with docker, podman or buildah and print its size; ARGs go to the builder
  soak            the long versions of some tests: 1,000 kills, ten minutes of load; two hours or so
  bench-folders   print the time from request in place to answer in place, of the release binaries
  windows         build terminal and line for Windows, and run the terminal's tests with them under Wine
  bench-start     print the time from process start to ready, median of 20 starts of the release binary";

fn main() -> ExitCode {
    run().unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}

fn run() -> anyhow::Result<ExitCode> {
    let mut arguments = std::env::args().skip(1);
    let command = arguments.next();
    let rest: Vec<String> = arguments.collect();
    match (command.as_deref(), rest.as_slice()) {
        (Some("image"), builder_arguments) => image::build(builder_arguments)?,
        (Some("test"), []) => return Ok(steps::run(suite::STEPS)),
        (Some("container-test"), []) => return Ok(steps::run(&[container::STEP])),
        (Some("soak"), []) => return Ok(steps::run(soak::STEPS)),
        (Some("docker"), []) => return Ok(steps::run(docker::STEPS)),
        (Some("windows"), []) => return Ok(steps::run(windows::STEPS)),
        (Some("bench-folders"), []) => soak::bench_folders()?,
        (Some("clients"), []) => return Ok(steps::run(&[clients::STEP])),
        (Some("bench-start"), []) => bench_start::run()?,
        (Some("fuzz"), []) => fuzz::fuzz(60)?,
        (Some("fuzz"), [seconds]) => fuzz::fuzz(seconds.parse()?)?,
        (None | Some("--help" | "-h" | "help"), _) => writeln!(std::io::stdout(), "{HELP}")?,
        (
            Some(
                "test" | "clients" | "container-test" | "soak" | "windows" | "docker" | "bench-folders"
                | "bench-start",
            ),
            [argument, ..],
        ) => {
            bail!("unexpected argument {argument:?}\n{HELP}")
        }
        (Some(other), _) => bail!("unknown command {other:?}\n{HELP}"),
    }
    Ok(ExitCode::SUCCESS)
}
