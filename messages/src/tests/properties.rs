//! decode(encode(x)) = x for every message, and no bytes make the decoder panic.

use proptest::prelude::*;

use super::{documents, halves};
use crate::charset::Encoding;
use crate::id::Visit;
use crate::message::Group;
use crate::samples::Dice;
use crate::style::{Empty, Nesting, Order, Style};
use crate::{decode, decode_json, encode, encode_json};

/// Makes a sample, writes it in a style and reads it back.
struct ThereAndBack<'a> {
    bytes: &'a [u8],
    style: Style,
}

impl Visit for ThereAndBack<'_> {
    type Output = Result<(), TestCaseError>;

    fn visit<M: Group>(self) -> Self::Output {
        let sample = M::sample(&mut Dice::new(self.bytes));
        let encoded = encode(&sample, self.style);
        prop_assert_eq!(&encoded.findings, &[]);
        let decoded = decode::<M>(&encoded.bytes).unwrap();
        prop_assert_eq!(decoded.encoding, self.style.encoding);
        prop_assert_eq!(&decoded.findings, &[]);
        prop_assert_eq!(&decoded.message, &sample);
        let decoded = decode_json::<M>(&encode_json(&sample, self.style)).unwrap();
        prop_assert_eq!(&decoded.findings, &[]);
        prop_assert_eq!(&decoded.message, &sample);
        Ok(())
    }
}

fn styles() -> impl Strategy<Value = Style> {
    let encoding = prop_oneof![Just(Encoding::Utf8), Just(Encoding::ShiftJis)];
    let order = prop_oneof![Just(Order::Specification), Just(Order::Scrambled)];
    let empty = prop_oneof![3 => Just(Empty::Omit), 1 => Just(Empty::Write)];
    let nesting = prop_oneof![Just(Nesting::Wrapped), Just(Nesting::Flat)];
    (encoding, order, empty, nesting).prop_map(|(encoding, order, empty, nesting)| Style {
        encoding,
        order,
        empty,
        nesting,
    })
}

/// Decodes as a message, in XML and in JSON.
struct Decode<'a>(&'a [u8]);

impl Visit for Decode<'_> {
    type Output = ();

    fn visit<M: Group>(self) {
        if let Ok(decoded) = decode::<M>(self.0) {
            // What was read, odd or not, can be written again.
            let _ = encode(&decoded.message, Encoding::ShiftJis);
            let _ = encode_json(&decoded.message, Encoding::Utf8);
        }
        let _ = decode_json::<M>(self.0);
    }
}

fn decode_as_everything(bytes: &[u8]) {
    for (id, half) in halves() {
        id.visit(half, Decode(bytes));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

    #[test]
    fn every_message_comes_back_as_it_was_in_both_encodings_and_in_json(
        bytes in prop::collection::vec(any::<u8>(), 0..800),
        style in styles(),
    ) {
        for (id, half) in halves() {
            id.visit(half, ThereAndBack { bytes: &bytes, style })?;
        }
    }

    #[test]
    fn no_bytes_make_the_decoder_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        decode_as_everything(&bytes);
        let declared = [b"<?xml version='1.0' encoding='Shift_JIS'?><XmlMsg>".as_slice(), &bytes].concat();
        decode_as_everything(&declared);
        decode_as_everything(&[b"{\"XmlMsg\":".as_slice(), &bytes].concat());
    }

    #[test]
    fn no_damaged_document_makes_the_decoder_panic(
        which in any::<prop::sample::Index>(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0usize..20, any::<u8>()), 1..6),
    ) {
        let documents = documents();
        let mut bytes = which.get(&documents).1.clone();
        for (at, length, with) in edits {
            let at = at.index(bytes.len());
            let end = (at + length).min(bytes.len());
            bytes.splice(at..end, [with]);
        }
        decode_as_everything(&bytes);
    }
}
