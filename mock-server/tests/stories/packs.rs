//! Each shipped pack and each example of the documents, asked from the service: it answers what the cards expect.

use std::path::Path;

use jiff::SignedDuration;
use messages::charset::Encoding;
use messages::dialect::Dialect;
use messages::id::MessageId;
use onshi_mock::clock::in_japan;
use scenarios::{Asked, Card, Expectation, Pack, packs};

use crate::node::Node;
use crate::told::{CLINIC, Told};

/// Shipped packs and example files, without what happens to answers on purpose: that is told in other stories.
fn all() -> Vec<Pack> {
    let read = |name: &str, text: &str| {
        let mut pack = Pack::read(name, text).unwrap_or_else(|error| panic!("{error}"));
        pack.rules.clear();
        pack
    };
    let shipped = packs().iter().map(|(name, text)| read(name, text));
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("docs/examples");
    let files = std::fs::read_dir(docs).unwrap().map(|entry| entry.unwrap().path());
    let examples =
        files.map(|path| read(&path.display().to_string(), &std::fs::read_to_string(&path).unwrap()));
    shipped.chain(examples).collect()
}

/// A world with every pack, one above the other.
fn told() -> Told {
    let told = Told::new();
    let mut people = scenarios::People::default();
    all().into_iter().for_each(|pack| people.add(pack));
    told.world.load(people);
    told
}

/// What the service answers to the request of a card.
fn answer(told: &Told, card: &Card) -> Node {
    let asked = Asked {
        institution: CLINIC.parse().unwrap(),
        today: in_japan(told.now).date(),
        file_identifier: None,
    };
    let bytes = messages::encode(&card.request(&asked), Encoding::Utf8).bytes;
    let answer = told.clinic().bytes(MessageId::OqsSiQuc01, &bytes);
    Node::of_xml(&answer.unwrap_or_else(|refused| panic!("{}: {refused:?}", card.key)).body)
}

/// Whether an answer is what a card expects.
fn is_expected(card: &Card, answer: &Node) -> bool {
    let segment = answer.says("MessageHeader/SegmentOfResult");
    let status = answer.says("MessageBody/ProcessingResultStatus");
    match &card.expect {
        Expectation::Validity(validity) => {
            segment == Some("1") && answer.says("MessageBody/QualificationValidity") == Some(validity.code())
        }
        Expectation::Error(row) => {
            status == Some("2") && answer.says("MessageBody/ProcessingResultCode") == Some(&code(row))
        }
        Expectation::Segment(expected) => segment == Some(expected.code()),
    }
}

/// The code that stands in a row of the dialect.
fn code(row: &str) -> String {
    let rows = Dialect::built_in().rows();
    let row = rows.iter().find(|known| known.name == format!("codes.{row}")).unwrap();
    let value: serde_json::Value = serde_json::from_str(&row.value).unwrap();
    value["code"].as_str().unwrap().to_owned()
}

#[test]
fn the_service_answers_every_card_of_every_pack_as_it_expects_on_days_of_a_whole_year() {
    let mut told = told();
    let cards: Vec<_> = told.world.people().cards().cloned().collect();
    assert!(cards.len() >= 220, "{}", cards.len());
    // Every 13th day meets first and last days of months, a leap day's neighbours and the change of years.
    for _ in 0..30 {
        for card in &cards {
            let answer = answer(&told, card);
            let today = in_japan(told.now).date();
            assert!(
                is_expected(card, &answer),
                "{} on {today}: {:?}: {}",
                card.key,
                card.expect,
                answer.to_xml()
            );
        }
        told.pass(SignedDuration::from_hours(13 * 24));
    }
}

#[test]
fn the_answer_of_a_card_with_odd_characters_holds_the_name_as_it_is_registered() {
    let told = told();
    let people = told.world.people();
    for key in ["name-hashigo-taka", "name-ideographic-variant", "character-private-use", "name-longest"] {
        let card = people.card(key).unwrap();
        let answer = answer(&told, card);
        let name = answer.says("MessageBody/ResultList/ResultOfQualificationConfirmation/Name");
        assert_eq!(name, Some(card.person.name.as_str()), "{key}");
    }
}
