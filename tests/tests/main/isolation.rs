//! Two hundred suites side by side in one process, all with the same institution code: each sees exactly its own.

use std::sync::Mutex;
use std::thread;

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use reqwest::blocking::Client;
use serde_json::{Value, json};
use system_tests::{Mock, Reply, World};

const SUITES: usize = 200;
/// Threads that play them, each switching between its suites with every step.
const PLAYERS: usize = 8;
const CODE: &str = "1319999916";
/// When every world begins.
const START: &str = "2027-04-01T09:00:00+09:00";

/// One thing that a suite does.
#[derive(Debug, Clone, Copy)]
enum Step {
    /// Asks for the patient.
    Confirm,
    /// Registers a reference number.
    Register(u16),
    /// Sends what is no request.
    Garbage,
    /// Moves its clock.
    Advance(u16),
    /// Gives its state a name.
    Snapshot,
    /// Goes back there.
    Restore,
    /// Begins anew.
    Reset,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => Just(Step::Confirm),
        4 => (1..10_000_u16).prop_map(Step::Register),
        1 => Just(Step::Garbage),
        2 => (1..50_000_u16).prop_map(Step::Advance),
        1 => Just(Step::Snapshot),
        1 => Just(Step::Restore),
        1 => Just(Step::Reset),
    ]
}

/// What the state of a suite's world must be.
#[derive(Debug, Clone, PartialEq, Eq)]
struct State {
    number: Option<u16>,
    now: Timestamp,
}

/// A suite: its world as it must be, and the means to look.
struct Suite {
    world: World,
    client: Client,
    state: State,
    snapshot: Option<State>,
    /// Status and sequence number of each exchange since the beginning of the journal.
    exchanges: Vec<(u64, String)>,
}

impl Suite {
    fn begin(mock: &Mock) -> Self {
        let world = mock.create(&json!({ "institution": CODE, "clock": { "frozen": START } }));
        let client = world.client(mock);
        Self { world, client, state: Self::first(), snapshot: None, exchanges: Vec::new() }
    }

    fn first() -> State {
        State { number: None, now: START.parse().unwrap() }
    }

    fn ask(&mut self, mock: &Mock, message: &str, body: &str) -> Reply {
        let reply = mock.ask_as(&self.client, message, body.as_bytes());
        self.exchanges.push((reply.status.into(), message.to_owned()));
        reply
    }

    fn post(&self, mock: &Mock, resource: &str, body: &Value, status: u16) {
        let reply = mock.post(&self.world.path(resource), body);
        assert_eq!(reply.status, status, "{resource} {body}: {}", reply.text());
    }

    /// Does a step, and looks at what can be seen of it at once.
    fn play(&mut self, mock: &Mock, step: Step) {
        match step {
            Step::Confirm => self.confirm(mock),
            Step::Register(number) => {
                let person = "<InsurerNumber>06139992</InsurerNumber><InsuredCardSymbol>１２３</InsuredCardSymbol><InsuredIdentificationNumber>４５６</InsuredIdentificationNumber><InsuredBranchNumber>00</InsuredBranchNumber>";
                let body = message(
                    "",
                    &format!(
                        "<ReferenceNumberRegistrationInfo><ReferenceNumber>{number}</ReferenceNumber>{person}</ReferenceNumberRegistrationInfo>"
                    ),
                );
                let reply = self.ask(mock, "OQSsiimm01", &body);
                assert!(reply.text().contains("<ProcessingResultStatus>1<"), "{}", reply.text());
                self.state.number = Some(number);
            }
            Step::Garbage => assert_eq!(self.ask(mock, "OQSsiquc01", "<XmlMsg>").status, 400),
            Step::Advance(seconds) => {
                self.state.now += SignedDuration::from_secs(seconds.into());
                self.post(mock, "/clock", &json!({ "advance": format!("{seconds}s") }), 200);
            }
            Step::Snapshot => {
                self.snapshot = Some(self.state.clone());
                self.post(mock, "/snapshots", &json!({ "name": "here" }), 201);
            }
            Step::Restore => {
                let status = if self.snapshot.is_some() { 200 } else { 404 };
                self.post(mock, "/snapshots/here/restore", &json!({}), status);
                if let Some(snapshot) = self.snapshot.clone() {
                    self.state = snapshot;
                    self.exchanges.clear();
                }
            }
            Step::Reset => {
                self.post(mock, "/reset", &json!({}), 200);
                self.state = Self::first();
                self.snapshot = None;
                self.exchanges.clear();
            }
        }
    }

    fn confirm(&mut self, mock: &Mock) {
        let day = jiff::tz::Offset::constant(9).to_datetime(self.state.now);
        let header = format!(
            "<QualificationConfirmationDate>{}</QualificationConfirmationDate>",
            day.strftime("%Y%m%d")
        );
        let body = "<QualificationConfirmSearchInfo><InsurerNumber>06139992</InsurerNumber><InsuredCardSymbol>１２３</InsuredCardSymbol><InsuredIdentificationNumber>４５６</InsuredIdentificationNumber><InsuredBranchNumber>00</InsuredBranchNumber><Birthdate>19800101</Birthdate><LimitApplicationCertificateRelatedConsFlg>0</LimitApplicationCertificateRelatedConsFlg></QualificationConfirmSearchInfo>";
        let reply = self.ask(mock, "OQSsiquc01", &message(&header, body));
        let element = |name: &str| {
            let (_, rest) = reply.text().split_once(&format!("<{name}>"))?;
            rest.split('<').next().map(str::to_owned)
        };
        assert_eq!(element("ReferenceNumber"), self.state.number.map(|number| number.to_string()));
        assert_eq!(element("ProcessExecutionTime"), Some(day.strftime("%Y%m%d%H%M%S").to_string()));
        assert_eq!(element("QualificationValidity").as_deref(), Some("1"));
    }

    /// Looks at everything.
    fn look(&mut self, mock: &Mock) {
        self.confirm(mock);
        let now = mock.admin(&self.world.path("/clock")).json();
        assert_eq!(now["now"].as_str().unwrap().parse::<Timestamp>().unwrap(), self.state.now);
        let mut journal = mock.journal_of(&self.world);
        journal.reverse();
        let seen: Vec<_> = journal
            .iter()
            .map(|entry| (entry["status"].as_u64().unwrap(), entry["message"].as_str().unwrap().to_owned()))
            .collect();
        assert_eq!(seen, self.exchanges, "{}", self.world.name);
    }
}

fn message(header: &str, body: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><XmlMsg><MessageHeader>{header}<MedicalInstitutionCode>{CODE}</MedicalInstitutionCode></MessageHeader><MessageBody>{body}</MessageBody></XmlMsg>"
    )
}

#[test]
fn two_hundred_suites_with_one_institution_code_see_exactly_their_own_whatever_they_do_meanwhile() {
    let mock = Mock::plan().without_terminal().flag("--log-level", "warn").start();
    let suites: Vec<_> = (0..SUITES).map(|_| Mutex::new(Suite::begin(&mock))).collect();
    let config = ProptestConfig {
        cases: 2,
        max_shrink_iters: 30,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let steps = prop::collection::vec((0..SUITES, step()), 900..1200);
    proptest!(config, |(steps in steps)| {
        thread::scope(|scope| {
            for player in 0..PLAYERS {
                let (mock, suites, steps) = (&mock, &suites, &steps);
                // Each suite's steps stay in their order; those of different suites mix as the threads run.
                scope.spawn(move || {
                    for (suite, step) in steps.iter().filter(|(suite, _)| suite % PLAYERS == player) {
                        suites[*suite].lock().unwrap().play(mock, *step);
                    }
                    for suite in suites.iter().skip(player).step_by(PLAYERS) {
                        suite.lock().unwrap().look(mock);
                    }
                });
            }
        });
        let default = mock.world("exchanges");
        prop_assert_eq!(&default["written"], &json!(0), "the default world saw nothing");
    });
}
