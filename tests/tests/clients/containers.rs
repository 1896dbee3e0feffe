//! The parts for Testcontainers: without an engine, how a container would be started, and that a started one is used; with
//! one (`cargo xtask docker`), a container of the image. Java's are lines of a document, since its package needs a registry.

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
    run(&mut image_of_rust());
}

fn image_of_rust() -> Command {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut test = Command::new(cargo);
    test.args(["test", "--package", "onshi-client", "--features", "testcontainers", "--lib", "--target-dir"]);
    test.arg(place().parent().unwrap()).current_dir(root());
    test
}

#[test]
#[ignore = "takes a Docker engine: cargo xtask docker"]
fn python_starts_the_container_by_an_engine() {
    let package = Language::Python.copied("engine");
    let python = python_with(&package, "python-with-containers", "testcontainers");
    by_an_engine(Command::new(python).arg(package.join("tests/containers.py")).args(["engine", &image()]));
}

#[test]
#[ignore = "takes a Docker engine: cargo xtask docker"]
fn typescript_starts_the_container_by_an_engine() {
    let package = Language::TypeScript.copied("engine");
    typescript(&package);
    by_an_engine(Command::new("node").arg(package.join("dist/tests/containers.js")).arg(image()));
}

#[test]
#[ignore = "takes a Docker engine: cargo xtask docker"]
fn rust_starts_the_container_by_an_engine() {
    by_an_engine(image_of_rust().args(["--", "--ignored"]));
}

/// The name of the image to be started.
fn image() -> String {
    std::env::var("ONSHI_TEST_IMAGE").expect("ONSHI_TEST_IMAGE names the image")
}

fn by_an_engine(command: &mut Command) {
    // Testcontainers' own helper is an image that would have to be fetched.
    run(command.env("TESTCONTAINERS_RYUK_DISABLED", "true"));
}

/// Runs a program to its end, which starts an onshi-mock of its own.
fn plays(program: &Path, arguments: &[&str]) {
    run(Command::new(program).args(arguments).env("ONSHI_MOCK", binaries::mock_path()));
}
