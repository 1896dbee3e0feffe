//! What every client is asked to do, and what it says it did.

use std::collections::BTreeMap;
use std::fmt;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::ground::Ground;

/// Name and sentence of each behaviour, in the order of the table.
pub(crate) const BEHAVIOURS: &[(&str, &str)] = &[
    ("pem", "loads certificate and key from PEM and asks for a qualification in UTF-8"),
    ("pkcs12", "loads them from PKCS#12"),
    ("shift-jis", "asks in Shift_JIS and reads an answer in Shift_JIS"),
    ("vectors", "sends the request files of known clients as they are and reads each answer"),
    ("answers", "reads the kept answers of every message, in both encodings"),
    ("folders", "asks over the exchange folders"),
    ("folders-refused", "turns an `.err` file into the error that it explains"),
    ("bulk", "sends a bulk request and waits for its result"),
    ("not-ready", "tells that a bulk job is not ready, with its reception number"),
    ("reference-number", "registers a reference number, which the next answer shows"),
    ("drugs", "reads the drug history as XML"),
    ("drugs-pdf", "reads the drug history as PDF"),
    ("checkups", "reads check-ups as XML and as PDF"),
    ("no-consent", "tells that the patient has not consented, for XML and PDF alike"),
    ("web-api", "logs in to the Web API and searches"),
    ("web-api-refused", "tells that a login is refused"),
    ("line-refused", "tells that the line is refused, with the label"),
    ("certificate-refused", "tells that the certificate is refused, with the label"),
    ("handshake-refused", "tells the same of a service that ends the handshake"),
    ("bad-request", "tells that the request is no message, with the label"),
    ("rejected", "tells the code of a request that the service rejects"),
    ("service-down", "asks three times while there is no service, then tells"),
    ("service-back", "gets its answer when the service is back in between"),
    ("busy", "asks again after HTTP 503, and gets its answer"),
    ("time-out", "tells that there was no answer in time, and does not ask again by itself"),
    ("untrusted", "trusts no server whose certificate is from another authority"),
    ("real-service", "refuses addresses of the real service, and those that are not HTTPS"),
    ("test-world", "for tests: starts onshi-mock, makes isolated worlds and asks in them"),
    ("test-container", "for tests: finds onshi-mock at the mapped ports of a container"),
    ("test-scenario", "for tests: loads a scenario into a world"),
    ("test-clock", "for tests: begins at a time and moves the clock, so that a certificate ends"),
    ("test-verify", "for tests: waits for exchanges and verifies them; what isn't met fails the test"),
    ("test-reset", "for tests: lets a world begin anew, and leaves none behind"),
];

/// What became of a behaviour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// As it should be.
    Passed,
    /// The client doesn't have it, and its page says why.
    NotOffered,
    /// Otherwise.
    Failed(String),
    /// The driver never spoke of it.
    Missing,
}

impl Outcome {
    pub(crate) fn is_fine(&self) -> bool {
        matches!(self, Self::Passed | Self::NotOffered)
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Passed => f.pad("passed"),
            Self::NotOffered => f.pad("not offered"),
            Self::Failed(why) => write!(f, "FAILED: {why}"),
            Self::Missing => f.pad("MISSING"),
        }
    }
}

/// Runs a driver to its end.
pub(crate) fn play(mut driver: Command, ground: &Ground) -> BTreeMap<String, Outcome> {
    let output = driver.envs(ground.environment()).stderr(Stdio::inherit()).output().unwrap();
    assert!(output.status.success(), "{driver:?} ended with {}", output.status);
    let mut outcomes = BTreeMap::new();
    for line in String::from_utf8(output.stdout).unwrap().lines().filter(|line| !line.is_empty()) {
        let line: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        let text = |key: &str| line[key].as_str().unwrap_or_default().to_owned();
        let outcome = match line["outcome"].as_str() {
            Some("passed") => Outcome::Passed,
            Some("not-offered") => Outcome::NotOffered,
            _ => Outcome::Failed(text("detail")),
        };
        let before = outcomes.insert(text("behaviour"), outcome);
        assert_eq!(before, None, "twice: {line}");
    }
    outcomes
}
