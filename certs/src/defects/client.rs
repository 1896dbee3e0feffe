//! Client certificates that a service must refuse.

use jiff::{SignedDuration, Timestamp};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::x509::X509;

use super::defects;
use super::recipe::{Extended, Recipe, Signer, Usage, curve, p256, rsa, subject};
use crate::identity::{Identity, PrivateKey};
use crate::issue::{IssueError, TerminalSubject};
use crate::read::CertificateFacts;
use crate::{Authority, Cause, x509};

const DAY: SignedDuration = SignedDuration::from_hours(24);

defects! {
    /// What is wrong with a client certificate.
    Defect {
        ExpiredYesterday = "expired-yesterday", "its validity ended a day ago";
        ExpiredLongAgo = "expired-long-ago", "its validity ended three years ago";
        NotYetValid = "not-yet-valid", "its validity begins tomorrow";
        RevokedLoss = "revoked-loss", "revoked, as the terminal was lost";
        RevokedClosing = "revoked-closing", "revoked, as the institution has closed";
        RevokedReplacement = "revoked-replacement", "revoked, as another certificate took its place";
        WrongInstitution = "wrong-institution", "issued to another institution than the line's";
        ClaimsOnly = "claims-only", "applied for online claims, not for qualification";
        NeverRegistered = "never-registered", "signed by the authority, but registered in no world";
        NoInstitution = "no-institution", "its subject names no terminal (no common name)";
        MalformedCode = "malformed-code", "the institution code in its subject has letters in it";
        NameTooLong = "name-too-long", "its common name is longer than 64 characters";
        UnknownCa = "unknown-ca", "issued by another authority";
        SameNameCa = "same-name-ca", "issued by another authority whose CAs have the same names";
        SelfSigned = "self-signed", "signed by its own key";
        PathLength = "path-length", "issued by a CA below the issuing CA, which may have none below it";
        IssuedByTerminal = "issued-by-terminal", "issued with the certificate of a terminal, which is no CA";
        IssuerMayNotSign = "issuer-may-not-sign", "issued by a CA whose key usage doesn't allow it";
        Forged = "forged", "names the issuing CA, but another key signed it";
        Altered = "altered", "its subject was altered after it was signed";
        ServerOnly = "server-only", "meant for servers only (extended key usage)";
        EmailOnly = "email-only", "meant for e-mail only (extended key usage)";
        WrongKeyUsage = "wrong-key-usage", "its key may not sign (key usage: key encipherment only)";
        CaAsClient = "ca-as-client", "the certificate of a CA";
        UnknownCriticalExtension = "unknown-critical-extension", "has a critical extension that nobody knows";
        Sha1 = "sha1", "signed with SHA-1";
        Rsa1024 = "rsa-1024", "has an RSA key of 1,024 bits";
        OtherCurve = "other-curve", "has a key on the curve P-384";
        MissingIntermediate = "missing-intermediate", "sent without the issuing CA's certificate";
        KeyOfAnother = "key-of-another", "its key belongs to another certificate";
    }
}

/// A client certificate that is wrong on purpose.
#[derive(Debug, Clone)]
pub struct Wrong {
    /// What is wrong.
    pub defect: Defect,
    facts: CertificateFacts,
    full_chain_pem: String,
    key: PrivateKey,
    identity: Option<Identity>,
    #[cfg_attr(not(test), expect(dead_code, reason = "by it tests repair the trust"))]
    pub(super) anchor: Option<X509>,
}

impl Wrong {
    /// What the certificate says.
    pub fn facts(&self) -> &CertificateFacts {
        &self.facts
    }

    /// The certificate and what is sent with it, PEM, leaf first.
    pub fn full_chain_pem(&self) -> &str {
        &self.full_chain_pem
    }

    /// The key.
    pub fn key(&self) -> &PrivateKey {
        &self.key
    }

    /// Both as one; `None` where they don't belong together.
    pub fn identity(&self) -> Option<&Identity> {
        self.identity.as_ref()
    }
}

/// What a certificate is made of before it is written.
struct Draft {
    recipe: Recipe,
    /// What is sent behind the certificate.
    chain: Vec<X509>,
    anchor: Option<X509>,
}

impl Authority {
    /// Makes a client certificate with one defect, as of `now`; `subject` says for whom.
    ///
    /// # Errors
    /// [`IssueError::Library`] if no key can be made, or the time is beyond all calendars.
    pub fn wrong(
        &self,
        defect: Defect,
        subject: &TerminalSubject,
        now: Timestamp,
    ) -> Result<Wrong, IssueError> {
        self.make_wrong(defect, subject, now).map_err(IssueError::Library)
    }

    fn make_wrong(&self, defect: Defect, whom: &TerminalSubject, now: Timestamp) -> Result<Wrong, Cause> {
        let common_name = whom.common_name();
        let validity = [now.checked_sub(DAY)?, now.checked_add(DAY * 365)?];
        let issuing = self.signer()?;
        let recipe = Recipe::good(self, subject(Some(&common_name), whom)?, validity)?;
        let mut draft = Draft { recipe, chain: vec![issuing.certificate.clone()], anchor: None };
        self.spoil(defect, &mut draft, whom, now)?;

        let Draft { recipe, chain, anchor } = draft;
        let mut certificate = recipe.build()?;
        if defect == Defect::Altered {
            certificate = altered(&certificate, &common_name)?;
        }
        let key = if defect == Defect::KeyOfAnother { p256()? } else { recipe.key };
        let key = PrivateKey::new(String::from_utf8(key.private_key_to_pem_pkcs8()?)?);
        let sent: Vec<X509> = std::iter::once(certificate.clone()).chain(chain).collect();
        let pems: Vec<String> =
            sent.iter().map(|sent| x509::certificate_pem(sent)).collect::<Result<_, _>>()?;
        let is_pair = defect != Defect::KeyOfAnother;
        let identity = is_pair.then(|| Identity::new(sent, key.clone())).transpose()?;
        Ok(Wrong {
            defect,
            facts: CertificateFacts::of(&certificate).ok_or("the certificate is not readable")?,
            full_chain_pem: pems.concat(),
            key,
            identity,
            anchor,
        })
    }

    fn spoil(
        &self,
        defect: Defect,
        draft: &mut Draft,
        whom: &TerminalSubject,
        now: Timestamp,
    ) -> Result<(), Cause> {
        let recipe = &mut draft.recipe;
        match defect {
            Defect::ExpiredYesterday => {
                (recipe.not_before, recipe.not_after) = (now.checked_sub(DAY * 1187)?, now.checked_sub(DAY)?);
            }
            Defect::ExpiredLongAgo => {
                let end = now.checked_sub(DAY * 3 * 365)?;
                (recipe.not_before, recipe.not_after) = (end.checked_sub(DAY * 1187)?, end);
            }
            Defect::NotYetValid => recipe.not_before = now.checked_add(DAY)?,
            Defect::NoInstitution => recipe.subject = subject(None, whom)?,
            Defect::MalformedCode => {
                let code = format!("13X99-9{}", whom.common_name().chars().skip(7).collect::<String>());
                recipe.subject = subject(Some(&code), whom)?;
            }
            Defect::NameTooLong => {
                let name = format!("{}-{}", "1".repeat(70), whom.common_name());
                recipe.subject = subject(Some(&name), whom)?;
            }
            Defect::UnknownCa => {
                let other = Authority::create()?;
                draft.below(other.signer()?, vec![other.root_signer()?.certificate]);
            }
            Defect::SameNameCa => {
                let root = signing(Recipe::ca(self.root_signer()?.certificate.subject_name(), None)?)?;
                let name = self.signer()?.certificate;
                let issuing = signing(Recipe::ca(name.subject_name(), Some(root.clone()))?)?;
                draft.below(issuing, vec![root.certificate]);
            }
            Defect::SelfSigned => {
                recipe.signer = None;
                draft.chain.clear();
            }
            Defect::PathLength => {
                let below = subject(Some("onshi-mock TEST CA below the issuing CA"), whom)?;
                let below = signing(Recipe::ca(&below, Some(self.signer()?))?)?;
                draft.below(below, vec![self.signer()?.certificate]);
            }
            Defect::IssuedByTerminal => {
                let validity = [recipe.not_before, recipe.not_after];
                let terminal =
                    signing(Recipe::good(self, subject(Some(&whom.common_name()), whom)?, validity)?)?;
                draft.below(terminal, vec![self.signer()?.certificate]);
            }
            Defect::IssuerMayNotSign => {
                let name = subject(Some("onshi-mock TEST CA that may not sign"), whom)?;
                let mut ca = Recipe::ca(&name, Some(self.root_signer()?))?;
                ca.usage = Usage::DigitalSignature;
                draft.below(signing(ca)?, Vec::new());
            }
            Defect::Forged => {
                let forger = Signer { key: p256()?, ..self.signer()? };
                recipe.signer = Some(forger);
            }
            Defect::ServerOnly => recipe.extended = Extended::ServerAuth,
            Defect::EmailOnly => recipe.extended = Extended::EmailProtection,
            Defect::WrongKeyUsage => {
                // RSA, since a key on a curve can't encipher at all.
                (recipe.key, recipe.usage) = (rsa(2048)?, Usage::KeyEnciphermentOnly);
            }
            Defect::CaAsClient => recipe.is_ca = true,
            Defect::UnknownCriticalExtension => recipe.has_unknown_critical_extension = true,
            Defect::Sha1 => recipe.digest = MessageDigest::sha1(),
            Defect::Rsa1024 => recipe.key = rsa(1024)?,
            Defect::OtherCurve => recipe.key = curve(Nid::SECP384R1)?,
            Defect::MissingIntermediate => draft.chain.clear(),
            // Wrong by what the world knows of them, or made wrong when they are written.
            Defect::RevokedLoss
            | Defect::RevokedClosing
            | Defect::RevokedReplacement
            | Defect::WrongInstitution
            | Defect::ClaimsOnly
            | Defect::NeverRegistered
            | Defect::Altered
            | Defect::KeyOfAnother => {}
        }
        Ok(())
    }
}

impl Draft {
    /// Lets another CA sign; `above` are the certificates between it and a root.
    fn below(&mut self, signer: Signer, above: Vec<X509>) {
        self.anchor = Some(signer.certificate.clone());
        self.chain = std::iter::once(signer.certificate.clone()).chain(above).collect();
        self.recipe.signer = Some(signer);
    }
}

/// A recipe that is followed, to sign others.
fn signing(recipe: Recipe) -> Result<Signer, Cause> {
    Ok(Signer { certificate: recipe.build()?, key: recipe.key })
}

/// The same certificate with another last digit in its common name; the signature stays.
fn altered(certificate: &X509, common_name: &str) -> Result<X509, Cause> {
    let mut der = certificate.to_der()?;
    let name = common_name.as_bytes();
    let place = der.windows(name.len()).position(|window| window == name);
    let last = place.and_then(|place| der.get_mut(place + name.len() - 1)).ok_or("the name isn't there")?;
    *last = if *last == b'0' { b'1' } else { b'0' };
    Ok(X509::from_der(&der)?)
}
