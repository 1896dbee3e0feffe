//! What is counted of the process, for Prometheus.
//!
//! Labels have few values: message ids that exist, outcomes, our labels of refusals. Nothing that a client makes up
//! becomes one.

use std::fmt;
use std::sync::Arc;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};

use crate::journal::{Exchange, tally};

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Ended {
    message: &'static str,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Labelled {
    label: &'static str,
}

/// The metrics of a process: a value, so that two houses in one test don't count together.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    exchanges: Family<Ended, Counter>,
    refused: Family<Labelled, Counter>,
    findings: Family<Labelled, Counter>,
    took: Histogram,
    connections: Counter,
    open: Gauge,
    worlds: Gauge,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("onshi_mock");
        let build = Info::new(vec![("version", env!("CARGO_PKG_VERSION"))]);
        registry.register("build", "What was built", build);
        let exchanges = Family::default();
        registry.register("exchanges", "Exchanges by message and outcome", exchanges.clone());
        let refused = Family::default();
        registry.register("refused", "Refused exchanges by label", refused.clone());
        let findings = Family::default();
        registry.register("findings", "Findings in requests and answers by label", findings.clone());
        // From 50 microseconds to some 3 seconds.
        let took = Histogram::new(exponential_buckets(0.000_05, 3.0, 11));
        let help = "Work of the service per exchange, without scripted delays";
        registry.register_with_unit("exchange_duration", help, Unit::Seconds, took.clone());
        let connections = Counter::default();
        registry.register("connections", "Connections to the service", connections.clone());
        let open = Gauge::default();
        registry.register("open_connections", "Connections to the service that are open", open.clone());
        let worlds = Gauge::default();
        registry.register("worlds", "Worlds", worlds.clone());
        Self { registry, exchanges, refused, findings, took, connections, open, worlds }
    }
}

impl Metrics {
    /// Counts an exchange.
    pub fn count(&self, exchange: &Exchange) {
        let ended = Ended { message: tally::message(&exchange.message), outcome: exchange.outcome().name() };
        self.exchanges.get_or_create(&ended).inc();
        if let Some(label) = exchange.refused {
            self.refused.get_or_create(&Labelled { label }).inc();
        }
        for finding in &exchange.findings {
            self.findings.get_or_create(&Labelled { label: finding.label.code() }).inc();
        }
        self.took.observe(exchange.took.as_secs_f64());
    }

    /// Counts a connection to the service, as open until the value is dropped.
    #[must_use]
    pub fn connected(self: &Arc<Self>) -> OpenConnection {
        self.connections.inc();
        self.open.inc();
        OpenConnection(Arc::clone(self))
    }

    /// Everything in the text format of OpenMetrics, with the number of worlds as it is now.
    #[must_use]
    pub fn text(&self, worlds: usize) -> String {
        self.worlds.set(i64::try_from(worlds).unwrap_or(i64::MAX));
        let mut text = String::new();
        match encode(&mut text, &self.registry) {
            Ok(()) => text,
            Err(fmt::Error) => String::new(),
        }
    }
}

/// A connection that is counted as open.
#[derive(Debug)]
pub struct OpenConnection(Arc<Metrics>);

impl Drop for OpenConnection {
    fn drop(&mut self) {
        self.0.open.dec();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn exchanges_refusals_and_connections_are_counted_by_names_that_clients_cannot_make_up() {
        let metrics = Arc::new(Metrics::default());
        let exchange = |message: &str, refused| Exchange {
            message: message.into(),
            refused,
            took: Duration::from_micros(120),
            ..Exchange::default()
        };
        metrics.count(&exchange("oqssiquc01", None));
        metrics.count(&exchange("made-up-1", Some("X901")));
        metrics.count(&exchange("made-up-2", Some("X901")));
        let connection = metrics.connected();
        let line = |text: &str| metrics.text(3).lines().any(|line| line == text);
        for expected in [
            "onshi_mock_exchanges_total{message=\"OQSsiquc01\",outcome=\"answered\"} 1",
            "onshi_mock_exchanges_total{message=\"other\",outcome=\"refused\"} 2",
            "onshi_mock_refused_total{label=\"X901\"} 2",
            "onshi_mock_exchange_duration_seconds_count 3",
            "onshi_mock_connections_total 1",
            "onshi_mock_open_connections 1",
            "onshi_mock_worlds 3",
            "# EOF",
        ] {
            assert!(line(expected), "{expected}\n{}", metrics.text(3));
        }
        drop(connection);
        assert!(line("onshi_mock_open_connections 0"));
    }
}
