//! The doors of the service: real sockets and TLS, refused as explained and as in the field.

mod below;
mod client;
mod forged;
mod house;
mod sessions;
mod table;
