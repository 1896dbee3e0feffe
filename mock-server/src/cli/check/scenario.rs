//! Checks a scenario, by the function that the server reads it with, and asks for its cards.

use messages::refusal::Bilingual;

use scenarios::diagnostic::Weight;
use scenarios::{Pack, PackError, packs, shipped};

use super::expectation;
use super::report::{Checked, Kind, Problem};
use crate::clock::system_now;

pub(super) fn check(file: &str, bytes: &[u8]) -> Checked {
    let text = String::from_utf8_lossy(bytes);
    let problems = match std::str::from_utf8(bytes) {
        Err(error) => {
            let (line, column) = place(&text, error.valid_up_to());
            vec![Problem {
                label: "S001",
                weight: Weight::Error,
                line,
                column,
                text: Bilingual::fixed(
                    "UTF-8ではない文字があります。UTF-8で保存してください",
                    "this is not UTF-8; expected a scenario in UTF-8",
                ),
                element: None,
                help: Vec::new(),
            }]
        }
        Ok(text) => match read(file, text) {
            Ok(pack) => expectation::unmet(&pack, text, system_now()),
            Err(error) => error.problems.iter().map(of).collect(),
        },
    };
    Checked { file: file.to_owned(), kind: Kind::Scenario, source: text.into_owned(), problems }
}

/// Reads a scenario; the cards of every shipped pack may be named.
fn read(file: &str, text: &str) -> Result<Pack, PackError> {
    let shipped: Vec<_> = packs().iter().filter_map(|(name, _)| shipped(name)).collect();
    let known = shipped.iter().flat_map(|pack| &pack.cards).map(|card| card.key.as_str());
    let pack = Pack::read(file, text)?;
    pack.check_cards(file, known)?;
    Ok(pack)
}

fn of(problem: &scenarios::Problem) -> Problem {
    let meaning = scenarios::label::meaning(problem.label).map_or("", |meaning| meaning.ja.as_ref());
    Problem {
        label: problem.label,
        weight: Weight::Error,
        line: problem.line,
        column: problem.column,
        text: Bilingual::made(meaning.to_owned(), problem.text.clone()),
        element: None,
        help: Vec::new(),
    }
}

/// Line and column of a byte, from 1.
fn place(text: &str, offset: usize) -> (u64, u64) {
    let place = messages::finding::Place::of(text, offset);
    (place.line as u64, place.column as u64)
}
