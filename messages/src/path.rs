//! Paths to elements, as scenarios and queries write them, and the places of a layout that they lead to.

use std::fmt;
use std::str::FromStr;

use crate::ROOT;
use crate::id::{Half, MessageId};
use crate::message::{Content, Field, Scope};

/// Most names in a path: no message is deeper.
const MOST_STEPS: usize = 16;

/// A path to elements: one name or several, the outer ones first, each with its number among its namesakes if wanted.
///
/// ```text
/// InsurerNumber
/// ResultOfQualificationConfirmation[2]/InsurerName
/// ```
///
/// It leads to every element whose own path ends like it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ElementPath(Vec<Step>);

/// One name of a path.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Step {
    /// The name.
    pub name: String,
    /// Which of the siblings of that name, from 1; all of them if absent.
    pub number: Option<usize>,
}

/// A text that is no path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{sent:?} is no path; expected names of elements with `/` between them, each with a number from 1 in brackets if wanted"
)]
pub struct ElementPathError {
    /// The text.
    pub sent: String,
}

impl ElementPath {
    /// Its names, the outer ones first; at least one.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.0
    }

    /// Whether it leads to an element with these ancestors and itself, the outermost first.
    pub(crate) fn ends<'n>(&self, names: impl DoubleEndedIterator<Item = (&'n str, usize)>) -> bool {
        let mut names = names.rev();
        self.0.iter().rev().all(|step| {
            names.next().is_some_and(|(name, number)| {
                step.name == name && step.number.is_none_or(|wanted| wanted == number)
            })
        })
    }

    /// The places of a layout that it leads to.
    pub fn places<'p>(&self, places: &'p [Place]) -> impl Iterator<Item = &'p Place> {
        places.iter().filter(|place| {
            let mut names = place.names.iter().rev();
            self.0.iter().rev().all(|step| names.next().is_some_and(|name| *name == step.name))
        })
    }
}

impl FromStr for ElementPath {
    type Err = ElementPathError;

    fn from_str(text: &str) -> Result<Self, ElementPathError> {
        let steps: Option<Vec<_>> = text.split('/').take(MOST_STEPS + 1).map(step).collect();
        let steps = steps.filter(|steps| steps.len() <= MOST_STEPS);
        steps.map(Self).ok_or_else(|| ElementPathError { sent: text.chars().take(200).collect() })
    }
}

fn step(text: &str) -> Option<Step> {
    let (name, number) = match text.strip_suffix(']') {
        Some(text) => {
            let (name, number) = text.split_once('[')?;
            (name, Some(number.parse().ok().filter(|&number: &usize| number > 0)?))
        }
        None => (text, None),
    };
    let well_formed = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    well_formed.then(|| Step { name: name.to_owned(), number })
}

impl fmt::Display for ElementPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, Step { name, number }) in self.0.iter().enumerate() {
            f.write_str(if index > 0 { "/" } else { "" })?;
            f.write_str(name)?;
            if let Some(number) = number {
                write!(f, "[{number}]")?;
            }
        }
        Ok(())
    }
}

/// A place of a layout: the names from the root down to an element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The names, the root first.
    pub names: Vec<String>,
    /// What stands there.
    pub holds: Holds,
}

/// What stands at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    /// Text.
    Text,
    /// One group.
    Group,
    /// Any number of groups.
    Items,
    /// The list element around them.
    List,
}

/// Every place of one half of a message, the root first and groups before what they hold.
#[must_use]
pub fn places(id: MessageId, half: Half) -> Vec<Place> {
    let root = vec![ROOT.to_owned()];
    let mut all = vec![Place { names: root.clone(), holds: Holds::Group }];
    walk(id, id.layout(half), &root, &mut all);
    all
}

fn walk(id: MessageId, fields: &'static [Field], above: &[String], all: &mut Vec<Place>) {
    for field in fields.iter().filter(|f| !f.names.element.is_empty() && id.includes(f.scope)) {
        let below = |above: &[String], name: String| above.iter().cloned().chain([name]).collect::<Vec<_>>();
        let (suffixes, oral) = match field.content {
            Content::Prefixed(suffixes) => (suffixes, false),
            Content::Oral(suffixes) => (suffixes, true),
            Content::Text(_) | Content::Group(_) | Content::List(_) | Content::EitherList(_) => {
                (&[][..], false)
            }
        };
        for part in suffixes {
            if id.includes(part.scope) && (!oral || !part.lasting || id.includes(Scope::Visits)) {
                let names = below(above, format!("{}{}", field.names.element, part.end));
                all.push(Place { names, holds: Holds::Text });
            }
        }
        let (holds, inner) = match field.content {
            Content::Prefixed(_) | Content::Oral(_) => continue,
            Content::Text(_) => (Holds::Text, &[][..]),
            Content::Group(inner) => (Holds::Group, inner),
            Content::List(inner) | Content::EitherList(inner) => (Holds::Items, inner),
        };
        let mut around = above.to_vec();
        if let Some(wrapper) = field.names.wrapper {
            around.push(wrapper.to_owned());
            all.push(Place { names: around.clone(), holds: Holds::List });
        }
        let names = below(&around, field.names.element.to_owned());
        all.push(Place { names: names.clone(), holds });
        walk(id, inner, &names, all);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leads(path: &str) -> Vec<String> {
        let places = places(MessageId::OqsSiQuc01, Half::Result);
        let path: ElementPath = path.parse().unwrap();
        path.places(&places).map(|place| place.names.join("/")).collect()
    }

    #[test]
    fn a_path_leads_to_every_place_that_ends_like_it() {
        assert_eq!(leads("SegmentOfResult"), ["XmlMsg/MessageHeader/SegmentOfResult"]);
        assert_eq!(
            leads("ResultList/ResultOfQualificationConfirmation[2]/InsurerNumber"),
            ["XmlMsg/MessageBody/ResultList/ResultOfQualificationConfirmation/InsurerNumber"]
        );
        assert!(leads("InsurerNumber").len() > 1, "{:?}", leads("InsurerNumber"));
        assert_eq!(leads("Insurernumber"), Vec::<String>::new());
    }

    #[test]
    fn what_is_no_path_is_refused() {
        for text in ["", "/", "A//B", "A[0]", "A[x]", "A]", "保険者番号", "A B", &"A/".repeat(20)] {
            assert!(text.parse::<ElementPath>().is_err(), "{text}");
        }
        assert_eq!("A[2]/B".parse::<ElementPath>().unwrap().to_string(), "A[2]/B");
    }
}
