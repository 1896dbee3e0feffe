//! What the standard pack promises: every situation, on every day.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use jiff::ToSpan;
use jiff::civil::{Date, date};
use messages::Given;
use messages::charset::{self, Encoding};
use messages::value::*;
use scenarios::{Card, Coverage, Expectation, Insurance, MedicalAid, Pack, People, STANDARD, standard};

use crate::expected::{INSTITUTION, answer, in_force, request};

/// The days on which the pack is tried. No test asks the machine for the date.
fn days() -> impl Iterator<Item = Date> {
    date(2025, 1, 1).series(1.day()).take_while(|day| *day <= date(2032, 12, 31))
}

/// Every day of a leap year and of the year after it.
fn days_of_two_years() -> impl Iterator<Item = Date> {
    date(2028, 1, 1).series(1.day()).take_while(|day| *day <= date(2029, 12, 31))
}

fn people() -> People {
    let mut people = People::default();
    people.add(standard());
    people
}

/// Each qualification of insurance with its card.
fn insurances(pack: &Pack) -> impl Iterator<Item = (&Card, &Coverage, &Insurance)> {
    let each = pack.cards.iter().flat_map(|card| card.person.coverages.iter().map(move |c| (card, c)));
    each.filter_map(|(card, coverage)| coverage.insurance().map(|insurance| (card, coverage, insurance)))
}

/// Each qualification of medical aid with its card.
fn aids(pack: &Pack) -> impl Iterator<Item = (&Card, &Coverage, &MedicalAid)> {
    let each = pack.cards.iter().flat_map(|card| card.person.coverages.iter().map(move |c| (card, c)));
    each.filter_map(|(card, coverage)| coverage.aid().map(|aid| (card, coverage, aid)))
}

#[test]
fn the_standard_pack_reads_and_has_enough_cards_under_unique_keys() {
    let pack = Pack::read("packs/standard.yaml", STANDARD).unwrap_or_else(|error| panic!("{error}"));
    assert!(pack.cards.len() >= 100, "{} cards", pack.cards.len());
    let keys: HashSet<_> = pack.cards.iter().map(|card| &card.key).collect();
    assert_eq!(keys.len(), pack.cards.len());
    let titles: HashSet<_> = pack.cards.iter().map(|card| (&card.title.ja, &card.title.en)).collect();
    assert_eq!(titles.len(), pack.cards.len(), "two cards have the same title");
}

#[test]
fn every_situation_has_its_card() {
    let people = people();
    let keys = "
        employee-valid dependant-valid municipal-valid seamen-valid self-defence-valid preschool-valid
        elderly-recipient-20 elderly-recipient-30 late-elderly-10 late-elderly-20 late-elderly-30
        not-yet-valid begins-today expired lost-today lost-tomorrow past-visit
        lost-death lost-medical-aid lost-other-insurance lost-other lost-newer
        no-such-person several-branches several-twins
        limit-no-consent limit-no-consent-70 limit-expired limit-not-yet limit-none limit-long-term limit-meals-only
        disease-1 disease-1-20000 disease-2 disease-3
        aid-with-ticket aid-without-ticket aid-dispensing-ticket aid-ticket-of-another-institution insurance-and-aid
        other-name long-names character-outside-shift-jis sex2
        fatal-insurer-number fatal-birth-date fatal-number-missing fatal-symbol-for-late-elderly
        fatal-confirmation-date system-error slow-answer card-expires-soon card-expired";
    let classes = LimitClass::ALL.iter().map(|class| format!("limit-{}", class.code().to_lowercase()));
    let missing: Vec<_> = keys.split_whitespace().map(str::to_owned).chain(classes).collect();
    let missing: Vec<_> = missing.iter().filter(|key| people.card(key).is_none()).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn every_value_of_the_code_tables_that_a_card_can_show_is_shown() {
    let pack = standard();
    let expected: HashSet<_> = pack.cards.iter().map(|card| format!("{:?}", card.expect)).collect();
    for validity in Validity::ALL {
        assert!(expected.contains(&format!("{:?}", Expectation::Validity(*validity))), "{validity}");
    }
    let errors = "insurer-number birth-date number-missing symbol-for-late-elderly confirmation-date";
    let errors: BTreeSet<_> = errors.split(' ').map(str::to_owned).collect();
    let shown = pack.cards.iter().filter_map(|card| match &card.expect {
        Expectation::Error(code) => Some(code.clone()),
        Expectation::Validity(_) | Expectation::Segment(_) => None,
    });
    assert_eq!(shown.collect::<BTreeSet<_>>(), errors, "codes of the dialect");
    assert!(expected.contains(&format!("{:?}", Expectation::Segment(Segment::Abnormal))));

    all(ReasonOfLoss::ALL, insurances(&pack).filter_map(|(.., i)| i.reason_of_loss));
    all(LimitClass::ALL, insurances(&pack).filter_map(|(.., i)| i.limit.as_ref().map(|l| l.class)));
    all(LimitClassification::ALL, insurances(&pack).filter_map(|(.., i)| i.limit.as_ref().map(|l| l.kind)));
    all(SpecificDisease::ALL, insurances(&pack).flat_map(|(.., i)| i.diseases.iter().map(|d| d.disease)));
    all(PersonalFamily::ALL, insurances(&pack).filter_map(|(.., i)| i.relation));
    all(Sex::ALL, pack.cards.iter().map(|card| card.person.sex));
    let classes = CardClassification::ALL.iter().copied();
    // 01 is the dialect's default where a card says nothing, A1 the class of medical aid.
    let classes: Vec<_> = classes
        .filter(|c| !matches!(c, CardClassification::General | CardClassification::MedicalAid))
        .collect();
    all(&classes, insurances(&pack).filter_map(|(.., i)| i.class));
    all(TicketType::ALL, aids(&pack).flat_map(|(.., aid)| aid.tickets.iter().map(|t| t.kind)));
    all(TreatmentType::ALL, aids(&pack).flat_map(|(.., aid)| aid.tickets.iter().map(|t| t.treatment)));
    all(SingleOrCombined::ALL, aids(&pack).flat_map(|(.., aid)| aid.tickets.iter().map(|t| t.use_)));
    let texts = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect::<Vec<_>>();
    let ratios =
        insurances(&pack).filter_map(|(.., i)| i.ratio.as_ref().map(|ratio| ratio.as_str().to_owned()));
    all(&texts(&["010", "020", "030"]), ratios);
    let ratios =
        insurances(&pack).filter_map(|(.., i)| i.elderly.as_ref().map(|e| e.ratio.as_str().to_owned()));
    all(&texts(&["020", "030"]), ratios);
    let limits =
        insurances(&pack).flat_map(|(.., i)| i.diseases.iter().map(|d| d.self_pay.as_str().to_owned()));
    all(&texts(&["10000", "20000"]), limits);
}

fn all<T: PartialEq + std::fmt::Debug>(wanted: &[T], shown: impl Iterator<Item = T>) {
    let shown: Vec<_> = shown.collect();
    let missing: Vec<_> = wanted.iter().filter(|value| !shown.contains(value)).collect();
    assert!(missing.is_empty(), "no card shows {missing:?}");
}

#[test]
fn on_every_day_each_card_shows_what_it_says() {
    let people = people();
    for today in days() {
        for card in people.cards() {
            assert_eq!(answer(&people, card, today), card.expect, "{} on {today}", card.key);
        }
    }
}

#[test]
fn a_card_that_the_search_can_reach_leads_to_its_own_person() {
    let people = people();
    let today = date(2026, 11, 22);
    for card in people.cards().filter(|card| !card.nobody) {
        let search = request(card, today).body.search.unwrap();
        let (Some(insurer), Some(number)) = (search.insurer.good(), search.number.good()) else { continue };
        let own = people.find(insurer, number, search.symbol.good());
        let wrong_on_purpose = card.ask.changes.symbol.is_some();
        assert_eq!(own.iter().any(|m| m.card.key == card.key), !wrong_on_purpose, "{}", card.key);
        assert!(people.find(insurer, number, None).iter().any(|m| m.card.key == card.key), "{}", card.key);
    }
    assert!(people.card("no-such-card").is_none());
}

#[test]
fn what_is_wrong_on_purpose_stays_in_the_request_and_none_leaves_the_element_out() {
    let people = people();
    let search = |key: &str| request(people.card(key).unwrap(), date(2026, 11, 22)).body.search.unwrap();
    assert_eq!(search("fatal-insurer-number").insurer, Given::Odd("06139991".to_owned()));
    assert_eq!(search("fatal-birth-date").born, Given::Odd("19800230".to_owned()));
    assert_eq!(search("fatal-number-missing").number, Given::Missing);
    assert_eq!(search("several-twins").branch, Given::Missing);
    assert_eq!(search("several-twins-sibling").branch, Given::Good("04".parse().unwrap()));
    assert_eq!(search("no-symbol").symbol, Given::Missing);
    assert_eq!(search("limit-a01").limit_consent, Given::Good(LimitConsent::Yes));
    assert_eq!(search("limit-no-consent").limit_consent, Given::Good(LimitConsent::No));
}

#[test]
fn widths_and_hyphens_do_not_hide_a_person_but_a_foreign_symbol_does() {
    let people = people();
    let find = |insurer: &str, number: &str, symbol: Option<&str>| {
        let symbol = symbol.map(|symbol| symbol.parse().unwrap());
        let found = people.find(&insurer.parse().unwrap(), &number.parse().unwrap(), symbol.as_ref());
        found.iter().map(|m| m.card.key.clone()).collect::<Vec<_>>()
    };
    for (insurer, number, symbol) in [
        ("06139992", "４５６", Some("１２３")),
        ("06139992", "456", Some("123")),
        ("06139992", " 4 5 6 ", Some("１ ２ ３")),
        ("06139992", "456", None),
    ] {
        assert_eq!(find(insurer, number, symbol), ["employee-valid"], "{number} {symbol:?}");
    }
    assert!(find("06139992", "456", Some("124")).is_empty());
    let late = standard().cards.into_iter().find(|card| card.key == "late-elderly-10").unwrap();
    let number = late.person.coverages[0].number.as_str().to_owned();
    assert_eq!(find("39139993", &number, None), ["late-elderly-10"]);
    assert!(find("39139993", &number, Some("1")).is_empty(), "late-elderly people have no symbol");
}

#[test]
fn only_households_and_the_several_cards_share_numbers() {
    let pack = standard();
    let mut holders: BTreeMap<_, BTreeSet<&str>> = BTreeMap::new();
    for card in &pack.cards {
        for coverage in &card.person.coverages {
            let numbers = (coverage.insurer.digits().to_owned(), coverage.number.key());
            holders.entry(numbers).or_default().insert(&card.key);
        }
    }
    let shared =
        holders.into_values().filter(|keys| keys.len() > 1).map(Vec::from_iter).collect::<BTreeSet<_>>();
    let meant = [
        vec!["household-child", "household-insured", "household-spouse"],
        vec!["several-branches", "several-branches-spouse"],
        vec!["several-twins", "several-twins-sibling"],
    ];
    assert_eq!(shared, BTreeSet::from(meant));
}

#[test]
fn dates_of_birth_can_be_hard_coded_unless_the_card_needs_an_age() {
    let (early, late) = (date(2025, 1, 1), date(2032, 12, 31));
    for card in standard().cards {
        let mut insurances = card.person.coverages.iter().filter_map(Coverage::insurance);
        let needs_an_age = insurances.any(|insurance| insurance.preschool || insurance.elderly.is_some());
        let moves = card.person.born.on(early) != card.person.born.on(late);
        assert_eq!(moves, needs_an_age || card.key == "lost-newer-late-elderly", "{}", card.key);
    }
}

#[test]
fn ages_fit_the_insurance_on_every_day_of_two_years() {
    let pack = standard();
    for today in days_of_two_years() {
        for (card, coverage, insurance) in insurances(&pack) {
            let place = format!("{} on {today}", card.key);
            let age = card.person.age_on(today);
            let late_elderly = coverage.insurer.is_late_elderly();
            let born = card.person.born.on(today);
            assert!(coverage.from.on(today) >= born, "{place}: insured before birth");
            if insurance.elderly.is_some() {
                assert!((70..=74).contains(&age), "{place}: {age} years");
            }
            if late_elderly {
                assert!(age >= 75, "{place}: {age} years");
            }
            if insurance.preschool {
                let sixth_birthday = born + 6.years();
                let school = date(sixth_birthday.year(), 4, 1);
                let school = if school <= sixth_birthday { school + 1.year() } else { school };
                assert!(age < 6 && today < school, "{place}: at school");
            }
            if in_force(coverage, today, today) {
                assert_eq!(late_elderly, age >= 75, "{place}: {age} years");
                assert_eq!(insurance.elderly.is_some(), (70..=74).contains(&age), "{place}: {age} years");
            }
        }
    }
}

#[test]
fn certificates_cover_the_day_unless_their_card_says_otherwise() {
    let pack = standard();
    for today in days_of_two_years() {
        for (card, _, insurance) in insurances(&pack) {
            let place = format!("{} on {today}", card.key);
            let covers = |from: Date, to: Date| {
                assert!(from <= to, "{place}: ends before it begins");
                from <= today && today <= to
            };
            if let Some(limit) = &insurance.limit {
                let outside = matches!(card.key.as_str(), "limit-expired" | "limit-not-yet");
                assert_eq!(covers(limit.from.on(today), limit.to.on(today)), !outside, "{place}");
                let long_term = limit.long_term.map(|rule| rule.on(today));
                assert!(
                    long_term.is_none_or(|day| covers(limit.from.on(today), day) || day <= today),
                    "{place}"
                );
            }
            if let Some(elderly) = &insurance.elderly {
                assert!(covers(elderly.from.on(today), elderly.to.on(today)), "{place}");
                assert!(card.person.age_on(elderly.from.on(today)) >= 70, "{place}: certificate before 70");
            }
            for disease in &insurance.diseases {
                let to = disease.to.map_or(Date::MAX, |rule| rule.on(today));
                assert_eq!(covers(disease.from.on(today), to), card.key != "disease-expired", "{place}");
            }
        }
    }
}

#[test]
fn limit_classes_belong_to_the_age_and_the_kind_of_certificate() {
    use LimitClass::*;
    let pack = standard();
    let today = date(2026, 11, 22);
    for (card, coverage, insurance) in insurances(&pack) {
        let Some(limit) = &insurance.limit else { continue };
        let kinds: &[_] = match limit.class {
            A01 | A02 | A03 | A04 | B01 | B02 | B03 | B04 | B09 | B10 => &[LimitClassification::Limit],
            A05 | A06 | B05 | B06 | B07 | B08 => {
                &[LimitClassification::LimitAndMeals, LimitClassification::Meals]
            }
        };
        assert!(kinds.contains(&limit.kind), "{}", card.key);
        let from_70 = limit.class.code().starts_with('B');
        assert_eq!(from_70, card.person.age_on(today) >= 70, "{}", card.key);
        if matches!(limit.class, B09 | B10) {
            assert!(coverage.insurer.is_late_elderly(), "{}", card.key);
        }
        let ratio = insurance.ratio.as_ref().or(insurance.elderly.as_ref().map(|e| &e.ratio));
        if matches!(limit.class, B01 | B02 | B03) {
            assert_eq!(
                ratio.map(ContributionRatio::as_str),
                Some("030"),
                "{}: income as when working",
                card.key
            );
        }
        let shown = card.key.starts_with("limit-no-consent");
        assert_eq!(card.ask.changes.limit_consent.is_none(), shown, "{}", card.key);
    }
}

#[test]
fn each_insurance_has_what_its_scheme_has() {
    let pack = standard();
    for (card, coverage, insurance) in insurances(&pack) {
        let number = coverage.number.as_str();
        if coverage.insurer.is_late_elderly() {
            assert_check_digit(number, 8, &card.key);
            assert!(insurance.symbol.is_none() && insurance.branch.is_none() && insurance.relation.is_none());
            assert!(insurance.ratio.is_some() && insurance.elderly.is_none(), "{}", card.key);
        } else {
            assert!(insurance.ratio.is_none() && insurance.relation.is_some(), "{}", card.key);
            let own_name = insurance.insured_name == card.person.name;
            let municipal = coverage.insurer.scheme().is_none();
            assert!(
                municipal || own_name == (insurance.relation == Some(PersonalFamily::Insured)),
                "{}",
                card.key
            );
        }
        assert_eq!(insurance.reason_of_loss.is_some(), coverage.lost.is_some(), "{}", card.key);
        assert_eq!(
            insurance.class == Some(CardClassification::SelfDefence),
            coverage.insurer.scheme() == Some("07")
        );
    }
    for (card, coverage, aid) in aids(&pack) {
        assert!(coverage.insurer.is_medical_aid(), "{}", card.key);
        assert_check_digit(coverage.number.as_str(), 7, &card.key);
        for ticket in &aid.tickets {
            assert!(ticket.injuries.len() <= 3 && ticket.remarks.len() <= 3, "{}", card.key);
            let dispensing = ticket.kind == TicketType::Dispensing;
            assert_eq!(dispensing, ticket.treatment == TreatmentType::Dispensing, "{}", card.key);
            assert_eq!(dispensing, ticket.issuer.is_some(), "{}", card.key);
            assert_ne!(
                ticket.institution.as_ref().map(InstitutionCode::as_str),
                Some(INSTITUTION),
                "{}",
                card.key
            );
        }
    }
}

fn assert_check_digit(number: &str, length: usize, key: &str) {
    assert_eq!(number.len(), length, "{key}: {number}");
    let (body, last) = number.split_at(length - 1);
    assert_eq!(check_digit(body).map(|digit| digit.to_string()).as_deref(), Some(last), "{key}: {number}");
}

#[test]
fn nobody_and_no_insurer_of_the_pack_is_real() {
    for card in standard().cards {
        for coverage in &card.person.coverages {
            let digits = coverage.insurer.digits();
            let own = digits.get(digits.len() - 4..digits.len() - 1);
            assert_eq!(own, Some("999"), "{}: insurer {digits}", card.key);
        }
        let address = card.person.address.as_ref().map_or("見本町", Address::as_str);
        assert!(address.contains("見本町") || address.contains("架空町"), "{}: {address}", card.key);
        assert_eq!(
            card.person.post.as_ref().map_or("100-0000", PostNumber::as_str),
            "100-0000",
            "{}",
            card.key
        );
    }
}

#[test]
fn names_and_their_kana_have_the_same_parts() {
    for card in standard().cards {
        let person = &card.person;
        let names = [
            (Some(&person.name), Some(&person.kana)),
            (person.other_name.as_ref(), person.other_kana.as_ref()),
        ];
        for (name, kana) in names {
            let parts = name.map(|name| name.as_str().split('　').filter(|part| !part.is_empty()).count());
            let kana = kana.map(|kana| kana.as_str().split(' ').filter(|part| !part.is_empty()).count());
            assert_eq!(parts, kana, "{}: {:?}", card.key, name);
            assert!(parts.is_none_or(|parts| parts >= 2), "{}: {:?}", card.key, name);
        }
    }
}

#[test]
fn long_names_reach_every_limit() {
    let people = people();
    let card = people.card("long-names").unwrap();
    let bytes = charset::shift_jis_length;
    let (person, coverage) = (&card.person, &card.person.coverages[0]);
    let insurance = coverage.insurance().unwrap();
    assert_eq!(bytes(person.name.as_str()), 100);
    assert_eq!(bytes(person.kana.as_str()), 100);
    assert_eq!(bytes(person.other_name.as_ref().unwrap().as_str()), 100);
    assert_eq!(bytes(person.other_kana.as_ref().unwrap().as_str()), 100);
    assert_eq!(bytes(insurance.insured_name.as_str()), 100);
    assert_eq!(bytes(person.address.as_ref().unwrap().as_str()), 250);
    assert_eq!(bytes(coverage.insurer_name.as_str()), 200);
    assert_eq!(insurance.symbol.as_ref().unwrap().as_str().chars().count(), 20);
    assert_eq!(coverage.number.as_str().chars().count(), 20);
}

#[test]
fn only_one_card_loses_a_character_in_shift_jis() {
    for card in standard().cards {
        let (person, coverages) = (&card.person, &card.person.coverages);
        let mut texts = vec![person.name.as_str(), person.kana.as_str()];
        texts.extend(person.address.as_ref().map(Address::as_str));
        texts.extend(person.other_name.as_ref().map(PersonName::as_str));
        texts.extend(coverages.iter().map(|coverage| coverage.insurer_name.as_str()));
        texts.extend(coverages.iter().filter_map(Coverage::insurance).map(|i| i.insured_name.as_str()));
        let mut lost: Vec<_> =
            texts.iter().flat_map(|text| charset::encode((*text).to_owned(), Encoding::ShiftJis).1).collect();
        lost.dedup();
        let expected: &[char] = if card.key == "character-outside-shift-jis" { &['𠮷'] } else { &[] };
        assert_eq!(lost, expected, "{}", card.key);
    }
}

#[test]
fn what_only_the_reader_sees_ends_when_its_card_says() {
    let people = people();
    for today in days_of_two_years() {
        let expires = |key: &str| people.card(key).unwrap().person.card_expires.map(|rule| rule.on(today));
        assert!(expires("card-expires-soon").is_some_and(|day| today < day && day <= today + 3.months()));
        assert_eq!(expires("card-expires-today"), Some(today));
        assert!(expires("card-expired").is_some_and(|day| day < today));
    }
}
