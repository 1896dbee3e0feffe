//! Server certificates that a client must refuse.

use jiff::{SignedDuration, Timestamp};
use openssl::x509::X509;

use super::defects;
use super::recipe::{Extended, Recipe, Signer, p256, subject};
use crate::identity::{Identity, PrivateKey};
use crate::issue::{IssueError, TerminalSubject, server_names};
use crate::x509::ServerName;
use crate::{Authority, Cause};

const DAY: SignedDuration = SignedDuration::from_hours(24);

defects! {
    /// What is wrong with a server certificate.
    ServerDefect {
        Expired = "expired", "its validity ended a day ago";
        NotYetValid = "not-yet-valid", "its validity begins tomorrow";
        WrongHost = "wrong-host", "issued for another host name";
        UnknownCa = "unknown-ca", "issued by another authority";
        SelfSigned = "self-signed", "signed by its own key";
        Forged = "forged", "names the issuing CA, but another key signed it";
        ClientOnly = "client-only", "meant for clients only (extended key usage)";
        MissingIntermediate = "missing-intermediate", "sent without the issuing CA's certificate";
    }
}

/// The identity of a server that is wrong on purpose.
#[derive(Debug, Clone)]
pub struct WrongServer {
    /// What is wrong.
    pub defect: ServerDefect,
    /// Certificate, chain and key.
    pub identity: Identity,
}

impl Authority {
    /// Makes a server certificate with one defect, as of `now` (real time, since clients ask no world).
    ///
    /// # Errors
    /// [`IssueError::ServerName`] if a name is none, [`IssueError::Library`] if no key can be made.
    pub fn wrong_server<N: AsRef<str>>(
        &self,
        defect: ServerDefect,
        names: &[N],
        now: Timestamp,
    ) -> Result<WrongServer, IssueError> {
        let names = server_names(names)?;
        let identity = self.make_wrong_server(defect, names, now).map_err(IssueError::Library)?;
        Ok(WrongServer { defect, identity })
    }

    fn make_wrong_server(
        &self,
        defect: ServerDefect,
        names: Vec<ServerName>,
        now: Timestamp,
    ) -> Result<Identity, Cause> {
        let whom = TerminalSubject {
            institution_code: String::new(),
            terminal_number: 0,
            institution_name: "onshi-mock".to_owned(),
        };
        let validity = [now.checked_sub(DAY)?, now.checked_add(DAY * 90)?];
        let mut recipe = Recipe::good(self, subject(Some("localhost"), &whom)?, validity)?;
        (recipe.extended, recipe.names) = (Extended::ServerAuth, names);
        let mut chain = vec![self.signer()?.certificate];
        match defect {
            ServerDefect::Expired => {
                (recipe.not_before, recipe.not_after) = (now.checked_sub(DAY * 90)?, now.checked_sub(DAY)?);
            }
            ServerDefect::NotYetValid => recipe.not_before = now.checked_add(DAY)?,
            ServerDefect::WrongHost => {
                recipe.subject = subject(Some("other.invalid"), &whom)?;
                recipe.names = vec![ServerName::Dns("other.invalid".to_owned())];
            }
            ServerDefect::UnknownCa => {
                let other = Authority::create()?;
                chain = vec![other.signer()?.certificate];
                recipe.signer = Some(other.signer()?);
            }
            ServerDefect::SelfSigned => {
                recipe.signer = None;
                chain.clear();
            }
            ServerDefect::Forged => recipe.signer = Some(Signer { key: p256()?, ..self.signer()? }),
            ServerDefect::ClientOnly => recipe.extended = Extended::ClientAuth,
            ServerDefect::MissingIntermediate => chain.clear(),
        }
        let key = PrivateKey::new(String::from_utf8(recipe.key.private_key_to_pem_pkcs8()?)?);
        let certificates: Vec<X509> = std::iter::once(recipe.build()?).chain(chain).collect();
        Ok(Identity::new(certificates, key)?)
    }
}
