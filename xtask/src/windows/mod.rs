//! `cargo xtask windows`: terminal and line built for Windows, and the terminal's tests driven against them under Wine.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context;

use crate::command::{cargo, run};
use crate::needs::{self, Need};
use crate::place;
use crate::steps::Step;

pub(crate) const STEPS: &[Step] = &[
    Step { name: "tools", does: "cross-compiler, standard library and Wine", job: tools },
    Step { name: "build", does: "terminal and line for Windows, the service for this machine", job: build },
    Step { name: "tests", does: "the terminal's tests, with the terminal of Windows", job: tests },
];

const TARGET: &str = "x86_64-pc-windows-gnu";
const COMPILER: &str = "x86_64-w64-mingw32-gcc";
/// Where Debian puts it.
const WINE: &str = "/usr/lib/wine/wine64";

const NEEDS: &[Need] = &[
    Need { program: COMPILER, package: "gcc-mingw-w64-x86-64", why: "links programs for Windows" },
    Need { program: WINE, package: "wine64", why: "runs them" },
];

fn tools() -> anyhow::Result<()> {
    needs::provide()?;
    needs::install(NEEDS)?;
    run(Command::new("rustup").args(["target", "add", TARGET]))
        .context("the standard library for Windows is not to be had")
}

fn build() -> anyhow::Result<()> {
    run(&mut cargo(&["build", "--package", "onshi-mock", "--locked"]))?;
    let programs = ["--package", "onshi-terminal", "--package", "onshi-line"];
    run(cargo(&["build", "--locked", "--target", TARGET]).args(programs))?;
    fs::create_dir_all(folder())?;
    for program in ["onshi-terminal.exe", "onshi-line.exe"] {
        let built = place::target().join(TARGET).join("debug").join(program);
        fs::copy(&built, folder().join(program)).with_context(|| format!("no {}", built.display()))?;
    }
    let library = place::root().join("xtask/src/windows/bcryptprimitives.c");
    let output = folder().join("bcryptprimitives.dll");
    run(Command::new(COMPILER).args(["-shared", "-o"]).arg(output).arg(library).arg("-ladvapi32"))
}

fn tests() -> anyhow::Result<()> {
    let service = folder().join("onshi-mock");
    let _ = fs::remove_file(&service);
    std::os::unix::fs::symlink(place::target().join("debug/onshi-mock"), service)?;
    for name in ["onshi-terminal", "onshi-line"] {
        under_wine(&folder(), name)?;
    }
    // Wine makes its folder with the first program, and tests that run side by side would make it twice.
    run(Command::new(folder().join("onshi-terminal")).arg("--version"))?;
    let mut test = cargo(&["test", "--locked", "--package", "system-tests", "--test", "main", "terminal::"]);
    run(test.env("ONSHI_TEST_BINARIES", folder()))
}

/// A script that runs a program of Windows by its name here. File names are not ASCII only, so Wine needs the locale.
fn under_wine(folder: &Path, name: &str) -> anyhow::Result<()> {
    let (script, at) = (folder.join(name), folder.display());
    let text = format!(
        "#!/bin/sh\nexport HOME='{at}' WINEPREFIX='{at}/prefix' WINEDEBUG=-all LC_ALL=C.UTF-8 PATH=/usr/bin:/bin\n\
         exec {WINE} '{at}/{name}.exe' \"$@\"\n"
    );
    fs::write(&script, text)?;
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755))?;
    Ok(())
}

fn folder() -> PathBuf {
    place::target().join("windows")
}
