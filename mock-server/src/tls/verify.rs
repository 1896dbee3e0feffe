//! The judgement of a certificate inside the handshake (style `field`).

use std::fmt;
use std::sync::{Arc, OnceLock};

use certs::Authority;
use openssl::x509::{X509StoreContext, X509StoreContextRef, X509VerifyResult};

use super::{Alert, Peer, VisitIndex};
use crate::gate::Refused;

/// Says whether a certificate may come in.
pub type Judge = Box<dyn Fn(&Peer) -> Result<(), Refused> + Send + Sync>;

/// What a handshake carries along, so that its certificate can be judged.
pub struct Visit {
    authority: Arc<Authority>,
    judge: Judge,
    seen: OnceLock<Seen>,
}

/// What the judge has seen, and said.
#[derive(Debug, Clone)]
pub struct Seen {
    /// The certificate; `None` if it cannot be read.
    pub peer: Option<Peer>,
    /// Why it was refused.
    pub refused: Option<Refused>,
}

impl fmt::Debug for Visit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Visit").field("seen", &self.seen).finish_non_exhaustive()
    }
}

impl Visit {
    /// A visit that a judge will look at.
    #[must_use]
    pub fn new(authority: Arc<Authority>, judge: Judge) -> Self {
        Self { authority, judge, seen: OnceLock::new() }
    }

    /// What the judge has seen, if it was asked.
    #[must_use]
    pub fn seen(&self) -> Option<&Seen> {
        self.seen.get()
    }

    fn look(&self, context: &X509StoreContextRef) -> Seen {
        // The chain begins with the leaf; the others were all sent, as there is no store.
        let chain = context.chain().into_iter().flatten().skip(1);
        let chain: Vec<_> = chain.filter_map(|one| one.to_der().ok()).collect();
        let leaf = context.current_cert().and_then(|leaf| leaf.to_der().ok());
        match leaf.and_then(|leaf| Peer::judged(&leaf, &chain, &self.authority)) {
            Some(peer) => {
                let refused = (self.judge)(&peer).err();
                Seen { peer: Some(peer), refused }
            }
            None => Seen { peer: None, refused: Some(Refused::MalformedCertificate) },
        }
    }
}

/// Called by OpenSSL for each certificate of the chain, and for each thing that it dislikes about one.
///
/// Its own opinion doesn't count: it knows one time only, and no world. Only the leaf, which comes last, is judged.
pub(super) fn verify(context: &mut X509StoreContextRef, visits: VisitIndex) -> bool {
    if context.error_depth() != 0 {
        return true;
    }
    let visit = X509StoreContext::ssl_idx()
        .ok()
        .and_then(|index| context.ex_data(index))
        .and_then(|ssl| ssl.ex_data(visits));
    let refused = match visit {
        Some(visit) => visit.seen.get_or_init(|| visit.look(context)).refused,
        None => Some(Refused::MalformedCertificate),
    };
    context.set_error(refused.map_or(X509VerifyResult::OK, result));
    refused.is_none()
}

/// OpenSSL's word for a refusal; it chooses the alert by it.
fn result(refused: Refused) -> X509VerifyResult {
    let code = Alert::verify_result(refused);
    #[expect(unsafe_code, reason = "rust-openssl names only two of the results that OpenSSL knows")]
    // SAFETY: `from_raw` wraps an integer; every code of `verify_result` is one of OpenSSL's X509_V_ERR_ constants.
    unsafe {
        X509VerifyResult::from_raw(code)
    }
}
