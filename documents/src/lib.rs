//! PDF documents with Japanese text: tables under headings, as a doctor reads them beside the patient.
//!
//! A plain view model goes in, bytes come out: the same bytes for the same model, since nothing here knows the
//! time or draws lots. The crate knows no message, no person and no world; whoever knows them fills a [`Document`].
//! Every page says that it holds test data.
//!
//! The way of a document: [`Document`] → `layout` (lines, rows and pages, measured with the font; `wrap` breaks
//! lines, `flow` breaks pages) → `draw` (the only code that writes PDF).

mod draw;
mod flow;
mod font;
mod layout;
mod model;
mod wrap;

pub use model::{Align, Column, Document, Entry, Section, Table};

/// What each page says at its foot.
pub const NOTICE: &str = "試験用データ / TEST DATA";

/// What is drawn for a character that the font lacks.
pub const MISSING: char = '●';

/// A document as PDF.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// The PDF file (version 1.7).
    pub bytes: Vec<u8>,
    /// Characters that became [`MISSING`], each once, in the order of their numbers.
    pub replaced: Vec<char>,
}

/// Why a document can't become a PDF.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RenderError {
    /// A row doesn't fit its table; all numbers count from 1.
    #[error("section {section}, table {table}, row {row}: {cells} cells for {columns} columns")]
    Cells {
        /// Place of the section.
        section: usize,
        /// Place of the table in its section.
        table: usize,
        /// Place of the row in its table.
        row: usize,
        /// Cells that the row has.
        cells: usize,
        /// Columns that the table has.
        columns: usize,
    },
    /// The PDF can't be written, for example because it has too many objects.
    #[error("cannot write the PDF")]
    Write(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Renders a document on pages of A4.
///
/// A row stands on one page unless it is taller than a page; headings are repeated on each page that continues.
/// Characters that the font lacks become [`MISSING`] and are told in [`Rendered::replaced`]; so do controls other
/// than the line feed, which ends a line, and the tab, which is a space. Variation selectors and other invisible
/// marks are left out.
///
/// # Errors
/// [`RenderError::Cells`] if a row has more or fewer cells than its table has columns.
pub fn render(document: &Document) -> Result<Rendered, RenderError> {
    check(document)?;
    let layout = layout::lay_out(document);
    let replaced = layout.replaced.iter().copied().collect();
    Ok(Rendered { bytes: draw::draw(&layout)?, replaced })
}

fn check(document: &Document) -> Result<(), RenderError> {
    for (s, section) in document.sections.iter().enumerate() {
        for (t, table) in section.tables.iter().enumerate() {
            let columns = table.columns.len();
            if let Some((r, row)) = table.rows.iter().enumerate().find(|(_, row)| row.len() != columns) {
                let cells = row.len();
                return Err(RenderError::Cells { section: s + 1, table: t + 1, row: r + 1, cells, columns });
            }
        }
    }
    Ok(())
}
