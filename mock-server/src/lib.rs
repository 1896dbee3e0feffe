//! onshi-mock: the online qualification confirmation system (オンライン資格確認等システム) in one process, for tests.
//!
//! A request goes through the rooms in this order:
//! [`accept`] ([`mod@line`], [`tls`]) → [`gate`] → [`exchange`] (decode, [`services`], script, encode) → [`journal`].
//! What is true stands in a [`world`]; it changes only through the [`ledger`]. [`admin`] is a face over the worlds.
//! [`gate`], [`services`] and [`world`] are pure: no sockets, no files, no system clock.

pub mod accept;
pub mod admin;
pub mod app;
mod archive;
pub mod catalogue;
pub mod channel;
pub mod claims;
pub mod cli;
pub mod clock;
pub mod exchange;
pub mod failure;
pub mod founding;
pub mod gate;
pub mod journal;
pub mod ledger;
pub mod line;
pub mod lineauth;
pub mod metrics;
pub mod moments;
pub mod office;
pub mod papers;
pub mod portal;
pub mod ports;
pub mod reader;
pub mod reason;
pub mod registered;
pub mod report;
pub mod schema;
pub mod script;
pub mod services;
mod serving;
pub mod settings;
pub mod settling;
pub mod tls;
pub mod watch;
pub mod webapi;
pub mod world;
pub mod wrong;
