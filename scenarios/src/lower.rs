//! From a pack as written to a pack as meant, with every problem collected before giving up.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::path::Path;
use std::sync::LazyLock;

use messages::dialect::Dialect;
use messages::value::PersonName;
use serde_saphyr::{Location, Spanned};

use crate::date_rule::DateRule;
use crate::error::{PackError, Problem, unknown};
use crate::history::{CheckupProfile, History, Profile, checkup_profiles, profiles};
use crate::pack::{Ask, Card, Coverage, CoverageKind, Insurance, MedicalAid, Pack, Person, Title};
use crate::script::lower::{Meant, Sections};
use crate::{raw, script};

/// Longest key of a card, so that keys fit into file names and identifiers.
const LONGEST_KEY: usize = 60;

pub(crate) fn pack(file: &str, raw: raw::Pack) -> Result<Pack, PackError> {
    let mut lowering = Lowering { file, problems: Vec::new(), keys: HashMap::new() };
    let cards: Vec<_> = raw.patients.into_iter().map(|patient| lowering.card(patient)).collect();
    let mut problems = lowering.problems;
    let (institutions, scripts, faults, terminal) = (raw.institutions, raw.scripts, raw.faults, raw.terminal);
    let sections = Sections { institutions, scripts, faults, terminal };
    let Meant { institutions, rules, named_cards } = script::lower::sections(file, sections, &mut problems);
    let is_empty = cards.is_empty() && institutions.is_empty() && rules.is_empty();
    if is_empty && problems.is_empty() {
        let text = "nothing stands here; expected one of `patients`, `institutions`, `scripts`, `faults`, `terminal`";
        problems.push(Problem {
            file: file.to_owned(),
            line: 1,
            column: 1,
            text: text.to_owned(),
            label: "S001",
        });
    }
    if problems.is_empty() {
        let name = raw.pack.unwrap_or_else(|| stem(file));
        let about = raw.about.unwrap_or_else(|| Title { ja: name.clone(), en: name.clone() });
        return Ok(Pack { name, about, cards, institutions, rules, named_cards });
    }
    problems.sort_by_key(|problem| (problem.line, problem.column));
    Err(PackError { problems })
}

/// The name of a pack that doesn't say it: that of its file.
fn stem(file: &str) -> String {
    Path::new(file).file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default()
}

/// The rows of the dialect that hold codes of errors.
fn codes() -> &'static [String] {
    static CODES: LazyLock<Vec<String>> = LazyLock::new(|| {
        let rows = Dialect::built_in().rows();
        rows.iter().filter_map(|row| row.name.strip_prefix("codes.").map(str::to_owned)).collect()
    });
    &CODES
}

struct Lowering<'a> {
    file: &'a str,
    problems: Vec<Problem>,
    /// Each key with the line on which it is first used.
    keys: HashMap<String, u64>,
}

impl Lowering<'_> {
    fn problem(&mut self, at: Location, label: &'static str, text: String) {
        let (line, column) = (at.line(), at.column());
        self.problems.push(Problem { file: self.file.to_owned(), line, column, text, label });
    }

    fn card(&mut self, patient: raw::Patient) -> Card {
        let at = patient.card.referenced;
        let key = patient.card.value;
        self.check_key(&key, at);
        let then = script::lower::card(self.file, patient.then, &mut self.problems);
        let (insurances, has_aid) = (patient.insurance.len(), patient.aid.is_some());
        if insurances == 0 && !has_aid {
            let text = format!("card `{key}` has no qualification; expected `insurance`, `aid` or both");
            self.problem(at, "S102", text);
        }
        self.check_code(&patient.expect);
        let mut ask = self.ask(patient.ask, insurances, has_aid);
        ask.changes.date = ask.changes.date.map(|date| date.of_somebody_born(patient.born));
        let history = self.history(&key, &patient.history, patient.checkups.as_ref());
        let (name, born) = (patient.name, patient.born);
        if born.is_birthday() {
            let text =
                format!("card `{key}` is born on `{born}`; expected a day or a rule that follows today");
            self.problem(at, "S120", text);
        }
        let insurances = patient.insurance.into_iter().map(|written| insurance(written, &name, born));
        let coverages = insurances.chain(patient.aid.map(|aid| medical_aid(aid, born))).collect();
        Card {
            key,
            title: patient.title,
            nobody: patient.nobody,
            ask,
            expect: patient.expect.value,
            then,
            person: Person {
                kana: patient.kana,
                other_name: patient.other_name,
                other_kana: patient.other_kana,
                sex: patient.sex,
                sex2: patient.sex2,
                born,
                post: patient.post,
                address: patient.address,
                card_expires: patient.my_number_card.map(|card| card.expires.of_somebody_born(born)),
                coverages,
                history,
                name,
            },
        }
    }

    fn check_code(&mut self, expect: &Spanned<raw::Expectation>) {
        let raw::Expectation::Error(code) = &expect.value else { return };
        let known: Vec<_> = codes().iter().map(String::as_str).collect();
        if !known.contains(&code.as_str()) {
            self.problem(expect.referenced, "S121", unknown("code of the dialect", code, &known));
        }
    }

    fn check_key(&mut self, key: &str, at: Location) {
        let well_formed = !key.is_empty()
            && key.len() <= LONGEST_KEY
            && key.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if !well_formed {
            let text = format!(
                "card key `{key}`: expected lower-case letters, digits and hyphens, at least 1, at most {LONGEST_KEY}"
            );
            self.problem(at, "S101", text);
        }
        match self.keys.entry(key.to_owned()) {
            Entry::Vacant(entry) => {
                entry.insert(at.line());
            }
            Entry::Occupied(entry) => {
                let text = format!("card key `{key}` is already used on line {}", entry.get());
                self.problem(at, "S104", text);
            }
        }
    }

    fn ask(&mut self, ask: Option<Spanned<raw::Ask>>, insurances: usize, has_aid: bool) -> Ask {
        let Some(Spanned { value: changes, referenced: at, .. }) = ask else {
            return Ask { changes: raw::Ask::default(), coverage: 0 };
        };
        // Medical aid stands behind the insurances.
        let coverage = if changes.aid { insurances } else { changes.insurance.unwrap_or(0) };
        if changes.aid && !has_aid {
            self.problem(at, "S103", "asks for `aid`, which the patient does not have".to_owned());
        } else if changes.aid && changes.insurance.is_some() {
            self.problem(at, "S103", "asks for both `insurance` and `aid`; expected one of them".to_owned());
        } else if let Some(index) = changes.insurance.filter(|&index| index >= insurances) {
            let text = format!("asks for insurance {index}; the patient has {insurances}, counted from 0");
            self.problem(at, "S103", text);
        }
        Ask { changes, coverage }
    }

    fn history(
        &mut self,
        key: &str,
        written: &[Spanned<String>],
        checkups: Option<&Spanned<String>>,
    ) -> History {
        let mut chosen: Vec<&'static Profile> = Vec::new();
        for Spanned { value: name, referenced: at, .. } in written {
            match profiles().iter().find(|profile| profile.key == *name) {
                Some(profile) if chosen.iter().any(|other| other.key == *name) => {
                    let text = format!("history `{}` stands twice", profile.key);
                    self.problem(*at, "S108", text);
                }
                Some(profile) => chosen.push(profile),
                None => {
                    let keys: Vec<_> = profiles().iter().map(|profile| profile.key.as_str()).collect();
                    self.problem(*at, "S107", unknown("history", name, &keys));
                }
            }
        }
        let checkups = checkups.and_then(|written| self.checkups(written));
        History { seed: History::seed_of(key), profiles: chosen, checkups }
    }

    fn checkups(&mut self, written: &Spanned<String>) -> Option<&'static CheckupProfile> {
        let name = &written.value;
        let profile = checkup_profiles().iter().find(|profile| profile.key == *name);
        if profile.is_none() {
            let keys: Vec<_> = checkup_profiles().iter().map(|profile| profile.key.as_str()).collect();
            self.problem(written.referenced, "S107", unknown("kind of check-ups", name, &keys));
        }
        profile
    }
}

fn insurance(raw: raw::Insurance, person: &PersonName, born: DateRule) -> Coverage {
    let day = |rule: DateRule| rule.of_somebody_born(born);
    let from = day(raw.from);
    let elderly =
        |written: raw::Elderly| raw::Elderly { from: day(written.from), to: day(written.to), ..written };
    let limit = |written: raw::Limit| raw::Limit {
        from: day(written.from),
        to: day(written.to),
        long_term: written.long_term.map(day),
        ..written
    };
    let disease =
        |written: raw::Disease| raw::Disease { from: day(written.from), to: written.to.map(day), ..written };
    Coverage {
        insurer: raw.insurer.padded(),
        insurer_name: raw.insurer_name,
        number: raw.number,
        from,
        lost: raw.lost.map(day),
        kind: CoverageKind::Insurance(Box::new(Insurance {
            class: raw.class,
            symbol: raw.symbol,
            branch: raw.branch,
            relation: raw.relation,
            insured_name: raw.insured_name.unwrap_or_else(|| person.clone()),
            reason_of_loss: raw.reason_of_loss,
            issued: raw.issued.map_or(from, day),
            card_from: raw.card_from.map_or(from, day),
            card_to: raw.card_to.map(day),
            ratio: raw.ratio,
            preschool: raw.preschool,
            elderly: raw.elderly.map(elderly),
            limit: raw.limit.map(limit),
            diseases: raw.diseases.into_iter().map(disease).collect(),
        })),
    }
}

fn medical_aid(raw: raw::MedicalAid, born: DateRule) -> Coverage {
    let day = |rule: DateRule| rule.of_somebody_born(born);
    let ticket = |written: raw::Ticket| raw::Ticket { month: day(written.month), ..written };
    Coverage {
        insurer: raw.payer,
        insurer_name: raw.office,
        number: raw.number,
        from: day(raw.from),
        lost: raw.lost.map(day),
        kind: CoverageKind::Aid(MedicalAid { tickets: raw.tickets.into_iter().map(ticket).collect() }),
    }
}
