//! What is registered: institutions, their lines, the certificates of their terminals, the roles of their accounts.
//!
//! Plain values that the gate judges and worlds keep.

use std::sync::Arc;

use certs::CertificateFacts;
use messages::dialect::Role;
use messages::value::{InstitutionCode, OrganizationName};
use serde::{Deserialize, Serialize};

use crate::line::CustomerId;

/// A medical institution or pharmacy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Institution {
    /// Its ten-digit code.
    pub code: InstitutionCode,
    /// Its name.
    pub name: OrganizationName,
}

/// A line's registration: the institution that applied for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registration {
    /// The line's customer ID.
    pub customer_id: CustomerId,
    /// The institution.
    pub institution: InstitutionCode,
}

/// A certificate that was issued to a terminal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TerminalCertificate {
    /// The institution.
    pub institution: InstitutionCode,
    /// What the certificate says.
    pub facts: Arc<CertificateFacts>,
}

/// A role's name in user ids.
#[must_use]
pub fn role_name(role: Role) -> &'static str {
    match role {
        Role::Master => "master",
        Role::MasterReset => "master-reset",
        Role::Administrator => "administrator",
        Role::General => "general",
        Role::MedicalViewer => "medical-viewer",
        Role::LinkApplication => "link-application",
        Role::Face => "face",
        Role::WebApi => "web-api",
    }
}
