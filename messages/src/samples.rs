//! Random messages that satisfy their declarations, for tests, fuzzing and load.
//!
//! A sample is a function of bytes: the same bytes give the same message, and fewer or smaller bytes give a smaller one,
//! so that a property test shrinks to the simplest message that fails.

use crate::given::Given;
use crate::message::{Group, Names, Presence};
use crate::value::Value;

/// Most items of a list, and one.
const MOST_ITEMS: u32 = 3;

/// Printable ASCII that XML has to escape, and some that it hasn't.
pub(crate) const ASCII: &[char] = &['1', 'A', 'z', '<', '&', '>', '"', '\'', ' ', ',', '-', '_', '='];
/// Half-width katakana and the space between names.
pub(crate) const HALF_WIDTH: &[char] = &['ｱ', 'ﾐ', 'ﾎ', 'ﾝ', ' ', 'ﾞ', 'ﾟ', '-', '(', ')'];
/// Characters of Windows-31J of every kind: NEC and IBM extensions, both widths, markup.
const JAPANESE: &[char] = &[
    '見', '本', '髙', '﨑', '①', '㈱', 'Ⅲ', 'ア', 'ー', 'Ａ', '１', '－', '～', '―', '∥', '　', '凜', '々',
    'ｱ', 'ﾞ', 'a', '<', '&', '>', 'μ', '℃', '表', 'ソ', '能',
];

/// A source of decisions. When the bytes run out, every decision is the smallest.
#[derive(Debug)]
pub struct Dice<'a> {
    bytes: std::slice::Iter<'a, u8>,
}

impl<'a> Dice<'a> {
    /// Decides by `bytes`.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes: bytes.iter() }
    }

    fn byte(&mut self) -> u32 {
        self.bytes.next().copied().unwrap_or(0).into()
    }

    /// A number below `end`; 0 for an `end` of 0.
    pub fn below(&mut self, end: u32) -> u32 {
        let wide =
            if end > 256 { (self.byte() << 16) | (self.byte() << 8) | self.byte() } else { self.byte() };
        wide.checked_rem(end).unwrap_or(0)
    }

    /// Whether something that may be there is there.
    pub fn fills(&mut self) -> bool {
        self.byte() % 2 == 1
    }

    /// One of several; `None` if there are none.
    pub fn one_of<T: Copy>(&mut self, choices: &[T]) -> Option<T> {
        let end = u32::try_from(choices.len()).unwrap_or(u32::MAX);
        choices.get(self.below(end) as usize).copied()
    }

    /// So many digits.
    pub fn digits(&mut self, count: usize) -> String {
        (0..count).map(|_| char::from_digit(self.below(10), 10).unwrap_or('0')).collect()
    }

    /// A text of one to `most` characters of an alphabet.
    pub fn text(&mut self, alphabet: &[char], most: usize) -> String {
        let length = 1 + self.below(u32::try_from(most.min(24)).unwrap_or(1));
        (0..length).filter_map(|_| self.one_of(alphabet)).collect()
    }

    /// A Japanese text of one to `most` characters: a name, or any characters of Windows-31J.
    pub fn japanese(&mut self, most: usize) -> String {
        use fake::Fake;
        use fake::faker::name::raw::{FirstName, LastName};
        use fake::locales::JA_JP;
        use fake::rand::{SeedableRng, rngs::StdRng};
        if most < 12 || self.fills() {
            return self.text(JAPANESE, most);
        }
        let mut chance = StdRng::seed_from_u64(self.below(1 << 16).into());
        let family: &str = LastName(JA_JP).fake_with_rng(&mut chance);
        let given: &str = FirstName(JA_JP).fake_with_rng(&mut chance);
        format!("{family}　{given}")
    }

    /// A value that may be missing.
    pub fn given<V: Value>(&mut self) -> Given<V> {
        if self.fills() { Given::Good(V::sample(self)) } else { Given::Missing }
    }

    pub(crate) fn value<V: Value>(&mut self, names: &Names, presence: Presence) -> Given<V> {
        match presence {
            _ if names.element.is_empty() => Given::Missing,
            Presence::Required | Presence::RequiredInSingle => Given::Good(V::sample(self)),
            Presence::Optional => self.given(),
        }
    }

    pub(crate) fn group<G: Group>(&mut self, names: &Names, presence: Presence) -> Option<G> {
        let there = presence != Presence::Optional || self.fills();
        (there && !names.element.is_empty()).then(|| G::sample(self))
    }

    pub(crate) fn list<G: Group>(&mut self, names: &Names, presence: Presence) -> Vec<G> {
        if names.element.is_empty() {
            return Vec::new();
        }
        let least = u32::from(presence != Presence::Optional);
        let count = least.max(self.below(MOST_ITEMS));
        (0..count).map(|_| G::sample(self)).collect()
    }
}
