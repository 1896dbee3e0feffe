//! `onshi-mock serve`: everything at once, until a signal.

use std::io::Write;

use super::{Exit, block_on};
use crate::app::House;
use crate::settings::Settings;

pub(super) fn run(settings: &Settings) -> anyhow::Result<Exit> {
    block_on(async {
        let house = House::start(settings).await?;
        writeln!(std::io::stdout(), "{}", house.ready_line())?;
        until_signal().await?;
        house.stop().await;
        Ok(Exit::Done)
    })
}

#[cfg(unix)]
async fn until_signal() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        _ = terminate.recv() => {}
        interrupted = tokio::signal::ctrl_c() => interrupted?,
    }
    Ok(())
}

#[cfg(not(unix))]
async fn until_signal() -> std::io::Result<()> {
    tokio::signal::ctrl_c().await
}
