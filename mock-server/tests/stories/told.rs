//! The world that stories are told in: a clinic and a pharmacy with certificate and line, the standard cards, a clock.

use std::path::Path;
use std::sync::{Arc, LazyLock};

use certs::{CertificateFacts, Fingerprint};
use jiff::{SignedDuration, Timestamp, ToSpan};
use messages::charset::Encoding;
use messages::dialect::{Dialect, Role};
use messages::id::MessageId;
use messages::value::{InstitutionCode, TreatmentFlag, Value};
use onshi_mock::clock::{in_japan, system_now};
use onshi_mock::exchange::{Answer, Call, RequestRefused, Wire};
use onshi_mock::gate::{self, Knock, Presented, Proof, RevocationList, Rules};
use onshi_mock::ledger::{LedgerError, Syncer};
use onshi_mock::line::{FoundBy, FoundLine, Line};
use onshi_mock::registered::{Institution, Purpose, Registration, TerminalCertificate};
use onshi_mock::services::Context;
use onshi_mock::services::reader::{self, Failure, Identification, Tokens, Visit};
use onshi_mock::world::{Event, Object, PersonId, World};
use scenarios::{Pack, People};
use tempfile::TempDir;

use crate::node::{Node, group, message, text};

/// The clinic, with its line and the seed of its certificate.
pub(crate) const CLINIC: &str = "1319999916";
/// The pharmacy.
pub(crate) const PHARMACY: &str = "1349999910";
const PLACES: [(&str, &str, &str, u8); 2] =
    [(CLINIC, "見本診療所", "CAF0000000001", 1), (PHARMACY, "見本薬局", "CAF0000000003", 2)];

const LEDGER: &str = "told.jsonl";

/// 09:30:12 on the 22nd of November 2026, in Japan.
const START: &str = "2026-11-22T00:30:12Z";

/// The standard cards, read once for all stories.
static STANDARD: LazyLock<People> = LazyLock::new(|| {
    let mut people = People::default();
    people.add(scenarios::standard());
    people
});

/// A world and its time.
pub(crate) struct Told {
    pub(crate) world: World,
    pub(crate) now: Timestamp,
    dialect: Arc<Dialect>,
    people: People,
    folder: Option<TempDir>,
}

impl Told {
    /// A world in memory with the built-in dialect.
    pub(crate) fn new() -> Self {
        Self::with("")
    }

    /// A world in memory, some rows of whose dialect are replaced.
    pub(crate) fn with(rows: &str) -> Self {
        Self::begin(rows, &[], None)
    }

    /// A world with a ledger file.
    pub(crate) fn kept() -> Self {
        Self::begin("", &[], Some(tempfile::tempdir().unwrap()))
    }

    /// A world in memory with more test cards.
    pub(crate) fn with_cards(pack: &str) -> Self {
        Self::begin("", &[pack], None)
    }

    fn begin(rows: &str, packs: &[&str], folder: Option<TempDir>) -> Self {
        let dialect = Arc::new(Dialect::built_in().with(rows).unwrap());
        let read = |text: &&str| Pack::read("story.yaml", text).unwrap_or_else(|error| panic!("{error}"));
        let mut people = STANDARD.clone();
        packs.iter().map(read).for_each(|pack| people.add(pack));
        let world = open(&dialect, &people, folder.as_ref());
        for (code, name, line, seed) in PLACES {
            let institution: InstitutionCode = code.parse().unwrap();
            let events = [
                Event::InstitutionRegistered(Institution {
                    code: institution.clone(),
                    name: name.parse().unwrap(),
                }),
                Event::LineRegistered(Registration::active(
                    line.parse::<Line>().unwrap(),
                    institution.clone(),
                )),
                Event::CertificateIssued(certificate(code, seed)),
            ];
            events.into_iter().for_each(|event| world.record(event).unwrap());
        }
        let mut told = Self { world, now: START.parse().unwrap(), dialect, people, folder };
        told.pass(SignedDuration::ZERO);
        told
    }

    /// Ends the process and starts it again over the same ledger file.
    pub(crate) fn restarted(self) -> Self {
        let Self { world, now, dialect, people, folder } = self;
        assert!(folder.is_some(), "only a kept world survives");
        drop(world);
        let world = open(&dialect, &people, folder.as_ref());
        Self { world, now, dialect, people, folder }
    }

    /// The ledger file of a kept world.
    pub(crate) fn ledger(&self) -> std::path::PathBuf {
        self.folder.as_ref().expect("a kept world").path().join(LEDGER)
    }

    /// Moves the world's clock.
    pub(crate) fn pass(&mut self, time: SignedDuration) {
        self.now += time;
        let shift = self.now.duration_since(system_now());
        self.world.record(Event::ClockShifted(shift.as_secs())).unwrap();
    }

    pub(crate) fn pass_seconds(&mut self, seconds: i64) {
        self.pass(SignedDuration::from_secs(seconds));
    }

    pub(crate) fn pass_hours(&mut self, hours: i64) {
        self.pass(SignedDuration::from_hours(hours));
    }

    /// Today in Japan, with so many days and months added, as `yyyyMMdd`.
    pub(crate) fn day(&self, days: i32, months: i32) -> String {
        let today = in_japan(self.now).date();
        today.saturating_add(months.months()).saturating_add(days.days()).strftime("%Y%m%d").to_string()
    }

    /// This month, with so many months added, as `yyyyMM`.
    pub(crate) fn month(&self, months: i32) -> String {
        in_japan(self.now)
            .date()
            .first_of_month()
            .saturating_add(months.months())
            .strftime("%Y%m")
            .to_string()
    }

    /// Now with some seconds added, as `yyyyMMddHHmmss`.
    pub(crate) fn moment(&self, after: SignedDuration) -> String {
        in_japan(self.now + after).strftime("%Y%m%d%H%M%S").to_string()
    }

    /// The n-th insurance of a test card's holder.
    pub(crate) fn insurance(&self, card: &str, index: usize) -> Insured {
        let people = self.world.people();
        let card = people.card(card).unwrap_or_else(|| panic!("no card {card}"));
        let coverage = &card.person.coverages[index];
        let insurance = coverage.insurance();
        Insured {
            insurer: coverage.insurer.text().into_owned(),
            symbol: insurance.and_then(|own| own.symbol.as_ref()).map(|own| own.text().into_owned()),
            number: coverage.number.text().into_owned(),
            branch: insurance.and_then(|own| own.branch.as_ref()).map(|own| own.text().into_owned()),
            born: card.person.born.on(in_japan(self.now).date()).strftime("%Y%m%d").to_string(),
        }
    }

    /// The first insurance of a test card's holder.
    pub(crate) fn insured(&self, card: &str) -> Insured {
        self.insurance(card, 0)
    }

    /// Somebody whom nobody knows.
    pub(crate) fn stranger(&self) -> Insured {
        Insured { number: "９９９９９９".to_owned(), ..self.insured("employee-valid") }
    }

    /// The clinic asks.
    pub(crate) fn clinic(&self) -> Desk<'_> {
        Desk {
            told: self,
            code: CLINIC,
            role: Role::LinkApplication,
            wire: Wire::Xml,
            key: None,
            encoding: None,
        }
    }

    /// The pharmacy asks.
    pub(crate) fn pharmacy(&self) -> Desk<'_> {
        Desk { code: PHARMACY, ..self.clinic() }
    }
}

fn open(dialect: &Arc<Dialect>, people: &People, folder: Option<&TempDir>) -> World {
    let home: InstitutionCode = CLINIC.parse().unwrap();
    let world = match folder {
        None => World::new("told", home, Arc::clone(dialect)),
        Some(folder) => reopen(home, dialect, &folder.path().join(LEDGER)),
    };
    world.load(people.clone());
    world
}

/// Opens a kept world. A program that another test starts holds the file's lock until it has become itself.
fn reopen(home: InstitutionCode, dialect: &Arc<Dialect>, ledger: &Path) -> World {
    let syncer = Arc::new(Syncer::start().unwrap());
    for _ in 0..5_000 {
        match World::open("told", home.clone(), Arc::clone(dialect), ledger, &syncer) {
            Err(LedgerError::InUse { .. }) => std::thread::sleep(std::time::Duration::from_millis(1)),
            opened => return opened.unwrap().0,
        }
    }
    panic!("{} stays in use", ledger.display())
}

/// A certificate that is valid throughout every story.
pub(crate) fn certificate(code: &str, seed: u8) -> TerminalCertificate {
    let facts = CertificateFacts {
        fingerprint: Fingerprint::from([seed; 32]),
        subject: format!("CN={code}-01"),
        common_name: Some(format!("{code}-01")),
        organization: None,
        issuer: String::new(),
        serial: format!("{seed:02x}"),
        not_before: "2015-01-01T00:00:00Z".parse().unwrap(),
        not_after: "2099-01-01T00:00:00Z".parse().unwrap(),
    };
    TerminalCertificate::new(code.parse().unwrap(), Arc::new(facts))
}

/// Insurance data as they are typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Insured {
    pub(crate) insurer: String,
    pub(crate) symbol: Option<String>,
    pub(crate) number: String,
    pub(crate) branch: Option<String>,
    pub(crate) born: String,
}

impl Insured {
    /// The data in OQS messages, without the date of birth.
    pub(crate) fn numbers(&self) -> Vec<Node> {
        self.named([
            "InsurerNumber",
            "InsuredCardSymbol",
            "InsuredIdentificationNumber",
            "InsuredBranchNumber",
        ])
    }

    fn named(&self, [insurer, symbol, number, branch]: [&str; 4]) -> Vec<Node> {
        let optional = |name: &str, value: &Option<String>| value.as_ref().map(|value| text(name, value));
        [
            Some(text(insurer, &self.insurer)),
            optional(symbol, &self.symbol),
            Some(text(number, &self.number)),
            optional(branch, &self.branch),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// Search data of a query.
    pub(crate) fn search(&self, limit_consent: &str) -> Vec<Node> {
        let more =
            [text("Birthdate", &self.born), text("LimitApplicationCertificateRelatedConsFlg", limit_consent)];
        self.numbers().into_iter().chain(more).collect()
    }
}

/// Months and kinds of a request for drugs.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) since: Option<String>,
    pub(crate) file: &'static str,
    pub(crate) prescriptions: Option<&'static str>,
}

impl Wanted {
    /// The last 36 months in a kind of file.
    pub(crate) fn all(told: &Told, file: &'static str) -> Self {
        Self { from: told.month(-35), to: told.month(0), since: None, file, prescriptions: None }
    }
}

/// An institution's link to the service, for one request.
#[derive(Clone, Copy)]
pub(crate) struct Desk<'a> {
    told: &'a Told,
    code: &'static str,
    role: Role,
    wire: Wire,
    key: Option<&'a str>,
    encoding: Option<Encoding>,
}

impl<'a> Desk<'a> {
    /// Asks as another kind of account.
    pub(crate) fn role(self, role: Role) -> Self {
        Self { role, ..self }
    }

    /// Asks in JSON.
    pub(crate) fn json(self) -> Self {
        Self { wire: Wire::Json, ..self }
    }

    /// Asks with an `Idempotency-Key`.
    pub(crate) fn key(self, key: &'a str) -> Self {
        Self { key: Some(key), ..self }
    }

    /// Wants answers in an encoding.
    pub(crate) fn encoding(self, encoding: Option<Encoding>) -> Self {
        Self { encoding, ..self }
    }

    /// Sends bytes through gate and service.
    pub(crate) fn bytes(self, id: MessageId, body: &[u8]) -> Result<Answer, RequestRefused> {
        let (told, world) = (self.told, &self.told.world);
        let (_, _, line, seed) = *PLACES.iter().find(|(code, ..)| *code == self.code).unwrap();
        let line: Line = line.parse().unwrap();
        let registration = world.registry.line(&line).unwrap();
        let certificate = world.registry.certificate(&Fingerprint::from([seed; 32])).unwrap();
        let line = FoundLine { line, by: FoundBy::Port(8443) };
        let presented = Presented::Terminal(&certificate);
        let knock = Knock {
            line: Some(&line),
            registration: Some(&registration),
            proof: Proof::Missing,
            presented,
            revocation: None,
            list: RevocationList::Fresh,
            purpose: Purpose::Qualification,
        };
        let admitted = gate::admit(&knock, Rules::of(world.dialect()), told.now).unwrap();
        let Self { role, wire, key, encoding, .. } = self;
        Call { world, admitted: &admitted, id, role, wire, key, encoding, body, now: told.now }.answer()
    }

    /// Sends a request.
    pub(crate) fn send(self, id: MessageId, request: &Node) -> Answer {
        let body = match self.wire {
            Wire::Xml => request.to_xml(),
            Wire::Json => request.to_json(),
        };
        self.bytes(id, body.as_bytes()).unwrap_or_else(|refused| panic!("{id:?} was refused: {refused:?}"))
    }

    /// Sends a request and reads the answer, which is XML.
    pub(crate) fn ask(self, id: MessageId, request: &Node) -> Node {
        let answer = self.send(id, request);
        assert_eq!(answer.content_type, "application/xml");
        Node::of_xml(&answer.body)
    }

    /// A header with the institution and an identifier.
    pub(crate) fn header(self, identifier: &str) -> Vec<Node> {
        vec![text("MedicalInstitutionCode", self.code), text("ArbitraryFileIdentifier", identifier)]
    }

    /// The same with today as the day of confirmation.
    pub(crate) fn dated(self, identifier: &str) -> Vec<Node> {
        let date = text("QualificationConfirmationDate", self.told.day(0, 0));
        std::iter::once(date).chain(self.header(identifier)).collect()
    }

    /// Confirms the qualification of somebody (OQSsiquc01).
    pub(crate) fn confirm(self, insured: &Insured) -> Node {
        self.ask(MessageId::OqsSiQuc01, &self.question(insured))
    }

    /// The request that confirms the qualification of somebody.
    pub(crate) fn question(self, insured: &Insured) -> Node {
        let search = group("QualificationConfirmSearchInfo", insured.search("0"));
        message(self.dated("q-1"), [search])
    }

    /// The reference number that comes back for somebody.
    pub(crate) fn reference(self, insured: &Insured) -> Option<String> {
        let answer = self.confirm(insured);
        answer
            .says("MessageBody/ResultList/ResultOfQualificationConfirmation/ReferenceNumber")
            .map(Into::into)
    }

    /// Registers a reference number (OQSsiimm01).
    pub(crate) fn register(self, insured: &Insured, number: &str) -> Node {
        self.ask(MessageId::OqsSiImm01, &message(self.header("r-1"), [registration(insured, number)]))
    }

    /// A request for drugs (YZKsiquc01).
    pub(crate) fn drugs_request(self, insured: &Insured, wanted: &Wanted) -> Node {
        let body = [
            Some(text("StartDate", &wanted.from)),
            Some(text("EndDate", &wanted.to)),
            wanted.since.as_ref().map(|since| text("LastDate", since)),
            Some(text("FileCategory", wanted.file)),
            wanted.prescriptions.map(|value| text("PrDiInfClassification", value)),
            Some(text("MedicalTreatmentFlag", "1")),
        ];
        message(self.viewing_header(insured), body.into_iter().flatten())
    }

    /// Asks for drugs, as XML.
    pub(crate) fn drugs(self, insured: &Insured, wanted: &Wanted) -> Node {
        self.ask(MessageId::YzkSiQuc01, &self.drugs_request(insured, wanted))
    }

    /// A request for check-ups (TKKsiquc01).
    pub(crate) fn checkups_request(self, insured: &Insured, file: &str) -> Node {
        message(self.viewing_header(insured), [text("FileCategory", file)])
    }

    /// Asks for check-ups, as XML.
    pub(crate) fn checkups(self, insured: &Insured) -> Node {
        self.ask(MessageId::TkkSiQuc01, &self.checkups_request(insured, "2"))
    }

    fn viewing_header(self, insured: &Insured) -> Vec<Node> {
        let names =
            ["InsurerNumber", "InsuranceCardSymbol", "InsuredPersonIdentificationNumber", "BranchNumber"];
        std::iter::once(text("MedicalInstitutionCode", self.code))
            .chain(insured.named(names))
            .chain([text("ArbitraryFileIdentifier", "v-1")])
            .collect()
    }

    /// A patient comes to the reader, or is visited, and answers the questions; the face file, if one is written.
    pub(crate) fn visit(
        self,
        card: &str,
        answers: &[(Object, bool)],
        treatment: TreatmentFlag,
    ) -> Option<Node> {
        self.play(visit(card, answers, treatment)).unwrap()
    }

    /// The same at the reader of an outpatient clinic.
    pub(crate) fn comes(self, card: &str, answers: &[(Object, bool)]) -> Node {
        self.visit(card, answers, TreatmentFlag::Outpatient).unwrap()
    }

    /// Plays a visit as the reader's API does.
    pub(crate) fn play(self, visit: Visit) -> Result<Option<Node>, Failure> {
        let Told { world, now, .. } = self.told;
        let people = world.people();
        let card = people.card(&visit.card).unwrap();
        let asker: InstitutionCode = self.code.parse().unwrap();
        let context = Context {
            world,
            people: &people,
            asker: &asker,
            role: Role::Face,
            message: MessageId::OqsSiQuc01,
            now: *now,
        };
        let tokens =
            Tokens { identifier: "QmFzZTY0dG9rZW4=".parse().unwrap(), key: "k".repeat(64).parse().unwrap() };
        let played = reader::play(context, card, &visit, &tokens)?;
        if !played.consents.is_empty() {
            let (person, institution, consents) = (PersonId::of(card), asker.clone(), played.consents);
            world.record(Event::ConsentsAnswered { person, institution, consents }).unwrap();
        }
        let encode = |face| Node::of_xml(&messages::encode(&face, world.dialect().style()).bytes);
        Ok(played.face.map(encode))
    }
}

/// A visit in which nothing goes wrong.
pub(crate) fn visit(card: &str, answers: &[(Object, bool)], treatment: TreatmentFlag) -> Visit {
    Visit {
        card: card.to_owned(),
        identification: Identification::Face,
        consents: answers.iter().copied().collect(),
        prescription: None,
        treatment,
        failure: None,
    }
}

/// The registration of one reference number.
pub(crate) fn registration(insured: &Insured, number: &str) -> Node {
    let number = text("ReferenceNumber", number);
    group("ReferenceNumberRegistrationInfo", std::iter::once(number).chain(insured.numbers()))
}

/// Yes to every object.
pub(crate) const YES_TO_ALL: [(Object, bool); 6] = [
    (Object::Checkups, true),
    (Object::Drugs, true),
    (Object::Diagnosis, true),
    (Object::Operations, true),
    (Object::Limit, true),
    (Object::Diseases, true),
];
