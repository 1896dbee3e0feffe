//! Scripts: what a scenario does to answers, when, how often, and what survives a restart.

use std::sync::Arc;

use messages::id::MessageId;
use onshi_mock::script::{Asked, Scenario, Source, Turns, decide};
use onshi_mock::world::PutError;
use proptest::prelude::*;
use scenarios::script::RuleIndex;

use crate::node::message;
use crate::told::{CLINIC, Told, registration};

fn load(told: &Told, text: &str) {
    told.world.put_scenario("story", text, Source::Api).unwrap_or_else(|error| panic!("{error}"));
}

/// What the clinic is answered for a card, and what was simulated.
fn asked(told: &Told, card: &str) -> (String, Vec<&'static str>) {
    let insured = told.insured(card);
    let answer = told.clinic().send(MessageId::OqsSiQuc01, &told.clinic().question(&insured));
    (String::from_utf8_lossy(&answer.body).into_owned(), answer.plan.simulated())
}

/// Whether something was simulated in each of so many requests.
fn hits(told: &Told, card: &str, count: usize) -> Vec<bool> {
    (0..count).map(|_| !asked(told, card).1.is_empty()).collect()
}

fn text<'a>(body: &'a str, element: &str) -> Vec<&'a str> {
    let (begin, end) = (format!("<{element}>"), format!("</{element}>"));
    body.split(&begin).skip(1).map(|rest| rest.split(&end).next().unwrap()).collect()
}

#[test]
fn a_script_applies_to_its_card_message_institution_and_elements_only() {
    for (when, expected) in [
        ("card: employee-valid", [true, false]),
        ("message: OQSsiquc01", [true, true]),
        ("message: YZKsiquc01", [false, false]),
        ("institution: \"1319999916\"", [true, true]),
        ("institution: \"1349999910\"", [false, false]),
        ("role: link-application", [true, true]),
        ("role: web-api", [false, false]),
        ("element: {InsuredBranchNumber: \"01\"}", [false, true]),
        ("element: {ArbitraryIdentifier: \"\"}", [true, true]),
        (
            "element: {MessageHeader/MedicalInstitutionCode: \"1319999916\"}, card: dependant-valid",
            [false, true],
        ),
        ("time: {from: today, hours: {from: \"09:00\", to: \"10:00\"}}", [true, true]),
        ("time: {hours: {from: \"10:00\", to: \"09:00\"}}", [false, false]),
        ("state: {door: start}", [true, true]),
        ("state: {door: shut}", [false, false]),
    ] {
        let told = Told::new();
        load(&told, &format!("scripts:\n  - {{name: one, when: {{{when}}}, then: {{delay: 1ms}}}}\n"));
        let found = ["employee-valid", "dependant-valid"].map(|card| !asked(&told, card).1.is_empty());
        assert_eq!(found, expected, "{when}");
    }
}

#[test]
fn times_count_the_requests_for_which_everything_else_holds() {
    for (times, expected) in [
        ("{first: 2}", vec![1, 2]),
        ("{from: 3}", vec![3, 4, 5, 6]),
        ("{from: 2, to: 3}", vec![2, 3]),
        ("{every: 3}", vec![3, 6]),
    ] {
        let told = Told::new();
        load(
            &told,
            &format!(
                "scripts:\n  - {{name: one, when: {{card: employee-valid, times: {times}}}, then: {{answer: {{segment: \"9\"}}}}}}\n"
            ),
        );
        let mut found = Vec::new();
        for number in 1..=6 {
            assert_eq!(asked(&told, "dependant-valid").1, Vec::<&str>::new(), "another card doesn't count");
            let (body, simulated) = asked(&told, "employee-valid");
            if !simulated.is_empty() {
                assert_eq!(text(&body, "SegmentOfResult"), ["9"]);
                found.push(number);
            }
        }
        assert_eq!(found, expected, "{times}");
    }
}

#[test]
fn elements_are_set_added_removed_doubled_and_reordered() {
    let told = Told::new();
    let plain = asked(&told, "employee-valid").0;
    assert_eq!(text(&plain, "Name"), ["見本　太郎"]);
    for (then, element, expected) in [
        ("set: {ResultOfQualificationConfirmation/Name: 髙﨑　太郎}", "Name", vec!["髙﨑　太郎"]),
        ("set: {ErrorCode: X1}", "ErrorCode", vec!["X1"]),
        ("remove: [Name]", "Name", vec![]),
        ("duplicate: {element: Name}", "Name", vec!["見本　太郎", "見本　太郎"]),
        ("answer: {validity: \"2\"}", "QualificationValidity", vec!["2"]),
        ("answer: {status: \"2\", code: ABC, message: 見本}", "ProcessingResultCode", vec!["ABC"]),
        ("answer: {status: \"2\"}", "ResultOfQualificationConfirmation", vec![]),
        ("answer: {segment: \"9\", code: ABC, message: 見本}", "ErrorMessage", vec!["見本"]),
    ] {
        load(&told, &format!("scripts:\n  - {{name: one, then: {{{then}}}}}\n"));
        let (body, _) = asked(&told, "employee-valid");
        assert_eq!(text(&body, element), expected, "{then}: {body}");
    }
    load(&told, "scripts:\n  - {name: one, then: {reorder: elements}}\n");
    let (body, _) = asked(&told, "employee-valid");
    assert!(body.find("<MessageBody>") < body.find("<MessageHeader>"), "{body}");
}

#[test]
fn the_answer_is_changed_in_json_as_in_xml() {
    let told = Told::new();
    load(&told, "scripts:\n  - {name: one, then: {set: {Name: 髙﨑　太郎}, remove: [NameKana]}}\n");
    let insured = told.insured("employee-valid");
    let clinic = told.clinic().json();
    let answer = clinic.send(MessageId::OqsSiQuc01, &clinic.question(&insured));
    let json: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
    let result = &json["XmlMsg"]["MessageBody"]["ResultList"][0]["ResultOfQualificationConfirmation"];
    assert_eq!(
        (&result["Name"], &result["NameKana"]),
        (&"髙﨑　太郎".into(), &serde_json::Value::Null),
        "{json}"
    );
}

#[test]
fn encodings_can_be_wrong_or_mixed() {
    let told = Told::new();
    load(&told, "scripts:\n  - {name: one, then: {encoding: {declared: utf-8, written: shift_jis}}}\n");
    let answer = |told: &Told| {
        let insured = told.insured("employee-valid");
        told.clinic().send(MessageId::OqsSiQuc01, &told.clinic().question(&insured)).body
    };
    let wrong = answer(&told);
    assert!(wrong.starts_with(b"<?xml version=\"1.0\" encoding=\"UTF-8\""));
    assert!(std::str::from_utf8(&wrong).is_err());
    // 見本 in Windows-31J.
    assert!(wrong.windows(4).any(|bytes| bytes == b"\x8C\xA9\x96\x7B"));
    load(&told, "scripts:\n  - {name: one, then: {encoding: {mixed: true}}}\n");
    let mixed = answer(&told);
    assert!(std::str::from_utf8(&mixed).is_err(), "some of it is Shift_JIS");
    assert!(mixed.windows(6).any(|bytes| bytes == "見本".as_bytes()), "and some of it UTF-8");
}

#[test]
fn the_answer_is_truncated_or_sent_twice() {
    let told = Told::new();
    let plain = asked(&told, "employee-valid").0.len();
    for (then, length) in [
        ("truncate: {bytes: 100}", 100),
        ("truncate: {percent: 50}", plain / 2),
        ("truncate: {bytes: 999999}", plain),
        ("duplicate: answer", 2 * plain),
    ] {
        load(&told, &format!("scripts:\n  - {{name: one, then: {{{then}}}}}\n"));
        assert_eq!(asked(&told, "employee-valid").0.len(), length, "{then}");
    }
}

#[test]
fn states_lead_from_script_to_script_and_survive_a_restart_with_the_counts() {
    let mut told = Told::kept();
    load(
        &told,
        "scripts:
  - {name: begin, when: {state: {maintenance: start}}, then: {set: {ErrorCode: BEGIN}, goto: {maintenance: on}}}
  - {name: during, when: {state: {maintenance: on}, times: {first: 2}}, then: {set: {ErrorCode: ON}}}
  - {name: end, when: {state: {maintenance: on}}, then: {set: {ErrorCode: END}, goto: {maintenance: over}}}
",
    );
    let mut codes = Vec::new();
    for _ in 0..5 {
        let (body, _) = asked(&told, "employee-valid");
        codes.push(text(&body, "ErrorCode").first().copied().unwrap_or("-").to_owned());
        told = told.restarted();
    }
    assert_eq!(codes, ["BEGIN", "ON", "ON", "END", "-"]);
}

#[test]
fn what_was_loaded_last_goes_first_and_what_is_replaced_counts_anew() {
    let told = Told::new();
    let script = |code: &str| {
        format!(
            "scripts:\n  - {{name: one, when: {{times: {{first: 1}}}}, then: {{set: {{ErrorCode: {code}}}}}}}\n"
        )
    };
    let put = |name: &str, code: &str| told.world.put_scenario(name, &script(code), Source::Api).unwrap();
    let code = || text(&asked(&told, "employee-valid").0, "ErrorCode").first().map(|code| (*code).to_owned());
    assert!(put("first", "A") && put("second", "B"));
    assert_eq!(code().as_deref(), Some("B"));
    assert_eq!(code(), None, "the request before counted for both");
    assert!(!put("first", "C"), "it was there before");
    assert_eq!(code().as_deref(), Some("C"), "it counts anew");
    assert!(told.world.remove_scenario("first").unwrap());
    assert_eq!(code(), None);
    assert!(!told.world.remove_scenario("first").unwrap());
}

#[test]
fn a_scenario_adds_patients_and_institutions_and_is_loaded_whole_or_not_at_all() {
    let told = Told::new();
    let patients = "institutions:
  - {code: \"2319999914\", name: 見本病院, lines: [CAF0000000077]}
patients:
  - card: mine
    title: {ja: 見本, en: Sample}
    name: 例題　花子
    kana: ﾚｲﾀﾞｲ ﾊﾅｺ
    sex: \"2\"
    born: 1990-01-01
    insurance: [{insurer: \"06139992\", insurer-name: 見本健康保険組合, symbol: １, number: ７７７７, from: 2015-04-01}]
    expect: {validity: \"1\"}
    then: {set: {ErrorCode: MINE}}
scripts:
";
    let wrong = format!("{patients}  - {{name: one, when: {{card: mime}}, then: {{delay: 1s}}}}\n");
    let error = told.world.put_scenario("story", &wrong, Source::Api).unwrap_err();
    assert!(matches!(error, PutError::Scenario(_)));
    let said = error.to_string();
    assert!(said.contains("there is no card `mime`") && said.contains("`mine`"), "{said}");
    assert!(told.world.people().card("mine").is_none());
    assert_eq!(told.world.scenarios.all().len(), 0);
    let institution = "2319999914".parse().unwrap();
    assert!(told.world.registry.institution(&institution).is_none());

    load(
        &told,
        &format!("{patients}  - {{name: one, when: {{card: employee-valid}}, then: {{delay: 1ms}}}}\n"),
    );
    let (body, simulated) = asked(&told, "mine");
    assert_eq!((text(&body, "ErrorCode"), simulated), (vec!["MINE"], vec!["set"]));
    assert_eq!(asked(&told, "employee-valid").1, ["delay"]);
    assert!(told.world.registry.institution(&institution).is_some());
    assert!(told.world.registry.line(&"CAF0000000077".parse().unwrap()).is_some());
}

#[test]
fn wrong_names_are_refused() {
    let told = Told::new();
    for (name, text) in [
        ("", "scripts: []"),
        ("No Name", "scripts: []"),
        ("states", "scripts: []"),
        ("one", "pack: two\nscripts:\n  - {name: a, then: {delay: 1s}}"),
        ("one", "scripts: [}"),
    ] {
        assert!(told.world.put_scenario(name, text, Source::Api).is_err(), "{name} {text}");
    }
}

#[test]
fn what_answers_with_another_status_changes_nothing_behind_it() {
    let told = Told::new();
    load(&told, "scripts:\n  - {name: one, when: {message: OQSsiimm01}, then: {http-status: 503}}\n");
    let insured = told.insured("employee-valid");
    let clinic = told.clinic();
    let request = message(clinic.header("r-1"), [registration(&insured, "000123")]);
    let answer = clinic.send(MessageId::OqsSiImm01, &request);
    assert_eq!(
        (&*answer.content_type, &*answer.body),
        ("text/plain; charset=utf-8", &b"503 Service Unavailable\n"[..])
    );
    assert!(told.world.remove_scenario("story").unwrap());
    let (body, _) = asked(&told, "employee-valid");
    assert_eq!(text(&body, "ReferenceNumber"), Vec::<&str>::new());
}

#[test]
fn faults_keep_to_their_budget_and_their_end() {
    let told = Told::new();
    let fault =
        |more: &str| format!("faults:\n  - {{name: one, kinds: [{{delay: 1ms}}], rate: 1.0, {more}}}\n");
    load(&told, &fault("in-a-row: 2"));
    assert_eq!(hits(&told, "employee-valid", 7), [true, true, false, true, true, false, true]);
    load(&told, &fault("at-most: 3"));
    assert_eq!(hits(&told, "employee-valid", 5), [true, true, true, false, false]);
    load(&told, &fault("until: 2026-11-21"));
    assert_eq!(hits(&told, "employee-valid", 2), [false, false]);
    load(&told, &fault("until: 2026-11-22"));
    assert_eq!(hits(&told, "employee-valid", 2), [true, true]);
}

#[test]
fn a_fault_goes_over_a_script_and_a_habit_under_both() {
    let told = Told::new();
    load(
        &told,
        "scripts:
  - {name: one, then: {set: {ErrorCode: X}, delay: 1ms}}
faults:
  - {name: two, kinds: [{delay: 2ms}], rate: 1.0}
terminal:
  - {name: three, habit: {late: {by: 3s}}}
",
    );
    let insured = told.insured("employee-valid");
    let answer = told.clinic().send(MessageId::OqsSiQuc01, &told.clinic().question(&insured));
    assert_eq!(answer.plan.delay.as_millis(), 2);
    assert_eq!(text(&String::from_utf8_lossy(&answer.body), "ErrorCode"), ["X"]);
    assert_eq!(answer.plan.then.terminal.as_ref().map(|habit| habit.name()), Some("late"));
    let by: Vec<_> = answer.plan.by.iter().map(|applied| &*applied.rule).collect();
    assert_eq!(by, ["story/three", "story/one", "story/two"]);
}

#[test]
fn counts_are_right_when_many_ask_at_once() {
    let told = Told::new();
    load(
        &told,
        "scripts:\n  - {name: one, when: {times: {first: 100}}, then: {set: {ErrorCode: X}}}\nfaults:\n  - {name: two, kinds: [{delay: 1ms}], rate: 0.5, at-most: 50}\n",
    );
    let found: Vec<Vec<&'static str>> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| (0..50).map(|_| asked(&told, "employee-valid").1).collect::<Vec<_>>()))
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(found.iter().filter(|simulated| simulated.contains(&"set")).count(), 100);
    assert_eq!(found.iter().filter(|simulated| simulated.contains(&"delay")).count(), 50);
}

/// The bytes that a client would get for each of so many requests, and how long it would wait for each.
fn faulty(seed: u64, rate: f64, count: usize) -> Vec<(Vec<u8>, u128)> {
    let told = Told::new();
    load(
        &told,
        &format!(
            "faults:\n  - name: one\n    rate: {rate}\n    seed: {seed}\n    in-a-row: 2\n    kinds: [{{truncate: {{percent: 50}}}}, {{set: {{Name: x}}}}, {{delay: {{uniform: {{from: 1s, to: 3s, seed: {seed}}}}}}}]\n"
        ),
    );
    let insured = told.insured("employee-valid");
    let question = told.clinic().question(&insured);
    (0..count)
        .map(|_| {
            let answer = told.clinic().send(MessageId::OqsSiQuc01, &question);
            (answer.body.to_vec(), answer.plan.delay.as_millis())
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_same_seed_gives_the_same_faults_byte_for_byte(seed in any::<u64>(), rate in 0.2..0.9f64) {
        let (one, same) = (faulty(seed, rate, 30), faulty(seed, rate, 30));
        // The time of processing stands in each answer.
        let timeless = |answers: Vec<(Vec<u8>, u128)>| {
            let one = |(body, delay): (Vec<u8>, u128)| {
                let text = String::from_utf8_lossy(&body).into_owned();
                let time = text.split("ProcessExecutionTime>").nth(1).unwrap_or_default().to_owned();
                (text.replace(&time, ""), delay)
            };
            answers.into_iter().map(one).collect::<Vec<_>>()
        };
        prop_assert_eq!(timeless(one), timeless(same));
    }
}

#[test]
fn another_seed_gives_other_faults() {
    let kinds =
        |seed| faulty(seed, 0.5, 30).iter().map(|(body, delay)| (body.len(), *delay)).collect::<Vec<_>>();
    assert_ne!(kinds(1), kinds(2));
}

/// An index with so many scripts, each of which names its card and half of them the clinic too. A file holds fewer, so
/// they are made from one that was read.
fn many(count: usize) -> RuleIndex {
    let text = format!(
        "scripts:\n  - {{name: one, when: {{card: x}}, then: {{delay: 1s}}}}\n  - {{name: two, when: {{card: x, institution: \"{CLINIC}\"}}, then: {{delay: 1s}}}}\n"
    );
    let pack = scenarios::Pack::read("many.yaml", &text).unwrap_or_else(|error| panic!("{error}"));
    let named = |number: usize| {
        let mut rule = pack.rules[number % 2].clone();
        rule.name = format!("s-{number}").into();
        rule.when.card = Some(format!("card-{number}").into());
        rule
    };
    let mut index = RuleIndex::default();
    index.add("many", (0..count).map(named).collect());
    // Beside them, some that may apply to the request which is measured.
    let apply = (0..3).map(|number| {
        let mut rule = pack.rules[number % 2].clone();
        rule.when.card = Some("employee-valid".into());
        rule
    });
    index.add("few", apply.collect());
    index
}

/// Shows what matching costs: `cargo test -p onshi-mock --test stories matching -- --nocapture`.
#[test]
fn matching_looks_at_as_many_scripts_among_a_hundred_thousand_as_among_ten() {
    const ROUNDS: u32 = 10_000;
    let told = Told::new();
    let institution = CLINIC.parse().unwrap();
    let people = told.world.people();
    let card = people.card("employee-valid").map(Arc::as_ref);
    let message = MessageId::OqsSiQuc01;
    for count in [10, 100_000] {
        let rules = many(count);
        assert_eq!(rules.all().count(), count + 3);
        let looked_at = |card| rules.candidates(Some(card), &institution, message).len();
        assert_eq!(
            (looked_at("employee-valid"), looked_at("card-4"), looked_at("nobody")),
            (3, 1, 0),
            "{count}"
        );
        let turns = Turns::default();
        let role = messages::dialect::Role::LinkApplication;
        let asked =
            Asked { message, institution: &institution, card, role, now: told.now, seed: 0, read: &|| None };
        let started = std::time::Instant::now();
        for _ in 0..ROUNDS {
            assert_eq!(decide(&rules, &asked, &turns).0.by.len(), 1);
        }
        println!("{count} scripts: {} ns per match", (started.elapsed() / ROUNDS).as_nanos());
    }
}

#[test]
fn a_scenario_that_another_version_took_is_left_out_and_the_world_opens() {
    let told = Told::kept();
    let text = "scripts:\n  - {name: one, then: {delay: 1s}}\n";
    let scenario: Scenario = told.world.read_scenario("story", text, Source::Api).unwrap();
    let mut loaded = scenario.loaded;
    loaded.text = "scripts: {from: another version}".into();
    told.world.record(onshi_mock::world::Event::ScenarioLoaded(loaded)).unwrap();
    let told = told.restarted();
    assert_eq!(told.world.scenarios.all().len(), 0);
    assert_eq!(asked(&told, "employee-valid").1, Vec::<&str>::new());
}
