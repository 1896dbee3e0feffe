//! What the medical histories of the standard pack promise.

use std::collections::{BTreeSet, HashSet};
use std::fmt::Write as _;
use std::path::Path;
use std::sync::LazyLock;
use std::{env, fs};

use jiff::ToSpan;
use jiff::civil::{Date, Weekday, date};
use messages::charset::{self, Encoding};
use messages::value::{Month, Value};
use scenarios::history::{
    Drug, DrugClass, History, InOut, Treatment, TreatmentClass, Visit, drugs, profiles, treatments,
};
use scenarios::{Card, Pack, Person, standard};

use crate::expected::INSTITUTION;

const TODAY: Date = date(2026, 11, 22);

static PACK: LazyLock<Pack> = LazyLock::new(standard);

/// Cards with visits.
fn cards() -> impl Iterator<Item = &'static Card> {
    PACK.cards.iter().filter(|card| !card.person.history.profiles.is_empty())
}

fn card(key: &str) -> &'static Card {
    cards().find(|card| card.key == key).unwrap()
}

/// The months that a request may ask for at most: 36, the last one today's.
fn three_years(person: &Person, today: Date) -> Vec<Visit> {
    person.visits(today, Month::of(today - 35.months()), Month::of(today))
}

/// Somebody who has only this, under another seed.
fn person_with(profile: &str, seed: u64) -> Person {
    let profile = profiles().iter().find(|p| p.key == profile).unwrap();
    let history = History { seed, profiles: vec![profile], checkups: None };
    Person { history, ..card("employee-valid").person.clone() }
}

#[test]
fn many_cards_have_a_history_and_many_have_none() {
    let (with, without): (Vec<_>, Vec<_>) =
        PACK.cards.iter().partition(|card| !card.person.history.profiles.is_empty());
    assert!(with.len() >= 30 && without.len() >= 30, "{} with, {} without", with.len(), without.len());
    let shown: BTreeSet<_> =
        with.iter().flat_map(|c| c.person.history.profiles.iter().map(|p| &p.key)).collect();
    assert_eq!(shown, profiles().iter().map(|profile| &profile.key).collect());
    assert!(without.iter().all(|card| three_years(&card.person, TODAY).is_empty()));
}

#[test]
fn every_history_has_something_to_show_on_any_day() {
    for today in date(2025, 1, 1).series(17.days()).take_while(|day| *day < date(2033, 1, 1)) {
        for card in cards() {
            assert!(!three_years(&card.person, today).is_empty(), "{} on {today}", card.key);
        }
    }
}

#[test]
fn a_visit_stays_the_same_visit_when_today_moves() {
    let years_on = date(2030, 12, 31);
    for card in cards() {
        let born = |today| card.person.born.on(today);
        let all = card.person.visits(years_on, Month::of(date(2021, 9, 1)), Month::of(years_on));
        let days =
            date(2026, 2, 20).series(1.day()).take(45).chain(date(2027, 1, 1).series(41.days()).take(12));
        // A birthday that follows today hides what was before birth.
        for today in days.filter(|today| born(*today).year() == born(years_on).year()) {
            let from = (today - 35.months()).first_of_month();
            let visible = |visit: &&Visit| {
                from <= visit.date && visit.date <= today && (visit.electronic || visit.in_receipts(today))
            };
            let expected: Vec<_> = all.iter().filter(visible).cloned().collect();
            assert_eq!(three_years(&card.person, today), expected, "{} on {today}", card.key);
        }
    }
}

#[test]
fn the_same_question_has_the_same_answer_and_other_people_have_other_histories() {
    for profile in profiles() {
        let history = |seed| three_years(&person_with(&profile.key, seed), TODAY);
        assert_eq!(history(1), history(1), "{}", profile.key);
        let several: HashSet<String> = (0..8).map(|seed| format!("{:?}", history(seed))).collect();
        assert!(several.len() > 4, "{}: {} of 8", profile.key, several.len());
    }
}

#[test]
fn visits_lie_between_birth_and_today_in_the_months_asked_for_and_in_order() {
    for card in cards() {
        let born = card.person.born.on(TODAY);
        let (from, to) = (date(2025, 4, 1), date(2026, 12, 31));
        let visits = card.person.visits(TODAY, Month::of(from), Month::of(to));
        assert!(visits.is_sorted_by_key(|visit| visit.date), "{}", card.key);
        for visit in visits {
            assert!(visit.date >= born.max(from) && visit.date <= to.min(TODAY), "{}: {visit:?}", card.key);
            let open = visit.date.weekday() != Weekday::Sunday;
            assert!(open || visit.in_out == InOut::Inpatient, "{}: {visit:?}", card.key);
        }
    }
}

#[test]
fn nobody_sees_a_doctor_before_birth() {
    let card = card("preschool-valid");
    let born = card.person.born.on(TODAY);
    let visits = card.person.visits(TODAY, Month::of(date(1990, 1, 1)), Month::of(TODAY));
    assert!(visits.iter().all(|visit| visit.date >= born));
    assert!(visits.iter().any(|visit| visit.date < born + 1.year()), "ill from early on");
}

#[test]
fn no_window_is_too_strange() {
    let person = &card("employee-valid").person;
    for (from, to) in [("000101", "999912"), ("202612", "202601"), ("999901", "999912"), ("000101", "000101")]
    {
        let visits = person.visits(TODAY, from.parse().unwrap(), to.parse().unwrap());
        assert_eq!(visits.is_empty(), from != "000101" || to == "000101", "{from} {to}");
    }
}

#[test]
fn receipts_come_on_the_11th_of_the_next_month_and_electronic_data_at_once() {
    let person = &card("health-association-valid").person;
    let month = Month::of(date(2026, 10, 1));
    let seen = |today| person.visits(today, month, month);
    let (before, after) = (seen(date(2026, 11, 10)), seen(date(2026, 11, 11)));
    assert!(!before.is_empty() && before.iter().all(|visit| visit.electronic), "{before:?}");
    assert!(before.iter().all(|visit| !visit.in_receipts(date(2026, 11, 10))));
    assert!(after.iter().any(|visit| !visit.electronic && visit.in_receipts(date(2026, 11, 11))));
    assert!(before.iter().all(|visit| after.contains(visit)));
    let first = seen(date(2026, 10, 31)).first().map(|visit| visit.date).unwrap();
    assert!(seen(first - 1.day()).is_empty() && !seen(first).is_empty());
}

#[test]
fn every_code_is_one_of_the_tables_and_every_product_is_given_to_somebody() {
    let (mut given, mut done) = (BTreeSet::new(), BTreeSet::new());
    for profile in profiles() {
        for seed in 0..15 {
            for visit in three_years(&person_with(&profile.key, seed), TODAY) {
                given.extend(visit.drugs.iter().map(|drug| drug.code));
                done.extend(visit.treatments.iter().map(|treatment| treatment.code));
            }
        }
    }
    assert_eq!(given, drugs().iter().map(|drug| drug.code).collect());
    assert_eq!(done, treatments().iter().map(|treatment| treatment.code).collect());
}

#[test]
fn who_takes_drugs_for_pressure_lipids_or_glucose_is_known_to() {
    use scenarios::history::Fact;
    let substances = [
        ("サルタン", Fact::BloodPressure),
        ("ジピン", Fact::BloodPressure),
        ("プラバスタチン", Fact::Lipids),
        ("メトホルミン", Fact::Glucose),
    ];
    for profile in profiles() {
        let visits: Vec<_> =
            (0..8).flat_map(|seed| three_years(&person_with(&profile.key, seed), TODAY)).collect();
        let taken: Vec<_> = visits.iter().flat_map(|v| &v.drugs).filter_map(|drug| drug.ingredient).collect();
        for (substance, fact) in substances {
            let takes = taken.iter().any(|ingredient| ingredient.contains(substance));
            assert!(!takes || profile.facts.contains(&fact), "{}: {substance}", profile.key);
        }
    }
}

#[test]
fn codes_stand_once_in_the_tables_and_have_their_form() {
    let codes: HashSet<_> = drugs().iter().map(|drug| drug.code).collect();
    assert_eq!(codes.len(), drugs().len());
    assert!(codes.iter().all(|code| code.len() == 9 && code.starts_with('6')));
    let codes: HashSet<_> = treatments().iter().map(|treatment| treatment.code).collect();
    assert_eq!(codes.len(), treatments().len());
    for treatment in treatments() {
        let known = treatment.code == "160008010";
        assert!(
            treatment.code.len() == 9 && (known || treatment.code.starts_with("199990")),
            "{treatment:?}"
        );
    }
}

fn assert_width(text: &str, most: usize) {
    let (_, lost) = charset::encode(text.to_owned(), Encoding::ShiftJis);
    assert!(
        !text.is_empty() && lost.is_empty() && charset::shift_jis_length(text) <= most,
        "{text:?}: {most}"
    );
}

fn assert_drug(drug: &Drug) {
    for (text, most) in [(Some(drug.name), 64), (Some(drug.unit), 12), (drug.usage, 30)] {
        text.into_iter().for_each(|text| assert_width(text, most));
    }
    for (text, most) in [(drug.special, 80), (drug.ingredient, 200), (drug.usage_code, 3)] {
        text.into_iter().for_each(|text| assert_width(text, most));
    }
    assert!(drug.amount.to_string().len() <= 11 && (1..=999).contains(&drug.times), "{drug:?}");
    let taken = matches!(drug.class, DrugClass::Internal | DrugClass::AsNeeded);
    assert_eq!(drug.usage.is_some(), taken, "{drug:?}");
    assert!(taken || drug.times == 1, "{drug:?}");
    assert_eq!(drug.usage_code == Some("900"), drug.class == DrugClass::External, "{drug:?}");
}

fn assert_treatment(treatment: &Treatment) {
    assert_width(treatment.name, 64);
    treatment.unit.into_iter().for_each(|unit| assert_width(unit, 12));
    assert!(treatment.quantity.is_none_or(|quantity| quantity.to_string().len() <= 11));
    assert!((1..=999).contains(&treatment.times) && treatment.additions.len() <= 30);
    for addition in &treatment.additions {
        assert_eq!(addition.code.len(), 5);
        assert_width(addition.name, 64);
        addition.unit.into_iter().for_each(|unit| assert_width(unit, 12));
        assert!(addition.quantity.is_none_or(|quantity| quantity.to_string().len() <= 8));
    }
}

#[test]
fn everything_fits_into_the_widths_of_the_interface() {
    for card in cards() {
        for visit in three_years(&card.person, TODAY) {
            assert!(!visit.drugs.is_empty() || !visit.treatments.is_empty(), "{}: {visit:?}", card.key);
            assert!(visit.drugs.len() <= 100 && visit.treatments.len() <= 200, "{}: {visit:?}", card.key);
            visit.drugs.iter().for_each(assert_drug);
            visit.treatments.iter().for_each(assert_treatment);
            for place in [Some(&visit.place), visit.prescriber.as_ref()].into_iter().flatten() {
                assert_width(place.name, 80);
                assert_eq!(place.code.as_str().get(3..5), Some("99"), "{}: an artificial code", place.name);
            }
            let dispensing = visit.in_out == InOut::Dispensing;
            assert_eq!(visit.prescriber.is_some(), dispensing);
            assert_eq!(visit.prescribed_on.is_some(), dispensing);
            assert!(visit.prescribed_on.is_none_or(|day| day <= visit.date));
            assert!(dispensing || !visit.electronic);
            let table = visit.place.code.as_str().get(2..3);
            let expected = match visit.in_out {
                InOut::Inpatient | InOut::Outpatient => "1",
                InOut::Dental => "3",
                InOut::Dispensing => "4",
            };
            assert_eq!(table, Some(expected), "{visit:?}");
        }
    }
}

#[test]
fn nothing_happens_twice_at_one_place_on_one_day() {
    for card in cards() {
        let visits = three_years(&card.person, TODAY);
        let keys: HashSet<_> = visits
            .iter()
            .map(|v| {
                (v.date, v.in_out, &v.place.code, v.prescriber.as_ref().map(|p| &p.code), v.prescribed_on)
            })
            .collect();
        assert_eq!(keys.len(), visits.len(), "{}", card.key);
    }
}

#[test]
fn every_situation_has_a_history() {
    // On any day: 36 months show it whenever they are asked for.
    for today in date(2025, 1, 1).series(97.days()).take(30) {
        let all: Vec<_> = cards().map(|card| three_years(&card.person, today)).collect();
        let some_card = |what: &str, is_so: &dyn Fn(&[Visit]) -> bool| {
            assert!(all.iter().any(|visits| is_so(visits)), "no card with {what} on {today}");
        };
        some_card("only drugs", &|visits| visits.iter().all(|v| v.treatments.is_empty()));
        some_card("only treatments", &|visits| visits.iter().all(|v| v.drugs.is_empty()));
        some_card("the asking institution", &|visits| {
            visits.iter().any(|v| v.place.code.as_str() == INSTITUTION)
        });
        some_card("a prescription of the asking institution", &|visits| {
            visits.iter().any(|v| v.prescriber.as_ref().is_some_and(|p| p.code.as_str() == INSTITUTION))
        });
        some_card("electronic prescriptions", &|visits| visits.iter().any(|v| v.electronic));
        some_card("electronic data whose receipt is not in", &|visits| {
            visits.iter().any(|v| !v.in_receipts(today))
        });
        some_card("dispensing on a later day", &|visits| {
            visits.iter().any(|v| v.prescribed_on.is_some_and(|day| day < v.date))
        });
        some_card("dental additions", &|visits| {
            visits.iter().flat_map(|v| &v.treatments).any(|t| !t.additions.is_empty())
        });
        for in_out in InOut::ALL {
            some_card(in_out.meaning(), &|visits| visits.iter().any(|v| v.in_out == *in_out));
        }
        for class in DrugClass::ALL {
            some_card(class.meaning(), &|visits| {
                visits.iter().flat_map(|v| &v.drugs).any(|d| d.class == *class)
            });
        }
        for class in TreatmentClass::ALL {
            some_card(class.meaning(), &|visits| {
                visits.iter().flat_map(|v| &v.treatments).any(|t| t.class == *class)
            });
        }
        some_card("a hospital stay with operation, anaesthesia and injections", &|visits| {
            let inpatient = || visits.iter().filter(|v| v.in_out == InOut::Inpatient);
            let operated = |v: &Visit| {
                let done = |class| v.treatments.iter().any(|t| t.class == class);
                done(TreatmentClass::Surgery) && done(TreatmentClass::Anaesthesia)
            };
            inpatient().any(operated) && inpatient().any(|v| v.drugs.iter().any(|d| d.class.is_injection()))
        });
        some_card("an operation of an outpatient", &|visits| {
            let outpatient = visits.iter().filter(|v| v.in_out == InOut::Outpatient);
            outpatient.flat_map(|v| &v.treatments).any(|t| t.class == TreatmentClass::Surgery)
        });
        some_card("several drugs every month", &|visits| {
            let months: HashSet<_> =
                visits.iter().filter(|v| v.drugs.len() >= 6).map(|v| Month::of(v.date)).collect();
            months.len() >= 34
        });
        some_card("three pharmacies", &|visits| {
            let pharmacies = visits.iter().filter(|v| v.in_out == InOut::Dispensing);
            pharmacies.map(|v| &v.place.code).collect::<HashSet<_>>().len() >= 3
        });
    }
}

#[test]
fn three_years_show_the_old_product_and_the_new_one() {
    let products = drugs();
    let substance =
        |code: &str| products.iter().find(|drug| drug.code == code).and_then(|drug| drug.ingredient);
    for seed in 0..50 {
        let visits = three_years(&person_with("hypertension", seed), TODAY);
        let codes: BTreeSet<_> = visits.iter().flat_map(|v| v.drugs.iter().map(|d| d.code)).collect();
        let substances: BTreeSet<_> = codes.iter().map(|code| substance(code)).collect();
        assert!(codes.len() > substances.len(), "seed {seed}: {codes:?}");
    }
}

#[test]
fn electronic_prescriptions_begin_in_2023() {
    let person = person_with("diabetes", 7);
    let all = person.visits(TODAY, Month::of(date(2021, 9, 1)), Month::of(TODAY));
    for visit in all.iter().filter(|visit| visit.in_out == InOut::Dispensing) {
        assert_eq!(visit.electronic, visit.date >= date(2023, 1, 1), "{}", visit.date);
    }
}

#[test]
fn histories_stay_as_they_were_written_down() {
    for key in ["employee-valid", "aid-inpatient", "health-association-valid"] {
        golden(&format!("visits-{key}.txt"), &told(&three_years(&card(key).person, TODAY)));
    }
}

/// Visits as a reader would note them.
fn told(visits: &[Visit]) -> String {
    let mut text = String::new();
    for visit in visits {
        let electronic = if visit.electronic { " electronic" } else { "" };
        let _ = write!(text, "{} {} {}{electronic}", visit.date, visit.in_out.meaning(), visit.place.name);
        if let (Some(prescriber), Some(day)) = (&visit.prescriber, visit.prescribed_on) {
            let _ = write!(text, " ({} {day})", prescriber.name);
        }
        text.push('\n');
        for drug in &visit.drugs {
            let usage = drug.usage.or(drug.special).unwrap_or_default();
            let (class, code, name) = (drug.class.code(), drug.code, drug.name);
            let _ = writeln!(
                text,
                "  {class} {code} {name} {}{} x{} {usage}",
                drug.amount, drug.unit, drug.times
            );
        }
        for treatment in &visit.treatments {
            let _ = writeln!(text, "  {} {} {}", treatment.class.code(), treatment.code, treatment.name);
        }
    }
    text
}

/// Compares a text with a file; `UPDATE_GOLDEN=1` writes it.
pub(crate) fn golden(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("test-data/history").join(name);
    if env::var_os("UPDATE_GOLDEN").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    } else {
        assert_eq!(fs::read_to_string(&path).unwrap_or_default(), text, "UPDATE_GOLDEN=1 rewrites {name}");
    }
}

#[test]
fn codes_are_those_of_the_field() {
    assert_eq!(InOut::ALL.iter().map(|v| v.code()).collect::<String>(), "1234");
    for class in DrugClass::ALL {
        assert_eq!(DrugClass::of_code(class.code()), Some(*class));
    }
    let month = Month::of(TODAY).text().into_owned();
    assert_eq!(month, "202611");
}
