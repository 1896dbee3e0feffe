//! Reading groups from a tree: by name, in any order, with a finding for whatever is odd.

use crate::finding::{Finding, Label, Place};
use crate::given::Given;
use crate::message::{Fault, Group, Presence};
use crate::refusal::Bilingual;
use crate::value::Value;
use crate::xml::Element;

/// The state of reading one document: where we are, and what was odd so far.
pub struct Reading<'a> {
    source: &'a str,
    path: Vec<&'static str>,
    findings: Vec<Finding>,
}

impl<'a> Reading<'a> {
    /// Starts on a document whose text is `source`.
    #[must_use]
    pub fn new(source: &'a str) -> Self {
        Self { source, path: Vec::new(), findings: Vec::new() }
    }

    /// The findings, sorted by place.
    #[must_use]
    pub fn finish(mut self) -> Vec<Finding> {
        self.findings.sort_by_key(|f| f.place);
        self.findings
    }

    fn report(&mut self, label: Label, name: &str, offset: Option<usize>, sent: &str, expected: Bilingual) {
        let mut element = self.path.join("/");
        if !element.is_empty() && !name.is_empty() {
            element.push('/');
        }
        element.push_str(name);
        self.findings.push(Finding {
            label,
            severity: label.severity(),
            place: offset.map(|offset| Place::of(self.source, offset)),
            element,
            sent: sent.to_owned(),
            expected,
        });
    }

    /// Reads a group from an element, and reports what the group doesn't know.
    pub(crate) fn group<G: Group>(&mut self, element: &Element<'_>) -> G {
        let mut children =
            Children { elements: &element.children, used: vec![false; element.children.len()] };
        let group = G::read(&mut children, self);
        children.report_rest(self);
        let stray = element.text.trim();
        if !stray.is_empty() {
            self.report(Label::StrayText, "", Some(element.offset), stray, nothing());
        }
        group
    }
}

/// The children of one element, and which of them have been read.
pub struct Children<'t, 's> {
    elements: &'t [Element<'s>],
    used: Vec<bool>,
}

impl<'t, 's> Children<'t, 's> {
    /// Reads one text element.
    pub fn value<V: Value>(
        &mut self,
        name: &'static str,
        presence: Presence,
        reading: &mut Reading<'_>,
    ) -> Given<V> {
        let Some(element) = self.only(name, presence, reading) else { return Given::Missing };
        let at = Some(element.offset);
        if !element.children.is_empty() {
            reading.report(Label::NotText, name, at, "", nothing());
            return Given::Missing;
        }
        let text = element.text.as_ref();
        if text.is_empty() {
            if presence == Presence::Required {
                reading.report(Label::EmptyElement, name, at, "", V::KIND.format());
            }
            return Given::Missing;
        }
        match V::read(text) {
            Ok(value) => {
                if let Some(label) = value.note() {
                    reading.report(label, name, at, text, V::KIND.format());
                }
                Given::Good(value)
            }
            Err(Fault { label, expected }) => {
                reading.report(label, name, at, text, expected);
                Given::Odd(text.to_owned())
            }
        }
    }

    /// Reads one group element.
    pub fn group<G: Group>(
        &mut self,
        name: &'static str,
        presence: Presence,
        reading: &mut Reading<'_>,
    ) -> Option<G> {
        let element = self.only(name, presence, reading)?;
        Some(inside(name, reading, |reading| reading.group(element)))
    }

    /// Reads one group element that every message has; without it the group is empty and a finding tells.
    pub(crate) fn always<G: Group>(&mut self, name: &'static str, reading: &mut Reading<'_>) -> G {
        self.group(name, Presence::Required, reading)
            .unwrap_or_else(|| inside(name, reading, |reading| reading.group(&Element::default())))
    }

    /// Reads a repeated group element; with a wrapper, from inside every element of that name.
    pub fn list<G: Group>(
        &mut self,
        wrapper: Option<&'static str>,
        name: &'static str,
        presence: Presence,
        reading: &mut Reading<'_>,
    ) -> Vec<G> {
        let mut items = Vec::new();
        match wrapper {
            None => self.repeated(name, reading, &mut items),
            Some(wrapper) => {
                for element in self.take(wrapper) {
                    inside(wrapper, reading, |reading| {
                        let mut inner = Children {
                            elements: &element.children,
                            used: vec![false; element.children.len()],
                        };
                        inner.repeated(name, reading, &mut items);
                        inner.report_rest(reading);
                    });
                }
            }
        }
        if items.is_empty() && presence == Presence::Required {
            reading.report(Label::MissingElement, wrapper.unwrap_or(name), None, "", nothing());
        }
        items
    }

    fn repeated<G: Group>(&mut self, name: &'static str, reading: &mut Reading<'_>, items: &mut Vec<G>) {
        for element in self.take(name) {
            items.push(inside(name, reading, |reading| reading.group(element)));
        }
    }

    /// The one element of a name; further ones are reported and ignored.
    fn only(
        &mut self,
        name: &'static str,
        presence: Presence,
        reading: &mut Reading<'_>,
    ) -> Option<&'t Element<'s>> {
        let mut found = self.take(name).into_iter();
        let first = found.next();
        if first.is_none() && presence == Presence::Required {
            reading.report(Label::MissingElement, name, None, "", nothing());
        }
        for again in found {
            reading.report(Label::RepeatedElement, name, Some(again.offset), &again.text, nothing());
        }
        first
    }

    fn take(&mut self, name: &str) -> Vec<&'t Element<'s>> {
        let elements = self.elements;
        let of_name = elements.iter().enumerate().filter(|(_, element)| element.name == name);
        of_name
            .map(|(index, element)| {
                if let Some(used) = self.used.get_mut(index) {
                    *used = true;
                }
                element
            })
            .collect()
    }

    fn report_rest(&self, reading: &mut Reading<'_>) {
        for (element, _) in self.elements.iter().zip(&self.used).filter(|(_, used)| !**used) {
            reading.report(
                Label::UnknownElement,
                &element.name,
                Some(element.offset),
                &element.text,
                nothing(),
            );
        }
    }
}

fn inside<T>(name: &'static str, reading: &mut Reading<'_>, read: impl FnOnce(&mut Reading<'_>) -> T) -> T {
    reading.path.push(name);
    let value = read(reading);
    reading.path.pop();
    value
}

fn nothing() -> Bilingual {
    Bilingual::fixed("", "")
}
