//! Terminal or service killed at random moments, again and again: each request has exactly one answer with the right
//! content, none is left over, none is doubled.

use std::collections::BTreeMap;
use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::process::Command;
use std::thread;
use std::time::Duration;

use system_tests::{CLINIC, Exchange, Place, Process, Signal, binaries, eventually, holds, names};

use super::element;

const FILES: usize = 20;
/// Rounds, unless the environment says otherwise: `cargo xtask soak` runs 1,000.
const ROUNDS: usize = 30;

/// Two free ports side by side, since the line of the upper one comes with that of the lower one.
fn two_ports() -> u16 {
    let listen = |port| TcpListener::bind((Ipv4Addr::LOCALHOST, port));
    loop {
        let first = listen(0).unwrap();
        let port = first.local_addr().unwrap().port();
        if port < u16::MAX && listen(port + 1).is_ok() {
            return port;
        }
    }
}

struct House {
    place: Place,
    port: u16,
}

impl House {
    fn service(&self) -> Process {
        // Nobody else takes the ports in between, or it is tried again.
        for _ in 0..20 {
            let mut command = binaries::onshi_mock();
            command.current_dir(self.place.path()).args([
                "--no-terminal",
                "--admin-port",
                "0",
                "--client-key",
                "p256",
            ]);
            command.args(["--service-port", &self.port.to_string(), "--log-level", "warn"]);
            command.arg("--port-file").arg(self.place.at("ports.json"));
            let process = Process::start(command, &self.place.at("onshi-mock.log"));
            if process.ready_line().is_some() {
                return process;
            }
        }
        panic!("the service does not start on port {}", self.port)
    }

    fn terminal(&self) -> Process {
        let mut command: Command = binaries::onshi_terminal();
        command.args(["run", "--log", "warn", "--poll", "200ms"]);
        command.args(["--service", &format!("https://127.0.0.1:{}", self.port)]);
        command.arg("--certificate").arg(self.place.identity_file(CLINIC, "certificate.pem"));
        command.arg("--key").arg(self.place.identity_file(CLINIC, "key.pem"));
        command.arg("--ca").arg(self.place.at("onshi-data/ca/root.pem"));
        command.arg("--exchange").arg(self.place.at("OQS"));
        let process = Process::start(command, &self.place.at("onshi-terminal.log"));
        let _ = process.line();
        process
    }
}

/// A receipt computer: takes answers away as soon as they are there.
struct Desk {
    exchange: Exchange,
    taken: BTreeMap<String, Vec<String>>,
}

impl Desk {
    fn take_away(&mut self) -> usize {
        let res = self.exchange.res();
        for name in names(&res).into_iter().filter(|name| !name.starts_with('.')) {
            let path = res.join(&name);
            let text = fs::read_to_string(&path).unwrap();
            fs::remove_file(&path).unwrap();
            self.taken.entry(name).or_default().push(text);
        }
        self.taken.len()
    }
}

/// A small generator, so that a failure can be repeated with its seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % most
    }
}

fn rounds() -> usize {
    std::env::var("ONSHI_SOAK_KILLS").map_or(ROUNDS, |rounds| rounds.parse().unwrap())
}

#[test]
fn killed_again_and_again_they_give_each_request_exactly_one_answer() {
    let request = String::from_utf8(
        binaries::onshi_mock().args(["cards", "employee-valid", "--request"]).output().unwrap().stdout,
    )
    .unwrap();
    let house = House { place: Place::new(), port: two_ports() };
    let (mut service, mut terminal) = (Some(house.service()), Some(house.terminal()));
    let mut desk = Desk { exchange: house.place.exchange(), taken: BTreeMap::new() };
    let seed = u64::from(std::process::id()) | 1 << 40;
    println!("seed {seed}");
    let mut dice = Dice(seed);
    for round in 0..rounds() {
        for n in 0..FILES {
            let body = request.replace(&element("employee-valid"), &element(&format!("{round}-{n}")));
            desk.exchange.drop_request(&format!("OQSsiquc01req_{round}-{n}.xml"), body.as_bytes());
        }
        // A random moment in the middle of the work. Nothing is concluded from its length.
        thread::sleep(Duration::from_micros(dice.below(120_000)));
        desk.take_away();
        if dice.below(2) == 0 {
            let killed = service.take().unwrap();
            killed.signal(Signal::Kill);
            let _ = killed.wait();
            service = Some(house.service());
        } else {
            let killed = terminal.take().unwrap();
            killed.signal(Signal::Kill);
            let _ = killed.wait();
            terminal = Some(house.terminal());
        }
        desk.take_away();
        // The next round may begin while much of this one is still under way, but not without end.
        eventually("most answers", || holds(desk.take_away() + 5 * FILES >= (round + 1) * FILES));
    }
    let all = rounds() * FILES;
    eventually("all answers", || holds(desk.take_away() >= all));
    desk.exchange.wait_until_done();
    desk.take_away();
    let Desk { taken, .. } = &desk;
    for round in 0..rounds() {
        for n in 0..FILES {
            let name = format!("OQSsiquc01res_{round}-{n}.xml");
            let answers = taken.get(&name).map_or(&[][..], Vec::as_slice);
            assert_eq!(answers.len(), 1, "{name}; seed {seed}");
            let right = answers[0].contains(&element(&format!("{round}-{n}")))
                && answers[0].contains("<QualificationValidity>1</QualificationValidity>")
                && answers[0].trim_end().ends_with("</XmlMsg>");
            assert!(right, "{name}: {}; seed {seed}", answers[0]);
        }
    }
    assert_eq!(taken.len(), all, "and nothing else: {:?}", taken.keys());
}
