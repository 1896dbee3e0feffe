//! Message ids: which of them exist, which we answer, and the layout of each.
//!
//! Source: messages.md 1.1 and 2.

use crate::message::{Field, Group, Mark, Scope};
use crate::oqs::{bulk, imm, quc, visit};
use crate::refusal::Bilingual;
use crate::{tkk, yzk};

/// One of the two halves of an exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Half {
    /// What the terminal sends.
    Request,
    /// What the service answers.
    Result,
}

impl Half {
    /// Both halves.
    pub const ALL: [Self; 2] = [Self::Request, Self::Result];

    /// The half as it stands in file names: `req` or `res`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Request => "req",
            Self::Result => "res",
        }
    }
}

/// Something that can be done with any message; see [`MessageId::visit`].
pub trait Visit {
    /// What comes of it.
    type Output;

    /// Does it for the type of a message.
    fn visit<M: Group>(self) -> Self::Output;
}

macro_rules! catalogue {
    ($(
        $name:ident = $id:literal $japanese:literal $english:literal $([$mark:ident])+
            => $request:ty = $request_number:literal, $result:ty = $result_number:literal;
    )*) => {
        /// A message that the service answers.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum MessageId {
            $(
                #[doc = concat!("`", $id, "`: ", $english, " (", $japanese, ").")]
                $name,
            )*
        }

        impl MessageId {
            /// Every message that is answered.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The id as the field writes it.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $id,)* }
            }

            /// What the message is called.
            #[must_use]
            pub fn name(self) -> Bilingual {
                match self { $(Self::$name => Bilingual::fixed($japanese, $english),)* }
            }

            /// How sure we are of the id.
            #[must_use]
            pub fn marks(self) -> &'static [Mark] {
                match self { $(Self::$name => &[$(Mark::$mark),+],)* }
            }

            /// The number of the layout in the specification (messages.md 2; for some ids inferred).
            #[must_use]
            pub fn layout_number(self, half: Half) -> &'static str {
                match (self, half) {
                    $(
                        (Self::$name, Half::Request) => $request_number,
                        (Self::$name, Half::Result) => $result_number,
                    )*
                }
            }

            /// The elements below the root.
            #[must_use]
            pub fn layout(self, half: Half) -> &'static [Field] {
                match (self, half) {
                    $(
                        (Self::$name, Half::Request) => <$request as Group>::FIELDS,
                        (Self::$name, Half::Result) => <$result as Group>::FIELDS,
                    )*
                }
            }

            /// Does something with the type of the message.
            pub fn visit<V: Visit>(self, half: Half, visitor: V) -> V::Output {
                match (self, half) {
                    $(
                        (Self::$name, Half::Request) => visitor.visit::<$request>(),
                        (Self::$name, Half::Result) => visitor.visit::<$result>(),
                    )*
                }
            }
        }
    };
}

catalogue! {
    OqsSiQuc01 = "OQSsiquc01" "資格確認" "qualification confirmation" [S][C]
        => quc::Request = "OQS-IF-001", quc::Outcome = "OQS-IF-002";
    OqsSiImm01 = "OQSsiimm01" "照会番号登録" "reference number registration" [S][C]
        => imm::Request = "OQS-IF-003", imm::Outcome = "OQS-IF-004";
    OqsMuQuc01 = "OQSmuquc01" "資格確認一括照会" "bulk qualification confirmation" [C]
        => bulk::Request = "OQS-IF-005", bulk::Acceptance = "OQS-IF-006";
    OqsMuQuc02 = "OQSmuquc02" "資格確認一括照会結果ダウンロード" "bulk qualification confirmation, fetch" [C]
        => bulk::Fetch = "OQS-IF-007", bulk::Outcome = "OQS-IF-008";
    OqsMuImm01 = "OQSmuimm01" "照会番号一括登録" "bulk reference number registration" [S][C]
        => imm::BulkRequest = "OQS-IF-009", bulk::Acceptance = "OQS-IF-010";
    OqsMuImm02 = "OQSmuimm02" "照会番号一括登録結果ダウンロード" "bulk reference number registration, fetch" [C]
        => bulk::Fetch = "OQS-IF-011", imm::BulkOutcome = "OQS-IF-012";
    OqsMuTic01 = "OQSmutic01" "委託先資格情報一括取得" "medical-aid tickets of one month" [C]
        => bulk::TicketRequest = "OQS-IF-013", bulk::Acceptance = "OQS-IF-014";
    OqsMuTic02 = "OQSmutic02" "委託先資格情報一括取得結果ダウンロード" "medical-aid tickets of one month, fetch" [C]
        => bulk::Fetch = "OQS-IF-015", bulk::Outcome = "OQS-IF-016";
    OqsMuHvq01 = "OQSmuhvq01" "同意済資格情報一括取得（訪問診療等）" "consented persons, home visits" [C]
        => bulk::ConsentedRequest = "OQS-IF-017", bulk::Acceptance = "OQS-IF-018";
    OqsMuHvq02 = "OQSmuhvq02" "同意済資格情報一括取得（訪問診療等）結果ダウンロード" "consented persons, home visits, fetch" [C]
        => bulk::Fetch = "OQS-IF-019", bulk::ConsentedOutcome = "OQS-IF-020";
    OqsMuOnq01 = "OQSmuonq01" "同意済資格情報一括取得（オンライン診療等）" "consented persons, online care" [C]
        => bulk::ConsentedRequest = "OQS-IF-021", bulk::Acceptance = "OQS-IF-022";
    OqsMuOnq02 = "OQSmuonq02" "同意済資格情報一括取得（オンライン診療等）結果ダウンロード" "consented persons, online care, fetch" [C]
        => bulk::Fetch = "OQS-IF-023", bulk::ConsentedOutcome = "OQS-IF-024";
    OqsSiHvq01 = "OQSsihvq01" "資格確認（訪問診療等）" "qualification confirmation, home visits" [C]
        => visit::Request = "OQS-IF-025", visit::Outcome = "OQS-IF-026";
    OqsSiOnq01 = "OQSsionq01" "資格確認（オンライン診療等）" "qualification confirmation, online care" [C]
        => visit::Request = "OQS-IF-027", visit::Outcome = "OQS-IF-028";
    OqsSiHvd01 = "OQSsihvd01" "閲覧同意取り消し" "cancellation of a viewing consent" [C]
        => visit::CancelRequest = "OQS-IF-037", visit::CancelOutcome = "OQS-IF-038";
    YzkSiQuc01 = "YZKsiquc01" "薬剤情報（診療・手術情報）閲覧" "viewing of drugs, treatment and operations" [S][C]
        => yzk::Request = "YZK-IF-001", yzk::Outcome = "YZK-IF-002";
    TkkSiQuc01 = "TKKsiquc01" "特定健診情報閲覧" "viewing of specific health check-ups" [S][C]
        => tkk::Request = "TKK-IF-001", tkk::Outcome = "TKK-IF-002";
}

impl MessageId {
    /// Finds a message by its id, in any letter case (file names ignore case, messages.md 1.2).
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|id| id.as_str().eq_ignore_ascii_case(text))
    }

    /// The message that starts the job which this one fetches; `None` if this one fetches nothing.
    #[must_use]
    pub fn fetches(self) -> Option<Self> {
        self.as_str().strip_suffix("02").and_then(|stem| Self::parse(&format!("{stem}01")))
    }

    /// Whether it has the elements of a scope.
    #[must_use]
    pub fn includes(self, scope: Scope) -> bool {
        let function = self.as_str().get(3..8).unwrap_or_default();
        match scope {
            Scope::Everywhere => true,
            Scope::BulkCheck => function == "muquc",
            Scope::Visits => matches!(function, "muhvq" | "muonq" | "sihvq" | "sionq"),
            Scope::Online => function == "muonq",
        }
    }

    /// Whether it is about many persons at once (`mu`).
    #[must_use]
    pub fn is_bulk(self) -> bool {
        self.as_str().get(3..5) == Some("mu")
    }
}

/// A family of messages that this service recognises and declines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Foreign {
    /// With what their ids begin.
    pub prefix: &'static str,
    /// What they belong to.
    pub name: Bilingual,
}

/// Families outside (messages.md 2.2 and 2.3): their ids are known, their layouts aren't, or they are out of scope.
const FOREIGN: &[Foreign] = &[
    foreign_family("OQSsiurl", "医療機関アクセスURL取得", "access URL of an institution"),
    foreign_family("OQSsiinq", "医療機関環境設定情報照会", "inquiry of an institution's settings"),
    foreign_family("OQSsiupd", "医療機関環境設定情報更新", "update of an institution's settings"),
    foreign_family("EPS", "電子処方箋", "e-prescription"),
    foreign_family("CIS", "電子カルテ情報共有サービス", "EMR sharing"),
    foreign_family("CIP", "電子カルテ情報共有サービス", "EMR sharing"),
    foreign_family("EMS", "救急時医療情報閲覧", "emergency viewing"),
    foreign_family(
        "PMH",
        "Public Medical Hub（医療費助成・予防接種・母子保健・介護保険）",
        "Public Medical Hub",
    ),
];

const fn foreign_family(prefix: &'static str, ja: &'static str, en: &'static str) -> Foreign {
    Foreign { prefix, name: Bilingual::fixed(ja, en) }
}

/// The family outside that an id belongs to, in any letter case; `None` if nobody knows it.
#[must_use]
pub fn foreign(id: &str) -> Option<&'static Foreign> {
    FOREIGN.iter().find(|family| {
        id.get(..family.prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(family.prefix))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_id_is_found_in_any_letter_case() {
        for id in MessageId::ALL {
            assert_eq!(MessageId::parse(&id.as_str().to_uppercase()), Some(*id));
            assert_eq!(foreign(id.as_str()), None);
        }
        assert_eq!(MessageId::parse("OQSsiquc02"), None);
    }

    #[test]
    fn a_fetching_message_leads_to_the_one_that_started_its_job() {
        assert_eq!(MessageId::OqsMuHvq02.fetches(), Some(MessageId::OqsMuHvq01));
        assert_eq!(MessageId::OqsMuHvq01.fetches(), None);
        let fetching = MessageId::ALL.iter().filter(|id| id.fetches().is_some());
        assert_eq!(fetching.count(), 5);
        assert!(MessageId::OqsMuTic01.is_bulk() && !MessageId::YzkSiQuc01.is_bulk());
    }

    #[test]
    fn families_outside_are_known_by_name() {
        for (id, english) in [
            ("EPSsiDMP01", "e-prescription"),
            ("epssipir06", "e-prescription"),
            ("CIPsiquc01", "EMR sharing"),
            ("OQSsiurl01", "access URL of an institution"),
            ("PMHsimsm01", "Public Medical Hub"),
        ] {
            assert_eq!(foreign(id).expect(id).name.en, english);
        }
        assert_eq!(foreign("OQSsixyz01"), None);
        assert_eq!(foreign("電子"), None);
    }
}
