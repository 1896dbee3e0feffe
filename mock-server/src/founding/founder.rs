//! What each start registers in the default world, unless its ledger already says the same.

use std::cell::RefCell;
use std::sync::Arc;

use certs::{Authority, CertificateFacts, Identity, KeyKind, Months, Store, TerminalSubject, Terms};
use jiff::Timestamp;
use messages::dialect::Role;
use messages::value::{InstitutionCode, OrganizationName};

use super::{DEMO_PASSWORD, FoundingError};
use crate::ledger::LedgerError;
use crate::line::Line;
use crate::registered::{Institution, Registration, TerminalCertificate, role_name};
use crate::settings::PKCS12_PASSWORD;
use crate::world::{Account, Event, World};

/// Registers institutions and their certificates in the default world.
pub(super) struct Founder<'a> {
    pub(super) world: &'a World,
    pub(super) authority: &'a Authority,
    pub(super) store: Option<&'a Store>,
    /// Where the revocation list is.
    pub(super) crl: String,
    /// What this start has registered, whether it was new or not.
    pub(super) registered: &'a RefCell<Vec<Event>>,
}

impl Founder<'_> {
    /// Registers something, unless the ledger already says the same.
    fn ensure(&self, event: Event, known: bool) -> Result<(), LedgerError> {
        if !known {
            self.world.record(event.clone())?;
        }
        self.registered.borrow_mut().push(event);
        Ok(())
    }

    pub(super) fn register(&self, institution: &Institution) -> Result<(), LedgerError> {
        let known = self.world.registry.institution(&institution.code).as_deref() == Some(institution);
        self.ensure(Event::InstitutionRegistered(institution.clone()), known)
    }

    pub(super) fn register_line(&self, line: &Line, institution: &Institution) -> Result<(), LedgerError> {
        let known = self.world.registry.line(line).is_some_and(|known| known.institution == institution.code);
        self.ensure(Event::LineRegistered(registration(line, institution)), known)
    }

    fn register_certificate(
        &self,
        institution: &InstitutionCode,
        facts: &CertificateFacts,
    ) -> Result<(), LedgerError> {
        let known = self.world.registry.certificate(&facts.fingerprint).is_some();
        self.ensure(Event::CertificateIssued(certificate(institution, facts)), known)
    }

    pub(super) fn open_accounts(&self, institution: &Institution) -> Result<(), LedgerError> {
        for account in accounts(institution) {
            let known = self.world.accounts.of(&account.id).is_some();
            self.ensure(Event::AccountOpened(account), known)?;
        }
        Ok(())
    }

    /// Registers what earlier starts have issued, for whatever institution.
    pub(super) fn register_stored(&self) -> Result<(), FoundingError> {
        let Some(store) = self.store else { return Ok(()) };
        let identities = store.identities()?;
        for broken in identities.broken {
            let error = format!("{:#}", anyhow::Error::from(broken));
            tracing::warn!(error, "an identity of the data folder is not used");
        }
        for stored in identities.whole {
            let facts = stored.facts;
            let code = facts.common_name.as_deref().and_then(|name| name.split('-').next()?.parse().ok());
            let Some(code) = code else { continue };
            let name = facts.organization.as_deref().and_then(|name| name.parse::<OrganizationName>().ok());
            if let Some(name) = name.filter(|_| self.world.registry.institution(&code).is_none()) {
                self.register(&Institution { code: code.clone(), name })?;
            }
            self.register_certificate(&code, &facts)?;
        }
        Ok(())
    }

    /// The identity of an institution's first terminal: the stored one while it is valid, else a new one.
    pub(super) fn identity(
        &self,
        institution: &Institution,
        key: KeyKind,
    ) -> Result<Identity, FoundingError> {
        let subject = TerminalSubject {
            institution_code: institution.code.to_string(),
            terminal_number: 1,
            institution_name: institution.name.to_string(),
        };
        let name = subject.common_name();
        let now = self.world.clock.now();
        let usable = |identity: &Identity| self.is_usable(identity, now);
        let stored = self.store.map(|store| store.load_identity(&name)).transpose()?.flatten().filter(usable);
        if let Some(identity) = stored {
            return Ok(identity);
        }
        let terms = Terms { now, months: Months::default(), crl: Some(&self.crl) };
        let identity = self.authority.issue_terminal_on(&subject, terms, key)?;
        if let Some(store) = self.store {
            store.save_identity(&name, &identity, PKCS12_PASSWORD)?;
        }
        self.register_certificate(&institution.code, identity.facts())?;
        Ok(identity)
    }

    fn is_usable(&self, identity: &Identity, now: Timestamp) -> bool {
        now < identity.facts().not_after
            && self.authority.trust(&identity.certificate_der(), &[]) == certs::Trust::Trusted
    }
}

/// The registration of a line for an institution.
pub(super) fn registration(line: &Line, institution: &Institution) -> Registration {
    Registration::active(line.clone(), institution.code.clone())
}

pub(super) fn certificate(institution: &InstitutionCode, facts: &CertificateFacts) -> TerminalCertificate {
    TerminalCertificate::new(institution.clone(), Arc::new(facts.clone()))
}

/// One account of each role, with a user id that names institution and role.
pub(super) fn accounts(institution: &Institution) -> impl Iterator<Item = Account> {
    Role::ALL.iter().map(|&role| Account {
        id: format!("{}-{}", institution.code, role_name(role)),
        institution: institution.code.clone(),
        role,
        password: DEMO_PASSWORD.to_owned(),
    })
}
