//! What day it is in Japan, since requests name it.

use jiff::civil::Date;
use jiff::tz::Offset;

/// Today in Japan, where the service is.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "the binaries run by the real clock, so the tests ask it too")]
pub fn today() -> Date {
    Offset::constant(9).to_datetime(jiff::Timestamp::now()).date()
}

/// Does something that must not see two days, once more if midnight came in between.
pub fn on_one_day<T>(mut what: impl FnMut(Date) -> T) -> T {
    loop {
        let day = today();
        let result = what(day);
        if day == today() {
            return result;
        }
    }
}
