//! Certificates that are wrong on purpose: each has exactly one defect, and is good in everything else.
//!
//! Vendors see with them whether their product tells one refusal from the other. Times are relative to `now`, so that a
//! pack is made when it is needed and never kept.

mod client;
mod recipe;
mod server;

pub use client::{Defect, Wrong};
pub use server::{ServerDefect, WrongServer};

/// Declares defects: the name by which people call them, and what is wrong.
macro_rules! defects {
    ($(#[$enum_meta:meta])* $enum:ident { $($variant:ident = $name:literal, $about:literal;)* }) => {
        $(#[$enum_meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        pub enum $enum { $(#[doc = $about] #[serde(rename = $name)] $variant,)* }

        impl $enum {
            /// Every defect.
            pub const ALL: &'static [$enum] = &[$($enum::$variant,)*];

            /// Its name: `expired-yesterday`.
            pub fn name(self) -> &'static str {
                match self { $($enum::$variant => $name,)* }
            }

            /// What is wrong, in a few words.
            pub fn about(self) -> &'static str {
                match self { $($enum::$variant => $about,)* }
            }
        }
    };
}
use defects;

#[cfg(test)]
mod tests;
