//! The log on stderr: text or JSON, with Japanese time.

use std::fmt;
use std::io::{IsTerminal, stderr};

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::FormatTime;
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

use crate::clock::{rfc3339, system_now};
use crate::settings::{LogFormat, LogLevel, LogSettings};

struct Now;

impl FormatTime for Now {
    fn format_time(&self, writer: &mut Writer<'_>) -> fmt::Result {
        writer.write_str(&rfc3339(system_now()))
    }
}

/// Sets the log up; `quiet` shows warnings at most, since the command tells its own story.
pub(super) fn set_up(settings: &LogSettings, quiet: bool) {
    let level = match settings.log_level {
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
    };
    let level = if quiet { level.min(LevelFilter::WARN) } else { level };
    let colour = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()) && stderr().is_terminal();
    let log = tracing_subscriber::fmt::layer()
        .with_writer(stderr)
        .with_timer(Now)
        .with_ansi(colour)
        .with_target(false);
    // The web server tells of its threads and sockets at every start; only what fails there is of interest.
    let shown = Targets::new()
        .with_target("onshi_mock", level)
        .with_target("onshi_terminal", level)
        .with_default(level.min(LevelFilter::WARN));
    match settings.log_format {
        LogFormat::Text => tracing_subscriber::registry().with(log.with_filter(shown)).init(),
        LogFormat::Json => {
            tracing_subscriber::registry().with(log.json().flatten_event(true).with_filter(shown)).init()
        }
    }
}
