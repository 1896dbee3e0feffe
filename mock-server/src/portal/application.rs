//! An application for use, and where it stands at a time.
//!
//! Nothing waits in the background: an application says when it was made, the dialect how long each step takes, and
//! the world's clock which steps are over.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use messages::dialect::Portal as Rules;
use messages::refusal::Bilingual;
use messages::value::{InstitutionCode, OrganizationName};
use serde::{Deserialize, Serialize};

use super::form::Usage;
use crate::clock::JAPAN;
use crate::line::{Line, LineKind};
use crate::registered::{LineState, Purposes, Registration, Standing};

/// An account of the portal (アカウント登録): whoever applies for an institution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PortalAccount {
    /// Its id: `p1`, `p2`, …
    pub id: String,
    /// The institution.
    pub institution: InstitutionCode,
    /// Its name.
    pub name: OrganizationName,
    /// Mail address.
    pub mail: String,
    /// When it was registered.
    pub at: Timestamp,
}

/// An application for use (オンライン資格確認利用申請).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Application {
    /// Its number, from 1.
    pub number: u32,
    /// The account that applied.
    pub account: String,
    /// The institution.
    pub institution: InstitutionCode,
    /// The line.
    pub line: Line,
    /// Number of terminals.
    pub terminals: u8,
    /// First day of use.
    pub start: Date,
    /// Contact.
    pub contact: String,
    /// Also for online claims.
    pub claims: bool,
    /// Every step at once.
    pub at_once: bool,
    /// When it was made.
    pub at: Timestamp,
    /// When its present line was applied for: later than [`Self::at`] after a change.
    pub line_at: Timestamp,
}

impl Application {
    /// The application that follows from a checked form.
    #[must_use]
    pub fn of(number: u32, account: &PortalAccount, usage: Usage, at: Timestamp) -> Self {
        let Usage { line, terminals, start, contact, claims, at_once } = usage;
        let (account, institution) = (account.id.clone(), account.institution.clone());
        Self {
            number,
            account,
            institution,
            line,
            terminals,
            start,
            contact,
            claims,
            at_once,
            at,
            line_at: at,
        }
    }

    /// When the line's carrier has confirmed the line.
    #[must_use]
    pub fn confirmed(&self, rules: &Rules) -> Timestamp {
        self.after(self.line_at, self.confirmation_days(rules))
    }

    /// When the master account's notice can be downloaded; a change of the line does not call it back.
    #[must_use]
    pub fn noticed(&self, rules: &Rules) -> Timestamp {
        self.after(self.accepted(rules), rules.account_notice_days.value)
    }

    /// When certificates that were applied for at a time can be downloaded.
    #[must_use]
    pub fn certified(&self, applied: Timestamp, rules: &Rules) -> Timestamp {
        self.after(applied.max(self.accepted(rules)), rules.certificate_notice_days.value)
    }

    /// When the application itself was accepted.
    fn accepted(&self, rules: &Rules) -> Timestamp {
        self.after(self.at, self.confirmation_days(rules))
    }

    /// Only a customer ID has to be checked with NTT (access.md 2, step 5).
    fn confirmation_days(&self, rules: &Rules) -> u16 {
        if self.line.kind() == LineKind::IpVpn { rules.confirmation_days.value } else { 0 }
    }

    /// When use begins.
    #[must_use]
    pub fn started(&self, rules: &Rules) -> Timestamp {
        let midnight =
            TimeZone::fixed(JAPAN).to_timestamp(self.start.at(0, 0, 0, 0)).unwrap_or(Timestamp::MAX);
        midnight.max(self.confirmed(rules))
    }

    /// What the registry of lines says from the application on (access.md 2).
    #[must_use]
    pub fn registration(&self, rules: &Rules) -> Registration {
        let standing = |state, from| Standing { state, from };
        Registration {
            line: self.line.clone(),
            institution: self.institution.clone(),
            purposes: if self.claims { Purposes::Both } else { Purposes::Qualification },
            standings: vec![
                standing(LineState::Applied, self.line_at),
                standing(LineState::Confirmed, self.confirmed(rules)),
                standing(LineState::Active, self.started(rules)),
            ],
        }
    }

    fn after(&self, at: Timestamp, days: u16) -> Timestamp {
        let days = if self.at_once { 0 } else { days };
        at.saturating_add(SignedDuration::from_hours(24 * i64::from(days))).unwrap_or(Timestamp::MAX)
    }
}

/// A step on the way of an application.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// The application has arrived.
    Applied,
    /// The line is confirmed.
    LineConfirmed,
    /// The master account's notice (マスタアカウント通知) can be downloaded.
    AccountNotice,
    /// The notice of a certificate (電子証明書発行通知書) can be downloaded.
    CertificateNotice,
    /// Use begins.
    Started,
    /// Use has ended.
    Cancelled,
}

impl Step {
    /// The step in both languages.
    #[must_use]
    pub fn text(self) -> Bilingual {
        match self {
            Self::Applied => Bilingual::fixed("利用申請を受け付けました", "the application has arrived"),
            Self::LineConfirmed => Bilingual::fixed("回線の確認が済みました", "the line is confirmed"),
            Self::AccountNotice => Bilingual::fixed(
                "マスタアカウント通知をダウンロードできます",
                "the master account's notice can be downloaded",
            ),
            Self::CertificateNotice => Bilingual::fixed(
                "電子証明書発行通知書をダウンロードできます",
                "the certificate's notice can be downloaded",
            ),
            Self::Started => Bilingual::fixed("利用開始日です", "use begins"),
            Self::Cancelled => Bilingual::fixed("利用を終了しました", "use has ended"),
        }
    }
}

/// A step and its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stage {
    /// The step.
    pub step: Step,
    /// When it is, or was, reached.
    pub at: Timestamp,
}

/// Every step of an application in the order of time: those before the world's time are over.
#[must_use]
pub fn stages(
    application: &Application,
    certificates: &[Timestamp],
    cancelled: Option<Timestamp>,
    rules: &Rules,
) -> Vec<Stage> {
    let mut stages = vec![
        Stage { step: Step::Applied, at: application.at },
        Stage { step: Step::LineConfirmed, at: application.confirmed(rules) },
        Stage { step: Step::AccountNotice, at: application.noticed(rules) },
    ];
    let notice = |applied: &Timestamp| application.certified(*applied, rules);
    stages.extend(certificates.iter().map(|at| Stage { step: Step::CertificateNotice, at: notice(at) }));
    stages.push(Stage { step: Step::Started, at: application.started(rules) });
    stages.extend(cancelled.map(|at| Stage { step: Step::Cancelled, at }));
    // What lies behind the end never happens.
    stages.retain(|stage| cancelled.is_none_or(|end| stage.at <= end));
    stages.sort_by_key(|stage| stage.at);
    stages
}

#[cfg(test)]
mod tests {
    use messages::dialect::Dialect;

    use super::*;

    fn application(line: Line, at_once: bool) -> Application {
        Application {
            number: 1,
            account: "p1".into(),
            institution: "1319999916".parse().unwrap(),
            line,
            terminals: 1,
            start: Date::constant(2027, 4, 15),
            contact: "事務長".into(),
            claims: false,
            at_once,
            at: "2027-04-01T00:00:00Z".parse().unwrap(),
            line_at: "2027-04-01T00:00:00Z".parse().unwrap(),
        }
    }

    fn rules() -> Rules {
        Dialect::built_in().portal
    }

    fn days(application: &Application, at: Timestamp) -> i64 {
        at.duration_since(application.at).as_hours() / 24
    }

    #[test]
    fn the_steps_follow_each_other_in_days_of_the_dialect() {
        let application = application("CAF0000000009".parse().unwrap(), false);
        let rules = rules();
        let confirmed = i64::from(rules.confirmation_days.value);
        let stages = stages(&application, &[application.at], None, &rules);
        let steps: Vec<_> = stages.iter().map(|stage| (stage.step, days(&application, stage.at))).collect();
        assert_eq!(
            steps,
            [
                (Step::Applied, 0),
                (Step::LineConfirmed, confirmed),
                (Step::AccountNotice, confirmed + i64::from(rules.account_notice_days.value)),
                (Step::CertificateNotice, confirmed + i64::from(rules.certificate_notice_days.value)),
                (Step::Started, 13),
            ]
        );
    }

    #[test]
    fn a_line_without_customer_id_needs_no_confirmation() {
        let application = application("ipsec:見本VPN:vpn-1".parse().unwrap(), false);
        assert_eq!(application.confirmed(&rules()), application.at);
    }

    #[test]
    fn at_once_leaves_only_the_first_day_of_use() {
        let application = application("CAF0000000009".parse().unwrap(), true);
        assert_eq!(application.certified(application.at, &rules()), application.at);
        assert_eq!(application.started(&rules()), "2027-04-14T15:00:00Z".parse().unwrap());
    }

    #[test]
    fn what_lies_behind_the_end_never_happens() {
        let application = application("CAF0000000009".parse().unwrap(), false);
        let end = application.at + SignedDuration::from_hours(1);
        let steps: Vec<_> =
            stages(&application, &[], Some(end), &rules()).into_iter().map(|stage| stage.step).collect();
        assert_eq!(steps, [Step::Applied, Step::Cancelled]);
    }
}
