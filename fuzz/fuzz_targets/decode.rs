//! No bytes make the decoder panic, in XML or JSON, and what decodes once encodes and decodes again.

#![no_main]

use libfuzzer_sys::fuzz_target;
use messages::charset::Encoding;
use messages::id::{Half, MessageId, Visit};
use messages::message::Group;

struct Decode<'a>(&'a [u8]);

impl Visit for Decode<'_> {
    type Output = ();

    fn visit<M: Group>(self) {
        let decoded = messages::decode::<M>(self.0).ok().map(|decoded| decoded.message);
        let decoded = decoded.or_else(|| messages::decode_json::<M>(self.0).ok().map(|decoded| decoded.message));
        if let Some(message) = decoded {
            let encoded = messages::encode(&message, Encoding::Utf8).bytes;
            assert!(messages::decode::<M>(&encoded).is_ok(), "what was encoded decodes");
            let _ = messages::encode(&message, Encoding::ShiftJis);
        }
    }
}

// The first byte chooses the message, the rest is the document.
fuzz_target!(|data: &[u8]| {
    let Some((&choice, document)) = data.split_first() else { return };
    let halves = MessageId::ALL.iter().flat_map(|id| Half::ALL.map(|half| (*id, half)));
    let halves: Vec<_> = halves.collect();
    if let Some((id, half)) = halves.get(usize::from(choice) % halves.len()) {
        id.visit(*half, Decode(document));
    }
});
