//! The PROXY protocol v2 header that names the line.

use std::net::{IpAddr, SocketAddr};

/// How a header begins.
const SIGNATURE: [u8; 12] = *b"\r\n\r\n\0\r\nQUIT\n";
/// Version 2, command PROXY.
const PROXY: u8 = 0x21;
/// TCP over IPv4 and over IPv6.
const TCP_V4: u8 = 0x11;
const TCP_V6: u8 = 0x21;
/// Type of the element that carries the line; of the range that the specification leaves to applications.
const LINE: u8 = 0xE0;

/// The header of a connection. The line is at most some 130 characters, so that everything fits its length.
pub(crate) fn encode(source: SocketAddr, destination: SocketAddr, line: &str) -> Vec<u8> {
    let (from, to) = (source.ip().to_canonical(), destination.ip().to_canonical());
    let (family, mut rest) = match (from, to) {
        (IpAddr::V4(from), IpAddr::V4(to)) => (TCP_V4, [from.octets(), to.octets()].concat()),
        (from, to) => (TCP_V6, [sixteen(from), sixteen(to)].concat()),
    };
    rest.extend(source.port().to_be_bytes());
    rest.extend(destination.port().to_be_bytes());
    rest.push(LINE);
    rest.extend(length(line.len()));
    rest.extend(line.as_bytes());
    [&SIGNATURE[..], &[PROXY, family], &length(rest.len()), &rest].concat()
}

fn sixteen(address: IpAddr) -> [u8; 16] {
    match address {
        IpAddr::V4(v4) => v4.to_ipv6_mapped().octets(),
        IpAddr::V6(v6) => v6.octets(),
    }
}

fn length(bytes: usize) -> [u8; 2] {
    u16::try_from(bytes).unwrap_or(u16::MAX).to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_has_the_bytes_of_the_specification() {
        let header =
            encode("192.0.2.7:12345".parse().unwrap(), "127.0.0.1:8443".parse().unwrap(), "COP01234567");
        let expected = [
            b"\x0D\x0A\x0D\x0A\x00\x0D\x0A\x51\x55\x49\x54\x0A\x21\x11\x00\x1A".as_slice(),
            b"\xC0\x00\x02\x07\x7F\x00\x00\x01\x30\x39\x20\xFB",
            b"\xE0\x00\x0BCOP01234567",
        ]
        .concat();
        assert_eq!(header, expected);
    }

    #[test]
    fn addresses_of_two_families_go_as_the_longer_one() {
        let header = encode("[2001:db8::7]:1".parse().unwrap(), "127.0.0.1:2".parse().unwrap(), "x");
        assert_eq!(header[13], TCP_V6);
        assert_eq!(usize::from(u16::from_be_bytes([header[14], header[15]])), 36 + 4);
        assert_eq!(header[16..18], [0x20, 0x01]);
        assert_eq!(header[42..44], [0xFF, 0xFF]);
    }
}
