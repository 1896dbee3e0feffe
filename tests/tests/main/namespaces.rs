//! Lines found by source address, through real network namespaces: two institutions' networks, each with a cable to the
//! network of the service. Where no namespace may be made, the two loopback addresses of the story
//! `doors::below` are what remains.

use std::fs;
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use system_tests::{CLINIC, Place, Process, binaries, eventually};

/// A network namespace, which lasts as long as this.
struct Namespace {
    /// Ends with us, whatever happens to us: then its standard input is closed.
    holder: Child,
}

impl Namespace {
    fn new() -> Self {
        let mut command = Command::new("unshare");
        command.args(["--net", "cat"]).stdin(Stdio::piped()).stdout(Stdio::null());
        let namespace = Self { holder: command.spawn().unwrap() };
        let net = |process: &str| fs::read_link(format!("/proc/{process}/ns/net")).ok();
        let (own, id) = (net("self").unwrap(), namespace.id());
        eventually("a namespace of its own", || net(&id).filter(|net| *net != own).map(drop));
        namespace.run(&["ip", "link", "set", "lo", "up"]);
        namespace
    }

    /// The process that holds it, by which `ip` and `nsenter` know it.
    fn id(&self) -> String {
        self.holder.id().to_string()
    }

    fn enter(&self) -> Command {
        let mut command = Command::new("nsenter");
        command.arg("--net").args(["--target", &self.id()]);
        command
    }

    /// Runs something in it; what it prints.
    fn run(&self, what: &[&str]) -> String {
        let output = self.enter().args(what).output().unwrap();
        assert!(output.status.success(), "{what:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Lays a cable from here to another namespace, with an address at each end.
    fn cable(&self, name: &str, here: &str, other: &Self, there: &str) {
        self.run(&["ip", "link", "add", name, "type", "veth", "peer", "name", "eth0", "netns", &other.id()]);
        for (namespace, device, address) in [(self, name, here), (other, "eth0", there)] {
            namespace.run(&["ip", "address", "add", address, "dev", device]);
            namespace.run(&["ip", "link", "set", device, "up"]);
        }
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.holder.kill();
        let _ = self.holder.wait();
    }
}

/// Whether this machine lets us make network namespaces.
fn may_make_namespaces() -> bool {
    let probe = Command::new("unshare").args(["--net", "true"]).stderr(Stdio::null()).status();
    probe.is_ok_and(|status| status.success())
}

#[test]
fn two_networks_are_two_lines_by_their_source_addresses() {
    if !may_make_namespaces() {
        eprintln!("skipped: no network namespace may be made here (that takes root and `unshare --net`)");
        return;
    }
    let (service, clinic, stranger) = (Namespace::new(), Namespace::new(), Namespace::new());
    service.cable("clinic", "10.99.1.1/24", &clinic, "10.99.1.2/24");
    service.cable("stranger", "10.99.2.1/24", &stranger, "10.99.2.2/24");

    let place = Place::new();
    let mut command = service.enter();
    command.arg(binaries::mock_path()).current_dir(place.path());
    command.args(["--service-address", "0.0.0.0", "--service-port", "0", "--admin-port", "0"]);
    command.args(["--no-terminal", "--client-key", "p256"]);
    command.args(["--source", "10.99.0.0/16=CAF0000000009,10.99.1.0/24=CAF0000000001"]);
    let process = Process::start(command, &place.at("onshi-mock.log"));
    let ready = process.line();
    let port = |what: &str| {
        let (_, rest) = ready.split_once(what).unwrap();
        rest.split(' ').next().unwrap().to_owned()
    };
    let (port, admin) = (port("service=https://127.0.0.1:"), port("admin=http://127.0.0.1:"));

    let root = place.at("root.pem");
    fs::write(&root, place.store().authority().unwrap().root_pem()).unwrap();
    let (certificate, key) =
        (place.identity_file(CLINIC, "certificate.pem"), place.identity_file(CLINIC, "key.pem"));
    let ask = |from: &Namespace, address: &str| {
        let (url, to) = (
            format!("https://localhost:{port}/oqs/OQSsiquc01"),
            format!("localhost:{port}:{address}:{port}"),
        );
        let files = [&root, &certificate, &key].map(|path| path.to_str().unwrap().to_owned());
        let [root, certificate, key] = &files;
        let body = "<XmlMsg/>";
        from.run(&[
            "curl",
            "--silent",
            "--noproxy",
            "*",
            "--connect-to",
            &to,
            "--cacert",
            root,
            "--cert",
            certificate,
            "--key",
            key,
            "--data-binary",
            body,
            "--write-out",
            "\n%{http_code}",
            &url,
        ])
    };
    let latest = || -> Value {
        let url = format!("http://127.0.0.1:{admin}/api/v1/worlds/default/exchanges?limit=1");
        let page = service.run(&["curl", "--silent", "--noproxy", "*", &url]);
        serde_json::from_str::<Value>(&page).unwrap()["exchanges"][0].clone()
    };

    let admitted = ask(&clinic, "10.99.1.1");
    assert!(!admitted.ends_with("\n403"), "{admitted}");
    let entry = latest();
    assert_eq!(entry["line"]["line"]["customer_id"], "CAF0000000001", "{entry}");
    assert_eq!(entry["line"]["by"]["source"], "10.99.1.0/24", "{entry}");

    // The same certificate over another network is over another line, which nobody has registered.
    let refused = ask(&stranger, "10.99.2.1");
    assert!(refused.contains("G102") && refused.ends_with("\n403"), "{refused}");
    let entry = latest();
    assert_eq!(entry["line"]["line"]["customer_id"], "CAF0000000009", "{entry}");
    assert_eq!(entry["line"]["by"]["source"], "10.99.0.0/16", "{entry}");
}
