//! The address of the service, which is never the real one.

use std::{fmt, str::FromStr};

use messages::real_service;
use reqwest::Url;

/// The base address of a service that may be called: `https`, and not the real one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceUrl(String);

/// Why an address is not accepted as that of the service.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ServiceUrlError {
    /// It can't be read as an address.
    #[error("service address `{given}`: {why}; expected for example https://localhost:8443")]
    Unreadable {
        /// The text.
        given: String,
        /// What is wrong.
        why: String,
    },
    /// Its scheme is not `https`.
    #[error("service address `{given}`: the scheme is not https; terminals are known by their certificates")]
    NotHttps {
        /// The text.
        given: String,
    },
    /// It has a user name, a query or a fragment.
    #[error("service address `{given}`: only host, port and path are allowed")]
    Surplus {
        /// The text.
        given: String,
    },
    /// It belongs to the real service.
    #[error(
        "service address `{host}` belongs to the real service ({domain}); this test terminal never calls it"
    )]
    RealService {
        /// The host that was given.
        host: String,
        /// The domain it belongs to.
        domain: &'static str,
    },
}

impl ServiceUrl {
    /// The address for requests of one message id.
    pub(crate) fn of_message(&self, message_id: &str) -> String {
        format!("{}/oqs/{message_id}", self.0)
    }

    /// The address that tells what waits after a number, and waits up to so many seconds itself if nothing does.
    pub(crate) fn of_deliveries(&self, after: u64, wait: u64) -> String {
        format!("{}/terminal/v1/deliveries?after={after}&wait={wait}", self.0)
    }

    /// The address of something else in the channel.
    pub(crate) fn of_channel(&self, what: &str) -> String {
        format!("{}/terminal/v1/{what}", self.0)
    }

    /// The address of one delivery.
    pub(crate) fn of_delivery(&self, number: u64) -> String {
        format!("{}/terminal/v1/deliveries/{number}", self.0)
    }
}

impl FromStr for ServiceUrl {
    type Err = ServiceUrlError;

    fn from_str(given: &str) -> Result<Self, Self::Err> {
        let unreadable = |why: String| ServiceUrlError::Unreadable { given: given.to_owned(), why };
        let url = Url::parse(given).map_err(|error| unreadable(error.to_string()))?;
        if url.scheme() != "https" {
            return Err(ServiceUrlError::NotHttps { given: given.to_owned() });
        }
        let host = url.host_str().ok_or_else(|| unreadable("it has no host".to_owned()))?;
        if let Some(domain) = real_service::domain_of(host) {
            return Err(ServiceUrlError::RealService { host: host.to_owned(), domain });
        }
        let surplus = !url.username().is_empty() || url.password().is_some();
        if surplus || url.query().is_some() || url.fragment().is_some() {
            return Err(ServiceUrlError::Surplus { given: given.to_owned() });
        }
        Ok(Self(url.as_str().trim_end_matches('/').to_owned()))
    }
}

impl fmt::Display for ServiceUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_real_service_is_never_accepted_however_its_name_is_written() {
        for given in [
            "https://hweb.oqs.onshikaku.org/",
            "https://onshikaku.org",
            "https://HWEB.OQS-ST.ONSHIKAKU.ORG:8443",
            "https://hweb.oqs.onshikaku.org./",
            "https://hweb.oqs.onshikaku%2Eorg/",
            "https://hweb。onshikaku。org/",
            "https://proxy.base.oqs-pdl.org:8080",
            "https://a.flets-east.jp",
            "https://flets-west.jp",
            "https://x.lineauth.mnw",
            "https://crldownload.obn.managedpki.ne.jp",
        ] {
            let refused = given.parse::<ServiceUrl>();
            assert!(matches!(refused, Err(ServiceUrlError::RealService { .. })), "{given}: {refused:?}");
        }
    }

    #[test]
    fn addresses_that_are_not_plain_https_are_refused() {
        for given in [
            "",
            "localhost:8443",
            "http://localhost:8443",
            "https://",
            "https://user@localhost/",
            "https://localhost/?a=1",
            "https://localhost/#a",
        ] {
            assert!(given.parse::<ServiceUrl>().is_err(), "{given}");
        }
    }

    #[test]
    fn test_addresses_are_accepted_and_lead_to_the_address_of_a_message() {
        for (given, message) in [
            ("https://localhost:8443", "https://localhost:8443/oqs/OQSsiquc01"),
            ("https://[::1]:8443/", "https://[::1]:8443/oqs/OQSsiquc01"),
            ("https://mock.example/a/", "https://mock.example/a/oqs/OQSsiquc01"),
            ("https://not-onshikaku.org", "https://not-onshikaku.org/oqs/OQSsiquc01"),
        ] {
            assert_eq!(given.parse::<ServiceUrl>().unwrap().of_message("OQSsiquc01"), message);
        }
    }
}
