//! Asks the service, in a world of its own, for each card of a scenario, and compares with what the card expects.

use std::sync::Arc;

use jiff::Timestamp;
use messages::dialect::{Dialect, Role};
use messages::id::MessageId;
use messages::oqs::quc::Outcome;
use messages::refusal::Bilingual;
use messages::value::{InstitutionCode, Segment, Status, Value};
use scenarios::diagnostic::Weight;
use scenarios::{Asked, Card, Expectation, Pack, People, packs, shipped};

use super::report::Problem;
use crate::clock::in_japan;
use crate::services::{Context, qualification};
use crate::world::World;

/// The institution that asks.
const ASKER: &str = "1319999916";

/// Cards of a pack whose answer, as of a moment, is not what they expect. `source` is the text of the pack.
///
/// Cards whose answer a script makes are left aside. Dates that follow today move, so another day may show more.
pub(super) fn unmet(pack: &Pack, source: &str, now: Timestamp) -> Vec<Problem> {
    let Ok(asker) = ASKER.parse::<InstitutionCode>() else { return Vec::new() };
    let world = World::new("check", asker, Arc::new(Dialect::built_in()));
    let mut people = People::default();
    packs().iter().filter_map(|(name, _)| shipped(name)).for_each(|shipped| people.add(shipped));
    people.add(pack.clone());
    let plain = pack.cards.iter().filter(|card| card.then.answer.is_none());
    plain.filter_map(|card| ask(&world, &people, card, source, now)).collect()
}

fn ask(world: &World, people: &People, card: &Card, source: &str, now: Timestamp) -> Option<Problem> {
    let asked = Asked { institution: world.home.clone(), today: in_japan(now).date(), file_identifier: None };
    let (role, message) = (Role::LinkApplication, MessageId::OqsSiQuc01);
    let context = Context { world, people, asker: &world.home, role, message, now };
    let served = qualification::confirm(context, &card.request(&asked));
    let shown = shown(&served.answer);
    let expected = match &card.expect {
        Expectation::Validity(validity) => format!("validity {validity}"),
        Expectation::Error(row) => format!("status 2 {}", code(row)),
        Expectation::Segment(segment) => format!("segment {segment}"),
    };
    if shown == expected {
        return None;
    }
    let (line, column) = place(source, &card.key);
    let key = &card.key;
    Some(Problem {
        label: "S201",
        weight: Weight::Warning,
        line,
        column,
        text: Bilingual::made(
            format!("カード {key} の期待は {expected} ですが、回答は {shown} です"),
            format!("card `{key}` expects {expected}; the service answers {shown}"),
        ),
        element: None,
        help: served
            .reasons
            .iter()
            .map(|reason| reason.text())
            .map(|text| format!("{} / {}", text.ja, text.en))
            .collect(),
    })
}

/// What an answer shows, in the words of expectations.
fn shown(outcome: &Outcome) -> String {
    if outcome.header.segment.good() != Some(&Segment::Normal) {
        return format!("segment {}", text(&outcome.header.segment));
    }
    if outcome.body.status.good() != Some(&Status::Normal) {
        return format!("status 2 {}", text(&outcome.body.code));
    }
    format!("validity {}", text(&outcome.body.validity))
}

fn text<V: Value>(given: &messages::Given<V>) -> String {
    given.good().map(|value| value.text().into_owned()).unwrap_or_default()
}

/// The code in a row of the dialect.
fn code(row: &str) -> String {
    let rows = Dialect::built_in().rows();
    let row = rows.iter().find(|known| known.name.strip_prefix("codes.") == Some(row));
    let value = row.and_then(|row| serde_json::from_str::<serde_json::Value>(&row.value).ok());
    value.and_then(|value| Some(value.get("code")?.as_str()?.to_owned())).unwrap_or_default()
}

/// Where the key of a card stands.
fn place(source: &str, key: &str) -> (u64, u64) {
    let stands = |line: &str| {
        let (before, after) = line.split_once("card:")?;
        let value = after.trim_start();
        let word = value.trim_end_matches(|c: char| c.is_whitespace() || c == ',' || c == '}');
        let is_key = word.split([' ', ',', '}']).next() == Some(key);
        is_key.then(|| {
            before.chars().count() + "card:".len() + after.chars().count() - value.chars().count() + 1
        })
    };
    let mut lines = source.lines().zip(1..);
    lines.find_map(|(line, number)| Some((number, u64::try_from(stands(line)?).ok()?))).unwrap_or((0, 0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::system_now;

    const CARD: &str = "patients:\n  - card: one\n    title: {ja: あ, en: a}\n    name: 見本　太郎\n    kana: ﾐﾎﾝ ﾀﾛｳ\n    sex: \"1\"\n    \
        born: 1980-01-01\n    insurance:\n      - {insurer: \"06139992\", insurer-name: あ, number: 検１, from: start of year}\n    expect: ";

    fn said(expect: &str) -> Vec<String> {
        let source = format!("{CARD}{expect}\n");
        let pack = Pack::read("a.yaml", &source).unwrap_or_else(|error| panic!("{error}"));
        let problems = unmet(&pack, &source, system_now());
        problems
            .iter()
            .map(|p| format!("{}:{} {} ({})", p.line, p.column, p.text.en, p.help.len() > 1))
            .collect()
    }

    #[test]
    fn a_card_that_shows_what_it_expects_is_fine_and_another_is_told_with_the_reasons() {
        assert_eq!(said("{validity: \"1\"}"), Vec::<String>::new());
        assert_eq!(
            said("{validity: \"4\"}"),
            ["2:11 card `one` expects validity 4; the service answers validity 1 (true)"]
        );
        let error = said("{error: insurer-number}");
        assert!(error[0].contains("expects status 2 OQS"), "{error:?}");
        assert_eq!(said("{segment: \"9\"}\n    then: {answer: {segment: \"9\"}}"), Vec::<String>::new());
    }

    #[test]
    fn every_shipped_card_is_fine_today() {
        for (name, source) in packs() {
            let pack = shipped(name).unwrap();
            let told: Vec<_> = unmet(&pack, source, system_now()).into_iter().map(|p| p.text.en).collect();
            assert!(told.is_empty(), "{name}: {told:#?}");
        }
    }
}
