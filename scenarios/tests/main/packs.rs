//! What every shipped pack promises.

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::ToSpan;
use jiff::civil::{Date, date};
use messages::charset::{self, Encoding};
use messages::value::{Address, PostNumber};
use scenarios::{Card, Coverage, Pack, People, packs, shipped};

use crate::expected::{answer, in_force};

/// Every day of a leap year and of the year after it.
fn days() -> impl Iterator<Item = Date> {
    date(2028, 1, 1).series(1.day()).take_while(|day| *day <= date(2029, 12, 31))
}

fn read() -> impl Iterator<Item = Pack> {
    packs().iter().map(|(name, text)| {
        let pack = Pack::read(&format!("packs/{name}.yaml"), text);
        pack.unwrap_or_else(|error| panic!("{error}"))
    })
}

fn card<'a>(people: &'a People, key: &str) -> &'a Card {
    people.card(key).unwrap_or_else(|| panic!("no card {key}"))
}

#[test]
fn every_pack_is_known_by_its_name_and_says_what_it_is_for() {
    for pack in read() {
        assert!(shipped(&pack.name).is_some_and(|known| known.cards.len() == pack.cards.len()));
        assert!(!pack.about.ja.is_empty() && !pack.about.en.is_empty(), "{}", pack.name);
    }
    assert!(shipped("no-such-pack").is_none());
    assert_eq!(packs().len(), 5);
}

#[test]
fn on_every_day_each_card_of_each_pack_shows_what_it_says_alone_and_above_the_others() {
    let mut all = People::default();
    read().for_each(|pack| all.add(pack));
    for pack in read() {
        let mut alone = People::default();
        alone.add(pack);
        for today in days() {
            for card in alone.cards() {
                assert_eq!(answer(&alone, card, today), card.expect, "{} on {today}", card.key);
                assert_eq!(
                    answer(&all, card, today),
                    card.expect,
                    "{} on {today}, among all packs",
                    card.key
                );
            }
        }
    }
}

#[test]
fn no_two_packs_share_a_key_or_the_numbers_of_a_card() {
    let mut keys: HashMap<String, String> = HashMap::new();
    let mut numbers: BTreeMap<_, String> = BTreeMap::new();
    for pack in read() {
        for card in &pack.cards {
            let before = keys.insert(card.key.clone(), pack.name.clone());
            assert_eq!(before, None, "{} in {}", card.key, pack.name);
            for coverage in &card.person.coverages {
                let symbol = coverage.insurance().and_then(|i| i.symbol.as_ref()).map(|symbol| symbol.key());
                let place = (coverage.insurer.digits().to_owned(), symbol, coverage.number.key());
                let before = numbers.insert(place, pack.name.clone());
                assert!(before.as_ref().is_none_or(|other| *other == pack.name), "{}: {before:?}", card.key);
            }
        }
    }
}

#[test]
fn nobody_in_a_pack_is_real() {
    for card in read().flat_map(|pack| pack.cards) {
        for coverage in &card.person.coverages {
            let digits = coverage.insurer.digits();
            assert_eq!(digits.get(digits.len() - 4..digits.len() - 1), Some("999"), "{}", card.key);
        }
        let address = card.person.address.as_ref().map_or("見本町", Address::as_str);
        assert!(address.contains("見本町") || address.contains("架空町"), "{}: {address}", card.key);
        let post = card.person.post.as_ref().map_or("100-0000", PostNumber::as_str);
        assert_eq!(post, "100-0000", "{}", card.key);
    }
}

#[test]
fn names_and_their_kana_have_the_same_parts() {
    for card in read().flat_map(|pack| pack.cards) {
        let name = card.person.name.as_str().split('　').count();
        assert_eq!(name, card.person.kana.as_str().split(' ').count(), "{}", card.key);
        assert!(name >= 2, "{}", card.key);
    }
}

#[test]
fn the_month_decides_over_every_end_and_beginning_of_the_month_change() {
    let mut people = People::default();
    people.add(shipped("month-change").unwrap());
    for today in days() {
        let place = |card: &Card| format!("{} on {today}", card.key);
        let (first, last) = (today.first_of_month(), today.last_of_month());
        let day = |key: &str, of: fn(&Coverage) -> Option<scenarios::DateRule>, coverage: usize| {
            let card = card(&people, key);
            let rule = of(&card.person.coverages[coverage]);
            rule.unwrap_or_else(|| panic!("{}: no such date", place(card))).on(today)
        };
        let from: fn(&Coverage) -> _ = |c| Some(c.from);
        let lost: fn(&Coverage) -> _ = |c| c.lost;
        let limit_to: fn(&Coverage) -> _ = |c| c.insurance()?.limit.as_ref().map(|limit| limit.to);
        assert_eq!(day("month-insurer-changes-next", lost, 0), last.tomorrow().unwrap());
        assert_eq!(day("month-insurer-changes-next", from, 1), last.tomorrow().unwrap());
        assert_eq!(day("month-insurer-changed-old-card", lost, 0), first);
        assert_eq!(day("month-limit-ends", limit_to, 0), last);
        assert_eq!(day("month-limit-ended", limit_to, 0), first.yesterday().unwrap());
        assert_eq!(day("month-turned-75-new-card", from, 1), first);
        assert_eq!(day("month-turns-75-next", lost, 0), last.tomorrow().unwrap());
        for (key, age) in
            [("month-turned-70", 70), ("month-turned-75-old-card", 75), ("month-turns-75-next", 74)]
        {
            assert_eq!(card(&people, key).person.age_on(today), age, "{key} on {today}");
        }
        for card in people.cards() {
            for coverage in card.person.coverages.iter().filter(|c| in_force(c, today, today)) {
                let late = coverage.insurer.is_late_elderly();
                assert_eq!(late, card.person.age_on(today) >= 75, "{}", place(card));
            }
        }
    }
}

#[test]
fn the_names_hold_what_their_titles_say() {
    let mut people = People::default();
    people.add(shipped("names-and-characters").unwrap());
    let lost = |key: &str| {
        let person = &card(&people, key).person;
        let mut texts = vec![person.name.as_str()];
        texts.extend(person.address.as_ref().map(Address::as_str));
        texts.iter().flat_map(|text| charset::encode((*text).to_owned(), Encoding::ShiftJis).1).collect()
    };
    let several: Vec<char> = lost("character-outside-jis-several");
    assert_eq!(several, ['𩸽', '𠀋', '𡈽']);
    assert_eq!(lost("character-of-unicode-only").len(), 3);
    for key in
        ["character-outside-jis-tsuchi-yoshi", "character-private-use", "character-private-use-address"]
    {
        assert_eq!(lost(key).len(), 1, "{key}");
    }
    for key in ["name-hashigo-taka", "name-variants-of-nabe", "name-ibm-extensions", "wave-dash-in-address"] {
        assert_eq!(lost(key), [], "{key}");
    }
    let longest = &card(&people, "name-longest").person;
    assert_eq!(charset::shift_jis_length(longest.name.as_str()), 100);
    assert_eq!(charset::shift_jis_length(longest.kana.as_str()), 100);
}

#[test]
fn each_trouble_has_its_card_and_each_card_of_the_pack_its_trouble() {
    let text = packs().iter().find(|(name, _)| *name == "troubles").unwrap().1;
    let raw: scenarios::raw::Pack = serde_saphyr::from_str(text).unwrap();
    let meant =
        raw.scripts.iter().map(|script| &script.when).chain(raw.faults.iter().map(|fault| &fault.when));
    let meant: HashSet<_> =
        meant.filter_map(|when| when.card.as_ref()).map(|card| card.value.clone()).collect();
    for patient in &raw.patients {
        let key = &patient.card.value;
        assert_eq!(meant.contains(key), patient.then.is_none(), "{key}");
    }
    assert!(meant.len() >= 30 && meant.iter().all(|key| raw.patients.iter().any(|p| p.card.value == *key)));
}

#[test]
fn a_later_pack_hides_whom_it_has_under_the_same_numbers_and_nobody_else() {
    let pack = |key: &str, symbol: &str| {
        let text = format!(
            "{{patients: [{{card: {key}, title: {{ja: あ, en: a}}, name: 見本　太郎, kana: ﾐﾎﾝ ﾀﾛｳ, sex: '1', born: 1980-01-01, \
             insurance: [{{insurer: '06139992', insurer-name: あ, symbol: {symbol}, number: '4 56', from: 2020-01-01}}], \
             expect: {{validity: '1'}}}}]}}"
        );
        Pack::read("pack.yaml", &text).unwrap_or_else(|error| panic!("{error}"))
    };
    let mut people = People::default();
    let found = |people: &People, symbol: Option<&str>| {
        let symbol = symbol.map(|symbol| symbol.parse().unwrap());
        let found = people.find(&"06139992".parse().unwrap(), &"456".parse().unwrap(), symbol.as_ref());
        found.iter().map(|found| found.card.key.clone()).collect::<Vec<_>>()
    };
    people.add(pack("below", "記１"));
    people.add(pack("beside", "記２"));
    people.add(pack("above", "記1"));
    assert_eq!(found(&people, Some("記１")), ["above"]);
    assert_eq!(found(&people, Some("記２")), ["beside"]);
    assert_eq!(found(&people, None), ["above"], "the uppermost layer ends the search");
    assert!(people.card("below").is_some(), "its card can still be asked for by key");
}
