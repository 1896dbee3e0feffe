//! What applicants write into the portal's forms, and every mistake in it at once.
//!
//! The fields are those that vendors' guides list (access.md 2, \[S]); their labels and order are not public.

use jiff::civil::Date;
use messages::refusal::Bilingual;
use messages::value::{InstitutionCode, OrganizationName, Value};
use serde::{Deserialize, Serialize};

use crate::line::{CustomerId, Line, region};

/// Most terminals of one application.
const MOST_TERMINALS: i64 = 99;
/// Most characters of a text that only people read.
const MOST_CHARACTERS: usize = 100;

/// A mistake in one field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Mistake {
    /// The field, as it is written in the form; parts joined by a point.
    pub field: &'static str,
    /// What is wrong, in Japanese.
    pub ja: String,
    /// What is wrong, in English.
    pub en: String,
}

impl Mistake {
    /// A mistake with its text.
    #[must_use]
    pub fn new(field: &'static str, text: Bilingual) -> Self {
        Self { field, ja: text.ja.into_owned(), en: text.en.into_owned() }
    }

    fn fixed(field: &'static str, ja: &'static str, en: &'static str) -> Self {
        Self::new(field, Bilingual::fixed(ja, en))
    }
}

/// Registration of an account (アカウント登録).
#[derive(Debug, Clone, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AccountForm {
    /// Medical institution code (医療機関コード), ten digits.
    pub institution: String,
    /// Name of the institution.
    pub institution_name: String,
    /// Mail address; nothing is ever sent to it.
    pub mail: String,
}

/// A checked [`AccountForm`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applicant {
    /// The institution.
    pub institution: InstitutionCode,
    /// Its name.
    pub name: OrganizationName,
    /// Mail address.
    pub mail: String,
}

impl AccountForm {
    /// Checks every field.
    ///
    /// # Errors
    /// Every mistake, in the order of the fields.
    pub fn check(&self) -> Result<Applicant, Vec<Mistake>> {
        let mut mistakes = Vec::new();
        let institution = value::<InstitutionCode>("institution", &self.institution, &mut mistakes);
        let name = value::<OrganizationName>("institution_name", &self.institution_name, &mut mistakes);
        if !is_mail(&self.mail) {
            mistakes.push(Mistake::fixed(
                "mail",
                "メールアドレスの形式ではありません",
                "this is no mail address; expected name@host",
            ));
        }
        match (institution, name) {
            (Some(institution), Some(name)) if mistakes.is_empty() => {
                Ok(Applicant { institution, name, mail: self.mail.clone() })
            }
            _ => Err(mistakes),
        }
    }
}

/// The line of an application: what is asked for depends on its kind (電気通信回線種別).
#[derive(Debug, Clone, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LineForm {
    /// `ip-vpn` (IP-VPN接続), `ip-vpn-ipv4` (IP-VPN接続【IPv4】) or `ipsec-ike` (IPsec+IKE).
    pub kind: String,
    /// Customer ID (お客さまID) of an IP-VPN line.
    pub customer_id: String,
    /// Carrier of an IP-VPN【IPv4】 line.
    pub carrier: String,
    /// The carrier's line ID.
    pub carrier_line_id: String,
    /// Provider of an IPsec+IKE connection.
    pub provider: String,
    /// The provider's connection ID.
    pub connection_id: String,
}

impl LineForm {
    /// The form as somebody would fill it in for a line.
    #[must_use]
    pub fn of(line: &Line) -> Self {
        let empty = Self::default();
        match line {
            Line::Ngn { customer_id } => {
                Self { kind: "ip-vpn".to_owned(), customer_id: customer_id.to_string(), ..empty }
            }
            Line::Ipv4 { carrier, line_id } => Self {
                kind: "ip-vpn-ipv4".to_owned(),
                carrier: carrier.to_string(),
                carrier_line_id: line_id.to_string(),
                ..empty
            },
            Line::Ipsec { provider, connection_id } => Self {
                kind: "ipsec-ike".to_owned(),
                provider: provider.to_string(),
                connection_id: connection_id.to_string(),
                ..empty
            },
        }
    }
}

/// What a kind of line asks for, and what it must leave empty.
const LINE_FIELDS: [(&str, &[&str]); 3] = [
    ("ip-vpn", &["line.customer_id"]),
    ("ip-vpn-ipv4", &["line.carrier", "line.carrier_line_id"]),
    ("ipsec-ike", &["line.provider", "line.connection_id"]),
];

impl LineForm {
    fn fields(&self) -> [(&'static str, &str); 5] {
        [
            ("line.customer_id", &self.customer_id),
            ("line.carrier", &self.carrier),
            ("line.carrier_line_id", &self.carrier_line_id),
            ("line.provider", &self.provider),
            ("line.connection_id", &self.connection_id),
        ]
    }

    /// Checks every field, for the institution that applies.
    ///
    /// # Errors
    /// Every mistake.
    pub fn check(&self, institution: &InstitutionCode) -> Result<Line, Vec<Mistake>> {
        let Some((_, wanted)) = LINE_FIELDS.iter().find(|(kind, _)| *kind == self.kind) else {
            return Err(vec![Mistake::fixed(
                "line.kind",
                "電気通信回線種別は ip-vpn、ip-vpn-ipv4、ipsec-ike のいずれかです",
                "the kind of line is one of ip-vpn, ip-vpn-ipv4, ipsec-ike",
            )]);
        };
        let mut mistakes = Vec::new();
        for (field, text) in self.fields() {
            match (wanted.contains(&field), text.trim().is_empty()) {
                (true, true) => {
                    mistakes.push(Mistake::fixed(field, "入力してください", "this field is required"))
                }
                (false, false) => mistakes.push(Mistake::new(
                    field,
                    Bilingual::made(
                        format!("回線種別 {} では入力しません", self.kind),
                        format!("a line of kind {} has no such field", self.kind),
                    ),
                )),
                (true, false) | (false, true) => {}
            }
        }
        if !mistakes.is_empty() {
            return Err(mistakes);
        }
        let line = self.line(&mut mistakes);
        match line {
            Some(line) if region::check(&line, institution).is_ok() => Ok(line),
            Some(_) => Err(vec![Mistake::fixed(
                "line.customer_id",
                "COP で始まるお客さまIDはNTT東日本の17都道県だけのものです",
                "customer IDs that begin with COP exist in the 17 prefectures of NTT East only",
            )]),
            None => Err(mistakes),
        }
    }

    fn line(&self, mistakes: &mut Vec<Mistake>) -> Option<Line> {
        let mut named = |field, text: &str| match text.parse() {
            Ok(name) => Some(name),
            Err(_) => {
                mistakes.push(Mistake::fixed(
                    field,
                    "60文字以内で、:と/を含めずに入力してください",
                    "expected at most 60 characters without : and /",
                ));
                None
            }
        };
        match self.kind.as_str() {
            "ip-vpn-ipv4" => {
                let carrier = named("line.carrier", &self.carrier);
                let line_id = named("line.carrier_line_id", &self.carrier_line_id);
                Some(Line::Ipv4 { carrier: carrier?, line_id: line_id? })
            }
            "ipsec-ike" => {
                let provider = named("line.provider", &self.provider);
                let connection_id = named("line.connection_id", &self.connection_id);
                Some(Line::Ipsec { provider: provider?, connection_id: connection_id? })
            }
            _ => match self.customer_id.parse::<CustomerId>() {
                Ok(customer_id) => Some(customer_id.into()),
                Err(_) => {
                    mistakes.push(Mistake::fixed(
                        "line.customer_id",
                        "お客さまIDはCAFと10桁の数字、またはCOPと8桁の数字です（半角）",
                        "a customer ID is CAF and 10 digits, or COP and 8 digits, in half width",
                    ));
                    None
                }
            },
        }
    }
}

/// Application for use (オンライン資格確認利用申請).
#[derive(Debug, Clone, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct UsageForm {
    /// The line.
    pub line: LineForm,
    /// Number of terminals (資格確認端末の台数), 1 to 99.
    pub terminals: i64,
    /// First day of use, `2027-04-01`.
    pub start: String,
    /// Whether the terms (利用規約) are accepted.
    pub terms_accepted: bool,
    /// Who may be asked: name or telephone number, at most 100 characters.
    pub contact: String,
    /// Whether the line is applied for online claims (オンライン請求) as well; it is a separate application there.
    pub claims: bool,
    /// Whether every step follows at once instead of after days of the world's time.
    pub at_once: bool,
}

/// A checked [`UsageForm`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Usage {
    /// The line.
    pub line: Line,
    /// Number of terminals.
    pub terminals: u8,
    /// First day of use.
    pub start: Date,
    /// Contact.
    pub contact: String,
    /// Also for claims.
    pub claims: bool,
    /// Every step at once.
    pub at_once: bool,
}

impl UsageForm {
    /// Checks every field, for an institution and the day of the application.
    ///
    /// # Errors
    /// Every mistake, in the order of the fields.
    pub fn check(&self, institution: &InstitutionCode, today: Date) -> Result<Usage, Vec<Mistake>> {
        let mut mistakes = Vec::new();
        let line = self.line.check(institution).map_err(|wrong| mistakes.extend(wrong)).ok();
        let terminals = count("terminals", self.terminals, &mut mistakes);
        let start = start(&self.start, today).map_err(|wrong| mistakes.push(wrong)).ok();
        if !self.terms_accepted {
            mistakes.push(Mistake::fixed(
                "terms_accepted",
                "利用規約への同意が必要です",
                "the terms have to be accepted",
            ));
        }
        if self.contact.trim().is_empty() || self.contact.chars().count() > MOST_CHARACTERS {
            mistakes.push(Mistake::fixed(
                "contact",
                "連絡先を100文字以内で入力してください",
                "name a contact in at most 100 characters",
            ));
        }
        match (line, terminals, start) {
            (Some(line), Some(terminals), Some(start)) if mistakes.is_empty() => Ok(Usage {
                line,
                terminals,
                start,
                contact: self.contact.clone(),
                claims: self.claims,
                at_once: self.at_once,
            }),
            _ => Err(mistakes),
        }
    }
}

/// Application for certificates (電子証明書発行申請).
#[derive(Debug, Clone, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CertificatesForm {
    /// Number of certificates: one for each terminal that has none.
    pub count: i64,
    /// Terminal whose certificate was lost, `1319999916-01`: it is revoked, and one is issued anew.
    pub lost: String,
}

/// A checked [`CertificatesForm`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// So many further terminals.
    Further(u8),
    /// One anew for a terminal.
    Again(String),
}

impl CertificatesForm {
    /// Checks every field; `free` terminals of the application have no certificate yet, `certified` ones do.
    ///
    /// # Errors
    /// Every mistake.
    pub fn check(&self, free: u8, certified: &[String]) -> Result<Wanted, Vec<Mistake>> {
        if !self.lost.is_empty() {
            return if self.count != 0 {
                Err(vec![Mistake::fixed("count", "再発行では入力しません", "a reissue has no count")])
            } else if certified.contains(&self.lost) {
                Ok(Wanted::Again(self.lost.clone()))
            } else {
                let known = certified.join(", ");
                Err(vec![Mistake::new(
                    "lost",
                    Bilingual::made(
                        format!("この端末の証明書はありません（発行済み: {known}）"),
                        format!("this terminal has no certificate; there are: {known}"),
                    ),
                )])
            };
        }
        let mut mistakes = Vec::new();
        match count("count", self.count, &mut mistakes) {
            Some(count) if count <= free => Ok(Wanted::Further(count)),
            Some(_) => Err(vec![Mistake::new(
                "count",
                Bilingual::made(
                    format!("証明書は端末1台に1枚です（申請できる残り: {free}）"),
                    format!("one certificate per terminal; {free} more can be applied for"),
                ),
            )]),
            None => Err(mistakes),
        }
    }
}

/// Reads a number of terminals.
pub(super) fn count(field: &'static str, written: i64, mistakes: &mut Vec<Mistake>) -> Option<u8> {
    let count = u8::try_from(written).ok().filter(|count| (1..=MOST_TERMINALS).contains(&i64::from(*count)));
    if count.is_none() {
        mistakes.push(Mistake::fixed(
            field,
            "1から99までの数を入力してください",
            "expected a number from 1 to 99",
        ));
    }
    count
}

fn start(written: &str, today: Date) -> Result<Date, Mistake> {
    let date: Date = written.parse().map_err(|_| {
        Mistake::fixed("start", "日付の形式は 2027-04-01 です", "expected a date as 2027-04-01")
    })?;
    if date < today {
        return Err(Mistake::fixed(
            "start",
            "利用開始日は申請日以降の日付です",
            "the first day of use cannot lie before the day of the application",
        ));
    }
    Ok(date)
}

fn value<V: Value>(field: &'static str, written: &str, mistakes: &mut Vec<Mistake>) -> Option<V> {
    if written.trim().is_empty() {
        mistakes.push(Mistake::fixed(field, "入力してください", "this field is required"));
        return None;
    }
    match V::read(written) {
        Ok(value) => Some(value),
        Err(fault) => {
            let (meaning, expected) = (fault.label.meaning(), V::KIND.format());
            mistakes.push(Mistake::new(
                field,
                Bilingual::made(
                    format!("{}（正しい形式: {}）", meaning.ja, expected.ja),
                    format!("{}; expected {}", meaning.en, expected.en),
                ),
            ));
            None
        }
    }
}

fn is_mail(text: &str) -> bool {
    let visible = text.len() <= MOST_CHARACTERS && text.bytes().all(|byte| byte.is_ascii_graphic());
    visible
        && text.split_once('@').is_some_and(|(name, host)| {
            !name.is_empty()
                && host.contains('.')
                && !host.starts_with('.')
                && !host.ends_with('.')
                && !host.contains('@')
        })
}

#[cfg(test)]
mod tests {
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
            line: LineForm {
                kind: "ip-vpn".into(),
                customer_id: "CAF0000000009".into(),
                ..LineForm::default()
            },
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
        let form =
            LineForm { kind: "ip-vpn".into(), customer_id: "COP00000009".into(), ..LineForm::default() };
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
}
