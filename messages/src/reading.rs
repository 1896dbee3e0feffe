//! Reading groups from a tree: by name, in any order, with a finding for whatever is odd.

use crate::finding::{Finding, Label, Places};
use crate::given::Given;
use crate::message::{Fault, Group, Names, Presence};
use crate::refusal::Bilingual;
use crate::tree::Element;
use crate::value::Value;

/// Most findings that are kept of one document, so that a bulk request cannot fill the journal.
const MOST_FINDINGS: usize = 1_000;

/// The state of reading one document: where we are, and what was odd so far.
pub struct Reading<'a> {
    source: &'a str,
    path: Vec<&'static str>,
    /// Whether we are inside a repeated element: one person of many.
    among_many: bool,
    /// Findings with the offset of their place.
    findings: Vec<(Option<usize>, Finding)>,
    more: usize,
}

impl<'a> Reading<'a> {
    /// Starts on a document whose text is `source`.
    #[must_use]
    pub fn new(source: &'a str) -> Self {
        Self { source, path: Vec::with_capacity(8), among_many: false, findings: Vec::new(), more: 0 }
    }

    /// The findings, sorted by place.
    #[must_use]
    pub fn finish(mut self) -> Vec<Finding> {
        self.findings.sort_by_key(|(offset, _)| *offset);
        let mut places = Places::of(self.source);
        let mut findings: Vec<_> = self
            .findings
            .into_iter()
            .map(|(offset, finding)| Finding { place: offset.map(|offset| places.at(offset)), ..finding })
            .collect();
        if self.more > 0 {
            findings.push(Finding::of_document(Label::MoreFindings, self.more.to_string()));
        }
        findings
    }

    /// Notes something odd about an element below the path.
    pub(crate) fn report(
        &mut self,
        label: Label,
        name: &str,
        offset: Option<usize>,
        sent: &str,
        expected: Bilingual,
    ) {
        if self.findings.len() == MOST_FINDINGS {
            self.more += 1;
            return;
        }
        let mut element = self.path.join("/");
        if !element.is_empty() && !name.is_empty() {
            element.push('/');
        }
        element.push_str(name);
        let severity = label.severity();
        let finding = Finding { label, severity, place: None, element, sent: sent.to_owned(), expected };
        self.findings.push((offset, finding));
    }

    /// Reads a group from an element, and reports what the group doesn't know.
    pub(crate) fn group<G: Group>(&mut self, element: &Element<'_>) -> G {
        let mut children = Children { elements: &element.children };
        let group = G::read(&mut children, self);
        children.report_rest(self);
        let stray = element.text.trim();
        if !stray.is_empty() {
            self.report(Label::StrayText, "", Some(element.offset), stray, Bilingual::NOTHING);
        }
        group
    }

    fn misses(&self, presence: Presence) -> bool {
        match presence {
            Presence::Required => true,
            Presence::RequiredInSingle => !self.among_many,
            Presence::Optional => false,
        }
    }
}

/// The children of one element.
pub struct Children<'t, 's> {
    elements: &'t [Element<'s>],
}

impl<'t, 's> Children<'t, 's> {
    /// Reads one text element.
    pub fn value<V: Value>(
        &mut self,
        names: &Names,
        presence: Presence,
        reading: &mut Reading<'_>,
    ) -> Given<V> {
        let Some(element) = self.only(names, presence, reading) else { return Given::Missing };
        let (name, at) = (names.element, Some(element.offset));
        if !element.children.is_empty() {
            reading.report(Label::NotText, name, at, "", Bilingual::NOTHING);
            return Given::Missing;
        }
        let text = element.text.as_ref();
        if element.no_string {
            reading.report(Label::NotAString, name, at, text, Bilingual::NOTHING);
        }
        if text.is_empty() {
            if reading.misses(presence) {
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
        names: &Names,
        presence: Presence,
        reading: &mut Reading<'_>,
    ) -> Option<G> {
        let element = self.only(names, presence, reading)?;
        Some(inside(names.element, reading, |reading| reading.group(element)))
    }

    /// Reads one group element that every message has; without it the group is empty and a finding tells.
    pub(crate) fn always<G: Group>(&mut self, name: &'static str, reading: &mut Reading<'_>) -> G {
        let names = Names { element: name, also: &[], wrapper: None };
        self.group(&names, Presence::Required, reading)
            .unwrap_or_else(|| inside(name, reading, |reading| reading.group(&Element::default())))
    }

    /// Reads a repeated group element; with a wrapper, from inside every element of that name.
    pub fn list<G: Group>(&mut self, names: &Names, presence: Presence, reading: &mut Reading<'_>) -> Vec<G> {
        let mut items = Vec::new();
        match names.wrapper {
            None => self.repeated(names.element, reading, &mut items),
            Some(wrapper) => self.wrapped(wrapper, names.element, reading, &mut items),
        }
        if items.is_empty() && reading.misses(presence) {
            let name = names.wrapper.unwrap_or(names.element);
            reading.report(Label::MissingElement, name, None, "", Bilingual::NOTHING);
        }
        items
    }

    /// Reads a repeated group element inside its list element, or directly.
    pub fn either_list<G: Group>(
        &mut self,
        names: &Names,
        presence: Presence,
        reading: &mut Reading<'_>,
    ) -> Vec<G> {
        let mut direct = Vec::new();
        self.repeated(names.element, reading, &mut direct);
        if direct.is_empty() { self.list(names, presence, reading) } else { direct }
    }

    fn wrapped<G: Group>(
        &mut self,
        wrapper: &'static str,
        name: &'static str,
        reading: &mut Reading<'_>,
        items: &mut Vec<G>,
    ) {
        for element in self.named(wrapper) {
            inside(wrapper, reading, |reading| {
                let mut inner = Children { elements: &element.children };
                inner.repeated(name, reading, items);
                inner.report_rest(reading);
            });
        }
    }

    fn repeated<G: Group>(&mut self, name: &'static str, reading: &mut Reading<'_>, items: &mut Vec<G>) {
        let outside = std::mem::replace(&mut reading.among_many, true);
        for element in self.named(name) {
            items.push(inside(name, reading, |reading| reading.group(element)));
        }
        reading.among_many = outside;
    }

    /// The one element of a name; further ones are reported and ignored.
    fn only(
        &mut self,
        names: &Names,
        presence: Presence,
        reading: &mut Reading<'_>,
    ) -> Option<&'t Element<'s>> {
        let name = names.element;
        let mut first = None;
        for element in self.named(name) {
            match first {
                None => first = Some(element),
                Some(_) => reading.again(name, element),
            }
        }
        for other in names.also {
            for element in self.named(other) {
                reading.report(
                    Label::OtherSpelling,
                    name,
                    Some(element.offset),
                    other,
                    Bilingual::fixed(name, name),
                );
                match first {
                    None => first = Some(element),
                    Some(_) => reading.again(name, element),
                }
            }
        }
        if first.is_none() && reading.misses(presence) {
            reading.report(Label::MissingElement, name, None, "", Bilingual::NOTHING);
        }
        first
    }

    /// The elements of a name, which are known from now on.
    fn named(&self, name: &str) -> impl Iterator<Item = &'t Element<'s>> {
        let elements = self.elements;
        elements.iter().filter(move |element| element.name == name).inspect(|element| element.known.set(true))
    }

    fn report_rest(&self, reading: &mut Reading<'_>) {
        for element in self.elements.iter().filter(|element| !element.known.get()) {
            let (at, sent) = (Some(element.offset), element.text.trim());
            reading.report(Label::UnknownElement, &element.name, at, sent, Bilingual::NOTHING);
        }
    }
}

impl Reading<'_> {
    fn again(&mut self, name: &str, element: &Element<'_>) {
        let (at, sent) = (Some(element.offset), element.text.as_ref());
        self.report(Label::RepeatedElement, name, at, sent, Bilingual::NOTHING);
    }
}

fn inside<T>(name: &'static str, reading: &mut Reading<'_>, read: impl FnOnce(&mut Reading<'_>) -> T) -> T {
    reading.path.push(name);
    let value = read(reading);
    reading.path.pop();
    value
}
