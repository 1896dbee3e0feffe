//! The machine's clock. The only module that asks for it: what the terminal does follows the world's time or counts
//! between two moments of its own.

use jiff::{
    Timestamp,
    tz::{Offset, TimeZone},
};

/// What the machine believes.
#[expect(clippy::disallowed_methods, reason = "this is the one place that asks the system")]
pub(crate) fn machine_now() -> Timestamp {
    Timestamp::now()
}

/// A moment for people and logs: RFC 3339 with Japan's offset, which has been the same since 1952.
pub(crate) fn rfc3339(at: Timestamp) -> String {
    let japan = TimeZone::fixed(Offset::constant(9));
    at.to_zoned(japan).strftime("%Y-%m-%dT%H:%M:%S%.3f%:z").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_told_in_japanese_time() {
        let moment = Timestamp::from_millisecond(1_800_000_000_120).unwrap();
        assert_eq!(rfc3339(moment), "2027-01-15T17:00:00.120+09:00");
    }
}
