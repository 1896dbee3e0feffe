//! Tests of the scenario language and of the standard pack through the crate's own doors.

#[cfg(test)]
mod checkups;
#[cfg(test)]
mod examples;
#[cfg(test)]
mod expected;
#[cfg(test)]
mod history;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod pack_errors;
#[cfg(test)]
mod packs;
#[cfg(test)]
mod reference;
#[cfg(test)]
mod schema;
#[cfg(test)]
mod standard_pack;
