//! The line in a form.

use messages::refusal::Bilingual;
use messages::value::InstitutionCode;
use serde::{Deserialize, Serialize};

use super::Mistake;
use crate::line::{CustomerId, Line, region};

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
