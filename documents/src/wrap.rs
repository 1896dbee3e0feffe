//! Where a line ends: anywhere in Japanese, but no line starts with closing punctuation or a small kana, none ends
//! with an opening bracket, an amount stays with its unit, and a space near the end is taken first.

use crate::font::FACE;

/// The lines of a text that has `width` at `size`; at least one, at least one character in each unless it is empty.
pub(crate) fn wrap(text: &str, size: f32, width: f32) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in text.split('\n') {
        let characters: Vec<char> = paragraph.chars().collect();
        let mut rest = characters.as_slice();
        loop {
            let (line, after) = rest.split_at(line_end(rest, width / size));
            lines.push(line.iter().collect::<String>().trim_end().to_owned());
            rest = skip_spaces(after);
            if rest.is_empty() {
                break;
            }
        }
    }
    lines
}

/// The text in one line of `width` at `size`, ending with … if something had to go.
pub(crate) fn clip(text: &str, size: f32, width: f32) -> String {
    let text = text.replace('\n', " ");
    let room = width / size;
    if FACE.width(&text) <= room + SLACK {
        return text;
    }
    let mut x = FACE.advance('…');
    let fits = text.chars().take_while(|character| {
        x += FACE.advance(*character);
        x <= room
    });
    fits.chain(['…']).collect()
}

/// Sums of widths are not exact.
const SLACK: f32 = 1e-3;

fn line_end(characters: &[char], room: f32) -> usize {
    let mut x = 0.0;
    let fit = characters.iter().take_while(|character| {
        x += FACE.advance(**character);
        x <= room + SLACK || is_space(**character)
    });
    let fit = fit.count().max(1);
    if fit >= characters.len() {
        return characters.len();
    }
    let at_space = (fit - fit / 4..=fit).rev().find(|at| is_space(characters[at - 1]));
    let good = || (1..=fit).rev().find(|at| may_break(characters[at - 1], characters[*at]));
    at_space.or_else(good).unwrap_or(fit)
}

fn may_break(before: char, after: char) -> bool {
    let is_one_word = is_word(before) && is_word(after);
    let is_amount = is_digit(before) && after.is_alphabetic();
    !(CLOSING.contains(after) || OPENING.contains(before) || is_one_word || is_amount)
}

fn skip_spaces(characters: &[char]) -> &[char] {
    let spaces = characters.iter().take_while(|character| is_space(**character)).count();
    &characters[spaces..]
}

fn is_space(character: char) -> bool {
    matches!(character, ' ' | '　')
}

fn is_digit(character: char) -> bool {
    matches!(character, '0'..='9' | '０'..='９')
}

/// Letters, digits and units of either width: 0.5mg, ５ｍＬ, 10㎎, 2026/10/01.
fn is_word(character: char) -> bool {
    character.is_ascii_alphanumeric()
        || "./-:_%'+μµ．，％".contains(character)
        || matches!(character, '０'..='９' | 'Ａ'..='Ｚ' | 'ａ'..='ｚ' | '㎀'..='㏟' | 'À'..='ÿ')
}

/// Never at the start of a line.
const CLOSING: &str = concat!(
    "、。，．・：；？！）」』】〕］｝〉》’”ー々ヽヾゝゞ゛゜〜～…‥％‰℃°′″ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ",
    ",.!?:;)]}>%/｡､･｣ｧｨｩｪｫｬｭｮｯｰﾞﾟ"
);

/// Never at the end of a line.
const OPENING: &str = "（「『【〔［｛〈《‘“([{<｢￥＄¥$№";

#[cfg(test)]
mod tests {
    use super::*;

    /// Wraps at `width` full-width characters.
    fn lines(text: &str, width: f32) -> Vec<String> {
        wrap(text, 10.0, width * 10.0)
    }

    #[test]
    fn japanese_breaks_between_any_two_characters() {
        assert_eq!(lines("一二三四五六七", 3.0), ["一二三", "四五六", "七"]);
    }

    #[test]
    fn no_line_starts_with_closing_punctuation_or_small_kana() {
        assert_eq!(lines("一二三。四五", 3.0), ["一二", "三。四", "五"]);
        assert_eq!(lines("アイチェック", 3.0), ["アイ", "チェッ", "ク"]);
        assert_eq!(lines("ｱｲｶﾞｷﾞ", 1.5), ["ｱｲ", "ｶﾞ", "ｷﾞ"]);
    }

    #[test]
    fn no_line_ends_with_an_opening_bracket() {
        assert_eq!(lines("一二「三」", 3.0), ["一二", "「三」"]);
    }

    #[test]
    fn an_amount_stays_with_its_unit() {
        assert_eq!(lines("錠剤一日５ｍｇ「印」", 6.0), ["錠剤一日", "５ｍｇ「印」"]);
        assert_eq!(lines("錠剤0.5mg", 4.0), ["錠剤", "0.5mg"]);
        assert_eq!(lines("一二１０㎎", 4.0), ["一二", "１０㎎"]);
        assert_eq!(lines("一回６時間", 3.0), ["一回", "６時間"]);
    }

    #[test]
    fn what_cannot_be_broken_well_is_broken_anyway() {
        assert_eq!(lines("。。。。。", 2.0), ["。。", "。。", "。"]);
        assert_eq!(lines("abcdefgh", 2.0), ["abcd", "efgh"]);
        assert_eq!(lines("一二", 0.1), ["一", "二"]);
    }

    #[test]
    fn a_space_near_the_end_is_the_better_place() {
        assert_eq!(lines("毎食後服用　便の様子", 7.0), ["毎食後服用", "便の様子"]);
        assert_eq!(lines("毎食　後服用便の様子", 7.0), ["毎食　後服用便", "の様子"]);
    }

    #[test]
    fn spaces_hang_over_the_end_and_line_feeds_count() {
        assert_eq!(lines("一二三　　四", 3.0), ["一二三", "四"]);
        assert_eq!(lines("一\n\n二", 3.0), ["一", "", "二"]);
        assert_eq!(lines("", 3.0), [""]);
        assert_eq!(lines("一二三   ", 3.0), ["一二三"]);
    }

    #[test]
    fn a_clipped_line_ends_with_an_ellipsis() {
        assert_eq!(clip("一二三", 10.0, 30.0), "一二三");
        assert_eq!(clip("一二三四", 10.0, 30.0), "一二…");
        assert_eq!(clip("一\n二", 10.0, 30.0), "一 二");
    }
}
