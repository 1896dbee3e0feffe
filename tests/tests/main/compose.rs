//! `compose.yaml`: the programs understand what it sets, and its field works as a set of processes.

use std::path::Path;
use std::process::Command;

use serde_json::Value;
use system_tests::{Exchange, Place, Process, binaries};

fn compose() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../compose.yaml");
    serde_saphyr::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// A service of the file with what it merges in.
fn service<'a>(compose: &'a Value, name: &str) -> &'a Value {
    compose["services"].get(name).unwrap_or_else(|| panic!("no service {name}"))
}

/// The environment of a service, as the containers' network looks from here: each address is one of this machine's
/// loopback addresses, each port a free one, each folder below a place.
fn environment(
    compose: &Value,
    name: &str,
    place: &Place,
    ports: &[(&str, String)],
) -> Vec<(String, String)> {
    let set = service(compose, name)["environment"].as_object().unwrap();
    set.iter()
        .map(|(key, value)| {
            let mut value = value.as_str().unwrap().to_owned();
            for (from, to) in ports {
                value = value.replace(from, to);
            }
            let folder = |path: &str, name: &str| place.at(name).display().to_string() + path;
            if let Some(path) = value.clone().strip_prefix("/data") {
                value = folder(path, "data");
            } else if value == "/OQS" {
                value = folder("", name);
            }
            (key.clone(), value)
        })
        .collect()
}

fn start(mut command: Command, place: &Place, name: &str, environment: &[(String, String)]) -> Process {
    command.env_clear().envs(environment.iter().map(|(key, value)| (key, value)));
    Process::start(command, &place.at(&format!("{name}.log")))
}

/// `…listen=127.0.0.1:1234…` and the like.
fn told<'a>(line: &'a str, name: &str) -> &'a str {
    let (_, rest) = line.split_once(&format!(" {name}=")).unwrap_or_else(|| panic!("no {name} in {line:?}"));
    rest.split(' ').next().unwrap()
}

#[test]
fn each_profile_has_its_services_and_mounts_only_folders_that_exist_before() {
    let compose = compose();
    let services = compose["services"].as_object().unwrap();
    let of = |profile: &str| -> Vec<&str> {
        let has = |service: &Value| service["profiles"].as_array().unwrap().contains(&profile.into());
        services.iter().filter(|(_, service)| has(service)).map(|(name, _)| name.as_str()).collect()
    };
    assert_eq!(of("dev"), ["onshi-mock"]);
    assert_eq!(of("training"), ["training"]);
    assert_eq!(of("field"), ["service", "line-a", "line-b", "terminal-a", "terminal-b", "desk-a", "desk-b"]);
    for (name, service) in services {
        for volume in service["volumes"].as_array().into_iter().flatten().filter(|volume| volume.is_object())
        {
            assert_eq!(volume["bind"]["create_host_path"], false, "{name}: {volume}");
        }
        for port in service["ports"].as_array().into_iter().flatten() {
            assert!(port.as_str().unwrap().starts_with("127.0.0.1:"), "{name} publishes {port}");
        }
    }
}

#[test]
fn in_the_field_a_terminal_meets_the_service_only_over_its_line_and_a_desk_nobody() {
    let compose = compose();
    let networks = |name: &str| -> Vec<String> {
        service(&compose, name)["networks"].as_object().unwrap().keys().cloned().collect()
    };
    assert_eq!(networks("terminal-a"), ["clinic-a"]);
    assert_eq!(networks("terminal-b"), ["clinic-b"]);
    assert_eq!(networks("line-a"), ["carrier", "clinic-a"]);
    assert_eq!(networks("service"), ["carrier", "office"]);
    for desk in ["desk-a", "desk-b"] {
        assert_eq!(service(&compose, desk)["network_mode"], "none");
    }
    for network in ["carrier", "clinic-a", "clinic-b"] {
        assert_eq!(compose["networks"][network]["internal"], true, "{network} leads nowhere else");
    }
}

#[test]
fn the_field_answers_both_institutions_each_over_its_own_line() {
    let (compose, place) = (compose(), Place::new());
    let scenarios = Path::new(env!("CARGO_MANIFEST_DIR")).join("../packaging/compose");
    let mut set = environment(&compose, "service", &place, &[("10.71.0.11,10.71.0.12", "127.0.0.1".into())]);
    set.retain(|(key, _)| key != "ONSHI_STYLE");
    set.push(("ONSHI_STYLE".into(), "field".into()));
    for (key, value) in [("ONSHI_SERVICE_PORT", "0"), ("ONSHI_ADMIN_PORT", "0"), ("ONSHI_CLIENT_KEY", "p256")]
    {
        set.push((key.into(), value.into()));
    }
    set.push(("ONSHI_DATA".into(), place.at("data").display().to_string()));
    set.push(("ONSHI_SCENARIOS".into(), scenarios.display().to_string()));
    let service = start(binaries::onshi_mock(), &place, "service", &set);
    let ready = service.line();
    let at = told(&ready, "service").trim_start_matches("https://").to_owned();

    let mut running = Vec::new();
    for (line, terminal) in [("line-a", "terminal-a"), ("line-b", "terminal-b")] {
        let ports = [("0.0.0.0:8443", "127.0.0.1:0".to_owned()), ("10.71.0.10:8443", at.clone())];
        let carrier =
            start(binaries::onshi_line(), &place, line, &environment(&compose, line, &place, &ports));
        let end = told(&carrier.line(), "listen").to_owned();
        let ports = [("10.71.1.2:8443", end.clone()), ("10.71.2.2:8443", end)];
        let set = environment(&compose, terminal, &place, &ports);
        let clinic = start(binaries::onshi_terminal(), &place, terminal, &set);
        assert!(clinic.line().starts_with("onshi-terminal ready"));
        running.push((carrier, clinic));
    }
    for (terminal, code) in [("terminal-a", "1319999916"), ("terminal-b", "1349999910")] {
        let exchange = Exchange::at(place.at(terminal));
        let request = String::from_utf8(card()).unwrap().replace("1319999916", code);
        exchange.drop_request("OQSsiquc01req_field.xml", request.as_bytes());
        let answer = exchange.wait_answer("OQSsiquc01req_field.xml");
        assert!(
            answer.text().contains("<QualificationValidity>1</QualificationValidity>"),
            "{}",
            answer.text()
        );
        assert!(answer.text().contains(code), "{}", answer.text());
    }
}

/// A request as `onshi-mock cards … --request` prints it.
fn card() -> Vec<u8> {
    let output = binaries::onshi_mock().args(["cards", "employee-valid", "--request"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}
