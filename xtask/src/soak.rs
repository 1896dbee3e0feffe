//! `cargo xtask soak`: the long versions of tests whose short ones run each time. The environment tells them how long.

use crate::command::{cargo, run};
use crate::needs;
use crate::steps::Step;

/// One test after the other: some of them measure the process that they drive.
pub(crate) const STEPS: &[Step] = &[
    Step { name: "tools", does: "what the tests need from the machine", job: needs::provide },
    Step { name: "kills", does: "terminal or service killed 1,000 times", job: kills },
    Step { name: "load", does: "100 requests a second for ten minutes", job: load },
];

fn kills() -> anyhow::Result<()> {
    system_test("terminal::killed", &[("ONSHI_SOAK_KILLS", "1000")])
}

fn load() -> anyhow::Result<()> {
    system_test("terminal::load::a_steady_stream", &[("ONSHI_SOAK_SECONDS", "600")])
}

/// Prints how long one request takes.
pub(crate) fn bench_folders() -> anyhow::Result<()> {
    system_test("terminal::load::the_time", &[("ONSHI_BENCH_REQUESTS", "1000")])
}

/// Of the release build, with what the tests print.
fn system_test(filter: &str, told: &[(&str, &str)]) -> anyhow::Result<()> {
    run(&mut cargo(&["build", "--workspace", "--bins", "--release", "--locked"]))?;
    let mut test = cargo(&["test", "-p", "system-tests", "--test", "main", "--release", "--locked", filter]);
    run(test.args(["--", "--nocapture"]).envs(told.iter().copied()))
}
