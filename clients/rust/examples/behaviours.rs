//! Plays every behaviour against the service that the environment names, and prints a line of JSON for each.
//!
//! The list and the ground are described in `tests/tests/clients` of the repository.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test, whose output is read by another")]

use std::fs;
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::time::Duration;

use onshi_client::{
    Client, Document, Encoding, Error, Folders, Identity, Person, Settings, WebApi, request, testing,
};
use serde_json::json;
use testing::OnshiMock;

const VALIDITY: &str = "MessageBody/QualificationValidity";
const FOUND: &str = "MessageBody/ResultList/ResultOfQualificationConfirmation";
const SECOND: Duration = Duration::from_secs(1);

/// Name and play of each.
const BEHAVIOURS: &[(&str, fn())] = &[
    ("pem", || finds_taro(&client("ONSHI_SERVICE"))),
    ("pkcs12", || {
        let identity = Identity::from_pkcs12(home("terminal.p12"), "onshi-mock").unwrap();
        finds_taro(&with("ONSHI_SERVICE", |settings| settings.identity = Some(identity)));
    }),
    ("shift-jis", || {
        let asking = with("ONSHI_SERVICE_SJIS", |settings| settings.encoding = Encoding::ShiftJis);
        finds_taro(&asking);
        let answer = asking.qualification(&taro()).unwrap();
        assert_eq!(answer.text("MessageHeader/CharacterCodeIdentifier").unwrap(), "1");
    }),
    ("vectors", vectors),
    ("answers", answers),
    ("folders", || {
        let request =
            request::qualification(&env("ONSHI_INSTITUTION"), &taro(), &request::today(), Some("rust"));
        let answer = Folders::at(env("ONSHI_EXCHANGE")).ask(&request, "rust_1").unwrap();
        assert_eq!(answer.text(VALIDITY).unwrap(), "1");
        assert_eq!(answer.text("MessageHeader/ArbitraryFileIdentifier").unwrap(), "rust");
    }),
    ("folders-refused", || {
        let asked = Folders::at(env("ONSHI_EXCHANGE")).exchange("OQSsiquc01", "rust_2", b"<XmlMsg>");
        assert!(matches!(asked, Err(Error::BadRequest { .. })), "{asked:?}");
    }),
    ("bulk", || {
        let asking = client("ONSHI_SERVICE");
        let reception = asking.submit(&[taro(), hanako()]).unwrap();
        let answer = asking.fetch(&reception, 60 * SECOND, SECOND / 5).unwrap();
        assert_eq!(answer.texts("MessageBody/BulkConfirmUnit/QualificationValidity"), ["1", "1"]);
    }),
    ("not-ready", || {
        let asking = client("ONSHI_SERVICE");
        let own = asking.submit(&[taro()]).unwrap();
        let fetched = asking.fetch(&own, Duration::ZERO, SECOND);
        assert!(matches!(&fetched, Err(Error::NotReady { reception }) if *reception == own), "{fetched:?}");
    }),
    ("reference-number", || {
        client("ONSHI_SERVICE").register_reference_number(&taro(), "0000000042").unwrap();
        let answer = client("ONSHI_SERVICE").qualification(&taro()).unwrap();
        assert_eq!(answer.text(&format!("{FOUND}/ReferenceNumber")).unwrap(), "0000000042");
    }),
    ("drugs", || {
        let answer =
            client("ONSHI_SERVICE").drugs(&taro(), months().each_ref().map(|month| &**month)).unwrap();
        assert!(answer.count("MessageBody/MeTrMonthInf") > 0);
    }),
    ("drugs-pdf", || {
        let pdf = client("ONSHI_SERVICE").drugs_pdf(&taro(), months().each_ref().map(|month| &**month));
        assert!(pdf.unwrap().starts_with(b"%PDF-"));
    }),
    ("checkups", || {
        let answer = client("ONSHI_SERVICE").checkups(&taro()).unwrap();
        assert!(answer.count("MessageBody/SpecificHealthCheckupInfo") > 0);
        assert!(client("ONSHI_SERVICE").checkups_pdf(&taro()).unwrap().starts_with(b"%PDF-"));
    }),
    ("no-consent", || {
        let asking = client("ONSHI_SERVICE");
        let drugs = asking.drugs(&hanako(), months().each_ref().map(|month| &**month));
        assert!(matches!(drugs, Err(Error::NoConsent { .. })), "{drugs:?}");
        let checkups = asking.checkups_pdf(&hanako());
        assert!(matches!(checkups, Err(Error::NoConsent { .. })), "{checkups:?}");
    }),
    ("web-api", || {
        let asking = client("ONSHI_SERVICE");
        let session = WebApi::login(&asking, &env("ONSHI_USER"), &env("ONSHI_PASSWORD")).unwrap();
        assert_eq!(session.search(&taro()).unwrap()["MessageBody"]["QualificationValidity"], "1");
    }),
    ("web-api-refused", || {
        let asking = client("ONSHI_SERVICE");
        let session = WebApi::login(&asking, &env("ONSHI_USER"), "wrong");
        assert!(matches!(session, Err(Error::LoginRefused { .. })), "{session:?}");
    }),
    ("line-refused", || {
        let asked = client("ONSHI_UNREGISTERED").qualification(&taro());
        assert!(matches!(&asked, Err(Error::LineRefused { label, .. }) if label == "G102"), "{asked:?}");
    }),
    ("certificate-refused", || {
        let asked = with("ONSHI_SERVICE", |settings| settings.identity = None).qualification(&taro());
        let Err(Error::CertificateRefused { label, .. }) = asked else { panic!("{asked:?}") };
        assert_eq!(label.unwrap(), "C101");
    }),
    ("handshake-refused", || {
        let asked = with("ONSHI_STRICT", |settings| settings.identity = None).qualification(&taro());
        assert!(matches!(asked, Err(Error::CertificateRefused { .. })), "{asked:?}");
    }),
    ("bad-request", || {
        let asked = client("ONSHI_SERVICE").send("OQSsiquc01", b"<XmlMsg>");
        let Err(Error::BadRequest { label, .. }) = asked else { panic!("{asked:?}") };
        assert_eq!(label.unwrap(), "X913");
    }),
    ("rejected", || {
        let other = with("ONSHI_SERVICE", |settings| settings.institution = "1349999910".to_owned());
        let asked = other.qualification(&taro());
        assert!(matches!(&asked, Err(Error::Rejected { code, .. }) if code == "OQSX9005E"), "{asked:?}");
    }),
    ("service-down", || {
        let asked = client("ONSHI_DOWN").qualification(&taro());
        assert!(matches!(asked, Err(Error::ServiceDown { attempts: 3, .. })), "{asked:?}");
    }),
    ("service-back", || finds_taro(&client("ONSHI_FLAKY"))),
    ("busy", || {
        let shiro = Person {
            insurer: "31139991".to_owned(),
            symbol: Some("国見１".to_owned()),
            ..person("１００４", "00", "19850808")
        };
        assert_eq!(client("ONSHI_SERVICE").qualification(&shiro).unwrap().text(VALIDITY).unwrap(), "1");
    }),
    ("time-out", || {
        let asked = with("ONSHI_SILENT", |settings| settings.timeout = SECOND / 2).qualification(&taro());
        assert!(matches!(asked, Err(Error::TimedOut { .. })), "{asked:?}");
    }),
    ("untrusted", || {
        let other = fs::read(home("other-ca.pem")).unwrap();
        let asked = with("ONSHI_SERVICE", |settings| settings.ca_pem = other).qualification(&taro());
        assert!(matches!(asked, Err(Error::Untrusted { .. })), "{asked:?}");
    }),
    ("real-service", || {
        for address in
            ["https://hweb.oqs.onshikaku.org", "https://HWEB.OQS-ST.ONSHIKAKU.ORG.:8443/", "http://localhost"]
        {
            let made = Client::new(Settings { service: address.to_owned(), ..settings("ONSHI_SERVICE") });
            assert!(matches!(made, Err(Error::Setting(_))), "{made:?}");
        }
    }),
    ("test-world", || {
        let mock = OnshiMock::start().unwrap();
        let (one, other) =
            (mock.world(json!({})).unwrap(), OnshiMock::connect(mock.admin(), None, None).unwrap());
        let other = other.world(json!({})).unwrap();
        finds_taro(&one.client().unwrap());
        let asking = one.client().unwrap();
        let (id, password) = one.account("web-api").unwrap();
        WebApi::login(&asking, &id, &password).unwrap();
        let nobody = Client::new(Settings { identity: None, ..one.settings().unwrap() }).unwrap();
        let asked = nobody.qualification(&taro());
        assert!(matches!(asked, Err(Error::CertificateRefused { .. })), "{asked:?}");
        assert_eq!(other.exchanges().unwrap(), Vec::<serde_json::Value>::new());
    }),
    ("test-container", || {
        let mock = OnshiMock::start().unwrap();
        let known = mock.world(json!({})).unwrap();
        let port = |address: &str| address.rsplit_once(':').unwrap().1.parse().unwrap();
        let contained = OnshiMock::of_container("localhost", |inside| match inside {
            testing::container::ADMIN => port(mock.admin()),
            testing::container::SERVICE => port(known.service()),
            other => panic!("{other} is not asked for"),
        });
        let world = contained.unwrap().world(json!({})).unwrap();
        assert!(world.service().starts_with("https://localhost:"));
        finds_taro(&world.client().unwrap());
    }),
    ("test-scenario", || {
        let mock = OnshiMock::start().unwrap();
        let world = mock.world(json!({})).unwrap();
        let sora = Person { symbol: Some("９９".to_owned()), ..person("７７７", "00", "19900101") };
        let validity = |answer: Document| answer.text(VALIDITY).unwrap();
        assert_eq!(validity(world.client().unwrap().qualification(&sora).unwrap()), "4");
        world.load_scenario("sora", SCENARIO).unwrap();
        assert_eq!(validity(world.client().unwrap().qualification(&sora).unwrap()), "1");
    }),
    ("test-clock", || {
        let mock = OnshiMock::start().unwrap();
        let world = mock.world(json!({ "clock": { "frozen": "2027-04-01T09:00:00+09:00" } })).unwrap();
        finds_taro(&world.client().unwrap());
        // Four years: a certificate lasts three years and three months.
        world.advance("35064h").unwrap();
        let asked = world.client().unwrap().qualification(&taro());
        assert!(matches!(asked, Err(Error::CertificateRefused { .. })), "{asked:?}");
    }),
    ("test-verify", || {
        let mock = OnshiMock::start().unwrap();
        let world = mock.world(json!({})).unwrap();
        finds_taro(&world.client().unwrap());
        let own = json!({ "message": "OQSsiquc01", "card": "employee-valid" });
        assert_eq!(world.wait_for(&own, 1, SECOND).unwrap()[0]["card"], "employee-valid");
        world.verify(&json!({ "exactly": { "count": 1, "match": own } })).unwrap();
        world.verify(&json!({ "never": { "match": { "message": "YZKsiquc01" } } })).unwrap();
        let unmet = world.verify(&json!({ "never": { "match": own } }));
        assert!(matches!(unmet, Err(testing::Error::NotMet(_))), "{unmet:?}");
        let unmet = world.wait_for(&own, 2, SECOND / 10);
        assert!(matches!(unmet, Err(testing::Error::NotMet(_))), "{unmet:?}");
    }),
    ("test-reset", || {
        let mock = OnshiMock::start().unwrap();
        let world = mock.world(json!({})).unwrap();
        let asking = world.client().unwrap();
        asking.register_reference_number(&taro(), "0000000042").unwrap();
        world.reset().unwrap();
        assert_eq!(asking.qualification(&taro()).unwrap().text(&format!("{FOUND}/ReferenceNumber")), None);
        drop(world);
        let asked = asking.qualification(&taro());
        assert!(matches!(asked, Err(Error::CertificateRefused { .. })), "{asked:?}");
    }),
];

const SCENARIO: &str = r#"
pack: sora
about: {ja: 見本, en: Sample}
patients:
  - card: sora
    title: {ja: 見本, en: Sample}
    name: 見本　空
    kana: ﾐﾎﾝ ｿﾗ
    sex: "1"
    born: 1990-01-01
    insurance:
      - {insurer: "06139992", insurer-name: 見本健康保険組合, symbol: ９９, number: ７７７, branch: "00", relation: "1", from: 2020-04-01}
    expect: {validity: "1"}
"#;

fn vectors() {
    let asking = client("ONSHI_SERVICE");
    for file in files("ONSHI_VECTORS") {
        holds(&file, &asking.send("OQSsiquc01", &fs::read(&file).unwrap()).unwrap().body);
    }
}

fn answers() {
    for file in files("ONSHI_ANSWERS") {
        holds(&file, &fs::read(&file).unwrap());
    }
}

fn files(folder: &str) -> Vec<PathBuf> {
    let files = fs::read_dir(env(folder)).unwrap().map(|entry| entry.unwrap().path());
    let files: Vec<_> = files.filter(|path| path.extension().is_some_and(|end| end == "xml")).collect();
    assert!(!files.is_empty(), "there are files in {folder}");
    files
}

/// The answer holds what is expected beside the file.
fn holds(file: &Path, bytes: &[u8]) {
    let answer = Document::decode(bytes).unwrap();
    for line in fs::read_to_string(file.with_extension("expected")).unwrap().lines() {
        let (path, expected) = line.split_once('=').unwrap();
        assert_eq!(answer.text(path).as_deref(), Some(expected), "{} {path}", file.display());
    }
}

fn main() {
    for (behaviour, play) in BEHAVIOURS {
        let result = match panic::catch_unwind(AssertUnwindSafe(play)) {
            Ok(()) => json!({ "behaviour": behaviour, "outcome": "passed" }),
            Err(panic) => {
                let told = panic.downcast_ref::<String>().cloned();
                let told = told.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
                json!({ "behaviour": behaviour, "outcome": "failed", "detail": told })
            }
        };
        println!("{result}");
    }
}

fn finds_taro(asking: &Client) {
    let answer = asking.qualification(&taro()).unwrap();
    assert_eq!(answer.text(VALIDITY).unwrap(), "1");
    assert_eq!(answer.text(&format!("{FOUND}/Name")).unwrap(), "見本　太郎");
}

fn taro() -> Person {
    person("４５６", "00", "19800101")
}

fn hanako() -> Person {
    person("１００１", "01", "19820202")
}

fn person(number: &str, branch: &str, born: &str) -> Person {
    Person {
        insurer: "06139992".to_owned(),
        symbol: Some("１２３".to_owned()),
        number: number.to_owned(),
        branch: Some(branch.to_owned()),
        born: born.to_owned(),
    }
}

fn settings(service: &str) -> Settings {
    let identity = Identity::from_pem(home("certificate.pem"), home("key.pem")).unwrap();
    let ca = fs::read(home("ca.pem")).unwrap();
    let pause = Duration::from_millis(50);
    Settings { pause, ..Settings::new(&env(service), &env("ONSHI_INSTITUTION"), identity, ca) }
}

fn with(service: &str, change: impl FnOnce(&mut Settings)) -> Client {
    let mut settings = settings(service);
    change(&mut settings);
    Client::new(settings).unwrap()
}

fn client(service: &str) -> Client {
    with(service, |_| {})
}

fn months() -> [String; 2] {
    let months = env("ONSHI_MONTHS");
    let (first, last) = months.split_once('-').unwrap();
    [first, last].map(str::to_owned)
}

fn home(file: &str) -> PathBuf {
    PathBuf::from(env("ONSHI_HOME")).join(file)
}

fn env(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set"))
}
