//! What the tests need from the machine, and where it comes from.

use std::process::{Command, Stdio};

use anyhow::bail;

use crate::command;

/// A program and the Debian packages that it takes, separated by blanks.
pub(crate) struct Need {
    /// Its name, and the arguments that lead to a part of it.
    pub(crate) program: &'static str,
    pub(crate) package: &'static str,
    pub(crate) why: &'static str,
}

const TESTS: &[Need] = &[
    Need { program: "python3", package: "python3", why: "reads answers with an XML parser that is not ours" },
    Need {
        program: "python3 -m ensurepip",
        package: "python3-venv",
        why: "makes room for schemathesis, which calls the admin API as its document says",
    },
    Need {
        program: "openssl",
        package: "openssl",
        why: "speaks TLS and reads certificates without our code",
    },
    Need { program: "curl", package: "curl", why: "calls the service as the README does" },
    Need {
        program: "javac",
        package: "default-jdk-headless",
        why: "presents certificates as Java's HttpClient does",
    },
    Need { program: "smbd", package: "samba", why: "shares the exchange folders as terminals do" },
    Need { program: "smbclient", package: "smbclient", why: "uses the share as receipt computers do" },
    Need { program: "jq", package: "jq", why: "reads JSON as the recipes do" },
    Need { program: "ip", package: "iproute2", why: "lays cables between networks that are two lines" },
    Need { program: "pdftotext", package: "poppler-utils", why: "reads PDF answers without our code" },
];

/// For building and running the image without a container engine.
pub(crate) const CONTAINER: &[Need] = &[
    Need { program: "buildah", package: "buildah", why: "builds the Dockerfile" },
    Need {
        program: "debootstrap",
        package: "debootstrap",
        why: "makes the image that the build starts from",
    },
    Need { program: "ip", package: "iproute2", why: "gives a container its loopback" },
];

/// For building fuzz targets.
pub(crate) const FUZZ: &[Need] = &[Need { program: "g++", package: "g++", why: "builds the fuzzing engine" }];

/// Installs what the tests need when running as root or with `CI` set; otherwise says precisely what is missing.
pub(crate) fn provide() -> anyhow::Result<()> {
    install(TESTS)
}

/// The same for any list.
pub(crate) fn install(needs: &[Need]) -> anyhow::Result<()> {
    let missing: Vec<&Need> = needs.iter().filter(|need| !is_there(need.program)).collect();
    if missing.is_empty() {
        eprintln!("all there: {}", needs.iter().map(|need| need.program).collect::<Vec<_>>().join(", "));
        return Ok(());
    }
    for need in &missing {
        eprintln!("missing: {} ({})", need.program, need.why);
    }
    let packages: Vec<&str> = missing.iter().flat_map(|need| need.package.split(' ')).collect();
    if !(is_root() || std::env::var_os("CI").is_some()) || !is_there("apt-get") {
        bail!("install what is missing, on Debian or Ubuntu: sudo apt-get install {}", packages.join(" "));
    }
    apt(&["update"])?;
    let mut arguments = vec!["install", "--yes", "--no-install-recommends"];
    arguments.extend(packages);
    apt(&arguments)
}

pub(crate) fn is_root() -> bool {
    command::text(Command::new("id").arg("-u")).is_ok_and(|id| id == "0")
}

/// Whether a program can be started; what it makes of `--version` is its own affair. A module of one must succeed.
fn is_there(program: &str) -> bool {
    let mut words = program.split(' ');
    let mut command = Command::new(words.next().unwrap_or_default());
    let module: Vec<&str> = words.collect();
    let quiet = command
        .args(&module)
        .arg("--version")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    quiet.is_ok_and(|status| module.is_empty() || status.success())
}

fn apt(arguments: &[&str]) -> anyhow::Result<()> {
    // CI machines give their user sudo without a password.
    let mut apt = if is_root() { Command::new("env") } else { Command::new("sudo") };
    if !is_root() {
        apt.args(["-n", "env"]);
    }
    command::run(apt.args(["DEBIAN_FRONTEND=noninteractive", "apt-get", "--quiet"]).args(arguments))
}
