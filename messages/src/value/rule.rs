//! The rules of which kinds of text are made.

use super::Kind;
use crate::charset::shift_jis_length;
use crate::finding::Label;
use crate::message::Fault;
use crate::refusal::Bilingual;

/// One rule of a text.
#[derive(Debug, Clone, Copy)]
pub(super) enum Rule {
    /// Exactly so many ASCII digits.
    Digits(usize),
    /// One to so many ASCII digits.
    UpToDigits(usize),
    /// Printable ASCII, one to so many characters.
    Ascii(usize),
    /// Any text of one to so many characters.
    Characters(usize),
    /// Any text of one to so many bytes in Windows-31J.
    Bytes(usize),
    /// Only characters of one byte: half-width katakana and printable ASCII.
    HalfWidth,
    /// Exactly so many ASCII letters and digits.
    Letters(usize),
    /// Digits with at most one decimal point: so many before it, so many behind it.
    Decimal(usize, usize),
    /// `123-4567`.
    PostNumber,
    /// The last digit is the check digit of those before (identifiers.md 1).
    CheckDigit,
}

/// Checks a text against rules in order.
pub(super) fn check(text: &str, rules: &[Rule], kind: &Kind) -> Result<(), Fault> {
    for rule in rules {
        let broken = match *rule {
            Rule::Digits(length) => digits(text).or((text.len() != length).then_some(Label::Length)),
            Rule::UpToDigits(most) => digits(text).or((text.len() > most).then_some(Label::Length)),
            Rule::Ascii(most) => (!text.bytes().all(|b| (b' '..=b'~').contains(&b)))
                .then_some(Label::Characters)
                .or((text.len() > most).then_some(Label::Length)),
            Rule::Characters(most) => (text.chars().count() > most).then_some(Label::Length),
            Rule::Bytes(most) => (shift_jis_length(text) > most).then_some(Label::Length),
            Rule::HalfWidth => {
                (!text.chars().all(|c| matches!(c, ' '..='~' | '｡'..='ﾟ'))).then_some(Label::Characters)
            }
            Rule::Letters(length) => (!text.bytes().all(|b| b.is_ascii_alphanumeric()))
                .then_some(Label::Characters)
                .or((text.len() != length).then_some(Label::Length)),
            Rule::Decimal(whole, fraction) => decimal(text, whole, fraction),
            Rule::PostNumber => (!is_post_number(text)).then_some(Label::Characters),
            Rule::CheckDigit => {
                checked(text)?;
                None
            }
        };
        if let Some(label) = broken {
            return Err(Fault { label, expected: kind.format() });
        }
    }
    Ok(())
}

/// What the rules say as a regular expression, as far as one can say it: check digits and bytes are left out.
pub(super) fn pattern(rules: &[Rule]) -> Option<String> {
    rules.iter().find_map(|rule| match *rule {
        Rule::Digits(length) => Some(format!("^[0-9]{{{length}}}$")),
        Rule::UpToDigits(most) => Some(format!("^[0-9]{{1,{most}}}$")),
        Rule::Ascii(most) => Some(format!("^[ -~]{{1,{most}}}$")),
        Rule::Characters(most) | Rule::Bytes(most) => Some(format!("^.{{1,{most}}}$")),
        Rule::HalfWidth => Some("^[ -~｡-ﾟ]+$".to_owned()),
        Rule::Letters(length) => Some(format!("^[0-9A-Za-z]{{{length}}}$")),
        Rule::Decimal(whole, fraction) => Some(format!("^[0-9]{{1,{whole}}}(\\.[0-9]{{1,{fraction}}})?$")),
        Rule::PostNumber => Some("^[0-9]{3}-[0-9]{4}$".to_owned()),
        Rule::CheckDigit => None,
    })
}

fn digits(text: &str) -> Option<Label> {
    (!text.bytes().all(|b| b.is_ascii_digit())).then_some(Label::Characters)
}

fn decimal(text: &str, most_whole: usize, most_fraction: usize) -> Option<Label> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    digits(whole)
        .or(digits(fraction))
        .or((whole.is_empty() || fraction.is_empty()).then_some(Label::Characters))
        .or((whole.len() > most_whole || fraction.len() > most_fraction).then_some(Label::Length))
}

fn is_post_number(text: &str) -> bool {
    text.len() == 8
        && text.bytes().enumerate().all(|(i, b)| if i == 3 { b == b'-' } else { b.is_ascii_digit() })
}

/// The check digit of a row of digits, modulus 10 with weights 2, 1, 2, 1 … from the right (identifiers.md 1).
///
/// `None` if there is anything but ASCII digits.
#[must_use]
pub fn check_digit(digits: &str) -> Option<u8> {
    let mut sum = 0u8;
    for (position, digit) in digits.bytes().rev().enumerate() {
        let digit = digit.is_ascii_digit().then(|| digit - b'0')?;
        let product = if position % 2 == 0 { digit * 2 } else { digit };
        sum = (sum + product / 10 + product % 10) % 10;
    }
    Some((10 - sum) % 10)
}

/// Checks the last digit of a row of digits.
pub(super) fn checked(digits: &str) -> Result<(), Fault> {
    let (body, last) = digits.split_at_checked(digits.len().saturating_sub(1)).unwrap_or(("", digits));
    let expected = check_digit(body);
    if expected.map(|digit| digit.to_string()).as_deref() == Some(last) {
        return Ok(());
    }
    let digit = expected.unwrap_or_default();
    Err(Fault {
        label: Label::CheckDigit,
        expected: Bilingual::made(format!("検証番号 {digit}"), format!("check digit {digit}")),
    })
}

/// A text that satisfies the rules.
#[cfg(any(test, feature = "samples"))]
pub(super) fn sample(rules: &[Rule], dice: &mut crate::samples::Dice<'_>) -> String {
    use crate::samples::{ASCII, HALF_WIDTH};
    match *rules {
        [Rule::Digits(length), Rule::CheckDigit] => with_check_digit(dice.digits(length - 1)),
        [Rule::Digits(length), ..] | [Rule::UpToDigits(length), ..] => dice.digits(length),
        [Rule::Letters(length), ..] => dice.digits(length),
        [Rule::Decimal(..), Rule::Ascii(most)] => dice.digits(most),
        [Rule::Decimal(whole, fraction), ..] => {
            format!("{}.{}", dice.digits(whole), dice.digits(fraction))
        }
        [Rule::Ascii(most), ..] => dice.text(ASCII, most),
        [Rule::HalfWidth, ..] => dice.text(HALF_WIDTH, 24),
        [Rule::Characters(most), ..] => dice.japanese(most),
        [Rule::Bytes(most), ..] => dice.japanese(most / 2),
        [Rule::PostNumber, ..] => format!("{}-{}", dice.digits(3), dice.digits(4)),
        [] | [Rule::CheckDigit, ..] => String::from("0"),
    }
}

/// A row of digits and its check digit.
#[cfg(any(test, feature = "samples"))]
pub(super) fn with_check_digit(digits: String) -> String {
    let last = check_digit(&digits).unwrap_or(0);
    format!("{digits}{last}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_digits_of_the_published_examples_verify() {
        for number in [
            "33120015",
            "01130012",
            "138016",
            "39131016",
            "54016027",
            "0110113719",
            "1319999916",
            "1319999924",
            "1349999910",
            "06139992",
            "01139997",
            "33139999",
            "07139991",
            "63139992",
            "67139998",
            "139998",
            "39139993",
            "12345674",
            "98765431",
            "12139994",
            "21139993",
            "54139993",
            "80139991",
            "0123455",
            "7000011",
        ] {
            assert!(checked(number).is_ok(), "{number}");
        }
    }

    #[test]
    fn a_wrong_check_digit_names_the_right_one() {
        let fault = checked("06139991").unwrap_err();
        assert_eq!((fault.label, fault.expected.en.as_ref()), (Label::CheckDigit, "check digit 2"));
    }
}
