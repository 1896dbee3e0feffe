//! The parts for Testcontainers, as far as they can be tried without an engine: how a container would be started, and that
//! a started one is used. Java's are lines of a document, since its package needs a registry.

use std::path::Path;
use std::process::Command;

use system_tests::binaries;

use crate::languages::{Language, place, python_with, root, run, typescript};

#[test]
fn the_container_of_python_is_declared_and_connected() {
    let package = Language::Python.copied("containers");
    let python = python_with(&package, "python-with-containers", "testcontainers");
    plays(&python, &[package.join("tests/containers.py").to_str().unwrap()]);
}

#[test]
fn without_the_extra_python_says_what_to_install() {
    let package = Language::Python.copied("without-containers");
    let python = python_with(&package, "python-without-containers", "pkcs12");
    plays(&python, &[package.join("tests/containers.py").to_str().unwrap(), "missing"]);
}

#[test]
fn the_container_of_typescript_is_declared_and_connected() {
    let package = Language::TypeScript.copied("containers");
    typescript(&package);
    plays(Path::new("node"), &[package.join("dist/tests/containers.js").to_str().unwrap()]);
}

#[test]
fn the_image_of_rust_is_declared() {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut test = Command::new(cargo);
    test.args(["test", "--package", "onshi-client", "--features", "testcontainers", "--lib", "--target-dir"]);
    run(test.arg(place().parent().unwrap()).current_dir(root()));
}

/// Runs a program to its end, which starts an onshi-mock of its own.
fn plays(program: &Path, arguments: &[&str]) {
    run(Command::new(program).args(arguments).env("ONSHI_MOCK", binaries::mock_path()));
}
