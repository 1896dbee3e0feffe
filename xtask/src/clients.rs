//! `cargo xtask clients`: the reference clients of every language against a real onshi-mock.

use crate::command::{cargo, run};
use crate::needs::{self, Need};
use crate::steps::Step;

pub(crate) const STEP: Step = Step {
    name: "clients",
    does: "the reference clients in every language, and the lines of their READMEs",
    job: test,
};

const NEEDS: &[Need] = &[
    Need { program: "python3", package: "python3-venv", why: "runs the Python client" },
    Need { program: "javac", package: "default-jdk-headless", why: "builds and runs the Java client" },
    Need { program: "node", package: "nodejs", why: "runs the TypeScript client" },
    Need { program: "npm", package: "npm", why: "builds the TypeScript client" },
    Need {
        program: "openssl",
        package: "openssl",
        why: "writes PKCS#12 of the old kind, and serves the shell client",
    },
    Need { program: "curl", package: "curl", why: "runs the shell client" },
    Need { program: "git", package: "git", why: "looks whether what a client's build leaves is ignored" },
];

/// For C#, which needn't be run where there is no Mono.
const MONO: &[Need] = &[
    Need { program: "mcs", package: "mono-mcs", why: "builds the C# client" },
    Need {
        program: "mono",
        package: "mono-runtime libmono-i18n-cjk4.0-cil libmono-system-runtime-serialization4.0-cil libmono-system-xml-linq4.0-cil",
        why: "runs the C# client",
    },
];

/// Installs the languages and runs the tests.
pub(crate) fn test() -> anyhow::Result<()> {
    needs::install(NEEDS)?;
    if let Err(error) = needs::install(MONO) {
        eprintln!("NOT RUN HERE: the C# client ({error:#})");
    }
    run(&mut cargo(&[
        "test",
        "--package",
        "system-tests",
        "--features",
        "clients",
        "--test",
        "clients",
        "--locked",
        "--",
        "--nocapture",
    ]))
}
