//! The terminal (資格確認端末) of an institution: its link application (連携アプリケーション).
//!
//! A receipt computer drops `OQSsiquc01req_*.xml` into the folder `req`. The terminal claims the file, carries it
//! over TLS with its client certificate to the service, and puts the answer into the folder `res`: the result, or
//! an `.err` file with the reason. Each request gets exactly one answer, also when the terminal is killed midway.
//!
//! ```text
//! watch -> intake -> work::claim -> errand -> carry (ask, again if need be) -> answer -> work::deliver
//! events   complete?  out of req    its way    HTTPS                          what `res` shows  by rename
//! and looks
//!
//! channel (ask what waits, fetch it) -> face
//! HTTPS, a long poll                    once only, by rename
//! ```
//!
//! Beside the exchanges it asks the service for what nobody requested, face files after a visit at the card reader,
//! and puts it into the folder `face`.
//!
//! It refuses to know what stands in a request, who may ask, and what the right answer is: that is the service's.

mod answer;
mod carry;
mod channel;
pub mod cli;
mod clock;
mod crypt;
mod definition;
mod doctor;
mod entry;
mod errand;
mod face;
mod folders;
mod habit;
mod hint;
mod intake;
mod lock;
mod pause;
mod recover;
mod run;
mod service;
mod settings;
mod stale;
mod stray;
mod tell;
mod trouble;
mod turns;
mod watch;
mod work;

pub use carry::TlsError;
pub use crypt::{Encryption, EncryptionError};
pub use definition::{Definition, DefinitionError};
pub use doctor::{Check, State, examine};
pub use folders::{Chosen, FolderError, Folders};
pub use run::{Running, StartError, Terminal};
pub use service::{ServiceUrl, ServiceUrlError};
pub use settings::{Identity, Settings};
pub use work::WorkError;
