//! Application for certificates.

use messages::refusal::Bilingual;
use serde::{Deserialize, Serialize};

use super::{Mistake, count};

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
