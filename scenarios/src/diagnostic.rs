//! Draws what is wrong with a text into the text.

use annotate_snippets::{AnnotationKind, Element, Level, Origin, Renderer, Snippet};

/// Something to say about a place in a text.
#[derive(Debug, Clone, Copy)]
pub struct Diagnostic<'a> {
    /// Our stable name of the rule.
    pub label: &'a str,
    /// How much it matters.
    pub weight: Weight,
    /// What is wrong, and what is expected.
    pub text: &'a str,
    /// Line, from 1; 0 if it is about the whole text.
    pub line: u64,
    /// Column in characters, from 1.
    pub column: u64,
    /// Further lines below the drawing.
    pub notes: &'a [String],
}

/// How much a diagnostic matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// Worth knowing.
    Note,
    /// Perhaps wrong.
    Warning,
    /// Wrong.
    Error,
}

/// Colours, or plain text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paint {
    /// For a terminal.
    Coloured,
    /// For files and tests.
    Plain,
}

/// Draws a diagnostic into its source, ending in a line break.
#[must_use]
pub fn draw(file: &str, source: &str, diagnostic: &Diagnostic<'_>, paint: Paint) -> String {
    let level = match diagnostic.weight {
        Weight::Note => Level::NOTE,
        Weight::Warning => Level::WARNING,
        Weight::Error => Level::ERROR,
    };
    let title = level.primary_title(diagnostic.text).id(diagnostic.label);
    let place = Place::of(source, diagnostic.line, diagnostic.column);
    let drawing: Element<'_> = match &place {
        Some(place) => Snippet::source(place.line)
            .line_start(place.number)
            .path(file)
            .annotation(AnnotationKind::Primary.span(place.start..place.end))
            .into(),
        None => Origin::path(file).into(),
    };
    let notes = diagnostic.notes.iter().map(|note| Level::NOTE.no_name().message(note.as_str()));
    let renderer = match paint {
        Paint::Coloured => Renderer::styled(),
        Paint::Plain => Renderer::plain(),
    };
    renderer.render(&[title.element(drawing).elements(notes)]) + "\n"
}

/// The line to show, and which bytes of it to underline.
struct Place<'a> {
    line: &'a str,
    number: usize,
    start: usize,
    end: usize,
}

/// Longest line that is shown, in bytes.
const LONGEST_LINE: usize = 2_000;

impl<'a> Place<'a> {
    fn of(source: &'a str, line: u64, column: u64) -> Option<Self> {
        let number = usize::try_from(line).ok().filter(|line| *line > 0)?;
        let text = source.split('\n').nth(number - 1)?.trim_end_matches('\r');
        if text.len() > LONGEST_LINE {
            return None;
        }
        let before = usize::try_from(column).ok()?.checked_sub(1)?;
        let start = text.char_indices().nth(before).map_or(text.len(), |(at, _)| at);
        let rest = text.get(start..)?;
        Some(Self { line: text, number, start, end: start + word(rest) })
    }
}

/// Length in bytes of the word, quoted text or tag at the beginning of a text.
fn word(rest: &str) -> usize {
    let quoted = |quote: char| {
        let inside = rest.strip_prefix(quote)?;
        inside.find(quote).map(|length| length + 2)
    };
    let tag = || rest.strip_prefix('<')?.find('>').map(|length| length + 2);
    if let Some(length) = quoted('"').or_else(|| quoted('\'')).or_else(tag) {
        return length;
    }
    let end = |c: char| c.is_whitespace() || matches!(c, ',' | ':' | '}' | ']' | '<' | '#');
    let first = rest.chars().next().map_or(0, char::len_utf8);
    rest.char_indices().skip(1).find(|(_, c)| end(*c)).map_or(rest.len(), |(at, _)| at).max(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_at_the_place_is_underlined() {
        for (rest, length) in [
            ("expect: {}", 6),
            ("\"0613, 9991\", x", 12),
            ("見本 x", 6),
            ("], x", 1),
            ("<Name>x", 6),
            ("", 0),
            ("'", 1),
        ] {
            assert_eq!(word(rest), length, "{rest}");
        }
    }

    #[test]
    fn a_place_outside_of_the_text_is_told_without_a_drawing() {
        for (line, column) in [(0, 0), (9, 1), (1, 0)] {
            let diagnostic =
                Diagnostic { label: "S001", weight: Weight::Error, text: "wrong", line, column, notes: &[] };
            assert_eq!(
                draw("a.yaml", "a: b\n", &diagnostic, Paint::Plain),
                "error[S001]: wrong\n--> a.yaml\n"
            );
        }
    }
}
