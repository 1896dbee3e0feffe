//! What the check-ups of the standard pack promise.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::fmt::Write as _;
use std::sync::LazyLock;

use jiff::ToSpan;
use jiff::civil::{Date, date};
use messages::charset::{self, Encoding};
use messages::value::Sex;
use scenarios::history::{Checkup, DataType, Fact, checkup_items, checkup_profiles};
use scenarios::{Card, Pack, standard};

use crate::history::golden;

const TODAY: Date = date(2026, 11, 22);

static PACK: LazyLock<Pack> = LazyLock::new(standard);

/// Each card that has check-ups, with them.
fn examined(today: Date) -> Vec<(&'static Card, Vec<Checkup>)> {
    let cards = PACK.cards.iter().filter(|card| card.person.history.checkups.is_some());
    cards.map(|card| (card, card.person.checkups(today))).collect()
}

fn card(key: &str) -> &'static Card {
    PACK.cards.iter().find(|card| card.key == key).unwrap()
}

/// Values by the keys of the items.
fn values(checkup: &Checkup) -> HashMap<&'static str, &str> {
    let key = |code| checkup_items().iter().find(|item| item.code == code).map(|item| item.key).unwrap();
    checkup.items.iter().map(|item| (key(item.code), item.value.as_str())).collect()
}

fn first(values: &HashMap<&'static str, &str>, keys: &[&str]) -> Option<f64> {
    keys.iter().find_map(|key| values.get(key)).map(|value| value.parse().unwrap())
}

#[test]
fn many_cards_have_check_ups_on_any_day_and_many_have_none() {
    for today in date(2025, 1, 1).series(61.days()).take_while(|day| *day < date(2033, 1, 1)) {
        let examined = examined(today);
        assert!(examined.len() >= 15);
        for (card, checkups) in examined {
            assert!((1..=6).contains(&checkups.len()), "{} on {today}: {}", card.key, checkups.len());
        }
    }
    let without = PACK.cards.iter().filter(|card| card.person.checkups(TODAY).is_empty());
    assert!(without.count() >= 50);
    let shown: BTreeSet<_> =
        PACK.cards.iter().filter_map(|c| c.person.history.checkups.map(|p| p.key.clone())).collect();
    assert_eq!(shown, checkup_profiles().iter().map(|profile| profile.key.clone()).collect());
}

#[test]
fn check_ups_are_of_the_last_five_years_newest_first_one_in_a_fiscal_year() {
    for today in [date(2026, 4, 1), date(2026, 11, 22), date(2028, 3, 31), date(2031, 7, 7)] {
        for (card, checkups) in examined(today) {
            assert!(checkups.iter().all(|c| today - 5.years() < c.date && c.date <= today), "{}", card.key);
            assert!(checkups.is_sorted_by(|a, b| a.date > b.date), "{}", card.key);
            let years: HashSet<_> = checkups.iter().map(|c| (c.date - 3.months()).year()).collect();
            assert_eq!(years.len(), checkups.len(), "{}", card.key);
        }
    }
}

#[test]
fn only_people_of_40_to_74_years_at_the_end_of_the_fiscal_year_are_examined() {
    let born_in = |year: i16| {
        let mut person = card("employee-valid").person.clone();
        person.born = format!("{year}-08-20").parse().unwrap();
        person
    };
    for year in 1945..=1990 {
        for checkup in born_in(year).checkups(TODAY) {
            let end_of_year = (checkup.date - 3.months()).year() + 1;
            let age = end_of_year - year - 1;
            assert!((40..=74).contains(&age), "born {year}, examined {}", checkup.date);
        }
    }
    assert!(born_in(1990).checkups(TODAY).is_empty() && born_in(1945).checkups(TODAY).is_empty());
    assert_eq!(born_in(1986).checkups(TODAY).len(), 1, "40 since this fiscal year");
}

#[test]
fn a_check_up_stays_the_same_when_today_moves() {
    for (card, checkups) in examined(TODAY) {
        let follows_today = card.person.born.on(TODAY) != card.person.born.on(TODAY + 1.year());
        if follows_today {
            continue;
        }
        for days in [1, 9, 40, 400] {
            let today = TODAY + i64::from(days).days();
            let expected: Vec<_> = checkups.iter().filter(|c| today - 5.years() < c.date).cloned().collect();
            let mut later = card.person.checkups(today);
            later.retain(|checkup| checkup.date <= TODAY);
            assert_eq!(later, expected, "{} after {days} days", card.key);
        }
    }
}

#[test]
fn at_least_sixty_items_appear_and_every_item_of_the_time_appears_somewhere() {
    let examined = examined(TODAY);
    let seen: HashSet<_> =
        examined.iter().flat_map(|(_, checkups)| checkups).flat_map(|c| &c.items).map(|i| i.code).collect();
    assert!(seen.len() >= 60, "{}", seen.len());
    let current = checkup_items().iter().filter(|item| item.until.is_none_or(|until| until >= 2021));
    let missing: Vec<_> = current.filter(|item| !seen.contains(item.code)).map(|item| item.key).collect();
    assert!(missing.is_empty(), "{missing:?}");
    // The ones of the past appear in the past.
    let past: HashSet<_> = [date(2012, 3, 1), date(2018, 3, 1)]
        .into_iter()
        .flat_map(|day| self::examined(day).into_iter().flat_map(|(_, checkups)| checkups))
        .flat_map(|checkup| checkup.items.into_iter().map(|item| item.code))
        .collect();
    let missing: Vec<_> =
        checkup_items().iter().filter(|i| !seen.contains(i.code) && !past.contains(i.code)).collect();
    assert!(missing.is_empty(), "{missing:?}");
    assert!(!seen.contains("3D045000001906202"), "JDS values ended with fiscal 2012");
}

#[test]
fn items_have_their_form_and_fit_into_the_widths_of_the_interface() {
    let fits = |text: &str, most: usize| {
        let (_, lost) = charset::encode(text.to_owned(), Encoding::ShiftJis);
        !text.is_empty() && lost.is_empty() && charset::shift_jis_length(text) <= most
    };
    let codes: HashSet<_> = checkup_items().iter().map(|item| item.code).collect();
    assert_eq!(codes.len(), checkup_items().len());
    let keys: HashSet<_> = checkup_items().iter().map(|item| item.key).collect();
    assert_eq!(keys.len(), checkup_items().len());
    for (card, checkups) in examined(TODAY) {
        for item in checkups.iter().flat_map(|checkup| &checkup.items) {
            let place = format!("{}: {item:?}", card.key);
            assert_eq!(item.code.len(), 17, "{place}");
            assert!(fits(item.name, 80) && fits(&item.value, 256), "{place}");
            assert!(item.unit.is_none_or(|unit| fits(unit, 26)), "{place}");
            assert!(item.value_name.is_none_or(|name| fits(name, 256)), "{place}");
            let coded = matches!(item.data_type, DataType::Unordered | DataType::Ordered);
            assert_eq!(item.value_name.is_some(), coded, "{place}: a code has its name");
            assert_eq!(item.value.parse::<f64>().is_ok(), item.data_type != DataType::Text, "{place}");
            assert!(
                coded
                    || item.unit.is_some()
                    || item.data_type == DataType::Text
                    || item.name.contains("視力")
            );
        }
        for checkup in &checkups {
            let codes: HashSet<_> = checkup.items.iter().map(|item| item.code).collect();
            assert_eq!(codes.len(), checkup.items.len(), "{}: an item twice", card.key);
            assert!(checkup.items.len() <= 200 && checkup.items.len() >= 35, "{}", checkup.items.len());
        }
    }
}

#[test]
fn the_bmi_follows_from_height_and_weight() {
    for (card, checkups) in examined(TODAY) {
        for checkup in &checkups {
            let values = values(checkup);
            let value = |key| first(&values, &[key]).unwrap();
            let metres = value("height") / 100.0;
            let bmi = value("weight") / (metres * metres);
            assert!((bmi - value("bmi")).abs() <= 0.0501, "{}: {bmi} {}", card.key, value("bmi"));
        }
        let weights: Vec<_> =
            checkups.iter().map(|checkup| first(&values(checkup), &["weight"]).unwrap()).collect();
        assert!(weights.windows(2).all(|pair| (pair[0] - pair[1]).abs() < 6.0), "{}: {weights:?}", card.key);
        let heights: HashSet<_> =
            checkups.iter().map(|checkup| values(checkup)["height"].to_owned()).collect();
        assert!(heights.len() <= 1, "{}: grown-ups do not grow", card.key);
    }
}

#[test]
fn the_metabolic_judgement_follows_from_waist_pressure_lipids_glucose_and_drugs() {
    let mut judged = BTreeSet::new();
    for (card, checkups) in examined(TODAY) {
        for checkup in &checkups {
            let values = values(checkup);
            let least = |keys: &[&str], limit: f64| first(&values, keys).is_some_and(|value| value >= limit);
            let wide = least(
                &["waist-measured", "waist-by-self", "waist-told"],
                if card.person.sex == Sex::Male { 85.0 } else { 90.0 },
            );
            let pressure = least(&["systolic-other", "systolic-1"], 130.0)
                || least(&["diastolic-other", "diastolic-1"], 85.0)
                || values["drug-blood-pressure"] == "1";
            let lipids =
                least(&["triglyceride-visible", "triglyceride-ultraviolet", "triglyceride-casual"], 150.0)
                    || !least(&["hdl"], 40.0)
                    || values["drug-lipids"] == "1";
            let fasting = ["glucose-electrode", "glucose-visible", "glucose-ultraviolet", "glucose-other"];
            let glucose = least(&fasting, 100.0)
                || least(&["hba1c-hplc", "hba1c-latex"], 5.6)
                || values["drug-glucose"] == "1";
            let risks = [pressure, lipids, glucose].iter().filter(|risk| **risk).count();
            let expected = match (wide, risks) {
                (true, 2..) => "1",
                (true, 1) => "2",
                _ => "3",
            };
            assert_eq!(values["metabolic"], expected, "{} on {}", card.key, checkup.date);
            judged.insert(expected);
            let treated =
                ["drug-blood-pressure", "drug-glucose", "drug-lipids"].iter().any(|d| values[d] == "1");
            assert!(!treated || values["guidance"] == "3", "{}: treated already", card.key);
            // Both rules in use agree: nothing lies between their limits.
            let value = first(&values, &fasting).unwrap_or(90.0);
            assert!(!(100.0..110.0).contains(&value), "{}: glucose {value}", card.key);
        }
    }
    assert_eq!(judged, BTreeSet::from(["1", "2", "3"]));
}

#[test]
fn answers_about_drugs_follow_from_the_history() {
    for (card, checkups) in examined(TODAY) {
        let has = |fact| card.person.history.profiles.iter().any(|profile| profile.facts.contains(&fact));
        for checkup in &checkups {
            let values = values(checkup);
            for (key, fact) in [
                ("drug-blood-pressure", Fact::BloodPressure),
                ("drug-glucose", Fact::Glucose),
                ("drug-lipids", Fact::Lipids),
                ("heart", Fact::Heart),
                ("kidney", Fact::Kidney),
            ] {
                assert_eq!(values[key] == "1", has(fact), "{} {key}", card.key);
            }
            let diabetic = first(&values, &["hba1c-hplc", "hba1c-latex"]).unwrap() >= 6.5;
            assert_eq!(diabetic, has(Fact::Glucose), "{}", card.key);
            let kidneys = first(&values, &["egfr"]).unwrap();
            assert!(!has(Fact::Kidney) || kidneys < 60.0, "{}: eGFR {kidneys}", card.key);
        }
    }
    let card = card("employee-valid");
    assert!(card.person.checkups(TODAY).iter().all(|c| values(c)["drug-blood-pressure"] == "1"));
}

#[test]
fn check_ups_stay_as_they_were_written_down() {
    let card = card("health-association-valid");
    let mut text = String::new();
    for checkup in card.person.checkups(TODAY) {
        let _ = writeln!(text, "{}", checkup.date);
        for item in checkup.items {
            let name = item.value_name.or(item.unit).unwrap_or_default();
            let _ = writeln!(
                text,
                "  {} {} {} {} {name}",
                item.code,
                item.data_type.code(),
                item.name,
                item.value
            );
        }
    }
    golden("checkups-health-association-valid.txt", &text);
}
