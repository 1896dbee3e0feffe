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

            fn pattern() -> Option<String> {
                super::rule::pattern(&[$($rule),+])
            }

            #[cfg(any(test, feature = "samples"))]
            fn sample(dice: &mut crate::samples::Dice<'_>) -> Self {
                Self(super::rule::sample(&[$($rule),+], dice).into())
            }
        }

        text_conversions!($name);
    )*};
}

text_type! {
    /// Medical institution code (医療機関コード): prefecture, table of points, institution, check digit.
    ///
    /// Source: identifiers.md 5, \[S].
    InstitutionCode: [Rule::Digits(10), Rule::CheckDigit],
        "検証番号を含む10桁の数字", "10 digits, the last a check digit";
    /// Identifier that the sender chooses for a file; comes back unchanged.
    ///
    /// Source: elements.md 1.1, \[S]\[C].
    FileIdentifier: [Rule::Ascii(50)], "50文字以内の半角英数字記号", "at most 50 ASCII characters";
    /// Identifier that the sender chooses for a person in a file; comes back unchanged.
    ///
    /// Source: elements.md 1.1, \[C].
    PersonIdentifier: [Rule::Ascii(50)], "50文字以内の半角英数字記号", "at most 50 ASCII characters";
    /// Number by which an institution knows a person (照会番号).
    ///
    /// Source: elements.md 2, \[S]\[C].
    ReferenceNumber: [Rule::Ascii(50)], "50文字以内の半角英数字記号", "at most 50 ASCII characters";
    /// Symbol of an insurance card (記号): any text, in either width.
    ///
    /// Source: identifiers.md 4, \[C].
    CardSymbol: [Rule::Characters(20)], "20文字以内", "at most 20 characters";
    /// Number of an insurance card or of a person on medical aid (番号), in either width.
    ///
    /// Source: identifiers.md 4, \[C].
    CardNumber: [Rule::Characters(20)], "20文字以内", "at most 20 characters";
    /// Branch number of an insurance card (枝番): the person inside the household.
    ///
    /// Source: identifiers.md 4, \[S]\[C].
    BranchNumber: [Rule::Digits(2)], "2桁の数字", "2 digits";
    /// Name of a person. Family and given name are separated by one full-width space.
    ///
    /// Source: elements.md 1.4 (7 to 9), bytes in Windows-31J, \[S]\[C].
    PersonName: [Rule::Bytes(100)], "100バイト以内", "at most 100 bytes in Shift_JIS";
    /// Reading of a name in half-width katakana, separated by a half-width space.
    ///
    /// Source: elements.md 1.4 (10 and 11), \[S]\[C].
    PersonKana: [Rule::HalfWidth, Rule::Bytes(100)],
        "半角カナ100バイト以内", "half-width katakana, at most 100 bytes";
    /// Address as the insurer knows it.
    ///
    /// Source: elements.md 1.4 (15), \[S]\[C].
    Address: [Rule::Bytes(250)], "250バイト以内", "at most 250 bytes in Shift_JIS";
    /// Postal code with hyphen.
    ///
    /// Source: elements.md 1.4 (16), \[S]\[C].
    PostNumber: [Rule::PostNumber], "123-4567の形式", "the form 123-4567";
    /// Name of an insurer, a welfare office, an institution or a contact.
    ///
    /// Source: elements.md 1.4 (25), \[S]\[C].
    OrganizationName: [Rule::Bytes(200)], "200バイト以内", "at most 200 bytes in Shift_JIS";
    /// Free Japanese text (remarks, names of injuries).
    ///
    /// Source: elements.md 1.6, no length given there.
    FreeText: [Rule::Bytes(250)], "250バイト以内", "at most 250 bytes in Shift_JIS";
    /// Share of the cost that the patient pays, in percent with leading zero: `030`.
    ///
    /// Source: elements.md 1.4 (22, 26.4), \[C].
    ContributionRatio: [Rule::Digits(3)], "3桁の数字", "3 digits";
    /// Amount in yen.
    ///
    /// Source: elements.md 1.4 (32.5), 1.6, \[C].
    Yen: [Rule::UpToDigits(6)], "6桁以内の数字", "at most 6 digits";
    /// Number of a medical-aid ticket (交付番号).
    ///
    /// Source: elements.md 1.6, gaps.md 2, \[C].
    IssueNumber: [Rule::Ascii(15)], "15文字以内の半角英数字", "at most 15 ASCII characters";
    /// Code of an error or a result, nine characters in the field.
    ///
    /// Source: codes.md 3.1, \[S]\[C].
    ResultCode: [Rule::Ascii(9)], "9文字以内の半角英数字", "at most 9 ASCII characters";
    /// Text that belongs to a code, to be shown unchanged.
    ///
    /// Source: codes.md 3.1, \[C].
    ResultMessage: [Rule::Bytes(120)], "120バイト以内", "at most 120 bytes in Shift_JIS";
    /// Key of one confirmation (資格確認キー).
    ///
    /// Source: elements.md 1.4 (47), \[S]\[C].
    ConfirmationKey: [Rule::Ascii(64)], "64文字以内の半角英数字", "at most 64 ASCII characters";
    /// Kind of file that a viewing request asks for; its meaning depends on the message.
    ///
    /// Source: elements.md 6.2, 7.1, \[C].
    FileCategory: [Rule::Digits(1)], "1桁の数字", "1 digit";
    /// Number by which a bulk job is fetched (受付番号).
    ///
    /// Source: elements.md 4.4, \[C].
    ReceptionNumber: [Rule::Ascii(38)], "38文字以内の半角英数字", "at most 38 ASCII characters";
    /// Number of persons in a bulk result.
    ///
    /// Source: elements.md 4.4, \[C].
    PersonCount: [Rule::UpToDigits(4)], "4桁以内の数字", "at most 4 digits";
    /// Age in years.
    ///
    /// Source: elements.md 7.2, \[C].
    Age: [Rule::UpToDigits(3)], "3桁以内の数字", "at most 3 digits";
    /// Running number of a place within one month (連番).
    ///
    /// Source: elements.md 7.3, \[C].
    PlaceNumber: [Rule::UpToDigits(3)], "3桁以内の数字", "at most 3 digits";
    /// How often: days of an internal drug, times of a treatment (回数).
    ///
    /// Source: elements.md 7.3, \[C].
    Times: [Rule::UpToDigits(3)], "3桁以内の数字", "at most 3 digits";
    /// Amount with up to five digits before and behind the point.
    ///
    /// Source: elements.md 7.3, \[C].
    Quantity: [Rule::Decimal(5, 5)], "整数部5桁・小数部5桁以内の数値", "at most 5 digits, a point and 5 digits";
    /// Second amount of a treatment, eight characters at most.
    ///
    /// Source: elements.md 7.3, \[C].
    SecondQuantity: [Rule::Decimal(8, 5), Rule::Ascii(8)], "8文字以内の数値", "a number of at most 8 characters";
    /// Code of a drug in receipts (医薬品コード, begins with 6).
    ///
    /// Source: identifiers.md 8.1, \[C].
    DrugCode: [Rule::Digits(9)], "9桁の数字", "9 digits";
    /// Code of a treatment in receipts (診療行為コード).
    ///
    /// Source: identifiers.md 8.1, \[C].
    TreatmentCode: [Rule::Digits(9)], "9桁の数字", "9 digits";
    /// Code of an addition to dental treatment (加算コード).
    ///
    /// Source: elements.md 7.3, \[C].
    AdditionCode: [Rule::Letters(5)], "5文字の半角英数字", "5 ASCII letters and digits";
    /// Code of a usage (用法コード); 900 for external drugs.
    ///
    /// Source: codes.md 2, \[C].
    UsageCode: [Rule::Letters(3)], "3文字の半角英数字", "3 ASCII letters and digits";
    /// Name of a usage (用法名称).
    ///
    /// Source: elements.md 7.3, \[C].
    UsageName: [Rule::Bytes(30)], "30バイト以内", "at most 30 bytes in Shift_JIS";
    /// Special instruction: site and times of an external drug (特別指示).
    ///
    /// Source: elements.md 7.3, \[C].
    Instruction: [Rule::Bytes(80)], "80バイト以内", "at most 80 bytes in Shift_JIS";
    /// Name of a receipt's line: a drug or a treatment.
    ///
    /// Source: elements.md 7.3, \[C].
    LineName: [Rule::Bytes(64)], "64バイト以内", "at most 64 bytes in Shift_JIS";
    /// Name of an ingredient (成分名).
    ///
    /// Source: elements.md 7.3, \[C].
    IngredientName: [Rule::Bytes(200)], "200バイト以内", "at most 200 bytes in Shift_JIS";
    /// Unit of an amount.
    ///
    /// Source: elements.md 7.3, \[C].
    Unit: [Rule::Bytes(12)], "12バイト以内", "at most 12 bytes in Shift_JIS";
    /// Name of an institution in answers about drugs.
    ///
    /// Source: elements.md 7.3, \[C].
    PlaceName: [Rule::Bytes(80)], "80バイト以内", "at most 80 bytes in Shift_JIS";
    /// Name of an item of a check-up.
    ///
    /// Source: elements.md 8, \[C].
    CheckupItemName: [Rule::Bytes(80)], "80バイト以内", "at most 80 bytes in Shift_JIS";
    /// Code of an item of a check-up (JLAC10).
    ///
    /// Source: elements.md 8, identifiers.md 7, \[C].
    CheckupItemCode: [Rule::Letters(17)], "17文字の半角英数字", "17 ASCII letters and digits";
    /// Value of an item of a check-up: number, code or text.
    ///
    /// Source: elements.md 8, \[C].
    CheckupValue: [Rule::Bytes(256)], "256バイト以内", "at most 256 bytes in Shift_JIS";
    /// Unit of a check-up's value; may have characters outside JIS X 0208.
    ///
    /// Source: elements.md 8, \[C].
    CheckupUnit: [Rule::Bytes(26)], "26バイト以内", "at most 26 bytes in Shift_JIS";
    /// OID of a code system.
    ///
    /// Source: elements.md 8, no length given there.
    Oid: [Rule::Ascii(64)], "64文字以内の数字とピリオド", "at most 64 digits and points";
}

impl CardSymbol {
    /// The symbol as it is compared: width, hyphens and white space don't count (identifiers.md 4, \[C]/\[D]).
    #[must_use]
    pub fn key(&self) -> String {
        comparison_key(&self.0)
    }
}

impl CardNumber {
    /// The number as it is compared: width, hyphens and white space don't count (identifiers.md 4, \[C]/\[D]).
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
