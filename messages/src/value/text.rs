//! Restricted strings, one declaration each.

use std::borrow::Cow;
use std::sync::Arc;

use unicode_normalization::UnicodeNormalization;

use super::rule::{Rule, check};
use super::{Kind, Value, text_conversions};
use crate::message::Fault;

/// Declares restricted strings: name, rules, form in Japanese and English.
macro_rules! text_type {
    ($($(#[$meta:meta])* $name:ident: [$($rule:expr),+], $ja:literal, $en:literal;)*) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl Value for $name {
            const KIND: Kind = Kind { name: stringify!($name), ja: $ja, en: $en, codes: &[] };

            fn read(text: &str) -> Result<Self, Fault> {
                check(text, &[$($rule),+], &Self::KIND)?;
                Ok(Self(text.into()))
            }

            fn text(&self) -> Cow<'_, str> {
                Cow::Borrowed(&self.0)
            }
        }

        text_conversions!($name);
    )*};
}

text_type! {
    /// Medical institution code (医療機関コード): prefecture, table of points, institution, check digit.
    ///
    /// Source: identifiers.md 5, [S].
    InstitutionCode: [Rule::Digits(10), Rule::CheckDigit],
        "検証番号を含む10桁の数字", "10 digits, the last a check digit";
    /// Identifier that the sender chooses for a file; comes back unchanged.
    ///
    /// Source: elements.md 1.1, [S][C].
    FileIdentifier: [Rule::Ascii(50)], "50文字以内の半角英数字記号", "at most 50 ASCII characters";
    /// Identifier that the sender chooses for a person in a file; comes back unchanged.
    ///
    /// Source: elements.md 1.1, [C].
    PersonIdentifier: [Rule::Ascii(50)], "50文字以内の半角英数字記号", "at most 50 ASCII characters";
    /// Number by which an institution knows a person (照会番号).
    ///
    /// Source: elements.md 2, [S][C].
    ReferenceNumber: [Rule::Ascii(50)], "50文字以内の半角英数字記号", "at most 50 ASCII characters";
    /// Symbol of an insurance card (記号): any text, in either width.
    ///
    /// Source: identifiers.md 4, [C].
    CardSymbol: [Rule::Characters(20)], "20文字以内", "at most 20 characters";
    /// Number of an insurance card or of a person on medical aid (番号), in either width.
    ///
    /// Source: identifiers.md 4, [C].
    CardNumber: [Rule::Characters(20)], "20文字以内", "at most 20 characters";
    /// Branch number of an insurance card (枝番): the person inside the household.
    ///
    /// Source: identifiers.md 4, [S][C].
    BranchNumber: [Rule::Digits(2)], "2桁の数字", "2 digits";
    /// Name of a person. Family and given name are separated by one full-width space.
    ///
    /// Source: elements.md 1.4 (7 to 9), bytes in Windows-31J, [S][C].
    PersonName: [Rule::Bytes(100)], "100バイト以内", "at most 100 bytes in Shift_JIS";
    /// Reading of a name in half-width katakana, separated by a half-width space.
    ///
    /// Source: elements.md 1.4 (10 and 11), [S][C].
    PersonKana: [Rule::HalfWidth, Rule::Bytes(100)],
        "半角カナ100バイト以内", "half-width katakana, at most 100 bytes";
    /// Address as the insurer knows it.
    ///
    /// Source: elements.md 1.4 (15), [S][C].
    Address: [Rule::Bytes(250)], "250バイト以内", "at most 250 bytes in Shift_JIS";
    /// Postal code with hyphen.
    ///
    /// Source: elements.md 1.4 (16), [S][C].
    PostNumber: [Rule::PostNumber], "123-4567の形式", "the form 123-4567";
    /// Name of an insurer, a welfare office, an institution or a contact.
    ///
    /// Source: elements.md 1.4 (25), [S][C].
    OrganizationName: [Rule::Bytes(200)], "200バイト以内", "at most 200 bytes in Shift_JIS";
    /// Free Japanese text (remarks, names of injuries).
    ///
    /// Source: elements.md 1.6, no length given there.
    FreeText: [Rule::Bytes(250)], "250バイト以内", "at most 250 bytes in Shift_JIS";
    /// Share of the cost that the patient pays, in percent with leading zero: `030`.
    ///
    /// Source: elements.md 1.4 (22, 26.4), [C].
    ContributionRatio: [Rule::Digits(3)], "3桁の数字", "3 digits";
    /// Amount in yen.
    ///
    /// Source: elements.md 1.4 (32.5), 1.6, [C].
    Yen: [Rule::UpToDigits(6)], "6桁以内の数字", "at most 6 digits";
    /// Number of a medical-aid ticket (交付番号).
    ///
    /// Source: elements.md 1.6, gaps.md 2, [C].
    IssueNumber: [Rule::Ascii(15)], "15文字以内の半角英数字", "at most 15 ASCII characters";
    /// Code of an error or a result, nine characters in the field.
    ///
    /// Source: codes.md 3.1, [S][C].
    ResultCode: [Rule::Ascii(9)], "9文字以内の半角英数字", "at most 9 ASCII characters";
    /// Text that belongs to a code, to be shown unchanged.
    ///
    /// Source: codes.md 3.1, [C].
    ResultMessage: [Rule::Bytes(120)], "120バイト以内", "at most 120 bytes in Shift_JIS";
    /// Key of one confirmation (資格確認キー).
    ///
    /// Source: elements.md 1.4 (47), [S][C].
    ConfirmationKey: [Rule::Ascii(64)], "64文字以内の半角英数字", "at most 64 ASCII characters";
    /// Kind of file that a viewing request asks for; its meaning depends on the message.
    ///
    /// Source: elements.md 6.2, 7.1, [C].
    FileCategory: [Rule::Digits(1)], "1桁の数字", "1 digit";
}

impl CardSymbol {
    /// The symbol as it is compared: width, hyphens and white space don't count (identifiers.md 4, [C]/[D]).
    #[must_use]
    pub fn key(&self) -> String {
        comparison_key(&self.0)
    }
}

impl CardNumber {
    /// The number as it is compared: width, hyphens and white space don't count (identifiers.md 4, [C]/[D]).
    #[must_use]
    pub fn key(&self) -> String {
        comparison_key(&self.0)
    }
}

fn comparison_key(text: &str) -> String {
    text.nfkc()
        .filter(|c| !c.is_whitespace())
        .map(|c| if matches!(c, '‐' | '–' | '—' | '―' | '−') { '-' } else { c })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_hyphens_and_spaces_do_not_count_when_symbols_are_compared() {
        let key = |text: &str| text.parse::<CardSymbol>().unwrap().key();
        for (one, other) in [
            ("１２３", "123"),
            ("Ａ－１", "A-1"),
            ("千代－０１", "千代‐01"),
            ("ｱ１", "ア1"),
            ("１ ２　３", "123"),
        ] {
            assert_eq!(key(one), key(other));
        }
    }

    #[test]
    fn a_long_symbol_is_refused_by_characters_not_bytes() {
        assert!("記".repeat(20).parse::<CardSymbol>().is_ok());
        assert!("記".repeat(21).parse::<CardSymbol>().is_err());
    }

    #[test]
    fn a_post_number_has_its_hyphen() {
        assert!("100-0000".parse::<PostNumber>().is_ok());
        assert!("1000000".parse::<PostNumber>().is_err());
    }
}
