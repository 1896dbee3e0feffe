//! Names of the real service, so that nothing of ours ever calls it.

/// Domains of the real service and its networks (access.md 1.3).
const DOMAINS: [&str; 6] =
    ["onshikaku.org", "oqs-pdl.org", "flets-east.jp", "flets-west.jp", "lineauth.mnw", "managedpki.ne.jp"];

/// The domain of the real service that a host name belongs to, if it does.
#[must_use]
pub fn domain_of(host: &str) -> Option<&'static str> {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    DOMAINS
        .into_iter()
        .find(|domain| host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.')))
}
