//! The PROXY protocol, version 2: how a trusted front tells where a connection came from and over which line.
//!
//! Pure: bytes to values. Source: the PROXY protocol specification of HAProxy, 2.2; our own element of type `0xE0`
//! (of the custom range) carries the line as [`Line`] is written.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::Line;

/// How a header begins.
pub const SIGNATURE: [u8; 12] = *b"\r\n\r\n\0\r\nQUIT\n";
/// Bytes of the fixed part: signature, version and command, family, length.
pub const FIXED: usize = 16;
/// Most bytes after the fixed part that are read.
pub const MOST_BYTES: usize = 2048;
/// Type of the element that carries the line.
pub const LINE_ELEMENT: u8 = 0xE0;

/// What a front says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Relayed {
    /// Where the connection came from; `None` if it is the front's own, or the family has no address.
    pub source: Option<IpAddr>,
    /// Over which line.
    pub line: Option<Line>,
}

/// Why a header cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProxyError {
    /// It doesn't begin as a header does.
    #[error("no PROXY protocol v2 header")]
    Signature,
    /// Version or command is unknown.
    #[error("unknown version or command")]
    Command,
    /// It is longer than we read.
    #[error("longer than {MOST_BYTES} bytes")]
    TooLong,
    /// Its parts don't fit into it.
    #[error("shorter than its parts")]
    Truncated,
    /// The line's element cannot be read.
    #[error("element 0xE0 names no line")]
    Line,
}

/// How many bytes follow the fixed part.
///
/// # Errors
/// [`ProxyError`] if it isn't the fixed part of a header that we read.
pub fn length(fixed: &[u8; FIXED]) -> Result<usize, ProxyError> {
    let (signature, rest) = fixed.split_at(SIGNATURE.len());
    if signature != SIGNATURE {
        return Err(ProxyError::Signature);
    }
    let [version_and_command, _, high, low] = *rest else { return Err(ProxyError::Truncated) };
    if !matches!(version_and_command, 0x20 | 0x21) {
        return Err(ProxyError::Command);
    }
    let length = usize::from(u16::from_be_bytes([high, low]));
    if length > MOST_BYTES { Err(ProxyError::TooLong) } else { Ok(length) }
}

/// Reads the rest of a header.
///
/// # Errors
/// [`ProxyError`] if its parts don't fit together.
pub fn decode(fixed: &[u8; FIXED], rest: &[u8]) -> Result<Relayed, ProxyError> {
    length(fixed)?;
    let [.., version_and_command, family, _, _] = *fixed;
    if version_and_command == 0x20 {
        // LOCAL: the front speaks for itself, for example to see whether we live.
        return Ok(Relayed::default());
    }
    let (source, elements) = match family >> 4 {
        1 => {
            let (addresses, elements) = rest.split_at_checked(12).ok_or(ProxyError::Truncated)?;
            let source = addresses.first_chunk::<4>().map(|bytes| IpAddr::from(Ipv4Addr::from(*bytes)));
            (source, elements)
        }
        2 => {
            let (addresses, elements) = rest.split_at_checked(36).ok_or(ProxyError::Truncated)?;
            let source = addresses.first_chunk::<16>().map(|bytes| IpAddr::from(Ipv6Addr::from(*bytes)));
            (source, elements)
        }
        3 => (None, rest.split_at_checked(216).ok_or(ProxyError::Truncated)?.1),
        _ => (None, rest),
    };
    Ok(Relayed { source: source.map(|source| source.to_canonical()), line: line(elements)? })
}

/// The line among the elements.
fn line(mut elements: &[u8]) -> Result<Option<Line>, ProxyError> {
    let mut line = None;
    while let Some((head, rest)) = elements.split_first_chunk::<3>() {
        let [kind, high, low] = *head;
        let length = usize::from(u16::from_be_bytes([high, low]));
        let (value, rest) = rest.split_at_checked(length).ok_or(ProxyError::Truncated)?;
        if kind == LINE_ELEMENT {
            let text = std::str::from_utf8(value).map_err(|_| ProxyError::Line)?;
            line = Some(text.parse().map_err(|_| ProxyError::Line)?);
        }
        elements = rest;
    }
    if elements.is_empty() { Ok(line) } else { Err(ProxyError::Truncated) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn header(command: u8, family: u8, rest: &[u8]) -> ([u8; FIXED], Vec<u8>) {
        let mut fixed = [0; FIXED];
        fixed[..12].copy_from_slice(&SIGNATURE);
        fixed[12] = command;
        fixed[13] = family;
        fixed[14..].copy_from_slice(&u16::try_from(rest.len()).unwrap().to_be_bytes());
        (fixed, rest.to_vec())
    }

    fn element(kind: u8, value: &[u8]) -> Vec<u8> {
        [&[kind][..], &u16::try_from(value.len()).unwrap().to_be_bytes(), value].concat()
    }

    fn v4() -> Vec<u8> {
        vec![192, 0, 2, 7, 127, 0, 0, 1, 0x30, 0x39, 0x20, 0xFB]
    }

    #[test]
    fn address_and_line_are_read_in_both_families() {
        let customer = element(LINE_ELEMENT, b"CAF0123456789");
        let (fixed, rest) = header(0x21, 0x11, &[v4(), element(0x04, b"padding"), customer.clone()].concat());
        let read = decode(&fixed, &rest).unwrap();
        assert_eq!(read.source, Some("192.0.2.7".parse().unwrap()));
        assert_eq!(read.line, Some("CAF0123456789".parse().unwrap()));

        let mut v6 = "2001:db8::7".parse::<Ipv6Addr>().unwrap().octets().to_vec();
        v6.extend([0; 20]);
        let ipsec = element(LINE_ELEMENT, "ipsec:ノーザ:1".as_bytes());
        let (fixed, rest) = header(0x21, 0x21, &[v6, ipsec].concat());
        let read = decode(&fixed, &rest).unwrap();
        assert_eq!(read.source, Some("2001:db8::7".parse().unwrap()));
        assert_eq!(read.line, Some("ipsec:ノーザ:1".parse().unwrap()));
    }

    #[test]
    fn a_front_that_speaks_for_itself_names_nobody() {
        let (fixed, rest) = header(0x20, 0x11, &[v4(), element(LINE_ELEMENT, b"CAF0123456789")].concat());
        assert_eq!(decode(&fixed, &rest), Ok(Relayed::default()));
        let (fixed, rest) = header(0x21, 0x00, &element(LINE_ELEMENT, b"COP01234567"));
        assert_eq!(decode(&fixed, &rest).unwrap().line, Some("COP01234567".parse().unwrap()));
    }

    #[test]
    fn what_is_no_header_is_refused_with_its_reason() {
        let cases: [(u8, u8, Vec<u8>, ProxyError); 6] = [
            (0x11, 0x11, v4(), ProxyError::Command),
            (0x22, 0x11, v4(), ProxyError::Command),
            (0x21, 0x11, v4()[..11].to_vec(), ProxyError::Truncated),
            (0x21, 0x11, [v4(), vec![0xE0, 0, 9, 1]].concat(), ProxyError::Truncated),
            (0x21, 0x11, [v4(), element(LINE_ELEMENT, b"CAF1")].concat(), ProxyError::Line),
            (0x21, 0x11, [v4(), element(LINE_ELEMENT, b"\xFF")].concat(), ProxyError::Line),
        ];
        for (command, family, rest, error) in cases {
            let (fixed, rest) = header(command, family, &rest);
            assert_eq!(decode(&fixed, &rest), Err(error), "{command:x} {rest:?}");
        }
        assert_eq!(length(b"GET / HTTP/1.1\r\n"), Err(ProxyError::Signature));
        let (fixed, _) = header(0x21, 0x11, &vec![0; MOST_BYTES + 1]);
        assert_eq!(length(&fixed), Err(ProxyError::TooLong));
    }

    proptest! {
        #[test]
        fn no_bytes_panic(command in any::<u8>(), family in any::<u8>(), rest in prop::collection::vec(any::<u8>(), 0..300)) {
            let (fixed, rest) = header(command, family, &rest);
            let _ = decode(&fixed, &rest);
            let (fixed, rest) = header(0x21, family, &rest);
            let _ = decode(&fixed, &rest);
        }
    }
}
