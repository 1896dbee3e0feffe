//! `cargo xtask test`: everything that CI runs, in the order in which it fails soonest.

use crate::command::{cargo, run};
use crate::steps::Step;
use crate::{clients, container, fuzz, needs};

pub(crate) const STEPS: &[Step] = &[
    Step { name: "tools", does: "what the tests need from the machine", job: needs::provide },
    Step { name: "format", does: "the layout of the code", job: format },
    Step { name: "lints", does: "clippy, every warning an error", job: lints },
    Step { name: "build", does: "the binaries that the system tests drive", job: build },
    Step { name: "tests", does: "all tests of the workspace", job: tests },
    clients::STEP,
    Step { name: "documentation", does: "rustdoc, every warning an error", job: documentation },
    fuzz::STEP,
    container::STEP,
];

fn format() -> anyhow::Result<()> {
    run(&mut cargo(&["fmt", "--all", "--check"]))
}

fn lints() -> anyhow::Result<()> {
    // With the tests that are built only when they are asked for.
    let what = ["clippy", "--workspace", "--all-targets", "--features", "system-tests/clients", "--locked"];
    run(cargo(&what).args(["--", "-D", "warnings"]))
}

fn build() -> anyhow::Result<()> {
    run(&mut cargo(&["build", "--workspace", "--bins", "--locked"]))
}

fn tests() -> anyhow::Result<()> {
    run(&mut cargo(&["test", "--workspace", "--locked", "--no-fail-fast"]))
}

fn documentation() -> anyhow::Result<()> {
    run(cargo(&["doc", "--workspace", "--no-deps", "--locked", "--quiet"]).env("RUSTDOCFLAGS", "-D warnings"))
}
