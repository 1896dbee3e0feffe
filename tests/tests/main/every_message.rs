//! The vectors of every message: each form of the request is answered with the answer that is kept beside it.
//!
//! `UPDATE_GOLDEN=1` writes the answers anew. `tests/vectors/README.md` says what the placeholders are.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use jiff::ToSpan;
use jiff::civil::Date;
use messages::charset::Encoding;
use messages::id::{Half, MessageId};
use serde_json::Value;
use system_tests::{Mock, foreign, names, today};

/// The person of all vectors; the bulk ones ask for a second one too.
const CARD: &str = "employee-valid";
/// The check-up that is kept of the five that TKKsiquc01 shows.
const CHECKUP: &str = "20261028";

/// One test per message, and a list of them all.
macro_rules! messages {
    ($($sentence:ident => $id:ident;)*) => {
        const TESTED: &[MessageId] = &[$(MessageId::$id),*];

        $(
            #[test]
            fn $sentence() {
                is_answered_as_kept(MessageId::$id);
            }
        )*
    };
}

messages! {
    oqssiquc01_is_answered_as_kept => OqsSiQuc01;
    oqssiimm01_is_answered_as_kept => OqsSiImm01;
    oqsmuquc01_is_answered_as_kept => OqsMuQuc01;
    oqsmuquc02_is_answered_as_kept => OqsMuQuc02;
    oqsmuimm01_is_answered_as_kept => OqsMuImm01;
    oqsmuimm02_is_answered_as_kept => OqsMuImm02;
    oqsmutic01_is_answered_as_kept => OqsMuTic01;
    oqsmutic02_is_answered_as_kept => OqsMuTic02;
    oqsmuhvq01_is_answered_as_kept => OqsMuHvq01;
    oqsmuhvq02_is_answered_as_kept => OqsMuHvq02;
    oqsmuonq01_is_answered_as_kept => OqsMuOnq01;
    oqsmuonq02_is_answered_as_kept => OqsMuOnq02;
    oqssihvq01_is_answered_as_kept => OqsSiHvq01;
    oqssionq01_is_answered_as_kept => OqsSiOnq01;
    oqssihvd01_is_answered_as_kept => OqsSiHvd01;
    yzksiquc01_is_answered_as_kept => YzkSiQuc01;
    tkksiquc01_is_answered_as_kept => TkkSiQuc01;
}

#[test]
fn every_message_has_a_test_and_all_six_vectors() {
    assert_eq!(TESTED, MessageId::ALL);
    let files = [
        "answer.json",
        "answer.sjis.xml",
        "answer.utf8.xml",
        "request.json",
        "request.sjis.xml",
        "request.utf8.xml",
    ];
    for id in MessageId::ALL {
        let found: BTreeSet<_> = names(&folder(*id)).into_iter().filter(|name| name != "requests").collect();
        assert_eq!(found, files.map(Into::into).into(), "{}", id.as_str());
    }
    let folders: BTreeSet<_> = names(&vectors()).into_iter().filter(|name| name != "README.md").collect();
    assert_eq!(folders, MessageId::ALL.iter().map(|id| id.as_str().to_owned()).collect());
}

fn is_answered_as_kept(id: MessageId) {
    for encoding in [Encoding::Utf8, Encoding::ShiftJis] {
        let (short, flag) = match encoding {
            Encoding::Utf8 => ("utf8", "utf-8"),
            Encoding::ShiftJis => ("sjis", "shift-jis"),
        };
        let mock = Mock::plan().flag("--encoding", flag).start();
        let kept = folder(id).join(format!("answer.{short}.xml"));

        let asked = Asked::prepare(&mock, id, &format!("request.{short}.xml"));
        let reply = mock.ask(id.as_str(), &asked.request);
        assert_eq!((reply.status, reply.content_type()), (200, "application/xml"), "{}", id.as_str());
        read_alike(id, encoding, &reply.body);
        compare(&kept, &asked.lasting_xml(&reply.body));

        if encoding == Encoding::Utf8 {
            let asked = Asked::prepare(&mock, id, "request.utf8.xml");
            let name = format!("{}req_vector.xml", id.as_str());
            mock.exchange().drop_request(&name, &asked.request);
            let answer = mock.exchange().wait_answer(&name);
            assert_eq!(answer.name, format!("{}res_vector.xml", id.as_str()));
            compare(&kept, &asked.lasting_xml(&answer.bytes));

            let asked = Asked::prepare(&mock, id, "request.json");
            let reply = mock.ask_json(id.as_str(), &asked.request);
            assert_eq!(reply.status, 200, "{}", reply.text());
            assert!(reply.content_type().starts_with("application/json"), "{}", reply.content_type());
            compare(&folder(id).join("answer.json"), &asked.lasting_json(reply.json()));
        }
    }
}

/// A request whose placeholders are filled in, in a world where it can be answered.
struct Asked {
    request: Vec<u8>,
    day: Date,
    /// What the service answered when the job was accepted.
    reception: Option<String>,
}

impl Asked {
    fn prepare(mock: &Mock, id: MessageId, form: &str) -> Self {
        let treatment = match id.as_str() {
            "OQSmuhvq01" | "OQSmuhvq02" | "OQSsihvq01" | "OQSsihvd01" => Some("2"),
            "OQSmuonq01" | "OQSmuonq02" | "OQSsionq01" => Some("3"),
            "YZKsiquc01" | "TKKsiquc01" => Some("1"),
            _ => None,
        };
        if let Some(treatment) = treatment {
            mock.visit(CARD, treatment);
        }
        let mut asked = Self { request: Vec::new(), day: today(), reception: None };
        if let Some(first) = id.fetches() {
            let accepted = mock.ask_json(first.as_str(), &asked.filled(first, "request.json"));
            assert_eq!(accepted.status, 200, "{}", accepted.text());
            let number = &accepted.json()["XmlMsg"]["MessageBody"]["ReceptionNumber"];
            asked.reception = Some(number.as_str().unwrap().to_owned());
            mock.advance("4s");
        }
        asked.request = asked.filled(id, form);
        asked
    }

    fn filled(&self, id: MessageId, form: &str) -> Vec<u8> {
        let raw = fs::read(folder(id).join(form)).unwrap();
        let mut filled = Vec::new();
        // Neither encoding has the byte of `@` in the vectors' characters of several bytes.
        for (index, piece) in raw.split(|&byte| byte == b'@').enumerate() {
            if index % 2 == 0 {
                filled.extend(piece);
            } else {
                let placeholder = std::str::from_utf8(piece).unwrap();
                filled.extend(self.value(placeholder).unwrap_or_else(|| panic!("@{placeholder}@")).bytes());
            }
        }
        filled
    }

    fn value(&self, placeholder: &str) -> Option<String> {
        let last_month = self.day.first_of_month().saturating_sub(1.month());
        Some(match placeholder {
            "TODAY" => self.day.strftime("%Y%m%d").to_string(),
            "MONTH-1" => last_month.strftime("%Y%m").to_string(),
            "FIRST-1" => last_month.strftime("%Y%m%d").to_string(),
            "LAST-1" => last_month.last_of_month().strftime("%Y%m%d").to_string(),
            "RECEPTION" => self.reception.clone()?,
            _ => return None,
        })
    }

    /// The placeholder for a value that doesn't last. A wrong value stays, and is seen.
    fn placeholder(&self, element: &str, text: &str) -> Option<String> {
        let digits = |least, most| {
            (least..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
        };
        let name = match element {
            "ProcessExecutionTime" => return digits(14, 14).then(|| "@NOW@".to_owned()),
            _ if element.ends_with("ConsTime") => return digits(14, 14).then(|| "@NOW@".to_owned()),
            "Age" => return digits(1, 3).then(|| "@AGE@".to_owned()),
            "ReceptionNumber" if self.reception.is_none() => {
                return (!text.is_empty()).then(|| "@RECEPTION@".to_owned());
            }
            "ReceptionNumber" => "RECEPTION",
            "QualificationConfirmationDate" | "ConsentDateFrom" | "ConsentDateTo" => "TODAY",
            "MedicalTreatmentMonth" => "MONTH-1",
            "MedicalTicketValidDate" => "FIRST-1",
            "MedicalTicketExpirationDate" => "LAST-1",
            _ => return None,
        };
        (self.value(name)? == text).then(|| format!("@{name}@"))
    }

    /// An answer with placeholders, by its lines, since each element without children is one.
    fn lasting_xml(&self, answer: &[u8]) -> Vec<u8> {
        let mut lasting = Vec::new();
        let mut checkup = Vec::new();
        for line in answer.split_inclusive(|&byte| byte == b'\n') {
            let line = self.lasting_line(line);
            let tag = line.trim_ascii();
            if tag == b"<SpecificHealthCheckupInfo>" || !checkup.is_empty() {
                checkup.extend(line.iter());
                if tag == b"</SpecificHealthCheckupInfo>" {
                    let own = format!("<EffectiveTime>{CHECKUP}</EffectiveTime>");
                    if checkup.windows(own.len()).any(|window| window == own.as_bytes()) {
                        lasting.append(&mut checkup);
                    }
                    checkup.clear();
                }
            } else {
                lasting.extend(line);
            }
        }
        lasting
    }

    fn lasting_line(&self, line: &[u8]) -> Vec<u8> {
        let Some((element, text)) = std::str::from_utf8(line).ok().and_then(leaf) else {
            return line.to_owned();
        };
        let Some(placeholder) = self.placeholder(element, text) else { return line.to_owned() };
        let whole = std::str::from_utf8(line).unwrap();
        whole.replacen(&format!(">{text}<"), &format!(">{placeholder}<"), 1).into()
    }

    fn lasting_json(&self, mut answer: Value) -> Vec<u8> {
        self.replace(&mut answer);
        let mut text = serde_json::to_string_pretty(&answer).unwrap();
        text.push('\n');
        text.into()
    }

    fn replace(&self, value: &mut Value) {
        match value {
            Value::Array(items) => items.iter_mut().for_each(|item| self.replace(item)),
            Value::Object(members) => {
                for (name, member) in members.iter_mut() {
                    if let (Value::Array(checkups), "SpecificHealthCheckupInfo") =
                        (&mut *member, name.as_str())
                    {
                        checkups.retain(|checkup| checkup["EffectiveTime"] == CHECKUP);
                    }
                    if let Some(placeholder) = member.as_str().and_then(|text| self.placeholder(name, text)) {
                        *member = Value::String(placeholder);
                    }
                    self.replace(member);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
}

/// Name and text of a line that is one element without children.
fn leaf(line: &str) -> Option<(&str, &str)> {
    let (name, rest) = line.trim().strip_prefix('<')?.split_once('>')?;
    let (text, end) = rest.split_once("</")?;
    (end.strip_suffix('>')? == name).then_some((name, text))
}

fn compare(kept: &Path, answer: &[u8]) {
    if env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(kept, answer).unwrap();
        return;
    }
    let expected = fs::read(kept).unwrap_or_default();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(
        expected == answer,
        "{} differs\n--- kept\n{}\n--- answered\n{}",
        kept.display(),
        text(&expected),
        text(answer)
    );
}

/// Python's parser and our decoder find the same elements with the same text in the same order.
fn read_alike(id: MessageId, encoding: Encoding, answer: &[u8]) {
    let foreign = foreign::read_one(answer);
    assert_eq!(foreign.declared, encoding.name());
    let mut own = Vec::new();
    leaves(&messages::view(id, Half::Result, answer).unwrap(), "", &mut own);
    assert_eq!(own, foreign.leaves, "{}", id.as_str());
}

fn leaves(value: &Value, path: &str, found: &mut Vec<(String, String)>) {
    match value {
        Value::Object(members) if !members.is_empty() => {
            for (name, member) in members {
                let below = if path.is_empty() { name.clone() } else { format!("{path}/{name}") };
                leaves(member, &below, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| leaves(item, path, found)),
        Value::String(text) => found.push((path.to_owned(), text.clone())),
        Value::Object(_) | Value::Null | Value::Bool(_) | Value::Number(_) => {
            found.push((path.to_owned(), String::new()));
        }
    }
}

fn vectors() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("vectors")
}

fn folder(id: MessageId) -> PathBuf {
    vectors().join(id.as_str())
}
