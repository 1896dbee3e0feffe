//! Insurer numbers, whose padding differs from client to client.

use std::borrow::Cow;
use std::sync::Arc;

use super::rule::checked;
use super::{Kind, Value, text_conversions};
use crate::finding::Label;
use crate::message::Fault;

/// Insurer number (保険者番号) or, for medical aid, the number of the public payer (公費負担者番号).
///
/// Eight digits, or six for municipal insurance; the last is a check digit. On the wire it has eight characters: six
/// digits come padded on the left with spaces, from some clients with zeros (identifiers.md 2, \[S]\[C]). The text is
/// kept as it was sent, so that an echo is equal to the request; compare numbers by [`InsurerNumber::digits`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InsurerNumber(Arc<str>);

impl InsurerNumber {
    /// The number itself: six or eight digits, without padding.
    #[must_use]
    pub fn digits(&self) -> &str {
        let text = self.0.trim_start_matches(' ');
        text.strip_prefix("00").filter(|rest| rest.len() == 6).unwrap_or(text)
    }

    /// The number as answers write it: eight characters, padded with spaces.
    #[must_use]
    pub fn padded(&self) -> Self {
        if self.digits().len() == 8 && self.0.len() == 8 {
            self.clone()
        } else {
            Self(format!("{:>8}", self.digits()).into())
        }
    }

    /// The first two digits of an eight-digit number: the scheme (法別番号). `None` for municipal insurance.
    #[must_use]
    pub fn scheme(&self) -> Option<&str> {
        let digits = self.digits();
        (digits.len() == 8).then(|| digits.get(..2)).flatten()
    }

    /// Whether it is a union of late-elderly insurance (後期高齢者医療).
    #[must_use]
    pub fn is_late_elderly(&self) -> bool {
        self.scheme() == Some("39")
    }

    /// Whether it is a payer of medical aid (医療扶助).
    #[must_use]
    pub fn is_medical_aid(&self) -> bool {
        self.scheme() == Some("12")
    }
}

impl Value for InsurerNumber {
    const KIND: Kind = Kind {
        name: "InsurerNumber",
        ja: "検証番号を含む8桁（6桁の場合は左に空白2桁）の数字",
        en: "8 digits (6 digits with two leading spaces), the last a check digit",
        codes: &[],
    };

    fn read(text: &str) -> Result<Self, Fault> {
        let number = Self(text.into());
        let digits = number.digits();
        let fault = |label| Fault { label, expected: Self::KIND.format() };
        if !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(fault(Label::Characters));
        }
        if !matches!(digits.len(), 6 | 8) || text.len() > 8 {
            return Err(fault(Label::Length));
        }
        checked(digits)?;
        Ok(number)
    }

    fn text(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.0)
    }

    fn pattern() -> Option<String> {
        Some("^( {0,2}[0-9]{6}|[0-9]{8})$".to_owned())
    }

    #[cfg(any(test, feature = "samples"))]
    fn sample(dice: &mut crate::samples::Dice<'_>) -> Self {
        use super::rule::with_check_digit;
        let number = if dice.fills() {
            with_check_digit(dice.digits(5))
        } else {
            with_check_digit(format!("06{}", dice.digits(5)))
        };
        Self(format!("{number:>8}").into())
    }

    fn note(&self) -> Option<Label> {
        match (self.0.len(), self.digits().len()) {
            (8, 6) if self.0.starts_with('0') => Some(Label::ZeroPadded),
            (6 | 7, 6) => Some(Label::NotPadded),
            _ => None,
        }
    }
}

text_conversions!(InsurerNumber);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_with_spaces_zeros_or_nothing_is_the_same_number() {
        for (text, note) in
            [("  139998", None), ("00139998", Some(Label::ZeroPadded)), ("139998", Some(Label::NotPadded))]
        {
            let number: InsurerNumber = text.parse().unwrap();
            assert_eq!((number.digits(), number.padded().text().as_ref()), ("139998", "  139998"));
            assert_eq!((number.text().as_ref(), number.note()), (text, note));
        }
    }

    #[test]
    fn an_eight_digit_number_tells_its_scheme() {
        let number: InsurerNumber = "39139993".parse().unwrap();
        assert!(number.is_late_elderly() && !number.is_medical_aid());
        assert_eq!(number.padded(), number);
    }

    #[test]
    fn what_is_no_insurer_number_says_which_rule_it_breaks() {
        for (text, label) in [
            ("06139991", Label::CheckDigit),
            ("00139999", Label::CheckDigit),
            ("0613999", Label::Length),
            ("061399920", Label::Length),
            ("   139998", Label::Length),
            ("０６１３９９９２", Label::Characters),
            ("06139992 ", Label::Characters),
        ] {
            assert_eq!(text.parse::<InsurerNumber>().unwrap_err().label, label, "{text:?}");
        }
    }
}
