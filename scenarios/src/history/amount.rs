//! Amounts of drugs.

use std::fmt;
use std::str::FromStr;

/// An amount of a drug: up to five digits before and after the point (elements.md 7.3, `Qua1`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Amount {
    /// In hundred-thousandths.
    parts: u64,
}

/// A text that is no amount.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{sent:?} is no amount; expected at most five digits, and at most five more after a point")]
pub struct AmountError {
    /// The text.
    pub sent: String,
}

/// Digits on either side of the point.
const DIGITS: usize = 5;

impl FromStr for Amount {
    type Err = AmountError;

    fn from_str(text: &str) -> Result<Self, AmountError> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
        let number = |digits: &str| {
            let fits = (1..=DIGITS).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
            fits.then(|| digits.parse::<u64>().ok()).flatten()
        };
        let padded = if fraction.is_empty() { String::new() } else { format!("{fraction:0<DIGITS$}") };
        let parts = number(whole).zip(number(&padded));
        let (whole, fraction) = parts.ok_or_else(|| AmountError { sent: text.to_owned() })?;
        Ok(Self { parts: whole * 100_000 + fraction })
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, fraction) = (self.parts / 100_000, self.parts % 100_000);
        if fraction == 0 {
            return write!(f, "{whole}");
        }
        write!(f, "{whole}.{}", format!("{fraction:0DIGITS$}").trim_end_matches('0'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_comes_back_without_needless_zeros() {
        for (text, expected) in
            [("3", "3"), ("0.5", "0.5"), ("2.50", "2.5"), ("99999.99999", "99999.99999"), ("10.05", "10.05")]
        {
            assert_eq!(text.parse::<Amount>().unwrap().to_string(), expected);
        }
    }

    #[test]
    fn what_is_too_long_or_no_number_is_refused() {
        for text in ["", ".5", "5.", "100000", "1.000001", "-1", "１", "1.2.3"] {
            assert!(text.parse::<Amount>().is_err(), "{text}");
        }
    }
}
