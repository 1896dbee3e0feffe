//! The log on stderr: text or JSON, with Japanese time.

use std::fmt;
use std::io::{IsTerminal, stderr};

use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::FormatTime;

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
    let log = tracing_subscriber::fmt()
        .with_writer(stderr)
        .with_max_level(level)
        .with_timer(Now)
        .with_ansi(colour)
        .with_target(false);
    match settings.log_format {
        LogFormat::Text => log.init(),
        LogFormat::Json => log.json().flatten_event(true).init(),
    }
}
