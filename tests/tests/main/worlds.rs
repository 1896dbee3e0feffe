//! Worlds over the API: made, isolated, reset, taken back, exported, deleted.

use reqwest::Method;
use serde_json::{Value, json};
use std::sync::OnceLock;

use system_tests::{Mock, REGISTERED_LINE, Reply, Signal, Who, World};

const MESSAGE: &str = "OQSsiquc01";
/// The institution of a world that names none.
const CODE: &str = "1319999916";

/// The request for a card that is always valid, printed once.
fn request(mock: &Mock) -> &'static [u8] {
    static REQUEST: OnceLock<Vec<u8>> = OnceLock::new();
    REQUEST.get_or_init(|| mock.request_for("employee-valid"))
}

/// Label of a refusal.
fn label(reply: &Reply) -> String {
    let text = reply.text();
    text.split_once("<Label>").map(|(_, rest)| rest.split('<').next().unwrap().to_owned()).unwrap_or_default()
}

fn confirm(mock: &Mock, world: &World) -> Reply {
    mock.ask_as(&world.client(mock), MESSAGE, request(mock))
}

/// Registers a person's reference number, and the number that a query then shows.
fn register(mock: &Mock, world: &World, number: &str) {
    let text = String::from_utf8(request(mock).to_vec()).unwrap();
    let value = |name: &str| {
        let (_, rest) = text.split_once(&format!("<{name}>")).unwrap();
        rest.split('<').next().unwrap().to_owned()
    };
    let elements =
        ["InsurerNumber", "InsuredCardSymbol", "InsuredIdentificationNumber", "InsuredBranchNumber"];
    let person: String = elements.iter().map(|name| format!("<{name}>{}</{name}>", value(name))).collect();
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><XmlMsg><MessageHeader><MedicalInstitutionCode>{CODE}</MedicalInstitutionCode></MessageHeader><MessageBody><ReferenceNumberRegistrationInfo><ReferenceNumber>{number}</ReferenceNumber>{person}</ReferenceNumberRegistrationInfo></MessageBody></XmlMsg>"
    );
    let reply = mock.ask_as(&world.client(mock), "OQSsiimm01", body.as_bytes());
    assert!(reply.text().contains("<ProcessingResultStatus>1<"), "{}", reply.text());
}

fn number(mock: &Mock, world: &World) -> Option<String> {
    let reply = confirm(mock, world);
    let (_, rest) = reply.text().split_once("<ReferenceNumber>")?;
    Some(rest.split('<').next().unwrap().to_owned())
}

#[test]
fn a_world_is_made_with_everything_that_a_client_needs() {
    let mock = Mock::plan().without_terminal().start();
    let reply = Reply::of(mock.call(Method::POST, "/api/v1/worlds").send().unwrap());
    let world = World::of(&reply);
    let created = &world.created;
    assert_eq!(created["institution"]["code"], CODE);
    assert_eq!(created["line"]["customer_id"], REGISTERED_LINE);
    assert_eq!(created["line"]["service"], mock.service_url(""));
    assert_eq!(created["api"], mock.admin_url(&world.path("")));
    assert_eq!(created["terminal"], format!("{CODE}-01"));
    assert_eq!(created["ca_pem"], mock.admin("/ca.pem").text());
    assert_eq!(created["accounts"].as_array().unwrap().len(), 8);
    assert_eq!(confirm(&mock, &world).status, 200);
    assert_eq!(mock.journal_of(&world).len(), 1);
    assert_eq!(mock.journal(), Vec::<Value>::new(), "the default world saw nothing");
    assert_eq!(mock.ask(MESSAGE, &mock.request_for("expired")).status, 200);
    assert_eq!(mock.journal_of(&world).len(), 1);
}

#[test]
fn a_world_can_choose_institution_clock_scenario_dialect_and_key() {
    let mock = Mock::plan().without_terminal().start();
    let created = mock.post(
        "/api/v1/worlds",
        &json!({
            "name": "chosen", "institution": "1349999910", "institution_name": "試験薬局", "client_key": "rsa2048",
            "clock": {"frozen": "2031-05-06T07:08:09+09:00"}, "seed": 5,
            "dialect": "bulk:\n  delay-seconds: {value: 7200, mark: D, source: slow}\n",
        }),
    );
    let world = World::of(&created);
    assert_eq!(
        (world.name.as_str(), &world.created["now"]),
        ("chosen", &"2031-05-06T07:08:09.000+09:00".into())
    );
    assert_eq!(world.created["institution"], json!({"code": "1349999910", "name": "試験薬局"}));
    let journal = confirm(&mock, &world);
    assert_eq!(journal.status, 200);
    assert!(journal.text().contains("<ProcessExecutionTime>20310506070809<"), "{}", journal.text());
    for (what, says) in [
        (json!({"dialect": "bulk:\n  delay-secs: {value: 1, mark: D, source: x}\n"}), "delay-seconds"),
        (json!({"packs": ["standrad"]}), "standard"),
        (json!({"scenario": "patients: 7"}), "scenario"),
        (json!({"name": "Not A Name"}), "a-z"),
        (json!({"name": "reset"}), "reset"),
        (json!({"name": "snapshots"}), "snapshots"),
    ] {
        let reply = mock.post("/api/v1/worlds", &what);
        assert_eq!(reply.status, 422, "{what}: {}", reply.text());
        assert!(reply.text().contains(says), "{what}: {}", reply.text());
    }
    for (what, status) in [
        (json!({"name": "chosen"}), 409),
        (json!({"institution": "123"}), 400),
        (json!({"clokc": {"set": "2027-01-01T00:00:00Z"}}), 400),
        (json!({"style": "rude"}), 400),
    ] {
        assert_eq!(mock.post("/api/v1/worlds", &what).status, status, "{what}");
    }
}

#[test]
fn an_unknown_world_is_404_and_names_the_nearest() {
    let mock = Mock::plan().without_terminal().start();
    let world = mock.create(&json!({"name": "suite-7"}));
    for path in ["", "/clock", "/exchanges", "/ledger", "/snapshots"] {
        let reply = mock.admin(&format!("/api/v1/worlds/siute-7{path}"));
        assert_eq!(reply.status, 404, "{path}");
        assert!(reply.text().contains(&world.name), "{path}: {}", reply.text());
    }
}

#[test]
fn a_deleted_world_leaves_nothing_and_its_certificate_leads_nowhere() {
    let mock = Mock::plan().without_terminal().start();
    let world = mock.create(&json!({}));
    let client = world.client(&mock);
    let ask = || mock.ask_as(&client, MESSAGE, request(&mock));
    assert_eq!(ask().status, 200);
    assert_eq!(mock.delete(&world.path("")).status, 204);
    assert_eq!(mock.delete(&world.path("")).status, 404);
    // Over the connection that was admitted before, and over a new one.
    for reply in [ask(), confirm(&mock, &world)] {
        assert_eq!((reply.status, label(&reply).as_str()), (403, "C103"), "{}", reply.text());
    }
    let again = mock.create(&json!({"name": world.name}));
    assert_eq!(label(&confirm(&mock, &world)), "C103", "a new world of the same name is another");
    assert_eq!(confirm(&mock, &again).status, 200);
    assert_eq!(mock.delete("/api/v1/worlds/default").status, 409);
    let gone = mock.delete("/api/v1/worlds").json();
    assert_eq!(gone["worlds"], json!([again.name]));
    let left = mock.admin("/api/v1/worlds").json();
    assert_eq!(left["worlds"].as_array().unwrap().len(), 1);
}

#[test]
fn a_reset_world_is_as_it_was_just_after_its_creation_and_its_client_goes_on() {
    let mock = Mock::plan().without_terminal().start();
    let world = mock.create(&json!({"clock": {"frozen": "2027-02-03T04:05:06+09:00"}}));
    register(&mock, &world, "0001");
    mock.turn(&world, &json!({"advance": "48h"}));
    assert_eq!(number(&mock, &world).as_deref(), Some("0001"));
    let reply = mock.post(&world.path("/reset"), &json!({}));
    assert_eq!((reply.status, &reply.json()["now"]), (200, &"2027-02-03T04:05:06.000+09:00".into()));
    assert_eq!(mock.journal_of(&world), Vec::<Value>::new());
    assert_eq!(number(&mock, &world), None);
    // The default world as well, with the identities of the data folder.
    mock.advance("48h");
    assert_eq!(mock.post("/api/v1/worlds/reset", &json!({})).json()["worlds"].as_array().unwrap().len(), 2);
    assert_eq!(mock.world("clock")["shifted_seconds"], 0);
    for who in [Who::Clinic, Who::Pharmacy] {
        let reply = mock.ask_as(&mock.client(who), MESSAGE, request(&mock));
        assert_ne!(label(&reply), "C103", "{who:?}");
    }
}

#[test]
fn the_default_world_knows_its_snapshots_after_a_restart() {
    let mut mock = Mock::plan().without_terminal().start();
    let path = "/api/v1/worlds/default/snapshots";
    assert_eq!(mock.post(path, &json!({"name": "one"})).status, 201);
    mock.advance("25h");
    mock.end(Signal::Kill);
    mock.start_again();
    assert_eq!(mock.admin(path).json()["snapshots"][0]["name"], "one");
    assert_ne!(mock.world("clock")["shifted_seconds"], 0);
    assert_eq!(mock.post(&format!("{path}/one/restore"), &json!({})).status, 200);
    assert_eq!(mock.world("clock")["shifted_seconds"], 0, "it is back");
}

#[test]
fn a_world_goes_back_to_a_snapshot_as_often_as_one_likes_and_forward_again() {
    for keep in [false, true] {
        let mut mock = Mock::plan().without_terminal().start();
        let world = mock.create(&json!({"keep": keep}));
        let snapshot = |name: &str| {
            assert_eq!(mock.post(&world.path("/snapshots"), &json!({"name": name})).status, 201, "{name}");
        };
        let restore = |mock: &Mock, name: &str| {
            mock.post(&world.path(&format!("/snapshots/{name}/restore")), &json!({})).status
        };
        register(&mock, &world, "0001");
        snapshot("one");
        register(&mock, &world, "0002");
        snapshot("two");
        register(&mock, &world, "0003");
        for (name, expected) in [("one", "0001"), ("two", "0002"), ("one", "0001"), ("one", "0001")] {
            assert_eq!(restore(&mock, name), 200);
            assert_eq!(number(&mock, &world).as_deref(), Some(expected), "{name}");
            register(&mock, &world, "0009");
        }
        assert_eq!(restore(&mock, "three"), 404);
        if keep {
            assert_eq!(restore(&mock, "two"), 200);
            assert_eq!(mock.end(Signal::Kill).status, None);
            mock.start_again();
            assert_eq!(number(&mock, &world).as_deref(), Some("0002"), "it is still back");
            assert_eq!(restore(&mock, "one"), 200);
            assert_eq!(number(&mock, &world).as_deref(), Some("0001"), "and knows its snapshots");
            assert_eq!(mock.post(&world.path("/reset"), &json!({})).status, 200);
            assert_eq!(restore(&mock, "one"), 404, "a reset forgets them");
            mock.end(Signal::Kill);
            mock.start_again();
            assert_eq!(number(&mock, &world), None);
        }
    }
}

#[test]
fn all_worlds_take_a_snapshot_and_go_back_at_once_and_those_without_it_are_named() {
    let mock = Mock::plan().without_terminal().start();
    let (one, full) = (mock.create(&json!({"name": "one"})), mock.create(&json!({"name": "full"})));
    for number in 0..100 {
        assert_eq!(mock.post(&full.path("/snapshots"), &json!({"name": format!("s{number}")})).status, 201);
    }
    register(&mock, &one, "0001");
    let take = |name: &str| mock.post("/api/v1/worlds/snapshots", &json!({"name": name}));
    let restore = |name: &str| mock.post(&format!("/api/v1/worlds/snapshots/{name}/restore"), &json!({}));
    let taken = take("all");
    assert_eq!(taken.status, 201);
    assert_eq!(taken.json(), json!({"name": "all", "worlds": ["default", "one"], "left": ["full"]}));
    let later = mock.create(&json!({"name": "later"}));
    for world in [&one, &full, &later] {
        register(&mock, world, "0002");
    }
    mock.advance("48h");
    let restored = restore("all");
    assert_eq!(restored.status, 200);
    let expected = json!({"name": "all", "worlds": ["default", "one"], "left": ["full", "later"]});
    assert_eq!(restored.json(), expected);
    assert_eq!(number(&mock, &one).as_deref(), Some("0001"));
    for world in [&full, &later] {
        assert_eq!(number(&mock, world).as_deref(), Some("0002"), "{} was left", world.name);
    }
    assert_eq!(mock.world("clock")["shifted_seconds"], 0, "the default world went back too");
    let nobody = restore("nothing");
    assert!(nobody.status == 404 && nobody.text().contains("nothing"), "{}", nobody.text());
    assert_eq!(take("no name").status, 422);
}

#[test]
fn an_exported_world_is_the_same_elsewhere_with_a_certificate_of_its_own() {
    let (mock, other) = (Mock::plan().without_terminal().start(), Mock::plan().without_terminal().start());
    let world = mock.create(&json!({
        "name": "bug-7", "institution_name": "輸出医院", "clock": {"frozen": "2027-02-03T04:05:06+09:00"},
        "dialect": "bulk:\n  delay-seconds: {value: 7200, mark: D, source: slow}\n",
    }));
    register(&mock, &world, "0042");
    mock.turn(&world, &json!({"advance": "1h"}));
    let exported = mock.admin(&world.path("/ledger"));
    assert_eq!((exported.status, exported.content_type()), (200, "application/jsonl"));
    let import = |mock: &Mock, query: &str, text: &[u8]| {
        let call = mock.call(Method::POST, &format!("/api/v1/worlds/import{query}"));
        Reply::of(call.body(text.to_vec()).send().unwrap())
    };
    for (mock, query) in [(&other, "?name=bug-7"), (&mock, ""), (&other, "?keep=true")] {
        let imported = World::of(&import(mock, query, &exported.body));
        assert_eq!(imported.created["now"], "2027-02-03T05:05:06.000+09:00");
        assert_eq!(imported.created["institution"]["name"], "輸出医院");
        assert_eq!(number(mock, &imported).as_deref(), Some("0042"));
    }
    assert_eq!(mock.journal_of(&world).len(), 1, "the first one's client still leads to it");
    assert_eq!(import(&mock, "?name=bug-7", &exported.body).status, 409);
    let damaged = exported.text().replace("0042", "0043");
    for (text, says) in [
        (damaged.as_str(), "the checksum does not fit"),
        ("", "foundation"),
        ("something else\n", "first line"),
        (exported.text().trim_end(), "does not end"),
    ] {
        let reply = import(&mock, "?name=bad", text.as_bytes());
        assert_eq!(reply.status, 422, "{}", reply.text());
        assert!(reply.text().contains(says), "{}", reply.text());
    }
    let default = mock.admin("/api/v1/worlds/default/ledger");
    assert_eq!(confirm(&other, &World::of(&import(&other, "", &default.body))).status, 200);
}

#[test]
fn a_token_is_good_in_the_world_that_gave_it_out_only() {
    let mock = Mock::plan().without_terminal().start();
    let (one, other) = (mock.create(&json!({})), mock.create(&json!({})));
    let post = |world: &World, path: &str, token: Option<&str>, body: &Value| {
        let call =
            world.client(&mock).post(mock.service_url(path)).header("Content-Type", "application/json");
        let call = token.into_iter().fold(call, |call, token| call.header("Authorization", token));
        Reply::of(call.body(body.to_string()).send().unwrap())
    };
    // The same account, with the same password, in both.
    let account =
        &one.created["accounts"].as_array().unwrap().iter().find(|one| one["role"] == "web-api").unwrap();
    let login = json!({ "userId": account["id"], "password": account["password"] });
    let login = post(&one, "/oqs-api-pro/MSA12020/ILI12020SV01/auth", None, &login).json();
    let token = login["result"]["idToken"].as_str();
    let search =
        |world| post(world, "/oqs-api-pro/MSA01030/ILI01030SV01/search", token, &json!({"XmlMsg": {}}));
    assert_ne!(search(&one).status, 401);
    let refused = search(&other);
    assert!(refused.status == 401 && refused.text().contains("W106"), "{}", refused.text());
}

/// Memory that a process really uses, in bytes.
#[cfg(target_os = "linux")]
fn memory(mock: &Mock) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", mock.process().id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
}

#[cfg(target_os = "linux")]
#[test]
fn a_thousand_idle_worlds_cost_at_most_20_mib_together() {
    let mock = Mock::plan().without_terminal().flag("--log-level", "warn").start();
    let make = |count: usize| {
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..count / 4 {
                        let reply = mock.post("/api/v1/worlds", &json!({}));
                        assert_eq!(reply.status, 201, "{}", reply.text());
                    }
                });
            }
        });
    };
    // What the first ones allocate for all is no world's.
    make(100);
    let before = memory(&mock);
    make(1_000);
    let cost = memory(&mock).saturating_sub(before);
    println!("1,000 idle worlds cost {} KiB", cost / 1024);
    assert!(cost <= 20 * 1024 * 1024, "{cost} bytes");
    assert_eq!(mock.admin("/api/v1/worlds").json()["worlds"].as_array().unwrap().len(), 1_101);
}

#[test]
fn the_command_line_makes_lists_exports_imports_and_deletes_worlds() {
    let mut mock = Mock::plan().without_terminal().start();
    let admin = mock.admin_url("");
    let run = |arguments: &[&str]| {
        let output = system_tests::binaries::onshi_mock()
            .current_dir(mock.place.path())
            .arg("world")
            .args(arguments)
            .args(["--admin", &admin])
            .output()
            .unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (output.status.code(), text(&output.stdout), text(&output.stderr))
    };
    let frozen = "2028-02-29T12:00:00+09:00";
    let (status, created, _) = run(&[
        "create",
        "suite-9",
        "--frozen",
        frozen,
        "--pack",
        "month-change",
        "--seed",
        "3",
        "--style",
        "field",
    ]);
    assert_eq!(status, Some(0));
    let created: Value = serde_json::from_str(&created).unwrap();
    assert_ne!(created["line"]["port"], mock.service);
    assert_eq!(
        (&created["name"], &created["now"]),
        (&"suite-9".into(), &"2028-02-29T12:00:00.000+09:00".into())
    );
    let (_, list, _) = run(&["list"]);
    assert!(list.contains("suite-9") && list.contains("2028-02-29"), "{list}");
    assert_eq!(run(&["export", "suite-9", "--out", "world.jsonl"]).0, Some(0));
    let (status, imported, _) = run(&["import", "world.jsonl", "--name", "copy"]);
    assert_eq!(status, Some(0));
    assert_eq!(serde_json::from_str::<Value>(&imported).unwrap()["now"], created["now"]);
    assert_eq!(run(&["delete", "suite-9"]).0, Some(0));
    for (arguments, status, says) in [
        (&["delete", "suite-9"][..], 2, "no world"),
        (&["create", "copy"], 2, "already"),
        (&["create", "--dialect", "nowhere.yaml"], 2, "nowhere.yaml"),
        (&["import", "nowhere.jsonl"], 2, "nowhere.jsonl"),
    ] {
        let (ended, _, complaint) = run(arguments);
        assert_eq!(ended, Some(status), "{arguments:?}: {complaint}");
        assert!(complaint.contains(says), "{complaint}");
    }
    let _ = mock.end(Signal::Terminate);
    let output =
        system_tests::binaries::onshi_mock().args(["world", "list", "--admin", &admin]).output().unwrap();
    assert_eq!(output.status.code(), Some(4));
}
