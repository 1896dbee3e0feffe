//! The house from outside: the real binaries on real sockets and folders, asked as vendors' products ask.
#![expect(clippy::unwrap_used, reason = "tests")]

mod admin;
mod admin_api;
mod cards;
mod check;
mod clients;
mod clock;
mod command_line;
mod compose;
mod crash;
mod creation;
mod crowd;
mod documents;
mod every_message;
mod files;
mod folders;
mod habits;
mod isolation;
mod journal;
mod keys;
mod life;
mod lines;
mod misled;
#[cfg(target_os = "linux")]
mod namespaces;
mod openapi;
mod portal;
mod recipes;
mod refusals;
mod report;
mod scripted;
mod start_and_end;
mod terminal;
mod vectors;
mod web_api;
mod worlds;
mod wrong;
