//! The clock of a world: what it reaches, and how it runs.

use certs::{Identity, KeyKind, Months, TerminalSubject};
use jiff::{SignedDuration, Timestamp, ToSpan};
use reqwest::blocking::Client;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE};
use serde_json::{Value, json};
use system_tests::{Mock, Reply, Signal, Who, eventually, holds, today};

const CODE: &str = "1319999916";

fn now(clock: &Value) -> Timestamp {
    clock["now"].as_str().unwrap().parse().unwrap()
}

#[test]
fn a_frozen_clock_stands_still_until_it_is_told() {
    let mock = Mock::plan().without_terminal().start();
    let world = mock.create(&json!({"clock": {"frozen": "2027-03-31T23:59:59+09:00"}}));
    let clock = || mock.admin(&world.path("/clock")).json();
    assert_eq!((&clock()["mode"], &clock()["scale"]), (&"frozen".into(), &0.0.into()));
    assert_eq!(clock()["now"], "2027-03-31T23:59:59.000+09:00");
    let turned = mock.turn(&world, &json!({"advance": "1s"}));
    assert_eq!(
        (&turned["now"], &turned["mode"]),
        (&"2027-04-01T00:00:00.000+09:00".into(), &"frozen".into())
    );
    let running = mock.turn(&world, &json!({"run": true}));
    assert_eq!(running["mode"], "running");
    eventually("the clock to run", || holds(now(&clock()) > now(&running)));
    let frozen = mock.turn(&world, &json!({"freeze": true}));
    assert_eq!(clock()["now"], frozen["now"]);
    assert_eq!(mock.world("clock")["shifted_seconds"], 0, "the default world's is another");
}

#[test]
fn a_scaled_clock_hurries() {
    let mock = Mock::plan().without_terminal().start();
    let world = mock.create(&json!({"clock": {"set": "2027-01-01T00:00:00+09:00"}}));
    let scaled = mock.turn(&world, &json!({"scale": 86_400.0}));
    assert_eq!((&scaled["mode"], &scaled["scale"]), (&"scaled".into(), &86_400.0.into()));
    eventually("a day to pass", || {
        let passed = now(&mock.admin(&world.path("/clock")).json()).duration_since(now(&scaled));
        holds(passed >= SignedDuration::from_hours(24))
    });
}

#[test]
fn what_no_clock_can_do_is_refused_and_changes_nothing() {
    let mock = Mock::plan().without_terminal().start();
    let world = mock.create(&json!({"clock": {"frozen": "2027-01-01T00:00:00+09:00"}}));
    for (how, status) in [
        (json!({"advance": "90000000h"}), 400),
        (json!({"advance": "soon"}), 400),
        (json!({"set": "3000-01-01T00:00:00Z"}), 400),
        (json!({"scale": 0.0}), 400),
        (json!({"scale": -1.0}), 400),
        (json!({"scale": 1e9}), 400),
        (json!({"freeze": false}), 400),
        (json!({"freeze": true, "run": true}), 400),
        (json!({}), 400),
        (json!({"jump": "job"}), 409),
        (json!({"jump": "somewhere"}), 400),
    ] {
        let reply = mock.post(&world.path("/clock"), &how);
        assert_eq!(reply.status, status, "{how}: {}", reply.text());
    }
    assert_eq!(mock.admin(&world.path("/clock")).json()["now"], "2027-01-01T00:00:00.000+09:00");
}

/// Everything whose end the story looks at.
#[derive(Debug, PartialEq, Eq)]
struct Seen {
    /// Of the card `lost-tomorrow`.
    validity: String,
    /// Of the card `limit-a01`.
    has_limit: bool,
    consents_to_drugs: bool,
    token: u16,
    /// Segment of the result of a bulk job.
    job: String,
    older_certificate_expired: bool,
}

/// A second terminal of the clinic, whose certificate has six months left.
fn older_terminal(mock: &Mock) -> Identity {
    let months = Months::try_from(39).unwrap();
    let issued = today().saturating_sub(33.months()).to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp();
    let subject = TerminalSubject {
        institution_code: CODE.to_owned(),
        terminal_number: 2,
        institution_name: "見本診療所".to_owned(),
    };
    let authority = mock.place.store().authority().unwrap();
    let identity = authority.issue_terminal(&subject, issued, months, KeyKind::P256).unwrap();
    mock.place.store().save_identity(&subject.common_name(), &identity, "onshi-mock").unwrap();
    identity
}

fn header(day: Option<&str>) -> Value {
    let mut header = json!({ "MedicalInstitutionCode": CODE, "ArbitraryFileIdentifier": "clock" });
    if let Some(day) = day {
        header["QualificationConfirmationDate"] = day.into();
    }
    header
}

fn sought(number: &str, born: &str, limit: &str) -> Value {
    json!({
        "InsurerNumber": "06139992", "InsuredCardSymbol": "１２３", "InsuredIdentificationNumber": number,
        "InsuredBranchNumber": "00", "Birthdate": born, "LimitApplicationCertificateRelatedConsFlg": limit,
    })
}

fn ask(client: &Client, mock: &Mock, path: &str, token: Option<&str>, header: Value, body: Value) -> Reply {
    let call = client.post(mock.service_url(path)).header(CONTENT_TYPE, "application/json");
    let call = token.into_iter().fold(call, |call, token| call.header(AUTHORIZATION, token));
    let body = json!({ "XmlMsg": { "MessageHeader": header, "MessageBody": body } });
    Reply::of(call.body(body.to_string()).send().unwrap())
}

fn confirm(client: &Client, mock: &Mock, day: &str, sought: Value) -> Value {
    let body = json!({ "QualificationConfirmSearchInfo": sought });
    ask(client, mock, "/oqs/OQSsiquc01", None, header(Some(day)), body).json()["XmlMsg"]["MessageBody"]
        .clone()
}

#[test]
fn one_call_moves_a_card_a_limit_certificate_a_consent_a_token_a_job_and_a_certificate_over_their_ends() {
    let mut mock = Mock::plan().without_terminal().start();
    let older = older_terminal(&mock);
    mock.end(Signal::Terminate);
    mock.start_again();
    let (client, older) = (mock.client(Who::Clinic), mock.client(Who::Holder(&older)));

    mock.visit("employee-valid", "1");
    let login = json!({ "userId": format!("{CODE}-web-api"), "password": "Onshi-Mock-0001!" });
    let url = mock.service_url("/oqs-api-pro/MSA12020/ILI12020SV01/auth");
    let login = client.post(url).header(CONTENT_TYPE, "application/json").body(login.to_string());
    let login = Reply::of(login.send().unwrap()).json();
    let token = login["result"]["idToken"].as_str().unwrap();
    let many = json!({ "QualificationConfirmSearchInfo": [sought("４５６", "19800101", "0")] });
    let day = today().strftime("%Y%m%d").to_string();
    let accepted = ask(&client, &mock, "/oqs/OQSmuquc01", None, header(Some(&day)), many).json();
    let reception = &accepted["XmlMsg"]["MessageBody"]["ReceptionNumber"];
    mock.advance("10s");
    let month = today().first_of_month().saturating_sub(2.months()).strftime("%Y%m").to_string();

    let seen = || {
        let now: Timestamp = mock.world("clock")["now"].as_str().unwrap().parse().unwrap();
        let day = jiff::tz::Offset::constant(9).to_datetime(now).strftime("%Y%m%d").to_string();
        let lost = confirm(&client, &mock, &day, sought("１０３０", "19840414", "0"));
        let limited = confirm(&client, &mock, &day, sought("１０４５", "19700111", "1"));
        assert_eq!(limited["QualificationValidity"], "1", "{limited}");
        let drugs = json!({
            "InsurerNumber": "06139992", "InsuranceCardSymbol": "１２３", "BranchNumber": "00",
            "InsuredPersonIdentificationNumber": "４５６", "MedicalInstitutionCode": CODE,
        });
        let months =
            json!({ "StartDate": month, "EndDate": month, "FileCategory": "2", "MedicalTreatmentFlag": "1" });
        let drugs = ask(&client, &mock, "/oqs/YZKsiquc01", None, drugs, months).json();
        let path = "/oqs-api-pro/MSA01030/ILI01030SV01/search";
        let searched = json!({ "QualificationConfirmSearchInfo": sought("４５６", "19800101", "0") });
        let fetched = json!({ "ReceptionNumber": reception });
        let fetched = ask(&client, &mock, "/oqs/OQSmuquc02", None, header(None), fetched).json();
        let by_older = mock.ask_as(&older, "OQSsiquc01", b"<XmlMsg/>");
        Seen {
            validity: lost["QualificationValidity"].as_str().unwrap().to_owned(),
            has_limit: limited.to_string().contains("LimitApplicationCertificateClassificationFlag"),
            consents_to_drugs: drugs["XmlMsg"]["MessageHeader"]["ResultCode"] == "1",
            token: ask(&client, &mock, path, Some(token), header(Some(&day)), searched).status,
            job: fetched["XmlMsg"]["MessageHeader"]["SegmentOfResult"].as_str().unwrap().to_owned(),
            older_certificate_expired: by_older.text().contains("C105"),
        }
    };
    let before = seen();
    mock.tell("clock", &json!({ "advance": "7320h" }));
    let after = seen();
    let expected = |validity: &str, holds, token, job: &str, expired| Seen {
        validity: validity.to_owned(),
        has_limit: holds,
        consents_to_drugs: holds,
        token,
        job: job.to_owned(),
        older_certificate_expired: expired,
    };
    assert_eq!(before, expected("1", true, 200, "1", false));
    assert_eq!(after, expected("2", false, 401, "9", true));
    // And back again: what had ended holds once more.
    mock.tell("clock", &json!({ "advance": "-7320h" }));
    assert_eq!(seen(), before);
}

/// Two people who tomorrow are 70 and 75; the younger gets the certificate of elderly recipients, the older changes over
/// to the insurance of the late-elderly.
const BIRTHDAYS: &str = r#"
patients:
  - card: turns-70
    title: {ja: 明日70歳, en: Turns 70 tomorrow}
    name: 年齢　一郎
    kana: ﾈﾝﾚｲ ｲﾁﾛｳ
    sex: "1"
    born: today + 1d - 70y
    post: 100-0000
    address: 東京都千代田区見本町１丁目２－３
    insurance:
      - insurer: "139998"
        insurer-name: 見本区
        symbol: 年齢
        number: ７０
        branch: "01"
        relation: "1"
        from: 2010-04-01
        elderly: {ratio: "020", from: birthday 70, to: birthday 75 - 1d}
    expect: {validity: "1"}
  - card: turns-75
    title: {ja: 明日75歳, en: Turns 75 tomorrow}
    name: 年齢　二郎
    kana: ﾈﾝﾚｲ ｼﾞﾛｳ
    sex: "1"
    born: today + 1d - 75y
    post: 100-0000
    address: 東京都千代田区見本町１丁目２－３
    insurance:
      - insurer: "139998"
        insurer-name: 見本区
        symbol: 年齢
        number: ７５
        branch: "01"
        relation: "1"
        from: 2010-04-01
        lost: birthday 75
        reason-of-loss: "03"
        elderly: {ratio: "020", from: birthday 70, to: birthday 75 - 1d}
      - insurer: "39139993"
        insurer-name: 見本県後期高齢者医療広域連合
        number: "88007575"
        from: birthday 75
        ratio: "010"
    expect: {validity: "1"}
"#;

#[test]
fn one_call_carries_people_over_the_ages_at_which_their_share_of_the_cost_changes() {
    let mock = Mock::plan().without_terminal().start();
    let noon = "2027-04-30T12:00:00+09:00";
    let world = mock.create(&json!({ "clock": { "frozen": noon }, "scenario": BIRTHDAYS }));
    let client = world.client(&mock);
    let person = |number: &str, born: &str| {
        json!({
            "InsurerNumber": "139998", "InsuredCardSymbol": "年齢", "InsuredIdentificationNumber": number,
            "InsuredBranchNumber": "01", "Birthdate": born, "LimitApplicationCertificateRelatedConsFlg": "0",
        })
    };
    let late = json!({
        "InsurerNumber": "39139993", "InsuredIdentificationNumber": "88007575", "Birthdate": "19520501",
        "LimitApplicationCertificateRelatedConsFlg": "0",
    });
    let seen = |sought: Value, day: &str| {
        let body = confirm(&client, &mock, day, sought);
        let text = body.to_string();
        let ratio = |name: &str| {
            let (_, rest) = text.split_once(&format!("\"{name}\":\""))?;
            rest.split('"').next().map(str::to_owned)
        };
        let validity = body["QualificationValidity"].as_str().unwrap().to_owned();
        (validity, ratio("ElderlyRecipientContributionRatio"), ratio("InsuredPartialContributionRatio"))
    };
    let all = |day: &str| {
        let cards = [person("７０", "19570501"), person("７５", "19520501"), late.clone()];
        cards.map(|card| seen(card, day))
    };
    let expected = |validity: &str, elderly: Option<&str>, late: Option<&str>| {
        (validity.to_owned(), elderly.map(str::to_owned), late.map(str::to_owned))
    };
    let valid = |elderly, late| expected("1", elderly, late);
    let before = [valid(None, None), valid(Some("020"), None), expected("2", None, Some("010"))];
    let after = [valid(Some("020"), None), expected("3", None, None), valid(None, Some("010"))];
    assert_eq!(all("20270430"), before);
    let turned = mock.turn(&world, &json!({ "advance": "12h" }));
    assert_eq!(turned["now"], "2027-05-01T00:00:00.000+09:00");
    assert_eq!(all("20270501"), after);
    mock.turn(&world, &json!({ "advance": "-1s" }));
    assert_eq!(all("20270430"), before, "and back again");
}

#[test]
fn a_jump_goes_to_the_next_end_and_says_what_it_reached() {
    let mock = Mock::plan().without_terminal().start();
    let world = mock.create(&json!({ "clock": { "frozen": "2027-03-31T12:00:00+09:00" } }));
    let jump = |how: &str| {
        let turned = mock.turn(&world, &json!({ "jump": how }));
        assert_eq!(turned["now"], turned["jumped_to"]["at"], "{turned}");
        (turned["now"].as_str().unwrap().to_owned(), turned["jumped_to"]["what"].as_str().unwrap().to_owned())
    };
    let visit = json!({ "card": "employee-valid", "identification": "face", "consents": { "drugs": true } });
    let played = mock.post(&world.path(&format!("/readers/{CODE}-01/visits")), &visit);
    assert_eq!(played.status, 200, "{}", played.text());
    assert_eq!(jump("month"), ("2027-04-01T00:00:00.000+09:00".to_owned(), "2027-04 begins".to_owned()));
    let (at, what) = jump("consent");
    assert_eq!(at, "2027-04-01T12:00:00.000+09:00");
    assert!(what.contains("employee-valid") && what.contains("Drugs"), "{what}");
    assert_eq!(mock.post(&world.path("/clock"), &json!({ "jump": "consent" })).status, 409);
    let (at, what) = jump("certificate");
    assert_eq!(at, "2030-06-30T12:00:01.000+09:00");
    assert!(what.contains(&format!("{CODE}-01")) && what.contains("expired"), "{what}");
    let refused = mock.ask_as(&world.client(&mock), "OQSsiquc01", b"<XmlMsg/>");
    assert!(refused.text().contains("C105"), "{}", refused.text());
    let (at, _) = jump("next");
    assert_eq!(at, "2030-07-01T00:00:00.000+09:00");
}
