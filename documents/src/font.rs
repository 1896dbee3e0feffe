//! The one font: which characters it has, how wide they are, and what stands in for the others.

use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};

use krilla::text::{Font, GlyphId, KrillaGlyph};
use skrifa::charmap::Charmap;
use skrifa::instance::{LocationRef, Size};
use skrifa::metrics::GlyphMetrics;
use skrifa::{FontRef, MetadataProvider};
use unicode_normalization::char::compose;

use crate::MISSING;

/// Origin and licence: `font/README.md`.
static BYTES: &[u8] = include_bytes!("../font/BIZUDGothic-Regular.subset.ttf");

/// Height of the font above the base line, as part of its size.
pub(crate) const ASCENT: f32 = 0.88;

/// The font, read once.
pub(crate) static FACE: LazyLock<Face> = LazyLock::new(|| {
    let shared: Arc<dyn AsRef<[u8]> + Send + Sync> = Arc::new(BYTES);
    let font = Font::new(shared.into(), 0).expect("the font in this repository is sound");
    let face = FontRef::new(BYTES).expect("the font in this repository is sound");
    Face {
        units: font.units_per_em(),
        font,
        charmap: face.charmap(),
        metrics: face.glyph_metrics(Size::unscaled(), LocationRef::default()),
    }
});

pub(crate) struct Face {
    pub(crate) font: Font,
    units: f32,
    charmap: Charmap<'static>,
    metrics: GlyphMetrics<'static>,
}

impl Face {
    fn has(&self, character: char) -> bool {
        self.charmap.map(character).is_some()
    }

    /// Width of a character at size 1.
    pub(crate) fn advance(&self, character: char) -> f32 {
        let glyph = self.charmap.map(character).unwrap_or_default();
        self.metrics.advance_width(glyph).unwrap_or_default() / self.units
    }

    /// Width of a text on one line at size 1.
    pub(crate) fn width(&self, text: &str) -> f32 {
        text.chars().map(|character| self.advance(character)).sum()
    }

    /// One glyph for each character: Japanese in lines needs no shaping, and what is measured is what is drawn.
    pub(crate) fn glyphs(&self, text: &str) -> Vec<KrillaGlyph> {
        text.char_indices()
            .map(|(at, character)| {
                let glyph = GlyphId::new(self.charmap.map(character).unwrap_or_default().to_u32());
                let range = at..at + character.len_utf8();
                KrillaGlyph::new(glyph, self.advance(character), 0.0, 0.0, 0.0, range, None)
            })
            .collect()
    }

    /// The text with characters that the font has, and line feeds; notes what it had to replace.
    pub(crate) fn cover(&self, text: &str, replaced: &mut BTreeSet<char>) -> String {
        let mut covered = String::with_capacity(text.len());
        let mut characters = text.chars().peekable();
        while let Some(mut character) = characters.next() {
            // カ with U+3099 is one character on paper; a Mac gives it as two.
            while let Some(composed) = characters.peek().and_then(|mark| compose(character, *mark)) {
                character = composed;
                characters.next();
            }
            match character {
                '\r' if characters.peek() == Some(&'\n') => {}
                '\n' | '\r' | '\u{2028}' | '\u{2029}' => covered.push('\n'),
                '\t' | '\u{a0}' => covered.push(' '),
                _ if is_invisible(character) => {}
                _ if self.has(character) => covered.push(character),
                _ => {
                    replaced.insert(character);
                    covered.push(MISSING);
                }
            }
        }
        covered
    }
}

/// Marks that no reader sees: soft hyphen, joiners, directions, variation selectors, byte order mark.
fn is_invisible(character: char) -> bool {
    matches!(character, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cover(text: &str) -> (String, Vec<char>) {
        let mut replaced = BTreeSet::new();
        let covered = FACE.cover(text, &mut replaced);
        (covered, replaced.into_iter().collect())
    }

    #[test]
    fn characters_of_medicine_stay_as_they_are() {
        let text = "アムロジピンＯＤ錠５㎎　ｱｽﾋﾟﾘﾝ 0.5μg µg ｍＬ－−〜～①㈱髙﨑ⅳ≦℃%";
        assert_eq!(cover(text), (text.to_owned(), vec![]));
    }

    #[test]
    fn what_the_font_lacks_becomes_a_dot_and_is_told_once() {
        assert_eq!(cover("𠮷田𠮷雄😀"), ("●田●雄●".to_owned(), vec!['😀', '𠮷']));
        assert_eq!(cover("a\u{0}b\u{1b}"), ("a●b●".to_owned(), vec!['\u{0}', '\u{1b}']));
    }

    #[test]
    fn kana_with_a_separate_mark_are_one_character() {
        assert_eq!(cover("カ\u{3099}ハ\u{309a}e\u{301}").0, "ガパé");
    }

    #[test]
    fn invisible_marks_vanish_and_line_ends_are_one() {
        assert_eq!(
            cover("\u{feff}葛\u{e0100}城\u{200b}\r\n一\r二\t三"),
            ("葛城\n一\n二 三".to_owned(), vec![])
        );
    }

    #[test]
    fn half_width_is_half_of_full_width() {
        let near = |width: f32, expected: f32| assert!((width - expected).abs() < 1e-6, "{width}");
        near(FACE.width("ｱA1 "), 2.0);
        near(FACE.width("あＡ１　"), 4.0);
    }
}
