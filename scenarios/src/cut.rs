//! Leaves parts of a pack out, by its lines, so that the rest can be read: every other line stays where it is.
//!
//! Only lists and keys that stand in lines of their own are known; what is written in one line goes as a whole.

use std::borrow::Cow;
use std::ops::Range;

/// The lines of the item of a top-level list in which a line (from 1) stands, counted from 0.
pub(crate) fn item(text: &str, line: u64) -> Option<Range<usize>> {
    let lines: Vec<&str> = text.split('\n').collect();
    let list = List::around(&lines, at(line)?)?;
    list.item(&lines, at(line)?)
}

/// The text without an item. A list that has no other is empty then.
pub(crate) fn without_item(text: &str, line: u64) -> Option<String> {
    let lines: Vec<&str> = text.split('\n').collect();
    let list = List::around(&lines, at(line)?)?;
    let item = list.item(&lines, at(line)?)?;
    let alone = item.start == list.first && item.end == list.end;
    let kept = lines.iter().enumerate().map(|(i, line)| {
        if i == list.key && alone {
            Cow::Owned(format!("{} []", before_comment(line)))
        } else if item.contains(&i) {
            Cow::Borrowed("")
        } else {
            Cow::Borrowed(*line)
        }
    });
    Some(kept.collect::<Vec<_>>().join("\n"))
}

/// The text without the key that stands in a line inside an item and everything below it, and the name of that key.
pub(crate) fn without_key(text: &str, line: u64) -> Option<(String, String)> {
    let lines: Vec<&str> = text.split('\n').collect();
    let at = at(line)?;
    item(text, line)?;
    let whole = lines.get(at)?;
    let dash = if is_item(whole) { whole.find("- ")? + 2 } else { 0 };
    let entry = whole.get(dash..)?;
    let key = entry.trim_start().split_once(':').map(|(key, _)| key)?;
    let is_name = !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if !is_name {
        return None;
    }
    let column = dash + indent(entry);
    let ends =
        |line: &str| !is_filler(line) && indent(line) <= column && !(indent(line) == column && is_item(line));
    let end = (at + 1..lines.len()).find(|&i| lines.get(i).is_some_and(|line| ends(line)));
    let below = at + 1..end.unwrap_or(lines.len());
    let kept = lines.iter().enumerate().map(|(i, line)| {
        if i == at {
            whole.get(..dash).unwrap_or_default().trim_end()
        } else if below.contains(&i) {
            ""
        } else {
            line
        }
    });
    Some((kept.collect::<Vec<_>>().join("\n"), key.to_owned()))
}

/// A top-level list: the line of its key, its first item, and the first line behind it.
struct List {
    key: usize,
    first: usize,
    end: usize,
    indent: usize,
}

impl List {
    fn around(lines: &[&str], at: usize) -> Option<Self> {
        lines.get(at)?;
        let key = (0..=at).rev().find(|&i| lines.get(i).is_some_and(|line| is_key(line)))?;
        let first = (key + 1..lines.len()).find(|&i| lines.get(i).is_some_and(|line| !is_filler(line)))?;
        let first_line = lines.get(first).filter(|line| is_item(line))?;
        let indent = indent(first_line);
        let ends = |line: &str| !is_filler(line) && (self::indent(line) < indent || is_key(line));
        let end = (first..lines.len()).find(|&i| lines.get(i).is_some_and(|line| ends(line)));
        Some(Self { key, first, end: end.unwrap_or(lines.len()), indent })
    }

    fn item(&self, lines: &[&str], at: usize) -> Option<Range<usize>> {
        let begins =
            |i: &usize| lines.get(*i).is_some_and(|line| indent(line) == self.indent && is_item(line));
        let start = (self.first..=at).rev().find(begins)?;
        let end = (start + 1..self.end).find(begins).unwrap_or(self.end);
        Some(start..end)
    }
}

fn at(line: u64) -> Option<usize> {
    usize::try_from(line).ok()?.checked_sub(1)
}

/// Whether a line begins a member of the file, with its value below.
fn is_key(line: &str) -> bool {
    before_comment(line).strip_suffix(':').is_some_and(|name| {
        !name.is_empty()
            && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-')
            && !name.starts_with('-')
    })
}

fn before_comment(line: &str) -> &str {
    line.split('#').next().unwrap_or_default().trim_end()
}

fn is_item(line: &str) -> bool {
    let rest = line.trim_start_matches(' ');
    rest.starts_with("- ") || rest.trim_end() == "-"
}

fn is_filler(line: &str) -> bool {
    let rest = line.trim_start();
    rest.is_empty() || rest.starts_with('#')
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "about: x\npatients: # two\n  # first\n  - card: one\n    ask:\n      - x\n  - card: two\nscripts:\n- a\n";

    #[test]
    fn an_item_is_left_out_and_every_other_line_stays_where_it_is() {
        let cut = |line| without_item(TEXT, line).map(|text| text.replace('\n', "|"));
        let one = "about: x|patients: # two|  # first||||  - card: two|scripts:|- a|";
        assert_eq!(cut(5).as_deref(), Some(one));
        let two = "about: x|patients: # two|  # first|  - card: one|    ask:|      - x||scripts:|- a|";
        assert_eq!(cut(7).as_deref(), Some(two));
        let alone =
            "about: x|patients: # two|  # first|  - card: one|    ask:|      - x|  - card: two|scripts: []||";
        assert_eq!(cut(9).as_deref(), Some(alone));
        assert_eq!((cut(0), cut(1), cut(2), cut(99)), (None, None, None, None));
        assert_eq!(without_item("patients: [{}]\n", 1), None);
    }

    #[test]
    fn a_key_is_left_out_with_everything_below_it() {
        let cut = |line| without_key(TEXT, line).map(|(text, key)| (text.replace('\n', "|"), key));
        let ask = "about: x|patients: # two|  # first|  - card: one|||  - card: two|scripts:|- a|";
        assert_eq!(cut(5), Some((ask.to_owned(), "ask".to_owned())));
        let card = "about: x|patients: # two|  # first|  -|    ask:|      - x|  - card: two|scripts:|- a|";
        assert_eq!(cut(4), Some((card.to_owned(), "card".to_owned())));
        assert_eq!((cut(0), cut(1), cut(2), cut(6), cut(9)), (None, None, None, None, None));
    }

    #[test]
    fn a_list_below_its_key_without_indentation_goes_with_it() {
        let text = "patients:\n  - insurance:\n    - a: 1\n      b: 2\n    expect: x\n";
        let (cut, key) = without_key(text, 2).unwrap();
        assert_eq!((cut.as_str(), key.as_str()), ("patients:\n  -\n\n\n    expect: x\n", "insurance"));
    }
}
