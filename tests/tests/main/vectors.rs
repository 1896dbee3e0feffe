//! Each habit of writing of known clients, as bytes: answered through the folders and over HTTPS, in both encodings.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use messages::charset::Encoding;
use messages::finding::Finding;
use messages::oqs::quc::Outcome;
use serde_json::Value;
use system_tests::foreign::{self, Document};
use system_tests::{Mock, names, today};

/// One test per vector, and a list of them all.
macro_rules! vectors {
    ($($sentence:ident => $name:literal;)*) => {
        const ALL: &[&str] = &[$($name),*];

        $(
            #[test]
            fn $sentence() {
                is_answered($name);
            }
        )*
    };
}

vectors! {
    utf_8_with_a_double_quoted_declaration_is_answered => "utf-8-double-quotes";
    utf_8_with_a_single_quoted_declaration_is_answered => "utf-8-single-quotes";
    white_space_before_the_end_of_each_tag_is_answered => "space-before-tag-end";
    shift_jis_indented_and_declared_by_hand_is_answered => "shift-jis-by-hand";
    shift_jis_with_line_feeds_is_answered => "shift-jis-lf";
    shift_jis_with_kanji_in_the_symbol_is_answered => "shift-jis-kanji-symbol";
    carriage_returns_and_line_feeds_are_answered => "crlf";
    one_compact_line_is_answered => "compact";
    an_empty_tag_for_the_branch_number_is_answered => "empty-branch";
    a_self_closing_tag_for_the_branch_number_is_answered => "empty-branch-self-closing";
    an_insurer_number_of_6_digits_after_two_spaces_is_answered => "insurer-two-spaces";
    an_insurer_number_of_6_digits_after_two_zeros_is_answered => "insurer-zeros";
    an_insurer_number_of_6_digits_without_padding_is_answered => "insurer-unpadded";
    symbol_and_number_in_full_width_are_answered => "full-width";
    symbol_and_number_in_half_width_are_answered => "half-width";
    a_late_elderly_person_without_symbol_is_answered => "late-elderly-without-symbol";
    a_late_elderly_person_with_empty_tags_is_answered => "late-elderly-empty-tags";
    medical_aid_without_symbol_is_answered => "medical-aid-without-symbol";
    a_birth_date_that_follows_today_is_answered => "age-dependent-birth-date";
    a_request_without_declaration_is_answered => "no-declaration";
    a_byte_order_mark_is_answered => "byte-order-mark";
    the_47_characters_by_which_orca_knows_a_file_come_back => "orca-identifier";
    a_request_without_identifier_is_answered_without_one => "no-identifier";
    a_file_name_of_16_digits_is_answered => "name-of-16-digits";
    a_file_name_of_20_characters_padded_with_x_is_answered => "name-of-20-padded-with-x";
    a_file_name_of_24_digits_is_answered => "name-of-24-digits";
    a_file_name_of_letters_and_underscores_is_answered => "name-of-letters-and-underscores";
    a_file_name_with_hyphens_is_answered => "name-with-hyphens";
    a_file_name_with_upper_case_req_is_answered => "name-with-upper-case-req";
}

fn is_answered(name: &str) {
    for encoding in [Encoding::Utf8, Encoding::ShiftJis] {
        let flag = encoding.name().to_lowercase().replace('_', "-");
        let mock = Mock::plan().flag("--encoding", &flag).start();
        let vector = Vector::read(name, &mock);

        mock.exchange().drop_request(&vector.text("request_file"), &vector.bytes);
        let file = mock.exchange().wait_answer(&vector.text("request_file"));
        assert_eq!(file.name, vector.text("answer_file"));
        let reply = mock.ask("OQSsiquc01", &vector.bytes);
        assert_eq!((reply.status, reply.content_type()), (200, "application/xml"));

        let documents = foreign::read(&[&file.bytes, &reply.body]);
        for document in &documents {
            vector.judge(document, encoding);
        }
        assert_eq!(lasting(&documents[0]), lasting(&documents[1]), "both ways give the same answer");
        for bytes in [&file.bytes, &reply.body] {
            let decoded = messages::decode::<Outcome>(bytes).unwrap();
            assert_eq!(decoded.encoding, encoding);
            // The echo repeats what was sent, odd as it is.
            let own = decoded.findings.iter().filter(|finding| !finding.element.contains("SearchInfo/"));
            assert_eq!(own.collect::<Vec<_>>(), Vec::<&Finding>::new());
        }
        vector.judge_journal(&mock);
    }
}

/// A request file as a client writes it, and what is expected.
struct Vector {
    bytes: Vec<u8>,
    today: String,
    expect: Value,
}

impl Vector {
    fn read(name: &str, mock: &Mock) -> Self {
        let today = today().strftime("%Y%m%d").to_string();
        let raw = fs::read(folder().join(format!("{name}.xml"))).unwrap();
        let expect = fs::read(folder().join(format!("{name}.expect.json"))).unwrap();
        let cards = mock.world("cards");
        let bytes = filled(&raw, |placeholder| match placeholder.split_once(':') {
            None if placeholder == "TODAY" => today.clone(),
            Some(("BORN", card)) => born(&cards, card),
            _ => panic!("unknown placeholder {placeholder}"),
        });
        Self { bytes, today, expect: serde_json::from_slice(&expect).unwrap() }
    }

    fn text(&self, key: &str) -> String {
        self.expect[key].as_str().unwrap().to_owned()
    }

    fn judge(&self, document: &Document, encoding: Encoding) {
        assert_eq!(document.declared, encoding.name());
        let code = if encoding == Encoding::Utf8 { "0" } else { "1" };
        assert_eq!(document.text("MessageHeader/CharacterCodeIdentifier"), Some(code));
        assert_eq!(document.text("MessageHeader/QualificationConfirmationDate"), Some(&*self.today));
        assert_eq!(document.text("MessageHeader/MedicalInstitutionCode"), Some("1319999916"));
        for (path, expected) in self.expect["answer"].as_object().unwrap() {
            assert_eq!(document.text(path), expected.as_str(), "{path}");
        }
    }

    fn judge_journal(&self, mock: &Mock) {
        let journal = mock.journal();
        assert_eq!(journal.len(), 2, "one exchange each: {journal:#?}");
        for exchange in journal {
            let labels: Vec<_> =
                exchange["findings"].as_array().unwrap().iter().map(|finding| &finding["label"]).collect();
            assert_eq!(serde_json::json!(labels), self.expect["findings"]);
            assert_eq!(exchange["card"], self.expect["card"]);
        }
    }
}

/// What a document says, but for the time at which it was made.
fn lasting(document: &Document) -> Vec<&(String, String)> {
    document.leaves.iter().filter(|(path, _)| !path.ends_with("ProcessExecutionTime")).collect()
}

/// Replaces each `@…@`.
fn filled(raw: &[u8], value: impl Fn(&str) -> String) -> Vec<u8> {
    let mut filled = Vec::new();
    for (index, piece) in raw.split(|&byte| byte == b'@').enumerate() {
        if index % 2 == 0 {
            filled.extend(piece);
        } else {
            filled.extend(value(std::str::from_utf8(piece).unwrap()).bytes());
        }
    }
    filled
}

fn born(cards: &Value, key: &str) -> String {
    let cards = cards["cards"].as_array().unwrap();
    let card = cards.iter().find(|card| card["card"] == key).unwrap();
    card["ask"]["born"].as_str().unwrap().to_owned()
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("vectors/OQSsiquc01/requests")
}

#[test]
fn every_vector_has_a_test_an_expectation_and_a_line_in_the_readme() {
    let files: BTreeSet<_> = names(&folder()).into_iter().collect();
    let expected = ALL.iter().flat_map(|name| [format!("{name}.xml"), format!("{name}.expect.json")]);
    assert_eq!(files, expected.chain(["README.md".to_owned()]).collect());
    let readme = fs::read_to_string(folder().join("README.md")).unwrap();
    for name in ALL {
        assert!(readme.contains(&format!("| `{name}` |")), "{name}");
    }
}

/// What a checkout, an editor or a formatter could take away.
#[test]
fn the_bytes_of_the_vectors_still_have_the_habit_they_are_named_for() {
    let bytes = |name: &str| fs::read(folder().join(format!("{name}.xml"))).unwrap();
    let has = |name: &str, piece: &[u8]| bytes(name).windows(piece.len()).any(|window| window == piece);
    assert!(has("utf-8-double-quotes", br#"<?xml version="1.0" encoding="UTF-8" standalone="no"?>"#));
    assert!(has("utf-8-single-quotes", b"<?xml version='1.0' encoding='UTF-8' standalone='no'?>"));
    assert!(has("space-before-tag-end", b"</ArbitraryFileIdentifier >"));
    assert!(has("crlf", b"\r\n") && has("shift-jis-by-hand", b"\r\n") && !has("shift-jis-lf", b"\r"));
    assert!(!has("compact", b"\n"));
    assert!(bytes("byte-order-mark").starts_with(b"\xEF\xBB\xBF<?xml"));
    assert!(bytes("no-declaration").starts_with(b"<XmlMsg>"));
    for name in ["shift-jis-by-hand", "shift-jis-lf", "shift-jis-kanji-symbol"] {
        assert!(has(name, br#"encoding="Shift_JIS""#));
        assert!(String::from_utf8(bytes(name)).is_err(), "{name} is Shift_JIS");
    }
}
