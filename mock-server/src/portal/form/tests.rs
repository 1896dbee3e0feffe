use jiff::civil::Date;
use messages::value::InstitutionCode;

use super::account::is_mail;
use super::*;

const TOKYO: &str = "1319999916";

fn code(text: &str) -> InstitutionCode {
    text.parse().unwrap()
}

fn today() -> Date {
    Date::constant(2027, 4, 1)
}

fn fields(mistakes: &[Mistake]) -> Vec<&str> {
    mistakes.iter().map(|mistake| mistake.field).collect()
}

fn usage() -> UsageForm {
    UsageForm {
        line: LineForm { kind: "ip-vpn".into(), customer_id: "CAF0000000009".into(), ..LineForm::default() },
        terminals: 2,
        start: "2027-04-15".into(),
        terms_accepted: true,
        contact: "事務長".into(),
        ..UsageForm::default()
    }
}

#[test]
fn an_empty_form_names_every_field_in_both_languages() {
    let account = AccountForm::default().check().unwrap_err();
    assert_eq!(fields(&account), ["institution", "institution_name", "mail"]);
    let usage = UsageForm::default().check(&code(TOKYO), today()).unwrap_err();
    assert_eq!(fields(&usage), ["line.kind", "terminals", "start", "terms_accepted", "contact"]);
    assert!(account.iter().chain(&usage).all(|mistake| !mistake.ja.is_empty() && !mistake.en.is_empty()));
}

#[test]
fn a_whole_form_has_no_mistake() {
    let usage = usage().check(&code(TOKYO), today()).unwrap();
    assert_eq!((usage.terminals, usage.start), (2, Date::constant(2027, 4, 15)));
}

#[test]
fn each_kind_of_line_asks_for_its_own_fields_and_no_others() {
    let form = |kind: &str| LineForm {
        kind: kind.into(),
        customer_id: "CAF0000000009".into(),
        ..LineForm::default()
    };
    assert!(form("ip-vpn").check(&code(TOKYO)).is_ok());
    let ipsec = form("ipsec-ike").check(&code(TOKYO)).unwrap_err();
    assert_eq!(fields(&ipsec), ["line.customer_id", "line.provider", "line.connection_id"]);
    let ipv4 = form("ip-vpn-ipv4").check(&code(TOKYO)).unwrap_err();
    assert_eq!(fields(&ipv4), ["line.customer_id", "line.carrier", "line.carrier_line_id"]);
}

#[test]
fn a_line_of_the_east_is_refused_in_the_west() {
    let form = LineForm { kind: "ip-vpn".into(), customer_id: "COP00000009".into(), ..LineForm::default() };
    assert!(form.check(&code(TOKYO)).is_ok());
    let osaka = code("2719999910");
    assert_eq!(fields(&form.check(&osaka).unwrap_err()), ["line.customer_id"]);
}

#[test]
fn a_first_day_in_the_past_and_the_terms_are_told_together() {
    let form = UsageForm { start: "2027-03-31".into(), terms_accepted: false, ..usage() };
    assert_eq!(fields(&form.check(&code(TOKYO), today()).unwrap_err()), ["start", "terms_accepted"]);
}

#[test]
fn there_is_one_certificate_for_each_terminal() {
    let form = |count| CertificatesForm { count, ..CertificatesForm::default() };
    assert_eq!(form(2).check(2, &[]), Ok(Wanted::Further(2)));
    assert_eq!(fields(&form(3).check(2, &[]).unwrap_err()), ["count"]);
    assert_eq!(fields(&form(0).check(2, &[]).unwrap_err()), ["count"]);
    let lost = CertificatesForm { count: 0, lost: "1319999916-01".into() };
    assert_eq!(lost.check(0, &["1319999916-01".into()]), Ok(Wanted::Again("1319999916-01".into())));
    assert_eq!(fields(&lost.check(0, &[]).unwrap_err()), ["lost"]);
}

#[test]
fn mail_addresses_have_a_name_and_a_host() {
    assert!(is_mail("office@clinic.example"));
    for text in [
        "",
        "office",
        "@clinic.example",
        "office@",
        "office@clinic",
        "a b@c.d",
        "a@b@c.d",
        "事務@clinic.example",
    ] {
        assert!(!is_mail(text), "{text}");
    }
}
