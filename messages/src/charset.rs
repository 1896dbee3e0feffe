//! UTF-8 and Windows-31J, in and out.
//!
//! Requests come in either encoding and their XML declaration says which; the encoding of answers is a setting
//! (messages.md 4). Neither direction ever loses a byte silently: what cannot be read is an error with its place,
//! what cannot be written becomes ● and is reported.

use std::borrow::Cow;

use encoding_rs::{EncoderResult, SHIFT_JIS};

/// A character encoding of the interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Encoding {
    /// UTF-8, without a byte order mark.
    #[default]
    Utf8,
    /// Windows-31J, which the interface calls Shift_JIS.
    ShiftJis,
}

impl Encoding {
    /// The name as an XML declaration writes it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::ShiftJis => "Shift_JIS",
        }
    }

    /// The encoding behind a declared name; every usual spelling of the two is known.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        if name.eq_ignore_ascii_case("cp932") {
            return Some(Self::ShiftJis);
        }
        let known = encoding_rs::Encoding::for_label(name.as_bytes())?;
        if known == encoding_rs::UTF_8 {
            Some(Self::Utf8)
        } else if known == SHIFT_JIS {
            Some(Self::ShiftJis)
        } else {
            None
        }
    }
}

/// A document as text.
#[derive(Debug, PartialEq, Eq)]
pub struct DecodedText<'a> {
    /// The text, without a byte order mark.
    pub text: Cow<'a, str>,
    /// The encoding it was in.
    pub encoding: Encoding,
    /// Whether a byte order mark stood in front.
    pub byte_order_mark: bool,
    /// Whether an XML declaration named the encoding.
    pub declared: bool,
}

/// Why bytes are no text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CharsetError {
    /// The declaration names something else than UTF-8 or Shift_JIS.
    #[error("encoding {declared:?} is not supported; expected UTF-8 or Shift_JIS")]
    Unsupported {
        /// What the declaration (or byte order mark) says.
        declared: String,
    },
    /// A byte sequence that the encoding doesn't have.
    #[error("byte {offset} is not {}", .encoding.name())]
    Malformed {
        /// The encoding that was declared, or assumed.
        encoding: Encoding,
        /// Offset of the first byte that doesn't fit, from 0.
        offset: usize,
    },
}

/// Decodes a document by its own XML declaration; without one it is UTF-8.
///
/// # Errors
/// [`CharsetError`] if the declared encoding is unknown, or the bytes are not in it.
pub fn decode(bytes: &[u8]) -> Result<DecodedText<'_>, CharsetError> {
    if bytes.starts_with(b"\xFE\xFF") || bytes.starts_with(b"\xFF\xFE") {
        return Err(CharsetError::Unsupported { declared: "UTF-16".to_owned() });
    }
    let body = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let byte_order_mark = body.len() != bytes.len();
    let declared = declared_encoding(body);
    let encoding = match declared {
        None => Encoding::Utf8,
        Some(name) => Encoding::named(name)
            .ok_or_else(|| CharsetError::Unsupported { declared: name.chars().take(40).collect() })?,
    };
    let malformed = |offset| CharsetError::Malformed { encoding, offset: offset + bytes.len() - body.len() };
    let text = match encoding {
        Encoding::Utf8 => Cow::Borrowed(std::str::from_utf8(body).map_err(|e| malformed(e.valid_up_to()))?),
        Encoding::ShiftJis => SHIFT_JIS
            .decode_without_bom_handling_and_without_replacement(body)
            .ok_or_else(|| malformed(first_bad_shift_jis(body)))?,
    };
    Ok(DecodedText { text, encoding, byte_order_mark, declared: declared.is_some() })
}

/// Reads a text that is no XML, as the settings files of a terminal are: UTF-8 if it is, else Windows-31J.
#[must_use]
pub fn decode_plain(bytes: &[u8]) -> Option<Cow<'_, str>> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) => Some(Cow::Borrowed(text)),
        Err(_) => SHIFT_JIS.decode_without_bom_handling_and_without_replacement(bytes),
    }
}

/// The encoding that a document's XML declaration names; UTF-8 without one.
#[must_use]
pub fn declared(text: &str) -> Encoding {
    declared_encoding(text.as_bytes()).and_then(Encoding::named).unwrap_or_default()
}

/// The text of `encoding="…"` in the XML declaration, if there is one. Both quotes are read.
fn declared_encoding(bytes: &[u8]) -> Option<&str> {
    let rest = bytes.strip_prefix(b"<?xml")?;
    let end = rest.iter().take(256).position(|&b| b == b'>')?;
    let declaration = std::str::from_utf8(rest.get(..end)?).ok()?;
    let (_, after) = declaration.split_once("encoding")?;
    let value = after.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    value.get(1..)?.split_once(quote).map(|(name, _)| name)
}

/// Where decoding stops; called only for bytes that are known to be malformed.
fn first_bad_shift_jis(bytes: &[u8]) -> usize {
    let mut decoder = SHIFT_JIS.new_decoder_without_bom_handling();
    let mut sink =
        String::with_capacity(decoder.max_utf8_buffer_length_without_replacement(bytes.len()).unwrap_or(0));
    match decoder.decode_to_string_without_replacement(bytes, &mut sink, true) {
        (encoding_rs::DecoderResult::Malformed(bad, extra), read) => {
            read.saturating_sub(usize::from(bad) + usize::from(extra))
        }
        (encoding_rs::DecoderResult::InputEmpty | encoding_rs::DecoderResult::OutputFull, read) => read,
    }
}

/// What stands for a character that Shift_JIS doesn't have (外字).
pub const GETA: char = '●';

/// Encodes a text. Returns the bytes and the characters that had no place and became ●.
///
/// Characters that merely have another code point in Windows-31J (〜, —, ‖, −) are mapped first.
#[must_use]
pub fn encode(text: String, encoding: Encoding) -> (Vec<u8>, Vec<char>) {
    match encoding {
        Encoding::Utf8 => (text.into_bytes(), Vec::new()),
        Encoding::ShiftJis => encode_shift_jis(&text),
    }
}

fn encode_shift_jis(text: &str) -> (Vec<u8>, Vec<char>) {
    let text = map_to_windows(text);
    let mut encoder = SHIFT_JIS.new_encoder();
    let mut bytes = Vec::with_capacity(text.len() + 16);
    let mut replaced = Vec::new();
    let mut rest = text.as_ref();
    loop {
        let (result, read) = encoder.encode_from_utf8_to_vec_without_replacement(rest, &mut bytes, true);
        rest = rest.get(read..).unwrap_or_default();
        match result {
            EncoderResult::InputEmpty => return (bytes, replaced),
            EncoderResult::OutputFull => bytes.reserve(rest.len() * 2 + 16),
            EncoderResult::Unmappable(character) => {
                replaced.push(character);
                bytes.extend_from_slice(b"\x81\x9C"); // ●
            }
        }
    }
}

fn map_to_windows(text: &str) -> Cow<'_, str> {
    let mapped = |c| match c {
        '〜' => Some('～'),
        '—' => Some('―'),
        '‖' => Some('∥'),
        _ => None,
    };
    if text.chars().any(|c| mapped(c).is_some()) {
        Cow::Owned(text.chars().map(|c| mapped(c).unwrap_or(c)).collect())
    } else {
        Cow::Borrowed(text)
    }
}

/// How many bytes a text takes in Windows-31J; a character without a place counts as the two of ●.
#[must_use]
pub fn shift_jis_length(text: &str) -> usize {
    text.chars().map(|c| if c.is_ascii() || matches!(c, '｡'..='ﾟ') { 1 } else { 2 }).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sjis(text: &str) -> Vec<u8> {
        SHIFT_JIS.encode(text).0.into_owned()
    }

    #[test]
    fn the_declaration_decides_in_both_quotes_and_every_usual_spelling() {
        for name in
            ["Shift_JIS", "shift_jis", "SJIS", "windows-31j", "Windows-31J", "MS932", "CP932", "x-sjis"]
        {
            for quote in ['"', '\''] {
                let text =
                    format!("<?xml version={quote}1.0{quote} encoding={quote}{name}{quote}?><a>髙﨑①㈱</a>");
                let bytes = sjis(&text);
                let decoded = decode(&bytes).expect(name);
                assert_eq!((decoded.text.as_ref(), decoded.encoding), (text.as_str(), Encoding::ShiftJis));
            }
        }
    }

    #[test]
    fn without_a_declaration_it_is_utf8_and_a_byte_order_mark_is_taken_off() {
        let decoded = decode("\u{FEFF}<a>見本</a>".as_bytes()).unwrap();
        assert_eq!(
            (decoded.text.as_ref(), decoded.byte_order_mark, decoded.declared),
            ("<a>見本</a>", true, false)
        );
    }

    #[test]
    fn bytes_that_are_not_in_the_declared_encoding_are_refused_with_their_place() {
        let mut bytes = b"<?xml version=\"1.0\" encoding=\"UTF-8\"?><a>".to_vec();
        let place = bytes.len();
        bytes.extend(sjis("見本"));
        assert_eq!(decode(&bytes), Err(CharsetError::Malformed { encoding: Encoding::Utf8, offset: place }));

        let mut bytes = b"<?xml version=\"1.0\" encoding=\"Shift_JIS\"?><a>".to_vec();
        let place = bytes.len();
        bytes.extend(b"\x81");
        assert_eq!(
            decode(&bytes),
            Err(CharsetError::Malformed { encoding: Encoding::ShiftJis, offset: place })
        );
    }

    #[test]
    fn other_encodings_are_refused_by_name() {
        assert_eq!(
            decode(b"<?xml version='1.0' encoding='EUC-JP'?><a/>"),
            Err(CharsetError::Unsupported { declared: "EUC-JP".to_owned() })
        );
        assert!(matches!(decode(b"\xFF\xFE<\0"), Err(CharsetError::Unsupported { .. })));
    }

    #[test]
    fn what_shift_jis_does_not_have_becomes_a_black_circle_and_is_reported() {
        let (bytes, replaced) = encode("𠮷野〜髙\u{E000}".to_owned(), Encoding::ShiftJis);
        assert_eq!(SHIFT_JIS.decode(&bytes).0, "●野～髙●");
        assert_eq!(replaced, ['𠮷', '\u{E000}']);
    }

    #[test]
    fn length_in_bytes_counts_half_width_katakana_as_one() {
        assert_eq!(shift_jis_length("ﾐﾎﾝ ﾊﾅｺ"), 7);
        assert_eq!(shift_jis_length("見本　花子"), 10);
    }
}
