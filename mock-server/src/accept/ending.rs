//! How a connection ends that never becomes a request.

use messages::refusal::Bilingual;

use crate::tls::Alert;

/// How a connection ended that never became a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// We reset it below TLS.
    Reset,
    /// We answered without TLS, to say what is wrong.
    Explained,
    /// We reset it after the handshake, or instead of an answer.
    Cut,
    /// We ended the handshake with an alert.
    Alerted(Alert),
    /// The client ended the handshake with an alert.
    AlertedByClient(Alert),
    /// The client closed it, or let the time run out.
    Closed,
}

impl Ending {
    /// The ending in both languages.
    #[must_use]
    pub fn text(self) -> Bilingual {
        let both = Bilingual::made;
        match self {
            Self::Reset => Bilingual::fixed(
                "TLSの前に接続をリセットしました",
                "ended: the connection was reset before TLS",
            ),
            Self::Explained => {
                Bilingual::fixed("TLSなしで理由を応答しました", "ended: the reason was answered without TLS")
            }
            Self::Cut => Bilingual::fixed(
                "応答せずに接続をリセットしました",
                "ended: the connection was reset without an answer",
            ),
            Self::Alerted(alert) => both(
                format!("TLSアラート {alert} でハンドシェイクを終了しました"),
                format!("ended: the handshake was ended with TLS alert {alert}"),
            ),
            Self::AlertedByClient(alert) => both(
                format!("クライアントがTLSアラート {alert} を送りました"),
                format!("ended: the client sent TLS alert {alert}"),
            ),
            Self::Closed => {
                Bilingual::fixed("接続はハンドシェイク中に閉じました", "ended: closed during the handshake")
            }
        }
    }
}
