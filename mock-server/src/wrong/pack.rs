//! A pack: every wrong certificate, its files, and what a world has to know of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use certs::defects::{Defect, ServerDefect, Wrong};
use certs::{Authority, IssueError, Pkcs12Error, TerminalSubject};
use jiff::Timestamp;
use messages::dialect::Certificates;
use messages::value::InstitutionCode;

use super::expected;
use super::expected::is_registrable;
use super::manifest::{IdentityShown, Manifest, ServerShown, WEAK_CONF};
use crate::clock::rfc3339;
use crate::ledger::LedgerError;
use crate::registered::{Institution, Purposes, RevocationReason, TerminalCertificate};
use crate::settings::PKCS12_PASSWORD;
use crate::world::{Event, World, Worlds};

/// Numbers of the terminals that the certificates name: far from those that are in use.
const FIRST_TERMINAL: u16 = 801;
/// Institution of the certificate that meets another institution's line, and one more, should that be the home.
const OTHERS: [&str; 2] = ["1349999910", "1319999924"];

/// Files by their place in the pack, and the manifest.
#[derive(Debug, Clone)]
pub struct Pack {
    /// What is in it.
    pub manifest: Manifest,
    /// Every file but the manifest, by its name: `expired-yesterday/key.pem`.
    pub files: BTreeMap<String, Vec<u8>>,
    wrongs: Vec<Wrong>,
}

/// For what world a pack is made.
#[derive(Debug, Clone)]
pub struct Places {
    /// Its name.
    pub world: String,
    /// The institution.
    pub institution: Institution,
    /// Host and port of the registered line, if it is known.
    pub service: Option<String>,
    /// Whether the world will know the identities.
    pub registered: bool,
    /// Its rules.
    pub rules: Certificates,
    /// Its time.
    pub now: Timestamp,
}

/// Why there is no pack.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PackError {
    /// A certificate can't be made.
    #[error(transparent)]
    Issue(#[from] IssueError),
    /// A PKCS#12 file can't be made.
    #[error(transparent)]
    Pkcs12(#[from] Pkcs12Error),
}

impl Pack {
    /// Makes a pack. Some of its keys are RSA: not for a thread that answers requests.
    ///
    /// # Errors
    /// [`PackError`] if the system gives no random numbers.
    pub fn make(authority: &Authority, places: &Places) -> Result<Self, PackError> {
        let wrongs: Vec<Wrong> = (FIRST_TERMINAL..)
            .zip(Defect::ALL)
            .map(|(terminal, &defect)| {
                authority.wrong(defect, &subject(places, terminal, defect), places.now)
            })
            .collect::<Result<_, _>>()?;
        let common = [("ca.pem", authority.root_pem()), WEAK_CONF];
        let mut files: BTreeMap<_, _> =
            common.map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec())).into();
        let mut identities = Vec::new();
        for wrong in &wrongs {
            let expected = expected(wrong.defect, places.registered, &places.rules);
            let shown = IdentityShown::new(wrong, expected);
            add_files(&mut files, wrong, &shown)?;
            identities.push(shown);
        }
        let manifest = Manifest {
            world: places.world.clone(),
            made: rfc3339(places.now),
            registered: places.registered,
            service: places.service.clone(),
            ca: "ca.pem".to_owned(),
            institution: places.institution.code.to_string(),
            identities,
            servers: ServerDefect::ALL.iter().map(|&defect| ServerShown::of(defect)).collect(),
        };
        Ok(Self { manifest, files, wrongs })
    }

    /// Lets a world know the identities, so that their refusals land there.
    ///
    /// # Errors
    /// [`LedgerError`] if the ledger can't be written; then some may be known and others not.
    pub fn register(&self, worlds: &Worlds, world: &Arc<World>, now: Timestamp) -> Result<(), LedgerError> {
        for wrong in self.wrongs.iter().filter(|wrong| is_registrable(wrong.defect)) {
            let fingerprint = wrong.facts().fingerprint;
            let institution = institution(&world.home, wrong.defect);
            let purposes =
                if wrong.defect == Defect::ClaimsOnly { Purposes::Claims } else { Purposes::default() };
            let facts = Arc::new(wrong.facts().clone());
            let certificate =
                TerminalCertificate { purposes, ..TerminalCertificate::new(institution, facts) };
            worlds.record_issue(world, fingerprint, Event::CertificateIssued(certificate))?;
            if let Some(reason) = revocation(wrong.defect) {
                world.record(Event::CertificateRevoked { fingerprint, reason, at: now })?;
            }
        }
        Ok(())
    }
}

fn revocation(defect: Defect) -> Option<RevocationReason> {
    [
        (Defect::RevokedLoss, RevocationReason::Loss),
        (Defect::RevokedClosing, RevocationReason::Closing),
        (Defect::RevokedReplacement, RevocationReason::Replacement),
    ]
    .into_iter()
    .find_map(|(own, reason)| (own == defect).then_some(reason))
}

/// The institution of a certificate: this one, or for [`Defect::WrongInstitution`] another.
fn institution(home: &InstitutionCode, defect: Defect) -> InstitutionCode {
    let mut others = OTHERS.iter().filter_map(|code| code.parse().ok()).filter(|code| code != home);
    let other = if defect == Defect::WrongInstitution { others.next() } else { None };
    other.unwrap_or_else(|| home.clone())
}

fn subject(places: &Places, terminal: u16, defect: Defect) -> TerminalSubject {
    TerminalSubject {
        institution_code: institution(&places.institution.code, defect).to_string(),
        terminal_number: terminal,
        // As long as a subject may have it.
        institution_name: places.institution.name.to_string().chars().take(64).collect(),
    }
}

fn add_files(
    files: &mut BTreeMap<String, Vec<u8>>,
    wrong: &Wrong,
    shown: &IdentityShown,
) -> Result<(), PackError> {
    let sent = wrong.full_chain_pem();
    files.insert(shown.certificate.clone(), sent.as_bytes().to_vec());
    if let Some(chain) = &shown.chain {
        const END: &str = "-----END CERTIFICATE-----\n";
        let behind = sent.split_once(END).map_or("", |(_, behind)| behind);
        files.insert(chain.clone(), behind.as_bytes().to_vec());
    }
    files.insert(shown.key.clone(), wrong.key().pem().as_bytes().to_vec());
    if let (Some(name), Some(identity)) = (&shown.pkcs12, wrong.identity()) {
        files.insert(name.clone(), identity.pkcs12(PKCS12_PASSWORD)?);
    }
    Ok(())
}
