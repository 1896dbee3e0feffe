//! Who may call the admin port: known host names only, no foreign web pages, a token where one is set.

use std::net::IpAddr;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{AUTHORIZATION, HOST, ORIGIN};
use actix_web::middleware::Next;
use actix_web::web::Data;
use openssl::memcmp;

use super::Admin;
use super::api::problem;
use super::viewer;

/// The rules of the admin port.
#[derive(Debug, Clone)]
pub struct Guard {
    hosts: Vec<String>,
    token: Option<Token>,
}

#[derive(Clone)]
struct Token(String);

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(…)")
    }
}

/// Fewest characters of a token.
const SHORTEST_TOKEN: usize = 16;

/// A setting that would leave the admin port open.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GuardError {
    /// Others could reach it, and it has no token.
    #[error(
        "the admin address {address} is not loopback: set ONSHI_ADMIN_TOKEN to a token of at least {SHORTEST_TOKEN} \
         characters, or to `none` if nobody else can reach it"
    )]
    Open {
        /// The address.
        address: IpAddr,
    },
    /// The token could be guessed.
    #[error(
        "the admin token has {length} characters: set ONSHI_ADMIN_TOKEN to at least {SHORTEST_TOKEN}, or to `none` if \
         nobody else can reach the admin port"
    )]
    ShortToken {
        /// How many characters it has.
        length: usize,
    },
}

impl Guard {
    /// Rules for an address, a token setting (`none` waives it) and further host names.
    ///
    /// # Errors
    /// [`GuardError`] if the token is short, or the address isn't loopback and no token is set.
    pub fn new(address: IpAddr, token: Option<&str>, hosts: &[String]) -> Result<Self, GuardError> {
        let token = match token {
            Some("none") => None,
            Some(token) if token.len() < SHORTEST_TOKEN => {
                return Err(GuardError::ShortToken { length: token.chars().count() });
            }
            Some(token) => Some(Token(token.to_owned())),
            None if address.is_loopback() => None,
            None => return Err(GuardError::Open { address }),
        };
        let known =
            ["localhost", "127.0.0.1", "[::1]", "host.docker.internal", "host.testcontainers.internal"];
        let mut all: Vec<String> = known.map(str::to_owned).to_vec();
        if !address.is_unspecified() {
            all.push(if address.is_ipv6() { format!("[{address}]") } else { address.to_string() });
        }
        all.extend(hosts.iter().map(|host| host.to_ascii_lowercase()));
        Ok(Self { hosts: all, token })
    }

    /// Whether a `Host` (with or without port) may be ours. A name must be known, or a page could have its own name lead
    /// here; an address leads where it leads.
    fn answers_as(&self, host: &str) -> bool {
        let name = without_port(host);
        let literal = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
        self.knows(host) || literal.parse::<IpAddr>().is_ok()
    }

    /// Whether a page's origin may call us under a `Host`: our own pages may.
    fn admits(&self, origin: &str, host: &str) -> bool {
        self.knows(origin) || origin.eq_ignore_ascii_case(host)
    }

    /// Whether a host (with or without port) is one of ours.
    fn knows(&self, host: &str) -> bool {
        let name = without_port(host);
        self.hosts.iter().any(|known| known.eq_ignore_ascii_case(name))
    }

    fn opens(&self, authorization: Option<&str>) -> bool {
        let Some(Token(token)) = &self.token else { return true };
        let given = authorization.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
        given.len() == token.len() && memcmp::eq(given.as_bytes(), token.as_bytes())
    }
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    }
}

/// Lets a call through, or answers why not.
pub(super) async fn check(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let Some(admin) = request.app_data::<Data<Admin>>().cloned() else {
        let response = problem(StatusCode::INTERNAL_SERVER_ERROR, "the admin port is not set up");
        return Ok(request.into_response(response));
    };
    let header = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
    let host = header(HOST)
        .or_else(|| request.uri().authority().map(|authority| authority.as_str()))
        .unwrap_or_default();
    let origin = header(ORIGIN).map(|origin| origin.split_once("://").map_or(origin, |(_, host)| host));
    let refusal = if !admin.guard.answers_as(host) {
        Some((StatusCode::MISDIRECTED_REQUEST, "unknown host name; add it with --admin-host"))
    } else if origin.is_some_and(|origin| !admin.guard.admits(origin, host)) {
        Some((StatusCode::FORBIDDEN, "calls from pages of another origin are not allowed"))
    } else if !viewer::is_page(request.path()) && !admin.guard.opens(header(AUTHORIZATION)) {
        Some((StatusCode::UNAUTHORIZED, "send the admin token as `Authorization: Bearer …`"))
    } else {
        None
    };
    match refusal {
        Some((status, detail)) => Ok(request.into_response(problem(status, detail))),
        None => next.call(request).await.map(ServiceResponse::map_into_boxed_body),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOOPBACK: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);
    const ALL: IpAddr = IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED);

    #[test]
    fn an_address_that_others_reach_needs_a_token_or_a_waiver() {
        assert!(Guard::new(LOOPBACK, None, &[]).is_ok());
        assert!(matches!(Guard::new(ALL, None, &[]), Err(GuardError::Open { .. })));
        for address in [ALL, LOOPBACK] {
            let short = Guard::new(address, Some("short"), &[]);
            assert!(matches!(short, Err(GuardError::ShortToken { length: 5 })), "{address}");
        }
        assert!(Guard::new(ALL, Some("none"), &[]).is_ok());
        assert!(Guard::new(ALL, Some("sixteen-letters!"), &[]).is_ok());
    }

    #[test]
    fn known_names_and_every_address_are_answered() {
        let guard = Guard::new(LOOPBACK, None, &["Mock.Example".to_owned()]).unwrap();
        for host in ["localhost", "localhost:8080", "127.0.0.1:1", "[::1]", "[::1]:8080", "mock.example:80"] {
            assert!(guard.answers_as(host), "{host}");
        }
        // What containers beside ours call it by.
        for host in ["172.17.0.1:32768", "[fd00::1]:8080"] {
            assert!(guard.answers_as(host), "{host}");
        }
        for host in ["", "evil.example", "localhost.evil.example", "127.0.0.1.evil.example:80", "[::1"] {
            assert!(!guard.answers_as(host), "{host}");
        }
    }

    #[test]
    fn only_our_own_pages_may_call() {
        let guard = Guard::new(LOOPBACK, None, &[]).unwrap();
        for (origin, host) in [("localhost:3000", "127.0.0.1:80"), ("172.17.0.1:8080", "172.17.0.1:8080")] {
            assert!(guard.admits(origin, host), "{origin}");
        }
        for origin in ["evil.example", "192.0.2.1", "172.17.0.1:80", "null", ""] {
            assert!(!guard.admits(origin, "172.17.0.1:8080"), "{origin}");
        }
    }

    #[test]
    fn the_token_opens_and_nothing_else_does() {
        let guard = Guard::new(ALL, Some("sixteen-letters!"), &[]).unwrap();
        assert!(guard.opens(Some("Bearer sixteen-letters!")));
        for given in [None, Some(""), Some("sixteen-letters!"), Some("Bearer sixteen-letters?")] {
            assert!(!guard.opens(given), "{given:?}");
        }
        assert!(!format!("{guard:?}").contains("sixteen"));
    }
}
