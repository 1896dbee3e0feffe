//! Reference client of the online qualification confirmation system (オンライン資格確認), for tests against onshi-mock.
//!
//! [`Client`] asks over HTTPS, [`Folders`] over the terminal's exchange folders, [`WebApi`] over the Web API. Each
//! [`Error`] says what a receipt computer has to do about it. It shares nothing with the service but the vectors.

mod client;
mod document;
mod error;
mod folders;
mod identity;
pub mod request;
#[cfg(feature = "testing")]
pub mod testing;
mod web_api;

pub use client::{Client, Reply, Settings};
pub use document::{Document, Element, Encoding};
pub use error::Error;
pub use folders::Folders;
pub use identity::Identity;
pub use request::{Person, Request};
pub use web_api::WebApi;
