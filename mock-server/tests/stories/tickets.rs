//! Medical-aid tickets of one month (委託先資格情報の一括取得, OQSmutic).

use std::collections::BTreeSet;

use messages::id::MessageId;

use crate::bulk::{accepted, fetch, start};
use crate::node::{Node, group, text};
use crate::told::Told;

fn month(month: &str) -> Vec<Node> {
    vec![group("QualificationConfirmSearchInfo", [text("MedicalTreatmentMonth", month)])]
}

/// The answer for a month, fetched when it is ready.
fn tickets(told: &mut Told, of: &str) -> Node {
    let reception = accepted(told.clinic(), MessageId::OqsMuTic01, "tickets", month(of));
    told.pass_seconds(3);
    fetch(told.clinic(), MessageId::OqsMuTic02, &reception)
}

const RESULT: &str = "MessageBody/BulkConfirmUnit/ResultList/ResultOfQualificationConfirmation";

/// The numbers of the persons in an answer.
fn persons(answer: &Node) -> BTreeSet<&str> {
    answer.texts(&format!("{RESULT}/InsuredIdentificationNumber")).into_iter().collect()
}

#[test]
fn everybody_with_a_ticket_of_the_month_for_this_institution_is_told_and_nobody_else() {
    let mut told = Told::new();
    let this = told.month(0);
    let answer = tickets(&mut told, &this);
    assert_eq!(answer.says("MessageHeader/SegmentOfResult"), Some("1"));
    assert_eq!(answer.says("MessageHeader/ArbitraryFileIdentifier"), Some("tickets"));
    // The standard cards with a ticket of this month for whoever asks.
    let expected =
        ["0123455", "0123489", "0123497", "0123505", "0123513", "0123521", "0123547", "0123570", "0123588"];
    assert_eq!(persons(&answer), BTreeSet::from(expected));
    assert_eq!(answer.says("MessageHeader/NumberOfProcessingResult"), Some("9"));
    assert_eq!(answer.says("MessageHeader/NumberOfError"), Some("0"));
    for result in answer.all(RESULT) {
        assert_eq!(result.says("InsuredCardClassification"), Some("A1"));
        assert!(result.get("InsuredCardSymbol").is_none() && result.get("InsuredBranchNumber").is_none());
        for ticket in result.all("PublicExpenseResultList/MedicalTicketInfo") {
            assert_eq!(ticket.says("MedicalTreatmentMonth"), Some(this.as_str()));
            assert_eq!(ticket.says("DesignatedMedicalInstitutionFlag"), Some("0"));
        }
    }
}

#[test]
fn a_ticket_of_last_month_is_told_for_last_month_only() {
    let mut told = Told::new();
    let (last, next) = (told.month(-1), told.month(1));
    assert_eq!(persons(&tickets(&mut told, &last)), BTreeSet::from(["0123471"]));
    let none = tickets(&mut told, &next);
    assert_eq!(none.says("MessageHeader/SegmentOfResult"), Some("1"));
    assert_eq!(none.says("MessageHeader/NumberOfProcessingResult"), Some("0"));
    assert_eq!(persons(&none), BTreeSet::new());
}

#[test]
fn a_person_with_tickets_for_two_institutions_shows_only_the_one_of_the_asker() {
    let mut told = Told::with_cards(TWO_INSTITUTIONS);
    let this = told.month(0);
    let answer = tickets(&mut told, &this);
    let result = answer.all(RESULT).into_iter().find(|one| one.says("Name") == Some("扶助　六郎")).unwrap();
    let issued = result.texts("PublicExpenseResultList/MedicalTicketInfo/IssueNumber");
    assert_eq!(issued, ["000000000099901"]);
}

const TWO_INSTITUTIONS: &str = r#"
pack: two-institutions
about: {ja: 二つの医療機関, en: Two institutions}
patients:
  - card: aid-two-institutions
    title: {ja: 二つの医療機関の医療券, en: Tickets for two institutions}
    name: 扶助　六郎
    kana: ﾌｼﾞﾖ ﾛｸﾛｳ
    sex: "1"
    born: 1970-01-01
    post: 100-0000
    address: 東京都千代田区見本町２丁目５
    aid:
      payer: "12139994"
      number: "0123604"
      office: 見本福祉事務所
      from: 2022-05-01
      tickets:
        - {kind: "01", month: today, issue: "000000000099901", injuries: [高血圧症], treatment: "02", self-pay: "0", use: "01", social-insurance: "02"}
        - {kind: "01", month: today, issue: "000000000099902", institution: "1319999924", institution-name: 架空診療所, injuries: [高血圧症], treatment: "02", self-pay: "0", use: "01", social-insurance: "02"}
    expect: {validity: "1"}
"#;

#[test]
fn a_month_that_is_none_has_its_own_code() {
    let told = Told::new();
    for wrong in [month("202613"), month(""), month("2026")] {
        let answer = start(told.clinic(), MessageId::OqsMuTic01, "x", wrong.clone());
        let codes = ["ErrorCode", "ProcessingResultCode"].map(|name| answer.anywhere(name));
        let code = codes.iter().flatten().next().map(|node| node.text.as_str());
        // The dialect's row `ticket-month`, in the header or in the body (elements.md 3).
        assert_eq!(code, Some("OQSX0013E"), "{wrong:?}");
        assert!(answer.anywhere("ReceptionNumber").is_empty());
    }
}
