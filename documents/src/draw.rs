//! Writes laid-out pages as PDF: the only code that knows krilla's way of drawing.

use krilla::color::rgb;
use krilla::destination::XyzDestination;
use krilla::geom::{PathBuilder, Point, Rect};
use krilla::metadata::Metadata;
use krilla::outline::{Outline, OutlineNode};
use krilla::page::PageSettings;
use krilla::paint::{Fill, Stroke};
use krilla::surface::Surface;
use krilla::{Document, SerializeSettings};

use crate::RenderError;
use crate::flow::{Ink, Item, LEFT, PAGE_HEIGHT, PAGE_WIDTH};
use crate::font::FACE;
use crate::layout::{Bookmark, Layout};

/// Width of the stroke that makes letters bold, as part of their size: the subset has one weight.
const BOLD: f32 = 0.028;

pub(crate) fn draw(layout: &Layout) -> Result<Vec<u8>, RenderError> {
    let mut document =
        Document::new_with(SerializeSettings { enable_tagging: false, ..SerializeSettings::default() });
    // No date, and no document id: krilla takes a hash of the content, so that the bytes depend on nothing else.
    let metadata = Metadata::new().language("ja".to_owned()).creator("onshi-mock".to_owned());
    document.set_metadata(metadata.title(layout.title.clone()));
    document.set_outline(outline(&layout.bookmarks));
    let size = PageSettings::from_wh(PAGE_WIDTH, PAGE_HEIGHT).expect("A4 has a size");
    for items in &layout.pages {
        let mut page = document.start_page_with(size.clone());
        let mut surface = page.surface();
        for item in items {
            draw_item(&mut surface, item);
        }
        surface.finish();
        page.finish();
    }
    document.finish().map_err(|error| RenderError::Write(Box::new(error)))
}

fn outline(bookmarks: &[Bookmark]) -> Outline {
    let mut outline = Outline::new();
    for bookmark in bookmarks {
        let place = XyzDestination::new(bookmark.page, Point::from_xy(LEFT, bookmark.y));
        outline.push_child(OutlineNode::new(bookmark.text.clone(), place));
    }
    outline
}

fn draw_item(surface: &mut Surface<'_>, item: &Item) {
    match item {
        Item::Box { x, y, width, height, ink } => {
            surface.set_stroke(None);
            surface.set_fill(Some(Fill { paint: color(*ink).into(), ..Fill::default() }));
            let mut path = PathBuilder::new();
            path.push_rect(Rect::from_xywh(*x, *y, *width, *height).expect("boxes have a size"));
            surface.draw_path(&path.finish().expect("a box has edges"));
        }
        Item::Text { x, y, style, text } => {
            let paint = color(style.ink);
            let stroke = Stroke { paint: paint.into(), width: style.size * BOLD, ..Stroke::default() };
            surface.set_stroke(style.bold.then_some(stroke));
            surface.set_fill(Some(Fill { paint: paint.into(), ..Fill::default() }));
            let glyphs = FACE.glyphs(text);
            surface.draw_glyphs(Point::from_xy(*x, *y), &glyphs, FACE.font.clone(), text, style.size, false);
        }
    }
}

fn color(ink: Ink) -> rgb::Color {
    match ink {
        Ink::Black => rgb::Color::new(0x1a, 0x1a, 0x1a),
        Ink::Gray => rgb::Color::new(0x55, 0x5b, 0x61),
        Ink::Blue => rgb::Color::new(0x1d, 0x4e, 0x79),
        Ink::Line => rgb::Color::new(0xbf, 0xc5, 0xcb),
        Ink::Shade => rgb::Color::new(0xee, 0xf2, 0xf6),
    }
}
