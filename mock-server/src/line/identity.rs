//! What identifies a line: its kind decides (access.md 1).

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// Customer ID of an IP-VPN line (お客さまID): `CAF` and 10 digits, or `COP` and 8 digits.
///
/// Source: access.md 1.1, \[S].
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct CustomerId(Arc<str>);

/// A text that is no customer ID.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{sent:?} is no customer ID; expected CAF and 10 digits, or COP and 8 digits")]
pub struct CustomerIdError {
    /// The text.
    pub sent: String,
}

impl CustomerId {
    /// Whether only NTT East gives out IDs of this form (`COP`).
    #[must_use]
    pub fn is_of_the_east(&self) -> bool {
        self.0.starts_with("COP")
    }
}

impl FromStr for CustomerId {
    type Err = CustomerIdError;

    fn from_str(text: &str) -> Result<Self, CustomerIdError> {
        let digits = |prefix, length| {
            text.strip_prefix(prefix)
                .is_some_and(|rest: &str| rest.len() == length && rest.bytes().all(|b| b.is_ascii_digit()))
        };
        if digits("CAF", 10) || digits("COP", 8) {
            Ok(Self(text.into()))
        } else {
            Err(CustomerIdError { sent: text.chars().take(80).collect() })
        }
    }
}

impl TryFrom<String> for CustomerId {
    type Error = CustomerIdError;

    fn try_from(text: String) -> Result<Self, CustomerIdError> {
        text.parse()
    }
}

impl fmt::Display for CustomerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A name that a carrier or a VPN provider gives: 1 to 60 characters without control characters, `:` and `/`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct GivenName(Arc<str>);

/// A text that cannot name a carrier, a provider or a connection.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{sent:?} is no name of a carrier, provider or connection; expected 1 to 60 characters without `:` and `/`"
)]
pub struct GivenNameError {
    /// The text.
    pub sent: String,
}

impl FromStr for GivenName {
    type Err = GivenNameError;

    fn from_str(text: &str) -> Result<Self, GivenNameError> {
        let trimmed = text.trim() == text;
        let fits = (1..=60).contains(&text.chars().count());
        if trimmed && fits && !text.chars().any(|c| c.is_control() || c == ':' || c == '/') {
            Ok(Self(text.into()))
        } else {
            Err(GivenNameError { sent: text.chars().take(80).collect() })
        }
    }
}

impl TryFrom<String> for GivenName {
    type Error = GivenNameError;

    fn try_from(text: String) -> Result<Self, GivenNameError> {
        text.parse()
    }
}

impl fmt::Display for GivenName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A line, by what identifies it in the network. In JSON the members tell the kind.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Line {
    /// IP-VPN over NGN (フレッツ 光ネクスト, IPv6 IPoE): by customer ID.
    Ngn {
        /// お客さまID.
        customer_id: CustomerId,
    },
    /// IP-VPN【IPv4】 of another carrier: by the carrier's own id.
    Ipv4 {
        /// The carrier.
        carrier: GivenName,
        /// The carrier's id of the line.
        line_id: GivenName,
    },
    /// IPsec+IKE over the Internet: by the VPN provider's connection; there is no customer ID.
    Ipsec {
        /// The provider.
        provider: GivenName,
        /// The provider's id of the connection.
        connection_id: GivenName,
    },
}

/// The kinds of lines (電気通信回線種別).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LineKind {
    /// IP-VPN接続（回線認証）.
    IpVpn,
    /// IP-VPN接続【IPv4】.
    IpVpnIpv4,
    /// IPsec+IKE.
    IpsecIke,
}

impl LineKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::IpVpn, Self::IpVpnIpv4, Self::IpsecIke];
}

/// A text that names no line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{sent:?} names no line; expected a customer ID (CAF and 10 digits, COP and 8), `ipv4:CARRIER:LINE` or `ipsec:PROVIDER:CONNECTION`"
)]
pub struct LineError {
    /// The text.
    pub sent: String,
}

impl Line {
    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> LineKind {
        match self {
            Self::Ngn { .. } => LineKind::IpVpn,
            Self::Ipv4 { .. } => LineKind::IpVpnIpv4,
            Self::Ipsec { .. } => LineKind::IpsecIke,
        }
    }
}

impl From<CustomerId> for Line {
    fn from(customer_id: CustomerId) -> Self {
        Self::Ngn { customer_id }
    }
}

/// Written as a customer ID, as `ipv4:CARRIER:LINE` or as `ipsec:PROVIDER:CONNECTION`.
impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ngn { customer_id } => customer_id.fmt(f),
            Self::Ipv4 { carrier, line_id } => write!(f, "ipv4:{carrier}:{line_id}"),
            Self::Ipsec { provider, connection_id } => write!(f, "ipsec:{provider}:{connection_id}"),
        }
    }
}

impl FromStr for Line {
    type Err = LineError;

    fn from_str(text: &str) -> Result<Self, LineError> {
        let line = match text.splitn(3, ':').collect::<Vec<_>>()[..] {
            ["ipv4", carrier, line_id] => {
                carrier.parse().and_then(|carrier| Ok(Self::Ipv4 { carrier, line_id: line_id.parse()? })).ok()
            }
            ["ipsec", provider, connection_id] => provider
                .parse()
                .and_then(|provider| Ok(Self::Ipsec { provider, connection_id: connection_id.parse()? }))
                .ok(),
            _ => text.parse().ok().map(|customer_id| Self::Ngn { customer_id }),
        };
        line.ok_or_else(|| LineError { sent: text.chars().take(80).collect() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_customer_id_has_the_form_of_east_or_west() {
        for id in ["CAF0123456789", "COP01234567"] {
            assert_eq!(id.parse::<CustomerId>().unwrap().to_string(), id);
        }
        for id in [
            "",
            "CAF012345678",
            "CAF01234567890",
            "COP0123456789",
            "caf0123456789",
            "CAF０１２３４５６７８９",
            "XYZ0123456789",
        ] {
            assert!(id.parse::<CustomerId>().is_err(), "{id}");
        }
    }

    #[test]
    fn a_line_is_written_and_read_alike_as_text_and_as_json() {
        let kinds = [LineKind::IpVpn, LineKind::IpVpn, LineKind::IpVpnIpv4, LineKind::IpsecIke];
        let texts =
            ["CAF0123456789", "COP01234567", "ipv4:QTnet:L-1", "ipsec:ノーザ オンデマンドアダプター:77"];
        for (text, kind) in texts.into_iter().zip(kinds) {
            let line: Line = text.parse().unwrap();
            assert_eq!((line.to_string().as_str(), line.kind()), (text, kind));
            let json = serde_json::to_string(&line).unwrap();
            assert_eq!(serde_json::from_str::<Line>(&json).unwrap(), line, "{json}");
        }
        for text in ["", "ipv4:QTnet", "ipv4::1", "ipsec:a:", "isdn:a:b", "ipv4:a:b/c", "ipsec:a:b:c", "CAF1"]
        {
            assert!(text.parse::<Line>().is_err(), "{text}");
        }
    }
}
