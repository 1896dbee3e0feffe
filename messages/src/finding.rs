//! What is odd in a request: findings, their labels and their places.

use std::fmt;

use serde::Serialize;

use crate::refusal::Bilingual;

/// A place in a document: line and column, both from 1, columns counted in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Place {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

impl Place {
    /// The place of a byte offset in a text.
    #[must_use]
    pub fn of(text: &str, offset: usize) -> Self {
        let before = text.get(..offset).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        Self {
            line: before.matches('\n').count() + 1,
            column: before.get(line_start..).unwrap_or_default().chars().count() + 1,
        }
    }
}

/// Places of rising byte offsets in one text, found in one pass.
#[derive(Debug)]
pub(crate) struct Places<'a> {
    rest: &'a str,
    offset: usize,
    place: Place,
}

impl<'a> Places<'a> {
    pub(crate) fn of(text: &'a str) -> Self {
        Self { rest: text, offset: 0, place: Place { line: 1, column: 1 } }
    }

    /// The place of an offset that is not before the last one asked for.
    pub(crate) fn at(&mut self, offset: usize) -> Place {
        let (before, rest) =
            self.rest.split_at_checked(offset.saturating_sub(self.offset)).unwrap_or(("", self.rest));
        for c in before.chars() {
            if c == '\n' {
                self.place = Place { line: self.place.line + 1, column: 1 };
            } else {
                self.place.column += 1;
            }
        }
        self.rest = rest;
        self.offset = offset.max(self.offset);
        self.place
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Seen in the field and accepted there.
    Note,
    /// Accepted here; the real service may not.
    Warning,
    /// The value is unusable; the answer says so where the field does.
    Error,
}

macro_rules! labels {
    ($($(#[$meta:meta])* $name:ident = $code:literal $severity:ident $ja:literal $en:literal;)*) => {
        /// Our stable name of a kind of finding. A label never changes its meaning.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Label { $($(#[$meta])* $name,)* }

        impl Label {
            /// Every label, in order.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The label as it is printed.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// How much it matters.
            #[must_use]
            pub fn severity(self) -> Severity {
                match self { $(Self::$name => Severity::$severity,)* }
            }

            /// What is wrong, in one sentence.
            #[must_use]
            pub fn meaning(self) -> Bilingual {
                match self { $(Self::$name => Bilingual::fixed($ja, $en),)* }
            }
        }
    };
}

labels! {
    /// A required element is not there.
    MissingElement = "X001" Error "必須の要素がありません" "a required element is missing";
    /// A required element is empty.
    EmptyElement = "X002" Error "必須の要素が空です" "a required element is empty";
    /// An element that the layout doesn't have.
    UnknownElement = "X003" Warning "レイアウトにない要素です" "the layout has no such element here";
    /// An element that may occur once occurs again; the first one counts.
    RepeatedElement = "X004" Warning "要素が重複しています（最初のものを使用）" "the element occurs again; the first one counts";
    /// Text between the elements of a group.
    StrayText = "X005" Warning "要素の間に文字列があります" "there is text between elements";
    /// An element with children where text is expected.
    NotText = "X006" Error "文字列であるべき要素に子要素があります" "the element holds elements where text is expected";
    /// A value of JSON that is no text; every value of the Web API is one.
    NotAString = "X007" Warning "JSONの値が文字列ではありません" "the value is no string in JSON";
    /// Too long or too short.
    Length = "X101" Error "桁数が正しくありません" "the length is wrong";
    /// Characters that the item doesn't allow.
    Characters = "X102" Error "使用できない文字があります" "there are characters that the item does not allow";
    /// The check digit doesn't fit.
    CheckDigit = "X103" Error "検証番号が正しくありません" "the check digit does not fit";
    /// Not in the code table.
    Code = "X104" Error "コード表にない値です" "the value is not in the code table";
    /// No date, month or time of the calendar.
    Date = "X105" Error "日付が正しくありません" "this is no date of the calendar";
    /// An insurer number of six digits that is padded with zeros instead of spaces.
    ZeroPadded = "X201" Note "6桁の保険者番号の前がゼロ埋めです（仕様は空白埋め）" "a six-digit insurer number is padded with zeros; the layout pads with spaces";
    /// An insurer number of six digits without any padding.
    NotPadded = "X202" Note "6桁の保険者番号の前が空白埋めされていません" "a six-digit insurer number is not padded to eight characters";
    /// An element by another spelling that is seen in the field.
    OtherSpelling = "X203" Note "要素名の綴りが仕様と異なります" "the element's name is spelt otherwise";
    /// A byte order mark.
    ByteOrderMark = "X301" Note "先頭にBOMがあります" "the file starts with a byte order mark";
    /// No XML declaration, or one without an encoding.
    NoDeclaration = "X302" Warning "XML宣言に文字コードの指定がありません（UTF-8として処理）" "no XML declaration names the encoding; it is read as UTF-8";
    /// More is odd than a document's list of findings holds.
    MoreFindings = "X303" Note "他にも指摘があります（件数）" "there are more findings (their number)";
    /// A character of the answer that Shift_JIS doesn't have.
    ReplacedCharacter = "X401" Note "Shift_JISにない文字を●に置き換えました" "a character that Shift_JIS does not have is answered as ●";
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl Serialize for Label {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

/// One thing that is odd in a request (or had to be changed in its answer).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What kind of oddity it is.
    pub label: Label,
    /// How much it matters.
    pub severity: Severity,
    /// Where it stands; absent for what is not there and for answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// Names of the elements that lead there, joined by `/`, without the root.
    pub element: String,
    /// What was sent, as it stands in the file.
    pub sent: String,
    /// What is expected.
    pub expected: Bilingual,
}

impl Finding {
    /// A finding about a whole document.
    #[must_use]
    pub fn of_document(label: Label, sent: String) -> Self {
        Self {
            label,
            severity: label.severity(),
            place: None,
            element: String::new(),
            sent,
            expected: Bilingual::NOTHING,
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = self.place {
            write!(f, "{place}: ")?;
        }
        write!(f, "{} {:?}: {}", self.element, self.sent, self.label.meaning().en)?;
        if !self.expected.en.is_empty() {
            write!(f, ", expected {}", self.expected.en)?;
        }
        write!(f, " [{}]", self.label)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_so_that_japanese_text_does_not_shift_them() {
        let text = "<a>\n  <b>見本</b><c/>\n</a>";
        let offset = text.find("<c/>").unwrap();
        assert_eq!(Place::of(text, offset).to_string(), "2:12");
    }

    #[test]
    fn labels_are_unique_and_in_order() {
        let codes: Vec<_> = Label::ALL.iter().map(|l| l.code()).collect();
        assert!(codes.is_sorted_by(|a, b| a < b), "{codes:?}");
    }
}
