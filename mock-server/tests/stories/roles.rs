//! Accounts and roles (terminal.md 6): every cell of role and message.

use std::collections::BTreeMap;

use messages::dialect::{Dialect, Role};
use messages::id::MessageId;
use messages::value::TreatmentFlag;

use crate::node::{Node, group, message, text};
use crate::told::{Desk, Told, Wanted, YES_TO_ALL, registration};

/// A request that would be answered well for each message but 02, which asks for a job that is not there.
pub(crate) fn request(desk: Desk<'_>, told: &Told, id: MessageId) -> Node {
    let insured = told.insured("employee-valid");
    let search = |more: Vec<Node>| {
        group("QualificationConfirmSearchInfo", insured.search("0").into_iter().chain(more))
    };
    let flag = |value: &str| text("MedicalTreatmentFlag", value);
    let consented = |value: &str| {
        let days = [text("ConsentDateFrom", told.day(0, 0)), text("ConsentDateTo", told.day(0, 0))];
        group("QualificationConfirmSearchInfo", days.into_iter().chain([flag(value)]))
    };
    match id {
        MessageId::OqsSiQuc01 => message(desk.dated("x"), [search(vec![])]),
        MessageId::OqsMuQuc01 => message(desk.dated("x"), [search(vec![text("ArbitraryIdentifier", "1")])]),
        MessageId::OqsSiHvq01 => message(desk.dated("x"), [search(vec![flag("2")])]),
        MessageId::OqsSiOnq01 => message(desk.dated("x"), [search(vec![flag("3")])]),
        MessageId::OqsSiImm01 | MessageId::OqsMuImm01 => {
            message(desk.header("x"), [registration(&insured, "000123")])
        }
        MessageId::OqsMuTic01 => {
            let month = text("MedicalTreatmentMonth", told.month(0));
            message(desk.header("x"), [group("QualificationConfirmSearchInfo", [month])])
        }
        MessageId::OqsMuHvq01 => message(desk.header("x"), [consented("2")]),
        MessageId::OqsMuOnq01 => message(desk.header("x"), [consented("3")]),
        MessageId::OqsMuQuc02
        | MessageId::OqsMuImm02
        | MessageId::OqsMuTic02
        | MessageId::OqsMuHvq02
        | MessageId::OqsMuOnq02 => message(desk.header("x"), [text("ReceptionNumber", "1")]),
        MessageId::OqsSiHvd01 => {
            let more = [text("Birthdate", &insured.born), flag("2")];
            let info = group("ConsentCancelInfo", insured.numbers().into_iter().chain(more));
            message(desk.header("x"), [info])
        }
        MessageId::YzkSiQuc01 => desk.drugs_request(&insured, &Wanted::all(told, "2")),
        MessageId::TkkSiQuc01 => desk.checkups_request(&insured, "2"),
    }
}

/// A world in which somebody has consented to everything in every kind of care.
pub(crate) fn consented(rows: &str) -> Told {
    let told = Told::with(rows);
    told.clinic().comes("employee-valid", &YES_TO_ALL);
    for treatment in [TreatmentFlag::HomeVisit, TreatmentFlag::Online] {
        told.clinic().visit("employee-valid", &YES_TO_ALL, treatment);
    }
    told
}

/// The code of a message's own kind for a role that may not send it.
fn role_code(id: MessageId) -> &'static str {
    match id.as_str().get(..3) {
        Some("YZK") => "YZKX9003E",
        Some("TKK") => "TKKX9003E",
        _ => "OQSX9003E",
    }
}

/// Whether an answer says that the role may not; then it says so in the right place and nothing else.
fn denied(id: MessageId, answer: &Node) -> bool {
    let code = role_code(id);
    if !answer.leaves().iter().any(|(_, text)| text == code) {
        return false;
    }
    let header = |name: &str| answer.says(&format!("MessageHeader/{name}"));
    let (result, place, words) = if code.starts_with("OQS") {
        ("SegmentOfResult", "ErrorCode", "ErrorMessage")
    } else {
        ("ResultCode", "MessageId", "MessageContents")
    };
    assert_eq!((header(result), header(place)), (Some("9"), Some(code)), "{id:?}");
    assert!(header(words).is_some_and(|text| !text.is_empty()), "{id:?}");
    assert_eq!(answer.get("MessageBody").unwrap().children, [], "{id:?}");
    true
}

/// Every cell as the service answers it, compared with the table of the dialect.
fn compare(rows: &str) -> BTreeMap<(Role, MessageId), bool> {
    let table = Dialect::built_in().with(rows).unwrap().accounts.roles.value;
    let mut cells = BTreeMap::new();
    for &role in Role::ALL {
        for &id in MessageId::ALL {
            // A world for each cell: what is allowed may change something.
            let told = consented(rows);
            let answer = told.clinic().role(role).ask(id, &request(told.clinic(), &told, id));
            let allowed = !denied(id, &answer);
            assert_eq!(allowed, table.may_fetch(role, id), "{role:?} {id:?}: {}", answer.to_xml());
            cells.insert((role, id), allowed);
        }
    }
    cells
}

#[test]
fn every_role_is_answered_or_denied_as_the_dialect_says_for_every_message() {
    let cells = compare("");
    assert_eq!(cells.len(), 8 * 17);
    // The table of the dialect itself, as terminal.md 6 tells it.
    for &role in Role::ALL {
        let may = |id| cells[&(role, id)];
        let (desk, viewing) = match role {
            Role::Master | Role::MasterReset | Role::Administrator => (false, false),
            Role::General => (true, false),
            Role::MedicalViewer | Role::LinkApplication | Role::WebApi => (true, true),
            Role::Face => {
                assert!(may(MessageId::OqsSiQuc01), "the reader confirms qualifications");
                assert!(MessageId::ALL.iter().filter(|id| may(**id)).count() == 1, "and does nothing else");
                continue;
            }
        };
        for &id in MessageId::ALL {
            let is_viewing = matches!(id, MessageId::YzkSiQuc01 | MessageId::TkkSiQuc01);
            assert_eq!(may(id), if is_viewing { viewing } else { desk }, "{role:?} {id:?}");
        }
    }
}

#[test]
fn the_table_of_roles_can_be_replaced_as_a_whole() {
    let rows = "accounts:
  roles:
    value:
      administrator: {login: [browser], fetch: [drugs]}
      face: {login: [reader], fetch: [bulk, visits]}
    mark: D
    source: test
";
    let cells = compare(rows);
    assert!(cells[&(Role::Administrator, MessageId::YzkSiQuc01)]);
    assert!(
        !cells[&(Role::LinkApplication, MessageId::OqsSiQuc01)],
        "a role that is not listed may do nothing"
    );
}

#[test]
fn what_is_denied_changes_nothing() {
    for id in [MessageId::OqsSiImm01, MessageId::OqsMuImm01, MessageId::OqsSiHvd01] {
        let told = consented("");
        let answer = told.clinic().role(Role::Master).ask(id, &request(told.clinic(), &told, id));
        assert!(denied(id, &answer));
        assert_eq!(told.clinic().reference(&told.insured("employee-valid")), None);
        let again =
            told.clinic().ask(MessageId::OqsSiOnq01, &request(told.clinic(), &told, MessageId::OqsSiOnq01));
        assert_eq!(again.says("MessageBody/ProcessingResultStatus"), Some("1"));
    }
}

#[test]
fn another_institution_code_is_told_before_the_role() {
    let told = consented("");
    for &id in MessageId::ALL {
        let answer = told.pharmacy().role(Role::Master).ask(id, &request(told.clinic(), &told, id));
        let code = role_code(id).replace("9003", "9005");
        assert!(answer.leaves().iter().any(|(_, text)| *text == code), "{id:?}: {}", answer.to_xml());
    }
}
