//! The requests of the interface, and what their results say. Nothing here knows how they travel.

use jiff::tz::Offset;

use crate::document::Element::{self, Group, Text};
use crate::{Document, Error};

/// `MessageId` of "no consent". The field's own codes aren't public; put yours here if you know them.
const NO_CONSENT: [&str; 2] = ["YZKX0001E", "TKKX0001E"];

/// What stands on an insurance card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// 保険者番号.
    pub insurer: String,
    /// 記号, if the card has one.
    pub symbol: Option<String>,
    /// 番号.
    pub number: String,
    /// 枝番, if it is known.
    pub branch: Option<String>,
    /// `yyyyMMdd`.
    pub born: String,
}

/// A message id with the content of its request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Such as `OQSsiquc01`.
    pub id: &'static str,
    /// MessageHeader.
    pub header: Vec<Element>,
    /// MessageBody.
    pub body: Vec<Element>,
}

/// Today in Japan, `yyyyMMdd`.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "a client of the service asks by the day of its own clock")]
pub fn today() -> String {
    Offset::constant(9).to_datetime(jiff::Timestamp::now()).strftime("%Y%m%d").to_string()
}

/// 資格確認: is this person insured on the day? `identifier` comes back unchanged.
#[must_use]
pub fn qualification(institution: &str, person: &Person, day: &str, identifier: Option<&str>) -> Request {
    let mut header = on(day, institution);
    header.extend(identifier.map(|own| text("ArbitraryFileIdentifier", own)));
    Request { id: "OQSsiquc01", header, body: vec![search(person)] }
}

/// 資格確認一括照会: the same for many, answered with a reception number.
#[must_use]
pub fn bulk(institution: &str, persons: &[Person], day: &str) -> Request {
    Request { id: "OQSmuquc01", header: on(day, institution), body: persons.iter().map(search).collect() }
}

/// Fetches the result of a bulk job.
#[must_use]
pub fn fetch(institution: &str, reception: &str) -> Request {
    Request {
        id: "OQSmuquc02",
        header: vec![from(institution)],
        body: vec![text("ReceptionNumber", reception)],
    }
}

/// 照会番号登録: the institution's own number for a person.
#[must_use]
pub fn reference_number(institution: &str, person: &Person, number: &str) -> Request {
    let mut info = vec![text("ReferenceNumber", number)];
    info.extend(card(person));
    let body = vec![Group("ReferenceNumberRegistrationInfo", info)];
    Request { id: "OQSsiimm01", header: vec![from(institution)], body }
}

/// 薬剤情報閲覧 from one month to another (`yyyyMM`), as XML or as PDF.
#[must_use]
pub fn drugs(institution: &str, person: &Person, [first, last]: [&str; 2], pdf: bool) -> Request {
    let body = vec![
        text("StartDate", first),
        text("EndDate", last),
        category(pdf),
        text("MedicalTreatmentFlag", "1"),
    ];
    Request { id: "YZKsiquc01", header: viewing(institution, person), body }
}

/// 特定健診情報閲覧, as XML or as PDF.
#[must_use]
pub fn checkups(institution: &str, person: &Person, pdf: bool) -> Request {
    Request { id: "TKKsiquc01", header: viewing(institution, person), body: vec![category(pdf)] }
}

/// The result itself, or an error if it says that the request failed.
pub(crate) fn judged(document: Document) -> Result<Document, Error> {
    let said = |path: &str| document.text(path).unwrap_or_default();
    let (code, message) = if said("MessageHeader/SegmentOfResult") == "9" {
        ("MessageHeader/ErrorCode", "MessageHeader/ErrorMessage")
    } else if said("MessageBody/ProcessingResultStatus") == "2" {
        ("MessageBody/ProcessingResultCode", "MessageBody/ProcessingResultMessage")
    } else if !matches!(said("MessageHeader/ResultCode").as_str(), "" | "1") {
        ("MessageHeader/MessageId", "MessageHeader/MessageContents")
    } else {
        return Ok(document);
    };
    let (code, message) = (said(code), said(message));
    if NO_CONSENT.contains(&code.as_str()) {
        Err(Error::NoConsent { code, message })
    } else {
        Err(Error::Rejected { code, message })
    }
}

fn text(name: &'static str, text: &str) -> Element {
    Text(name, text.to_owned())
}

fn from(institution: &str) -> Element {
    text("MedicalInstitutionCode", institution)
}

fn on(day: &str, institution: &str) -> Vec<Element> {
    vec![text("QualificationConfirmationDate", day), from(institution)]
}

fn category(pdf: bool) -> Element {
    text("FileCategory", if pdf { "1" } else { "2" })
}

fn search(person: &Person) -> Element {
    let mut info: Vec<_> = card(person).collect();
    info.extend([text("Birthdate", &person.born), text("LimitApplicationCertificateRelatedConsFlg", "0")]);
    Group("QualificationConfirmSearchInfo", info)
}

fn card(person: &Person) -> impl Iterator<Item = Element> {
    numbers(
        person,
        ["InsurerNumber", "InsuredCardSymbol", "InsuredIdentificationNumber", "InsuredBranchNumber"],
    )
}

/// The viewing messages call the same things by other names.
fn viewing(institution: &str, person: &Person) -> Vec<Element> {
    let names = ["InsurerNumber", "InsuranceCardSymbol", "InsuredPersonIdentificationNumber", "BranchNumber"];
    [from(institution)].into_iter().chain(numbers(person, names)).collect()
}

fn numbers(person: &Person, names: [&'static str; 4]) -> impl Iterator<Item = Element> {
    let Person { insurer, symbol, number, branch, .. } = person;
    let texts = [Some(insurer), symbol.as_ref(), Some(number), branch.as_ref()];
    let given = names.into_iter().zip(texts).filter_map(|(name, own)| Some(text(name, own?)));
    given.collect::<Vec<_>>().into_iter()
}
