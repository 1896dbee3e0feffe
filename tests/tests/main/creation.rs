//! What a world may be told at its creation, and what comes of it: its style, its seed, its revocation list.

use openssl::x509::{X509, X509Crl};
use serde_json::{Value, json};
use system_tests::{CLINIC, Mock, PHARMACY, Place, Who, World, eventually};

const MESSAGE: &str = "OQSsiquc01";

#[test]
fn a_world_in_the_style_of_the_field_has_a_port_of_its_own_that_ends_with_it() {
    let mock = Mock::plan().without_terminal().start();
    let request = mock.request_for("employee-valid");
    let world = mock.create(&json!({"style": "field"}));
    let port = world.created["line"]["port"].as_u64().unwrap();
    assert_ne!(port, u64::from(mock.service));
    let service = format!("https://127.0.0.1:{port}");
    assert_eq!(world.created["line"]["service"], service);
    let send = |who| mock.client(who).post(format!("{service}/oqs/{MESSAGE}")).body(request.clone()).send();
    assert_eq!(send(Who::Holder(&world.identity)).unwrap().status(), 200);
    assert!(send(Who::Nobody).is_err(), "an alert, not an answer");
    eventually("the world's own journal says why", || {
        mock.journal_of(&world).into_iter().find(|entry| entry["refused"] == "C101").map(drop)
    });
    let listed = mock.admin(&world.path("/ports")).json();
    assert_eq!((&listed["ports"][0]["port"], &listed["ports"][0]["style"]), (&port.into(), &"field".into()));
    assert_eq!(mock.delete(&world.path("")).status, 204);
    assert!(send(Who::Nobody).unwrap_err().is_connect(), "the port is closed");
}

#[test]
fn a_world_whose_port_cannot_be_opened_is_not_made() {
    let mock = Mock::plan().without_terminal().start();
    for _ in 0..64 {
        let opened = mock.post("/api/v1/worlds/default/ports", &json!({}));
        assert_eq!(opened.status, 201, "{}", opened.text());
    }
    let refused = mock.post("/api/v1/worlds", &json!({"name": "late", "style": "field"}));
    assert_eq!(refused.status, 409);
    assert!(refused.text().contains("ports"), "{}", refused.text());
    assert_eq!(mock.admin("/api/v1/worlds/late").status, 404);
}

/// The statuses of so many answers to a world's terminal.
fn statuses(mock: &Mock, world: &World, request: &[u8]) -> Vec<u16> {
    let client = world.client(mock);
    (0..40).map(|_| mock.ask_as(&client, MESSAGE, request).status).collect()
}

#[test]
fn faults_without_a_seed_follow_that_of_their_world_also_after_a_reset() {
    let mock = Mock::plan().without_terminal().start();
    let request = mock.request_for("employee-valid");
    let faults = |own: &str| {
        format!(
            "faults:\n  - {{name: f, rate: 0.5, kinds: [{{http-status: 503}}, {{http-status: 500}}]{own}}}\n"
        )
    };
    let world = |seed: u64, own: &str| mock.create(&json!({"seed": seed, "scenario": faults(own)}));
    let faulty = |world: &World| statuses(&mock, world, &request);
    let first = world(5, "");
    let seen = faulty(&first);
    assert!(seen.contains(&503) && seen.contains(&500) && seen.contains(&200), "{seen:?}");
    assert_eq!(faulty(&world(5, "")), seen, "the same seed");
    assert_ne!(faulty(&world(6, "")), seen, "another seed");
    assert_eq!(faulty(&world(6, ", seed: 5")), seen, "a fault's own seed comes first");
    assert_eq!(mock.post(&first.path("/reset"), &json!({})).status, 200);
    assert_eq!(faulty(&first), seen, "from the beginning again");
}

/// Where a certificate says that its revocation list is.
fn crl_of(pem: &str) -> String {
    let certificate = X509::from_pem(pem.as_bytes()).unwrap();
    let points = certificate.crl_distribution_points().unwrap();
    let name = points[0].distpoint().unwrap().fullname().unwrap();
    name[0].uri().unwrap().to_owned()
}

/// Whether the list that a certificate names has revoked it.
fn is_revoked(pem: &str) -> bool {
    let list = reqwest::blocking::get(crl_of(pem)).unwrap().bytes().unwrap();
    let serial = X509::from_pem(pem.as_bytes()).unwrap().serial_number().to_bn().unwrap();
    let list = X509Crl::from_der(&list).unwrap();
    list.get_revoked()
        .is_some_and(|all| all.into_iter().any(|revoked| revoked.serial_number().to_bn().unwrap() == serial))
}

#[test]
fn the_certificates_of_new_worlds_and_of_the_first_start_name_the_list_that_revokes_them() {
    let mock = Mock::plan().without_terminal().start();
    let world = mock.create(&json!({"name": "listed"}));
    let certificate = |world: &World| -> Value { world.created["certificate"].clone() };
    let exported = mock.admin(&world.path("/ledger"));
    let import = mock.call(reqwest::Method::POST, "/api/v1/worlds/import?name=copy").body(exported.body);
    let copy = World::of(&system_tests::Reply::of(import.send().unwrap()));
    for world in [&world, &copy] {
        let pem = certificate(world)["certificate_pem"].as_str().unwrap().to_owned();
        assert_eq!(crl_of(&pem), mock.admin_url(&format!("/crl/{}.der", world.name)));
        assert!(!is_revoked(&pem));
        let fingerprint = certificate(world)["fingerprint"].as_str().unwrap().to_owned();
        let path = world.path(&format!("/certificates/{fingerprint}/revoke"));
        assert_eq!(mock.post(&path, &json!({"reason": "loss"})).status, 200);
        assert!(is_revoked(&pem));
    }
    for name in [CLINIC, PHARMACY] {
        let stored = stored(&mock.place, name);
        assert_eq!(crl_of(&stored), mock.admin_url("/crl/default.der"));
        assert!(!is_revoked(&stored));
    }
}

fn stored(place: &Place, name: &str) -> String {
    place.store().load_identity(name).unwrap().unwrap().certificate_pem().to_owned()
}
