//! What the tests need from the machine, and where it comes from.

use std::process::{Command, Stdio};

use anyhow::{Context, bail, ensure};

/// A program and the Debian package that has it.
struct Need {
    program: &'static str,
    package: &'static str,
    why: &'static str,
}

const NEEDS: &[Need] = &[
    Need { program: "python3", package: "python3", why: "reads answers with an XML parser that is not ours" },
    Need {
        program: "openssl",
        package: "openssl",
        why: "speaks TLS and reads certificates without our code",
    },
    Need { program: "curl", package: "curl", why: "calls the service as the README does" },
];

/// Installs what is missing when running as root or with `CI` set; otherwise says precisely what is missing.
pub(crate) fn provide() -> anyhow::Result<()> {
    let missing: Vec<&Need> = NEEDS.iter().filter(|need| !is_there(need.program)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let packages: Vec<&str> = missing.iter().map(|need| need.package).collect();
    if !may_install() {
        for need in &missing {
            eprintln!("missing: {} ({})", need.program, need.why);
        }
        bail!("install what is missing, on Debian or Ubuntu: sudo apt-get install {}", packages.join(" "));
    }
    apt(&["update"])?;
    let mut arguments = vec!["install", "--yes", "--no-install-recommends"];
    arguments.extend(packages);
    apt(&arguments)
}

fn may_install() -> bool {
    let root = Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout.starts_with(b"0\n"));
    root || std::env::var_os("CI").is_some()
}

fn is_there(program: &str) -> bool {
    let quiet = Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    quiet.is_ok()
}

fn apt(arguments: &[&str]) -> anyhow::Result<()> {
    eprintln!("$ apt-get {}", arguments.join(" "));
    let status = Command::new("apt-get")
        .args(arguments)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .status()
        .context("cannot run apt-get")?;
    ensure!(status.success(), "apt-get {} failed", arguments.join(" "));
    Ok(())
}
