//! Our stable names of what can be wrong with a pack, in both languages.

use messages::refusal::Bilingual;

/// Each label with its meaning. A label never changes it.
const LABELS: &[(&str, Bilingual)] = &[
    ("S001", Bilingual::fixed("YAMLとして読めません", "this is no YAML")),
    ("S002", Bilingual::fixed("大きすぎる、または深すぎるファイルです", "the file is too large or too deep")),
    ("S003", Bilingual::fixed("このキーはありません", "there is no such key")),
    ("S004", Bilingual::fixed("必要なキーがありません", "a key is missing")),
    ("S005", Bilingual::fixed("キーが重複しています", "a key stands twice")),
    ("S006", Bilingual::fixed("選択肢にない値です", "there is no such choice")),
    (
        "S007",
        Bilingual::fixed(
            "値の形（文字列・数値・リストなど）が違います",
            "the form is wrong: text, number, list or keys",
        ),
    ),
    ("S008", Bilingual::fixed("値が正しくありません", "the value is not allowed")),
    (
        "S101",
        Bilingual::fixed(
            "カードのキーに使えない文字があります",
            "the key of a card has characters that it cannot have",
        ),
    ),
    ("S102", Bilingual::fixed("患者に資格がありません", "a patient has no qualification")),
    (
        "S103",
        Bilingual::fixed(
            "患者が持たない資格を照会しています",
            "a card asks for what its patient does not have",
        ),
    ),
    ("S104", Bilingual::fixed("カードのキーが重複しています", "two cards have the same key")),
    ("S105", Bilingual::fixed("時間の長さが正しくありません", "this is no length of time that is allowed")),
    (
        "S106",
        Bilingual::fixed("処理結果区分2は一括処理だけで使います", "segment 2 belongs to bulk messages only"),
    ),
    (
        "S107",
        Bilingual::fixed(
            "診療履歴または健診の種類が登録されていません",
            "there is no such kind of history or check-ups",
        ),
    ),
    ("S108", Bilingual::fixed("診療履歴の種類が重複しています", "a kind of history stands twice")),
    ("S109", Bilingual::fixed("名前に使えない文字があります", "a name has characters that it cannot have")),
    ("S110", Bilingual::fixed("名前が重複しています", "two rules have the same name")),
    ("S111", Bilingual::fixed("電文IDがありません", "there is no such message")),
    ("S112", Bilingual::fixed("電文にない要素を指しています", "a path leads to no element of the message")),
    ("S113", Bilingual::fixed("何回目かの指定が正しくありません", "no request is ever counted so")),
    ("S114", Bilingual::fixed("時刻の範囲が正しくありません", "these are no hours of a day")),
    ("S115", Bilingual::fixed("数値が範囲外です", "a number is out of its range")),
    (
        "S116",
        Bilingual::fixed(
            "指示がないか、両立しない指示があります",
            "nothing is said, or things that exclude each other",
        ),
    ),
    ("S117", Bilingual::fixed("回答に書けない文字列です", "an answer cannot hold this text")),
    ("S118", Bilingual::fixed("お客さまIDの形が正しくありません", "this is no customer ID of a line")),
    ("S119", Bilingual::fixed("カードがありません", "there is no such card")),
    ("S120", Bilingual::fixed("生年月日を誕生日で書くことはできません", "a birth cannot follow a birthday")),
    ("S121", Bilingual::fixed("方言ファイルにないコードです", "the dialect has no such code")),
    (
        "S201",
        Bilingual::fixed("カードの期待と回答が違います", "the service answers otherwise than a card expects"),
    ),
];

/// Every label, in order.
pub fn labels() -> impl Iterator<Item = (&'static str, &'static Bilingual)> {
    LABELS.iter().map(|(label, meaning)| (*label, meaning))
}

/// What a label means.
#[must_use]
pub fn meaning(label: &str) -> Option<&'static Bilingual> {
    labels().find(|(known, _)| *known == label).map(|(_, meaning)| meaning)
}
