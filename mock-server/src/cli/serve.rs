//! `onshi-mock serve`: everything at once, until a signal.

use std::io::Write;

use super::{Exit, block_on};
use crate::app::House;
use crate::settings::Settings;

pub(super) fn run(settings: &Settings) -> anyhow::Result<Exit> {
    block_on(async {
        // Before anybody is told that it is ready: a signal that nobody waits for yet would end it the hard way.
        let signal = until_signal()?;
        let house = House::start(settings).await?;
        writeln!(std::io::stdout(), "{}", house.ready_line())?;
        signal.await;
        house.stop().await;
        Ok(Exit::Done)
    })
}

#[cfg(unix)]
fn until_signal() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

#[cfg(not(unix))]
fn until_signal() -> std::io::Result<impl Future<Output = ()>> {
    let mut interrupt = tokio::signal::windows::ctrl_c()?;
    Ok(async move {
        interrupt.recv().await;
    })
}
