//! Where connections go on to, which is never the real service.

use std::fmt;
use std::str::FromStr;

use messages::real_service;

/// Host and port of a service that may be called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target(String);

/// Why a target isn't accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TargetError {
    #[error("expected HOST:PORT, for example 127.0.0.1:8443")]
    Form,
    #[error("{host} belongs to the real service ({domain}); this test aid never calls it")]
    RealService { host: String, domain: &'static str },
}

impl Target {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Target {
    type Err = TargetError;

    fn from_str(text: &str) -> Result<Self, TargetError> {
        let (host, port) = text.rsplit_once(':').ok_or(TargetError::Form)?;
        // Only what can stand in a host name or an address, so that no other spelling reaches the resolver.
        let plain = |c: char| c.is_ascii_alphanumeric() || ".-_:[]".contains(c);
        let whole = !host.is_empty() && host.chars().all(plain);
        if !whole || !port.parse::<u16>().is_ok_and(|port| port > 0) {
            return Err(TargetError::Form);
        }
        if let Some(domain) = real_service::domain_of(host) {
            return Err(TargetError::RealService { host: host.to_owned(), domain });
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_real_service_is_never_accepted_however_its_name_is_written() {
        for target in [
            "hweb.oqs.onshikaku.org:443",
            "HWEB.OQS.ONSHIKAKU.ORG.:443",
            "proxy.base.oqs-pdl.org:8080",
            "x.lineauth.mnw:443",
        ] {
            let refused = target.parse::<Target>();
            assert!(matches!(refused, Err(TargetError::RealService { .. })), "{target}: {refused:?}");
        }
        for target in [
            "",
            "localhost",
            "localhost:",
            "localhost:0",
            ":1",
            "hweb。onshikaku。org:443",
            "a b:1",
            "a:99999",
        ] {
            assert_eq!(target.parse::<Target>(), Err(TargetError::Form), "{target}");
        }
        for target in ["127.0.0.1:8443", "[::1]:8443", "onshi-mock:8443", "not-onshikaku.org:1"] {
            assert_eq!(target.parse::<Target>().unwrap().as_str(), target);
        }
    }
}
