//! Stories: several exchanges under a set clock, told by a [`told::Told`] world. Bytes go in, bytes come out.
//!
//! Requests and answers are trees of [`node::Node`], which knows nothing of the crate `messages`: what our encoder
//! writes is not judged by our own decoder.

#[cfg(test)]
mod bulk;
#[cfg(test)]
mod checkups;
#[cfg(test)]
mod codes;
#[cfg(test)]
mod consented;
#[cfg(test)]
mod consents;
#[cfg(test)]
mod doors;
#[cfg(test)]
mod drugs;
#[cfg(test)]
mod faces;
#[cfg(test)]
mod json;
#[cfg(test)]
mod ledger;
#[cfg(test)]
mod node;
#[cfg(test)]
mod once;
#[cfg(test)]
mod packs;
#[cfg(test)]
mod papers;
#[cfg(test)]
mod references;
#[cfg(test)]
mod roles;
#[cfg(test)]
mod scripts;
#[cfg(test)]
mod tickets;
#[cfg(test)]
mod told;
#[cfg(test)]
mod worlds;
