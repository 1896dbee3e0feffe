//! Accounts of the national system: the master creates the administrator, the administrator the others (access.md 4).

use messages::dialect::Role;
use messages::refusal::Bilingual;
use serde::{Deserialize, Serialize};

use super::desk::{Turned, account_id};
use super::form::Mistake;
use crate::world::{Account, World};

/// Fewest characters of a password (access.md 4, \[C]).
const SHORTEST: usize = 16;
/// Most characters of a password.
const LONGEST: usize = 100;

/// A wish for an account, from somebody who has one.
#[derive(Debug, Clone, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SystemAccountForm {
    /// User id of the account that asks.
    pub by: String,
    /// Its password.
    pub by_password: String,
    /// Role of the new account: `administrator`, `general`, `medical-viewer`, `link-application`, `face`, `web-api`;
    /// `master` for a new password of the master account, asked by `master-reset`.
    pub role: String,
    /// Password of the new account: at least 16 characters, among them upper and lower case, a digit and a symbol.
    pub password: String,
}

impl SystemAccountForm {
    /// The account that follows.
    ///
    /// # Errors
    /// [`Turned::Denied`] if the asker is unknown, its password wrong, or its role may not; [`Turned::Mistakes`].
    pub fn check(&self, world: &World) -> Result<Account, Turned> {
        let asker = world.accounts.of(&self.by).filter(|asker| asker.password == self.by_password);
        let asker = asker.ok_or(Turned::Denied(Bilingual::fixed(
            "ユーザIDまたはパスワードが違います",
            "user id or password is wrong",
        )))?;
        let mut mistakes = Vec::new();
        let role = Role::ALL.iter().find(|role| crate::registered::role_name(**role) == self.role);
        if role.is_none() {
            mistakes.push(Mistake::new(
                "role",
                Bilingual::made(
                    format!("アカウント種別がありません: {}", roles()),
                    format!("there is no such role; there are {}", roles()),
                ),
            ));
        }
        if let Err(text) = check_password(&self.password) {
            mistakes.push(Mistake::new("password", text));
        }
        let Some(&role) = role.filter(|_| mistakes.is_empty()) else {
            return Err(Turned::Mistakes(mistakes));
        };
        if !may_open(asker.role, role) {
            return Err(Turned::Denied(Bilingual::fixed(
                "マスタアカウントは管理アカウントだけを、管理アカウントはその他のアカウントを作成できます",
                "the master account opens the administrator's, the administrator opens the others",
            )));
        }
        let institution = asker.institution.clone();
        let id = if role == Role::Master {
            account_id(&institution, role)
        } else {
            free_id(world, &account_id(&institution, role))
        };
        Ok(Account { id, institution, role, password: self.password.clone() })
    }
}

/// Who may open an account of a role (access.md 4; terminal.md 6, \[S]).
fn may_open(asker: Role, wanted: Role) -> bool {
    match wanted {
        Role::Master => asker == Role::MasterReset,
        Role::MasterReset => false,
        Role::Administrator => asker == Role::Master,
        Role::General | Role::MedicalViewer | Role::LinkApplication | Role::Face | Role::WebApi => {
            asker == Role::Administrator
        }
    }
}

fn roles() -> String {
    let names: Vec<_> = Role::ALL.iter().map(|role| crate::registered::role_name(*role)).collect();
    names.join(", ")
}

/// The id itself, or with a number behind it if it is taken.
fn free_id(world: &World, id: &str) -> String {
    let mut ids = std::iter::once(id.to_owned()).chain((2_u32..).map(|number| format!("{id}-{number}")));
    ids.find(|id| world.accounts.of(id).is_none()).unwrap_or_default()
}

/// Whether a password is strong enough (access.md 4, \[C]).
///
/// # Errors
/// The rule in both languages.
pub fn check_password(password: &str) -> Result<(), Bilingual> {
    let has = |test: fn(u8) -> bool| password.bytes().any(test);
    let strong = (SHORTEST..=LONGEST).contains(&password.len())
        && password.bytes().all(|byte| byte.is_ascii_graphic())
        && has(|b| b.is_ascii_uppercase())
        && has(|b| b.is_ascii_lowercase())
        && has(|b| b.is_ascii_digit())
        && has(|b| b.is_ascii_punctuation());
    if strong {
        return Ok(());
    }
    Err(Bilingual::fixed(
        "パスワードは半角16文字以上で、英大文字・英小文字・数字・記号を含めてください",
        "a password has at least 16 half-width characters, with upper and lower case, a digit and a symbol",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_needs_its_length_and_all_four_kinds() {
        assert!(check_password("Onshi-Mock-0001!").is_ok());
        for weak in [
            "",
            "Onshi-Mock-001!",
            "onshi-mock-0001!",
            "ONSHI-MOCK-0001!",
            "Onshi-Mock-Test!",
            "OnshiMock0000001",
            "Onshi-Mock-0001！",
        ] {
            assert!(check_password(weak).is_err(), "{weak}");
        }
    }

    #[test]
    fn only_the_master_opens_the_administrator_and_only_the_administrator_the_others() {
        for &asker in Role::ALL {
            let opened: Vec<_> = Role::ALL.iter().filter(|wanted| may_open(asker, **wanted)).collect();
            let expected: &[Role] = match asker {
                Role::Master => &[Role::Administrator],
                Role::MasterReset => &[Role::Master],
                Role::Administrator => {
                    &[Role::General, Role::MedicalViewer, Role::LinkApplication, Role::Face, Role::WebApi]
                }
                Role::General | Role::MedicalViewer | Role::LinkApplication | Role::Face | Role::WebApi => {
                    &[]
                }
            };
            assert_eq!(opened, expected.iter().collect::<Vec<_>>(), "{asker:?}");
        }
    }
}
