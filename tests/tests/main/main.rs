//! The house from outside: the real binaries on real sockets and folders, asked as vendors' products ask.
#![expect(clippy::unwrap_used, reason = "tests")]

mod admin;
mod admin_api;
mod cards;
mod check;
mod clients;
mod clock;
mod command_line;
mod crash;
mod crowd;
mod every_message;
mod files;
mod folders;
mod habits;
mod isolation;
mod journal;
mod read_me;
mod refusals;
mod report;
mod start_and_end;
mod vectors;
mod web_api;
mod worlds;
