//! Under which addresses others find a process that listens on all of them.

use std::net::{IpAddr, Ipv4Addr, UdpSocket};

/// Where Linux tells its routes.
const ROUTES: &str = "/proc/net/route";

/// Our own address toward the default route, and that of its router: by the latter a container finds the ports that
/// another one has published. Nothing where there is no route, or no such file.
pub(super) fn addresses() -> Vec<IpAddr> {
    let routes = std::fs::read_to_string(ROUTES).unwrap_or_default();
    let Some(router) = router(&routes) else { return Vec::new() };
    let own = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).and_then(|socket| {
        // Chooses a route; nothing is sent.
        socket.connect((router, 9))?;
        socket.local_addr()
    });
    own.ok().map(|own| own.ip()).into_iter().chain([router.into()]).collect()
}

/// The router of the first default route. Addresses stand there as hexadecimal numbers in the machine's own order.
fn router(routes: &str) -> Option<Ipv4Addr> {
    routes.lines().skip(1).find_map(|line| {
        let mut columns = line.split_whitespace().skip(1);
        let (to, by) = (columns.next()?, u32::from_str_radix(columns.next()?, 16).ok()?);
        (to == "00000000" && by != 0).then(|| Ipv4Addr::from(by.to_ne_bytes()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_router_is_that_of_the_default_route() {
        let number = |address: [u8; 4]| format!("{:08X}", u32::from_ne_bytes(address));
        let heading = "Iface\tDestination\tGateway \tFlags\tRefCnt\n";
        let (all, near, router_at) = (number([0; 4]), number([172, 17, 0, 0]), number([172, 17, 0, 1]));
        let routes = format!("{heading}eth0\t{near}\t{all}\t0001\t0\neth0\t{all}\t{router_at}\t0003\t0\n");
        assert_eq!(router(&routes), Some(Ipv4Addr::new(172, 17, 0, 1)));
        for none in ["", heading, "eth0\n\n\t\nx y z", &format!("{heading}eth0\t{all}\t{all}\t0001\n")] {
            assert_eq!(router(none), None, "{none}");
        }
    }
}
