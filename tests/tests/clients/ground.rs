//! What a driver plays on: two services, their troubles, and the files of one terminal.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use certs::{Authority, KeyKind, Months, TerminalSubject};
use jiff::ToSpan;
use jiff::civil::Date;
use reqwest::Method;
use serde_json::Value;
use system_tests::{CLINIC, Mock, Place, Reply, binaries, foreign, names, today};
use tempfile::TempDir;

use crate::troubles::Troubles;

const INSTITUTION: &str = "1319999916";
/// The password of every PKCS#12 file here.
const PASSWORD: &str = "onshi-mock";

/// A second terminal, for what needs a certificate of the old kind.
pub(crate) const OLD_TERMINAL: &str = "1319999916-02";

/// Two answers of HTTP 503 for whoever asks for one card.
const BUSY: &str = "
pack: busy
about: {ja: 混雑, en: Busy}
faults:
  - name: busy
    when: {card: national-officials-valid}
    kinds: [{http-status: 503}]
    rate: 1.0
    seed: 1
    at-most: 2
";

/// One client's ground. Dropping it ends the services.
pub(crate) struct Ground {
    mock: Mock,
    shift_jis: Mock,
    pub(crate) troubles: Troubles,
    home: TempDir,
}

impl Ground {
    /// Starts everything.
    pub(crate) fn lay() -> Self {
        let place = place_with_old_terminal();
        let mock = Mock::plan().start_in(place);

        let other = Place::new();
        for folder in ["ca", "institutions"] {
            copy(&mock.place.data().join(folder), &other.data().join(folder));
        }
        let shift_jis = Mock::plan().flag("--encoding", "shift-jis").without_terminal().start_in(other);

        let home = tempfile::tempdir().unwrap();
        for file in ["certificate.pem", "key.pem", "terminal.p12"] {
            fs::copy(mock.place.identity_file(CLINIC, file), home.path().join(file)).unwrap();
        }
        fs::copy(mock.place.data().join("ca/root.pem"), home.path().join("ca.pem")).unwrap();
        fs::write(home.path().join("other-ca.pem"), Authority::create().unwrap().root_pem()).unwrap();
        legacy_pkcs12(&mock.place, &home.path().join("legacy.p12"));
        fill_vectors(&mock, &home.path().join("vectors"));
        copy_answers(&home.path().join("answers"));
        mock.visit("employee-valid", "1");
        load(&mock, "busy", BUSY);
        let troubles = Troubles::start(&mock);
        Self { mock, shift_jis, troubles, home }
    }

    /// Whether the client did all it had to do while the service was busy.
    pub(crate) fn judge(&self) {
        self.troubles.judge();
        let mut seen = self.mock.journal();
        seen.retain(|exchange| exchange["card"] == "national-officials-valid");
        let statuses: Vec<_> = seen.iter().rev().map(|exchange| &exchange["status"]).collect();
        assert_eq!(statuses, [503, 503, 200], "what a busy service answered");
    }

    /// What a driver reads.
    pub(crate) fn environment(&self) -> BTreeMap<&'static str, String> {
        let path = |path: &Path| path.to_str().unwrap().to_owned();
        let [first, last] = months(today());
        let local = |port: u16| format!("https://127.0.0.1:{port}");
        [
            // The service on a registered line, and another that answers in Shift_JIS.
            ("ONSHI_SERVICE", self.mock.service_url("")),
            ("ONSHI_SERVICE_SJIS", self.shift_jis.service_url("")),
            // The same service on a line that is not registered.
            ("ONSHI_UNREGISTERED", self.mock.unregistered_url("")),
            // Ends a handshake without certificate by an alert.
            ("ONSHI_STRICT", local(self.troubles.strict)),
            // Closes each connection; closes the first two and is the service then; says nothing.
            ("ONSHI_DOWN", local(self.troubles.down)),
            ("ONSHI_FLAKY", local(self.troubles.flaky)),
            ("ONSHI_SILENT", local(self.troubles.silent)),
            // certificate.pem, key.pem, terminal.p12, legacy.p12 (password onshi-mock), ca.pem, other-ca.pem.
            ("ONSHI_HOME", path(self.home.path())),
            // The folder with req and res.
            ("ONSHI_EXCHANGE", path(self.mock.exchange().path())),
            // Requests (*.xml), each with the lines `path=text` that its answer holds (*.expected).
            ("ONSHI_VECTORS", path(&self.home.path().join("vectors"))),
            // Answers (*.xml), each with the lines `path=text` that it holds (*.expected).
            ("ONSHI_ANSWERS", path(&self.home.path().join("answers"))),
            ("ONSHI_INSTITUTION", INSTITUTION.to_owned()),
            // Two months, joined by a hyphen, in which the patient got drugs.
            ("ONSHI_MONTHS", format!("{first}-{last}")),
            ("ONSHI_USER", format!("{INSTITUTION}-web-api")),
            ("ONSHI_PASSWORD", "Onshi-Mock-0001!".to_owned()),
            // The program, to be started by the parts for tests.
            ("ONSHI_MOCK", path(&binaries::mock_path())),
        ]
        .into()
    }
}

/// A place whose onshi-mock will know a second terminal with an RSA key: Mono's TLS takes no other.
pub(crate) fn place_with_old_terminal() -> Place {
    let place = Place::new();
    let store = place.store();
    let subject = TerminalSubject {
        institution_code: INSTITUTION.to_owned(),
        terminal_number: 2,
        institution_name: "見本診療所".to_owned(),
    };
    let midnight = format!("{}T00:00:00+09:00", today()).parse().unwrap();
    let authority = store.authority().unwrap();
    let identity = authority.issue_terminal(&subject, midnight, Months::default(), KeyKind::Rsa2048).unwrap();
    store.save_identity(OLD_TERMINAL, &identity, PASSWORD).unwrap();
    place
}

/// Six months up to the last one, as `yyyyMM`.
fn months(day: Date) -> [String; 2] {
    [6, 1].map(|back| day.first_of_month().saturating_sub(back.months()).strftime("%Y%m").to_string())
}

fn load(mock: &Mock, name: &str, yaml: &str) {
    let path = format!("/api/v1/worlds/default/scenarios/{name}");
    let reply = Reply::of(mock.call(Method::PUT, &path).body(yaml.to_owned()).send().unwrap());
    assert_eq!(reply.status, 201, "{}", reply.text());
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for name in names(from) {
        let (from, to) = (from.join(&name), to.join(&name));
        if from.is_dir() {
            copy(&from, &to);
        } else {
            fs::copy(from, to).unwrap();
        }
    }
}

/// The second terminal's certificate in the form that old programs read.
fn legacy_pkcs12(place: &Place, to: &Path) {
    let file = |name| place.identity_file(OLD_TERMINAL, name);
    let made = Command::new("openssl")
        .args(["pkcs12", "-export", "-legacy", "-passout", &format!("pass:{PASSWORD}"), "-inkey"])
        .arg(file("key.pem"))
        .arg("-in")
        .arg(file("certificate.pem"))
        .arg("-out")
        .arg(to)
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}

/// Writes the vectors with their placeholders replaced, and what their answers hold.
fn fill_vectors(mock: &Mock, to: &Path) {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors/OQSsiquc01/requests");
    let today = today().strftime("%Y%m%d").to_string();
    let cards = mock.world("cards");
    fs::create_dir_all(to).unwrap();
    for name in names(&from) {
        let Some(stem) = name.strip_suffix(".xml") else { continue };
        let raw = fs::read(from.join(&name)).unwrap();
        let mut filled = Vec::new();
        for (index, piece) in raw.split(|&byte| byte == b'@').enumerate() {
            match piece {
                piece if index % 2 == 0 => filled.extend(piece),
                b"TODAY" => filled.extend(today.bytes()),
                piece => filled.extend(born(&cards, piece).bytes()),
            }
        }
        fs::write(to.join(&name), filled).unwrap();
        let expect: Value =
            serde_json::from_slice(&fs::read(from.join(format!("{stem}.expect.json"))).unwrap()).unwrap();
        let lines = expect["answer"].as_object().unwrap().iter();
        let lines = lines.filter_map(|(path, text)| Some(format!("{path}={}\n", text.as_str()?)));
        fs::write(to.join(format!("{stem}.expected")), lines.collect::<String>()).unwrap();
    }
}

/// Writes the kept answer of every message in both encodings, and what stands in it, as Python reads it.
fn copy_answers(to: &Path) {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors");
    let ids = names(&from).into_iter().filter(|name| from.join(name).is_dir());
    let files: Vec<_> = ids.flat_map(|id| ["utf8", "sjis"].map(|form| (id.clone(), form))).collect();
    let read =
        |(id, form): &(String, &str)| fs::read(from.join(id).join(format!("answer.{form}.xml"))).unwrap();
    let contents: Vec<_> = files.iter().map(read).collect();
    let documents = foreign::read(&contents.iter().map(Vec::as_slice).collect::<Vec<_>>());
    fs::create_dir_all(to).unwrap();
    for (((id, form), content), document) in files.iter().zip(&contents).zip(documents) {
        fs::write(to.join(format!("{id}.{form}.xml")), content).unwrap();
        let own = |(path, text): &(String, String)| document.text(path) == Some(text) && !text.is_empty();
        let lines = document.leaves.iter().filter(|leaf| own(leaf));
        let lines: String = lines.map(|(path, text)| format!("{path}={text}\n")).collect();
        fs::write(to.join(format!("{id}.{form}.expected")), lines).unwrap();
    }
}

/// The birth date that `BORN:card` stands for.
fn born(cards: &Value, placeholder: &[u8]) -> String {
    let key = std::str::from_utf8(placeholder).unwrap().strip_prefix("BORN:").unwrap();
    let card = cards["cards"].as_array().unwrap().iter().find(|card| card["card"] == key).unwrap();
    card["ask"]["born"].as_str().unwrap().to_owned()
}
