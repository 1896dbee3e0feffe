//! What a terminal must be told before it starts.

use std::{fmt, time::Duration};

use messages::{charset::Encoding, dialect::ErrContent};

use crate::{Encryption, Folders, ServiceUrl};

/// The settings of one terminal: one certificate, one tree of exchange folders, one service.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Settings {
    /// Where requests are found, answers are put, and work in progress is kept.
    pub folders: Folders,
    /// The service that answers.
    pub service: ServiceUrl,
    /// Who this terminal is (端末認証).
    pub identity: Identity,
    /// The only certificate authorities that the terminal trusts, as PEM; those of the system are not asked.
    pub ca_pem: Vec<u8>,
    /// Pause between two looks into `req`, besides events. Default [`Settings::POLL`].
    pub poll: Duration,
    /// How long a file must stay unchanged until it is taken as it is, whole or not. Default [`Settings::SETTLING`].
    pub settling: Duration,
    /// How long a request is asked again, from its first asking on, until it becomes `.err`; also the longest wait
    /// for one answer. Default [`Settings::LINK_TIMEOUT`].
    pub link_timeout: Duration,
    /// How many requests are on their way at the same time; 0 counts as 1. Default [`Settings::IN_FLIGHT`].
    pub in_flight: usize,
    /// What stands in an `.err` file; a row of the dialect (gaps.md row 2). Default explained.
    pub err_content: ErrContent,
    /// Whether file-system events are used besides looking. Off, the terminal only looks. Default on.
    pub events: bool,
    /// Whether the service is asked for face files (OutputFlg in the field). Default on.
    pub deliveries: bool,
    /// In which encoding answers are wanted; as the service likes, if absent (messages.md 4, \[C]).
    pub encoding: Option<Encoding>,
    /// Which answers are encrypted (`encrypt.conf`). Default none.
    pub encryption: Option<Encryption>,
    /// Which face files are encrypted (`encrypt_face.conf`). Default none.
    pub face_encryption: Option<Encryption>,
    /// How long an answer stays in `res` until it is deleted, in the world's time (ResponseFileStayTime). Default
    /// [`Settings::STAY`]; `None` keeps them.
    pub stay: Option<Duration>,
}

impl Settings {
    /// Default of [`Settings::poll`] (gaps.md row 6, \[D\]).
    pub const POLL: Duration = Duration::from_secs(1);
    /// Default of [`Settings::settling`] (\[D\]).
    pub const SETTLING: Duration = Duration::from_secs(3);
    /// Default of [`Settings::link_timeout`] (\[D\]; a known client waits three minutes, messages.md 3.1).
    pub const LINK_TIMEOUT: Duration = Duration::from_secs(180);
    /// Default of [`Settings::stay`] (terminal.md 3.1, \[C]: an example of a real setting).
    pub const STAY: Duration = Duration::from_secs(1440 * 60);
    /// Default of [`Settings::in_flight`] (\[D\]).
    pub const IN_FLIGHT: usize = 8;

    /// Settings with every default.
    #[must_use]
    pub fn new(folders: Folders, service: ServiceUrl, identity: Identity, ca_pem: Vec<u8>) -> Self {
        Self {
            folders,
            service,
            identity,
            ca_pem,
            poll: Self::POLL,
            settling: Self::SETTLING,
            link_timeout: Self::LINK_TIMEOUT,
            in_flight: Self::IN_FLIGHT,
            err_content: ErrContent::Explained,
            events: true,
            deliveries: true,
            encoding: None,
            encryption: None,
            face_encryption: None,
            stay: Some(Self::STAY),
        }
    }
}

/// The client certificate of a terminal with its key. `Debug` doesn't show the key.
#[derive(Clone)]
pub struct Identity {
    /// The certificate, followed by the certificates of its issuers, as PEM.
    pub certificate_pem: Vec<u8>,
    /// The private key, as PEM of PKCS#8 (`BEGIN PRIVATE KEY`), not encrypted.
    pub key_pem: Vec<u8>,
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity").finish_non_exhaustive()
    }
}
