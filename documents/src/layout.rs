//! Turns the view model into rows, and rows into pages with head and foot.

use std::collections::BTreeSet;

use crate::flow::{BOTTOM, Block, Flow, Ink, Item, LEFT, Look, RIGHT, Row, Style};
use crate::font::FACE;
use crate::wrap::{clip, wrap};
use crate::{Align, Column, Document, Entry, NOTICE, Section, Table};

const TITLE: Style = Style { size: 17.0, bold: true, ink: Ink::Black };
const SECTION: Style = Style { size: 11.0, bold: true, ink: Ink::Blue };
const SECOND: Style = Style { size: 9.0, bold: false, ink: Ink::Black };
const CAPTION: Style = Style { size: 9.0, bold: true, ink: Ink::Black };
const HEAD: Style = Style { size: 8.0, bold: true, ink: Ink::Gray };
const BODY: Style = Style { size: 9.0, bold: false, ink: Ink::Black };
const LABEL: Style = Style { size: 8.0, bold: false, ink: Ink::Gray };
const NOTE: Style = Style { size: 7.5, bold: true, ink: Ink::Gray };
const MARGIN: Style = Style { size: 7.5, bold: false, ink: Ink::Gray };

const WIDTH: f32 = RIGHT - LEFT;
/// Space at both sides of a cell.
const GUTTER: f32 = 4.0;
/// Width of a label of the person.
const LABEL_WIDTH: f32 = 92.0;
/// Up to this height the rows of a table stay together.
const LOW: f32 = 150.0;
/// Lines of a table's head where it is repeated.
const REPEATED_LINES: usize = 4;
const CONTINUED: &str = "（つづき）";
const NOTHING: &str = "該当する情報はありません。";

/// A document on its pages.
pub(crate) struct Layout {
    pub(crate) title: String,
    pub(crate) pages: Vec<Vec<Item>>,
    pub(crate) bookmarks: Vec<Bookmark>,
    pub(crate) replaced: BTreeSet<char>,
}

/// Where a section begins.
pub(crate) struct Bookmark {
    pub(crate) text: String,
    pub(crate) page: usize,
    pub(crate) y: f32,
}

pub(crate) fn lay_out(document: &Document) -> Layout {
    let mut replaced = BTreeSet::new();
    let document = cover(document, &mut replaced);
    let mut flow = Flow::new();
    opening(&mut flow, &document);
    let bookmarks =
        document.sections.iter().filter_map(|section| place_section(&mut flow, section)).collect();
    if document.sections.is_empty() {
        flow.put(Row { space: 14.0, ..plain(BODY, NOTHING) });
    }
    let count = flow.pages.len();
    for (page, items) in flow.pages.iter_mut().enumerate() {
        items.extend(foot(page + 1, count));
        if page > 0 {
            items.splice(0..0, head(&document));
        }
    }
    Layout { title: document.title.replace('\n', " "), pages: flow.pages, bookmarks, replaced }
}

/// Title, period, time and person.
fn opening(flow: &mut Flow, document: &Document) {
    if !document.title.is_empty() {
        flow.put(Row { leading: 24.0, ..plain(TITLE, &document.title) });
    }
    let period = labelled("対象期間", &document.period);
    let made_at = labelled("作成日時", &document.made_at);
    if !(period.is_empty() && made_at.is_empty()) {
        let half = |x, align, text: &str| block(x, WIDTH / 2.0, align, LABEL, text);
        let blocks = vec![half(LEFT, Align::Left, &period), half(LEFT + WIDTH / 2.0, Align::Right, &made_at)];
        flow.put(Row { space: 2.0, padding: 1.0, leading: 12.0, look: Look::Plain, blocks });
    }
    for (nth, pair) in document.person.chunks(2).enumerate() {
        let space = if nth == 0 { 6.0 } else { 0.0 };
        flow.put(Row { space, padding: 2.5, leading: 13.0, look: Look::Body, blocks: person_blocks(pair) });
    }
}

fn labelled(label: &str, text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("{label}　{text}") }
}

/// One or two entries in a line; a single one has the whole line.
fn person_blocks(entries: &[Entry]) -> Vec<Block> {
    let share = WIDTH / entries.len() as f32;
    let mut left = LEFT;
    let mut blocks = Vec::new();
    for entry in entries {
        let value = left + LABEL_WIDTH;
        blocks.push(block(left + GUTTER, LABEL_WIDTH - 2.0 * GUTTER, Align::Left, LABEL, &entry.label));
        blocks.push(block(value, share - LABEL_WIDTH - GUTTER, Align::Left, BODY, &entry.value));
        left += share;
    }
    blocks
}

fn place_section(flow: &mut Flow, section: &Section) -> Option<Bookmark> {
    let heading = section_rows(section);
    let first_table = section.tables.first();
    let head = first_table.map(table_head).unwrap_or_default();
    let first_rows = first_table.map(first_rows).unwrap_or_default();
    flow.keep_together(heading.iter().chain(&head).chain(&first_rows));
    let places: Vec<_> = heading.into_iter().map(|row| flow.put(row)).collect();

    let continued = continued(section);
    for table in &section.tables {
        place_table(flow, &continued, table);
    }
    flow.repeat(Vec::new());
    let text = [section.heading.as_str(), section.subheading.as_str()].join(" ").replace('\n', " ");
    places.first().map(|(page, y)| Bookmark { text: text.trim().to_owned(), page: *page, y: *y })
}

/// Heading and subheading, on one line where both fit.
fn section_rows(section: &Section) -> Vec<Row> {
    let inset = 10.0;
    let (left, room) = (LEFT + inset, WIDTH - inset - GUTTER);
    let row = |blocks| Row { space: 15.0, padding: 3.0, leading: 15.0, look: Look::Section, blocks };
    let mut rows = Vec::new();
    let mut second_row = None;
    if !section.heading.is_empty() {
        let heading = block(left, room, Align::Left, SECTION, &section.heading);
        second_row = beside(&heading, section, left + room);
        rows.push(row([heading].into_iter().chain(second_row.clone()).collect()));
    }
    if !section.subheading.is_empty() && second_row.is_none() {
        let space = if rows.is_empty() { 15.0 } else { 0.0 };
        rows.push(Row { space, ..row(vec![block(left, room, Align::Left, SECOND, &section.subheading)]) });
    }
    rows
}

/// The subheading at the right of the heading, if both have one line.
fn beside(heading: &Block, section: &Section, right: f32) -> Option<Block> {
    let x = heading.x + FACE.width(&section.heading) * SECTION.size + 14.0;
    let fits = x + FACE.width(&section.subheading) * SECOND.size <= right;
    let single = !section.heading.contains('\n') && !section.subheading.contains('\n');
    (fits && single && !section.subheading.is_empty())
        .then(|| block(x, right - x, Align::Left, SECOND, &section.subheading))
}

/// The headings as later pages repeat them, on one line.
fn continued(section: &Section) -> Vec<Row> {
    if section.heading.is_empty() && section.subheading.is_empty() {
        return Vec::new();
    }
    let (first, second) = (Style { size: SECOND.size, ..SECTION }, SECOND);
    let left = LEFT + 10.0;
    let heading = clip(&section.heading, first.size, WIDTH / 2.0);
    let middle =
        if heading.is_empty() { left } else { left + FACE.width(&heading) * first.size + second.size };
    let room = RIGHT - GUTTER - middle;
    let subheading =
        clip(&section.subheading, second.size, room - FACE.width(CONTINUED) * second.size) + CONTINUED;
    let blocks = vec![
        block(left, WIDTH, Align::Left, first, &heading),
        block(middle, WIDTH, Align::Left, second, &subheading),
    ];
    vec![Row { space: 0.0, padding: 2.0, leading: 13.0, look: Look::Section, blocks }]
}

fn place_table(flow: &mut Flow, continued: &[Row], table: &Table) {
    let head = table_head(table);
    flow.repeat(continued.to_vec());
    flow.keep_together(head.iter().chain(&first_rows(table)));
    let repeated = head.iter().map(|row| row.clone().clipped(REPEATED_LINES));
    let repeated: Vec<Row> = continued.iter().cloned().chain(repeated).collect();
    for row in head {
        flow.put(row);
    }
    flow.repeat(repeated);
    let mut rows = body_rows(table).peekable();
    let mut left = table.rows.len();
    while let Some(row) = rows.next() {
        if left == 2 {
            // No row stands alone on the last page of its table.
            flow.keep_together([&row].into_iter().chain(rows.peek()));
        }
        flow.put(row);
        left -= 1;
    }
}

/// Caption and column headings.
fn table_head(table: &Table) -> Vec<Row> {
    let mut rows = Vec::new();
    if !table.caption.is_empty() {
        rows.push(Row { space: 7.0, padding: 1.0, leading: 13.0, ..plain(CAPTION, &table.caption) });
    }
    if !table.columns.is_empty() {
        let space = if table.caption.is_empty() { 6.0 } else { 2.0 };
        let headings = table.columns.iter().map(|column| column.heading.as_str());
        let blocks = cells(&table.columns, headings, HEAD);
        rows.push(Row { space, padding: 2.5, leading: 11.0, look: Look::Head, blocks });
    }
    rows
}

/// The rows that stay with the head: all of a low table, two of a high one.
fn first_rows(table: &Table) -> Vec<Row> {
    let mut height = 0.0;
    let mut rows = body_rows(table);
    let mut first: Vec<Row> = rows
        .by_ref()
        .take_while(|row| {
            height += row.height();
            height <= LOW
        })
        .collect();
    if height > LOW {
        first.truncate(2);
    }
    first
}

fn body_rows(table: &Table) -> impl Iterator<Item = Row> {
    table.rows.iter().map(|row| {
        let blocks = cells(&table.columns, row.iter().map(String::as_str), BODY);
        Row { space: 0.0, padding: 2.5, leading: 12.5, look: Look::Body, blocks }
    })
}

fn cells<'a>(columns: &[Column], texts: impl Iterator<Item = &'a str>, style: Style) -> Vec<Block> {
    let share = |column: &Column| f32::from(column.share.max(1));
    let unit = WIDTH / columns.iter().map(share).sum::<f32>();
    let mut left = LEFT;
    let mut blocks = Vec::new();
    for (column, text) in columns.iter().zip(texts) {
        let width = unit * share(column);
        blocks.push(block(left + GUTTER, width - 2.0 * GUTTER, column.align, style, text));
        left += width;
    }
    blocks
}

fn plain(style: Style, text: &str) -> Row {
    let blocks = vec![block(LEFT, WIDTH, Align::Left, style, text)];
    Row { space: 0.0, padding: 0.0, leading: style.size * 1.4, look: Look::Plain, blocks }
}

fn block(x: f32, width: f32, align: Align, style: Style, text: &str) -> Block {
    Block { x, width, align, style, lines: wrap(text, style.size, width) }
}

/// Title and person over a thin rule.
fn head(document: &Document) -> Vec<Item> {
    let room = WIDTH / 2.0 - GUTTER;
    let y = 38.0;
    let [title, running] = [&document.title, &document.running].map(|text| clip(text, MARGIN.size, room));
    let mut items = vec![Item::Box { x: LEFT, y: y + 6.0, width: WIDTH, height: 0.4, ink: Ink::Line }];
    items.extend(at_left(y, MARGIN, &title));
    items.extend(at_right(y, MARGIN, &running));
    items
}

/// Notice and page number under a thin rule.
fn foot(page: usize, count: usize) -> Vec<Item> {
    let y = BOTTOM + 26.0;
    let mut items = vec![Item::Box { x: LEFT, y: y - 13.0, width: WIDTH, height: 0.4, ink: Ink::Line }];
    items.extend(at_left(y, NOTE, NOTICE));
    items.extend(at_right(y, MARGIN, &format!("{page} / {count}")));
    items
}

fn at_left(y: f32, style: Style, text: &str) -> Option<Item> {
    (!text.is_empty()).then(|| Item::Text { x: LEFT, y, style, text: text.to_owned() })
}

fn at_right(y: f32, style: Style, text: &str) -> Option<Item> {
    let x = RIGHT - FACE.width(text) * style.size;
    (!text.is_empty()).then(|| Item::Text { x, y, style, text: text.to_owned() })
}

/// The document with characters that the font has.
fn cover(document: &Document, replaced: &mut BTreeSet<char>) -> Document {
    let mut covered = document.clone();
    let mut texts: Vec<&mut String> =
        vec![&mut covered.title, &mut covered.running, &mut covered.period, &mut covered.made_at];
    texts.extend(covered.person.iter_mut().flat_map(|entry| [&mut entry.label, &mut entry.value]));
    for section in &mut covered.sections {
        texts.extend([&mut section.heading, &mut section.subheading]);
        for table in &mut section.tables {
            texts.push(&mut table.caption);
            texts.extend(table.columns.iter_mut().map(|column| &mut column.heading));
            texts.extend(table.rows.iter_mut().flatten());
        }
    }
    for text in texts {
        *text = FACE.cover(text, replaced);
    }
    covered
}
