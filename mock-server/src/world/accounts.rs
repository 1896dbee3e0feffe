//! Accounts of an institution (terminal.md 6, access.md 4).

use std::sync::Arc;

use dashmap::DashMap;
use messages::dialect::Role;
use messages::value::InstitutionCode;
use serde::{Deserialize, Serialize};

/// An account.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Account {
    /// User id.
    pub id: String,
    /// The institution it belongs to.
    #[schema(value_type = String, pattern = "^[0-9]{10}$")]
    pub institution: InstitutionCode,
    /// What it may do.
    #[schema(value_type = String)]
    pub role: Role,
    /// Its password: a test aid's, kept as it is so that a trainer can look it up.
    pub password: String,
}

impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Account").field("id", &self.id).field("role", &self.role).finish_non_exhaustive()
    }
}

/// The accounts of a world.
#[derive(Debug)]
pub struct Accounts {
    by_id: DashMap<String, Arc<Account>>,
}

impl Default for Accounts {
    fn default() -> Self {
        Self { by_id: super::map() }
    }
}

impl Accounts {
    pub(super) fn open(&self, account: &Account) {
        self.by_id.insert(account.id.clone(), Arc::new(account.clone()));
    }

    /// The account with a user id.
    #[must_use]
    pub fn of(&self, id: &str) -> Option<Arc<Account>> {
        self.by_id.get(id).map(|found| Arc::clone(&found))
    }

    /// Every account, by id.
    #[must_use]
    pub fn all(&self) -> Vec<Arc<Account>> {
        let mut all: Vec<_> = self.by_id.iter().map(|entry| Arc::clone(entry.value())).collect();
        all.sort_by(|a, b| a.id.cmp(&b.id));
        all
    }
}
