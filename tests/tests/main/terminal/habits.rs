//! Bad habits from the scenario to the folder: the built-in terminal does what a YAML file says. What each habit is in
//! detail is tested with the terminal itself.

use reqwest::header::CONTENT_TYPE;
use system_tests::{Exchange, Mock, Reply, eventually, holds, names};

use super::{element, identified};

/// Loads a scenario whose terminals have a habit with answers for the card of the requests.
fn habit(mock: &Mock, habit: &str) {
    let text = format!("terminal:\n  - {{name: bad, when: {{card: employee-valid}}, habit: {habit}}}\n");
    let url = mock.admin_url("/api/v1/worlds/default/scenarios/story");
    let client = reqwest::blocking::Client::builder().no_proxy().build().unwrap();
    let request = client.put(url).header(CONTENT_TYPE, "application/yaml").body(text);
    let reply = Reply::of(request.send().unwrap());
    assert!(matches!(reply.status, 200 | 201), "{habit}: {}", reply.text());
}

/// A card that no habit is for goes its way.
fn another(mock: &Mock, exchange: &Exchange, name: &str) {
    exchange.drop_request(name, &mock.request_for("expired"));
    assert!(exchange.wait_answer(name).name.ends_with(".xml"));
}

#[test]
fn what_a_scenario_says_of_the_terminal_is_what_the_folder_shows() {
    let mock = Mock::start();
    let exchange = mock.exchange();
    let ask = |n: usize| {
        exchange.drop_request(&format!("OQSsiquc01req_{n}.xml"), &identified(&mock, &format!("habit-{n}")));
        format!("OQSsiquc01res_{n}.xml")
    };
    let seen = |name: &str| {
        let path = exchange.res().join(name);
        eventually(name, || std::fs::read_to_string(&path).ok())
    };
    let mut expected = Vec::new();
    let mut expect = |name: &str| expected.push(name.to_owned());

    habit(&mock, "{wrong-name: {name: OQSsiquc01res_違う.xml}}");
    ask(1);
    assert!(seen("OQSsiquc01res_違う.xml").contains(&element("habit-1")));
    expect("OQSsiquc01res_違う.xml");

    habit(&mock, "{err: {content: 通信エラー}}");
    ask(2);
    assert_eq!(seen("OQSsiquc01res_2.err"), "通信エラー");
    expect("OQSsiquc01res_2.err");

    habit(&mock, "{half-written: {percent: 50, completed-after: 300ms}}");
    let name = ask(3);
    let part = seen(&name);
    assert!(part.starts_with("<?xml") && !part.contains("</XmlMsg>"), "{part}");
    eventually("the whole answer", || holds(seen(&name).trim_end().ends_with("</XmlMsg>")));
    expect(&name);

    habit(&mock, "{out-of-order: {behind: 1, at-most: 1h}}");
    let name = ask(4);
    eventually("its asking", || holds(mock.journal().len() == 4));
    assert!(!exchange.res().join(&name).exists());
    another(&mock, &exchange, "OQSsiquc01req_5.xml");
    assert!(seen(&name).contains(&element("habit-4")));
    expect(&name);
    expect("OQSsiquc01res_5.xml");

    habit(&mock, "{other-answer: {}}");
    let name = ask(6);
    assert!(seen(&name).contains(&element("habit-4")));
    expect(&name);

    habit(&mock, "{lost: {}}");
    ask(7);
    another(&mock, &exchange, "OQSsiquc01req_8.xml");
    expect("OQSsiquc01res_8.xml");
    exchange.wait_until_done();
    let mut present = names(&exchange.res());
    present.sort();
    expected.sort();
    assert_eq!(present, expected);
    let simulated = mock.journal().iter().filter(|exchange| exchange["simulated"][0] == "terminal").count();
    assert_eq!(simulated, 6, "the journal tells which answers were played");
}
