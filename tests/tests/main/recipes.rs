//! The recipes do what they say, as far as this can be shown without an engine or a runner: their YAML is read, and their
//! shell lines are run beside a real onshi-mock.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use system_tests::Mock;

/// What stands for the vendor's own tests: asks the service with what the world's file holds.
const RUN_TESTS: &str = r#"#!/bin/sh
set -eu
jq --raw-output .certificate.certificate_pem "$1" > own.pem
jq --raw-output .certificate.key_pem "$1" > own-key.pem
jq --raw-output .ca_pem "$1" > own-ca.pem
url="$(jq --raw-output .line.service "$1")"
curl --silent --show-error --cacert own-ca.pem --cert own.pem --key own-key.pem --data-binary @request.xml \
     --fail "$url/oqs/OQSsiquc01" --output answer.xml
"#;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The code blocks of a document in one language.
fn blocks(path: &str, language: &str) -> Vec<String> {
    let fence = format!("```{language}\n");
    let text = read(path);
    text.split(&fence).skip(1).map(|rest| rest.split_once("\n```").unwrap().0.to_owned()).collect()
}

fn yaml(text: &str) -> Value {
    serde_saphyr::from_str(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// Where a recipe's lines are run: beside a mock, with the vendor's tests and a request of theirs.
struct Runner {
    mock: Mock,
}

impl Runner {
    fn new() -> Self {
        let mock = Mock::plan().without_terminal().start();
        let place = mock.place.path();
        std::fs::write(place.join("run-tests"), RUN_TESTS).unwrap();
        let card = Command::new(system_tests::binaries::mock_path())
            .args(["cards", "employee-valid", "--request"])
            .output()
            .unwrap();
        std::fs::write(place.join("request.xml"), card.stdout).unwrap();
        Command::new("chmod").args(["+x", "run-tests"]).current_dir(place).status().unwrap();
        Self { mock }
    }

    /// Runs lines as a runner does: bash, the first failure ends them. Returns what they appended to a file of the runner.
    fn run(&self, lines: &str, environment: &[(&str, &str)]) -> String {
        let place = self.mock.place.path();
        let exported = place.join("exported");
        std::fs::write(&exported, "").unwrap();
        let admin = format!("http://localhost:{}", self.mock.admin);
        let output = Command::new("bash")
            .args(["-euo", "pipefail", "-c", lines])
            .current_dir(place)
            .env("ONSHI_ADMIN", &admin)
            .envs([("NO_PROXY", "localhost,127.0.0.1"), ("no_proxy", "localhost,127.0.0.1")])
            .env("GITHUB_ENV", &exported)
            .env("GITHUB_OUTPUT", &exported)
            .env("RUNNER_TEMP", place)
            .envs(environment.iter().copied())
            .output()
            .unwrap();
        assert!(output.status.success(), "{lines}\n{}", String::from_utf8_lossy(&output.stderr));
        std::fs::read_to_string(exported).unwrap()
    }

    fn holds(&self, file: &str, text: &str) {
        let content = std::fs::read_to_string(self.mock.place.path().join(file)).unwrap();
        assert!(content.contains(text), "{file}: {content}");
    }

    fn value(&self, file: &str) -> Value {
        serde_json::from_slice(&std::fs::read(self.mock.place.path().join(file)).unwrap()).unwrap()
    }
}

/// `NAME=value` lines.
fn exported<'a>(lines: &'a str, name: &str) -> &'a str {
    let value = lines.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
    value.unwrap_or_else(|| panic!("no {name} in {lines:?}"))
}

/// Documents whose lines of shell are run here.
pub(crate) const FOLLOWED: &[&str] = &["docs/recipes/laptop.md"];

const ANSWERED: &str = "<QualificationValidity>1</QualificationValidity>";

#[test]
fn the_service_container_of_github_actions_is_asked_and_its_report_read() {
    let workflow = yaml(&blocks("docs/recipes/github-actions.md", "yaml")[0]);
    let job = &workflow["jobs"]["test"];
    assert_eq!(job["services"]["onshi-mock"]["ports"], serde_json::json!(["8443:8443", "8080:8080"]));
    assert_eq!(job["env"]["ONSHI_ADMIN"], "http://localhost:8080");
    let runner = Runner::new();
    let mut world = String::new();
    for step in job["steps"].as_array().unwrap() {
        let Some(lines) = step["run"].as_str() else { continue };
        let environment = [("ONSHI_WORLD", world.as_str())];
        let exports = runner.run(lines, &environment);
        if world.is_empty() {
            exported(&exports, "ONSHI_WORLD").clone_into(&mut world);
        }
    }
    runner.holds("answer.xml", ANSWERED);
    runner.holds("onshi-mock.xml", "<testsuites");
}

#[test]
fn the_action_makes_a_world_and_tells_where_it_is_described() {
    let action = yaml(&read(".github/actions/onshi-mock/action.yml"));
    let steps = action["runs"]["steps"].as_array().unwrap();
    let [start, world] = steps.as_slice() else { panic!("two steps: {steps:#?}") };
    assert!(start["run"].as_str().unwrap().starts_with("docker run "), "an engine's business");
    let runner = Runner::new();
    let lines = world["run"].as_str().unwrap();
    let exports = runner.run(lines, &[("INSTITUTION", "1319999916")]);
    let (name, file) = (exported(&exports, "name"), exported(&exports, "file"));
    let described: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    assert_eq!(described["name"], name);
    runner.run(&format!("./run-tests '{file}'"), &[]);
    runner.holds("answer.xml", ANSWERED);
    let workflow = yaml(&blocks("docs/recipes/github-actions.md", "yaml")[1]);
    let with = &workflow["jobs"]["test"]["steps"][1]["with"];
    for input in with.as_object().unwrap().keys() {
        assert!(action["inputs"].get(input).is_some(), "{input} is an input of the action");
    }
}

#[test]
fn the_lines_of_gitlab_ci_are_asked_and_their_report_read() {
    let pipeline = yaml(&blocks("docs/recipes/gitlab-ci.md", "yaml")[0]);
    let job = &pipeline["test"];
    assert_eq!(job["services"][0]["alias"], "onshi-mock");
    let runner = Runner::new();
    for part in ["script", "after_script"] {
        for line in job[part].as_array().unwrap() {
            runner.run(line.as_str().unwrap(), &[]);
        }
    }
    runner.holds("answer.xml", ANSWERED);
    runner.holds("onshi-mock.xml", "<testsuites");
}

#[test]
fn the_lines_for_a_laptop_leave_a_client_all_that_it_needs() {
    let [lines] = blocks("docs/recipes/laptop.md", "sh").try_into().unwrap();
    let lines: String = lines;
    let runner = Runner::new();
    runner.run(&lines, &[]);
    assert_eq!(runner.value("world.json")["institution"]["code"], "1319999916");
    runner.holds("client.pem", "BEGIN CERTIFICATE");
    runner.holds("client-key.pem", "PRIVATE KEY");
    runner.holds("ca.pem", "BEGIN CERTIFICATE");
}

#[test]
fn the_unit_for_systemd_is_one_that_systemd_reads() {
    let unit = root().join("packaging/systemd/onshi-mock.service");
    let text = std::fs::read_to_string(&unit).unwrap();
    // The program need not be installed where the unit is checked.
    let place = tempfile::tempdir().unwrap();
    let here = place.path().join("onshi-mock.service");
    std::fs::write(&here, text.replace("/usr/local/bin/onshi-mock", "/bin/true")).unwrap();
    let Ok(verified) = Command::new("systemd-analyze").arg("verify").arg(&here).output() else {
        eprintln!("skipped: there is no systemd-analyze here");
        return;
    };
    let told = String::from_utf8_lossy(&verified.stderr);
    let own: Vec<_> = told.lines().filter(|line| line.contains("onshi-mock.service")).collect();
    assert!(own.is_empty(), "{own:#?}");
    for setting in ["ONSHI_DATA", "ONSHI_EXCHANGE"] {
        assert!(text.contains(setting));
    }
}

#[test]
fn every_recipe_is_in_the_list_and_every_link_leads_somewhere() {
    let list = read("docs/recipes/README.md");
    for entry in std::fs::read_dir(root().join("docs/recipes")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(name == "README.md" || list.contains(&format!("({name})")), "{name}");
        let text = read(&format!("docs/recipes/{name}"));
        for link in text.split("](").skip(1).filter_map(|rest| rest.split_once(')')) {
            let target = link.0.split('#').next().unwrap();
            assert!(root().join("docs/recipes").join(target).exists(), "{name}: {target}");
        }
    }
}
