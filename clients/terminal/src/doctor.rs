//! What stands in a terminal's way: its folders and rights, its certificate, line, clock and service. Changes nothing.

mod folders;

use std::time::Duration;

use messages::{
    channel::WorldTime,
    refusal::{Bilingual, Refusal, Step},
};
use serde::Serialize;

use crate::{
    Folders, Identity, ServiceUrl,
    carry::Courier,
    clock::{machine_now, rfc3339},
};

/// How long the service is waited for.
const PATIENCE: Duration = Duration::from_secs(15);
/// A difference of clocks that is worth a word.
const ODD_SECONDS: u64 = 300;

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// As it should be.
    Fine,
    /// Works, but may surprise.
    Odd,
    /// Must be mended.
    Broken,
    /// The service can't be reached.
    Unreachable,
}

/// One check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What was looked at: `folder req`, `certificate`, `service`, `line`, `clock` …
    pub name: &'static str,
    /// How it ended.
    pub state: State,
    /// What was found.
    pub found: Bilingual,
    /// What to do; empty if nothing is.
    pub mend: Bilingual,
}

impl Check {
    fn fine(name: &'static str, found: Bilingual) -> Self {
        Self { name, state: State::Fine, found, mend: Bilingual::NOTHING }
    }

    fn odd(name: &'static str, found: Bilingual, mend: Bilingual) -> Self {
        Self { name, state: State::Odd, found, mend }
    }

    fn broken(name: &'static str, found: Bilingual, mend: Bilingual) -> Self {
        Self { name, state: State::Broken, found, mend }
    }
}

/// Looks at everything; one check each, in the order in which they are to be mended.
pub async fn examine(
    folders: &Folders,
    service: ServiceUrl,
    identity: &Identity,
    ca_pem: &[u8],
) -> Vec<Check> {
    let mut checks = folders::look_at(folders);
    let courier = match Courier::calling(service, identity, ca_pem) {
        Ok(courier) => courier,
        Err(error) => {
            let found = both(format!("証明書を読み込めません（{error}）。"), error.to_string());
            checks.push(Check::broken("certificate", found, mend_certificate()));
            return checks;
        }
    };
    checks.push(Check::fine(
        "certificate files",
        Bilingual::fixed(
            "証明書と秘密鍵を読み込めます。",
            "certificate and key can be read and belong together",
        ),
    ));
    checks.extend(ask(&courier).await);
    checks
}

/// Service, line, certificate and clock: whatever the gate says.
async fn ask(courier: &Courier) -> Vec<Check> {
    let (status, body) = match courier.call(None, PATIENCE).await {
        Ok(answer) => answer,
        Err(error) => {
            return vec![Check {
                name: "service",
                state: State::Unreachable,
                found: both(
                    format!("サービスに接続できません（{error}）。"),
                    format!("no connection to the service ({error})"),
                ),
                mend: Bilingual::fixed(
                    "サービスの稼働、接続先（--service）、認証局の証明書（--ca）、回線を確認してください。",
                    "check that the service runs, its address (--service), the authority (--ca) and the line",
                ),
            }];
        }
    };
    let reached = Check::fine(
        "service",
        Bilingual::fixed(
            "サービスに接続でき、サーバー証明書を確認しました。",
            "the service is reached and its certificate trusted",
        ),
    );
    if let Ok(refusal) = serde_json::from_slice::<Refusal>(&body) {
        return vec![reached, refused(refusal)];
    }
    let admitted = Check::fine(
        "line and certificate",
        Bilingual::fixed("回線認証と端末認証を通過しました。", "line and certificate are admitted"),
    );
    let time = serde_json::from_slice::<WorldTime>(&body);
    match time {
        Ok(time) if status == 200 => vec![reached, admitted, clock(&time)],
        Ok(_) | Err(_) => vec![
            reached,
            Check {
                name: "channel",
                state: State::Odd,
                found: both(
                    format!("サービスは端末チャネルに応答しません（HTTP {status}）。"),
                    format!("the service doesn't know the terminal's channel (HTTP {status})"),
                ),
                mend: Bilingual::fixed(
                    "接続先がこの版の onshi-mock か確認してください。",
                    "check that the service is onshi-mock of this version",
                ),
            },
        ],
    }
}

fn refused(refusal: Refusal) -> Check {
    let Refusal { label, step, reason, mend, .. } = refusal;
    let name = match step {
        Step::Line => "line",
        Step::Certificate => "certificate",
        Step::Request | Step::Service => "service",
    };
    Check::broken(name, both(format!("{label} {}", reason.ja), format!("{label} {}", reason.en)), mend)
}

fn clock(time: &WorldTime) -> Check {
    let off = time.now.duration_since(machine_now()).unsigned_abs().as_secs();
    let now = rfc3339(time.now);
    if off < ODD_SECONDS {
        return Check::fine(
            "clock",
            both(format!("時計は一致しています（{now}）。"), format!("the clocks agree ({now})")),
        );
    }
    Check {
        name: "clock",
        state: State::Odd,
        found: both(
            format!("ワールドの時計（{now}）は端末と {off} 秒異なります。"),
            format!("the world's clock ({now}) differs from this machine's by {off} seconds"),
        ),
        mend: Bilingual::fixed(
            "意図したものであれば問題ありません。回答の日付と滞留時間はワールドの時計に従います。",
            "fine if it is meant so: dates of answers and their stay time follow the world's clock",
        ),
    }
}

fn mend_certificate() -> Bilingual {
    Bilingual::fixed(
        "証明書（--certificate）と秘密鍵（--key、PKCS#8）、認証局（--ca）のファイルを確認してください。",
        "check the files of certificate (--certificate), key (--key, PKCS#8) and authority (--ca)",
    )
}

fn both(ja: String, en: String) -> Bilingual {
    Bilingual::made(ja, en)
}
