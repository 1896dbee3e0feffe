//! Puts rows on pages: one under the other, headings repeated, none cut unless it is taller than a page.

use crate::font::{ASCENT, FACE};
use crate::model::Align;

/// A4, in points. The body lies between head and foot.
pub(crate) const PAGE_WIDTH: f32 = 595.28;
pub(crate) const PAGE_HEIGHT: f32 = 841.89;
pub(crate) const LEFT: f32 = 45.0;
pub(crate) const RIGHT: f32 = PAGE_WIDTH - 45.0;
pub(crate) const TOP: f32 = 54.0;
pub(crate) const BOTTOM: f32 = PAGE_HEIGHT - 54.0;

/// Of a row that is cut, so many lines at least stand before the end of a page.
const FEWEST_LINES: usize = 4;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ink {
    /// What is read first.
    Black,
    /// Labels, head and foot.
    Gray,
    /// Headings and their rules.
    Blue,
    /// Rules between rows.
    Line,
    /// Ground of heads.
    Shade,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Style {
    pub(crate) size: f32,
    pub(crate) bold: bool,
    pub(crate) ink: Ink,
}

/// Something on a page; `y` of a text is its base line, of a box its upper edge.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Item {
    Text { x: f32, y: f32, style: Style, text: String },
    Box { x: f32, y: f32, width: f32, height: f32, ink: Ink },
}

/// A text in its box, broken into lines.
#[derive(Debug, Clone)]
pub(crate) struct Block {
    pub(crate) x: f32,
    pub(crate) width: f32,
    pub(crate) align: Align,
    pub(crate) style: Style,
    pub(crate) lines: Vec<String>,
}

/// How a row is dressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Look {
    Plain,
    /// On a ground, with a bar at the left.
    Section,
    /// Between two strong rules.
    Head,
    /// Over a thin rule.
    Body,
}

/// Blocks side by side.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    /// Space over the row, unless it is the first of its page.
    pub(crate) space: f32,
    /// Space over and under the lines, inside the row.
    pub(crate) padding: f32,
    pub(crate) leading: f32,
    pub(crate) look: Look,
    pub(crate) blocks: Vec<Block>,
}

impl Row {
    fn line_count(&self) -> usize {
        self.blocks.iter().map(|block| block.lines.len()).max().unwrap_or_default()
    }

    fn height_of(&self, lines: usize) -> f32 {
        2.0 * self.padding + lines as f32 * self.leading
    }

    pub(crate) fn height(&self) -> f32 {
        self.height_of(self.line_count())
    }

    /// Takes the lines from `at` on away, as a row of their own.
    fn split_off(&mut self, at: usize) -> Self {
        let mut rest = Self { space: 0.0, ..self.clone() };
        for (block, rest) in self.blocks.iter_mut().zip(&mut rest.blocks) {
            rest.lines = block.lines.split_off(at.min(block.lines.len()));
        }
        rest
    }

    /// The row with at most `lines` lines; the last ends with … where something had to go.
    pub(crate) fn clipped(mut self, lines: usize) -> Self {
        for block in &mut self.blocks {
            if block.lines.len() > lines {
                block.lines.truncate(lines);
                if let Some(last) = block.lines.last_mut() {
                    last.pop();
                    last.push('…');
                }
            }
        }
        self
    }
}

/// The pages so far and the place where the next row goes.
#[derive(Debug)]
pub(crate) struct Flow {
    pub(crate) pages: Vec<Vec<Item>>,
    y: f32,
    /// Rows at the top of each further page, low enough to leave most of it.
    repeated: Vec<Row>,
    /// Where the rows of a page begin, below the repeated ones.
    start: f32,
}

impl Flow {
    pub(crate) fn new() -> Self {
        Self { pages: vec![Vec::new()], y: TOP, repeated: Vec::new(), start: TOP }
    }

    /// What each page begins with from the next one on.
    pub(crate) fn repeat(&mut self, rows: Vec<Row>) {
        self.repeated = rows;
    }

    /// Goes to the next page unless all these rows still fit on this one; rows that fit on no page stay.
    pub(crate) fn keep_together<'a>(&mut self, rows: impl IntoIterator<Item = &'a Row>) {
        let height: f32 = rows.into_iter().map(|row| row.space + row.height()).sum();
        if self.y + height > BOTTOM && height <= BOTTOM - TOP && !self.is_at_start() {
            self.turn();
        }
    }

    /// Puts a row under the last one, on further pages as needed. Gives the place where it begins.
    pub(crate) fn put(&mut self, mut row: Row) -> (usize, f32) {
        let mut began = None;
        loop {
            let space = if self.is_at_start() { 0.0 } else { row.space };
            let room = BOTTOM - self.y - space;
            let lines = row.line_count();
            let fitting =
                (0..=lines).take_while(|lines| row.height_of(*lines) <= room).last().unwrap_or_default();
            if fitting < lines && !self.is_at_start() && (fitting < FEWEST_LINES || self.fits_a_page(&row)) {
                self.turn();
                continue;
            }
            let place = *began.get_or_insert((self.pages.len() - 1, self.y + space));
            self.y += space;
            if fitting >= lines {
                self.draw(&row, true);
                return place;
            }
            // A fresh page always takes a line, so that this ends.
            let rest = row.split_off(fitting.max(1));
            self.draw(&row, false);
            self.turn();
            row = rest;
        }
    }

    fn is_at_start(&self) -> bool {
        self.y <= self.start
    }

    fn fits_a_page(&self, row: &Row) -> bool {
        let repeated: f32 = self.repeated.iter().map(|row| row.space + row.height()).sum();
        TOP + repeated + row.height() <= BOTTOM
    }

    fn turn(&mut self) {
        self.pages.push(Vec::new());
        self.y = TOP;
        for (nth, row) in self.repeated.clone().iter().enumerate() {
            if nth > 0 {
                self.y += row.space;
            }
            self.draw(row, true);
        }
        self.start = self.y;
    }

    fn draw(&mut self, row: &Row, is_last: bool) {
        let (top, height) = (self.y, row.height());
        self.dress(row.look, top, height, is_last);
        let size = row.blocks.iter().map(|block| block.style.size).fold(0.0, f32::max);
        let first = top + row.padding + (row.leading - size) / 2.0 + ASCENT * size;
        for block in &row.blocks {
            let mut y = first;
            for line in &block.lines {
                self.text(block, y, line);
                y += row.leading;
            }
        }
        self.y += height;
    }

    fn text(&mut self, block: &Block, y: f32, line: &str) {
        if line.is_empty() {
            return;
        }
        let free = block.width - FACE.width(line) * block.style.size;
        let indent = match block.align {
            Align::Left => 0.0,
            Align::Center => free / 2.0,
            Align::Right => free,
        };
        let x = block.x + indent.max(0.0);
        self.add(Item::Text { x, y, style: block.style, text: line.to_owned() });
    }

    fn dress(&mut self, look: Look, top: f32, height: f32, is_last: bool) {
        let width = RIGHT - LEFT;
        let mut across = |y, height, ink| self.add(Item::Box { x: LEFT, y, width, height, ink });
        match look {
            Look::Plain => {}
            Look::Section => {
                across(top, height, Ink::Shade);
                self.add(Item::Box { x: LEFT, y: top, width: 3.0, height, ink: Ink::Blue });
            }
            Look::Head => {
                across(top, 0.8, Ink::Blue);
                across(top + height, 0.5, Ink::Blue);
            }
            Look::Body if is_last => across(top + height, 0.4, Ink::Line),
            Look::Body => {}
        }
    }

    pub(crate) fn add(&mut self, item: Item) {
        let page = self.pages.last_mut().expect("there is always a page");
        page.push(item);
    }
}
