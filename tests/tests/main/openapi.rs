//! The admin API against its own OpenAPI document, by somebody else's tool.

use std::fs;
use std::process::Command;

use system_tests::{Mock, schemathesis};

/// Literal values for some parameters, so that calls get further than "there is no such world".
const IN_THE_FIRST_WORLD: &str = "[parameters]\n\"path.world\" = \"default\"\n\"path.terminal\" = \"1319999916-01\"\n\"path.number\" = 1\n";

/// No server error, and nothing that the document doesn't say.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
    response_schema_conformance,allow_header_conformance";

/// What is never called: streams don't end, and the tool has no idea of a world as JSON Lines.
const NEVER: &str = "/exchanges/stream$|/worlds/import$";
/// The same, and a wait in a world that is there, which lasts as long as its caller says.
const NEVER_IN_A_WORLD: &str = "/exchanges/(stream|wait)$|/worlds/import$";

/// Calls every operation with data that the document allows and data that it doesn't, from a fixed seed.
fn call_everything(mock: &Mock, configuration: &str, excluded: &str) {
    let Some(program) = schemathesis() else { return };
    let path = mock.place.at("schemathesis.toml");
    fs::write(&path, configuration).unwrap();
    let output = Command::new(program)
        .current_dir(mock.place.path())
        .arg("--config-file")
        .arg(path)
        .args(["run", &mock.admin_url("/openapi.json"), "--seed", "1", "--max-examples", "5"])
        .args(["--phases", "examples,coverage,fuzzing", "--generation-database", "none", "--no-shrink"])
        .args(["--exclude-path-regex", excluded, "--request-timeout", "60", "--suppress-health-check", "all"])
        .args(["--checks", CHECKS])
        .env("NO_PROXY", "127.0.0.1")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("Coverage") && said.contains("Fuzzing"), "it did something: {said}");
}

#[test]
fn whoever_calls_worlds_that_may_not_be_there_gets_no_server_error_and_no_undocumented_answer() {
    call_everything(&Mock::plan().without_terminal().start(), "", NEVER);
}

#[test]
fn whoever_calls_the_first_world_gets_no_server_error_and_no_undocumented_answer() {
    let mock = Mock::plan().without_terminal().start();
    assert_eq!(mock.ask("OQSsiquc01", &mock.request_for("expired")).status, 200);
    call_everything(&mock, IN_THE_FIRST_WORLD, NEVER_IN_A_WORLD);
}
