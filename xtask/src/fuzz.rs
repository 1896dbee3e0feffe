//! The fuzz target of `fuzz/`: the decoder on bytes that nobody thought of.
//!
//! cargo-fuzz would need another toolchain; the same instrumentation is asked of the one at hand.

use std::process::Command;

use crate::command::{self, cargo, run};
use crate::steps::Step;
use crate::{needs, place};

/// Seconds that it runs as a step of the tests.
const SECONDS: u32 = 20;

pub(crate) const STEP: Step =
    Step { name: "fuzz", does: "the decoder on mutated documents, for a while", job: || fuzz(SECONDS) };

/// Builds the target with coverage counters and runs it, starting from the golden files.
pub(crate) fn fuzz(seconds: u32) -> anyhow::Result<()> {
    needs::install(needs::FUZZ)?;
    let version = command::text(Command::new("rustc").arg("-vV"))?;
    let host =
        version.lines().find_map(|line| line.strip_prefix("host: ")).unwrap_or("x86_64-unknown-linux-gnu");
    let target = place::target().join("fuzz");
    let flags = "--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
                 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
                 -Cllvm-args=-sanitizer-coverage-trace-compares";
    let manifest = place::root().join("fuzz").join("Cargo.toml");
    let mut build = cargo(&["build", "--release", "--locked", "--target", host, "--manifest-path"]);
    build.arg(manifest).env("RUSTC_BOOTSTRAP", "1").env("RUSTFLAGS", flags).env("CARGO_TARGET_DIR", &target);
    run(&mut build)?;
    let corpus = target.join("corpus");
    std::fs::create_dir_all(&corpus)?;
    let mut decode = Command::new(target.join(host).join("release").join("decode"));
    decode.arg(format!("-max_total_time={seconds}")).args(["-print_final_stats=1", "-verbosity=0"]);
    // What makes it fail is kept beside the corpus, to be run again.
    decode.arg(format!("-artifact_prefix={}/", target.display())).arg(corpus);
    run(decode.arg(place::root().join("messages").join("test-data")))
}
