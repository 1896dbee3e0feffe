//! Consents: up to four elements that share a prefix and stand flat among their siblings.

use crate::given::Given;
use crate::message::{Mark, Names, Prefixed, Presence, Scope, Sink, Suffix};
use crate::reading::{Children, Reading};
use crate::value::{Consent, ConsentExpiry, LimitConsent, Moment, Value};

/// A consent of the patient: `…ConsFlg`, `…ConsTime`, `…AvailableTime`, `…ConsExpiredReason`.
///
/// Until when and why it ended stand only where the layout has them (elements.md 1.4 and 6.1).
#[derive(Debug, Clone, PartialEq)]
pub struct Consented<F = Consent> {
    /// Given or not.
    pub flag: Given<F>,
    /// When it was given.
    pub at: Given<Moment>,
    /// Until when it holds.
    pub until: Given<Moment>,
    /// Why it ended; home visits and online care only.
    pub ended: Given<ConsentExpiry>,
}

/// A consent to the limit certificate, which has a code table of its own.
pub type LimitConsented = Consented<LimitConsent>;

impl<F> Default for Consented<F> {
    fn default() -> Self {
        Self { flag: Given::Missing, at: Given::Missing, until: Given::Missing, ended: Given::Missing }
    }
}

/// The element names of one consent.
#[derive(Debug, Clone, Copy)]
pub struct ConsentNames {
    /// `…ConsFlg`.
    pub flag: &'static str,
    /// `…ConsTime`.
    pub at: &'static str,
    /// `…AvailableTime`.
    pub until: &'static str,
    /// `…ConsExpiredReason`.
    pub ended: &'static str,
}

/// The names of the consent elements with a prefix.
macro_rules! consent_names {
    ($prefix:ident) => {
        $crate::oqs::ConsentNames {
            flag: concat!(stringify!($prefix), "ConsFlg"),
            at: concat!(stringify!($prefix), "ConsTime"),
            until: concat!(stringify!($prefix), "AvailableTime"),
            ended: concat!(stringify!($prefix), "ConsExpiredReason"),
        }
    };
}
pub(crate) use consent_names;

impl<F: Value> Prefixed for Consented<F> {
    const PARTS: &'static [Suffix] = &[
        Suffix { end: "ConsFlg", kind: F::KIND, scope: Scope::Everywhere, lasting: false, marks: &[] },
        Suffix { end: "ConsTime", kind: Moment::KIND, scope: Scope::Everywhere, lasting: false, marks: &[] },
        Suffix {
            end: "AvailableTime",
            kind: Moment::KIND,
            scope: Scope::Everywhere,
            lasting: true,
            marks: &[],
        },
        Suffix {
            end: "ConsExpiredReason",
            kind: ConsentExpiry::KIND,
            scope: Scope::Visits,
            lasting: true,
            marks: &[Mark::C],
        },
    ];
    type Names = ConsentNames;

    fn read(names: &ConsentNames, children: &mut Children<'_, '_>, reading: &mut Reading<'_>) -> Self {
        Self {
            flag: one(names.flag, children, reading),
            at: one(names.at, children, reading),
            until: one(names.until, children, reading),
            ended: one(names.ended, children, reading),
        }
    }

    fn write<S: Sink>(&self, names: &ConsentNames, sink: &mut S) {
        sink.value(names.flag, &self.flag);
        sink.value(names.at, &self.at);
        sink.value(names.until, &self.until);
        sink.value(names.ended, &self.ended);
    }

    #[cfg(any(test, feature = "samples"))]
    fn sample(dice: &mut crate::samples::Dice<'_>) -> Self {
        if !dice.fills() {
            return Self::default();
        }
        Self {
            flag: Given::Good(F::sample(dice)),
            at: dice.given(),
            until: dice.given(),
            ended: dice.given(),
        }
    }
}

fn one<V: Value>(
    element: &'static str,
    children: &mut Children<'_, '_>,
    reading: &mut Reading<'_>,
) -> Given<V> {
    children.value(&Names { element, also: &[], wrapper: None }, Presence::Optional, reading)
}
