//! What happens below TLS: sources, fronts, bytes that are none of ours, and line authentication.

use std::io::{Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream};

use onshi_mock::accept::Ending;
use onshi_mock::line::{FoundBy, proxy};
use onshi_mock::reason::Reason;
use onshi_mock::tls::Alert;
use openssl::ssl::SslVersion;
use serde_json::json;

use super::client::{Client, Got};
use super::house::Standing;

const MESSAGE: &str = "POST /oqs/OQSsiquc01";

fn is_admitted(got: &Got) -> bool {
    matches!(got, Got::Answer(400, _))
}

fn client(house: &Standing) -> Client {
    Client::new(&house.authority, SslVersion::TLS1_3, Some(&house.terminal))
}

/// A PROXY header that says where from and over which line.
fn header(source: &str, line: &str) -> Vec<u8> {
    let mut rest = match source.parse().unwrap() {
        IpAddr::V4(v4) => [v4.octets().as_slice(), &[127, 0, 0, 1]].concat(),
        IpAddr::V6(v6) => [v6.octets(), v6.octets()].concat(),
    };
    let family = if rest.len() == 8 { 0x11 } else { 0x21 };
    rest.extend([0x30, 0x39, 0x20, 0xFB]);
    if !line.is_empty() {
        rest.extend([proxy::LINE_ELEMENT, 0, u8::try_from(line.len()).unwrap()]);
        rest.extend(line.as_bytes());
    }
    let length = u16::try_from(rest.len()).unwrap().to_be_bytes();
    [proxy::SIGNATURE.as_slice(), &[0x21, family], &length, &rest].concat()
}

/// Sends bytes and reads whatever comes until the connection ends.
fn sent(to: SocketAddr, bytes: &[u8]) -> Vec<u8> {
    let mut tcp = TcpStream::connect(to).unwrap();
    tcp.write_all(bytes).unwrap();
    let mut answer = Vec::new();
    // A reset is an end as well.
    let _ = tcp.read_to_end(&mut answer);
    answer
}

#[test]
fn a_source_address_is_a_line_whatever_the_port() {
    let house = Standing::with(&["--source", "127.0.0.2/32=CAF0000000001,127.0.0.3=CAF0000000009"], "");
    // Linux answers on all of 127.0.0.0/8: two addresses of it are two lines.
    let from = |address: &str| bound(address, house.service);
    assert!(is_admitted(&client(&house).over(from("127.0.0.2")).unwrap().ask(MESSAGE, "")));
    let exchange = house.last().1;
    assert!(
        matches!(&exchange.line.as_ref().unwrap().by, FoundBy::Source(network) if network.to_string() == "127.0.0.2/32")
    );
    let got = client(&house).over(from("127.0.0.3")).unwrap().ask(MESSAGE, "");
    assert_eq!(got.label(), Some("G102"));
    assert_eq!(house.last().1.line.as_ref().unwrap().line.to_string(), "CAF0000000009");
    let path = "/api/v1/lines/sources/127.0.0.3/32";
    assert_eq!(house.admin("PUT", path, &json!({ "line": "CAF0000000001" })).0, 200);
    assert!(is_admitted(&client(&house).over(from("127.0.0.3")).unwrap().ask(MESSAGE, "")));
    assert_eq!(house.admin("DELETE", path, &json!(null)).0, 204);
    assert!(
        is_admitted(&client(&house).over(from("127.0.0.3")).unwrap().ask(MESSAGE, "")),
        "the port's line"
    );
}

/// A connection from one of our own addresses.
fn bound(from: &str, to: SocketAddr) -> TcpStream {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.bind(SocketAddr::new(from.parse().unwrap(), 0)).unwrap();
        let stream = socket.connect(to).await.unwrap().into_std().unwrap();
        stream.set_nonblocking(false).unwrap();
        stream
    })
}

#[test]
fn a_listed_front_says_which_line_it_is_and_nobody_else_does() {
    for style in ["explained", "field"] {
        let house = Standing::with(&["--style", style, "--front", "127.0.0.0/8"], "");
        let through = |line: &str| {
            let mut tcp = TcpStream::connect(house.service).unwrap();
            tcp.write_all(&header("192.0.2.7", line)).unwrap();
            client(&house).over(tcp).map_or_else(|got| got, |mut open| open.ask(MESSAGE, ""))
        };
        assert!(is_admitted(&through("CAF0000000001")));
        let by = house.last().1.line.as_ref().unwrap().by.clone();
        assert!(matches!(by, FoundBy::Front(front) if front.is_loopback()), "{by:?}");
        assert!(is_admitted(&through("")), "without a line it is the port's");
        for (line, label) in [("CAF0000000002", "G102"), ("ipsec:MIND:1", "G102"), ("CAF2", "G112")] {
            let got = through(line);
            assert_eq!(house.last().1.refused, Some(label), "{line}");
            let explained = style == "explained" && label != "G112";
            let as_expected = if explained { got.label() == Some(label) } else { got == Got::Reset };
            assert!(as_expected, "{style} {line}: {got:?}");
        }
        assert_eq!(sent(house.service, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"), b"");
        assert_eq!(house.last().1.refused, Some("G112"), "a front has to say something");

        assert_eq!(house.admin("DELETE", "/api/v1/lines/fronts/127.0.0.0/8", &json!(null)).0, 204);
        assert_eq!(through("CAF0000000001"), Got::Reset);
        let exchange = house.last().1;
        assert_eq!(exchange.refused, Some("G111"));
        assert!(matches!(exchange.reasons.last(), Some(Reason::Ended(Ending::Reset))));
    }
}

#[test]
fn what_is_not_tls_and_who_gives_up_is_told_in_the_journal() {
    let house = Standing::with(&[], "");
    let before = house.world.journal.written();
    drop(TcpStream::connect(house.service).unwrap());
    sent(house.service, b"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n");
    assert_eq!(house.after(before).refused, Some("G111"), "and a connection without a byte is nobody's");
    let before = house.world.journal.written();
    let answer = sent(house.service, b"POST /oqs/OQSsiquc01 HTTP/1.1\r\n\r\n");
    let answer = String::from_utf8(answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 400 ") && answer.contains("https://"), "{answer}");
    assert_eq!(house.after(before).refused, Some("C120"));
    let before = house.world.journal.written();
    sent(house.service, &[0x16, 3, 1, 0, 4, 1, 2, 3, 4]);
    assert_eq!(house.after(before).refused, Some("C123"));

    let stranger = certs::Authority::create().unwrap();
    let before = house.world.journal.written();
    let distrusting = Client::new(&stranger, SslVersion::TLS1_3, Some(&house.terminal));
    assert!(distrusting.connect(house.service).is_err());
    let exchange = house.after(before);
    assert_eq!(exchange.refused, Some("C121"));
    let last = exchange.reasons.last();
    assert!(matches!(last, Some(Reason::Ended(Ending::AlertedByClient(Alert(48))))), "{last:?}");
    assert!(exchange.handshake && exchange.status == 0);
}

#[test]
fn a_line_authenticates_once_and_again_when_its_prefix_changes() {
    let house = Standing::with(
        &["--front", "127.0.0.1"],
        "gate:\n  needs-line-authentication: {value: true, mark: D, source: this test}\n",
    );
    let ask = |source: &str, head: &str| {
        let mut tcp = TcpStream::connect(house.service).unwrap();
        tcp.write_all(&header(source, "CAF0000000001")).unwrap();
        client(&house).over(tcp).unwrap().ask(head, "")
    };
    assert_eq!(ask("2001:db8:1:100::1", MESSAGE).label(), Some("G109"));
    assert!(
        matches!(ask("2001:db8:1:100::1", "GET /lineauth"), Got::Answer(200, page) if page.contains("希望する"))
    );
    assert_eq!(ask("2001:db8:1:100::1", MESSAGE).label(), Some("G109"), "looking at the page is not enough");
    let Got::Answer(200, told) = ask("2001:db8:1:100::1", "POST /lineauth") else { panic!("refused") };
    assert!(told.contains("回線認証に成功しました") && told.contains("2001:db8:1:100::/56"), "{told}");
    for (source, label) in [
        ("2001:db8:1:100::1", None),
        ("2001:db8:1:1ff:9::9", None),
        ("2001:db8:1:200::1", Some("G110")),
        ("192.0.2.1", Some("G110")),
    ] {
        assert_eq!(ask(source, MESSAGE).label(), label, "{source}");
    }
    ask("192.0.2.1", "POST /lineauth");
    for (source, label) in
        [("192.0.2.250", None), ("192.0.3.1", Some("G110")), ("2001:db8:1:100::1", Some("G110"))]
    {
        assert_eq!(ask(source, MESSAGE).label(), label, "{source}");
    }
    let path = "/api/v1/worlds/default/lines/CAF0000000001";
    assert_eq!(house.admin("GET", path, &json!(null)).1["authenticated"], "192.0.2.0/24");
    assert_eq!(house.admin("PUT", path, &json!({ "state": "cancelled" })).0, 200);
    assert_eq!(
        ask("192.0.2.1", "POST /lineauth").label(),
        Some("G107"),
        "a line that is not in use cannot pass"
    );
}

#[test]
fn lines_and_ports_are_refused_with_what_is_wrong_with_them() {
    let house = Standing::with(&[], "");
    let world = "/api/v1/worlds/default";
    for (method, path, body, status) in [
        ("PUT", format!("{world}/lines/CAF1"), json!({}), 422),
        ("PUT", format!("{world}/lines/CAF0000000005"), json!({ "from": "2026-01-01T00:00:00Z" }), 422),
        ("PUT", format!("{world}/lines/CAF0000000005"), json!({ "institution": "1319999924" }), 422),
        ("PUT", format!("{world}/lines/CAF0000000005"), json!({ "state": "open" }), 400),
        ("PUT", "/api/v1/worlds/other/lines/CAF0000000005".to_owned(), json!({}), 404),
        ("PUT", format!("{world}/lines/COP01234567"), json!({}), 201),
        ("PUT", format!("{world}/lines/ipsec:MIND:1"), json!({ "purposes": "both" }), 201),
        ("GET", format!("{world}/lines/CAF0000000005"), json!(null), 404),
        ("DELETE", format!("{world}/lines/CAF0000000005"), json!(null), 404),
        ("PUT", "/api/v1/lines/sources/10.0.0.0/33".to_owned(), json!({ "line": "CAF0000000001" }), 422),
        ("PUT", "/api/v1/lines/ports/1".to_owned(), json!({ "line": "x" }), 422),
        ("DELETE", "/api/v1/lines/ports/1".to_owned(), json!(null), 404),
        ("POST", format!("{world}/ports"), json!({ "port": house.admin.port() }), 409),
        ("POST", format!("{world}/ports"), json!({ "style": "rude" }), 400),
        ("DELETE", format!("{world}/ports/1"), json!(null), 404),
        ("PUT", format!("{world}/revocation-list"), json!({ "state": "lost" }), 400),
    ] {
        let (got, answer) = house.admin(method, &path, &body);
        assert_eq!(got, status, "{method} {path} {body}: {answer}");
    }
    let port = house.open("field", "CAF0000000001");
    let listed = house.admin("GET", &format!("{world}/ports"), &json!(null)).1;
    assert_eq!(listed["ports"][0]["port"], port.port());
    assert_eq!(house.admin("DELETE", &format!("{world}/ports/{}", port.port()), &json!(null)).0, 204);
    assert!(TcpStream::connect(port).is_err(), "a closed port takes nobody");
}

#[test]
fn what_is_reset_instead_of_an_answer_is_reset_after_the_handshake() {
    let house = Standing::with(&[], "");
    let registration = json!({ "institution": "1349999910" });
    let line = "/api/v1/worlds/default/lines/CAF0000000005";
    assert_eq!(house.admin("PUT", line, &registration).0, 201);
    let port = house.open("field", "CAF0000000005");
    for version in [SslVersion::TLS1_2, SslVersion::TLS1_3] {
        let client = Client::new(&house.authority, version, Some(&house.terminal));
        let before = house.world.journal.written();
        let open = client.connect(port);
        assert_eq!(open.map(|mut open| open.ask(MESSAGE, "")).ok(), Some(Got::Reset), "{version:?}");
        let exchange = house.after(before);
        assert_eq!(exchange.refused, Some("G103"));
        assert!(matches!(exchange.reasons.last(), Some(Reason::Ended(Ending::Cut))));
    }
}

#[test]
fn a_worlds_port_belongs_to_it_and_ends_with_it() {
    let house = Standing::with(&[], "");
    let (status, world) = house.admin("POST", "/api/v1/worlds", &json!({ "name": "north" }));
    assert_eq!(status, 201, "{world}");
    let wanted = json!({ "style": "field" });
    let (status, port) = house.admin("POST", "/api/v1/worlds/north/ports", &wanted);
    assert_eq!(status, 201, "{port}");
    let number: u16 = port["port"].as_u64().unwrap().try_into().unwrap();
    let at = SocketAddr::new(house.service.ip(), number);
    assert_eq!(port["service"], format!("https://{at}"));

    let nobody = Client::new(&house.authority, SslVersion::TLS1_3, None);
    assert_eq!(nobody.ask(at, MESSAGE, ""), Got::Alert(116));
    let north = house.worlds.named("north").unwrap();
    let (_, exchange) = north.journal.latest(1).into_iter().next().unwrap();
    assert_eq!(exchange.refused, Some("C101"), "it lands in the world of the port");
    assert!(
        is_admitted(&client(&house).ask(at, MESSAGE, "")),
        "a certificate leads to its own world all the same"
    );

    assert_eq!(house.admin("DELETE", "/api/v1/worlds/north", &json!(null)).0, 204);
    assert!(TcpStream::connect(at).is_err());
    let lines = house.admin("GET", "/api/v1/lines", &json!(null)).1;
    assert!(lines["ports"].as_array().unwrap().iter().all(|line| line["port"] != number), "{lines}");
}
