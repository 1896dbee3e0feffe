//! Why the house cannot start.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use crate::admin;
use crate::founding::FoundingError;
use crate::line::TableFull;
use crate::watch;

/// Why the house cannot start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// A port is taken.
    #[error(
        "address {address} is in use: another onshi-mock may be running; choose another port with {flag} (0 takes any free one)"
    )]
    AddressInUse {
        /// The address.
        address: SocketAddr,
        /// The flag that chooses it.
        flag: &'static str,
    },
    /// An address cannot be listened on.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The system's reason.
        #[source]
        source: io::Error,
    },
    /// A setting does not fit.
    #[error(transparent)]
    Guard(#[from] admin::GuardError),
    /// Keys, certificates or the data folder.
    #[error(transparent)]
    Founding(#[from] FoundingError),
    /// OpenSSL does not take the server's identity.
    #[error("TLS cannot be set up")]
    Tls(#[from] openssl::error::ErrorStack),
    /// More lines than the table takes.
    #[error(transparent)]
    Lines(#[from] TableFull),
    /// Another terminal, perhaps that of another onshi-mock, works in the exchange folder.
    #[error(
        "the exchange folder {} is in use by another onshi-mock or terminal: choose another one with --exchange, \
         or start without a terminal with --no-terminal / \
         別の onshi-mock または端末が使用中です。--exchange で別のフォルダーを指定するか、--no-terminal を付けて起動してください",
        path.display()
    )]
    ExchangeInUse {
        /// The exchange folder.
        path: PathBuf,
    },
    /// The built-in terminal.
    #[error(transparent)]
    Terminal(#[from] onshi_terminal::StartError),
    /// The address of the built-in terminal's service.
    #[error(transparent)]
    ServiceUrl(#[from] onshi_terminal::ServiceUrlError),
    /// The folder of scenarios, or a scenario in it.
    /// It is told whole, so that it is no source: that would be told once more.
    #[error("the scenarios cannot be loaded:\n{0}")]
    Scenarios(watch::FolderError),
    /// The folder of scenarios cannot be watched.
    #[error("the folder of scenarios cannot be watched")]
    Watch(#[source] io::Error),
    /// The port file cannot be written.
    #[error("cannot write the port file {path}")]
    PortFile {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        #[source]
        source: io::Error,
    },
    /// The system has no random numbers.
    #[error("the system has no random numbers")]
    NoRandomNumbers,
    /// An internal invariant does not hold.
    #[error("the default world is missing")]
    NoDefaultWorld,
}

impl From<watch::FolderError> for StartError {
    fn from(error: watch::FolderError) -> Self {
        match error {
            watch::FolderError::Ledger(error) => FoundingError::from(error).into(),
            error @ (watch::FolderError::Read { .. }
            | watch::FolderError::TooLarge { .. }
            | watch::FolderError::Scenarios(_)) => Self::Scenarios(error),
        }
    }
}
