//! Keys and certificates in the data folder, as other programs use them.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use system_tests::{CLINIC, Mock, PHARMACY, Place, Signal, foreign};

fn openssl(arguments: &[&str]) -> Output {
    Command::new("openssl").args(arguments).stdin(Stdio::null()).output().unwrap()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// The root as a file, for programs that read one.
fn root(mock: &Mock) -> PathBuf {
    let path = mock.place.at("ca.pem");
    fs::write(&path, mock.admin("/ca.pem").body).unwrap();
    path
}

#[test]
fn private_keys_are_open_to_their_owner_only() {
    let mock = Mock::plan().without_terminal().start();
    let data = mock.place.data();
    let identity = |file| mock.place.identity_file(CLINIC, file);
    let secret = [
        data.join("ca/root.key"),
        data.join("ca/issuing.key"),
        data.join("server/key.pem"),
        identity("key.pem"),
        identity("terminal.p12"),
        mock.place.identity_file(PHARMACY, "key.pem"),
    ];
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o7777;
    for path in secret {
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
    for folder in ["ca", "server", "institutions/1319999916-01"] {
        assert_eq!(mode(&data.join(folder)), 0o700, "{folder}");
    }
}

#[test]
fn a_second_start_keeps_the_authority_and_the_certificates() {
    let mut mock = Mock::plan().without_terminal().start();
    let read = |place: &Place| {
        let identity = |file| fs::read(place.identity_file(CLINIC, file)).unwrap();
        let ca = |file: &str| fs::read(place.data().join("ca").join(file)).unwrap();
        let server = fs::read(place.data().join("server/certificate.pem")).unwrap();
        [ca("root.pem"), ca("issuing.pem"), server, identity("certificate.pem"), identity("key.pem")]
    };
    let (before, root) = (read(&mock.place), mock.admin("/ca.pem").body);
    // A client that outlives the service: its certificate still counts.
    mock.end(Signal::Terminate);
    mock.start_again();
    assert_eq!(read(&mock.place), before);
    assert_eq!(mock.admin("/ca.pem").body, root);
    assert_eq!(mock.ask("OQSsiquc01", &mock.request_for("employee-valid")).status, 200);
}

#[test]
fn a_half_authority_is_one_clear_line_and_is_not_replaced() {
    let mut mock = Mock::plan().without_terminal().start();
    mock.end(Signal::Terminate);
    let key = mock.place.data().join("ca/issuing.key");
    fs::remove_file(&key).unwrap();
    let root = fs::read(mock.place.data().join("ca/root.pem")).unwrap();
    let ended = Mock::plan().without_terminal().spawn(&mock.place).wait();
    assert!(ended.status.is_some_and(|status| status != 0) && ended.stdout.is_empty());
    let complaint: Vec<_> = ended.stderr.lines().filter(|line| line.starts_with("error: ")).collect();
    assert!(complaint.len() == 1 && complaint[0].contains("issuing.key is missing"), "{}", ended.stderr);
    assert_eq!(fs::read(mock.place.data().join("ca/root.pem")).unwrap(), root);
}

#[test]
fn the_default_client_key_is_rsa_of_2048_bits_and_the_subject_names_institution_and_terminal() {
    let place = Place::new();
    let mut command = system_tests::binaries::onshi_mock();
    command.current_dir(place.path()).args(["--service-port", "0", "--admin-port", "0", "--no-terminal"]);
    command.args(["--institution", "1319999924", "--institution-name", "試験医院"]);
    let process = system_tests::Process::start(command, &place.at("log"));
    let _ = process.line();
    let certificate = place.identity_file("1319999924-01", "certificate.pem");
    let shown =
        openssl(&["x509", "-in", text(&certificate), "-noout", "-text", "-nameopt", "utf8,sep_comma_plus"]);
    let shown = String::from_utf8(shown.stdout).unwrap();
    for piece in [
        "Public-Key: (2048 bit)",
        "CN=1319999924-01",
        "O=試験医院",
        "C=JP",
        "TLS Web Client Authentication",
        "TEST",
    ] {
        assert!(shown.contains(piece), "{piece}: {shown}");
    }
}

#[test]
fn the_pkcs12_file_opens_with_the_documented_password_only() {
    let mock = Mock::plan().without_terminal().start();
    let file = mock.place.identity_file(CLINIC, "terminal.p12");
    let open = |password: &str| {
        openssl(&["pkcs12", "-in", text(&file), "-passin", &format!("pass:{password}"), "-nodes"])
    };
    let good = open("onshi-mock");
    assert!(good.status.success(), "{}", String::from_utf8_lossy(&good.stderr));
    let shown = String::from_utf8(good.stdout).unwrap();
    assert_eq!(shown.matches("BEGIN CERTIFICATE").count(), 2, "terminal and issuing CA");
    assert!(shown.contains("BEGIN PRIVATE KEY"));
    assert!(!open("changeit").status.success());
}

#[test]
fn openssl_verifies_the_service_and_is_answered_with_the_pem_files() {
    let mock = Mock::plan().without_terminal().start();
    let root = root(&mock);
    let body = mock.request_for("employee-valid");
    let mut request = format!(
        "POST /oqs/OQSsiquc01 HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    )
    .into_bytes();
    request.extend(&body);
    let sent = mock.place.at("request.http");
    fs::write(&sent, request).unwrap();
    for version in ["-tls1_2", "-tls1_3"] {
        let output = Command::new("openssl")
            .args(["s_client", "-connect", &format!("127.0.0.1:{}", mock.service), version])
            .args(["-servername", "localhost", "-verify_hostname", "localhost", "-verify_return_error"])
            .args(["-CAfile", text(&root), "-ign_eof", "-quiet"])
            .args(["-cert", text(&mock.place.identity_file(CLINIC, "certificate.pem"))])
            .args(["-key", text(&mock.place.identity_file(CLINIC, "key.pem"))])
            .stdin(fs::File::open(&sent).unwrap())
            .output()
            .unwrap();
        let (head, body) = split_http(&output.stdout);
        assert!(head.starts_with("HTTP/1.1 200"), "{head}\n{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(foreign::read_one(body).text("MessageBody/QualificationValidity"), Some("1"));
    }
}

fn split_http(bytes: &[u8]) -> (String, &[u8]) {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").unwrap_or(bytes.len());
    let body = bytes.get(end + 4..).unwrap_or_default();
    (String::from_utf8_lossy(&bytes[..end]).into_owned(), body)
}

#[test]
fn a_handshake_below_tls_1_2_fails() {
    let mock = Mock::plan().without_terminal().start();
    let connect = format!("127.0.0.1:{}", mock.service);
    // Security level 0, so that it is not the client that refuses.
    let output = openssl(&["s_client", "-connect", &connect, "-tls1_1", "-cipher", "ALL:@SECLEVEL=0"]);
    assert!(!output.status.success());
}

#[test]
fn curl_is_answered_with_pem_and_with_pkcs12_over_http_1_and_2() {
    let mock = Mock::plan().without_terminal().start();
    let root = root(&mock);
    let request = mock.place.at("request.xml");
    fs::write(&request, mock.request_for("employee-valid")).unwrap();
    let identity = |file| mock.place.identity_file(CLINIC, file);
    let (certificate, key, p12) =
        (identity("certificate.pem"), identity("key.pem"), identity("terminal.p12"));
    let pem = ["--cert", text(&certificate), "--key", text(&key)];
    let pkcs12 = ["--cert-type", "P12", "--cert", &format!("{}:onshi-mock", text(&p12))];
    for with in [&pem, &pkcs12] {
        for version in ["--http1.1", "--http2"] {
            let output = Command::new("curl")
                .args(["--silent", "--show-error", "--fail-with-body", version, "--cacert", text(&root)])
                .args(with)
                .args(["--data-binary", &format!("@{}", text(&request))])
                .arg(format!("https://localhost:{}/oqs/OQSsiquc01", mock.service))
                .env_remove("https_proxy")
                .output()
                .unwrap();
            assert!(output.status.success(), "{with:?}: {}", String::from_utf8_lossy(&output.stderr));
            let document = foreign::read_one(&output.stdout);
            assert_eq!(document.text("MessageBody/QualificationValidity"), Some("1"));
        }
    }
}

#[test]
fn a_refusal_reaches_clients_over_http_2_although_their_body_is_of_no_interest() {
    let mock = Mock::plan().without_terminal().start();
    let (root, body) = (root(&mock), mock.place.at("body"));
    for size in [1_000, 60_000, 3_000_000] {
        fs::write(&body, vec![b' '; size]).unwrap();
        for _ in 0..20 {
            let output = Command::new("curl")
                .args(["-s", "--http2", "--cacert", text(&root), "-o", "/dev/null", "-w", "%{http_code}"])
                .args(["--data-binary", &format!("@{}", text(&body))])
                .arg(format!("https://localhost:{}/oqs/OQSsiquc01", mock.service))
                .output()
                .unwrap();
            assert_eq!(output.stdout, b"403", "{size}");
        }
    }
}
