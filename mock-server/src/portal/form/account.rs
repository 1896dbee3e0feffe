//! Registration of an account.

use messages::value::{InstitutionCode, OrganizationName};
use serde::{Deserialize, Serialize};

use super::{MOST_CHARACTERS, Mistake, value};

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

pub(super) fn is_mail(text: &str) -> bool {
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
